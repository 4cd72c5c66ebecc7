"""What follows for the council's own dates from a fact, or from a meeting if it were moved.

The rule that lives here: one and the same answer for "what if", for dates to move and for a saved
proposal: what moves, which post has less time, what breaks, what falls together. It tells of
plans of which the reader may know, and counts the dates of the others. Nothing is written and
nobody is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.council import Event
from config.dates import parse_date
from config.framework import Framework
from config.lifecycles.phases import WORKING
from config.rules import StepRule
from cycle import access, council_facts
from cycle.access import KnownPlans
from cycle.calendar import Calendar
from cycle.models import PlanningYear
from cycle.schedule import solve as schedule
from cycle.schedule.diff import NOBODY, Difference, Entry, Timetable, compare
from cycle.schedule.parts import Problem, Solution
from workflows.framework import applicable, pinned
from workflows.timetable import rescheduling, timetable
from workflows.timetable.rescheduling import Move

_PLANS = text(f"""
SELECT plan.id, plan.plan_type, {access.TITLE_OUTSIDE} AS title, coalesce(unit.name, '') AS unit,
       unit.parent_id IS NULL AS whole
FROM plan JOIN subject ON subject.id = plan.id LEFT JOIN unit ON unit.id = subject.unit_id
WHERE plan.planning_year_id = :year
""")  # noqa: S608
_MEETINGS = text("""
SELECT meeting.id, body.framework_key, body.name, meeting.on_date, meeting.kind
FROM meeting JOIN body ON body.id = meeting.body_id
WHERE meeting.status <> 'cancelled' AND meeting.on_date BETWEEN :first AND :last
  AND body.kind IN ('council', 'cabinet', 'committee')
""")


def years_of(session: Session, on: Iterable[date]) -> list[PlanningYear]:
    """The years in which work is going on and whose dates can hang on meetings of these days."""
    days = list(on)
    found = session.scalars(
        select(PlanningYear).where(PlanningYear.phase.in_(WORKING)).order_by(PlanningYear.id)
    )
    return [
        year
        for year in found
        if any(first <= day <= last for day in days
               for first, last in [schedule.window(year.writes_from)])
    ]  # fmt: skip


@dataclass(frozen=True)
class _Side:
    """The steps as they are written by key, what is wrong with them, and the meetings."""

    steps: Mapping[str, dict[str, Any]]
    problems: Sequence[Problem] = ()
    meetings: Sequence[schedule.Meeting] = ()


@dataclass(frozen=True)
class Tried:
    """What differs, with the dates on both sides (``before`` None: those that are written down),
    how many dates were compared and how many meetings were looked at."""

    difference: Difference
    before: Solution | None
    after: Solution
    dates: int
    meetings: int


def follow(
    session: Session,
    year: PlanningYear,
    known: KnownPlans,
    moved_meetings: Mapping[int, date | None] | None = None,
    calendars: tuple[Calendar, Calendar] | None = None,
    events: tuple[Sequence[Event], Sequence[Event]] | None = None,
) -> Difference:
    """What would differ from the dates that are written down, by the facts of today; see
    ``tried``."""
    return tried(session, year, known, moved_meetings, calendars, events).difference


def tried(
    session: Session,
    year: PlanningYear,
    known: KnownPlans,
    moved_meetings: Mapping[int, date | None] | None = None,
    calendars: tuple[Calendar, Calendar] | None = None,
    events: tuple[Sequence[Event], Sequence[Event]] | None = None,
) -> Tried:
    """The same with the dates on both sides.

    With ``moved_meetings`` (days by id; None: not held): what would differ if these meetings were
    moved, so that what already follows from another fact is not counted again. With ``calendars``
    or outside ``events``: what differs by the second ones from what there is by the first.
    """
    plans = timetable.running(session, year)
    current = rescheduling.written(session, year.id)
    problems: tuple[Problem, ...] = ()
    usual: Solution | None = None
    before, calendar = calendars or (None, council_facts.calendar(session))
    was, now = events or (None, None)
    if moved_meetings or calendars or events:
        usual, rows = timetable.rows_of(session, year, plans, calendar=before, events=was)
        current = _written_as(current, rows)
        problems = usual.problems
    solution, rows = timetable.rows_of(session, year, plans, moved_meetings, calendar, now)
    before_it = _Side(current, problems, _meetings(session, year, {}))
    meetings = _meetings(session, year, moved_meetings or {})
    after_it = _Side(_written_as(current, rows), solution.problems, meetings)
    reader = _Reader(_Names(session, year), calendar, known, solution.rules)
    difference = reader.compared(before_it, after_it)
    return Tried(difference, usual, solution, len(current), len(meetings))


def _written_as(
    current: dict[str, dict[str, Any]], rows: Iterable[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The steps as they would stand if these rows were written."""
    return current | {each.key: each.after for each in rescheduling.compared(current, rows)}


