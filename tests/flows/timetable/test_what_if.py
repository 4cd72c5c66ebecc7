"""What if: the truth of a moved meeting, a month without one, and an event that comes late."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.council_loading import load_council
from cycle import clock, people
from cycle.db import Database
from cycle.errors import Blocked
from cycle.models import Body, Meeting, PlanningYear
from tests import build
from tests.build import Cast
from tests.flows.timetable.test_date_changes import issue, meeting_of, rows, year_id
from workflows.calendar import event_impact, outside_events, rhythm
from workflows.calendar.event_impact import EventPage
from workflows.council import loading
from workflows.timetable import reading_changes, reading_impact, timetable
from workflows.timetable.reading_impact import WhatIfPage

SETTLEMENT = date(2027, 12, 17)


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire on the morning on which Year 1 is opened; the timetable is issued."""
    with clock.set_to(build.SPRING):
        cast = build.year_one(db)
        issue(db, cast)
        yield cast


def tried(db: Database, person: int, rule: str, on: date | None) -> WhatIfPage:
    """What a person reads when the meeting of a step is tried on a day, or (None) not held."""
    meeting, _ = meeting_of(db, rule)
    return db.run(
        lambda s: reading_impact.what_if_page(s, build.actor(s, person), meeting, on, on is None)
    )


def settled(db: Database, person: int, on: date, moves: str = "") -> EventPage:
    return db.run(
        lambda s: event_impact.what_if_page(s, build.actor(s, person), "settlement", on, moves)
    )


def add_meeting(db: Database, body: str, on: date) -> None:
    """The fact alone: a body meets on another day too."""

    def add(session: Session) -> None:
        mine = session.scalars(select(Body).where(Body.key == body)).one()
        session.add(
            Meeting(
                body_id=mine.id,
                on_date=on,
                first_on_date=on,
                at_time=time(10, 30),
                kind="ordinary",
                status="planned",
            )
        )

    db.run(add)


def test_a_day_that_breaks_nothing_says_what_was_looked_at(db: Database, who: Cast) -> None:
    """S11: Cy tries a day that breaks nothing, and reads what was looked at to say so."""
    (year,) = tried(db, who.cy, "budget_council", date(2028, 3, 1)).years
    assert year.follows.lines
    assert year.follows.breaches == []
    assert (
        year.looked_at.dates
        == rows(db, f"SELECT count(*) FROM step WHERE planning_year_id = {db.read(year_id)}")[0][0]
    )
    assert year.looked_at.meetings > 50
    (law,) = year.looked_at.law
    assert law.startswith("Budget at Council before 11 March 2028 (Local Government Finance Act")
    assert year.named == []


def test_past_11_march_the_law_is_named_although_another_meeting_takes_the_budget(
    db: Database, who: Cast
) -> None:
    """S11: another Council meeting would do it, so nothing breaks; the limit is named all the
    same."""
    add_meeting(db, "council", date(2028, 3, 2))
    (year,) = tried(db, who.cy, "budget_council", date(2028, 3, 14)).years
    assert year.follows.breaches == []
    (named,) = year.named
    assert named.startswith("Budget at Council cannot be on 14 March 2028. A council that bills")
    assert named.endswith("It would be on 2 March 2028 then.")
    assert tried(db, who.cy, "budget_council", date(2028, 3, 10)).years[0].named == []


def test_the_day_of_the_reserve_meeting_names_what_that_meeting_is_kept_for(db: Database) -> None:
    """S11: where the law may ask for a second meeting, its day is no day for the first."""
    data = deepcopy(build.framework_data())
    data["limits"]["budget_second_meeting"]["models"] = []
    loaded = load_council(build.HERE / "data" / "smallshire.toml")
    with clock.set_to(build.SPRING):
        db.run(loading.load, None, loaded, data)
        db.run(
            lambda s: rhythm.make_meetings(s, people.system(s), date(2027, 4, 1), date(2029, 4, 1))
        )
        who = build.cast(db)
        build.cycle(db, who)
        add_meeting(db, "council", date(2028, 3, 8))
        with pytest.raises(Blocked) as refused:
            tried(db, who.cy, "budget_council", date(2028, 3, 8))
    first, kept = refused.value.reasons
    assert first == "Council meets on that day already. Try another day."
    assert kept.startswith(
        "That meeting is kept for “Budget at Council: second meeting, if Council"
    )
    assert "at least five working days" in kept


def test_a_month_without_a_meeting(db: Database, who: Cast) -> None:
    """S11: without the Council of December the Strategic Plan waits until February, and a special
    meeting is offered, not only the next one in the calendar."""
    (year,) = tried(db, who.cy, "strategic_plan_council", None).years
    after = {line.title: line.after for line in year.follows.lines}
    assert after["Strategic Plan at Council"] == date(2028, 2, 24)
    assert any("Strategic Plan at Council" in each for each in year.follows.breaches)
    (way,) = [each for each in year.after.ways if each.step == "Strategic Plan at Council"]
    assert (way.meets_on, way.held) == (date(2027, 12, 9), False)
    assert way.ready_on == date(2027, 11, 10)
    assert way.call_on == date(2027, 11, 18)  # five clear days from 10 November
    assert way.move_to == date(2027, 12, 10)


