"""Cycles and planning years in the browser: Sue creates, opens, decides, closes; others look on."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from cycle.db import Database
from cycle.models import Meeting, Plan, PlanningYear
from tests import build
from tests.build import Cast
from tests.web.browsing import Browser, prefilled
from workflows.cycles import cycles

Signed = Callable[[str], Browser]
YEAR = "/cycles/C-2027/years/1"
NEXT = "/cycles/C-2027/years/2"


@pytest.fixture
def sue(signed: Signed) -> Browser:
    return signed("sue")


def create(db: Database, who: Cast) -> None:
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, 2027))


def refs(db: Database) -> list[str]:
    return db.read(lambda s: list(s.scalars(select(Plan.ref).order_by(Plan.ref))))


def test_sue_creates_a_cycle_and_opens_its_first_year(sue: Browser, db: Database) -> None:
    assert "There is no cycle yet" in sue.get("/cycles").text
    reply = sue.send("/cycles/new", framework=build.FRAMEWORK, start="2027")
    assert reply.headers["Location"] == "/cycles/C-2027"
    page = sue.get("/cycles/C-2027").text
    assert "Cycle 2027 to 2031 is created" in page
    assert page.count("Year 4: plans for 2031/32 (written in 2030/31)") == 1
    assert "None yet" in page
    assert "None yet" in sue.get(YEAR).text
    opening = sue.get(f"{YEAR}/open").text
    assert "Service Plan 2028/29: Housing" in opening
    assert refs(db) == []
    check = sue.send(f"{YEAR}/open")
    assert check.status_code == 200
    assert "Check before this year is opened" in check.text
    assert "Who gets which task at once" in check.text
    assert refs(db) == [], "L3: it is said before, and asked once"
    sure = prefilled(check.text, f"{YEAR}/open") | {"step": "done"}
    assert sue.post(f"{YEAR}/open", sure).headers["Location"] == YEAR
    page = sue.get(YEAR).text
    assert "Year 1: plans for 2028/29 (written in 2027/28) is open." in page
    assert "Service Plan 2028/29: Parks" in page
    assert "None yet" not in page
    line = sue.get("/cycles/C-2027").text.split("Year 1: plans for 2028/29", 1)[1]
    assert "None yet" not in line.split("</tr>", 1)[0]
    assert "SVP-2028-PARKS" in refs(db)


@pytest.mark.parametrize("start", ["", "27", "soon", "2027.5"])
def test_a_start_that_is_no_year_is_told_beside_its_box(sue: Browser, start: str) -> None:
    reply = sue.send("/cycles/new", framework=build.FRAMEWORK, start=start)
    assert reply.status_code == 422
    assert 'href="#start"' in reply.text
    assert f'value="{start}"' in reply.text


def test_a_cycle_that_exists_is_not_made_twice(sue: Browser, db: Database, who: Cast) -> None:
    create(db, who)
    reply = sue.send("/cycles/new", framework=build.FRAMEWORK, start="2028")
    assert reply.status_code == 409
    assert "There is a cycle already" in reply.text


@pytest.mark.parametrize("path", ["/cycles/new", f"{YEAR}/open", "/cycles/take-in"])
def test_pat_looks_at_cycles_and_changes_none(
    signed: Signed, db: Database, who: Cast, path: str
) -> None:
    create(db, who)
    pat = signed("pat")
    assert pat.get("/cycles/C-2027").status_code == 200
    assert "Create a cycle" not in pat.get("/cycles").text
    assert "Open this year" not in pat.get(YEAR).text
    assert pat.get(path).status_code == 403


@pytest.mark.parametrize("path", ["/cycles/C-1900", "/cycles/C-2027/years/5", "/cycles/x/years/1"])
def test_what_is_not_there_is_not_found(sue: Browser, db: Database, who: Cast, path: str) -> None:
    create(db, who)
    assert sue.get(path).status_code == 404


def test_a_year_says_what_keeps_it_open_until_its_plans_are_carried_over(
    sue: Browser, db: Database, who: Cast
) -> None:
    build.cycle(db, who)
    assert "These plans are not settled yet" in sue.get(YEAR).text
    reply = sue.send(f"{YEAR}/close")
    assert reply.status_code == 422
    ids = db.read(lambda s: [str(each) for each in s.scalars(select(Plan.id))])
    reply = sue.send(f"{YEAR}/carry-over", plans=ids, reason="The election was late.")
    assert reply.headers["Location"] == YEAR
    assert f"Carried over: {len(ids)} plans." in sue.get(YEAR).text
    assert sue.send(f"{YEAR}/close", reason="").headers["Location"] == YEAR
    assert build.state(db, "Y-2027-1") == "closed"


def test_carrying_over_asks_which_and_why(sue: Browser, db: Database, who: Cast) -> None:
    build.cycle(db, who)
    reply = sue.send(f"{YEAR}/carry-over", reason="")
    assert reply.status_code == 422
    assert "Choose at least one plan." in reply.text
    assert "Say why." in reply.text


@pytest.mark.parametrize(("branch", "strategic"), [("new", True), ("as_is", False)])
def test_the_decision_of_year_two_opens_it_with_its_plans(
    sue: Browser, db: Database, who: Cast, branch: str, strategic: bool
) -> None:
    build.cycle(db, who)
    sue.send(f"{NEXT}/open")
    page = sue.get(f"{NEXT}/decide").text
    assert "Leave the Strategic Plan as it is" in page
    reply = sue.send(
        f"{NEXT}/decide", branch=branch, decided_by="The leader, 7 June 2028", reason="It holds."
    )
    assert build.state(db, "Y-2027-2") == "deciding", "L3: checked before it is recorded"
    sent = prefilled(reply.text, f"{NEXT}/decide")
    changed = sue.post(f"{NEXT}/decide", sent | {"step": "change"})
    assert 'value="The leader, 7 June 2028"' in changed.text
    assert "It holds." in changed.text
    reply = sue.post(f"{NEXT}/decide", sent | {"step": "done"})
    assert reply.headers["Location"] == NEXT
    assert build.state(db, "Y-2027-2") == "open"
    assert ("STP-2029" in refs(db)) is strategic
    assert "SVP-2029-HOUSING" in refs(db)


def test_a_decision_without_a_reason_keeps_what_was_typed(
    sue: Browser, db: Database, who: Cast
) -> None:
    build.cycle(db, who)
    sue.send(f"{NEXT}/open")
    reply = sue.send(f"{NEXT}/decide", branch="new", decided_by="The leader", reason="")
    assert reply.status_code == 422
    assert 'value="The leader"' in reply.text
    assert build.state(db, "Y-2027-2") == "deciding"


def test_a_decision_that_was_a_mistake_is_taken_back_and_recorded_again(
    sue: Browser, db: Database, who: Cast
) -> None:
    """L3: “new” was the wrong line; Year 2 waits again, and what “as it is” does not make goes."""
    build.cycle(db, who)
    sue.send(f"{NEXT}/open")

    def decided(branch: str) -> None:
        check = sue.send(f"{NEXT}/decide", branch=branch, decided_by="The leader", reason="So.")
        sue.post(f"{NEXT}/decide", prefilled(check.text, f"{NEXT}/decide") | {"step": "done"})

    decided("new")
    before = refs(db)
    assert "Take the decision back" in sue.get(NEXT).text
    assert sue.send(f"{NEXT}/close-again", reason="").status_code == 422
    assert sue.send(f"{NEXT}/close-again", reason="The wrong line.").status_code == 303
    assert build.state(db, "Y-2027-2") == "deciding"
    decided("as_is")
    assert build.state(db, "Y-2027-2") == "open"
    assert refs(db) == before
    assert build.state(db, "STP-2029") == "withdrawn"
    assert build.state(db, "SVP-2029-HOUSING") == "not_started"


def test_a_double_click_creates_one_cycle(sue: Browser, db: Database) -> None:
    sue.get("/cycles/new")
    sent = {"framework": build.FRAMEWORK, "start": "2027", **prefilled(sue.page, "/cycles/new")}
    first, second = (sue.post("/cycles/new", sent) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    count = db.read(lambda s: len(s.scalars(select(PlanningYear.id)).all()))
    assert count == 4


def test_sue_imports_the_plan_that_is_in_force(sue: Browser, db: Database, who: Cast) -> None:
    create(db, who)
    choice = "/cycles/take-in?plan_type=strategic_plan&unit=&year=2026"
    page = sue.get(choice).text
    assert "Text of the plan" in page
    box = page.split('name="section_', 1)[1].split('"', 1)[0]
    reply = sue.send(
        choice,
        "/cycles/take-in",
        reason="Adopted on 4 December 2025.",
        **{f"section_{box}": "A fair county."},
    )
    assert reply.headers["Location"] == "/plans/STP-2026"
    assert build.state(db, "STP-2026") == "in_force"


def test_an_import_says_which_sections_cannot_be_brought_along(
    sue: Browser, db: Database, who: Cast
) -> None:
    """S12. "Nothing has to be typed again", where most sections are tables."""
    create(db, who)
    assert "Nothing has to be typed again" not in sue.get("/cycles/take-in").text
    page = sue.get("/cycles/take-in?plan_type=strategic_plan&unit=&year=2026").text
    tables = page.split("are tables and are not imported: ", 1)[1].split("</p>", 1)[0]
    assert "Outcomes" in tables
    assert 'name="section_outcomes"' not in page
    budget = sue.get("/cycles/take-in?plan_type=budget&unit=&year=2026").text
    assert "The next plan begins this section afresh." in budget


@pytest.mark.parametrize(
    "query",
    ["plan_type=poem&year=2026", "plan_type=strategic_plan&year=x", "plan_type=&unit=99&year=2026"],
)
def test_a_plan_that_cannot_be_imported_is_refused_plainly(sue: Browser, query: str) -> None:
    assert sue.get(f"/cycles/take-in?{query}").status_code in (404, 422)


def test_a_service_plan_needs_its_service(sue: Browser) -> None:
    reply = sue.get("/cycles/take-in?plan_type=service_plan&unit=&year=2026")
    assert reply.status_code == 422
    assert "choose the service" in reply.text


def test_sue_chooses_how_year_one_runs_by_the_days_that_it_brings(
    sue: Browser, db: Database, who: Cast
) -> None:
    page = sue.get(f"/cycles/new?framework={build.FRAMEWORK}&start=2027").text
    days = (
        "These are the days of the meetings that are known today, and of each body’s usual rhythm "
        "where none are published."
    )
    assert days in page
    for words in ("Year 1, fast: the Strategic Plan in July", "by the end of July", "22 July 2027"):
        assert words in page
    known = select(Meeting.id).where(Meeting.on_date == date(2027, 7, 22))
    assert db.read(lambda s: s.scalars(known).all())
    reply = sue.send("/cycles/new", framework=build.FRAMEWORK, start="2027", choice="fast")
    assert reply.headers["Location"] == "/cycles/C-2027"
    assert "Year 1, fast: the Strategic Plan in July" in sue.get(YEAR).text


def test_a_way_that_nobody_has_written_is_refused_beside_its_radios(
    sue: Browser, db: Database, who: Cast
) -> None:
    reply = sue.send("/cycles/new", framework=build.FRAMEWORK, start="2027", choice="slow")
    assert reply.status_code == 422
    assert "#choice" in reply.text
    assert db.read(lambda s: s.scalar(select(PlanningYear.id))) is None


def test_the_days_of_a_year_out_of_reach_are_not_shown(sue: Browser) -> None:
    reply = sue.get(f"/cycles/new?framework={build.FRAMEWORK}&start=1850")
    assert reply.status_code == 422
    assert 'href="#start"' in reply.text
