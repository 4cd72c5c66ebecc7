"""What must exist before a plan starts, goes final or is approved (B21-B24, E5).

A need names a plan type and a milestone; a milestone is reached by a sealed ``milestone`` row or
by the state of the plan. Needs of severity ``warn`` can be overridden with a reason; never block.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Need
from cycle.models import Plan, PlanningYear

# What a plan's state says about the milestones it has reached; later states include earlier ones.
APPROVED = ("approved", "approved_with_amendments", "in_force", "superseded")
REACHED_BY_STATE = {
    "approved": APPROVED,
    "recommended": APPROVED,
    "in_force": ("in_force",),
    "outcomes_issued": APPROVED,
    "proposals_agreed": ("proposals_agreed", "drafting", "in_review", "returned", *APPROVED),
}


@dataclass(frozen=True)
class Unmet:
    """A need that is not met yet, as a sentence, and whether it may be overridden."""

    sentence: str
    severity: str


_STANDING = text("""
SELECT subject.ref, subject.state, subject.unit_id, plan.year_of_effect,
       EXISTS (SELECT 1 FROM milestone WHERE milestone.plan_id = plan.id
               AND milestone.gate = :milestone) AS reached
FROM plan JOIN subject ON subject.id = plan.id
WHERE plan.plan_type = :type AND subject.state <> 'withdrawn'
  AND plan.in_force_from_on <= :until AND plan.until_on > :from_
  AND (CAST(:unit AS int) IS NULL OR subject.unit_id = :unit)
""")


def unmet(session: Session, plan: Plan, needs: Sequence[Need]) -> list[Unmet]:
    """The needs of a plan that are not met, in the framework's order."""
    if not needs:
        return []
    number = _year_number(session, plan)
    return [
        Unmet(need.sentence, need.severity)
        for need in needs
        if number in need.years and not _is_met(session, plan, need)
    ]


def _is_met(session: Session, plan: Plan, need: Need) -> bool:
    """Same year: a plan that runs on the day on which this plan begins. Previous year: that ran on
    the day before."""
    day = plan.in_force_from_on
    if need.which == "previous_year":
        day = day.replace(year=day.year - 1)
    rows = session.execute(
        _STANDING,
        {
            "milestone": need.milestone,
            "type": need.plan_type,
            "until": day,
            "from_": day,
            "unit": plan.unit_id if need.which == "own_unit" else None,
        },
    ).all()
    states = REACHED_BY_STATE.get(need.milestone, ())
    standing = [row.reached or row.state in states for row in rows]
    if need.which == "every_unit":
        return bool(standing) and all(standing)
    return any(standing)


def _year_number(session: Session, plan: Plan) -> int:
    if plan.planning_year_id is None:
        return 1
    return session.get_one(PlanningYear, plan.planning_year_id).number


def sentences(found: Iterable[Unmet], severity: str) -> list[str]:
    """The sentences of one severity."""
    return [each.sentence for each in found if each.severity == severity]
