"""Which plans the system may move now: those that start, take effect or are replaced by date.

The rule that lives here: what a sweep asks of hundreds of plans it asks of all of them at once, and
an act is tried only where its day has come and nothing that it waits for is missing; the guards of
the lifecycle have the last word. A plan starts when what it builds on is there, takes effect on its
day if no correction of its decision is open, and is superseded when the plan that replaces it, or
that ends its kind, is in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework, PlanType, Prerequisite
from config.lifecycles.phases import Phase
from config.lifecycles.shape import Transition
from cycle import clock
from workflows.framework import pinned
from workflows.meetings import approval_route
from workflows.plans import prerequisites

START, START_FINAL = "start", "start_final"
TAKE_EFFECT, BE_SUPERSEDED = "take_effect", "be_superseded"
# In this order: a plan that takes effect today supersedes, and lets others start, today.
ROUNDS = ((TAKE_EFFECT,), (BE_SUPERSEDED,), (START, START_FINAL))

_PLANS = text(f"""
SELECT subject.id, subject.ref, subject.state, subject.phase, subject.lifecycle, subject.unit_id,
       subject.framework_version_id, framework_version.sha256,
       plan.plan_type, plan.in_force_from_on, plan.until_on,
       coalesce(planning_year.number, 1) AS number,
       coalesce(year.phase, 'in_force') = 'in_force' AS year_open,
       EXISTS (SELECT 1 FROM plan AS next JOIN subject AS s ON s.id = next.id
               WHERE next.supersedes_id = plan.id AND s.phase = 'in_force') AS replaced,
       subject.phase = 'settled' AND {approval_route.BEING_CORRECTED.format(plan="plan.id")}
         AS being_corrected
FROM plan JOIN subject ON subject.id = plan.id
JOIN framework_version ON framework_version.id = subject.framework_version_id
LEFT JOIN planning_year ON planning_year.id = plan.planning_year_id
LEFT JOIN subject AS year ON year.id = plan.planning_year_id
WHERE subject.phase NOT IN ('ended', 'withdrawn')
ORDER BY subject.id
""")  # noqa: S608  # a constant


@dataclass(frozen=True)
class SystemAct:
    """An act that the system may try on a plan."""

    plan_id: int
    ref: str
    action: str


def acts_due(session: Session) -> list[SystemAct]:
    """The system's acts for which everything is there, in the order of the plans' ids. Two
    statements at most, whatever the number of plans."""
    today = clock.today()
    plans = session.execute(_PLANS).all()
    begun = _begun(plans)
    leading = _Leading(session)
    timely = [
        (plan, transition, _blocking(kind, transition))
        for plan in plans
        for kind, transition in leading.on(plan)
        if _may_be_time(plan, transition.action, today, begun.get((kind.until, _pin(plan))))
    ]
    running = _awaited(session, timely)
    return [
        SystemAct(plan.id, plan.ref, transition.action)
        for plan, transition, wanted in timely
        if not prerequisites.unmet_among(running, plan, plan.number, wanted)
    ]


class _Leading:
    """What leads on by itself from where a plan stands; hundreds of plans stand in a few states,
    so each is looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[int, str, str], list[Transition]] = {}

    def on(self, plan: Any) -> list[tuple[PlanType, Transition]]:
        """The type of the plan with each system transition from its state that goes by date."""
        framework = pinned.of_row(self._session, _pin(plan), plan.sha256)
        place = (_pin(plan), plan.lifecycle, plan.state)
        if place not in self._known:
            self._known[place] = _by_itself(framework, plan.lifecycle, plan.state)
        kind = framework.plan_types[plan.plan_type]
        return [(kind, transition) for transition in self._known[place]]


def _by_itself(framework: Framework, lifecycle: str, state: str) -> list[Transition]:
    by_date = {action for each in ROUNDS for action in each}
    return [
        transition
        for transition in framework.lifecycles[lifecycle].transitions
        if transition.kind == "system"
        and transition.action in by_date
        and state in transition.from_
    ]


def _pin(plan: Any) -> int:
    return int(plan.framework_version_id)


def _begun(plans: Sequence[Any]) -> dict[tuple[str, int], date]:
    """The day from which the newest plan of each type and framework is in force."""
    return {
        (plan.plan_type, _pin(plan)): plan.in_force_from_on
        for plan in sorted(plans, key=lambda each: each.in_force_from_on)
        if plan.phase == Phase.IN_FORCE
    }


def _may_be_time(plan: Any, action: str, today: date, ended_by: date | None) -> bool:
    """Whether the day of an act has come.

    ``ended_by``: the day from which the newest plan of the type that ends this one is in force.
    """
    if action == TAKE_EFFECT:
        return bool(today >= plan.in_force_from_on) and not plan.being_corrected
    if action == BE_SUPERSEDED:
        return bool(plan.replaced) or (ended_by is not None and ended_by >= plan.until_on)
    return bool(plan.year_open)


def _blocking(kind: PlanType, transition: Transition) -> list[Prerequisite]:
    """What the guards of a transition wait for and nobody can override."""
    return [
        each
        for rule in transition.guards
        for each in prerequisites.of_guard(kind, rule.name)
        if each.severity == "block"
    ]


def _awaited(
    session: Session, timely: Sequence[tuple[Any, Transition, list[Prerequisite]]]
) -> Sequence[Any]:
    """How far those plans have got for which any of these waits."""
    waiting = [(plan, wanted) for plan, _, wanted in timely if wanted]
    if not waiting:
        return []
    days = [plan.in_force_from_on for plan, _ in waiting]
    every = [each for _, wanted in waiting for each in wanted]
    from_on = prerequisites.year_before(min(days))
    return prerequisites.running_plans(session, every, from_on, max(days))
