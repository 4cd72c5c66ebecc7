"""Guessing at passwords: a stranger is slowed, the right person gets in, nobody learns who has an
account (SR-05, SR-06). The service of these tests has no Valkey."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from cycle import clock
from cycle.db import Database
from tests import build
from tests.web.browsing import Browser, prefilled
from webui.http.request_checks import HOME
from workflows.people import accounts, guessing, passwords

GOOD = "purple otter climbs a ladder"
OTHER = "seven grey buckets under the bridge"
WRONG = "this is not the password at all"
MO, NOBODY = "mo@smallshire.example", "nobody@smallshire.example"
STRANGER, HOME_OF_MO, TOWN_HALL = "203.0.113.5", "198.51.100.7", "192.0.2.10"
KNOWN = "__Host-known"


@pytest.fixture(autouse=True)
def passwords_of_all(db: Database, who: build.Cast) -> None:
    """Everybody of Smallshire has the same good password."""
    kept = passwords.hashed(GOOD)
    db.run(lambda s: s.execute(text("UPDATE person SET password_hash = :kept"), {"kept": kept}))


def sign_in(
    browser: Browser, password: str = GOOD, email: str = MO, at: str = TOWN_HALL
) -> TestResponse:
    """Send the sign-in form from a network address."""
    if "csrf_token" not in browser.page:
        browser.get("/sign-in")
    form = prefilled(browser.page, "/sign-in") | {"email": email, "password": password}
    return browser.post("/sign-in", form, environ_base={"REMOTE_ADDR": at})


def known_browser(app: Flask) -> Browser:
    """Mo's own browser, in which he has signed in before and out again."""
    browser = Browser(app)
    assert sign_in(browser).status_code == 303
    browser.send("/account", "/sign-out")
    browser.get("/sign-in")
    return browser


def guess_for(app: Flask, hours: float, email: str = MO, at: str = STRANGER) -> datetime:
    """A stranger guesses as fast as the waits allow; gives the moment when they were at it last."""
    stranger, moment = Browser(app), clock.now()
    end = moment + timedelta(hours=hours)
    while moment < end:
        with clock.set_to(moment):
            tried = sign_in(stranger, WRONG, email, at)
            assert tried.status_code in (422, 429)
        last, moment = moment, moment + timedelta(seconds=int(tried.headers.get("Retry-After", 1)))
    return last


def test_a_stranger_who_keeps_guessing_keeps_mo_out_of_nothing(app: Flask) -> None:
    """Fault X4, SR-05, SR-73: guessing for an hour, the stranger waits and Mo does not, neither in
    the browser that he always uses nor at an address where he has never been."""
    own = known_browser(app)
    moment = guess_for(app, hours=1)
    with clock.set_to(moment):
        waits = sign_in(Browser(app), at=STRANGER)
        assert waits.status_code == 429, "the stranger waits, and whoever is new at that address"
        assert "from another network or in a browser that you have used before" in waits.text
        assert sign_in(own, at=STRANGER).status_code == 303
        assert sign_in(Browser(app), at=HOME_OF_MO).status_code == 303


def test_many_strangers_reach_the_higher_bound_and_mo_s_own_browser_passes_it(app: Flask) -> None:
    """Fault X4, SR-05: the same account guessed at from many addresses is slowed as a whole; who
    signed in before in that browser is not, even at an address from which guesses come."""
    own = known_browser(app)
    start = clock.now()
    with clock.set_to(start):
        for number in range(guessing.FEW["everywhere"]):
            reply = sign_in(Browser(app), WRONG, at=f"203.0.113.{number % 20}")
            assert reply.status_code == 422
        assert sign_in(Browser(app), WRONG, at="203.0.113.99").status_code == 429
        slowed = sign_in(Browser(app), at=HOME_OF_MO)
        assert slowed.status_code == 429
        assert 0 < int(slowed.headers["Retry-After"]) <= guessing.LONGEST_WAIT + 1
        assert sign_in(Browser(app), email="ray@smallshire.example").status_code == 303
        assert sign_in(own, at="203.0.113.1").status_code == 303
    with clock.set_to(start + timedelta(seconds=61)):
        assert sign_in(Browser(app), at=HOME_OF_MO).status_code == 303, "slowed, not locked out"


def test_a_known_browser_has_a_bound_of_its_own(app: Flask) -> None:
    """Fault X4: who sits at Mo's browser has ten tries there, and they slow nobody elsewhere."""
    own = known_browser(app)
    for _ in range(guessing.FEW["browser"]):
        assert sign_in(own, WRONG).status_code == 422
    assert sign_in(own).status_code == 429
    assert sign_in(Browser(app)).status_code == 303


