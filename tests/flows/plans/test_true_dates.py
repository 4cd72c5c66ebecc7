"""Days that are so: what was done when (fault S3), and whose lateness it is (fault S7).

Mo writes Housing's profile, Ray reviews it, Sue chases.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import clock, council_facts, people
from cycle.db import Database
from cycle.models import PlanningYear
from tests import build
from tests.build import Cast
from tests.flows.committees import on
from tests.flows.notifications.test_reminders import post_of
from tests.flows.plans.test_reading import HOUSING, both_writing
from tests.flows.posting import mail_in
from workflows.framework.deadline_rules import days_in_hand
from workflows.plans import status
from workflows.queues import chase_list, my_work
from workflows.timetable import reading_rows

PROFILE = "SPR-2028-HOUSING"
FRIDAY = date(2027, 6, 11)


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire in June 2027, Year 1 open, both services writing their profiles."""
    with clock.set_to(build.SPRING):
        yield both_writing(db)


def due(db: Database, day: date) -> None:
    """The profile's open task is due on a day, and so is every step that will date the next."""
    given = {"day": day, "ref": PROFILE}
    of_plan = "(SELECT id FROM subject WHERE ref = :ref)"
    for change in (
        f"UPDATE task SET due_on = :day WHERE closed_at IS NULL AND subject_id = {of_plan}",
        f"UPDATE step SET due_on = :day WHERE plan_id = {of_plan}",
    ):
        db.run(lambda s, sql=change: s.execute(text(sql), given))


def where(db: Database, ref: str = PROFILE) -> status.PlanStatus:
    return db.read(lambda s: status.where_is(s, build.plan(s, ref)))


def facts(db: Database, ref: str = PROFILE) -> dict[str, str]:
    return dict(where(db, ref).facts)


def mine(db: Database, person: int) -> list[my_work.TaskRow]:
    return db.read(lambda s: my_work.my_work(s, people.actor(s, person), "me", None)).rows


def late(db: Database, who: Cast) -> list[chase_list.Late]:
    return db.read(lambda s: chase_list.page(s, people.actor(s, who.sue))).rows


def in_timetable(db: Database, who: Cast) -> list[reading_rows.Row]:
    """What is to be done by the timetable, as Mo is shown it."""

    def read(session: Session) -> list[reading_rows.Row]:
        year = session.get_one(PlanningYear, build.plan(session, PROFILE).planning_year_id)
        choice = reading_rows.Choice(open_only=True)
        return [
            row
            for row in reading_rows.rows(session, people.actor(session, who.mo), year, choice)[0]
            if row.left_over and any(each.ref == PROFILE for each in row.plans)
        ]

    return db.read(read)


def test_a_stage_that_is_done_names_the_day_on_which_it_was(db: Database, who: Cast) -> None:
    """“Drafting: done, 25 January 2027” stood there in November 2026."""
    build.fill(db, PROFILE, who.mo)
    with on(date(2027, 6, 16)):
        build.act(db, PROFILE, "submit", who.mo)
        stages = {each.label: each for each in where(db).stages}
    assert (stages["Drafting"].stands, stages["Drafting"].note) == ("done", "16 June 2027")
    ahead = [each for each in stages.values() if each.stands != "done" and each.note]
    assert ahead
    assert all(each.note.startswith(("by ", "from ")) for each in ahead)


def test_of_an_approved_plan_comes_next_what_does(db: Database, who: Cast) -> None:
    """An approved plan said “What is next: draft submitted”."""
    db.run(lambda s: s.execute(text("DELETE FROM task WHERE subject_id = "
           "(SELECT id FROM subject WHERE ref = :ref)"), {"ref": HOUSING}))  # fmt: skip
    build.put(db, HOUSING, "approved")
    found = facts(db, HOUSING)
    assert found["What is next"] == "Takes effect"
    assert found["By when"].startswith("1 April 2028, ")
    build.put(db, HOUSING, "in_force")
    assert facts(db, HOUSING)["What is next"] == "In force until 31 March 2029"


@pytest.mark.parametrize(
    ("today", "left"),
    [(FRIDAY, 0), (FRIDAY + timedelta(days=1), 0), (FRIDAY + timedelta(days=2), 0),
     (FRIDAY + timedelta(days=3), -1), (FRIDAY + timedelta(days=4), -2)],
)  # fmt: skip
def test_nothing_becomes_late_over_a_weekend(
    db: Database, who: Cast, today: date, left: int
) -> None:
    """Due on Friday was “1 working day late” on Saturday; list, count and page agree."""
    due(db, FRIDAY)
    with on(today):
        (task,) = mine(db, who.mo)
        listed = [each.ref for each in late(db, who)]
        assert task.days_in_hand == left
        assert not task.came_late
        assert (PROFILE in listed) == (left < 0)
        assert db.read(chase_list.count) == len(listed)
        assert facts(db)["By when"].endswith("due now" if left == 0 else "late")
        dated = {row.stands for row in in_timetable(db, who) if row.due_on == FRIDAY}
        assert dated == {"late" if left < 0 else "open"}


def test_a_weekend_before_a_due_day_counts_as_it_did(db: Database, who: Cast) -> None:
    calendar = db.read(council_facts.calendar)
    assert days_in_hand(calendar, FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=3)) == 1


def test_who_gets_a_plan_after_its_day_is_not_the_one_who_was_late(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """“40 working days late” a minute after it came."""
    due(db, FRIDAY)
    build.fill(db, PROFILE, who.mo)
    monday = FRIDAY + timedelta(days=31)
    with on(monday):
        assert mine(db, who.mo)[0].days_in_hand == -21
        build.act(db, PROFILE, "submit", who.mo)
        (task,) = [each for each in mine(db, who.ray) if each.ref == PROFILE]
        assert task.came_late
        assert task.due_on == FRIDAY
        assert "which had passed when it came" in facts(db)["By when"]
        (row,) = [each for each in late(db, who) if each.ref == PROFILE]
        assert row.came_late
    post_of(db, monday + timedelta(days=1), tmp_path)
    (mail,) = [each for each in mail_in(tmp_path) if "Ray" in each.get_content()[:20]]
    assert "overdue" not in mail["Subject"]
    words = f"Due: {long_date(FRIDAY)}, which had passed when it came to you"
    assert words in mail.get_content()
