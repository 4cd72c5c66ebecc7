"""All plans at a glance: stage, with whom, next step, days in hand, what blocks it.

Four statements whatever the number of plans: plans with their next step, open tasks with who has
them, the plans that others wait for, the calendar. Scoped by ``access.plans``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2s
from typing import Any

from sqlalchemy import FromClause, Select, any_, bindparam, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from config.dates import long_date
from config.framework import Framework, PlanType, Prerequisite
from config.lifecycles.phases import Phase
from cycle import access, clock, council_facts
from cycle.calendar import Calendar
from cycle.models import FrameworkVersion, Plan, PlanningYear, RouteStage, Step, Unit
from cycle.people import Actor
from workflows.framework import pinned
from workflows.framework.deadline_rules import days_in_hand
from workflows.plans import prerequisites
from workflows.queues import holders
from workflows.queues.holders import Holder, OpenTask

Columns = Select[*tuple[Any, ...]]
ENDED = "Ended"
WHOLE_COUNCIL = 0  # a department that no unit is: plans of the council as a whole


# Published frameworks keep no order of keys, so the order of the stages is told here.
STAGES = (
    "Not started",
    "Proposals",
    "Drafting",
    "Review",
    "Checks",
    "Committees",
    "Approved",
    "In force",
    ENDED,
)


@dataclass(frozen=True)
class Filters:
    """What the overview is narrowed to; None is everything. ``department`` is a unit and all below
    it, ``WHOLE_COUNCIL`` what is of none; ``person`` with whom, ``late`` only what is overdue.
    ``due_on``: a day, ``due_soon``: until ``soon_until``; ``waits_for``: a ``Wait`` by its key,
    ``waiting``: any; ``moved``: came to its stage since ``moved_since``. Plans that have ended are
    shown only when asked for."""

    year: int | None = None
    department: int | None = None
    plan_type: str | None = None
    stage: str | None = None
    person: int | None = None
    late: bool = False
    ended: bool = False
    due_on: date | None = None
    due_soon: bool = False
    waits_for: str | None = None
    waiting: bool = False
    moved: bool = False


@dataclass(frozen=True)
class Wait:
    """What a plan waits for, in a sentence; ``plan_type``: of the plans that hold it up, of its own
    unit alone with ``own_unit``; "" for colleagues who owe something, ``what`` and ``who``."""

    sentence: str
    plan_type: str = ""
    own_unit: bool = False
    what: str = ""
    who: str = ""

    @property
    def key(self) -> str:
        """The sentence in an address, in which no names of people stand."""
        return blake2s(self.sentence.encode(), digest_size=6).hexdigest()


def soon_until() -> date:
    """The last day of the next fourteen."""
    return clock.today() + timedelta(days=14)


def moved_since() -> date:
    """The first day of the last week."""
    return clock.today() - timedelta(days=7)


@dataclass(frozen=True)
class OverviewRow:
    """One plan in the overview. ``days_in_hand``: working days until its due day, below 0 late."""

    plan_id: int
    ref: str
    title: str
    type_key: str
    type_title: str
    unit: str
    department: str
    department_id: int | None
    year: str
    stage: str
    state_label: str
    tasks: tuple[OpenTask, ...]
    since_at: datetime
    next_step: str
    due_on: date | None
    days_in_hand: int | None
    waits: tuple[Wait, ...]
    came_at: datetime | None = None  # of the task that is the next step

    @property
    def blocks(self) -> tuple[str, ...]:
        """What it waits for, in sentences."""
        return tuple(each.sentence for each in self.waits)

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Who has it today."""
        return tuple({each.person_id: each for t in self.tasks for each in t.holders}.values())

    @property
    def who(self) -> str:
        """Who has it today, in words; nothing when nobody has to act."""
        return holders.names(self.holders) if self.tasks else ""

    @property
    def late(self) -> bool:
        """Whether its next step is overdue."""
        return self.days_in_hand is not None and self.days_in_hand < 0

    @property
    def due_soon(self) -> bool:
        """Whether its next step is due in the next fourteen days."""
        return self.due_on is not None and clock.today() <= self.due_on <= soon_until()

    @property
    def moved(self) -> bool:
        """Whether it came to its stage in the last week."""
        return clock.local_date(self.since_at) >= moved_since()


