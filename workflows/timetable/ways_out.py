"""What a council can do when something comes too late for a meeting: three ways, with their days.

The rules that live here: papers may follow the agenda until the day of a supplement; the meeting
may be moved to a day whose report deadline suits; a special meeting may be called, with the days
between its papers and itself that the law asks for (LGA 1972 s.100B(3) and its like in each
nation). None of them goes past the law's last day for the step. Nothing is written.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.rules import StepRule, parse_which
from cycle import clock, council_facts
from cycle.access import KnownPlans
from cycle.calendar import Calendar
from cycle.models import PlanningYear
from cycle.schedule import solve as schedule
from cycle.schedule.limits import Limits
from cycle.schedule.parts import Dated, Meeting, Solution
from cycle.schedule.time_left import TimeLeft, at_meeting, papers_on, time_left
from workflows.framework import applicable, pinned
from workflows.framework.deadline_rules import PapersOf, publication_under
from workflows.timetable import timetable
from workflows.timetable.impact import Tried

SEARCHED = 120  # days after a meeting in which another day is looked for


@dataclass(frozen=True)
class WayOut:
    """What can be done for one step at one meeting, whose papers are ready on ``ready_on``.

    ``keeps_time``: ready then only to have as much working time as before. ``follow_until``: the
    day by which papers that follow have to be public, ``more_days`` working days after the report
    deadline; ``can_follow``: whether they are ready by then. ``move_to``, ``call_on``: the first
    day to which the meeting can be moved, and on which a special meeting can be held; None where
    the law's ``last_on`` is before it. ``held``: the meeting takes place.
    """

    step: str
    body: str
    meeting_id: int
    meets_on: date
    held: bool
    ready_on: date
    keeps_time: bool
    follow_until: date
    more_days: int
    can_follow: bool
    law: str
    move_to: date | None
    call_on: date | None
    last_on: date | None


@dataclass(frozen=True)
class AfterEvent:
    """What has less time after an event, the ways out, and how many steps of plans that are not
    open to the reader have less time too."""

    left: tuple[TimeLeft, ...] = ()
    ways: tuple[WayOut, ...] = ()
    withheld: int = 0


class _Days:
    """The days of papers for a meeting on any day, under the council's own rules."""

    def __init__(self, session: Session, year: PlanningYear, calendar: Calendar):
        self.calendar = calendar
        self.papers = PapersOf(session, pinned.of(year), calendar)
        first, last = schedule.window(year.writes_from)
        rows = session.execute(_MEETINGS, {"first": first, "last": last}).all()
        self.rows = {(row.name, row.on_date): row for row in rows}

    def report(self, row: Any, on: date) -> date:
        return self.papers.report_due_on(row.framework_key, row.key, on)

    def supplement(self, row: Any, on: date) -> date:
        return self.papers.supplement_due_on(row.body_kind, on)

    def first(self, from_on: date, asked: Callable[[date], date], ready_on: date) -> date | None:
        """The first working day from one on for which what is ready on a day is in time."""
        for days in range(SEARCHED):
            on = from_on + timedelta(days=days)
            if self.calendar.is_working(on) and asked(on) >= ready_on:
                return on
        return None


def after_event(
    session: Session, year: PlanningYear, known: KnownPlans, tried: Tried, event: str
) -> AfterEvent:
    """What has less working time after an event, and the ways to keep the time that there was."""
    before, after = tried.before, tried.after
    if before is None:
        return AfterEvent()
    days = _Days(session, year, council_facts.calendar(session))
    hidden = timetable.hidden_rules(after.rules, known)
    every = time_left(before, after, event, days.calendar)
    found = [each for each in every if each.key not in hidden]
    too_late = {each.key for each in found if each.days < 0}
    lost = {
        each.key: days.calendar.add_working(
            each.until_on, -each.days if each.key in too_late else each.was - each.days
        )
        for each in found
    }
    ways = list(_ways(session, year, days, before, after, lost, {}))
    ways = [replace(each, keeps_time=not too_late) for each in ways]
    # A meeting whose report stands here for the same day says nothing more.
    reports = {each.until_on for each in found if not at_meeting(after.rules[each.key])}
    shown = [
        each
        for each in found
        if each.until_on not in reports or not at_meeting(after.rules[each.key])
    ]
    return AfterEvent(tuple(shown), tuple(ways), len(every) - len(found))


