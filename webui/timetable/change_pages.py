"""What the pages of changed dates show: consequences, a change and its standing, the ledger."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import parse_date
from cycle import access, council_facts
from cycle.errors import Blocked, NotFound, NotPermitted
from cycle.models import (
    Body,
    DateChange,
    Meeting,
    Person,
    Plan,
    PlanningYear,
    Step,
    Task,
)
from cycle.people import Actor
from cycle.schedule.diff import Difference
from webui.timetable import pages as timetable_pages
from webui.timetable.pages import YearFrame, short_title, year_of
from workflows.core import engine
from workflows.core.engine import Choice as Offered
from workflows.framework import versions as pinned
from workflows.record import history
from workflows.timetable import baselines, impact, rescheduling
from workflows.timetable.baselines import Baseline


@dataclass(frozen=True)
class Line:
    """A moved step, once for all plans that share both days; ``count`` of them."""

    title: str
    before: date | None
    after: date | None
    days: int
    count: int


@dataclass(frozen=True)
class Loss:
    """A post that has less time."""

    who: str
    unit: str
    days: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Follows:
    """The consequences as a page tells them."""

    lines: list[Line]
    less_time: list[Loss]
    breaches: list[str]
    mended: list[str]
    clashes: list[tuple[date, str, tuple[str, ...]]]
    withheld: int
    more_breaks: bool

    @property
    def nothing(self) -> bool:
        """Whether nothing follows at all, told or not."""
        told = self.lines or self.breaches or self.mended or self.clashes
        return not (told or self.withheld or self.more_breaks)


@dataclass(frozen=True)
class MovesPage:
    """Dates to move in a year, and the proposal that waits for it, if any."""

    year: YearFrame
    follows: Follows
    waiting: str | None
    changes: list[Any]


@dataclass(frozen=True)
class ChangePage:
    """One change of dates."""

    change_id: int
    version: int
    ref: str
    title: str
    state_label: str
    about: str
    reason: str
    who: str
    at: datetime
    year_ref: str
    year_title: str
    plan: Any
    follows: Follows
    used: int
    left: int
    choices: list[Offered]
    events: list[dict[str, Any]]


@dataclass(frozen=True)
class StepPage:
    """One answer to confirm."""

    change_id: int
    version: int
    ref: str
    title: str
    choice: Offered
    count: int


@dataclass(frozen=True)
class LedgerPage:
    """What was issued, and what has moved since."""

    issued: list[Baseline]
    slips: list[Any]
    changes: list[Any]
    withheld: int


@dataclass(frozen=True)
class WhatIfPage:
    """A meeting, a day to try, and what would follow in each year."""

    meeting: Meeting
    body: Body
    on: date | None
    years: list[tuple[str, str, Follows]]
    warnings: list[str]


@dataclass(frozen=True)
class TaskPage:
    """A task for which more time is asked."""

    task: Task
    step: Step
    plan: Plan
    in_hand: int


def _officer(actor: Actor) -> None:
    if not access.is_officer(actor):
        raise NotFound(access.GONE)


def told(difference: Difference) -> Follows:
    """A difference in the words and the order of a page."""
    groups: dict[tuple[str, date | None, date | None, int], int] = {}
    for each in difference.moved:
        key = (each.title, each.before, each.after, each.days)
        groups[key] = groups.get(key, 0) + 1
    lines = [Line(*key, count) for key, count in groups.items()]
    return Follows(
        sorted(lines, key=lambda each: (each.after or each.before or date.max, each.title)),
        [
            Loss(each.role, each.unit, each.days, tuple(dict.fromkeys(s.title for s in each.steps)))
            for each in difference.less_time
        ],
        [each.sentence for each in difference.breaches],
        [each.sentence for each in difference.mended],
        [
            (each.on, ", ".join(filter(None, (each.role, each.unit))), each.titles)
            for each in difference.clashes
        ],
        difference.withheld,
        difference.more_breaks,
    )


_CHANGES = """
SELECT subject.ref, subject.title, subject.state, subject.lifecycle, date_change.about,
       date_change.saved_at, person.name
