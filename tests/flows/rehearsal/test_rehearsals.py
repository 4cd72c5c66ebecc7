"""Promises about rehearsals: a copy is played through, the council itself stays as it is."""

import threading
from collections.abc import Iterator
from datetime import date, time, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotPermitted
from cycle.models import PlanningYear, Rehearsal, Step, Unit
from tests import build, kit
from tests.build import Cast
from workflows.calendar import day_rules
from workflows.calendar.day_rules import NewRule
from workflows.council import reorganisation
from workflows.meetings import meetings
from workflows.rehearsal import (
    council_copy,
    findings as rehearsal_found,
    rehearsals,
)
from workflows.rehearsal.findings import Found
from workflows.timetable import pinch_point

LONG_AGO = "2027-06-09 07:00+00"
PATIENCE = 60.0


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire with Year 1 open, on a morning of June 2027."""
    with clock.set_to(build.SPRING):
        yield build.year_one(db)


def year_id(session: Session, number: int = 1) -> int:
    return session.scalars(select(PlanningYear.id).where(PlanningYear.number == number)).one()


def ask(db: Database, by: int, number: int = 1) -> None:
    db.run(lambda s: rehearsals.ask(s, build.actor(s, by), year_id(s, number)))


def last(db: Database, number: int = 1) -> Rehearsal:
    found = db.read(lambda s: rehearsals.last(s, year_id(s, number)))
    assert found is not None
    return found.row


def state_of(db: Database) -> dict[str, str]:
    """Everything that the council has, but for the rehearsals themselves."""
    return kit.digests(db, "rehearsal")


def until(db: Database, holds: Any) -> None:
    """Wait until something holds of the last rehearsal."""
    begun = monotonic()
    while not holds(last(db)):
        assert monotonic() - begun < PATIENCE
        sleep(0.1)


def player(db: Database) -> threading.Thread:
    """Somebody plays what waits, beside the test, by the real clock."""
    thread = threading.Thread(target=rehearsals.play_next, args=(db,))
    thread.start()
    return thread


def test_sue_rehearses_the_year_and_nothing_of_the_council_changes(db: Database, who: Cast) -> None:
    before = state_of(db)
    ask(db, who.sue)
    assert rehearsals.play_next(db)
    assert state_of(db) == before
    row = last(db)
    assert (row.status, row.why) == ("done", "")
    found = Found.of_dict(row.found or {})
    assert found.approved == found.plans > 10
    assert found.first_on == date(2027, 4, 28)
    assert found.last_on > date(2028, 4, 1)
    by_post = {load.post: load for load in found.loads}
    # Two clerks share one queue, so they share its work.
    clerks = [load.tasks for post, load in by_post.items() if "clerk" in post.lower()]
    assert len(clerks) == 2
    assert max(clerks) - min(clerks) <= max(clerks) // 2
    assert all(day.weekday() == 0 for load in found.loads for day in load.weeks)
    assert not rehearsals.play_next(db)


def test_the_copy_has_the_dates_of_the_council_and_nobodys_name(db: Database, who: Cast) -> None:
    """A longer rule for final reports, set by Monty, moves the tight place in the copy too."""
    rule = NewRule(9, "working", "", date(2027, 9, 1), None, "Resolution of Council")
    db.run(
        lambda s: day_rules.change(
            s, build.actor(s, who.monty), "final_report", rule, "Members asked for more time."
        )
    )
    here = db.read(lambda s: pinch_point.find(s, s.get_one(PlanningYear, year_id(s))))
    ask(db, who.sue)
    rehearsals.play_next(db)
    assert here is not None
    assert Found.of_dict(last(db).found or {}).place == here
    given = db.read(lambda s: council_copy.of_year(s, year_id(s), date(2027, 4, 28)))
    real = set(db.read(lambda s: s.scalars(text("SELECT email FROM person")).all()))
    assert not real & {each.email for each in given.council.people.values()}


def test_a_meeting_that_moved_costs_other_dates_and_the_rehearsal_says_which(
    db: Database, who: Cast
) -> None:
    """Council adopts the Strategic Plan in March, and the Delivery Plan waits for it."""

    def moved(session: Session) -> None:
        adopts = select(Step.meeting_id).where(Step.rule == "strategic_plan_council")
        meeting_id = session.scalars(adopts).one()
        cy, on = build.actor(session, who.cy), date(2028, 3, 22)
        meetings.move_meeting(session, cy, meeting_id or 0, on, time(10), "No hall was free.")

    db.run(moved)
    ask(db, who.sue)
    rehearsals.play_next(db)
    found = Found.of_dict(last(db).found or {})
    assert "Council has not adopted the Strategic Plan yet." in {each.why for each in found.waits}
    assert {each.title for each in found.lost} >= {"Delivery Plan at Policy Committee"}
    assert all(each.played_on > each.planned_on for each in found.lost)
    assert found.too_late >= 1


def test_a_later_year_is_rehearsed_as_if_joined_there(db: Database, who: Cast) -> None:
    ask(db, who.sue, 3)
    rehearsals.play_next(db)
    row = last(db, 3)
    assert (row.status, row.why) == ("done", "")
    found = Found.of_dict(row.found or {})
    assert found.approved == found.plans > 10
    assert found.first_on == date(2029, 4, 28)


def test_the_current_year_is_played_on_without_a_service_that_was_merged(
    db: Database, who: Cast
) -> None:
    """S17. It ended with an internal reference: nobody served the queue of what was merged."""

    def merge(session: Session) -> None:
        keys = dict(session.execute(select(Unit.key, Unit.id)).all())
        adam = build.actor(session, who.adam)
        today, why = clock.today(), "One service for places."
        reorganisation.merge_units(session, adam, keys["parks"], keys["housing"], today, why)

    db.run(merge)
    ask(db, who.sue)
    assert rehearsals.play_next(db)
    row = last(db)
    assert (row.status, row.why) == ("done", "")
    found = Found.of_dict(row.found or {})
    assert found.approved == found.plans > 10
    assert found.left_out == ("Parks, which went into Housing on 9 June 2027",)


def test_one_at_a_time_and_not_by_everybody(db: Database, who: Cast) -> None:
    with pytest.raises(NotPermitted):
        ask(db, who.pat)
    with pytest.raises(BadInput):
        db.run(lambda s: rehearsals.ask(s, build.actor(s, who.sue), 987654))
    ask(db, who.sue)
    with pytest.raises(Blocked, match="is under way"):
        ask(db, who.hana, 2)
    with pytest.raises(NotPermitted):
        db.run(lambda s: rehearsals.stop(s, build.actor(s, who.pat), year_id(s)))
    db.run(lambda s: rehearsals.stop(s, build.actor(s, who.hana), year_id(s)))
    assert last(db).status == "stopped"
    assert not rehearsals.play_next(db)
    with pytest.raises(Blocked, match="No rehearsal of this year"):
        db.run(lambda s: rehearsals.stop(s, build.actor(s, who.hana), year_id(s)))


def test_two_who_ask_at_once_get_one_rehearsal(db: Database, who: Cast) -> None:
    refusals: list[str] = []
    start = threading.Barrier(2)

    def asks(number: int) -> None:
        start.wait()
        try:
            ask(db, who.sue, number)
        except Blocked as refusal:
            refusals.append(str(refusal))

    both = [threading.Thread(target=asks, args=(number,)) for number in (1, 2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(refusals) == 1
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM rehearsal"))) == 1


def test_a_year_that_is_over_is_not_rehearsed(db: Database, who: Cast) -> None:
    build.put(db, "Y-2027-2", "closed")
    with pytest.raises(Blocked, match="This year is over"):
        ask(db, who.sue, 2)


def test_it_stops_in_the_middle_and_tells_how_far_it_is(
    db: Database, who: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    came_to_the_end: list[Any] = []
    monkeypatch.setattr(rehearsal_found, "find", lambda *each: came_to_the_end.append(each))
    ask(db, who.sue)
    playing = player(db)
    until(db, lambda row: row.days_done > 0)
    assert last(db).days_total == 353
    db.run(lambda s: rehearsals.stop(s, build.actor(s, who.sue), year_id(s)))
    playing.join(PATIENCE)
    assert not playing.is_alive()
    row = last(db)
    assert (row.status, row.found) == ("stopped", None)
    assert came_to_the_end == []


def test_one_whose_player_died_is_taken_up_again_twice_at_most(db: Database, who: Cast) -> None:
    def died(tries: int) -> None:
        says = (
            "UPDATE rehearsal SET status = 'running', tries = :tries, lease_until_at = :long_ago "
        )
        says += "WHERE status = 'waiting'"
        db.run(lambda s: s.execute(text(says), {"tries": tries, "long_ago": LONG_AGO}))

    ask(db, who.sue)
    died(1)
    with clock.set_to(build.SPRING - timedelta(hours=3)):
        assert not rehearsals.play_next(db)
    assert rehearsals.play_next(db)
    assert last(db).status == "done"
    ask(db, who.sue)
    died(2)
    assert rehearsals.play_next(db)
    row = last(db)
    assert (row.status, row.why) == ("failed", rehearsals.BROKEN_OFF)


def test_whoever_has_lost_a_rehearsal_to_another_leaves_it_alone(db: Database, who: Cast) -> None:
    ask(db, who.sue)
    playing = player(db)
    until(db, lambda row: row.days_done > 0)
    db.run(lambda s: s.execute(text("UPDATE rehearsal SET tries = tries + 1, days_done = 7")))
    playing.join(PATIENCE)
    assert not playing.is_alive()
    row = last(db)
    assert (row.status, row.days_done, row.found) == ("running", 7, None)


def test_what_cannot_be_played_says_why(db: Database, who: Cast) -> None:
    """From 2028 on the support service has no post any more."""
    gone = (
        "UPDATE post SET until_on = '2028-01-01' "
        "WHERE queue_id IN (SELECT id FROM queue WHERE role = 'support_service')"
    )
    db.run(lambda s: s.execute(text(gone)))
    ask(db, who.sue, 3)
    assert rehearsals.play_next(db)
    row = last(db, 3)
    assert row.status == "failed"
    assert row.why.startswith("Nobody is in the support service, to which every vacancy goes.")


def test_a_database_that_is_away_is_waited_for() -> None:
    """The player looks again, and ends only when the process is asked to."""
    away = Database("postgresql://plancycle_app@127.0.0.1:9/none")
    looked: list[str] = []

    def play() -> bool:
        looked.append("")
        if len(looked) == 3:
            raise KeyboardInterrupt
        return len(looked) == 2 or rehearsals.play_next(away)

    with pytest.raises(KeyboardInterrupt):
        rehearsals.keep_playing(play, 0.01)
    assert len(looked) == 3
