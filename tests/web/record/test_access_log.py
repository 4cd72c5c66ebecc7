"""The access log as its readers see it, and what requests leave in it (SR-69, SR-71)."""

import re

import pytest
from flask import Flask
from sqlalchemy import text

from cycle.db import Database
from tests import build
from tests.web.account.test_guessing import GOOD, NOBODY, WRONG, sign_in
from tests.web.browsing import Browser, prefilled
from workflows.people import passwords

HOUSING = "SVP-2028-HOUSING"


@pytest.fixture(autouse=True)
def passwords_of_all(db: Database, who: build.Cast) -> None:
    """Everybody of Smallshire has the same good password."""
    kept = passwords.hashed(GOOD)
    db.run(lambda s: s.execute(text("UPDATE person SET password_hash = :kept"), {"kept": kept}))


def kinds(db: Database) -> list[tuple[str, str | None, str, int | None]]:
    """The log from its beginning: kind, person, page, answer."""
    statement = text(
        "SELECT kind, person.key, address, status FROM access_log "
        "LEFT JOIN person ON person.id = person_id ORDER BY access_log.id"
    )
    return [tuple(row) for row in db.read(lambda s: s.execute(statement).all())]


def lines_of(page: str) -> list[list[str]]:
    """The rows of the table on a page."""
    body = page.partition("<tbody")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in body.split("</tr>")]
    return [[" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in row] for row in cells[:-1]]


def test_the_auditor_sees_who_signed_in_and_who_did_not(app: Flask, db: Database, signed) -> None:
    """Fault X10, SR-69: with the moment in UTC and in London, and without what was typed."""
    sign_in(Browser(app), WRONG, at="203.0.113.5")
    sign_in(Browser(app), WRONG, NOBODY)
    mo = Browser(app)
    sign_in(mo)
    mo.send("/account", "/sign-out")
    aud = signed("aud")
    page = aud.get("/audit/access").text
    shown = [(line[1], line[2]) for line in lines_of(page)]
    assert [what.removeprefix("What ") for what, _who in shown] == [
        "Signed out", "Signed in", "Wrong password", "Wrong password",
    ]  # fmt: skip
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", page)
    assert "Unknown e-mail address" in page
    for secret in (GOOD, WRONG, NOBODY):
        assert secret not in page
    assert "203.0.113.5" in page
    wrong = lines_of(aud.get("/audit/access?who=mo+man&kind=wrong_password").text)
    assert len(wrong) == 1
    assert "/sign-in (form sent)" in page
    assert "POST /sign-in" not in page
    assert ">Paper<" not in page, "no line names one"
    assert "a code stands for it" in page
    day = "day-day=1&day-month=1&day-year=2020"
    assert "No line is like that" in aud.get(f"/audit/access?{day}").text
    table = aud.get("/audit/access.csv?kind=sign_in").text.splitlines()
    assert len(table) == 2
    assert "Signed in" in table[1]


def test_refusals_are_in_the_log_by_the_pattern_of_their_page(
    db: Database, who: build.Cast, signed
) -> None:
    """Fault X10, SR-69, SR-71: 403 by policy, 404 for what is closed, a forged form; no token."""
    pat = signed("pat")
    assert pat.get("/audit").status_code == 403
    assert pat.get("/plans/SVP-2028-NONE/print").status_code == 404
    assert pat.get("/no/such/page").status_code == 404
    assert pat.post("/account/password", {"current_password": "x"}).status_code == 400
    pat.get("/account")
    token = prefilled(pat.page, "")["csrf_token"]
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert pat.post("/sign-out", {"csrf_token": token}, headers=foreign).status_code == 400
    pat.get("/set-password/not-a-real-token")
    assert kinds(db) == [
        ("refused", "pat", "GET /audit", 403),
        ("refused", "pat", "GET /plans/…/print", 404),
        ("forged", "pat", "POST /account/password", 400),
        ("forged", "pat", "POST /sign-out", 400),
    ]


def test_a_name_that_no_database_can_keep_hides_no_refusal(db: Database, signed) -> None:
    """Faults X6, X10: the line stands, and names no plan."""
    pat = signed("pat")
    for name in ("%00", f"{HOUSING}%00"):
        assert pat.get(f"/plans/{name}/print").status_code == 404
    assert kinds(db) == [("refused", "pat", "GET /plans/…/print", 404)] * 2
    subjects = text("SELECT count(*) FROM access_log WHERE subject_id IS NOT NULL")
    assert db.read(lambda s: s.scalar(subjects)) == 0


def test_four_eyes_are_in_the_log_and_the_refused_act_is_not_done(
    db: Database, who: build.Cast, signed
) -> None:
    """Fault X10, SR-28: who wrote a plan may not pass it on; the act is undone, the line stays."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)
    wrote = text("INSERT INTO editor (plan_id, section_key, person_id, first_at) "
                 "SELECT id, 'purpose', :ray, now() FROM subject WHERE ref = :ref")  # fmt: skip
    db.run(lambda s: s.execute(wrote, {"ray": who.ray, "ref": HOUSING}))
    ray = signed("ray")
    reply = ray.send(f"/plans/{HOUSING}/pass_on")
    assert reply.status_code in (409, 422)
    assert "changed this plan" in reply.text
    assert [each for each in kinds(db) if each[1] == "ray"] == [
        ("refused", "ray", "POST /plans/…/…", 422)
    ]


def test_sessions_and_passwords_are_in_the_log(app: Flask, db: Database, who, signed) -> None:
    """Fault X10, SR-69: a password changed, one's own sessions ended, somebody else's ended."""
    mo, adam = Browser(app), signed("adam")
    sign_in(mo)
    new = "seven grey buckets under the bridge"
    mo.send("/account", "/account/password", current_password=GOOD, new_password=new)
    adam.send(f"/people/{who.mo}", f"/people/{who.mo}/end-sessions")
    adam.send("/account", "/account/sessions/end-all")
    assert [each[:2] for each in kinds(db)] == [
        ("sign_in", "mo"), ("password_set", "mo"), ("session_ended", "mo"),
        ("session_ended", "adam"),
    ]  # fmt: skip


def test_a_name_makes_no_second_line(db: Database, owner_db: Database, app: Flask, signed) -> None:
    """SR-69: CR and LF in a name, however they came there, stay on the line of that name."""
    forged = "Mo\r\n2026-01-01 00:00:00,,Signed in,Adam"
    owner_db.run(lambda s: s.execute(text("UPDATE person SET name = :n WHERE key = 'mo'"),
                                     {"n": forged}))  # fmt: skip
    sign_in(Browser(app))
    table = signed("aud").get("/audit/access.csv").text
    assert len(table.splitlines()) == 2
    assert len(lines_of(signed("aud").get("/audit/access").text)) == 1


def test_who_read_exempt_papers_is_for_the_monitoring_officer_alone(
    db: Database, who: build.Cast, signed
) -> None:
    """Fault X10: neither auditor nor administrator sees it, in no view of the log; and looking at
    it leaves no line itself."""
    build.cycle(db, who)
    exempt = text("UPDATE subject SET exempt = true WHERE ref = :ref")
    db.run(lambda s: s.execute(exempt, {"ref": HOUSING}))
    nobody = "Nobody has read an exempt paper yet."
    assert nobody in signed("monty").get("/audit/exempt-readings").text
    assert signed("mo").get(f"/plans/{HOUSING}").status_code == 200
    read = ("exempt_read", "mo", "GET /plans/…", 200)
    assert kinds(db) == [read]
    monty = signed("monty")
    page = monty.get("/audit/exempt-readings").text
    every = "Every page and file that held the title or words of an exempt paper is listed here"
    assert every in page
    assert HOUSING in page
    assert ">Paper<" in page
    assert "Shown" in page
    assert nobody not in page
    unread = "Nobody of that name read an exempt paper, or nobody on that day."
    assert unread not in page
    assert unread in monty.get("/audit/exempt-readings?who=nobody").text
    assert "Mo" in page
    assert HOUSING in monty.get("/audit/exempt-readings.csv").text
    assert kinds(db) == [read]
    assert "/audit/exempt-readings" in monty.get("/audit").text
    aud = signed("aud")
    for path in ("/audit/access", "/audit/access?kind=", "/audit/access.csv"):
        reply = aud.get(path).text
        assert HOUSING not in reply
        assert "GET /plans" not in reply
    assert aud.get("/audit/access?kind=exempt_read").text.count("exempt_read") == 0
    for name in ("aud", "adam", "sue", "mo"):
        for path in ("/audit/exempt-readings", "/audit/exempt-readings.csv"):
            assert signed(name).get(path).status_code == 403, (name, path)
    assert "exempt-readings" not in aud.get("/audit").text


def test_who_looks_before_anybody_read_is_told_so(db: Database, who: build.Cast, signed) -> None:
    """Nothing was asked for, so no day or name is spoken of; refusals are told in words."""
    page = signed("monty").get("/audit/exempt-readings").text
    assert "Nobody has read an exempt paper yet." in page
    assert "on that day" not in page
    assert "Nothing has been written here yet." in signed("aud").get("/audit/access").text
    signed("pat").get("/audit")
    signed("pat").post("/account/password", {"current_password": "x"})
    page = signed("aud").get("/audit/access").text
    assert "Not allowed" in page
    assert "Nothing has been written here yet." not in page
    assert "the form came from another page or was too old" in page
    assert "403" not in page.partition("<tbody")[2].partition("</tbody>")[0]


def test_a_refusal_leads_only_to_a_page_that_is_there(
    db: Database, who: build.Cast, signed
) -> None:
    """Aud may not see proposals and is led nowhere; where there is a page, the way to it stands."""
    aud = signed("aud")
    refused = aud.get("/people/proposals/1")
    assert refused.status_code == 403
    assert "Look at it as it is now" not in refused.text
    refused = aud.get(f"/people/{who.mo}/deactivate")
    assert refused.status_code == 403
    assert f'href="/people/{who.mo}">Look at it as it is now' in refused.text