def test_a_known_browser_is_known_for_mo_alone_and_is_no_sign_in(app: Flask) -> None:
    """Fault X4: the cookie lets nobody in, and passes nobody else's pause."""
    own = known_browser(app)
    assert own.get("/account").status_code == 303
    guess_for(app, hours=0.1, email="ray@smallshire.example", at=TOWN_HALL)
    assert sign_in(own, email="ray@smallshire.example").status_code == 429
    guess_for(app, hours=0.1)
    for cookie in ("", "x" * 3000, "%C3%A9", "none of ours"):
        other = Browser(app)
        other.client.set_cookie(KNOWN, cookie, secure=True)
        assert sign_in(other, at=STRANGER).status_code == 429


def test_the_cookie_of_a_known_browser_is_locked_away_and_new_at_each_sign_in(
    app: Flask, db: Database
) -> None:
    """Fault X4, SR-19: bound to host and path, for TLS only, out of reach of scripts; a word that
    somebody planted in the browser is worth nothing after the sign-in."""
    browser = Browser(app)
    header = next(each for each in sign_in(browser).headers.getlist("Set-Cookie") if KNOWN in each)
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))
    assert "Domain" not in header
    word = browser.client.get_cookie(KNOWN)
    assert word is not None
    kept = db.read(lambda s: s.scalars(text("SELECT known_browser::text FROM known_browser")).all())
    assert len(kept) == 1
    assert word.value not in kept[0], "only a digest is kept"
    browser.send("/account", "/sign-out")
    browser.get("/sign-in")
    assert sign_in(browser).status_code == 303
    thief = Browser(app)
    thief.client.set_cookie(KNOWN, word.value, secure=True)
    guess_for(app, hours=0.1)
    assert sign_in(thief, at=STRANGER).status_code == 429, "the old word is nobody's"


def _reset(db: Database, who: build.Cast) -> None:
    def work(session):
        found = accounts.reset_link(session, MO)
        accounts.set_password(session, found[1], OTHER)

    db.run(work)


def _off_and_on(db: Database, who: build.Cast) -> None:
    db.run(lambda s: accounts.deactivate(s, build.actor(s, who.adam), who.mo))
    db.run(lambda s: accounts.reactivate(s, build.actor(s, who.adam), who.mo))


@pytest.mark.parametrize("end", [_reset, _off_and_on])
def test_no_browser_is_known_after_a_reset_or_a_deactivation(
    app: Flask, db: Database, who: build.Cast, end
) -> None:
    """Fault X4: whoever had to ask for a link, or was away, is known nowhere."""
    own = known_browser(app)
    end(db, who)
    guess_for(app, hours=0.1, at=TOWN_HALL)
    assert sign_in(own, OTHER if end is _reset else GOOD).status_code == 429


def test_a_removed_name_leaves_no_known_browser(app: Flask, db: Database, who: build.Cast) -> None:
    """Fault X4, INV-15: nothing is kept of where somebody signed in whose name was removed."""
    known_browser(app)
    db.run(lambda s: accounts.deactivate(s, build.actor(s, who.adam), who.mo))
    db.run(lambda s: accounts.erase(s, build.actor(s, who.adam), who.mo, "Asked for it"))
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM known_browser"))) == 0


# Links for a new password -------------------------------------------------------------------------


def ask(browser: Browser, at: str, email: str = MO) -> None:
    """Ask for a link for a new password, from a network address."""
    browser.get("/forgot-password")
    form = prefilled(browser.page, "/forgot-password") | {"email": email}
    reply = browser.post("/forgot-password", form, environ_base={"REMOTE_ADDR": at})
    assert reply.status_code == 200
    assert "only the first few are sent" in reply.text


def links(db: Database) -> list[str]:
    """The tokens in the mails with a link that Mo got, the newest last."""
    bodies = text(
        "SELECT body FROM outbox WHERE kind = 'account' AND body LIKE '%/set-password/%' "
        "AND person_id = (SELECT id FROM person WHERE key = 'mo') ORDER BY id"
    )
    found = db.read(lambda s: s.scalars(bodies).all())
    return [body.partition("/set-password/")[2].split()[0] for body in found]


def test_a_stranger_who_keeps_asking_for_links_keeps_mo_from_none(app: Flask, db: Database) -> None:
    """SR-05, SR-73: a stranger asks four times and then every 200 seconds for an hour. Mo, at home
    or in the browser that he always uses, asks and gets a link; and his mailbox is not filled."""
    own, start = known_browser(app), clock.now()
    stranger = Browser(app)
    for second in (0, 1, 2, *range(3, 3600, 200)):
        with clock.set_to(start + timedelta(seconds=second)):
            ask(stranger, STRANGER)
    assert len(links(db)) <= guessing.FEW["links"] * 5
    with clock.set_to(start + timedelta(seconds=3590)):
        before = len(links(db))
        ask(Browser(app), HOME_OF_MO)
        ask(own, STRANGER)
        assert len(links(db)) == before + 2
        assert db.read(accounts.link_of, links(db)[-1]) is not None


