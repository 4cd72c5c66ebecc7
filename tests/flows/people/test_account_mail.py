"""Mail about one's account and rights: links go to their owners, and whom it concerns is told."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.errors import Refused
from notifications import outbox
from tests import administering, build
from tests.flows.people.test_administrators import RIGHTS, days, does, held, mails, post
from workflows.council import loading
from workflows.people import accounts


@pytest.fixture
def first(db: Database) -> build.Cast:
    """Smallshire where only Adam has ever signed in; the auditor's post is vacant."""
    return administering.set_up(db, ("adam",), ())


def test_the_link_of_who_has_a_password_goes_to_its_owner_alone(
    db: Database, first: build.Cast
) -> None:
    """Fault X2, SR-80: the verb gives the administrator no token; the mail says who asked."""
    token = db.run(build.invited, first.adam, first.aud)
    db.run(accounts.set_password, token, "seven grey buckets below")
    kind = does(db, first.adam, accounts.invite, first.aud, "https://localhost/set-password/")
    assert kind == "reset"
    row = db.read(
        lambda s: s.execute(
            text("SELECT * FROM password_link JOIN outbox USING (person_id) "
                 "WHERE person_id = :p AND used_at IS NULL AND outbox.kind = 'account' "
                 "ORDER BY outbox.id DESC"),
            {"p": first.aud},
        ).first()
    )  # fmt: skip
    assert row is not None
    assert row.expires_at - row.made_at == timedelta(minutes=30)
    assert "Adam Admin (Administrator) asked for a new password" in row.body
    assert "sent to nobody else" in row.body
    assert "do nothing: your password stays as it is." in row.body
    kept = text("SELECT string_agg(payload, '') FROM event")
    assert "set-password/" not in str(db.read(lambda s: s.scalar(kept)))


def test_a_link_that_the_operator_prints_is_told_to_who_has_the_account(
    db: Database, first: build.Cast
) -> None:
    """Fault X2: the command line may print a link, and its owner hears of it; a pattern finds
    nobody."""
    assert db.run(accounts.print_link, "TESS@smallshire.example")
    assert mails(db, first.tess) == [], "the first password: nobody to warn yet"
    token = db.run(accounts.print_link, "tess@smallshire.example")
    db.run(accounts.set_password, token, "seven grey buckets below")
    db.run(accounts.print_link, "tess@smallshire.example")
    assert mails(db, first.tess) == ["A link to your account was made"]
    with pytest.raises(Refused, match="Nobody has the address"):
        db.run(accounts.print_link, "%@smallshire.example")


def test_an_address_that_the_files_change_is_told_to_the_old_one_too(
    db: Database, tmp_path: Path
) -> None:
    """Fault X2: whoever changes an address just before asking for a link is heard of by its owner;
    links and sessions end."""
    who = build.council(db)
    token = db.run(accounts.print_link, "aud@smallshire.example")
    db.run(accounts.set_password, token, "seven grey buckets below")
    administering.signs_in(db, who.aud)
    late = db.run(accounts.print_link, "aud@smallshire.example")
    council_file = (build.HERE / "data" / "smallshire.toml").read_text(encoding="utf-8")
    file = tmp_path / "council.toml"
    file.write_text(council_file.replace("aud@smallshire", "thief@smallshire"), encoding="utf-8")
    db.run(loading.load, None, load_council(file), build.framework_data())
    rows = db.read(lambda s: s.execute(RIGHTS, {"p": who.aud}).all())
    changed = [row for row in rows if row.subject == "Your e-mail address was changed"]
    assert {row.to_email for row in changed} == {"", "aud@smallshire.example"}
    assert "from aud@smallshire.example to thief@smallshire.example" in changed[0].body
    ended = (
        "Links for a new password that were still open work no more, and every session was ended."
    )
    assert ended in " ".join(changed[0].body.split())
    assert db.read(accounts.link_of, late) is None
    left = text("SELECT count(*) FROM sign_in_session WHERE person_id = :p")
    assert db.read(lambda s: s.scalar(left, {"p": who.aud})) == 0


def test_whom_it_concerns_is_told_by_mail_of_each_act(db: Database, first: build.Cast) -> None:
    """SR-80, SR-15, SR-18: posts, cover, sessions, the account; not what one does oneself."""
    adam, span = first.adam, (clock.today(), days(7))
    cover = does(db, adam, accounts.set_cover, post(db, "chief-executive"), first.tess, *span)
    does(db, adam, accounts.end_cover, cover.id)
    does(db, adam, accounts.end_sessions, first.tess)
    does(db, adam, accounts.end_appointment, held(db, first.tess), days(3))
    does(db, adam, accounts.hold_post, first.tess, post(db, "auditor"))
    does(db, adam, accounts.deactivate, first.tess)
    does(db, adam, accounts.reactivate, first.tess)
    assert mails(db, first.vera) == ["Somebody covers for you", "The cover at your post ends"]
    assert mails(db, first.tess) == [
        "You cover for somebody", "Your cover ends", "You were signed out",
        "Your time in a post ends", "You have been given a post", "Your account was closed",
        "Your account is open again",
    ]  # fmt: skip
    bodies = db.read(lambda s: s.scalars(_BODIES, {"p": first.tess}).all())
    words = " ".join(" ".join(bodies).split())
    assert "Every session of your account was ended." in words
    assert "Your account can no longer be signed in to, and every session was ended." in words
    assert "What was done stands on the council's record." in words
    left = text("SELECT count(*) FROM sign_in_session WHERE person_id = :p")
    assert db.read(lambda s: s.scalar(left, {"p": first.tess})) == 0
    does(db, first.mo, accounts.end_sessions, first.mo)
    assert mails(db, first.mo) == []


_BODIES = text("SELECT body FROM outbox WHERE person_id = :p ORDER BY id")


def test_who_has_left_is_told_that_the_account_was_closed(db: Database, first: build.Cast) -> None:
    """SR-15: mail stops for leavers, but not the one that says so; its words are then forgotten."""
    from_box = "aud@smallshire.example"
    token = db.run(build.invited, first.adam, first.aud)
    does(db, first.adam, accounts.deactivate, first.aud)
    assert token
    sent = db.run(_sent)
    assert ("Your account was closed", from_box) in sent
    assert not [each for each in sent if each[1] == from_box and "account for" in each[0]]
    bodies = text("SELECT string_agg(body, '') FROM outbox WHERE kind = 'rights'")
    assert db.read(lambda s: s.scalar(bodies)) == ""


def _sent(session: Session) -> list[tuple[str, str]]:
    mails = outbox.claim(session, 50)
    for each in mails:
        outbox.mark_sent(session, each)
    return [(each.subject, each.email) for each in mails]
