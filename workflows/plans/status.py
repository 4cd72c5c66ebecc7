"""One plan: where it is, who has it, since when, what next, by when; and its stages as a picture.

The stages are those of its lifecycle in order; one that this council's settings leave out (service
plans that end with officers) is not shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import Framework, PlanType
from config.lifecycles.phases import Phase
from config.lifecycles.shape import Lifecycle
from cycle import clock
from cycle.clock import local_date
from cycle.models import CouncilSetting, Event, Plan, Step
from workflows.framework import pinned
from workflows.framework.deadline_rules import came_late, hand_text
from workflows.plans import overview
from workflows.plans.overview import OverviewRow
from workflows.queues.holders import OpenTask

PROPOSALS = "Proposals"
COMMITTEES = "Committees"
IN_FORCE = "In force"
COLOURS = {
    "Not started": "grey",
    "Review": "purple",
    "Checks": "purple",
    COMMITTEES: "turquoise",
    "Approved": "green",
    IN_FORCE: "green",
    overview.ENDED: "grey",
}


@dataclass(frozen=True)
class StageAt:
    """A stage as seen from where the plan is: done, current or ahead; the note is the day on which
    it was done, or for which it is planned (fault S3)."""

    label: str
    stands: str
    note: str


@dataclass(frozen=True)
class PlanStatus:
    """The answers of a plan's page. Dates are local; ``days_in_hand`` are working days;
    ``came_late``: what is next came to whoever has it after its day."""

    state: str
    state_label: str
    stage: str
    since_at: datetime
    tasks: tuple[OpenTask, ...]
    who: str
    next_step: str
    due_on: date | None
    days_in_hand: int | None
    came_late: bool
    blocks: tuple[str, ...]
    stages: tuple[StageAt, ...]
    returned: bool
    year_number: int  # of the planning year; 1 for a plan without one

    @property
    def colour(self) -> str:
        """The colour of the state's tag; the words carry the meaning."""
        return "orange" if self.returned else COLOURS.get(self.stage, "blue")

    @property
    def _where(self) -> str:
        """The two gates have states of the same name; the first one says so."""
        if self.stage != PROPOSALS or self.stage.lower() in self.state_label.lower():
            return self.state_label
        return f"{self.state_label} ({self.stage.lower()})"

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Where, who, since when, what next, by when, as pairs for the page."""
        pairs = [
            ("Where it is", self._where),
            ("Who has it", self.who or "Nobody has to act now"),
            ("Since", long_date(local_date(self.since_at))),
            ("What is next", self.next_step or "Nothing more"),
        ]
        if self.due_on and self.days_in_hand is not None:
            how = hand_text(self.days_in_hand)
            if self.came_late:
                how = "the timetable’s day, which had passed when it came"
            pairs.append(("By when", f"{long_date(self.due_on)}, {how}"))
        if self.blocks:
            pairs.append(("What holds it up", " ".join(self.blocks)))
        return pairs


def was_returned(plan: Plan) -> bool:
    """Whether it stands where only being returned or referred back brings a plan."""
    lifecycle = pinned.of(plan).lifecycles[plan.lifecycle]
    return plan.phase == Phase.DRAFT and not any(
        each.to == plan.state and each.kind in ("forward", "system")
        for each in lifecycle.transitions
    )


def where_is(session: Session, plan: Plan) -> PlanStatus:
    """Where the plan is; four statements at most. The caller has asked for the right to see it."""
    framework = pinned.of(plan)
    lifecycle = framework.lifecycles[plan.lifecycle]
    kind = framework.plan_types[plan.plan_type]
    given = {"plan": plan.id, "setting": kind.route_setting, "today": clock.today()}
    found = session.execute(_of_one(), given).one()
    (row,) = overview.rows_from(session, [found])
    labels = _stages(framework, lifecycle, kind, found.goes_to_bodies)
    days = {rule: date.fromisoformat(on) for rule, on in (found.days or {}).items()}
    notes = _dates(plan, framework, lifecycle, days)
    state = lifecycle.states[plan.state]
    return PlanStatus(
        plan.state,
        state.label,
        state.stage,
        plan.state_since_at,
        row.tasks,
        row.who,
        row.next_step,
        row.due_on,
        row.days_in_hand,
        came_late(row.due_on, row.came_at) if row.came_at else False,
        row.blocks,
        tuple(_seen(labels, row, notes, _left(lifecycle, found.left_at or {}))),
        was_returned(plan),
        found.number or 1,
    )


@lru_cache(maxsize=1)
def _of_one() -> overview.Columns:
    """What All plans shows of one plan, with the days of its steps by rule (of several the last),
    what the council chose on whether such plans go to its bodies, and when the plan last left each
    state. Put together once: that costs more than asking it."""
    days = (
        select(func.jsonb_object_agg(Step.rule, aggregate_order_by(Step.due_on, Step.due_on)))
        .where(Step.plan_id == bindparam("plan"))
        .scalar_subquery()
    )
    chosen = (
        select(CouncilSetting.value)
        .where(CouncilSetting.key == bindparam("setting"))
        .scalar_subquery()
    )
    moves = (
        select(func.jsonb_object_agg(Event.from_state, aggregate_order_by(Event.at, Event.seq)))
        .where(Event.subject_id == bindparam("plan"), Event.from_state != Event.to_state)
        .scalar_subquery()
    )
    statement = overview.columns(select(Plan).where(Plan.id == bindparam("plan")))
    return statement.add_columns(
        days.label("days"), chosen.label("goes_to_bodies"), moves.label("left_at")
    )


def _stages(
    framework: Framework, lifecycle: Lifecycle, kind: PlanType, chosen: Any | None
) -> list[str]:
    found = {state.stage for state in lifecycle.states.values()} - {overview.ENDED}
    if kind.route_setting:
        usual = framework.settings[kind.route_setting].default
        if not (usual if chosen is None else chosen):
            found.discard(COMMITTEES)
    return overview.in_order(found)


def _dates(
    plan: Plan, framework: Framework, lifecycle: Lifecycle, dates: Mapping[str, date]
) -> Mapping[str, date]:
    """By when each stage should be over: the latest of the steps that date its tasks, leaving out
    those of a plan that was returned, which come after a later stage. ``dates``: the days of the
    plan's steps by rule."""
    forth = {transition.to for transition in lifecycle.transitions if transition.kind != "return"}
    back = {transition.to for transition in lifecycle.transitions} - forth
    stage_of = {
        task.step: state.stage
        for key, state in lifecycle.states.items()
        for task in state.tasks
        if task.step and key not in back
    }
    stage_of["resolution"] = COMMITTEES
    found: dict[str, date] = {}
    # A timetable is in force from its issue, whenever that is; other plans from their day on.
    if any(
        transition.kind == "system"
        and transition.to != "="
        and lifecycle.states[transition.to].phase == Phase.IN_FORCE
        for transition in lifecycle.transitions
    ):
        found[IN_FORCE] = plan.in_force_from_on
    for pattern in framework.years:
        for rule in pattern.steps:
            stage = stage_of.get(rule.lifecycle_task)
            due_on = dates.get(rule.key)
            if stage and stage != IN_FORCE and due_on and rule.plan_type == plan.plan_type:
                found[stage] = max(found.get(stage, due_on), due_on)
    return found


def _left(lifecycle: Lifecycle, left_at: Mapping[str, str]) -> Mapping[str, date]:
    """The day on which the plan last left each stage; ``left_at``: the moments by state."""
    found: dict[str, date] = {}
    for state, moment in left_at.items():
        if state in lifecycle.states:
            stage, on = lifecycle.states[state].stage, local_date(datetime.fromisoformat(moment))
            found[stage] = max(found.get(stage, on), on)
    return found


def _seen(
    labels: Sequence[str],
    row: OverviewRow,
    planned: Mapping[str, date],
    left: Mapping[str, date],
) -> list[StageAt]:
    ended = row.stage == overview.ENDED
    at = labels.index(row.stage) if row.stage in labels else -1
    found = []
    for place, label in enumerate(labels):
        stands = "done" if ended or place < at else "current" if place == at else "ahead"
        note = ""
        if stands == "done":
            note = long_date(left[label]) if label in left else ""
        elif label in planned:
            note = f"{'from' if label == IN_FORCE else 'by'} {long_date(planned[label])}"
        found.append(StageAt(label, stands, note))
    return found