FROM date_change JOIN subject ON subject.id = date_change.id
JOIN person ON person.id = date_change.proposed_by_id
LEFT JOIN subject AS plan ON plan.id = date_change.plan_id
WHERE date_change.planning_year_id = :year AND (plan.id IS NULL OR {known})
ORDER BY date_change.id DESC
"""


def _of_known_plans(session: Session, actor: Actor, statement: str, year: PlanningYear) -> Any:
    """The rows of a statement whose conditions are for this person: what she may know of, and what
    of it is withheld."""
    known = access.rights.knows_plan(actor, "plan")
    works = access.rights.works_on_plan(actor, "about")
    asked = {"year": year.id, "withheld": access.WITHHELD, **access.bound(actor)}
    return session.execute(text(statement.format(known=known, works=works)), asked)


def _changes(session: Session, actor: Actor, year: PlanningYear) -> list[Any]:
    lifecycles = pinned.of(year).lifecycles
    return [
        {
            "ref": row.ref,
            "title": row.title,
            "state": lifecycles[row.lifecycle].states[row.state].label,
            "open": row.state in ("proposed", "approved", "asked"),
            "about": row.about,
            "at": row.saved_at,
            "who": row.name,
        }
        for row in _of_known_plans(session, actor, _CHANGES, year)
    ]


def moves_page(session: Session, actor: Actor, ref: str) -> MovesPage:
    """What follows from the facts for a year. Raises NotFound."""
    year = year_of(session, ref)
    shown = timetable_pages.year_frame(session, actor, ref)
    started = year.state in ("open", "deciding")
    follows = told(impact.follow(session, year, shown.known) if started else _NOTHING)
    changes = _changes(session, actor, year) if access.is_officer(actor) else []
    waiting = next(
        (each["ref"] for each in changes if each["open"] and each["about"] == "facts"), None
    )
    return MovesPage(shown, follows, waiting, changes)


_NOTHING = Difference((), (), (), (), ())


def _change(session: Session, actor: Actor, ref: str) -> DateChange:
    _officer(actor)
    wanted = select(DateChange).where(DateChange.ref == ref, access.known_right(actor))
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound(access.GONE)
    return found


def change_page(session: Session, actor: Actor, ref: str) -> ChangePage:
    """One change with what it moves. Raises NotFound."""
    change = _change(session, actor, ref)
    year = session.get_one(PlanningYear, change.planning_year_id)
    readable = access.may_read_record(session, actor, change)
    known = access.known_plans(session, actor, year.id)
    moved = rescheduling.read(change.moves)
    used, left = 0, 0
    if change.about == "more_time":
        calendar = council_facts.calendar(session)
        (only,) = moved
        used = calendar.in_hand(only.from_on or only.to_on, only.to_on)
        left = calendar.in_hand(only.to_on, parse_date(only.after["latest_on"]))
    state = pinned.of(change).lifecycles[change.lifecycle].states[change.state]
    return ChangePage(
        change_id=change.id,
        version=change.version,
        ref=change.ref,
        title=change.title,
        state_label=state.label,
        about=change.about,
        reason=change.reason if readable else access.WITHHELD,
        who=session.get_one(Person, change.proposed_by_id).name,
        at=change.saved_at,
        year_ref=year.ref,
        year_title=short_title(year),
        plan=session.get(Plan, change.plan_id) if change.plan_id else None,
        follows=told(impact.of_moves(session, year, known, moved)),
        used=used,
        left=left,
        choices=engine.choices(session, change, actor),
        events=history.told(session, actor, change),
    )


def step_page(session: Session, actor: Actor, ref: str, action: str) -> StepPage:
    """One answer. Raises NotFound, NotPermitted, or NotAvailable when it is not open."""
    change = _change(session, actor, ref)
    offered = engine.choice(session, change, actor, action)
    return StepPage(change.id, change.version, ref, change.title, offered, dated(change))


def dated(change: DateChange) -> int:
    """How many dates a change moves."""
    return sum(each.is_dated_anew for each in rescheduling.read(change.moves))


_SLIPS = """
SELECT plan.id IS NULL OR {known} AS known,
       slip.title, slip.planned_on, slip.from_on, slip.to_on, slip.in_hand, slip.at,
       CASE WHEN about.id IS NULL OR {works} THEN slip.why ELSE :withheld END AS why,
       person.name, subject.ref
