"""Promises about open tasks of reports: they follow their meeting at once, and each person is told
once (fault P7)."""

from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from cycle import council_facts, people
from cycle.db import Database
from cycle.models import Meeting
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from tests.flows.plans.test_reading import statements
from workflows.calendar import day_rules, external_dates
from workflows.calendar.day_rules import NewRule
from workflows.meetings import meetings, reading
from workflows.record.verify import verify
from workflows.reports import papers_follow

PEOPLE = "STP-2028-PEOPLE"
MORNING = time(10, 30)


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire in September 2027, with a report on the agenda."""
    cast = co.council(db, tmp_path)
    co.to_committees(db, cast, STP)
    return cast


@pytest.fixture
def meeting(db: Database, who: Cast) -> Meeting:
    """The meeting on whose agenda the report is."""
    return co.listed(db, who, PEOPLE, AUTUMN)


def tasks(db: Database, ref: str = PEOPLE) -> dict[str, date]:
    """The open tasks of a report and their days."""
    rows = db.read(
        lambda s: s.execute(
            text(
                "SELECT task.kind, task.due_on FROM task JOIN subject ON subject.id = subject_id "
                "WHERE ref = :ref AND closed_at IS NULL"
            ),
            {"ref": ref},
        ).all()
    )
    return {row.kind: row.due_on for row in rows}


def notified(db: Database) -> list[tuple[int, str]]:
    """Who was told of days that have moved, and in which words."""
    rows = "SELECT person_id, subject FROM outbox WHERE kind = 'papers' ORDER BY id"
    return [tuple(row) for row in db.read(lambda s: s.execute(text(rows)).all())]


def awaited(db: Database, due: dict[str, date]) -> Meeting:
    """The meeting from which a waiting report is dated: seven working days after it is final."""
    on_date = db.read(council_facts.calendar).add_working(due["write_report"], 7)
    return co.next_meeting(db, PEOPLE, on_date - timedelta(days=1))


def as_person(db: Database, by: int, verb: Callable[..., Any], *given: Any) -> Any:
    """One act of one person."""
    return db.run(lambda s: verb(s, build.actor(s, by), *given))


def test_a_moved_meeting_takes_the_open_tasks_of_its_report_with_it(
    db: Database, who: Cast, meeting: Meeting
) -> None:
    """Fault P7: the task stayed on the old day, was chased as overdue, and nobody was told."""
    before = tasks(db)
    later = meeting.on_date + timedelta(days=14)
    with on(AUTUMN):
        as_person(db, who.cy, meetings.move_meeting, meeting.id, later, MORNING, "The hall is let.")
    after = tasks(db)
    assert after.keys() == before.keys()
    assert {kind: after[kind] > before[kind] for kind in before} == dict.fromkeys(before, True)
    (papers,) = co.last_payload_of_council(db)["details"]["papers"]
    assert papers["report"] == PEOPLE
    assert (papers["from"], papers["to"]) == (
        before["freeze"].isoformat(),
        after["freeze"].isoformat(),
    )
    assert db.read(verify.check).ok


def test_each_person_is_told_once_of_a_moved_meeting(
    db: Database, who: Cast, meeting: Meeting
) -> None:
    """Fault P7: one line in the daily mail, that leads to the deadlines of the meeting."""
    later = meeting.on_date + timedelta(days=14)
    with on(AUTUMN):
        as_person(db, who.cy, meetings.move_meeting, meeting.id, later, MORNING, "The hall is let.")
    people = [person for person, _ in notified(db)]
    assert who.cy in people
    assert len(people) == len(set(people))
    words = next(words for person, words in notified(db) if person == who.cy)
    assert words.endswith(": 1 of your dates has moved")
    assert "is on" in words
    page = db.read(lambda s: s.scalar(text("SELECT body FROM outbox WHERE kind = 'papers'")))
    assert page == f"{meeting.id}/deadlines"


def test_a_new_hour_moves_no_day_and_tells_nobody(
    db: Database, who: Cast, meeting: Meeting
) -> None:
    before = tasks(db)
    with on(AUTUMN):
        given = (meeting.id, meeting.on_date, time(18), "In the evening.")
        as_person(db, who.cy, meetings.move_meeting, *given)
    assert (tasks(db), notified(db)) == (before, [])
    assert "papers" not in co.last_payload_of_council(db)["details"]


def test_a_holiday_moves_open_tasks_and_undoing_it_moves_them_back(
    db: Database, who: Cast, meeting: Meeting
) -> None:
    """Fault P7: the same after a holiday, and after it is undone."""
    before = tasks(db)
    day = db.read(council_facts.calendar).add_working(before["freeze"], 1)
    with on(AUTUMN):
        as_person(db, who.sue, external_dates.record_holiday, day, "Coronation day")
        moved = tasks(db)
        assert moved["freeze"] < before["freeze"]
        assert [person for person, _ in notified(db)].count(who.cy) == 1
        as_person(db, who.sue, external_dates.revert, "holiday", day, "It was not proclaimed.")
    assert tasks(db) == before
    assert [person for person, _ in notified(db)].count(who.cy) == 2


def test_a_closure_moves_open_tasks(db: Database, who: Cast, meeting: Meeting) -> None:
    """Fault P7: the offices are closed on the day on which the task was due."""
    before = tasks(db)
    day = before["freeze"]
    with on(AUTUMN):
        closed = as_person(db, who.sue, external_dates.record_closure, day, day, "Works")
    followed = "One open task of a report has followed, and whoever has it is told."
    assert closed.warnings[-1] == followed
    assert tasks(db)["freeze"] < before["freeze"]
    assert co.last_payload_of_council(db)["details"]["papers"]


def test_a_changed_rule_moves_open_tasks_of_the_meetings_for_which_it_counts(
    db: Database, who: Cast, meeting: Meeting
) -> None:
    """Fault P7: and leaves those of meetings before its day."""
    before = tasks(db)
    rule = NewRule(12, "working", "", meeting.on_date, None, "Minute 27/12")
    late = NewRule(15, "working", "", meeting.on_date + timedelta(days=1), None, "Minute 27/13")
    with on(AUTUMN):
        as_person(db, who.monty, day_rules.change, "final_report", rule, "Members asked.")
        assert tasks(db)["freeze"] < before["freeze"]
        now = tasks(db)
        as_person(db, who.monty, day_rules.change, "final_report", late, "Members asked again.")
    assert tasks(db) == now


def test_a_report_that_waits_follows_the_meeting_that_is_expected(db: Database, who: Cast) -> None:
    """Fault P7, its sibling: a report on no agenda yet has the days of its body's meeting."""
    with on(AUTUMN):
        before = tasks(db)
        expected = awaited(db, before)
        later = expected.on_date + timedelta(days=1)
        as_person(db, who.cy, meetings.move_meeting, expected.id, later, MORNING, "The hall.")
    after = tasks(db)
    assert after != before
    assert after.keys() == before.keys()