def after_move(
    session: Session,
    year: PlanningYear,
    known: KnownPlans,
    tried: Tried,
    moved: Mapping[int, date | None],
) -> tuple[WayOut, ...]:
    """The ways out for what loses its meeting, or comes to it too late, when meetings move."""
    before, after = tried.before, tried.after
    if before is None:
        return ()
    days = _Days(session, year, council_facts.calendar(session))
    hidden = timetable.hidden_rules(after.rules, known)
    lost = {
        key: ready_on
        for key, rule in after.rules.items()
        if key not in hidden
        and at_meeting(rule)
        and (mine := before.dated.get(key)) is not None
        and (ready_on := _ready(after, rule)) is not None
        and _is_lost(rule, mine, after.dated.get(key), ready_on, moved, days)
    }
    return tuple(_ways(session, year, days, before, after, lost, moved))


def _is_lost(
    rule: StepRule,
    mine: Dated,
    its: Dated | None,
    ready_on: date,
    moved: Mapping[int, date | None],
    days: _Days,
) -> bool:
    """Whether a step no longer is at the meeting that it had (on its new day), or is there with
    papers that come too late."""
    if its is None:
        return True
    at = {
        (each.title, moved.get(days.rows[each.title, each.on].id, each.on))
        for each in mine.meetings
        if (each.title, each.on) in days.rows
    }
    jumped = any((each.title, each.on) not in at for each in its.meetings)
    return jumped or ready_on > papers_on(rule, its)


def _ready(after: Solution, rule: StepRule) -> date | None:
    """When all is there that a step at a meeting needs, apart from its own report; None when
    something has no date."""
    named = [each.when for each in parse_which(rule.which) if each.word == "report_after"]
    needed = set(named)
    for key in rule.predecessors:
        other = after.rules.get(key)
        if other is not None and not (
            other.anchor_kind == "meeting" and other.anchor == rule.anchor and other.offset < 0
        ):
            needed.add(key)
    found = [after.dated[key].due_on for key in needed if key in after.dated]
    return max(found) if found and len(found) == len(needed) else None


def _ways(
    session: Session,
    year: PlanningYear,
    days: _Days,
    before: Solution,
    after: Solution,
    lost: Mapping[str, date],
    moved: Mapping[int, date | None],
) -> Iterable[WayOut]:
    """One for each step at a meeting; of several steps at one meeting the one that is ready
    last."""
    _, limits = applicable.rules_of(session, year, applicable.model_of(session, year))
    last_days = Limits(limits, after.rules, after.dated, year.writes_from).last_days()
    found: dict[int, WayOut] = {}
    for key, ready_on in lost.items():
        rule, dated = after.rules[key], before.dated[key]
        if not at_meeting(rule):
            continue
        for meeting in dated.meetings:
            row = days.rows.get((meeting.title, meeting.on))
            if row is None:
                continue
            way = _way(days, rule, meeting, row, ready_on, last_days.get(key), moved)
            if row.id not in found or found[row.id].ready_on < ready_on:
                found[row.id] = way
    return sorted(found.values(), key=lambda each: (each.meets_on, each.body))


def _way(
    days: _Days,
    rule: StepRule,
    meeting: Meeting,
    row: Any,
    ready_on: date,
    last_on: date | None,
    moved: Mapping[int, date | None],
) -> WayOut:
    on = moved.get(row.id, meeting.on)
    meets_on = on or meeting.on
    ready_on = max(ready_on, clock.today())
    law = publication_under(days.papers.ruled, days.calendar, row.body_kind, meets_on)
    until_on = days.supplement(row, meets_on)
    # A meeting that is not held has no day of its own any more.
    from_on = meets_on if on else meets_on + timedelta(days=1)
    move_to = days.first(from_on, lambda day: days.report(row, day), ready_on)
    call_on = days.first(ready_on, lambda day: days.supplement(row, day), ready_on)
    return WayOut(
        step=rule.title,
        body=meeting.title,
        meeting_id=row.id,
        meets_on=meets_on,
        held=on is not None,
        ready_on=ready_on,
        keeps_time=False,
        more_days=max(0, days.calendar.in_hand(days.report(row, meets_on), until_on)),
        follow_until=until_on,
        can_follow=row.public and ready_on <= until_on,
        law=law.words,
        move_to=_within(move_to, last_on),
        call_on=_within(call_on, last_on),
        last_on=last_on,
    )


def _within(on: date | None, last_on: date | None) -> date | None:
    return on if on is not None and (last_on is None or on <= last_on) else None


_MEETINGS = text("""
SELECT meeting.id, body.key, body.framework_key, body.name, body.kind AS body_kind, body.public,
       meeting.on_date
FROM meeting JOIN body ON body.id = meeting.body_id
WHERE meeting.status <> 'cancelled' AND meeting.on_date BETWEEN :first AND :last
""")
