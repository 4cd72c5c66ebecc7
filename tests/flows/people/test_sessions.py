"""Signing in: slowed and never locked out, the same answer for everybody unknown, and its end."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from cycle import clock
from cycle.db import Database
from cycle.errors import NotFound
from cycle.models import Person, SignInSession
from tests import build
from workflows.people import (
    accounts,
    guessing,
    known_browsers,
    passwords,
    reading_account,
    sessions,
)
from workflows.people.access_log import Place
from workflows.people.sessions import SignIn

GOOD = "otter ladder rainy tuba"
NOW = build.SPRING


@pytest.fixture(autouse=True)
def spring() -> Iterator[None]:
    """One moment, moved by the tests."""
    with clock.set_to(NOW):
        yield


@pytest.fixture
def who(db: Database) -> build.Cast:
    """Smallshire, where everybody has the same good password."""
    found = build.council(db)
    kept = passwords.hashed(GOOD)
    db.run(lambda s: s.execute(text("UPDATE person SET password_hash = :kept"), {"kept": kept}))
    return found


def tries(
    db: Database, person: int | str, password: str = GOOD, address: str = "192.0.2.1"
) -> SignIn:
    """One attempt to sign in."""
    if isinstance(person, int):
        number = person
        person = db.read(lambda s: s.get_one(Person, number).email)
    return sessions.sign_in(db, person, password, Place(address), "Firefox")


def test_mo_signs_in_and_out_and_the_old_cookie_is_nobodys(db: Database, who: build.Cast) -> None:
    token = tries(db, who.mo).token
    assert build.signed_in(db, token) == who.mo
    db.run(sessions.sign_out, token)
    assert build.signed_in(db, token) is None


def test_capitals_in_the_address_do_not_matter(db: Database, who: build.Cast) -> None:
    address = db.read(lambda s: s.get_one(Person, who.mo).email)
    assert tries(db, f" {address.upper()} ").person_id == who.mo


def test_only_a_digest_of_the_token_is_kept(db: Database, who: build.Cast) -> None:
    token = tries(db, who.mo).token
    kept = db.read(
        lambda s: " ".join(s.scalars(text("SELECT sign_in_session::text FROM sign_in_session")))
    )
    assert token not in kept


def test_unknown_and_wrong_are_answered_alike(db: Database, who: build.Cast) -> None:
    wrong, unknown = tries(db, who.mo, "wrong"), tries(db, "nobody@smallshire.example")
    assert wrong == unknown == SignIn(sentence=sessions.WRONG)


def test_the_system_signs_in_with_nothing(db: Database, who: build.Cast) -> None:
    assert tries(db, "plancycle").token == ""


def test_ten_wrong_passwords_slow_the_account_at_their_address(
    db: Database, who: build.Cast
) -> None:
    """SR-05: the right password waits there too, gets in after it; Ray there never notices."""
    for _ in range(10):
        assert tries(db, who.mo, "wrong").wait_seconds == 0
    slowed = tries(db, who.mo)
    assert slowed.token == ""
    assert 0 < slowed.wait_seconds <= guessing.LONGEST_WAIT
    assert tries(db, who.ray).token
    with clock.set_to(NOW + timedelta(seconds=slowed.wait_seconds + 1)):
        assert tries(db, who.mo).token
        assert tries(db, who.mo, "wrong").wait_seconds == 0


def test_the_wait_grows_to_a_minute_and_no_further(db: Database, who: build.Cast) -> None:
    moment, waits = NOW, []
    for _ in range(16):
        with clock.set_to(moment):
            answer = tries(db, who.mo, "wrong")
            if answer.wait_seconds:
                waits.append(answer.wait_seconds)
                moment += timedelta(seconds=answer.wait_seconds + 1)
    assert waits
    assert max(waits) <= guessing.LONGEST_WAIT + 1
    with clock.set_to(moment + timedelta(seconds=61)):
        assert tries(db, who.mo).token


def test_a_sign_in_gives_strangers_no_new_tries(db: Database, who: build.Cast) -> None:
    """SR-05: Mo's sign-in takes back what he mistyped himself, not what counts for others too."""
    email = db.read(lambda s: s.get_one(Person, who.mo).email)
    subjects = guessing.of_sign_in(email, "192.0.2.1")
    for _ in range(4):
        tries(db, who.mo, "wrong")
    assert tries(db, who.mo).token
    count = text("SELECT count(*) FROM sign_in_attempt WHERE subject = :subject")
    left = {
        kind: db.read(lambda s, of=of: s.scalar(count, {"subject": of}))
        for kind, of in subjects.items()
    }
    assert left == {"account": 0, "everywhere": 4, "address": 4}


def test_one_address_that_tries_everybody_is_slowed(db: Database, who: build.Cast) -> None:
    """SR-05: one password for many accounts."""
    answers = [tries(db, f"person{number}@smallshire.example") for number in range(60)]
    assert answers[0].wait_seconds == 0
    assert answers[-1].wait_seconds > 0
    assert tries(db, who.mo, GOOD, "198.51.100.7").token


