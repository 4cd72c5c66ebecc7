"""The year on one page: its numbers are those of the lists, for each reader (fault P3)."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import PlanningYear
from tests import build
from tests.build import Cast
from tests.flows.plans.test_reading import statements
from tests.web.browsing import Browser
from workflows.cycles import cycles, reading_sheet
from workflows.plans import plans

Signed = Callable[[str], Browser]
HOUSING, PARKS = "SVP-2028-HOUSING", "SVP-2028-PARKS"
NUMBER = re.compile(r'href="(/plans\?[^"]+)">(?:<span class="app-figure__number">)?(\d+)')
REPORTS = re.compile(r'href="(/meetings/\d+)">(\d+) report')
AUTUMN = clock.at_local(build.SPRING.date().replace(month=11, day=1))


@pytest.fixture
def full(db: Database, who: Cast) -> Iterator[Cast]:
    """Year 1 is opened in June 2027; the outcomes are issued, and Mo writes for Housing."""
    with clock.set_to(build.SPRING):
        build.cycle(db, who)
        build.issue_outcomes(db, who)
        build.act(db, HOUSING, "start", None)
        yield who


@pytest.fixture
def waiting(db: Database, who: Cast) -> Iterator[Cast]:
    """Year 1 in November: Hana has not issued the outcomes, for which the services wait."""
    with clock.set_to(build.SPRING):
        build.cycle(db, who)
        build.act(db, "STP-2028", "start", None)
    with clock.set_to(AUTUMN):
        yield who


@pytest.fixture
def late(full: Cast) -> Iterator[Cast]:
    """The same in November, when what was due in summer is late."""
    with clock.set_to(AUTUMN):
        yield full


def sheet(browser: Browser, address: str = "/year") -> str:
    reply = browser.get(address)
    assert reply.status_code == 200, reply.text
    return reply.text


def numbers(page: str) -> list[tuple[str, int]]:
    """The links of all numbers of plans, and the numbers."""
    return [(unescape(href), int(count)) for href, count in NUMBER.findall(page)]


def listed(browser: Browser, address: str) -> int:
    """How many plans the list at an address has."""
    page = browser.get(address)
    assert page.status_code == 200, address
    return page.text.count('<tr class="govuk-table__row" role="row">') - page.text.count("<thead")


def agree(browser: Browser, page: str) -> None:
    """Every number is as many as its list has."""
    found = numbers(page)
    assert found
    assert [(href, listed(browser, href)) for href, _count in found] == found


def numbered(page: str, words: str) -> int:
    """One of the five numbers above; 0 where it is no link."""
    head = page.split("</ul>", 1)[0] if "app-figures" not in page else page
    found = re.search(r'app-figure__number">(\d+)</span> ' + re.escape(words), head)
    assert found, words
    return int(found[1])


def caption(page: str) -> str:
    """The year that the page is about."""
    return page.split('govuk-caption-l">', 1)[1].split("<", 1)[0]


@pytest.mark.parametrize("name", ["sue", "mo", "pat", "monty"])
@pytest.mark.usefixtures("late")
def test_every_number_is_as_many_as_its_list_has(signed: Signed, name: str) -> None:
    browser = signed(name)
    page = sheet(browser)
    assert numbered(page, "late") > 0
    agree(browser, page)


@pytest.mark.usefixtures("waiting")
def test_what_waits_is_as_many_as_its_list_has(signed: Signed) -> None:
    page = sheet(signed("sue"))
    assert numbered(page, "waiting for somebody") >= 2
    agree(signed("sue"), page)


@pytest.mark.usefixtures("late")
def test_every_number_of_the_picture_is_in_the_table_below_it(signed: Signed) -> None:
    page = sheet(signed("sue"))
    every = "All numbers are in the table."
    assert every in page
    picture = page.split(every, 1)[1].split("</svg>", 1)[0]
    table = page.split("Plans by department and stage</caption>", 1)[1].split("</table>", 1)[0]
    shown = re.findall(r">(\d+)</text>", picture)
    assert shown
    assert set(shown) <= set(re.findall(r">(\d+)<", table))


@pytest.mark.usefixtures("full")
def test_what_moved_in_the_last_week_is_counted_and_then_no_more(signed: Signed) -> None:
    sue = signed("sue")
    page = sheet(sue)
    moved = numbered(page, "moved in the last week")
    assert moved > 1
    agree(sue, page)
    with clock.set_to(build.SPRING + timedelta(days=8)):
        assert numbered(sheet(signed("sue")), "moved in the last week") == 0


@pytest.mark.usefixtures("full")
def test_what_is_due_on_a_day_leads_to_those_plans(signed: Signed, db: Database) -> None:
    due_on = db.read(
        lambda s: s.scalar(
            text(
                "SELECT due_on FROM task JOIN subject ON subject.id = task.subject_id "
                "WHERE ref = :ref AND closed_at IS NULL"
            ),
            {"ref": HOUSING},
        )
    )
    assert due_on is not None
    with clock.set_to(clock.at_local(due_on - timedelta(days=14))):
        sue = signed("sue")
        page = sheet(sue)
        assert f"due={due_on}" in page
        agree(sue, page)
    with clock.set_to(clock.at_local(due_on - timedelta(days=15))):
        assert f"due={due_on}" not in sheet(signed("sue"))


def test_the_plans_of_the_whole_council_have_a_row_of_their_own(signed: Signed, full: Cast) -> None:
    page = sheet(signed("sue"))
    assert "The council as a whole" in page
    assert "department=0" in page
    found = signed("sue").get("/plans?department=0").text
    assert "/plans/STP-2028" in found
    assert f"/plans/{HOUSING}" not in found


def test_what_holds_plans_up_says_with_whom_it_is(signed: Signed, waiting: Cast) -> None:
    page = sheet(signed("sue"))
    waits = page[page.index("What plans wait for") :].split("</table>", 1)[0]
    assert "waits=" in waits
    assert "The draft outcomes of the Strategic Plan are not issued yet." in waits
    assert "Hana" in waits


def test_who_owes_a_contribution_stands_under_with_whom(
    signed: Signed, db: Database, full: Cast
) -> None:
    """What is waited for is one column, who has it the other; never a dash beside a name."""
    db.run(_ask_tess, full)
    page = sheet(signed("sue"))
    waits = page[page.index("What plans wait for") :].split("</table>", 1)[0]
    row = waits[waits.index("Write your contribution") :].split("</tr>", 1)[0]
    assert "Tess" in row
    assert "Waiting for" not in waits


def _ask_tess(session: Session, cast: Cast) -> None:
    queue = build.actor_of(session, cast.tess).posts_held[0].queue_id
    mo, plan = build.actor(session, cast.mo), build.plan(session, HOUSING)
    plans.ask(session, mo, plan.id, "purpose", queue, "Please.", clock.today())


def test_an_exempt_plan_is_counted_only_for_who_may_know_of_it(
    signed: Signed, db: Database, full: Cast
) -> None:
    before = numbered(sheet(signed("mo")), "plans")
    db.run(
        lambda s: s.execute(text("UPDATE subject SET exempt = true WHERE ref = :r"), {"r": PARKS})
    )
    mo, sue, pat = signed("mo"), signed("sue"), signed("pat")
    page = sheet(mo)
    assert numbered(page, "plans") == before - 1
    assert "Exempt plans that you do not work on are not counted here." in page
    assert PARKS not in page
    agree(mo, page)
    assert numbered(sheet(sue), "plans") == before
    assert numbered(sheet(pat), "plans") == before
    assert "not counted here" not in sheet(sue)


def test_before_a_year_is_opened_the_page_says_so(signed: Signed, db: Database, who: Cast) -> None:
    assert "No planning year is open yet." in sheet(signed("sue"))
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, 2027))
    page = sheet(signed("sue"))
    assert "No planning year is open yet." in page
    assert "app-figures" not in page
    assert "app-figures" not in signed("sue").get("/tasks").text


def test_a_year_of_which_every_plan_has_ended_has_nothing_to_count(
    signed: Signed, db: Database, full: Cast
) -> None:
    ended = "UPDATE subject SET state = 'withdrawn', phase = 'withdrawn' WHERE kind = 'plan'"
    db.run(lambda s: s.execute(text(ended)))
    db.run(
        lambda s: s.execute(
            text("UPDATE task SET closed_at = now(), outcome = 'done' WHERE closed_at IS NULL")
        )
    )
    page = sheet(signed("sue"))
    assert "You may know of no plan of this year that goes on." in page
    assert numbered(page, "plans") == 0
    agree(signed("sue"), page)
    assert "have ended" in page


def test_of_two_open_years_each_has_its_page(signed: Signed, db: Database, full: Cast) -> None:
    def second(session: Session) -> int:
        year = session.scalars(select(PlanningYear).where(PlanningYear.ref == "Y-2027-2")).one()
        cycles.open_year(session, build.actor(session, full.sue), year.id)
        return int(year.id)

    later = db.run(second)
    sue = signed("sue")
    page = sheet(sue)
    assert caption(page).startswith("Plans for 2028/29")
    assert f'href="/year?year={later}"' in page
    db.run(lambda s: cycles.decide(s, build.actor(s, full.sue), later, "as_is", "Holds.", "Leader"))
    other = sheet(sue, f"/year?year={later}")
    assert caption(other).startswith("Plans for 2029/30")
    agree(sue, page)
    agree(sue, other)


@pytest.mark.usefixtures("full")
def test_a_year_that_is_not_there_is_told_in_one_sentence(signed: Signed) -> None:
    for wrong in ("999999", "soon", "0"):
        reply = signed("sue").get(f"/year?year={wrong}")
        assert reply.status_code == 422
        assert 'href="#year"' in reply.text


@pytest.mark.usefixtures("full")
def test_members_have_no_page_of_the_year(signed: Signed) -> None:
    assert signed("mem").get("/year").status_code == 403
    assert 'href="/year"' not in signed("mem").get("/board").text
    assert 'href="/year"' in signed("mo").get("/board").text


@pytest.mark.usefixtures("late")
def test_for_who_chases_the_year_is_on_top_of_my_work(signed: Signed) -> None:
    """P3."""
    sue = signed("sue")
    page = sue.get("/tasks").text
    assert page.index("app-figures") < page.index("moj-sub-navigation")
    assert "The year on one page" in page
    agree(sue, page)
    assert "app-figures" not in signed("mo").get("/tasks").text
    assert "app-figures" not in sue.get("/tasks/done").text


@pytest.mark.usefixtures("full")
def test_it_takes_as_many_statements_however_many_plans_there_are(db: Database, full: Cast) -> None:
    def sent() -> int:
        with statements(db) as found:
            db.read(lambda s: reading_sheet.sheet(s, build.actor_of(s, full.sue)))
        return len(found)

    def fewer(session: Session) -> None:
        session.execute(
            text("UPDATE plan SET planning_year_id = NULL WHERE plan_type LIKE 'service%'")
        )

    sent()
    many = sent()
    db.run(fewer)
    assert sent() == many
    assert many <= 12
