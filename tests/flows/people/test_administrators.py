"""Adam, Ada and Abe look after people: what one of them may do, what needs two, and who is last."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked, NotPermitted, Refused
from cycle.models import RightsProposal
from cycle.people import actor as person_of
from tests import administering, build
from tests.administering import ALONE, DENIED, DONE, PROPOSED, TABLES, Row
from tests.flows.core.test_races import race
from workflows.core import council as council_subject
from workflows.council import loading
from workflows.framework import permissions
from workflows.people import accounts as people, administrators, agreeing
from workflows.record import history
from workflows.record.verify import run as verify

RIGHTS = text(
    "SELECT subject, body, coalesce(to_email, '') AS to_email FROM outbox "
    "WHERE kind = 'rights' AND person_id = :p ORDER BY id"
)


class Undone(Exception):
    """A row was tried; nothing of it is kept."""


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire where Adam, Ada and Abe have signed in; the auditor's post is vacant."""
    return administering.set_up(db, administering.ADMINISTRATORS, ())


@pytest.fixture
def first(db: Database) -> build.Cast:
    """Smallshire where only Adam has ever signed in."""
    return administering.set_up(db, ("adam",), ())


def does(db: Database, by: int, verb: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """One verb as this person."""
    return db.run(lambda s: verb(s, build.actor(s, by), *args, **more))


def post(db: Database, key: str) -> int:
    """The number of a post."""
    return db.read(administering.post_id, key)


def held(db: Database, person: int) -> int:
    """The number of a person's appointment."""
    return db.read(administering.appointment, person)


def days(number: int) -> date:
    """So many days from today."""
    return clock.today() + timedelta(days=number)


def mails(db: Database, person: int) -> list[str]:
    """The subjects of what a person was told of their rights."""
    return [row.subject for row in db.read(lambda s: s.execute(RIGHTS, {"p": person}).all())]


def events(db: Database, action: str) -> list[dict[str, Any]]:
    """The details of the council's events of one kind, the oldest first."""
    found = text("SELECT payload FROM event WHERE action = :a ORDER BY id")
    rows = db.read(lambda s: s.scalars(found, {"a": action}).all())
    return [json.loads(row)["details"] for row in rows]


def proposed(db: Database, who: build.Cast, by: str = "adam", cover: str = "tess") -> int:
    """A proposal that somebody covers for the chief executive."""
    made = does(
        db, who.ids[by], people.set_cover, post(db, "chief-executive"), who.ids[cover],
        clock.today(), days(7), "Vera is ill",
    )  # fmt: skip
    assert isinstance(made, RightsProposal)
    return int(made.id)


# The rows -----------------------------------------------------------------------------------------


def tried(session: Session, who: build.Cast, row: Row) -> str:
    """What comes of a row's act with the verb."""
    by, whom = build.actor(session, who.ids[row.by]), who.ids[row.whom]
    today = clock.today()
    try:
        if row.act == "post":
            made = people.hold_post(session, by, whom, administering.post_id(session, row.post))
        elif row.act == "cover":
            at = administering.post_id(session, row.post)
            made = people.set_cover(session, by, at, whom, today, days(7))
        elif row.act == "end":
            return _ended(session, by, administering.appointment(session, whom))
        else:
            people.deactivate(session, by, whom)
            return DONE
    except NotPermitted:
        return DENIED
    except Blocked as refusal:
        return str(refusal)
    if isinstance(made, RightsProposal):
        return PROPOSED
    last = session.scalar(text("SELECT payload FROM event ORDER BY id DESC LIMIT 1"))
    return ALONE if json.loads(str(last))["details"].get("alone") else DONE


def _ended(session: Session, by: Any, appointment_id: int) -> str:
    people.end_appointment(session, by, appointment_id)
    return DONE


@pytest.mark.parametrize("table", TABLES)
def test_each_row_of_what_administrators_may_do(db: Database, table: str) -> None:
    """Fault X1, SR-80: rows written by hand from the requirement, asked of the verbs."""
    rows, signed_in, gone = TABLES[table]
    who = administering.set_up(db, signed_in, gone)
    wrong = []
    for row in rows:
        found = []

        def work(session: Session, row: Row = row, found: list[str] = found) -> None:
            found.append(tried(session, who, row))
            raise Undone

        with pytest.raises(Undone):
            db.run(work)
        if row.comes not in found[-1]:
            wrong.append((row, found[-1]))
    assert wrong == []


def test_the_posts_that_need_two_are_read_from_the_framework(db: Database) -> None:
    """SR-80: a role that decides, signs, comments, records or has permissions needs two."""
    build.council(db)
    framework = db.read(permissions.framework)
    guarded = administrators.guarded(framework)
    assert framework is not None
    assert guarded >= {"chief_executive", "group_manager", "service_director", "clerk", "auditor",
                       "finance_commenter", "s151_officer", "clt_secretary", "administrator",
                       "monitoring_officer", "support_service"}  # fmt: skip
    assert not guarded & {"team_manager", "member"}
    assert administrators.auditing(framework) == {"auditor"}


# Two of them --------------------------------------------------------------------------------------


def test_a_proposal_gives_nobody_anything_until_another_has_agreed(
    db: Database, who: build.Cast
) -> None:
    """Fault X1, SR-80: proposed by Adam and agreed by Ada; the record and Vera's mail name both."""
    found = proposed(db, who)
    roles = db.read(lambda s: build.actor_of(s, who.tess).roles)
    assert "chief_executive" not in roles
    assert mails(db, who.vera) == []
    assert "Something waits for a second administrator" in mails(db, who.ada)
    assert mails(db, who.adam) == []
    assert does(db, who.ada, agreeing.agree, found).done
    assert "chief_executive" in db.read(lambda s: build.actor_of(s, who.tess).roles)
    last = events(db, "set_cover")[-1]
    assert (last["proposal"], last["proposed_by"]) == (found, who.adam)
    told = db.read(lambda s: s.execute(RIGHTS, {"p": who.vera}).one())
    assert "Tess Team acts for you" in told.body
    assert "Done by: Adam Admin" in told.body
    assert "Agreed by: Ada Admin" in told.body
    assert "tell the support service at once" in told.body
    assert mails(db, who.tess) == ["You cover for somebody"]
    assert mails(db, who.adam)[-1] == "What you proposed was agreed"
    assert db.read(verify.check).broken == ()


def test_nobody_agrees_to_their_own_proposal_nor_to_what_is_for_them(
    db: Database, who: build.Cast
) -> None:
    """Fault X1, SR-80: not the proposer, not whom it is for, not who covers for either of them."""
    found = proposed(db, who, cover="abe")
    for by, why in (("adam", "proposed this"), ("abe", "is for you")):
        with pytest.raises(Blocked, match=why):
            does(db, who.ids[by], agreeing.agree, found)
    # Adam lets Rita cover at his own post: she acts for him and is no second administrator.
    does(
        db, who.adam, people.set_cover, post(db, "administrator"), who.rita, clock.today(), days(9)
    )
    with pytest.raises(Blocked, match="somebody you act for proposed this"):
        does(db, who.rita, agreeing.agree, found)
    with pytest.raises(NotPermitted):
        does(db, who.sue, agreeing.agree, found)
    assert does(db, who.ada, agreeing.agree, found).done


def test_who_covers_for_the_first_does_not_make_two(db: Database, first: build.Cast) -> None:
    """SR-80: Rita at Adam's post acts alone like him; they are not each other's second."""
    does(
        db, first.adam, people.set_cover, post(db, "administrator"), first.rita, clock.today(),
        days(9),
    )  # fmt: skip
    administering.signs_in(db, first.rita)
    does(
        db, first.rita, people.set_cover, post(db, "chief-executive"), first.tess, clock.today(),
        days(7),
    )  # fmt: skip
    assert events(db, "set_cover")[-1]["alone"] is True


@pytest.mark.parametrize(
    ("changed", "by"),
    [
        (
            "status = 'agreed', settled_at = now(), settled_by_id = proposed_by_id",
            "agreed_by_anoth",
        ),
        ("status = 'agreed', settled_by_id = person_id", "settled"),
        ("status = 'done', settled_at = now()", "status"),
        ("kind = 'rename'", "kind"),
    ],
)
def test_the_database_refuses_a_proposal_that_cannot_be(
    db: Database, who: build.Cast, changed: str, by: str
) -> None:
    """SR-80: one person is never proposer and second, and a proposal is settled or waits."""
    proposed(db, who)
    with pytest.raises(IntegrityError, match=by):
        db.run(lambda s: s.execute(text(f"UPDATE rights_proposal SET {changed}")))


def test_the_database_lets_the_same_wait_once(db: Database, who: build.Cast) -> None:
    proposed(db, who)
    twice = text(
        "INSERT INTO rights_proposal (kind, person_id, post_id, during, reason, knows_four_eyes, "
        "proposed_by_id, proposed_at, status, why) SELECT kind, person_id, post_id, during, '', "
        "false, proposed_by_id, now(), 'waiting', '' FROM rights_proposal"
    )
    with pytest.raises(IntegrityError, match="rights_proposal_once"):
        db.run(lambda s: s.execute(twice))


def test_a_second_click_a_refusal_and_a_proposal_taken_back_are_said_kindly(
    db: Database, who: build.Cast
) -> None:
    found = proposed(db, who)
    with pytest.raises(Blocked, match="proposed already"):
        proposed(db, who, by="abe")
    with pytest.raises(Blocked, match="Take it back instead"):
        does(db, who.adam, agreeing.refuse, found, "No")
    with pytest.raises(Blocked, match="Only who proposed this"):
        does(db, who.ada, agreeing.withdraw, found)
    with pytest.raises(Blocked, match="a reason is needed"):
        does(db, who.ada, agreeing.refuse, found, "  ")
    does(db, who.ada, agreeing.refuse, found, "Hana should do it")
    with pytest.raises(Blocked, match="refused already"):
        does(db, who.abe, agreeing.agree, found)
    assert mails(db, who.adam)[-1] == "What you proposed was refused"
    other = proposed(db, who)
    does(db, who.adam, agreeing.withdraw, other)
    with pytest.raises(Blocked, match="taken back"):
        does(db, who.ada, agreeing.agree, other)
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM cover"))) == 0


def test_what_can_no_longer_be_done_is_closed_with_the_reason(
    db: Database, who: build.Cast
) -> None:
    """SR-80: facts that changed since are told, and nothing is done."""
    found = proposed(db, who)
    does(db, who.abe, people.deactivate, who.tess)
    answer = does(db, who.ada, agreeing.agree, found)
    assert not answer.done
    assert "Tess Team is not active" in answer.why
    assert mails(db, who.adam)[-1] == "What you proposed can no longer be done"
    again = proposed(db, who, cover="rita")
    does(db, who.abe, people.end_appointment, held(db, who.adam))
    assert "no longer looks after people" in does(db, who.ada, agreeing.agree, again).why
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM cover"))) == 0
    assert db.read(verify.check).broken == ()


def test_eight_clicks_of_two_administrators_agree_once(db: Database, who: build.Cast) -> None:
    """SR-80: of Ada and Abe at the same instant one agrees, and the others are told so."""
    found = proposed(db, who)

    def work(session: Session, number: int) -> str:
        by = who.ada if number % 2 else who.abe
        return str(agreeing.agree(session, person_of(session, by, lock=True), found).done)

    answers = race(db.url, work)
    assert sorted(set(answers)) == ["Blocked", "done"]
    assert answers.count("done") == 1
    assert len(events(db, "set_cover")) == 1


def test_a_role_is_changed_by_two(db: Database, who: build.Cast) -> None:
    """SR-80, SR-16: Tess becomes auditor once Ada agrees; until then she stays what she is."""
    made = does(db, who.adam, people.change_role, held(db, who.tess), post(db, "auditor"))
    assert db.read(lambda s: build.actor_of(s, who.tess).roles) == {"team_manager"}
    does(db, who.ada, agreeing.agree, made.id)
    assert db.read(lambda s: build.actor_of(s, who.tess).roles) == {"auditor"}
    assert mails(db, who.tess)[-1] == "Your post was changed"


def test_the_record_says_in_words_that_the_first_acted_alone(
    db: Database, first: build.Cast
) -> None:
    """SR-80: "set cover, alone, for want of a second administrator"; with two it says nothing."""
    args = (post(db, "chief-executive"), first.tess, clock.today(), days(7))
    does(db, first.adam, people.set_cover, *args)

    def last(session: Session) -> str:
        return history.entries(session, council_subject.subject_of(session))[-1].sentence

    assert "alone, for want of a second administrator" in db.run(last)
    does(db, first.ray, people.set_cover, post(db, "director-homes"), first.dirk, *args[2:])
    assert "alone" not in db.run(last)


# Never the last -----------------------------------------------------------------------------------


LAST = "nobody would be left to look after people|would be left who has ever signed in"


def test_the_last_administrator_cannot_go_in_any_way(db: Database) -> None:
    """Fault X1, SR-80: by ending the post now or later, changing role, or being deactivated."""
    who = build.council(db)
    administering.signs_in(db, who.adam)
    own = held(db, who.adam)
    for until in (None, days(30)):
        with pytest.raises(Blocked, match=LAST):
            does(db, who.adam, people.end_appointment, own, until)
    does(db, who.adam, people.end_appointment, held(db, who.aud))

    def by_operator(session: Session, verb: Callable[..., Any], *args: Any) -> None:
        verb(session, person_of(session, _system(session)), *args)

    with pytest.raises(Blocked, match=LAST):
        db.run(by_operator, people.change_role, own, post(db, "auditor"))
    with pytest.raises(Blocked, match=LAST):
        db.run(by_operator, people.deactivate, who.adam)
    does(
        db, who.adam, people.set_cover, post(db, "administrator"), who.rita, clock.today(), days(3)
    )
    assert "administrator" in db.read(lambda s: build.actor_of(s, who.adam).roles), "covered, there"
    with pytest.raises(Blocked, match=LAST):
        does(db, who.rita, people.end_appointment, own)


def _system(session: Session) -> int:
    return int(session.scalar(text("SELECT id FROM person WHERE is_system")) or 0)


def test_an_end_that_another_end_makes_the_last_is_seen(db: Database, who: build.Cast) -> None:
    """SR-80: Ada ends in ten days, Abe in twenty: then Adam stays, whatever day he names."""
    does(db, who.adam, people.end_appointment, held(db, who.ada), days(10))
    does(db, who.adam, people.end_appointment, held(db, who.abe), days(20))
    for until in (None, days(5), days(15), days(40)):
        with pytest.raises(Blocked, match=LAST):
            does(db, who.abe, people.end_appointment, held(db, who.adam), until)


SPARE = """
[[posts]]
key = "spare"
title = "Spare"
role = "team_manager"
unit = "lettings"
"""


def test_files_cannot_leave_the_council_without_an_administrator(
    db: Database, tmp_path: Path
) -> None:
    """SR-80: neither by leaving the post out, nor by a last day, nor by closing the account."""
    build.council(db)
    said = (build.HERE / "data" / "smallshire.toml").read_text(encoding="utf-8") + SPARE
    for number, changed in enumerate(
        (
            'posts = ["spare"]',
            'posts = ["administrator until 2099-01-31"]',
            'posts = ["administrator"]\nactive = false',
        )
    ):
        file = tmp_path / f"{number}.toml"
        file.write_text(said.replace('posts = ["administrator"]', changed), encoding="utf-8")
        loaded = load_council(file)
        with pytest.raises(Refused, match=LAST):
            db.run(loading.load, None, loaded, build.framework_data())


@pytest.mark.parametrize("act", ["own post", "each other"])
def test_two_administrators_never_go_at_the_same_moment(
    db: Database, who: build.Cast, act: str
) -> None:
    """SR-80: of Adam and Ada, who both go at one instant, one stays."""
    does(db, who.adam, people.deactivate, who.abe)
    pair = (who.adam, who.ada)
    own = [held(db, each) for each in pair]

    def work(session: Session, number: int) -> str:
        by = person_of(session, pair[number], lock=True)
        if act == "own post":
            people.end_appointment(session, by, own[number])
        else:
            people.deactivate(session, by, pair[1 - number])
        return "gone"

    found = race(db.url, work, 2)
    assert found.count("done") == 1
    assert set(found) - {"done"} <= {"Blocked", "NotPermitted"}
    db.read(administrators.still_administered)


# Cover that cannot be -----------------------------------------------------------------------------


def test_cover_is_not_given_to_who_cannot_be_there(db: Database, first: build.Cast) -> None:
    """Fault P2: not to who leaves before it ends, nor to who is away then, nor for who covers."""
    at = post(db, "manager-housing")
    does(db, first.adam, people.end_appointment, held(db, first.tess), days(5))
    with pytest.raises(Blocked, match="Tess Team has no post after"):
        does(db, first.mo, people.set_cover, at, first.tess, clock.today(), days(7))
    does(db, first.mo, people.set_cover, at, first.tess, clock.today(), days(5))
    by_mo = (post(db, "director-homes"), first.mo, days(2), days(9))
    with pytest.raises(Blocked, match="Mo Manager is away at that time: Tess Team covers until"):
        does(db, first.ray, people.set_cover, *by_mo)
    by_rita = (post(db, "manager-parks"), first.rita, days(9), days(12))
    does(db, first.pat, people.set_cover, *by_rita)
    for_rita = (post(db, "director-green"), first.dirk, days(10), days(11))
    with pytest.raises(Blocked, match="Rita Director covers for Pat Parks at that time"):
        does(db, first.rita, people.set_cover, *for_rita)


def test_cover_is_not_given_across_members_and_officers_nor_to_the_auditor(
    db: Database,
) -> None:
    """Fault P2: councillors cover for councillors, officers for officers, auditors not."""
    who = build.council(db)
    span = (clock.today(), days(7))
    with pytest.raises(Blocked, match="Chas Chair is a councillor"):
        does(db, who.mo, people.set_cover, post(db, "manager-housing"), who.chas, *span)
    with pytest.raises(Blocked, match="Mo Manager is not a councillor"):
        does(db, who.chas, people.set_cover, post(db, "chair-policy"), who.mo, *span)
    with pytest.raises(Blocked, match="Aud Itor checks the record"):
        does(db, who.mo, people.set_cover, post(db, "manager-housing"), who.aud, *span)
    does(db, who.chas, people.set_cover, post(db, "chair-policy"), who.mem, *span)


def test_cover_by_who_loses_their_last_post_ends_with_it(db: Database, first: build.Cast) -> None:
    """Fault P2: Tess covers for Mo for a fortnight; her post ends in a week, and so does that."""
    cover = does(
        db, first.mo, people.set_cover, post(db, "manager-housing"), first.tess, clock.today(),
        days(14),
    )  # fmt: skip
    does(db, first.adam, people.end_appointment, held(db, first.tess), days(7))
    ends = text("SELECT upper(during) FROM cover WHERE id = :id")
    assert db.read(lambda s: s.scalar(ends, {"id": cover.id})) == days(7)
    assert mails(db, first.mo)[-1] == "The cover at your post ends"


def test_deactivation_asks_about_tomorrow_too(db: Database, first: build.Cast) -> None:
    """Fault P2: Hana takes over the support service tomorrow, so she cannot be closed today."""
    hana = (first.hana, post(db, "support"), days(1))

    def hand_over(session: Session) -> None:
        adam = build.actor(session, first.adam)
        session.execute(
            text(
                "UPDATE appointment SET during = daterange(lower(during), :d) WHERE person_id = :p"
            ),
            {"d": days(1), "p": first.sue},
        )
        people.hold_post(session, adam, *hana)

    db.run(hand_over)
    with pytest.raises(Blocked, match="Nobody would be left in the support service"):
        does(db, first.adam, people.deactivate, first.hana)