def plan_rows(session: Session, actor: Actor, filters: Filters | None = None) -> list[OverviewRow]:
    """Every plan of which this person may see the status, the most urgent first."""
    wanted = filters or Filters()
    rows = rows_from(
        session, session.execute(_statement(actor, wanted), {"today": clock.today()}).all()
    )
    kept = [row for row in rows if fits(row, wanted)]
    return sorted(kept, key=lambda row: (row.due_on or holders.NO_DATE, row.ref))


def in_order(stages: Collection[str]) -> list[str]:
    """Stages as a plan passes them; one that is not known here comes last."""
    known = [stage for stage in STAGES if stage in stages]
    return known + sorted(set(stages) - set(STAGES))


def _statement(actor: Actor, wanted: Filters) -> Columns:
    statement = access.plans(actor)
    if wanted.year is not None:
        statement = statement.where(Plan.planning_year_id == wanted.year)
    if wanted.plan_type:
        statement = statement.where(Plan.plan_type == wanted.plan_type)
    return columns(statement, wanted.department)


def _next_step() -> FromClause:
    """The next dated step of a plan; of one before its bodies the next meeting."""
    return (
        select(Step.title, Step.due_on)
        # Of a plan that has never moved the first step counts, even when its day has passed.
        .where(
            Step.plan_id == Plan.id,
            or_(Plan.generation == 1, Step.due_on >= bindparam("today")),
            or_(Plan.phase != Phase.BEFORE_BODIES, Step.meeting_id.is_not(None)),
        )
        .order_by(Step.due_on, Step.id)
        .limit(1)
        .correlate(Plan)
        .lateral("next_step")
    )


def _effect_on() -> Any:
    """The day on which the last decision on a plan takes effect, where it waits for call-in."""
    last = select(func.max(RouteStage.round)).where(RouteStage.plan_id == Plan.id)
    ends = select(func.max(RouteStage.takes_effect_on)).where(
        RouteStage.plan_id == Plan.id,
        RouteStage.round == last.correlate(Plan).scalar_subquery(),
    )
    return ends.correlate(Plan).scalar_subquery()


def columns(statement: Columns, department: int | None = None) -> Columns:
    """The columns of the overview, each plan with its next dated step; ``today`` is bound."""
    unit, top, year = Unit.__table__.alias(), Unit.__table__.alias(), aliased(PlanningYear)
    step = _next_step()
    narrowed = statement.with_only_columns(
        Plan.id,
        Plan.ref,
        Plan.title,
        Plan.plan_type,
        Plan.lifecycle,
        Plan.state,
        Plan.state_since_at,
        Plan.unit_id,
        Plan.phase,
        Plan.in_force_from_on,
        Plan.until_on,
        Plan.framework_version_id,
        FrameworkVersion.sha256,
        unit.c.name.label("unit"),
        top.c.name.label("department"),
        top.c.id.label("department_id"),
        year.title.label("year"),
        year.number,
        step.c.title.label("step"),
        _effect_on().label("takes_effect_on"),
        step.c.due_on.label("step_due_on"),
    )
    joined: Columns = (
        narrowed.join(FrameworkVersion, FrameworkVersion.id == Plan.framework_version_id)
        .outerjoin(unit, unit.c.id == Plan.unit_id)
        .outerjoin(top, top.c.id == unit.c.path[2])
        .outerjoin(year, year.id == Plan.planning_year_id)
        .outerjoin(step, true())
    )
    if department == WHOLE_COUNCIL:
        joined = joined.where(top.c.id.is_(None))
    elif department is not None:
        joined = joined.where(literal(department) == any_(unit.c.path))
    return joined


def rows_from(session: Session, found: Sequence[Any]) -> list[OverviewRow]:
    """The overview's rows for plans that have been read with its ``columns``; no right is asked for
    here."""
    if not found:
        return []
    frameworks = {
        row.sha256: pinned.of_row(session, row.framework_version_id, row.sha256) for row in found
    }
    tasks = holders.open_tasks(session, [row.id for row in found])
    asked = {row.id: _prerequisites(frameworks[row.sha256], row) for row in found}
    first_on = min(row.in_force_from_on for row in found)
    last_on = max(row.in_force_from_on for row in found)
    every = {prerequisite for each in asked.values() for prerequisite in each}
    running = prerequisites.running_plans(
        session, every, prerequisites.year_before(first_on), last_on
    )
    calendar, today = council_facts.calendar(session), clock.today()
    return [
        _row(
            row,
            frameworks[row.sha256],
            tasks.get(row.id, []),
            prerequisites.unmet_among(running, row, row.number or 1, asked[row.id]),
            _Days(calendar, today),
        )
        for row in found
    ]