def test_a_person_is_known_in_a_few_browsers_and_for_a_year(db: Database, who: build.Cast) -> None:
    """Fault X4: private windows pile nothing up, and a browser not used for a year is a stranger's;
    who shares a browser is known there too."""

    def seen(token: str, email: str) -> int | None:
        word = known_browsers.digest_of(token)
        return db.read(known_browsers.known_for, word, email)

    mo, ray = (f"{name}@smallshire.example" for name in ("mo", "ray"))
    first = tries(db, who.mo).known
    shared = sessions.sign_in(db, ray, GOOD, Place("192.0.2.1"), "Firefox", first).known
    assert (seen(shared, mo), seen(shared, ray), seen(first, mo)) == (who.mo, who.ray, None)
    with clock.set_to(NOW + timedelta(days=364)):
        assert seen(shared, mo) == who.mo
        words = [tries(db, who.mo).known for _ in range(known_browsers.MOST)]
        assert {seen(each, mo) for each in words} == {who.mo}
        assert (seen(shared, mo), seen(shared, ray)) == (None, who.ray)
    with clock.set_to(NOW + timedelta(days=366)):
        assert seen(shared, ray) is None
        tries(db, who.ray)
    count = db.read(lambda s: s.scalar(text("SELECT count(*) FROM known_browser")))
    assert count == known_browsers.MOST + 1


def test_a_session_ends_when_it_is_not_used(db: Database, who: build.Cast) -> None:
    """INV-52."""
    token = tries(db, who.mo).token
    moment = NOW
    for _ in range(3):
        moment += timedelta(minutes=25)
        with clock.set_to(moment):
            assert build.signed_in(db, token) == who.mo
    with clock.set_to(moment + timedelta(minutes=31)):
        assert build.signed_in(db, token) is None
        assert db.read(sessions.ended_session_of, token) == who.mo


def test_a_session_ends_after_twelve_hours_however_busy(db: Database, who: build.Cast) -> None:
    """INV-52."""
    token = tries(db, who.mo).token
    for quarter in range(1, 12 * 4 + 1):
        with clock.set_to(NOW + timedelta(minutes=15 * quarter)):
            assert build.signed_in(db, token) == who.mo
    with clock.set_to(NOW + timedelta(hours=12, minutes=1)):
        assert build.signed_in(db, token) is None


def test_a_leaver_is_signed_out_by_the_next_request(db: Database, who: build.Cast) -> None:
    """INV-52."""
    token = tries(db, who.mo).token
    db.run(lambda s: accounts.deactivate(s, build.actor(s, who.adam), who.mo))
    assert build.signed_in(db, token) is None
    assert tries(db, who.mo) == SignIn(sentence=sessions.WRONG)


def test_an_older_epoch_is_worth_nothing_even_if_its_row_is_there(
    db: Database, who: build.Cast
) -> None:
    """INV-52."""
    token = tries(db, who.mo).token
    db.run(
        lambda s: s.execute(
            text("UPDATE person SET epoch = epoch + 1 WHERE id = :p"), {"p": who.mo}
        )
    )
    assert build.signed_in(db, token) is None
    assert db.read(sessions.sessions_of, who.mo) == []


@pytest.mark.parametrize("cookie", ["", "x", "é" * 40, "a" * 9000, "\0", "' OR 1=1 --"])
def test_a_broken_cookie_is_nobody(db: Database, who: build.Cast, cookie: str) -> None:
    assert build.signed_in(db, cookie) is None


def test_people_see_and_end_their_own_sessions_only(db: Database, who: build.Cast) -> None:
    tries(db, who.mo)
    tries(db, who.mo)
    mine = db.read(sessions.sessions_of, who.mo)
    assert [row.browser for row in mine] == ["Firefox", "Firefox"]
    with pytest.raises(NotFound):
        db.run(lambda s: sessions.end_own(s, build.actor(s, who.pat), mine[0].token_sha256))
    db.run(lambda s: sessions.end_own(s, build.actor(s, who.mo), mine[0].token_sha256))
    assert len(db.read(sessions.sessions_of, who.mo)) == 1
    db.run(lambda s: accounts.end_sessions(s, build.actor(s, who.adam), who.mo))
    assert db.read(lambda s: s.scalars(select(SignInSession)).all()) == []


def test_what_was_typed_waits_for_the_same_person(db: Database, who: build.Cast) -> None:
    typed = {"body": ["A long text about housing"]}
    db.run(sessions.keep_form, who.mo, "/plans/SVP-2028-HOUSING/sections/purpose", typed)
    path = "/plans/SVP-2028-HOUSING/sections/purpose"
    assert db.read(reading_account.kept, who.pat, path) is None
    found = db.read(reading_account.kept, who.mo, path)
    assert found is not None
    assert found.typed == [("body", "A long text about housing")]


@pytest.mark.parametrize("typed", ["a\0b", "\ud800", "x" * 500_000])
def test_what_cannot_be_kept_is_refused_quietly(db: Database, who: build.Cast, typed: str) -> None:
    assert db.run(sessions.keep_form, who.mo, "/plans", {"body": [typed]}) is None
    assert tries(db, typed, typed) == SignIn(sentence=sessions.WRONG)
