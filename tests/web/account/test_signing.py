"""Signing in and out, passwords, sessions, as seen from outside."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from cycle import clock
from tests import build
from tests.web.browsing import Browser
from workflows.people import accounts

PASSWORD = "purple otter climbs a ladder"
OTHER = "seven grey buckets under the bridge"
WRONG = "this is not the password at all"


@pytest.fixture
def mo(app, db, who):
    """Mo has a password and his browser is open."""
    give_password(db, who, who.mo)
    return Browser(app)


def give_password(db, who, person_id, password=PASSWORD):
    """Invited by Adam, the person chooses a password."""

    def work(session):
        token = build.invited(session, who.adam, person_id)
        accounts.set_password(session, token, password)

    db.run(work)


def sign_in(browser, email="mo@smallshire.example", password=PASSWORD, after=""):
    return browser.send(f"/sign-in{after}", "/sign-in" + after, email=email, password=password)


def one(db, sql, **given):
    return db.read(lambda s: s.scalar(text(sql), given))


def test_mo_signs_in_and_out_and_his_old_cookie_is_nobodys(mo):
    """SR-12, SR-13, SR-21: a new cookie inside; after signing out it is worth nothing."""
    mo.get("/sign-in")
    before = mo.cookie()
    assert sign_in(mo).status_code == 303
    inside = mo.cookie()
    assert inside != before
    assert mo.get("/account").status_code == 200
    reply = mo.send("/account", "/sign-out")
    assert (reply.status_code, reply.location) == (303, "/sign-in")
    assert reply.headers["Clear-Site-Data"] == '"cache", "storage"'
    mo.put_cookie(inside)
    assert mo.get("/account").location == "/sign-in?next=%2Faccount"


def test_the_cookie_before_signing_in_stays_anonymous(mo):
    """SR-12: whoever planted a cookie before is not signed in by it."""
    mo.get("/sign-in")
    before = mo.cookie()
    sign_in(mo)
    mo.put_cookie(before)
    assert mo.get("/account").status_code == 303


def test_every_cookie_is_locked_away(mo):
    """SR-19: bound to host and path, for TLS only, out of reach of scripts."""
    headers = sign_in(mo).headers.getlist("Set-Cookie")
    assert {each.partition("=")[0] for each in headers} == {"__Host-sid", "__Host-known"}
    for header in headers:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(header.split("; "))
        assert "Domain" not in header


def test_an_unknown_address_is_answered_like_a_wrong_password(mo):
    """SR-06: same status, page and headers."""
    wrong = sign_in(mo, password=WRONG)
    unknown = sign_in(mo, email="nobody@smallshire.example", password=WRONG)
    assert (wrong.status_code, unknown.status_code) == (422, 422)

    def bare(reply):
        page = re.sub(r'(value|nonce)="[^"]*"', "", reply.text)
        return page, sorted(name for name, _ in reply.headers)

    assert bare(wrong) == bare(unknown)


def test_ten_wrong_passwords_slow_mo_down_and_nobody_else(mo, app, db, who):
    """SR-05: 429 with the time to wait; others get in, and after the wait so does Mo."""
    give_password(db, who, who.sue)
    start = clock.now()
    for _ in range(10):
        assert sign_in(mo, password=WRONG).status_code == 422
    slowed = sign_in(mo)
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) > 0
    assert sign_in(Browser(app), email="sue@smallshire.example").status_code == 303
    with clock.set_to(start + timedelta(minutes=2)):
        assert sign_in(mo).status_code == 303


def test_the_sign_in_page_lets_a_password_manager_help_and_needs_a_token(mo):
    """SR-11, SR-42: paste and fill in work; no sign-in without a token, no sign-out by GET."""
    page = mo.get("/sign-in").text
    field = re.search(r'<input[^>]*id="password"[^>]*>', page)[0]
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert "onpaste" not in page
    given = {"email": "mo@smallshire.example", "password": PASSWORD}
    assert Browser(mo.client.application).post("/sign-in", given).status_code == 400
    assert mo.get("/sign-out").status_code == 405


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil", "https:evil", "/%2f%2fevil", "javascript:alert(1)"]
)
def test_signing_in_leads_only_to_pages_of_ours(mo, wanted):
    """SR-38: ``next`` never leads to another host."""
    assert sign_in(mo, after=f"?next={wanted}").location == "/"


def test_signing_in_leads_back_to_the_page_that_was_wanted(mo):
    first = mo.get("/people?q=mo")
    assert first.location == "/sign-in?next=%2Fpeople%3Fq%3Dmo"
    assert sign_in(mo, after="?next=/people?q=mo").location == "/people?q=mo"


def test_changing_the_password_needs_the_present_one_and_ends_other_sessions(mo, app, db):
    """SR-04, SR-14: nothing changes without the present one; browser B is out at once."""
    second = Browser(app)
    sign_in(mo)
    sign_in(second)
    where = ("/account", "/account/password")
    refused = mo.send(*where, current_password=WRONG, new_password=OTHER)
    assert refused.status_code == 422
    assert "This is not your present password. Nothing was changed." in refused.text
    assert 'id="current_password-error"' in refused.text
    assert 'id="new_password-error"' not in refused.text
    short = mo.send(*where, current_password=PASSWORD, new_password="short")
    assert 'id="new_password-error"' in short.text
    assert 'id="current_password-error"' not in short.text
    assert second.get("/account").status_code == 200
    assert mo.send(*where, current_password=PASSWORD, new_password=OTHER).status_code == 303
    assert mo.get("/account").status_code == 200
    assert second.get("/account").status_code == 303
    ended = "The password of your account was changed just now, and every session was ended."
    assert ended in one(db, "SELECT body FROM outbox WHERE subject = 'Your password was changed'")
    assert sign_in(second).status_code == 422
    assert sign_in(second, password=OTHER).status_code == 303


@pytest.mark.parametrize(
    ("chosen", "why_not"),
    [
        ("only14letters!", "at least 15 characters"),
        ("Password1234567", "everybody tries first"),
        ("Smallshire Council 2026", "names that others know"),
        ("w" + "ords unexpected " * 4, ""),
        ("🦦 climbs the blue ladder ", ""),
        ("violet harbour " * 8 + "at dawn!", ""),
        ("x" * 200_000, "must be 1,024 characters or fewer"),
    ],
)
def test_which_passwords_will_do(mo, chosen, why_not):
    """SR-01, SR-02, SR-03: 15 characters and more of any kind, taken to the letter; not those that
    are tried first, and one is told why."""
    fine = not why_not
    sign_in(mo)
    form = {"current_password": PASSWORD, "new_password": chosen}
    reply = mo.send("/account", "/account/password", **form)
    assert reply.status_code == (303 if fine else 422)
    assert why_not in reply.text
    other = Browser(mo.client.application)
    assert sign_in(other, password=chosen if fine else PASSWORD).status_code == 303
    if fine and chosen != chosen.rstrip():
        assert (
            sign_in(Browser(other.client.application), password=chosen.rstrip()).status_code == 422
        )


def test_a_forgotten_password_is_answered_alike_and_mailed_to_who_is_known(mo, db, who):
    """SR-06, SR-09: once, without a referrer and with nothing foreign; then every session ends."""

    def ask(email):
        return mo.send("/forgot-password", email=email)

    known, unknown = ask("mo@smallshire.example"), ask("nobody@smallshire.example")
    plain = [re.sub(r'nonce="[^"]*"', "", reply.text) for reply in (known, unknown)]
    assert known.status_code == unknown.status_code == 200
    assert plain[0] == plain[1]
    body = one(db, "SELECT body FROM outbox WHERE subject = 'Choose a new password'")
    link = re.search(r"https://localhost(/set-password/\S+)", body)[1]
    sign_in(mo)
    stranger = Browser(mo.client.application)
    opened = stranger.get(link)
    assert opened.headers["Referrer-Policy"] == "no-referrer"
    assert "http://" not in opened.text.replace("http://www.w3.org", "")
    assert stranger.send(link, new_password="short").status_code == 422
    assert stranger.send(link, new_password=OTHER).status_code == 303
    assert stranger.get(link).status_code == 404
    assert mo.get("/account").status_code == 303, "every session ends"
    assert sign_in(mo, password=OTHER).status_code == 303


def test_the_mailed_link_leads_to_our_own_address_whatever_a_request_says(mo, db):
    """SR-39: forged X-Forwarded headers reach neither the mail nor the count of guesses."""
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Forwarded": "host=e",
    }
    mo.get("/forgot-password")
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', mo.page)[1]
    given = {"email": "mo@smallshire.example", "csrf_token": token}
    assert mo.post("/forgot-password", given, headers=forged).status_code == 200
    body = one(db, "SELECT body FROM outbox WHERE subject = 'Choose a new password'")
    assert "https://localhost/set-password/" in body
    assert "evil" not in body
    counted = "SELECT count(DISTINCT subject) FROM sign_in_attempt"
    before = one(db, counted)
    for number in range(20):
        mo.post("/forgot-password", given, headers={"X-Forwarded-For": f"10.0.0.{number}"})
    assert one(db, counted) == before > 0


def test_a_link_dies_with_time_and_with_a_newer_one(mo, db, who):
    """SR-09: after 30 minutes, or as soon as there is a newer one."""

    def link():
        mo.send("/forgot-password", email="mo@smallshire.example")
        last = "SELECT body FROM outbox WHERE kind = 'account' ORDER BY id DESC LIMIT 1"
        return re.search(r"(/set-password/\S+)", one(db, last))[1]

    first, second = link(), link()
    assert mo.get(first).status_code == 404
    assert mo.get(second).status_code == 200
    with clock.set_to(clock.now() + timedelta(minutes=31)):
        assert mo.get(second).status_code == 404


def test_a_mailbox_gets_few_links_and_the_answer_stays_the_same(mo, app, db):
    """SR-05, SR-06: asked for often, no more is sent and the last link lives; nobody is told."""

    def mails():
        return one(db, "SELECT count(*) FROM outbox WHERE subject = 'Choose a new password'")

    email, start = "mo@smallshire.example", clock.now()
    pages = [
        mo.send("/forgot-password", email=each) for each in (email, email, email.upper(), email)
    ]
    assert mails() == 3
    assert {reply.status_code for reply in pages} == {200}
    plain = {re.sub(r'nonce="[^"]*"', "", reply.text) for reply in pages}
    plain.add(
        re.sub(r'nonce="[^"]*"', "", mo.send("/forgot-password", email="no@one.example").text)
    )
    assert len(plain) == 1
    with clock.set_to(start + timedelta(minutes=16)):
        mo.send("/forgot-password", email=email)
        assert mails() == 4
        for number in range(19):
            assert mo.send("/forgot-password", email=f"{number}@x.example").status_code == 200
        slowed = mo.send("/forgot-password", email=email)
        assert slowed.status_code == 429
        assert int(slowed.headers["Retry-After"]) > 0
        assert email in slowed.text
        assert mails() == 4


def test_mo_lists_and_ends_his_own_sessions(mo, app, signed):
    """SR-18: one by one or all; nobody else's."""
    second = signed("mo")
    sign_in(mo)
    page = mo.get("/account").text
    assert "Firefox on Linux" in page
    which = re.search(r'name="which" value="(\w+)"', page)[1]
    assert mo.send("/account", "/account/sessions/end", which=which).status_code == 303
    assert second.get("/account").status_code == 303
    assert mo.get("/account").status_code == 200
    pats = signed("pat")
    theirs = mo.send("/account", "/account/sessions/end", which="0" * 64)
    assert theirs.status_code == 404
    assert pats.get("/account").status_code == 200
    assert mo.send("/account", "/account/sessions/end-all").status_code == 303
    assert mo.get("/account").status_code == 303


