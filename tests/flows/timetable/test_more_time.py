"""More time: asked for a task, for a day that can be, and answered by who may."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked, NotAvailable, NotFound, NotPermitted
from tests import build
from tests.build import Cast
from tests.flows.timetable.test_date_changes import broken, issue, move, notices, of_facts, rows
from workflows.timetable import (
    change_requests,
    reading_changes,
)


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire on the morning on which Year 1 is opened; the timetable is issued."""
    with clock.set_to(build.SPRING):
        cast = build.year_one(db)
        issue(db, cast)
        yield cast


def open_task(db: Database, ref: str) -> tuple[int, date, date]:
    ((task, due, latest),) = rows(
        db,
        "SELECT task.id, task.due_on, step.latest_on FROM task JOIN step ON step.id = step_id "
        f"JOIN subject ON subject.id = subject_id WHERE ref = '{ref}' AND closed_at IS NULL",
    )
    return task, due, latest


@pytest.fixture
def profile(db: Database, who: Cast) -> tuple[int, date, date]:
    """Mo's task to bring the profile of Housing up to date."""
    build.act(db, "SPR-2028-HOUSING", "start", None)
    return open_task(db, "SPR-2028-HOUSING")


def ask(db: Database, person: int, task: int, on: date, reason: str = "Two are ill.") -> str:
    return db.run(
        lambda s: change_requests.ask_for_more_time(s, build.actor(s, person), task, on, reason).ref
    )


def later(day: date, days: int) -> date:
    """A weekday some days on."""
    day += timedelta(days=days)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def test_mo_asks_for_a_day_and_ray_grants_it(db: Database, who: Cast, profile: Any) -> None:
    task, due, latest = profile
    wanted = later(due, 1)
    assert wanted < latest
    ref = ask(db, who.mo, task, wanted)
    assert open_task(db, "SPR-2028-HOUSING")[1] == due
    assert answering(db, ref, who.ray)
    assert not answering(db, ref, who.vera)
    with pytest.raises(NotPermitted):
        build.change(db, ref, "grant", who.mo)
    with pytest.raises(NotPermitted):
        build.change(db, ref, "grant", who.rita)
    build.change(db, ref, "grant", who.ray)
    assert open_task(db, "SPR-2028-HOUSING")[1] == wanted
    assert rows(db, "SELECT from_on, to_on, why FROM slip") == [(due, wanted, "Two are ill.")]
    assert [person for person, _ in notices(db)].count(who.mo) == 1
    # What was granted stands when other dates follow from a fact.
    move(db, "budget_council", 7)
    assert all(not each.key.startswith("service_profile_draft:SPR-2028-HOUSING")
               for each in db.read(of_facts))  # fmt: skip
    assert broken(db) == []


def answering(db: Database, ref: str, whom: int) -> bool:
    """Whether it is this person's task to answer a request for more time."""
    found = text(
        "SELECT queue_id FROM task JOIN subject ON subject.id = task.subject_id "
        "WHERE subject.ref = :ref AND task.kind = 'answer_more_time' AND closed_at IS NULL"
    )
    at = db.read(lambda s: s.scalar(found, {"ref": ref}))
    return at in db.read(lambda s: build.actor_of(s, whom).queue_ids)


def test_where_few_days_are_left_whoever_issues_the_timetable_answers(
    db: Database, who: Cast, profile: Any
) -> None:
    task, _due, latest = profile
    ref = ask(db, who.mo, task, latest)
    assert answering(db, ref, who.vera)
    assert not answering(db, ref, who.ray)
    with pytest.raises(Blocked):
        build.change(db, ref, "grant", who.ray)
    with pytest.raises(Blocked, match="Say why"):
        build.change(db, ref, "grant_below", who.vera)
    build.change(db, ref, "grant_below", who.vera, "The committee can wait.")
    assert open_task(db, "SPR-2028-HOUSING")[1] == latest


def test_a_request_says_why_and_for_a_day_that_can_be(
    db: Database, who: Cast, profile: Any
) -> None:
    task, due, latest = profile
    with pytest.raises(Blocked, match="Give a later day"):
        ask(db, who.mo, task, due)
    with pytest.raises(Blocked, match="The last day is"):
        ask(db, who.mo, task, later(latest, 1))
    with pytest.raises(Blocked, match="not a working day"):
        ask(db, who.mo, task, due + timedelta(days=6 - due.weekday() + 7))
    with pytest.raises(Blocked, match="Say why"):
        ask(db, who.mo, task, latest, " ")
    with pytest.raises(NotPermitted):
        ask(db, who.ray, task, latest)
    assert rows(db, "SELECT count(*) FROM date_change") == [(0,)]


def test_the_days_offered_are_those_that_are_accepted(
    db: Database, who: Cast, profile: Any
) -> None:
    """S8: Mo is offered the days from today to the last one, and none when that has passed."""
    task, due, latest = profile

    def offered(on: date) -> reading_changes.TaskPage:
        with clock.set_to(build.SPRING.replace(year=on.year, month=on.month, day=on.day)):
            return db.run(lambda s: reading_changes.task_page(s, build.actor(s, who.mo), task))

    page = offered(due - timedelta(days=3))
    assert page.days == (due + timedelta(days=1), latest)
    assert (page.late, page.in_hand, page.why_none) == (0, 6, "")
    page = offered(latest)
    assert page.days == (latest, latest)
    assert (page.late, page.in_hand) == (6, 0)
    late = due + timedelta(days=67)
    page = offered(late)
    assert (page.days, page.late, page.in_hand) == (None, 46, 0)
    assert page.why_none.startswith("No later day can be accepted: the last day, 16 July 2027, has")
    with (
        clock.set_to(build.SPRING.replace(month=late.month, day=late.day)),
        pytest.raises(Blocked, match="No later day can be accepted"),
    ):
        ask(db, who.mo, task, late + timedelta(days=1))


def test_a_refused_request_moves_nothing(db: Database, who: Cast, profile: Any) -> None:
    task, due, latest = profile
    ref = ask(db, who.mo, task, later(due, 1))
    with pytest.raises(Blocked, match="is waiting for its answer"):
        ask(db, who.mo, task, latest)
    build.change(db, ref, "refuse", who.ray, "The group needs it then.")
    assert open_task(db, "SPR-2028-HOUSING")[1] == due
    assert notices(db) == []


def test_a_task_that_is_done_or_has_no_date_is_refused(
    db: Database, who: Cast, profile: Any
) -> None:
    """Of a task whose date can move nothing of the kind is said."""
    task, due, _latest = profile
    refused = "This task is done, or has no date of the timetable, so it cannot move."

    def page(session: Session) -> str:
        try:
            reading_changes.task_page(session, build.actor_of(session, who.mo), task)
        except NotFound as none:
            return str(none)
        return ""

    assert refused not in db.read(page)
    db.run(lambda s: s.execute(text("UPDATE task SET step_id = NULL WHERE id = :t"), {"t": task}))
    assert refused in db.read(page)
    with pytest.raises(NotAvailable, match=refused):
        ask(db, who.mo, task, later(due, 1))
    assert rows(db, "SELECT ref FROM subject WHERE kind = 'change'") == []
