"""Every address of the service: who may open it (a table written by hand), and what holds for all.

A new page needs a line here (``PAGES`` or ``ACTS``) or in ``matrix_table``; without one
``test_matrix`` says so (SR-22).
"""

import re

import pytest
from sqlalchemy import text

from tests import build, kit
from tests.web.browsing import Browser

PLAN = "SVP-2028-HOUSING"
CAST = ("sue", "mo", "ray", "cy", "pat", "adam", "aud", "mem")
EVERYONE = frozenset(CAST)
OFFICERS = EVERYONE - {"mem"}
ADMIN, AUDIT = frozenset({"adam"}), frozenset({"aud"})
SUPPORT, CLERK = frozenset({"sue"}), frozenset({"cy"})
# Who reads the text of Mo's draft: its line, the support service and the auditor, not Pat of Parks,
# not the clerk, not the administrator, not the member.
READERS = frozenset({"mo", "ray", "sue", "aud"})
FRAMEWORK = "/frameworks/nottinghamshire-smf"

# Address -> whom it answers with 200; everybody else is refused (403, or 404 for a thing).
PAGES = {
    "/account": EVERYONE,
    "/audit": AUDIT,
    "/audit/verify": AUDIT,
    "/audit/access": AUDIT,
    "/audit/access.csv": AUDIT,
    "/audit/exempt-readings": frozenset(),  # the monitoring officer's, who is not of this cast
    "/audit/exempt-readings.csv": frozenset(),
    f"/audit/plans/{PLAN}": AUDIT,
    f"/audit/plans/{PLAN}/certificate": frozenset(),  # it has not been approved
    "/audit/checkpoints/1": AUDIT,
    "/frameworks": EVERYONE,
    FRAMEWORK: EVERYONE,
    f"{FRAMEWORK}/roles": EVERYONE,
    f"{FRAMEWORK}/days": EVERYONE,
    f"{FRAMEWORK}/report": EVERYONE,
    f"{FRAMEWORK}/ways": EVERYONE,
    f"{FRAMEWORK}/ways/service_plan": EVERYONE,
    f"{FRAMEWORK}/plans/budget": EVERYONE,
    "/frameworks/published-timetables": EVERYONE,
    "/frameworks/published-timetables/words": EVERYONE,
    "/frameworks/published-timetables/medway-2017-18": EVERYONE,
    "/people": OFFICERS,
    "/people/new": ADMIN,
    "/people/{mo}": OFFICERS,
    "/people/{mo}/posts/new": ADMIN,
    "/people/{mo}/posts/{held}/end": ADMIN,
    "/people/{mo}/cover/new": ADMIN | {"mo"},
    "/people/{mo}/deactivate": ADMIN,
    "/people/{mo}/remove-name": ADMIN,
    "/board": EVERYONE,
    "/cycles": EVERYONE,
    "/cycles/C-2027": EVERYONE,
    "/cycles/new": SUPPORT,
    "/cycles/take-in": SUPPORT,
    "/decisions": EVERYONE,
    "/entries": EVERYONE,
    "/entries.xlsx": EVERYONE,
    "/golden-thread": OFFICERS,
    "/year": OFFICERS,
    "/meetings": EVERYONE,
    "/meetings/1": EVERYONE,
    "/meetings/1/deadlines": EVERYONE,
    "/meetings/1/deadlines.csv": EVERYONE,
    "/meetings/1/deadlines.ics": EVERYONE,
    "/meetings/1/cancel": CLERK,
    "/meetings/1/move": CLERK,
    "/meetings/new": CLERK,
    "/meetings/days/what-if": EVERYONE,
    "/meetings/days/what-if/event": EVERYONE,
    "/meetings/days": EVERYONE,
    "/meetings/rules": EVERYONE,
    "/meetings/rules/law": EVERYONE,
    "/meetings/rules/law/wales": EVERYONE,
    "/meetings/rules/final_report": frozenset(),
    "/meetings/days/event": SUPPORT,
    "/meetings/days/holiday": SUPPORT,
    "/meetings/days/closure": SUPPORT,
    "/meetings/days/closure/2027-12-24/take-back": SUPPORT,
    "/meetings/calendar": CLERK,
    "/meetings/calendar/meetings.csv": EVERYONE,
    "/meetings/calendar/meetings.xlsx": EVERYONE,
    "/meetings/calendar/meetings.ics": EVERYONE,
    "/plans": EVERYONE,
    "/plans.xlsx": EVERYONE,
    f"/plans/{PLAN}": OFFICERS,
    f"/plans/{PLAN}/history": OFFICERS,
    f"/plans/{PLAN}/print": READERS,
    f"/plans/{PLAN}/sections/{{section}}": READERS,
    "/services-not-reviewed": OFFICERS,
    "/tasks": EVERYONE,
    "/tasks/chase": SUPPORT,
    "/tasks/done": EVERYONE,
    "/tasks/waiting": EVERYONE,
    "/timetable/Y-2027-1": EVERYONE,
    "/timetable/Y-2027-1/steps.csv": EVERYONE,
    "/timetable/Y-2027-1/dates-to-move": EVERYONE,
    "/timetable/Y-2027-1/moved": OFFICERS,
    "/timetable/Y-2027-1/rehearsal": EVERYONE,
    "/timetable/Y-2027-1/rehearsal/progress": EVERYONE,
    "/meetings/1/what-if": OFFICERS,
    "/timetable/cycles/C-2027": EVERYONE,
    "/work-programme": EVERYONE,
    "/work-programme.csv": EVERYONE,
    "/work-programme.xlsx": EVERYONE,
    "/units": OFFICERS,
    "/units/5": ADMIN,
    "/governance": EVERYONE,
    "/governance/change": ADMIN,
    "/units/5/add": ADMIN,
    "/units/5/merge": ADMIN,
    "/units/5/close": ADMIN,
}
# What changes something and whom it lets through as far as the form; the rest gets 403 or 404.
ACTS = {
    "/timetable/Y-2027-1/dates-to-move": SUPPORT,
    "/timetable/Y-2027-1/rehearsal": SUPPORT,
    "/timetable/Y-2027-1/rehearsal/stop": SUPPORT,
    "/preview": EVERYONE,
    "/account/password": EVERYONE,
    "/account/sessions/end": EVERYONE,
    "/account/sessions/end-all": EVERYONE,
    "/audit/checkpoints": AUDIT,
    "/people/new": ADMIN,
    "/people/{mo}/invite": ADMIN,
    "/people/{mo}/posts/new": ADMIN,
    "/people/{mo}/posts/{held}/end": ADMIN,
    "/people/{mo}/cover/new": ADMIN | {"mo"},
    "/people/{mo}/deactivate": ADMIN,
    "/people/{mo}/reactivate": ADMIN,
    "/people/{mo}/end-sessions": ADMIN,
    "/people/{mo}/remove-name": ADMIN,
    "/governance/change": ADMIN,
    "/units/5/add": ADMIN,
    "/units/5/merge": ADMIN,
    "/units/5/close": ADMIN,
}
# Open to everybody, or told by its own tests.
PUBLIC = {
    "/sign-in", "/sign-out", "/forgot-password", "/set-password/<token>", "/kept",
    "/health", "/ready",
}  # fmt: skip
OWN_TESTS = {
    "/people/<int:person_id>/cover/<int:cover_id>/end",
    "/people/proposals/<int:proposal_id>",
    "/people/proposals/<int:proposal_id>/agree",
    "/people/proposals/<int:proposal_id>/refuse",
    "/people/proposals/<int:proposal_id>/take-back",
}
# The page families whose matrix stands here; the others have theirs beside their own tests.
FAMILIES = (
    "account",
    "audit",
    "frameworks",
    "governance",
    "people",
    "units",
    *(p[1:] for p in PUBLIC),
)


