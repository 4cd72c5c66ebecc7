"""The bytes that the record hashes never change; these vectors fix them."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from cycle.errors import BadInput
from cycle.models import Subject
from cycle.people import OWN_ACCOUNT, Actor, Capacity, PostHeld
from cycle.record import canonical, merkle
from workflows.core import audit
from workflows.core.audit import Act
from workflows.record import checkpoints
from workflows.record.checkpoints import Sealed

# The inputs and roots of Certificate Transparency's own reference tests for RFC 6962.
INPUTS = "|00|10|2021|3031|40414243|5051525354555657|606162636465666768696a6b6c6d6e6f"
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOMENT = datetime(2027, 6, 9, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("count", range(len(ROOTS)))
def test_merkle_roots_are_those_of_rfc_6962(count: int) -> None:
    leaves = [bytes.fromhex(each) for each in INPUTS.split("|")][:count]
    assert merkle.root(leaves).hex() == ROOTS[count]


def test_a_node_never_passes_for_a_leaf() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.root([left + right]) != merkle.root([b"a", b"b"])


def test_the_hash_of_an_event() -> None:
    """INV-10."""
    payload = canonical.dumps({"seq": 1, "prev": "", "subject": 7, "reason": "Zoë’s"})
    assert payload == '{"prev":"","reason":"Zoë’s","seq":1,"subject":7}'
    assert (
        canonical.event_hash(payload)
        == "578a825d2c650692145a511f963c0a9abf48165bba175ff4aa3516be1f811700"
    )


def test_the_digest_of_a_row_covers_its_table_and_every_column() -> None:
    row = {"id": 3, "due_on": date(2027, 12, 4), "at": MOMENT, "effect": True, "note": None}
    assert (
        canonical.row_digest("sign_off", row)
        == "3cfc3e4e9fbf977c52cb59d2371d3ebdbaf5debf75a1e894dc3e346d54dd6de1"
    )
    assert canonical.row_digest("remark", row) != canonical.row_digest("sign_off", row)


def test_the_digest_of_a_person_needs_the_salt() -> None:
    words = canonical.dumps({"name": "Mo", "post": "Group Manager", "for": "", "authority": "x"})
    assert (
        canonical.person_digest("salt", words)
        == "08a34378b970b9820ee9bd12d4b610ebfa5e47eb43170b8868906ba9dc469847"
    )
    assert canonical.person_digest("", words) != canonical.person_digest("salt", words)


# An event of format 1, as builds before it was numbered 2 wrote it, and what its hash stays.
FORMAT_1 = (
    '{"action":"comment","actor":3,"at":"2027-06-09T08:00:00.000000+00:00","details":{},"for":null,'
    '"format":1,"from":"drafting","prev":"ab","reason":"Zoë’s","rows":[],"seq":4,"subject":7,'
    '"to":"drafting","version":null,"who":"cd"}'
)


def test_an_event_of_format_1_keeps_its_hash() -> None:
    assert canonical.dumps(json.loads(FORMAT_1)) == FORMAT_1
    assert (
        canonical.event_hash(FORMAT_1)
        == "bb7c9400ea3a9221de4bb2a4d85804bb2a55397f47de522c17a86f193ceaae5b"
    )


def composed(capacity: Capacity) -> dict[str, Any]:
    """The event that Mo leaves on a plan in a capacity."""
    plan = Subject(id=7, head_seq=3, head_hash="ab")
    mo = Actor(3, "Mo", "M", "salt", ())
    act = Act("comment", "Zoë’s")
    return audit.compose(
        plan, act, mo, capacity, from_state="drafting", to_state="drafting", at=MOMENT
    )


def test_an_event_of_format_2_names_the_post_and_for_whom() -> None:
    """R1, INV-27: what was hashed before stays; the post by which it was allowed is added."""
    post = PostHeld(5, "group_manager", 9, None, 11, "Group manager", 4, "Ray", "pepper")
    event = composed(Capacity.of(post))
    who = canonical.person_digest("saltpepper", event["words"])
    assert json.loads(event["payload"]) == json.loads(FORMAT_1) | {
        "format": 2,
        "for": 4,
        "post": 11,
        "who": who,
    }
    assert event["words"] == (
        '{"authority":"group_manager","for":"Ray","name":"Mo","post":"Group manager"}'
    )
    assert (
        event["hash"]
        == canonical.event_hash(event["payload"])
        == "90e28815cd7dde62c6a4c785a9b3b708912be37d4de6b6e8b89c8c3ca1ec656e"
    )


def test_an_event_of_format_2_names_ones_own_account() -> None:
    event = composed(OWN_ACCOUNT)
    assert event["words"] == '{"authority":"own account","for":"","name":"Mo","post":""}'
    assert (json.loads(event["payload"])["post"], event["for_person"]) == (None, None)
    assert event["hash"] == "67a09a6a0af46d23b65fd81457be65f14b0644ca5917d8f24db04541a8746214"


def test_one_moment_has_one_text_wherever_it_was_said() -> None:
    summer = MOMENT.astimezone(timezone(timedelta(hours=1)))
    assert (
        canonical.moment(MOMENT) == canonical.moment(summer) == "2027-06-09T08:00:00.000000+00:00"
    )


def sealed() -> Sealed:
    return Sealed("Smallshire Council", 3, 2, "ab" * 32, "cd" * 32, canonical.moment(MOMENT))


def test_the_text_of_a_checkpoint_and_its_digest() -> None:
    """INV-13."""
    assert sealed().text() == (
        "plancycle checkpoint\n"
        "origin: Smallshire Council\n"
        "number: 3\n"
        "count: 2\n"
        f"root: {'ab' * 32}\n"
        f"previous: {'cd' * 32}\n"
        "made_at: 2027-06-09T08:00:00.000000+00:00\n"
    )
    assert (
        canonical.digest(sealed().text())
        == "eabd7d99be57c8fe7d370024eca063acbff648635f946061519eec3ce04d5c2e"
    )


def test_a_checkpoint_is_read_from_a_mail_that_quotes_it() -> None:
    quoted = "\r\n> ".join(["Aud wrote:", "", *sealed().text().splitlines(), "", "Keep this."])
    assert checkpoints.read(quoted) == sealed()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ("", "not the text of a checkpoint"),
        ("\x00\x01", "not the text of a checkpoint"),
        (sealed().text().replace("root", "foot"), "lacks its line “root”"),
        (sealed().text().replace("number: 3", "number: three"), "whole numbers"),
        (sealed().text().replace("number: 3", "number: " + "9" * 40), "whole numbers"),
    ],
)
def test_what_is_no_checkpoint_is_told_in_one_sentence(broken: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        checkpoints.read(broken)
