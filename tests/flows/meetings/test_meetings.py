"""Promises about meetings: facts that Cy and Dora record, and what becomes of the reports."""

from datetime import date, time, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.errors import Blocked, NotPermitted, OutOfDate
from cycle.models import Body, Meeting
from cycle.seen import NO_PAGE
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from workflows.meetings import agenda, meetings

PEOPLE = "STP-2028-PEOPLE"
MORNING = time(10, 30)
FREE_DAY = date(2027, 10, 27)


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire in September 2027."""
    return co.council(db, tmp_path)


def body_id(session: Session, key: str) -> int:
    """A body by its key."""
    return session.scalars(select(Body.id).where(Body.key == key)).one()


def add(db: Database, by: int, day: date, key: str = "policy_committee") -> meetings.Noted:
    """One meeting more."""
    return db.run(
        lambda s: meetings.add_meeting(s, build.actor(s, by), body_id(s, key), day, MORNING)
    )


def move(db: Database, by: int, meeting: Meeting, day: date, **more: object) -> meetings.Noted:
    """A meeting on another day."""
    reason = str(more.get("reason", "The hall is being repaired."))
    seen = more.get("seen")

    def work(session: Session) -> meetings.Noted:
        actor = build.actor(session, by)
        version = seen if isinstance(seen, int) else NO_PAGE
        return meetings.move_meeting(session, actor, meeting.id, day, MORNING, reason, version)

    return db.run(work)


def test_a_meeting_is_added_once_on_a_day_to_come(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        added = add(db, who.cy, FREE_DAY)
        assert (added.meeting.on_date, added.warnings) == (FREE_DAY, [])
        with pytest.raises(Blocked, match="meets on 27 October 2027 already"):
            add(db, who.dora, FREE_DAY)
        with pytest.raises(Blocked, match="in the past"):
            add(db, who.cy, AUTUMN - timedelta(days=1))
    said = co.last_payload_of_council(db)
    assert (said["action"], said["details"]["on"]) == ("add_meeting", "2027-10-27")


def test_a_bank_holiday_is_warned_of_and_recorded_not_refused(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        added = add(db, who.cy, date(2028, 4, 14))
    assert added.warnings == ["14 April 2028 is not a working day: Good Friday."]
    assert co.last_payload_of_council(db)["details"]["warnings"] == added.warnings


def test_meetings_are_for_those_who_look_after_them(db: Database, who: Cast) -> None:
    for outsider in (who.pat, who.sue, who.mem, who.fin):
        with on(AUTUMN), pytest.raises(NotPermitted):
            add(db, outsider, FREE_DAY)


def test_reports_stay_with_a_meeting_that_moves(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    meeting = co.listed(db, who, PEOPLE, AUTUMN)
    later = meeting.on_date + timedelta(days=2)
    with on(AUTUMN):
        with pytest.raises(Blocked, match="Say why"):
            move(db, who.cy, meeting, later, reason=" ")
        with pytest.raises(OutOfDate):
            move(db, who.cy, meeting, later, seen=meeting.version + 1)
        with pytest.raises(Blocked, match="already"):
            move(db, who.cy, meeting, meeting.on_date)
        moved = move(db, who.cy, meeting, later, seen=meeting.version)
    assert moved.meeting.first_on_date == meeting.on_date, "the old day stays on the record"
    assert co.refs(db, "listed") == [PEOPLE]
    said = db.read(lambda s: co.last_payload(s, PEOPLE))
    assert said["action"] == "meeting_moved"
    assert said["details"] == {"from": meeting.on_date.isoformat(), "to": later.isoformat()}


def test_a_meeting_moved_so_near_that_papers_are_late_is_warned_of(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    meeting = co.listed(db, who, PEOPLE, AUTUMN)
    with on(AUTUMN):
        moved = move(db, who.cy, meeting, AUTUMN + timedelta(days=5))
    assert any("chair’s reasons for urgency" in each for each in moved.warnings)


def test_reports_of_a_cancelled_meeting_wait_for_another(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    meeting = co.published(db, who, PEOPLE, AUTUMN)

    def cancel(session: Session, by: int) -> None:
        meetings.cancel_meeting(session, build.actor(session, by), meeting.id, "Snow.")

    with on(meeting.on_date - timedelta(days=1)):
        with pytest.raises(NotPermitted):
            db.run(cancel, who.pat)
        db.run(cancel, who.cy)
        with pytest.raises(Blocked, match="cancelled already"):
            db.run(cancel, who.cy)
    assert PEOPLE in co.refs(db, "requested")
    assert co.tasks(db, PEOPLE) == ["list_item"], "its comments still stand"
    following = co.next_meeting(db, PEOPLE, meeting.on_date)
    with on(meeting.on_date):
        with pytest.raises(Blocked, match="has been cancelled"):
            co.listed_now(db, who, PEOPLE, meeting.id)
        co.listed_now(db, who, PEOPLE, following.id)


def test_what_is_over_is_not_moved_or_cancelled(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        meeting = add(db, who.cy, FREE_DAY).meeting
    with on(FREE_DAY + timedelta(days=1)):
        with pytest.raises(Blocked, match="is over"):
            move(db, who.cy, meeting, FREE_DAY + timedelta(days=9))
        with pytest.raises(Blocked, match="is over"):
            db.run(
                lambda s: meetings.cancel_meeting(s, build.actor(s, who.cy), meeting.id, "Snow.")
            )


def test_a_cancelled_day_can_be_used_again(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        meeting = add(db, who.cy, FREE_DAY).meeting
        db.run(lambda s: meetings.cancel_meeting(s, build.actor(s, who.cy), meeting.id, "Snow."))
        again = add(db, who.cy, FREE_DAY).meeting
    assert again.id != meeting.id


def test_two_clerks_who_add_the_same_meeting_add_it_once(db: Database, who: Cast) -> None:
    together, came = Barrier(2), []

    def one(by: int) -> None:
        with on(AUTUMN):
            together.wait()
            try:
                add(db, by, FREE_DAY)
                came.append("added")
            except Blocked:
                came.append("taken")

    both = [Thread(target=one, args=(by,)) for by in (who.cy, who.clara)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(came) == ["added", "taken"]


def test_a_postponed_report_keeps_its_words(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    co.listed(db, who, PEOPLE, AUTUMN)

    def postpone(session: Session, reason: str) -> None:
        actor = build.actor(session, who.cy)
        agenda.postpone(session, actor, co.item(session, PEOPLE).id, reason)

    with pytest.raises(Blocked, match="Say why"):
        db.run(postpone, "")
    db.run(postpone, "The agenda is full.")
    assert co.standing(db, PEOPLE) == "Ready for agenda"
