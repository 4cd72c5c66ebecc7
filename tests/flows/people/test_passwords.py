"""Links with which a password is set, and changing it: once, in time, and everything else ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked
from cycle.models import Outbox, PasswordLink, Person
from cycle.record import canonical
from tests import build
from workflows.people import account_mail, accounts, sessions
from workflows.people.access_log import Place
from workflows.record.verify import verify

GOOD = "otter ladder rainy tuba"
BETTER = "seven quiet herons wade"


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire, where nobody has a password yet."""
    return build.council(db)


def invited(db: Database, who: build.Cast, person: int) -> str:
    """The token of an invitation by Adam."""
    return db.run(lambda s: build.invited(s, who.adam, person))


def reset(db: Database, person: int) -> str:
    """The token of the link for somebody who has forgotten their password."""
    found = db.run(accounts.reset_link, email(db, person))
    assert found is not None
    return found[1]


def email(db: Database, person: int) -> str:
    """The address with which a person signs in."""
    return db.read(lambda s: s.get_one(Person, person).email)


def enters(db: Database, person: int, password: str) -> bool:
    """Whether this password lets the person in."""
    address = email(db, person)
    return bool(sessions.sign_in(db, address, password, Place("192.0.2.1"), "Firefox").token)


def test_an_invitation_sets_the_first_password_once(db: Database, who: build.Cast) -> None:
    token = invited(db, who, who.mo)
    assert not enters(db, who.mo, GOOD)
    assert db.run(accounts.set_password, token, GOOD) == who.mo
    assert enters(db, who.mo, GOOD)
    with pytest.raises(Blocked, match="used or is too old"):
        db.run(accounts.set_password, token, BETTER)
    assert enters(db, who.mo, GOOD)
    assert db.read(verify.check).broken == ()


def test_only_a_digest_of_the_link_is_kept(db: Database, who: build.Cast) -> None:
    token = invited(db, who, who.mo)
    kept = db.read(lambda s: s.scalars(select(PasswordLink.token_sha256)).all())
    assert kept == [canonical.digest(token)]


def test_a_newer_link_ends_the_older_one(db: Database, who: build.Cast) -> None:
    first, second = invited(db, who, who.mo), invited(db, who, who.mo)
    with pytest.raises(Blocked, match="used or is too old"):
        db.run(accounts.set_password, first, GOOD)
    db.run(accounts.set_password, second, GOOD)


def test_nobody_ends_an_invitation_by_asking_for_a_link(db: Database, who: build.Cast) -> None:
    """SR-09, SR-73: whoever knows Mo's address asks for a new password for him; his invitation is
    good for its seven days all the same, and one of the two links sets the password."""
    with clock.set_to(build.SPRING):
        invitation = invited(db, who, who.mo)
        asked = reset(db, who.mo)
        assert db.read(accounts.link_of, asked) is not None
    with clock.set_to(build.SPRING + timedelta(days=6)):
        later = reset(db, who.mo)
        assert db.read(accounts.link_of, asked) is None
        db.run(accounts.set_password, invitation, GOOD)
        with pytest.raises(Blocked, match="used or is too old"):
            db.run(accounts.set_password, later, BETTER)


@pytest.mark.parametrize(("kind", "lasts"), [("invite", 7 * 24 * 60), ("reset", 30)])
def test_a_link_works_for_its_time_and_no_longer(
    db: Database, who: build.Cast, kind: str, lasts: int
) -> None:
    with clock.set_to(build.SPRING):
        if kind == "invite":
            token = invited(db, who, who.mo)
        else:
            token = reset(db, who.mo)
    with clock.set_to(build.SPRING + timedelta(minutes=lasts + 1)):
        assert db.read(accounts.link_of, token) is None
        with pytest.raises(Blocked, match="used or is too old"):
            db.run(accounts.set_password, token, GOOD)
    with clock.set_to(build.SPRING + timedelta(minutes=lasts - 1)):
        db.run(accounts.set_password, token, GOOD)


def test_a_reset_is_offered_to_nobody_unknown_and_to_no_leaver(
    db: Database, who: build.Cast
) -> None:
    db.run(lambda s: accounts.deactivate(s, build.actor(s, who.adam), who.mo))
    assert db.run(accounts.reset_link, "nobody@smallshire.example") is None
    assert db.run(accounts.reset_link, email(db, who.mo)) is None


def test_a_changed_password_ends_links_and_every_other_session(
    db: Database, who: build.Cast
) -> None:
    """Mo changes it in one browser; the other one and the mail before it are worth nothing."""
    db.run(accounts.set_password, invited(db, who, who.mo), GOOD)
    other = sessions.sign_in(db, email(db, who.mo), GOOD, Place("192.0.2.1"), "Phone").token
    link = reset(db, who.mo)
    mine = db.run(
        lambda s: accounts.change_password(s, build.actor(s, who.mo), GOOD, BETTER, "Firefox")
    )
    assert build.signed_in(db, other) is None
    assert build.signed_in(db, mine) == who.mo
    assert db.read(accounts.link_of, link) is None
    assert not enters(db, who.mo, GOOD)
    assert enters(db, who.mo, BETTER)
    subjects = db.read(lambda s: s.scalars(select(Outbox.subject)).all())
    assert "Your password was changed" in subjects


def test_changing_needs_the_present_password_and_a_good_new_one(
    db: Database, who: build.Cast
) -> None:
    db.run(accounts.set_password, invited(db, who, who.mo), GOOD)
    for present, new, why in (
        ("not my password at all", BETTER, "not your present password"),
        (GOOD, "fourteen chars", "at least 15 characters"),
        (GOOD, "Smallshire Council 2027", "names that others know"),
    ):
        with pytest.raises(Blocked, match=why):
            db.run(
                lambda s, p=present, n=new: accounts.change_password(  # type: ignore[misc]
                    s, build.actor(s, who.mo), p, n
                )
            )
    assert enters(db, who.mo, GOOD)


def test_the_link_is_mailed_to_its_person_alone(db: Database, who: build.Cast) -> None:
    url = "https://plans.smallshire.example/set-password/abc"
    db.run(account_mail.link, who.mo, "reset", url)
    rows = db.read(lambda s: s.scalars(select(Outbox).where(Outbox.kind == "account")).all())
    assert [(row.person_id, row.state) for row in rows] == [(who.mo, "due")]
    assert url in rows[0].body
