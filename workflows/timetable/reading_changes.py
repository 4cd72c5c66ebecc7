"""What the pages of changed dates show: what is to move, a change and its status, the ledger."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import parse_date
from config.lifecycles.phases import WORKING
from cycle import access, clock, council_facts
from cycle.errors import NotFound, NotPermitted
from cycle.models import DateChange, Person, Plan, PlanningYear, Step, Task
from cycle.people import Actor
from cycle.schedule.diff import Difference
from workflows.core import engine
from workflows.core.engine import Choice as Offered
from workflows.framework import pinned
from workflows.framework.deadline_rules import days_in_hand
from workflows.timetable import baselines, change_requests, impact, late_events, rescheduling
from workflows.timetable.baselines import Baseline
from workflows.timetable.late_events import LateEvent
from workflows.timetable.reading import YearFrame, year_frame, year_of
from workflows.timetable.reading_impact import Follows, follows_from


@dataclass(frozen=True)
class MovesPage:
    """Dates to move in a year, events that came later than expected, and the proposal that waits
    for it, if any."""

    year: YearFrame
    follows: Follows
    late: list[LateEvent]
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
    phase: str
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
    step_changes: list[Any]
    changes: list[Any]
    withheld: int


@dataclass(frozen=True)
class TaskPage:
    """A task for which more time is asked: how many working days late it is today, and the first
    and last day that can be accepted (or why there is none)."""

    task: Task
    step: Step
    plan: Plan
    year_ref: str
    late: int
    days: tuple[date, date] | None
    in_hand: int
    why_none: str


def _officer(actor: Actor) -> None:
    if not access.is_officer(actor):
        raise NotFound(access.GONE)


_CHANGES = """
SELECT subject.ref, subject.title, subject.state, subject.phase, subject.lifecycle,
       date_change.about, date_change.saved_at, person.name
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
            "open": row.phase in change_requests.OPEN,
            "about": row.about,
            "at": row.saved_at,
            "who": row.name,
        }
        for row in _of_known_plans(session, actor, _CHANGES, year)
    ]


def moves_page(session: Session, actor: Actor, ref: str) -> MovesPage:
    """What follows from the facts for a year. Raises NotFound."""
    year = year_of(session, ref)
    shown = year_frame(session, actor, ref)
    started = year.phase in WORKING
    follows = follows_from(impact.follow(session, year, shown.known) if started else _NOTHING)
    changes = _changes(session, actor, year) if access.is_officer(actor) else []
    waiting = next(
        (each["ref"] for each in changes if each["open"] and each["about"] == "facts"), None
    )
    late = late_events.of_year(session, year, shown.known) if started else []
    return MovesPage(shown, follows, late, waiting, changes)


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
        phase=change.phase,
        about=change.about,
        reason=change.reason if readable else access.WITHHELD,
        who=session.get_one(Person, change.proposed_by_id).name,
        at=change.saved_at,
        year_ref=year.ref,
        year_title=year.title,
        plan=session.get(Plan, change.plan_id) if change.plan_id else None,
        follows=follows_from(impact.of_moves(session, year, known, moved)),
        used=used,
        left=left,
        choices=engine.choices(session, change, actor),
    )


def step_page(session: Session, actor: Actor, ref: str, action: str) -> StepPage:
    """One answer. Raises NotFound, NotPermitted, or NotAvailable when it is not open."""
    change = _change(session, actor, ref)
    offered = engine.choice(session, change, actor, action)
    return StepPage(change.id, change.version, ref, change.title, offered, dated(change))


def dated(change: DateChange) -> int:
    """How many dates a change moves."""
    return sum(each.is_redated for each in rescheduling.read(change.moves))


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
    known_rows = [row for row in every if row.known]
    for row in known_rows:
        key = (row.ref, row.title, row.planned_on, row.from_on, row.to_on, row.at)
        line = grouped.setdefault(key, {**row._mapping, "count": 0})
        line["count"] += 1
        line["in_hand"] = min(line["in_hand"], row.in_hand)
    return LedgerPage(
        list(reversed(baselines.all_of(session, year.id))),
        list(grouped.values()),
        _changes(session, actor, year),
        len(every) - len(known_rows),
    )


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
    days = change_requests.days_that_can_be(session, step)
    return TaskPage(
        task,
        step,
        plan,
        session.get_one(PlanningYear, step.planning_year_id).ref,
        max(0, -days_in_hand(calendar, clock.today(), step.due_on)),
        days,
        calendar.in_hand(max(step.due_on, clock.today()), step.latest_on) if days else 0,
        "" if days else change_requests.no_day_sentence(step),
    )
