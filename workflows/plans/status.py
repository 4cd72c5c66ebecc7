"""One plan: where it is, who has it, since when, what next, by when; and its stages as a picture.

The stages are those of its lifecycle in order; one that this council's settings leave out (service
plans that end with officers) is not shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import Framework, Lifecycle, PlanType
from cycle import council_facts
from cycle.clock import local_date
from cycle.models import Plan, Step
from workflows.framework import versions as pinned
from workflows.framework.deadline_rules import hand_text
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
    """A stage as seen from where the plan is: done, current or ahead; the note is its date."""

    label: str
    stands: str
    note: str


@dataclass(frozen=True)
class BodyAt:
    """A body on the plan's way, in order of stages."""

    stage: int
    body: str
    verb: str
    status: str
    outcome: str
    meeting_on: date | None


@dataclass(frozen=True)
class Standing:
    """The answers of a plan's page. Dates are local; ``days_in_hand`` are working days."""

    state: str
    state_label: str
    stage: str
    since_at: datetime
    tasks: tuple[OpenTask, ...]
    who: str
    next_step: str
    due_on: date | None
    days_in_hand: int | None
    blocks: tuple[str, ...]
    stages: tuple[StageAt, ...]
    bodies: tuple[BodyAt, ...]
    returned: bool

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
        said = [
            ("Where it is", self._where),
            ("Who has it", self.who or "Nobody has to act now"),
            ("Since", long_date(local_date(self.since_at))),
            ("What is next", self.next_step or "Nothing more"),
        ]
        if self.due_on and self.days_in_hand is not None:
            said.append(("By when", f"{long_date(self.due_on)}, {hand_text(self.days_in_hand)}"))
        if self.blocks:
            said.append(("What holds it up", " ".join(self.blocks)))
        return said


def where_is(session: Session, plan: Plan) -> Standing:
    """Where the plan is; six statements at most. The caller has asked for the right to see it."""
    row = overview.one(session, plan)
    framework = pinned.of(plan)
    lifecycle = framework.lifecycles[plan.lifecycle]
    kind = framework.plan_types[plan.plan_type]
    labels = _stages(session, framework, lifecycle, kind)
    notes = _dates(session, plan, framework, lifecycle)
    returned = any(
        transition.kind == "return" and transition.to == plan.state
        for transition in lifecycle.transitions
    )
    state = lifecycle.states[plan.state]
    return Standing(
        plan.state,
        state.label,
        state.stage,
        plan.state_since_at,
        row.tasks,
        row.who,
        row.next_step,
        row.due_on,
        row.days_in_hand,
        row.blocks,
        tuple(_seen(labels, row, notes)),
        tuple(bodies(session, plan)),
        returned and bool(state.editable),
    )


def bodies(session: Session, plan: Plan) -> list[BodyAt]:
    """The bodies of the plan's present round, each with its meeting when its report has one."""
    return [BodyAt(*row) for row in session.execute(_BODIES, {"plan": plan.id})]


_BODIES = text("""
SELECT route_stage.stage, body.name, route_stage.verb, route_stage.status,
       coalesce(route_stage.outcome, ''), meeting.on_date
FROM route_stage JOIN body ON body.id = route_stage.body_id
LEFT JOIN agenda_item ON agenda_item.id = route_stage.item_id
LEFT JOIN meeting ON meeting.id = agenda_item.meeting_id
WHERE route_stage.plan_id = :plan AND route_stage.round = (
  SELECT max(round) FROM route_stage WHERE plan_id = :plan)
ORDER BY route_stage.stage, body.name
""")


def _stages(
    session: Session, framework: Framework, lifecycle: Lifecycle, kind: PlanType
) -> list[str]:
    found = {state.stage for state in lifecycle.states.values()} - {overview.ENDED}
    if kind.route_setting:
        usual = framework.settings[kind.route_setting].default
        if not council_facts.fact(session, kind.route_setting, usual):
            found.discard(COMMITTEES)
    return overview.in_order(found)


def _dates(
    session: Session, plan: Plan, framework: Framework, lifecycle: Lifecycle
) -> Mapping[str, date]:
    """By when each stage should be over: the latest of the steps that date its tasks, leaving out
    those of a plan that was returned, which come after a later stage."""
    steps = session.execute(select(Step.rule, Step.due_on).where(Step.plan_id == plan.id))
    dates = {row.rule: row.due_on for row in steps}
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
        and lifecycle.states[transition.to].stage == IN_FORCE
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


def _seen(labels: Sequence[str], row: OverviewRow, notes: Mapping[str, date]) -> list[StageAt]:
    ended = row.stage == overview.ENDED
    at = labels.index(row.stage) if row.stage in labels else -1
    found = []
    for place, label in enumerate(labels):
        stands = "done" if ended or place < at else "current" if place == at else "ahead"
        note = long_date(notes[label]) if label in notes else ""
        found.append(StageAt(label, stands, note))
    return found