@pytest.fixture
def places(signed, db, who):
    """What stands for the parts of an address in braces."""
    build.cycle(db, who)
    signed("aud").send("/audit", "/audit/checkpoints")
    held = "SELECT id FROM appointment WHERE person_id = :p"
    section = (
        "SELECT section.key FROM section JOIN subject ON subject.id = section.plan_id "
        "WHERE subject.ref = :r ORDER BY section.position LIMIT 1"
    )
    return {
        "mo": who.mo,
        "held": db.read(lambda s: s.scalar(text(held), {"p": who.mo})),
        "section": db.read(lambda s: s.scalar(text(section), {"r": PLAN})),
    }


def state_of(db):
    """Everything that a page could change but the access log and that a session was used."""
    return kit.digests(db, "sign_in_session", "access_log", "access_log_salt")


def test_the_table_names_every_page_and_act_of_these_families(app):
    """SR-22: a page that is not in the table is named here."""
    endpoint = app.url_map.bind("localhost", url_scheme="https").match
    known = {"GET": set(), "POST": set()}
    for method, table in (("GET", PAGES), ("POST", ACTS)):
        for path in table:
            known[method].add(endpoint(path.format(mo=1, held=1, section="x"), method=method)[0])
    missing = []
    for rule in app.url_map.iter_rules():
        family = rule.rule.strip("/").split("/")[0]
        if (
            family not in {each.split("/")[0] for each in FAMILIES}
            or rule.rule in PUBLIC | OWN_TESTS
        ):
            continue
        missing += [
            f"{method} {rule.rule}"
            for method in ("GET", "POST")
            if method in rule.methods and rule.endpoint not in known[method]
        ]
    assert missing == []