def test_papers_may_follow_the_meeting_may_move_or_one_is_called(db: Database, who: Cast) -> None:
    """T5: Policy Committee four weeks later jumps Council to February; a council would send papers
    late, move Council or call it."""
    _, on = meeting_of(db, "strategic_plan_policy_committee")
    page = tried(db, who.cy, "strategic_plan_policy_committee", on + timedelta(days=21))
    (year,) = page.years
    ways = {each.step: each for each in year.after.ways}
    way = ways["Strategic Plan at Council"]
    assert (way.meets_on, way.ready_on) == (date(2027, 12, 9), date(2027, 12, 1))
    # Public by 1 December: five clear days before Thursday 9 December.
    assert (way.follow_until, way.can_follow) == (date(2027, 12, 1), True)
    assert way.move_to == date(2027, 12, 10)
    assert way.call_on == date(2027, 12, 9)


def test_a_settlement_three_weeks_late_takes_working_time_although_nothing_moves(
    db: Database, who: Cast
) -> None:
    """T5: no date moves and nothing breaks, and eight of thirty-five working days are gone."""
    (year,) = settled(db, who.sue, SETTLEMENT + timedelta(days=21)).years
    assert year.follows.nothing
    left = {each.title: each for each in year.after.left}
    report = left["Budget: report for Council"]
    assert (report.until_on, report.was, report.days) == (date(2028, 2, 15), 35, 27)
    (way,) = year.after.ways
    assert (way.body, way.meets_on, way.keeps_time) == ("Council", date(2028, 2, 24), True)
    assert way.ready_on == date(2028, 2, 25)  # eight working days after 15 February
    assert (way.can_follow, way.more_days, way.follow_until) == (False, 1, date(2028, 2, 16))
    assert (way.move_to, way.call_on) == (date(2028, 3, 7), date(2028, 3, 6))
    assert way.last_on == date(2028, 3, 10)


def test_a_settlement_after_the_report_deadline_breaks_it(db: Database, who: Cast) -> None:
    """T5: what comes after the papers were due is told as too late; a supplement would still be in
    time."""
    (year,) = settled(db, who.sue, date(2028, 2, 16)).years
    assert any("Provisional settlement" in each for each in year.follows.breaches)
    assert {each.title: each.days for each in year.after.left}["Budget: report for Council"] == -1
    (way,) = year.after.ways
    assert (way.keeps_time, way.ready_on, way.can_follow) == (False, date(2028, 2, 16), True)


def test_no_way_out_goes_past_the_last_day_of_the_law(db: Database, who: Cast) -> None:
    """T5: after a settlement of 3 March no meeting can be before 11 March any more."""
    (way,) = settled(db, who.sue, date(2028, 3, 3)).years[0].after.ways
    assert (way.can_follow, way.move_to, way.call_on) == (False, None, None)


def test_an_early_settlement_takes_nothing(db: Database, who: Cast) -> None:
    assert settled(db, who.sue, SETTLEMENT - timedelta(days=7)).years == []


def test_the_dates_to_move_tell_of_a_late_event_that_was_recorded(db: Database, who: Cast) -> None:
    """T5: after it is recorded the page of dates to move still tells it, and the same answer."""
    on = SETTLEMENT + timedelta(days=21)
    foretold = settled(db, who.sue, on).years[0].after.left
    event = db.run(
        lambda s: outside_events.record_event(
            s, build.actor(s, who.sue), "settlement", on, "A letter."
        )
    )

    def page(session: Session) -> Any:
        ref = session.scalar(
            text("SELECT ref FROM subject WHERE id = :id"), {"id": year_id(session)}
        )
        return reading_changes.moves_page(session, build.actor(session, who.sue), str(ref))

    (late,) = db.run(page).late
    assert (late.on, late.expected_on) == (on, SETTLEMENT)
    assert late.after.left == foretold
    assert settled(db, who.sue, on, event.key).years[0].after.left == foretold


def test_in_autumn_without_the_november_committee_names_the_meeting(
    db: Database, who: Cast
) -> None:
    """S10: without Policy Committee of November the plan goes to Council in February, and what is
    wrong with the year says so; tried first, and then cancelled."""
    _, on = meeting_of(db, "strategic_plan_policy_committee")
    (year,) = tried(db, who.cy, "strategic_plan_policy_committee", None).years
    (foretold,) = [each for each in year.follows.breaches if "promises it by" in each]
    assert "Policy Committee on 10 November 2027 would not be held" in foretold
    db.run(
        lambda s: s.execute(
            text(
                "UPDATE meeting SET status = 'cancelled' WHERE on_date = :on AND body_id = "
                "(SELECT id FROM body WHERE key = 'policy_committee')"
            ),
            {"on": on},
        )
    )
    problems = db.run(lambda s: timetable.problems(s, s.get_one(PlanningYear, year_id(s))))
    (problem,) = [each.sentence for each in problems if "promises it by" in each.sentence]
    assert problem == foretold.replace("would not be held", "is cancelled")