def test_a_report_whose_expected_meeting_is_cancelled_follows_the_next_one(
    db: Database, who: Cast
) -> None:
    """Fault P7, its sibling."""
    with on(AUTUMN):
        before = tasks(db)
        expected = awaited(db, before)
        as_person(db, who.cy, meetings.cancel_meeting, expected.id, "Snow.")
    after = tasks(db)
    assert all(after[kind] > day for kind, day in before.items())
    assert db.read(verify.check).ok


def test_many_reports_follow_in_as_many_statements_as_one(db: Database, who: Cast) -> None:
    """A statement went out for each task, and several for each report, with everything locked."""
    before = tasks(db)

    def follow(session: Any, reports: int) -> list[str]:
        found = papers_follow.open_reports(session)[:reports]
        session.execute(text("UPDATE task SET due_on = '2027-01-01' WHERE closed_at IS NULL"))
        system = people.system(session)
        with statements(db) as sent:
            moved = papers_follow.follow(session, system, found)
        assert len({each.report for each in moved}) == len(found) == reports
        assert {each.before for each in moved} == {date(2027, 1, 1)}
        return sent

    with on(AUTUMN):
        of_one, of_many = (db.run(follow, number) for number in (1, 2))
    assert tasks(db) == before
    assert len(of_many) == len(of_one), (of_one, of_many)


def test_the_choice_of_a_meeting_reads_rules_and_calendar_once(db: Database, who: Cast) -> None:
    """They were read again for each meeting of the list."""

    def choices(session: Any, most: int) -> tuple[int, list[str]]:
        item = co.item(session, PEOPLE)
        session.execute(
            text(
                "UPDATE meeting SET status = 'cancelled' WHERE body_id = :body AND id NOT IN "
                "(SELECT id FROM meeting WHERE body_id = :body AND on_date >= :today "
                "ORDER BY on_date LIMIT :most)"
            ),
            {"body": item.body_id, "today": AUTUMN, "most": most},
        )
        with statements(db) as sent:
            found = reading.meetings_for(session, item)
        return len(found), sent

    with on(AUTUMN):
        (many, of_many), (one, of_one) = (db.run(choices, most) for most in (12, 1))
    assert many > one == 1
    assert len(of_many) == len(of_one), (of_one, of_many)


def test_how_many_tasks_followed_is_said(db: Database, who: Cast, meeting: Meeting) -> None:
    """Fault P7: of both reports, and whoever has them is told."""

    def days() -> set[tuple[int, date]]:
        rows = (
            "SELECT task.id, task.due_on FROM task JOIN agenda_item ON agenda_item.id = subject_id "
            "WHERE closed_at IS NULL"
        )
        return {tuple(row) for row in db.read(lambda s: s.execute(text(rows)).all())}

    before, freeze = days(), tasks(db)["freeze"]
    with on(AUTUMN):
        spell = (freeze, freeze + timedelta(days=29))
        closed = as_person(db, who.sue, external_dates.record_closure, *spell, "Works")
    followed = "4 open tasks of reports have followed, and whoever has them is told."
    assert followed in closed.warnings
    assert len(days() - before) == 4
    assert {who.cy, who.sue} <= {person for person, _ in notified(db)}
