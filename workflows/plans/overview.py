"""All plans at a glance: stage, with whom, next step, days in hand, what blocks it.

Four statements whatever the number of plans: plans with their next step, open tasks with who has
them, the plans that others wait for, the calendar. Scoped by ``access.plans``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import FromClause, Select, any_, bindparam, func, literal, or_, select, text, true
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
    it, ``person`` with whom, ``late`` only what is overdue. Plans that have ended are shown
    only when asked for."""

    year: int | None = None
    department: int | None = None
    plan_type: str | None = None
    stage: str | None = None
    person: int | None = None
    late: bool = False
    ended: bool = False


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
    year: str
    stage: str
    state_label: str
    tasks: tuple[OpenTask, ...]
    since_at: datetime
    next_step: str
    due_on: date | None
    days_in_hand: int | None
    blocks: tuple[str, ...]
    came_at: datetime | None = None  # of the task that is the next step

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


def plan_rows(session: Session, actor: Actor, filters: Filters | None = None) -> list[OverviewRow]:
    """Every plan of which this person may see the status, the most urgent first."""
    wanted = filters or Filters()
    rows = rows_from(
        session, session.execute(_statement(actor, wanted), {"today": clock.today()}).all()
    )
    kept = [row for row in rows if _kept(row, wanted)]
    return sorted(kept, key=lambda row: (row.due_on or holders.NO_DATE, row.ref))


@dataclass(frozen=True)
class Offered:
    """What the overview's filters offer, as (value, words), and the framework of the council; None,
    with nothing to choose from, before one is published."""

    framework: Framework | None
    years: list[tuple[int, str]]
    departments: list[tuple[int, str]]
    plan_types: list[tuple[str, str]]
    stages: list[str]


_OFFERED = text("""
SELECT 'framework' AS what, framework_version.id, framework_version.sha256 AS words,
       '' AS level, 0 AS rank
FROM council JOIN subject ON subject.id = council.id
JOIN framework_version ON framework_version.id = subject.framework_version_id
UNION ALL
SELECT 'year', planning_year.id, subject.title, '', -planning_year.writes_from
FROM planning_year JOIN subject ON subject.id = planning_year.id
WHERE subject.phase <> 'not_started'
UNION ALL
SELECT 'unit', id, name, level, 0 FROM unit
ORDER BY rank, words
""")


def offered(session: Session) -> Offered:
    """The years, departments, kinds of plan and stages among which the page lets people choose.
    One statement."""
    rows = session.execute(_OFFERED).all()
    pin = next((row for row in rows if row.what == "framework"), None)
    if pin is None:
        return Offered(None, [], [], [], [])
    framework = pinned.of_row(session, pin.id, pin.words)
    second = framework.levels[1].key
    stages = {
        state.stage
        for lifecycle in framework.lifecycles.values()
        if lifecycle.subject == "plan"
        for state in lifecycle.states.values()
    }
    return Offered(
        framework,
        [(row.id, row.words) for row in rows if row.what == "year"],
        [(row.id, row.words) for row in rows if row.what == "unit" and row.level == second],
        sorted(
            ((key, kind.title) for key, kind in framework.plan_types.items()),
            key=lambda each: each[1],
        ),
        in_order(stages),
    )


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
    if department is not None:
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
        row.year or "",
        state.stage,
        state.label,
        tuple(tasks),
        row.state_since_at,
        next_step,
        due_on,
        days.left(due_on),
        (*prerequisites.sentences(unmet, "block"), *_awaited(tasks)),
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


def _awaited(tasks: Sequence[OpenTask]) -> list[str]:
    """Contributions and comments that others still owe."""
    return [
        f"Waiting for {task.who}: {task.label}."
        for task in tasks
        if task.kind == "contribute" or task.kind.startswith("comment_")
    ]


def _kept(row: OverviewRow, wanted: Filters) -> bool:
    if wanted.stage:
        if row.stage != wanted.stage:
            return False
    elif row.stage == ENDED and not wanted.ended:
        return False
    if wanted.late and not row.late:
        return False
    return wanted.person is None or any(each.person_id == wanted.person for each in row.holders)