def test_an_idle_session_ends_and_so_does_a_long_one(mo):
    """SR-17: after 30 minutes without use, after 12 hours with it."""
    start = clock.now()
    sign_in(mo)
    for minutes in range(20, 12 * 60, 20):
        with clock.set_to(start + timedelta(minutes=minutes)):
            assert mo.get("/account").status_code == 200
    with clock.set_to(start + timedelta(hours=12, minutes=5)):
        assert mo.get("/account").status_code == 303
    other = Browser(mo.client.application)
    sign_in(other)
    with clock.set_to(clock.now() + timedelta(minutes=31)):
        assert other.get("/account").status_code == 303


def test_what_adam_typed_when_his_session_had_ended_is_kept_for_him_alone(app, db, who, signed):
    """SR-17: the typed text survives signing in again, for the same person only."""
    give_password(db, who, who.adam)
    give_password(db, who, who.mo)
    adam = signed("adam")
    adam.get("/people/new")
    with clock.set_to(clock.now() + timedelta(minutes=31)):
        boxes = {"name": "Nina Newcomer-Longname", "email": "nina@smallshire.example"}
        lost = adam.client.post("/people/new", data=tokens(adam) | boxes)
        assert lost.location == "/sign-in?next=%2Fpeople%2Fnew"
        assert "What you had sent is kept for you." in adam.get(lost.location).text
        mo = Browser(app)
        assert sign_in(mo, after="?next=/people/new").location == "/people/new"
        assert mo.get("/kept?page=/people/new").status_code == 404
        email = "adam@smallshire.example"
        back = sign_in(adam, email=email, after="?next=/people/new")
        assert back.location == "/kept?page=%2Fpeople%2Fnew"
        assert "Nina Newcomer-Longname" in adam.get(back.location).text
        assert adam.send(back.location, "/people/new").status_code == 303
        assert one(db, "SELECT name FROM person WHERE email = :e", e=boxes["email"])


