"""Promises about meetings: facts that Cy and Dora record, and what becomes of the reports."""

from datetime import date, time, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import council_facts
from cycle.db import Database
from cycle.errors import Blocked, NotPermitted, OutOfDate
from cycle.models import Body, CouncilSetting, Meeting
from cycle.seen import NO_PAGE
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from workflows.calendar import outside_events
from workflows.meetings import agenda, meetings, reading

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
    payload = co.last_payload_of_council(db)
    assert (payload["action"], payload["details"]["on"]) == ("add_meeting", "2027-10-27")


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
    payload = db.read(lambda s: co.last_payload(s, PEOPLE))
    assert payload["action"] == "meeting_moved"
    assert payload["details"] == {"from": meeting.on_date.isoformat(), "to": later.isoformat()}


def test_a_meeting_moved_so_near_that_papers_are_late_is_warned_of(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    meeting = co.listed(db, who, PEOPLE, AUTUMN)
    with on(AUTUMN):
        moved = move(db, who.cy, meeting, AUTUMN + timedelta(days=5))
    assert any("chair’s reasons for urgency" in each for each in moved.warnings)


@pytest.mark.parametrize(
    ("nation", "words", "absent"),
    [
        ("england", "ask the monitoring officer", "urgency"),
        ("wales", "ask the monitoring officer", "urgency"),
        ("scotland", "the chair’s reasons for urgency", "names"),
        ("northern-ireland", "the chair’s reasons for urgency", "names"),
    ],
)
def test_a_council_in_england_or_wales_does_only_what_its_summons_names(
    db: Database, who: Cast, nation: str, words: str, absent: str
) -> None:
    """LGA 1972 Sch. 12 para 4(5): its late papers were said to need only reasons for urgency."""
    near = AUTUMN + timedelta(days=1)
    with on(AUTUMN):
        db.run(_as_if_in, nation)
        warnings = add(db, who.dora, near, "council").warnings
    (late,) = [each for each in warnings if each.startswith("Papers for")]
    assert words in late
    assert absent not in late


def _as_if_in(session: Session, nation: str) -> None:
    fact = session.get_one(CouncilSetting, council_facts.NATION)
    fact.value = nation


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
    assert co.status(db, PEOPLE) == "Ready for agenda"


def _page(session: Session, who: Cast, meeting_id: int) -> reading.MeetingPage:
    return reading.meeting_page(session, build.actor_of(session, who.mo), meeting_id)


def annual(db: Database, by: int, day: date, meeting: int = 0) -> meetings.Noted:
    """The annual meeting of Council on a day, added or moved."""

    def work(session: Session) -> meetings.Noted:
        actor = build.actor(session, by)
        if meeting:
            return meetings.move_meeting(session, actor, meeting, day, MORNING, "So resolved.")
        council = body_id(session, "council")
        return meetings.add_meeting(session, actor, council, day, MORNING, "annual")

    return db.run(work)


def test_an_annual_meeting_on_a_day_that_the_act_does_not_allow_is_warned_of(
    db: Database, who: Cast
) -> None:
    """Fault D4: in a year without an election March to May, as it is added and as it is moved."""
    with on(AUTUMN):
        added = annual(db, who.dora, date(2028, 5, 16))
        assert added.warnings == []
        moved = annual(db, who.dora, date(2028, 6, 8), added.meeting.id)
        (warning,) = moved.warnings
        assert warning == (
            "8 June 2028 is no day for the annual meeting. The law asks for a day from 1 March "
            "2028 to 31 May 2028 (Local Government Act 1972 s.7, Sch. 12 para 1(2))."
        )
        page = db.read(
            lambda s: reading.meeting_page(s, build.actor_of(s, who.mo), added.meeting.id)
        )
    assert page.warnings == [warning]
    assert co.last_payload_of_council(db)["details"]["warnings"] == [warning]


def test_in_an_election_year_the_annual_meeting_follows_the_poll(db: Database, who: Cast) -> None:
    """Fault D4: within 21 days after members retire, the fourth day after the poll."""

    def poll(session: Session) -> None:
        sue = build.actor(session, who.sue)
        outside_events.record_event(session, sue, "election", date(2028, 5, 4), "The order.")
        outside_events.record_event(session, sue, "by_election", date(2028, 5, 25), "A notice.")

    db.run(poll)
    with on(AUTUMN):
        early = annual(db, who.dora, date(2028, 5, 8))
        assert "from 9 May 2028 to 29 May 2028" in early.warnings[0]
        assert annual(db, who.dora, date(2028, 5, 16), early.meeting.id).warnings == []


def test_a_meeting_called_inside_the_clear_days_is_warned_of(db: Database, who: Cast) -> None:
    """Fault D5: nothing was said until publication; now when it is called, and on its page."""
    monday = date(2027, 10, 4)
    with on(monday):
        added = add(db, who.cy, date(2027, 10, 8))
        page = db.read(
            lambda s: reading.meeting_page(s, build.actor_of(s, who.mo), added.meeting.id)
        )
        far = add(db, who.cy, date(2027, 10, 14))
    late = (
        "Papers for 8 October 2027 had to be published by 30 September 2027: five clear days, "
        "Local Government Act 1972 s.100B"
    )
    assert late in added.warnings[0]
    assert added.warnings[0].startswith(late)
    assert page.warnings == added.warnings
    assert far.warnings == []


def test_a_council_called_too_late_is_told_of_its_summons(db: Database, who: Cast) -> None:
    """Fault D5, its sibling: the summons has days of its own."""
    with on(date(2027, 10, 4)):
        (papers, summons) = annual(db, who.dora, date(2027, 10, 8)).warnings[:2]
    assert "had to be published by" in papers
    assert "The summons for 8 October 2027 had to be sent by 30 September 2027." in summons


def test_a_report_put_on_an_agenda_inside_the_clear_days_is_warned_of(
    db: Database, who: Cast
) -> None:
    """Fault D5: said before the meeting is chosen, on the report's page, and on the record."""
    co.to_committees(db, who, STP)
    meeting = co.listed(db, who, PEOPLE, AUTUMN)

    def again(session: Session) -> tuple[str, list[str]]:
        item = co.item(session, PEOPLE)
        cy = build.actor(session, who.cy)
        agenda.postpone(session, cy, item.id, "Not ready.")
        (choice, *_) = [
            words for key, words in reading.meetings_for(session, item) if key == str(meeting.id)
        ]
        agenda.list_on(session, cy, item.id, meeting.id)
        return choice, agenda.warnings(session, item, meeting)

    with on(meeting.on_date - timedelta(days=2)):
        choice, warnings = db.run(again)
    assert "had to be published by" in choice
    assert warnings[0] in choice
    assert warnings == db.read(lambda s: co.last_payload(s, PEOPLE))["details"]["warnings"]