FROM slip
JOIN person ON person.id = slip.person_id JOIN subject ON subject.id = slip.change_id
JOIN date_change ON date_change.id = slip.change_id
LEFT JOIN subject AS about ON about.id = date_change.plan_id
LEFT JOIN step ON step.planning_year_id = slip.planning_year_id AND step.key = slip.step_key
LEFT JOIN subject AS plan ON plan.id = step.plan_id
WHERE slip.planning_year_id = :year
ORDER BY slip.id DESC
"""


def ledger_page(session: Session, actor: Actor, ref: str) -> LedgerPage:
    """What was issued and what has moved since. Raises NotFound."""
    _officer(actor)
    year = year_of(session, ref)
    grouped: dict[tuple[Any, ...], dict[str, Any]] = {}
    every = _of_known_plans(session, actor, _SLIPS, year).all()
    told_ones = [row for row in every if row.known]
    for row in told_ones:
        key = (row.ref, row.title, row.planned_on, row.from_on, row.to_on, row.at)
        line = grouped.setdefault(key, {**row._mapping, "count": 0})
        line["count"] += 1
        line["in_hand"] = min(line["in_hand"], row.in_hand)
    return LedgerPage(
        list(reversed(baselines.all_of(session, year.id))),
        list(grouped.values()),
        _changes(session, actor, year),
        len(every) - len(told_ones),
    )


def what_if_page(session: Session, actor: Actor, meeting_id: int, on: date | None) -> WhatIfPage:
    """What would follow if a meeting were on another day. Raises NotFound, Blocked when the body
    meets on that day already."""
    _officer(actor)
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.status == "cancelled":
        raise NotFound(access.GONE)
    body = session.get_one(Body, meeting.body_id)
    years, warnings = [], []
    if on is not None:
        why = council_facts.calendar(session).why_not_working(on)
        if why:
            warnings.append(f"{body.name} would meet on a day that is not a working day: {why}.")
        taken = session.scalar(
            select(Meeting.id).where(
                Meeting.body_id == body.id,
                Meeting.on_date == on,
                Meeting.status != "cancelled",
                Meeting.id != meeting.id,
            )
        )
        if taken is not None:
            raise Blocked(f"{body.name} meets on that day already. Try another day.")
        for year in impact.years_of(session, (meeting.on_date, on)):
            known = access.known_plans(session, actor, year.id)
            follows = told(impact.follow(session, year, known, {meeting.id: on}))
            years.append((year.ref, short_title(year), follows))
    return WhatIfPage(meeting, body, on, years, warnings)


def task_page(session: Session, actor: Actor, task_id: int) -> TaskPage:
    """The task for which more time is asked. Raises NotFound, NotPermitted."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound(access.GONE)
    plan = session.get(Plan, task.subject_id)
    if plan is None or not access.may_read_text(session, actor, plan):
        raise NotFound(access.GONE)
    if task.queue_id not in actor.queue_ids:
        raise NotPermitted("More time is asked for by whoever has the task.")
    step = session.get(Step, task.step_id) if task.step_id else None
    if step is None or task.closed_at is not None:
        raise NotFound("This task is done, or has no date of the timetable, so it cannot move.")
    calendar = council_facts.calendar(session)
    return TaskPage(task, step, plan, calendar.in_hand(step.due_on, step.latest_on))