def of_moves(
    session: Session, year: PlanningYear, known: KnownPlans, moved: Iterable[Move]
) -> Difference:
    """The same answer for dates that were saved: from what stood then to what they say."""
    listed = list(moved)
    before = _Side({each.key: each.before for each in listed if each.before})
    after = _Side({each.key: each.after for each in listed})
    reader = _Reader(_Names(session, year), council_facts.calendar(session), known, {})
    return reader.compared(before, after)


def _meetings(
    session: Session, year: PlanningYear, moved_meetings: Mapping[int, date | None]
) -> list[schedule.Meeting]:
    first, last = schedule.window(year.writes_from)
    rows = session.execute(_MEETINGS, {"first": first, "last": last}).all()
    days = [(row, moved_meetings.get(row.id, row.on_date)) for row in rows]
    return [
        schedule.Meeting(row.framework_key, on, row.name, row.kind)
        for row, on in days
        if on is not None
    ]


@dataclass(frozen=True)
class _Reader:
    """Who is told: of the plans of which she may know, and how many dates of others move."""

    names: "_Names"
    calendar: Calendar
    known: KnownPlans
    rules: Mapping[str, StepRule]

    def compared(self, before: _Side, after: _Side) -> Difference:
        """The difference as it is told to her."""
        visible = compare(self._visible(before), self._visible(after), self.calendar)
        if not self.known.hidden:
            return visible
        rest = compare(self._rest(before), self._rest(after), self.calendar)
        all_breaks = len(rest.breaches) + len(rest.mended)
        more_breaks = all_breaks > len(visible.breaches) + len(visible.mended)
        return replace(visible, withheld=len(rest.moved), more_breaks=more_breaks)

    def _visible(self, side: _Side) -> Timetable:
        steps = {key: each for key, each in side.steps.items() if self.known.has(each["plan_id"])}
        problems = timetable.problems_known(side.problems, self.rules, self.known)
        return Timetable(self.names.entries(steps, self.calendar), problems, side.meetings)

    def _rest(self, side: _Side) -> Timetable:
        """The steps that are not told, and all that is wrong."""
        hidden = self.known.hidden
        steps = {key: each for key, each in side.steps.items() if each["plan_id"] in hidden}
        return Timetable(self.names.entries(steps, self.calendar), side.problems)


class _Names:
    """Whose each step is, in words, read once."""

    def __init__(self, session: Session, year: PlanningYear):
        self._framework: Framework = pinned.of(year)
        self._rules = {rule.key: rule for rule in applicable.pattern_of(year).steps}
        self._plans = {row.id: row for row in session.execute(_PLANS, {"year": year.id})}

    def entries(self, steps: Mapping[str, dict[str, Any]], calendar: Calendar) -> list[Entry]:
        """Steps as the comparison reads them; titles tell the plan where there are several."""
        return [self._entry(key, step, calendar) for key, step in steps.items()]

    def _entry(self, key: str, step: dict[str, Any], calendar: Calendar) -> Entry:
        plan = self._plans.get(step["plan_id"])
        due_on, latest_on = parse_date(step["due_on"]), parse_date(step["latest_on"])
        unit = plan.unit if plan and not plan.whole else ""
        return Entry(
            key,
            step["title"],
            self._role(step["rule"], plan),
            unit,
            parse_date(step["starts_on"]),
            due_on,
            latest_on,
            calendar.in_hand(due_on, latest_on),
        )

    def _role(self, key: str, plan: Any) -> str:
        rule = self._rules.get(key)
        role = self._framework.role_at(rule.role if rule else "", plan.plan_type if plan else "")
        if role in NOBODY:
            return role
        return self._framework.roles[role].title if role in self._framework.roles else role
