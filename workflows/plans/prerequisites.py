"""What must exist before a plan starts, goes final or is approved (B21-B24, E5).

A need names a plan type and a milestone; a milestone is reached by a sealed ``milestone`` row or
by the state of the plan. Needs of severity ``warn`` can be overridden with a reason; never block.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import Prerequisite
from cycle.models import Plan, PlanningYear

# What a plan's state says about the milestones it has reached; later states include earlier ones.
APPROVED = ("approved", "approved_with_amendments", "in_force", "superseded")
NAMED = 4  # so many units are named in a sentence
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
SELECT plan.plan_type, subject.unit_id, coalesce(unit.name, '') AS unit, subject.state,
       plan.in_force_from_on, plan.until_on,
       ARRAY(SELECT gate FROM milestone WHERE milestone.plan_id = plan.id) AS gates
FROM plan JOIN subject ON subject.id = plan.id LEFT JOIN unit ON unit.id = subject.unit_id
WHERE plan.plan_type = ANY(:types) AND subject.state <> 'withdrawn'
  AND plan.in_force_from_on <= :until AND plan.until_on > :from_
""")


class Begins(Protocol):
    """What a need asks of the plan that has it: its unit, and the day on which it begins."""

    unit_id: int | None
    in_force_from_on: date


def unmet(session: Session, plan: Plan, prerequisites: Sequence[Prerequisite]) -> list[Unmet]:
    """The needs of a plan that are not met, in the framework's order."""
    if not prerequisites:
        return []
    day = plan.in_force_from_on
    standing = standing_of(session, prerequisites, _year_before(day), day)
    return unmet_among(standing, plan, _year_number(session, plan), prerequisites)


def standing_of(
    session: Session, prerequisites: Iterable[Prerequisite], from_on: date, until_on: date
) -> Sequence[Any]:
    """How far the plans of which needs speak have got, of all that run between two days."""
    types = sorted({prerequisite.plan_type for prerequisite in prerequisites})
    if not types:
        return []
    days = {"types": types, "until": until_on, "from_": from_on}
    return session.execute(_STANDING, days).all()


def unmet_among(
    standing: Sequence[Any], plan: Begins, number: int, prerequisites: Sequence[Prerequisite]
) -> list[Unmet]:
    """The needs that are not met in planning year ``number``, as ``standing_of`` read it."""
    return [
        Unmet(
            prerequisite.sentence + _still_open(standing, plan, prerequisite), prerequisite.severity
        )
        for prerequisite in prerequisites
        if number in prerequisite.years and not _is_met(standing, plan, prerequisite)
    ]


def _is_met(standing: Sequence[Any], plan: Begins, prerequisite: Prerequisite) -> bool:
    """Same year: a plan that runs on the day on which this plan begins. Previous year: that ran on
    the day a year before."""
    day = plan.in_force_from_on
    if prerequisite.which == "previous_year":
        day = _year_before(day)
    reached = [
        _reached(row, prerequisite)
        for row in standing
        if _runs(row, prerequisite, day)
        and (prerequisite.which != "own_unit" or row.unit_id == plan.unit_id)
    ]
    return bool(reached) and all(reached) if prerequisite.which == "every_unit" else any(reached)


def _runs(row: Any, prerequisite: Prerequisite, day: date) -> bool:
    return bool(
        row.plan_type == prerequisite.plan_type and row.in_force_from_on <= day < row.until_on
    )


def _reached(row: Any, prerequisite: Prerequisite) -> bool:
    return prerequisite.milestone in row.gates or row.state in REACHED_BY_STATE.get(
        prerequisite.milestone, ()
    )


def _still_open(standing: Sequence[Any], plan: Begins, prerequisite: Prerequisite) -> str:
    """Which units a need that asks for all of them still waits for: the first few by name."""
    if prerequisite.which != "every_unit":
        return ""
    day = plan.in_force_from_on
    names = sorted(
        row.unit
        for row in standing
        if _runs(row, prerequisite, day) and not _reached(row, prerequisite)
    )
    if not names:
        return ""
    more = len(names) - NAMED
    return f" Still open: {', '.join(names[:NAMED])}{f' and {more} more' if more > 0 else ''}."


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1)


def _year_number(session: Session, plan: Plan) -> int:
    if plan.planning_year_id is None:
        return 1
    number = session.scalar(
        select(PlanningYear.__table__.c.number).where(
            PlanningYear.__table__.c.id == plan.planning_year_id
        )
    )
    return int(number or 1)


def sentences(found: Iterable[Unmet], severity: str) -> list[str]:
    """The sentences of one severity."""
    return [each.sentence for each in found if each.severity == severity]