@dataclass(frozen=True)
class _Days:
    calendar: Calendar
    today: date

    def left(self, due_on: date | None) -> int | None:
        return None if due_on is None else days_in_hand(self.calendar, self.today, due_on)


def _prerequisites(framework: Framework, row: Any) -> tuple[Prerequisite, ...]:
    """What must exist before this plan can go on from where it stands."""
    kind: PlanType = framework.plan_types[row.plan_type]
    guards = {
        rule.name
        for transition in framework.lifecycles[row.lifecycle].transitions
        if row.state in transition.from_
        for rule in transition.guards
    }
    return tuple(each for name in sorted(guards) for each in prerequisites.of_guard(kind, name))


def _row(
    row: Any,
    framework: Framework,
    tasks: Sequence[OpenTask],
    unmet: Iterable[prerequisites.Unmet],
    days: _Days,
) -> OverviewRow:
    state = framework.lifecycles[row.lifecycle].states[row.state]
    dated = next((task for task in tasks if task.due_on), None)
    first = dated or (tasks[0] if tasks else None)
    if first:
        next_step, due_on = first.label, first.due_on
    else:
        next_step, due_on = _by_itself(row, final=state.final)
    return OverviewRow(
        row.id,
        row.ref,
        row.title,
        row.plan_type,
        framework.plan_types[row.plan_type].title,
        row.unit or "",
        row.department or "",
        row.department_id,
        row.year or "",
        state.stage,
        state.label,
        tuple(tasks),
        row.state_since_at,
        next_step,
        due_on,
        days.left(due_on),
        (*_held_up(unmet), *_awaited(tasks)),
        first.opened_at if first else None,
    )


def _by_itself(row: Any, *, final: bool) -> tuple[str, date | None]:
    """What comes next of a plan for which nobody has a task, and by when."""
    if final:
        return "", None
    if row.phase == Phase.SETTLED and row.in_force_from_on > clock.today():
        return "Takes effect", row.in_force_from_on
    if row.phase == Phase.BEFORE_BODIES and row.takes_effect_on is not None:
        return "Takes effect when call-in has ended, if it is not called in", row.takes_effect_on
    if row.phase == Phase.IN_FORCE:
        return f"In force until {long_date(row.until_on - timedelta(days=1))}", None
    return row.step or "", row.step_due_on


def _held_up(unmet: Iterable[prerequisites.Unmet]) -> list[Wait]:
    """The plans without which it cannot go on."""
    return [
        Wait(each.sentence, each.of.plan_type, each.of.which == "own_unit")
        for each in unmet
        if each.severity == "block"
    ]


def _awaited(tasks: Sequence[OpenTask]) -> list[Wait]:
    """Contributions and comments that others still owe."""
    return [
        Wait(f"Waiting for {task.who}: {task.label}.", what=task.label, who=task.who)
        for task in tasks
        if task.kind == "contribute" or task.kind.startswith("comment_")
    ]


def fits(row: OverviewRow, wanted: Filters) -> bool:
    """Whether a row fits the filters but for year, department and kind: a statement asks these."""
    if wanted.stage:
        if row.stage != wanted.stage:
            return False
    elif row.stage == ENDED and not wanted.ended:
        return False
    if wanted.late and not row.late:
        return False
    if wanted.person is not None and all(x.person_id != wanted.person for x in row.holders):
        return False
    return _is_due(row, wanted) and _is_awaited(row, wanted) and (not wanted.moved or row.moved)


def _is_due(row: OverviewRow, wanted: Filters) -> bool:
    if wanted.due_on is not None and row.due_on != wanted.due_on:
        return False
    return not wanted.due_soon or row.due_soon


def _is_awaited(row: OverviewRow, wanted: Filters) -> bool:
    if wanted.waits_for is not None and all(x.key != wanted.waits_for for x in row.waits):
        return False
    return not wanted.waiting or bool(row.waits)