def test_what_was_typed_when_sessions_ended_everywhere_is_shown_to_copy(db, who, signed):
    """SR-18: nobody can say any more whose session it was, and no page says that it is kept."""
    give_password(db, who, who.adam)
    adam, other = signed("adam"), signed("adam")
    adam.get("/people/new")
    other.send("/account", "/account/sessions/end-all")
    boxes = {"name": "Nina Newcomer " * 6, "email": "nina@smallshire.example"}
    lost = adam.client.post("/people/new", data=tokens(adam) | boxes)
    assert lost.status_code == 401
    assert "Nina Newcomer Nina Newcomer" in lost.text
    assert "Copy it" in lost.text
    page = adam.get("/sign-in?next=/people/new").text
    assert "kept for you" not in page
    assert "What you had sent was not saved." in page
    assert "What you had sent" not in adam.get("/sign-in?next=/people").text
    assert sign_in(adam, email="adam@smallshire.example", after="?next=/people/new").location == (
        "/people/new"
    )


def tokens(browser):
    names = ("csrf_token", "form_key")
    return {n: re.search(rf'name="{n}"[^>]* value="([^"]+)"', browser.page)[1] for n in names}


def test_a_spoilt_cookie_is_nobodys_and_breaks_nothing(mo):
    """SR-20: bytes flipped, cut short, 4 kB: the sign-in page, never 5xx."""
    sign_in(mo)
    good = mo.cookie()
    spoilt = [
        good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        for at in range(0, len(good) - 2, 7)
    ]
    for value in [*spoilt, good[: len(good) // 2], "", "x" * 3900]:
        mo.put_cookie(value)
        assert mo.get("/account").status_code == 303


def test_no_page_of_somebody_signed_in_is_kept_by_a_cache(signed):
    """SR-21: no-store, and the cookie in Vary."""
    reply = signed("mo").get("/account")
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Cookie" in reply.headers["Vary"]


def test_a_deactivated_person_is_out_at_once_and_a_lost_post_closes_its_pages(signed, db, who):
    """SR-15, SR-16: at the next request."""
    mo, adam = signed("mo"), signed("adam")
    adam.send(f"/people/{who.mo}/deactivate", reason="Left")
    assert mo.get("/account").status_code == 303
    aud = signed("aud")
    assert aud.get("/audit").status_code == 200
    held = one(db, "SELECT id FROM appointment WHERE person_id = :p", p=who.aud)
    adam.send(f"/people/{who.aud}/posts/{held}/end")
    again = signed("aud")
    assert again.get("/audit").status_code == 403
    assert again.get("/audit/verify").status_code == 403
