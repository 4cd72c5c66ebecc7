"""The timetable in the browser: who does what by when and why; dates that a moved meeting moves."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import Body, Meeting, PlanningYear, Step
from tests import build
from tests.build import Cast
from tests.web.browsing import Browser
from workflows import timetable

Signed = Callable[[str], Browser]
PAGE = "/timetable/Y-2027-1"


@pytest.fixture
def full(db: Database, who: Cast) -> Cast:
    """Year 1 is open."""
    build.cycle(db, who)
    return who


def rows(page: str) -> int:
    return page.count('scope="row"')


def test_before_there_is_a_year_the_page_says_so(signed: Signed) -> None:
    assert "There is no planning year yet." in signed("mo").get("/timetable").text


@pytest.mark.usefixtures("full")
def test_the_timetable_opens_with_the_year_that_is_open(signed: Signed) -> None:
    mo = signed("mo")
    assert mo.get("/timetable").headers["Location"] == PAGE
    page = mo.get(PAGE).text
    assert "Timetable: planning year 2027/28" in page
    assert "Why " in page
    assert "Strategic Plan" in page


@pytest.mark.usefixtures("full")
def test_steps_stand_in_date_order_each_with_its_reason(signed: Signed, db: Database) -> None:
    page = signed("mo").get(PAGE).text
    dates = db.read(lambda s: list(s.scalars(select(Step.due_on).distinct().order_by(Step.due_on))))
    shown = re.findall(r'role="rowheader"[^>]*>([^<]+)<', page)
    order = list(dict.fromkeys(shown))
    assert [each.strip() for each in order] == [
        f"{day.day} {day:%B %Y}" for day in dates if f"{day.day} {day:%B %Y}" in page
    ]
    assert page.count("<details") >= rows(page)


@pytest.mark.usefixtures("full")
def test_the_people_are_named_and_not_only_their_role(signed: Signed) -> None:
    page = signed("mo").get(f"{PAGE}?plan_type=service_plan").text
    assert "Mo Manager" in page
    assert "Pat Parks" in page


@pytest.mark.usefixtures("full")
def test_filters_narrow_the_steps(signed: Signed) -> None:
    mo = signed("mo")
    every, plans = mo.get(PAGE).text, mo.get(f"{PAGE}?plan_type=service_plan").text
    assert 0 < rows(plans) < rows(every)
    assert f'href="{PAGE}/print?plan_type=service_plan"' in plans
    assert rows(mo.get(f"{PAGE}/print?plan_type=service_plan").text) == rows(plans)
    with clock.set_to(build.SPRING.replace(year=2029)):
        assert rows(signed("mo").get(f"{PAGE}?left=y").text) < rows(every)


@pytest.mark.parametrize("query", ["plan_type=poem", "department=99999", "ref=x&department=x"])
@pytest.mark.usefixtures("full")
def test_a_filter_that_is_not_there_is_told(signed: Signed, query: str) -> None:
    assert signed("mo").get(f"{PAGE}?{query}").status_code == 422


@pytest.mark.usefixtures("full")
def test_a_year_that_is_not_there_is_not_found(signed: Signed) -> None:
    mo = signed("mo")
    for path in ("/timetable/Y-1900-1", "/timetable/x/meetings", "/timetable/x/dates-to-move"):
        assert mo.get(path).status_code == 404


def test_meetings_that_move_propose_dates_and_sue_moves_them(
    signed: Signed, db: Database, full: Cast
) -> None:
    sue = signed("sue")
    assert "No date has to move" in sue.get(f"{PAGE}/dates-to-move").text
    db.run(_move_meetings)
    moved = db.read(_proposed)
    assert moved > 0
    page = sue.get(f"{PAGE}/dates-to-move").text
    assert "New date" in page
    assert f"Dates to move ({moved})" in page
    assert "Moved" in sue.get(f"{PAGE}/meetings").text
    mo = signed("mo")
    assert "Move these dates" not in mo.get(f"{PAGE}/dates-to-move").text
    assert mo.send(f"{PAGE}/dates-to-move", reason="I want to.").status_code == 403
    assert sue.send(f"{PAGE}/dates-to-move", reason=" ").status_code == 422
    reply = sue.send(f"{PAGE}/dates-to-move", reason="The Policy Committee meets later.")
    assert reply.headers["Location"] == PAGE
    assert db.read(_proposed) == 0


def _proposed(session: Session) -> int:
    year = session.scalars(select(PlanningYear).where(PlanningYear.ref == "Y-2027-1")).one()
    return len(timetable.proposed(session, year))


def _move_meetings(session: Session) -> None:
    """Every meeting of the Policy Committee is a week later, as the clerk records it."""
    for meeting in session.scalars(
        select(Meeting).join(Body).where(Body.framework_key == "policy_committee")
    ):
        meeting.on_date += timedelta(days=7)
