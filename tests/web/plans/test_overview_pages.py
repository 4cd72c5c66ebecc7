"""All plans in the browser: Sue sees where each is, filters, reminds; others see what is theirs."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from cycle import clock
from cycle.db import Database
from tests import build
from tests.build import Cast
from tests.web.browsing import Browser

Signed = Callable[[str], Browser]
HOUSING, PARKS = "SVP-2028-HOUSING", "SVP-2028-PARKS"
BOARD = "/board"
FRIDAY = build.SPRING + timedelta(days=2)


@pytest.fixture
def full(db: Database, who: Cast) -> Cast:
    """Year 1 is open and Mo writes the proposals of Housing."""
    build.cycle(db, who)
    build.issue_outcomes(db, who)
    build.act(db, HOUSING, "start", None)
    return who


def board(browser: Browser, **filters: str) -> str:
    reply = browser.get(BOARD, query_string=filters)
    assert reply.status_code == 200, reply.text
    return reply.text


def plans_on(page: str) -> set[str]:
    return set(re.findall(r'href="/plans/([A-Z0-9-]+)"', page))


@pytest.mark.usefixtures("full")
def test_all_plans_say_where_each_is_and_with_whom(signed: Signed) -> None:
    page = board(signed("sue"))
    assert {HOUSING, PARKS, "STP-2028", "DP-2028"} <= plans_on(page)
    row = page[page.index(f'/plans/{HOUSING}"') :].split("</tr>", 1)[0]
    assert "Mo Manager" in row
    assert "Write the proposals" in row
    assert "since" in row
    assert "by " in row


@pytest.mark.usefixtures("full")
def test_both_addresses_of_all_plans_are_one_page(signed: Signed) -> None:
    sue = signed("sue")
    assert plans_on(sue.get("/plans").text) == plans_on(sue.get("/board").text)


def test_filters_narrow_the_list_and_stay_in_its_links(
    signed: Signed, db: Database, full: Cast
) -> None:
    sue = signed("sue")
    assert plans_on(board(sue, person=str(full.mo))) >= {HOUSING}
    assert PARKS not in plans_on(board(sue, person=str(full.mo)))
    page = board(sue, plan_type="service_plan", stage="Proposals")
    assert plans_on(page) == {HOUSING}
    assert 'href="/plans.xlsx?plan_type=service_plan&amp;stage=Proposals"' in page
    assert "Take away this filter: " in page


@pytest.mark.usefixtures("full")
def test_late_only_shows_what_is_late_in_words(signed: Signed) -> None:
    with clock.set_to(build.SPRING.replace(month=11)):
        page = board(signed("sue"), late="y")
        assert HOUSING in plans_on(page)
        assert "days late" in page


@pytest.mark.parametrize("query", ["year=99999", "plan_type=poem", "person=x", "department=-1"])
@pytest.mark.usefixtures("full")
def test_a_filter_that_is_not_in_its_list_is_told(signed: Signed, query: str) -> None:
    reply = signed("sue").get(f"{BOARD}?{query}")
    assert reply.status_code == 422
    assert "Choose one from the list." in reply.text
    assert signed("sue").get(f"/plans.xlsx?{query}").status_code == 200


@pytest.mark.usefixtures("full")
def test_the_spreadsheet_holds_the_same_plans(signed: Signed) -> None:
    reply = signed("sue").get("/plans.xlsx?plan_type=service_plan")
    assert "attachment" in reply.headers["Content-Disposition"]
    rows = CalamineWorkbook.from_filelike(BytesIO(reply.data)).get_sheet_by_index(0).to_python()
    assert {row[0] for row in rows[1:]} == {HOUSING, PARKS}


def test_sue_reminds_those_she_ticked(signed: Signed, db: Database, full: Cast) -> None:
    sue = signed("sue")
    sue.get(BOARD)
    reply = sue.send(BOARD, "/board/remind", plans=[HOUSING])
    assert reply.headers["Location"] == "/plans"
    assert "Reminded: 1 person about 1 plan." in sue.get("/plans").text
    assert "Nobody is reminded." not in sue.page
    assert "Nobody has to act now on" not in sue.page
    sue.send(BOARD, "/board/remind", plans=[HOUSING])
    assert "Nobody is reminded." in sue.get("/plans").text
    sue.send(BOARD, "/board/remind", plans=[PARKS])
    assert "Nobody has to act now on" in sue.get("/plans").text
    notified = db.read(
        lambda s: s.execute(text("SELECT person_id FROM outbox WHERE kind = 'chase'")).scalars()
    )
    assert list(notified) == [full.mo]


def test_remind_all_follows_the_filters(signed: Signed, db: Database, full: Cast) -> None:
    sue = signed("sue")
    reply = sue.send(f"{BOARD}?stage=Proposals", "/board/remind?stage=Proposals", which="all")
    assert reply.headers["Location"] == "/plans?stage=Proposals"
    assert "about 1 plan." in sue.get("/plans?stage=Proposals").text


def test_reminding_many_is_looked_at_first_and_done_once_a_working_day(
    signed: Signed, db: Database, full: Cast
) -> None:
    """Faults L3 and L4: whom it reminds is shown before; three clicks are one reminder, and say so;
    a weekend belongs to the Friday before it."""
    count = text("SELECT count(*) FROM outbox WHERE kind = 'chase'")
    chosen = [HOUSING, PARKS, "STP-2028"]
    with clock.set_to(FRIDAY):
        sue = signed("sue")
        asked = sue.send(BOARD, "/board/remind", plans=chosen)
        assert asked.status_code == 200
        assert "Remind 2 people about 2 plans?" in asked.text
        assert f"Nobody has to act now on {PARKS}." in asked.text
        assert "Each of them is told in their next daily mail" in asked.text
        assert "Nobody is to be reminded" not in asked.text
        assert db.read(lambda s: s.scalar(count)) == 0
        done = sue.send(BOARD, "/board/remind", plans=chosen, sure="y")
        assert done.status_code == 303
        sent = db.read(lambda s: s.scalar(count))
        assert sent == 2
        again = sue.send(BOARD, "/board/remind", plans=chosen)
        assert "Nobody is to be reminded" in again.text
        assert "Each of them is told in their next daily mail" not in again.text
        assert "a task is reminded of once a working day." in again.text
    for day, more in ((2, 0), (3, 1)):
        with clock.set_to(FRIDAY + timedelta(days=day)):
            sue = signed("sue")
            sue.send(BOARD, "/board/remind", plans=[HOUSING])
            assert ("Nobody is reminded. They have been" in sue.get(BOARD).text) == (more == 0)
            assert db.read(lambda s: s.scalar(count)) == sent + more


@pytest.mark.usefixtures("full")
def test_reminding_nobody_says_what_to_do(signed: Signed) -> None:
    reply = signed("sue").send(BOARD, "/board/remind")
    assert reply.status_code == 422
    assert "Choose the plans whose people you want to remind." in reply.text


@pytest.mark.usefixtures("full")
def test_mo_sees_all_plans_and_reminds_nobody(signed: Signed) -> None:
    mo = signed("mo")
    page = board(mo)
    assert HOUSING in plans_on(page)
    assert "Remind these" not in page
    assert mo.send(BOARD, "/board/remind", plans=[HOUSING]).status_code == 403


@pytest.mark.usefixtures("full")
def test_a_member_sees_no_draft_on_the_board(signed: Signed) -> None:
    mem = signed("mem")
    assert plans_on(board(mem)) == set()
    assert mem.get("/services-not-reviewed").status_code == 403
    assert mem.get("/golden-thread").status_code == 403


def test_the_entries_of_a_draft_are_for_those_who_may_read_it(
    signed: Signed, db: Database, full: Cast
) -> None:
    """INV-53: on the page and in the file, of plans whose text one may read."""
    build.fill(db, HOUSING, full.mo)
    kinds = ("bid", "action", "commissioning")
    sue, pat = signed("sue"), signed("pat")
    assert HOUSING in plans_on(sue.get("/entries").text)
    assert HOUSING not in plans_on(pat.get("/entries").text)
    for kind in kinds:
        assert sue.get(f"/entries?kind={kind}").status_code == 200
    assert sue.get("/entries?kind=poem").status_code == 422
    rows = CalamineWorkbook.from_filelike(BytesIO(pat.get("/entries.xlsx").data))
    assert len(rows.get_sheet_by_index(0).to_python()) == 1


@pytest.mark.usefixtures("full")
def test_services_not_reviewed_and_gaps_are_told_for_a_year(signed: Signed) -> None:
    sue = signed("sue")
    page = sue.get("/services-not-reviewed").text
    assert "Housing" in page
    assert "Parks" in page
    assert sue.get("/golden-thread").status_code == 200
    assert sue.get("/golden-thread?year=4711").status_code == 422


def test_before_anything_is_planned_the_pages_say_so(signed: Signed) -> None:
    sue = signed("sue")
    assert "There is no plan yet." in board(sue)
    for path in ("/entries", "/services-not-reviewed", "/golden-thread"):
        assert sue.get(path).status_code == 200
