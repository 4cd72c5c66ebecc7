"""The facts from which a planning year is dated: rules, meetings, events, calendar, limits.

The rule that lives here: what counts for a year today. Some of it may be said to be otherwise (a
meeting on another day, another calendar), so that it can be asked what would follow; nothing is
written here. Read once, a year may be solved as often as is wanted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import choices
from config.council import Event
from config.dates import long_date
from config.governance import Limit
from config.rules import TO_FOLLOW, StepRule
from cycle import council_facts
from cycle.calendar import Calendar
from cycle.models import PlanningYear
from cycle.schedule import solve as schedule
from cycle.schedule.solve import PlanUnit, Solution
from workflows.framework import applicable, pinned
from workflows.framework.deadline_rules import PapersOf

_MEETINGS = text("""
SELECT meeting.id, body.key, body.framework_key, body.name, meeting.on_date, meeting.kind,
       body.kind AS kind_of_body
FROM meeting JOIN body ON body.id = meeting.body_id
WHERE meeting.status <> 'cancelled' AND meeting.on_date BETWEEN :first AND :last
ORDER BY meeting.on_date, body.name
""")
# Meetings that are not held on the day that they had, and the day that they have, if any.
_GONE = text("""
SELECT body.key, body.framework_key, body.name, meeting.kind, body.kind AS kind_of_body,
       CASE WHEN meeting.status = 'cancelled' THEN meeting.on_date ELSE meeting.first_on_date END
         AS was_on,
       CASE WHEN meeting.status <> 'cancelled' THEN meeting.on_date END AS on_date
FROM meeting JOIN body ON body.id = meeting.body_id
WHERE (meeting.status = 'cancelled' OR meeting.on_date <> meeting.first_on_date)
  AND meeting.first_on_date BETWEEN :first AND :last
ORDER BY was_on, body.name
""")


@dataclass(frozen=True)
class Facts:
    """What ``schedule.solve`` asks for, and the ids of meetings by (body's name, day)."""

    year: int
    steps: Sequence[StepRule]
    meetings: Sequence[schedule.Meeting]
    meeting_ids: Mapping[tuple[str, date], int]
    events: Sequence[Event]
    calendar: Calendar
    bodies: Mapping[str, str]
    limits: Sequence[Limit]
    public: Collection[str]
    gone: Sequence[schedule.Gone] = ()

    def solve(
        self,
        units: Mapping[str, Sequence[PlanUnit]] | None = None,
        as_of: date | None = None,
        done: Collection[str] = (),
    ) -> Solution:
        """The dates of the year; see ``schedule.solve``."""
        return schedule.solve(
            self.steps,
            self.meetings,
            self.events,
            self.calendar,
            year=self.year,
            bodies=self.bodies,
            limits=self.limits,
            public=self.public,
            units=units,
            as_of=as_of,
            done=done,
            gone=self.gone,
        )


def facts(
    session: Session,
    year: PlanningYear,
    extra: Sequence[Any] = (),
    *,
    moved_meetings: Mapping[int, date | None] | None = None,
    calendar: Calendar | None = None,
    model: str = "",
    events: Sequence[Event] | None = None,
) -> Facts:
    """The facts of a year as they are today.

    ``extra`` are meetings that are not there yet; ``moved_meetings`` gives other days for some
    meetings (by id; None: not held), ``calendar`` another calendar and ``events`` other outside
    events: what if it were so. ``model`` is the governance model of plans that began under another
    one than the year.
    """
    framework = pinned.of(year)
    calendar = calendar or council_facts.calendar(session)
    first, last = schedule.window(year.writes_from)
    every = [*session.execute(_MEETINGS, {"first": first, "last": last}).all(), *extra]
    on_days = [(row, (moved_meetings or {}).get(row.id, row.on_date)) for row in every]
    held = [(row, on) for row, on in on_days if on is not None]
    steps, limits = applicable.rules_of(session, year, model or applicable.model_of(session, year))
    papers = PapersOf(session, framework, calendar)
    # The days of papers that follow are counted only where a step's papers may.
    follow = any(step.papers == TO_FOLLOW for step in steps)
    gone = [
        schedule.Gone(_meeting(papers, row, row.was_on, follow), _why_gone(row.on_date))
        for row in session.execute(_GONE, {"first": first, "last": last})
    ]
    gone += [
        schedule.Gone(_meeting(papers, row, row.on_date, follow), _why_gone(on, "would"))
        for row, on in on_days
        if on != row.on_date
    ]
    return Facts(
        year=year.writes_from,
        steps=steps,
        meetings=[_meeting(papers, row, on, follow) for row, on in held],
        meeting_ids={(row.name, on): row.id for row, on in held},
        events=council_facts.events(session) if events is None else events,
        calendar=calendar,
        bodies={key: body.title for key, body in framework.bodies.items()},
        limits=limits,
        public=choices.public_bodies(framework),
        gone=gone,
    )


def _meeting(papers: PapersOf, row: Any, on: date, follow: bool) -> schedule.Meeting:
    """A meeting of the body of a row on a day, with the days of its papers, and of those that may
    ``follow``."""
    return schedule.Meeting(
        row.framework_key,
        on,
        row.name,
        row.kind,
        papers.report_due_on(row.framework_key, row.key, on),
        papers.supplement_due_on(row.kind_of_body, on) if follow else None,
    )


def _why_gone(on: date | None, would: str = "") -> str:
    """Why a meeting is not held on its day: it is cancelled, or on another one."""
    if on is None:
        return "would not be held" if would else "is cancelled"
    return f"would move to {long_date(on)}" if would else f"has moved to {long_date(on)}"