def test_strangers_everywhere_do_not_fill_a_mailbox_and_leave_a_link_that_works(
    app: Flask, db: Database
) -> None:
    """SR-05: asked for from a hundred places at once, some twenty mails go out, and the link in the
    newest one works; Mo's own browser is not counted with them."""
    own, start = known_browser(app), clock.now()
    with clock.set_to(start):
        for number in range(100):
            ask(Browser(app), f"203.0.113.{number}")
        assert len(links(db)) == guessing.FEW["mailbox"]
    with clock.set_to(start + timedelta(minutes=14)):
        ask(Browser(app), HOME_OF_MO)
        assert len(links(db)) == guessing.FEW["mailbox"], "one more is not sent"
        assert db.read(accounts.link_of, links(db)[-1]) is not None, "there is one that works"
        ask(own, HOME_OF_MO)
        assert len(links(db)) == guessing.FEW["mailbox"] + 1


def test_a_newcomer_a_leaver_and_nobody_are_told_the_same(
    app: Flask, db: Database, who: build.Cast
) -> None:
    """Fault X4, SR-06: status, headers and page are those of a wrong password for an account that
    is not there or not active, before the pause and in it; so it is for a link."""
    db.run(lambda s: accounts.deactivate(s, build.actor(s, who.adam), who.pat))
    emails = [MO, NOBODY, "pat@smallshire.example", "plancycle"]
    moment = clock.now()

    def answer(reply: TestResponse, email: str) -> tuple[object, ...]:
        page = re.sub(r'(value|nonce)="[^"]*"', "", reply.text).replace(email, "")
        kept = [each for each in reply.headers if each[0] not in ("Set-Cookie", "Content-Length")]
        kept = [(name, re.sub(r"nonce-[^']*", "", value)) for name, value in kept]
        return reply.status_code, page, kept

    with clock.set_to(moment):
        answers = []
        for number, email in enumerate(emails):
            at = f"203.0.113.{number}"
            answers.append(
                [answer(sign_in(Browser(app), WRONG, email, at), email) for _ in range(12)]
            )
        assert {each[0] for each in answers[0]} == {422, 429}
        for other in answers[1:]:
            assert other == answers[0]
        asked = []
        for number, email in enumerate(emails[:3]):
            browser = Browser(app)
            browser.get("/forgot-password")
            form = prefilled(browser.page, "/forgot-password") | {"email": email}
            where = {"REMOTE_ADDR": f"203.0.113.{100 + number}"}
            asked.append(
                [answer(browser.post("/forgot-password", form, environ_base=where), email)
                 for _ in range(22)]
            )  # fmt: skip
        assert {each[0] for each in asked[0]} == {200, 429}
        for other in asked[1:]:
            assert other == asked[0]


@pytest.mark.parametrize("password", [WRONG, "", "x" * 900])
def test_a_hash_is_made_for_everybody(
    app: Flask, db: Database, who: build.Cast, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """SR-06: the work is the same for a wrong password, nobody, a leaver, and who has none yet."""
    db.run(lambda s: accounts.deactivate(s, build.actor(s, who.adam), who.pat))
    db.run(lambda s: s.execute(text("UPDATE person SET password_hash = NULL WHERE key = 'ray'")))
    made = []
    real = passwords._HASHER.verify

    class Counting:
        """Argon2 with a count of what it was asked."""

        hash = passwords._HASHER.hash

        def verify(self, kept: str, typed: str) -> bool:
            made.append(kept)
            return real(kept, typed)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    for email in (MO, NOBODY, "pat@smallshire.example", "ray@smallshire.example"):
        before = len(made)
        assert sign_in(Browser(app), password, email).status_code == 422
        assert len(made) - before == (1 if password else 0), email


def test_all_addresses_of_one_subscriber_are_one(app: Flask) -> None:
    """SR-05: an IPv6 subscriber has 2^64 addresses to guess from; they count as one."""
    for number in range(guessing.FEW["account"]):
        assert sign_in(Browser(app), WRONG, at=f"2001:db8:1:2::{number:x}").status_code == 422
    assert sign_in(Browser(app), at="2001:db8:1:2:ffff::1").status_code == 429
    assert sign_in(Browser(app), at="2001:db8:1:3::1").status_code == 303


def test_who_sits_at_mo_s_open_browser_does_not_guess_his_password_freely(app: Flask) -> None:
    """Fault X4, SR-04: ten tries at the present password, then a wait; Mo gets through after it."""
    browser, start = Browser(app), clock.now()
    with clock.set_to(start):
        assert sign_in(browser).status_code == 303
        where = ("/account", "/account/password")
        for _ in range(guessing.FEW["present"]):
            reply = browser.send(*where, current_password=WRONG, new_password=OTHER)
            assert reply.status_code == 422
        slowed = browser.send(*where, current_password=GOOD, new_password=OTHER)
        assert slowed.status_code == 429
        assert int(slowed.headers["Retry-After"]) > 0
        assert "There were too many tries. Wait a minute and try again." in slowed.text
        assert sign_in(Browser(app)).status_code == 303, "nothing was changed"
    with clock.set_to(start + timedelta(seconds=61)):
        assert browser.send(*where, current_password=GOOD, new_password=OTHER).status_code == 303
        assert sign_in(Browser(app), OTHER).location == HOME
