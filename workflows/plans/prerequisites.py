"""What must exist before a plan starts, goes final or is approved (B21-B24, E5).

A need names a plan type and a milestone; a milestone is reached by a sealed ``milestone`` row or
by the phase of the plan. Needs of severity ``warn`` can be overridden with a reason; never block.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import parse_date
from config.framework import PlanType, Prerequisite
from config.lifecycles.phases import APPROVED, Phase
from cycle.models import Plan, PlanningYear
from workflows.core.facts import fact

# The guards that keep a plan where it is until other plans have got far enough, and the list of its
# type that each of them waits for.
_BY_GUARD = {
    "start_needs_met": "start_prerequisites",
    "final_needs_met": "final_prerequisites",
    "approve_needs_met": "approve_prerequisites",
}
NAMED = 4  # so many units are named in a sentence
# What a plan's phase says about the milestones it has reached; later phases include earlier ones.
REACHED_BY_PHASE = {
    "approved": APPROVED,
    "recommended": APPROVED,
    "in_force": (Phase.IN_FORCE,),
    "outcomes_issued": APPROVED,
    "proposals_agreed": APPROVED,
}


@dataclass(frozen=True)
class Unmet:
    """A need that is not met yet, as a sentence, whether it may be overridden, and what it is
    of."""

    sentence: str
    severity: str
    of: Prerequisite


def of_guard(kind: PlanType, guard: str) -> tuple[Prerequisite, ...]:
    """What a guard makes plans of this type wait for; nothing where it waits for no other plan."""
    found: tuple[Prerequisite, ...] = getattr(kind, _BY_GUARD[guard]) if guard in _BY_GUARD else ()
    return found


# How far plans of some types have got that run between two days, both included.
_RUNNING = """
SELECT other.plan_type, runs.unit_id, coalesce(unit.name, '') AS unit, runs.phase,
       other.in_force_from_on, other.until_on,
       ARRAY(SELECT gate FROM milestone WHERE milestone.plan_id = other.id) AS gates
FROM plan AS other JOIN subject AS runs ON runs.id = other.id
LEFT JOIN unit ON unit.id = runs.unit_id
WHERE other.plan_type = ANY({types}) AND runs.phase <> 'withdrawn'
  AND other.in_force_from_on <= {until} AND other.until_on > {from_}
"""
_BETWEEN = text(_RUNNING.format(types=":types", until=":until", from_=":from_"))


def _types(kind: PlanType) -> set[str]:
    """The types of plan that plans of a type wait for at any of its gates."""
    return {each.plan_type for list_ in _BY_GUARD.values() for each in getattr(kind, list_)}


# Of the plans for which this one may have to wait.
RUNNING_PLANS = fact(
    "running_plans",
    f"""SELECT jsonb_agg(to_jsonb(running)) FROM plan AS own, LATERAL ({
        _RUNNING.format(
            types=":waits_for",
            until="own.in_force_from_on",
            from_="CAST(own.in_force_from_on - interval '1 year' AS date)",
        )
    }) AS running WHERE own.id = subject.id""",  # noqa: S608
    waits_for=lambda asks: _types(asks.plan_type),
)
YEAR_NUMBER = fact(
    "year_number",
    "SELECT planning_year.number FROM plan "
    "JOIN planning_year ON planning_year.id = plan.planning_year_id WHERE plan.id = subject.id",
)


@dataclass(frozen=True)
class RunningPlan:
    """How far another plan has got: its type, unit and phase, the days on which it runs, and the
    gates that it has passed."""

    plan_type: str
    unit_id: int | None
    unit: str
    phase: str
    in_force_from_on: date
    until_on: date
    gates: Sequence[str]


def running_in(read: Sequence[Mapping[str, Any]] | None) -> list[RunningPlan]:
    """The plans as the fact ``RUNNING_PLANS`` has them."""
    days = ("in_force_from_on", "until_on")
    return [
        RunningPlan(**{**row, **{day: parse_date(row[day]) for day in days}}) for row in read or ()
    ]


class Begins(Protocol):
    """What a need asks of the plan that has it: its unit, and the day on which it begins."""

    unit_id: int | None
    in_force_from_on: date


def unmet(
    session: Session,
    plan: Plan,
    prerequisites: Sequence[Prerequisite],
    year_number: int | None = None,
) -> list[Unmet]:
    """The needs of a plan that are not met, in the framework's order; ``year_number`` is that of
    its planning year, where it is known already."""
    if not prerequisites:
        return []
    day = plan.in_force_from_on
    running = running_plans(session, prerequisites, year_before(day), day)
    number = year_number or _year_number(session, plan)
    return unmet_among(running, plan, number, prerequisites)


def running_plans(
    session: Session, prerequisites: Iterable[Prerequisite], from_on: date, until_on: date
) -> Sequence[Any]:
    """How far the plans of which needs speak have got, of all that run between two days."""
    types = sorted({prerequisite.plan_type for prerequisite in prerequisites})
    if not types:
        return []
    days = {"types": types, "until": until_on, "from_": from_on}
    return session.execute(_BETWEEN, days).all()


def unmet_among(
    running: Sequence[Any], plan: Begins, number: int, prerequisites: Sequence[Prerequisite]
) -> list[Unmet]:
    """The needs that are not met in planning year ``number``, as ``running_plans`` read it."""
    return [
        Unmet(
            prerequisite.sentence + _still_open(running, plan, prerequisite),
            prerequisite.severity,
            prerequisite,
        )
        for prerequisite in prerequisites
        if number in prerequisite.years and not _is_met(running, plan, prerequisite)
    ]


def _is_met(running: Sequence[Any], plan: Begins, prerequisite: Prerequisite) -> bool:
    """Same year: a plan that runs on the day on which this plan begins. Previous year: that ran on
    the day a year before."""
    day = plan.in_force_from_on
    if prerequisite.which == "previous_year":
        day = year_before(day)
    reached = [
        _reached(row, prerequisite)
        for row in running
        if _runs(row, prerequisite, day)
        and (prerequisite.which != "own_unit" or row.unit_id == plan.unit_id)
    ]
    return bool(reached) and all(reached) if prerequisite.which == "every_unit" else any(reached)


def _runs(row: Any, prerequisite: Prerequisite, day: date) -> bool:
    return bool(
        row.plan_type == prerequisite.plan_type and row.in_force_from_on <= day < row.until_on
    )


def _reached(row: Any, prerequisite: Prerequisite) -> bool:
    return prerequisite.milestone in row.gates or row.phase in REACHED_BY_PHASE.get(
        prerequisite.milestone, ()
    )


def _still_open(running: Sequence[Any], plan: Begins, prerequisite: Prerequisite) -> str:
    """Which units a need that asks for all of them still waits for: the first few by name."""
    if prerequisite.which != "every_unit":
        return ""
    day = plan.in_force_from_on
    names = sorted(
        row.unit
        for row in running
        if _runs(row, prerequisite, day) and not _reached(row, prerequisite)
    )
    if not names:
        return ""
    more = len(names) - NAMED
    return f" Still open: {', '.join(names[:NAMED])}{f' and {more} more' if more > 0 else ''}."


def year_before(day: date) -> date:
    """The same day of the year before; for 29 February the 28th, as ``RUNNING_PLANS`` has it."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


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