def test_each_page_opens_for_whom_the_table_says_and_reading_changes_nothing(signed, db, places):
    """SR-22, SR-35, SR-80: an administrator, by that role alone, opens no draft or print."""
    browsers = {name: signed(name) for name in CAST}
    before = state_of(db)
    wrong = []
    for path, allowed in PAGES.items():
        for name, browser in browsers.items():
            status = browser.get(path.format(**places)).status_code
            fine = status == 200 if name in allowed else status in (403, 404)
            if not fine:
                wrong.append((path, name, status))
    assert wrong == []
    assert state_of(db) == before


def test_each_act_is_refused_to_whom_the_table_says(signed, db, places):
    """SR-22: those not in the table are refused by policy, with a good token in their form."""
    wrong = []
    for name in CAST:
        browser = signed(name)
        browser.get("/account")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.page)[1]
        before = state_of(db)
        for path, allowed in ACTS.items():
            if name in allowed:
                continue
            reply = browser.post(path.format(**places), {"csrf_token": token})
            after = state_of(db)
            if reply.status_code not in (403, 404) or after != before:
                wrong.append((path, name, reply.status_code))
            before = after
    assert wrong == []


@pytest.mark.parametrize("token", [None, "", "somebody-elses"])
def test_every_act_needs_the_token_of_its_own_browser(app, signed, db, places, token):
    """SR-34: every POST without, with an empty or another browser's token is 400, nothing done."""
    browser = signed("adam")
    if token == "somebody-elses":
        other = signed("mo")
        other.get("/account")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', other.page)[1]
    before = state_of(db)
    for path in [*every_address(app, "POST"), "/sign-in", "/sign-out", "/forgot-password"]:
        reply = browser.post(path, {} if token is None else {"csrf_token": token})
        assert reply.status_code == 400, path
    assert state_of(db) == before


def every_address(app, method):
    """Each address that takes a method, with something in the place of its parts."""
    for rule in app.url_map.iter_rules():
        if method in rule.methods and rule.rule not in PUBLIC - {"/kept"}:
            path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
            path = re.sub(r"<int:[^>]+>", "1", path)
            if rule.endpoint != "static":
                yield re.sub(r"<[^>]+>", "x", path)


def test_nobody_unknown_opens_anything(app, anyone, db, places):
    for path in [*every_address(app, "GET"), *(each.format(**places) for each in PAGES)]:
        reply = anyone.get(path)
        assert reply.status_code == 303, path
        assert reply.location.startswith("/sign-in?next="), path
    stranger = Browser(app)
    stranger.get("/sign-in")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', stranger.page)[1]
    before = state_of(db)
    for path in every_address(app, "POST"):
        reply = stranger.post(path, {"csrf_token": token})
        assert reply.status_code == 303, path
        assert reply.location.startswith("/sign-in"), path
    assert state_of(db) == before


def test_every_way_of_the_navigation_opens(signed):
    for name in CAST:
        browser = signed(name)
        page = browser.get("/account").text
        ways = re.findall(r'service-navigation__link" href="([^"]+)"', page)
        assert ways
        closed = [(way, browser.get(way).status_code) for way in ways]
        assert [each for each in closed if each[1] != 200] == [], name


def test_an_id_that_is_none_is_not_found(signed):
    adam = signed("adam")
    for number in ("0", "99999999999", "-1", "2147483648", "1e3", "%00", "１"):
        for path in (f"/people/{number}", f"/units/{number}", f"/audit/checkpoints/{number}"):
            assert adam.get(path).status_code in (403, 404), path
