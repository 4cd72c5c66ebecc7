"""Which plans a planning year has, and to which committees each of them goes.

The rule that lives here: where a framework sends a plan to the bodies whose remit holds its unit
(``choose = "remit"``), the plan has the dates of those bodies; where none does, and everywhere
else, all bodies of the kind are asked. Its step has one date: before the first of them, or on or
after the last.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework
from config.governance import MODELS
from cycle.access import EVERY_PLAN, KnownPlans
from cycle.models import PlanningYear
from cycle.schedule.solve import Dated, PlanUnit, Solution

_PLANS = text("""
SELECT plan.plan_type, subject.ref, body.framework_key, body.name
FROM plan JOIN subject ON subject.id = plan.id
LEFT JOIN unit ON unit.id = subject.unit_id
LEFT JOIN body_remit ON body_remit.unit_id = ANY(unit.path)
LEFT JOIN body ON body.id = body_remit.body_id
WHERE plan.planning_year_id = :year
ORDER BY plan.id
""")


def of_year(
    session: Session,
    framework: Framework,
    year: PlanningYear,
    pattern: str,
    known: KnownPlans = EVERY_PLAN,
) -> Mapping[str, Sequence[PlanUnit]]:
    """The known plans of a year by type, each under its reference; a type without any has none."""
    kinds = framework.plan_types
    chosen = {
        (kind, stop.body)
        for kind in kinds
        for model in MODELS  # a plan keeps the model under which it began
        for stop in framework.route(kind, pattern, model)
        if stop.choose == "remit"
    }
    hidden = set(known.hidden.values())
    remits: dict[str, dict[str, dict[str, list[str]]]] = {kind: {} for kind in kinds}
    for row in session.execute(_PLANS, {"year": year.id}):
        remit = remits.setdefault(row.plan_type, {}).setdefault(row.ref, {})
        if (row.plan_type, row.framework_key) in chosen:
            remit.setdefault(row.framework_key, []).append(row.name)
    return {
        kind: [PlanUnit(ref, remit) for ref, remit in plans.items() if ref not in hidden]
        for kind, plans in remits.items()
    }


def have_remits(units: Mapping[str, Sequence[PlanUnit]]) -> bool:
    """Whether any plan goes by the dates of bodies of its own."""
    return any(unit.remit for each in units.values() for unit in each)


def own_dates(solution: Solution) -> dict[tuple[str, str], Dated]:
    """The date of each step of each plan, by the step's key and the plan's reference."""
    found: dict[tuple[str, str], Dated] = {}
    for copy in solution.copies:
        first = solution.rules[copy.rule].offset < 0
        at = (copy.rule, copy.unit)
        known = found.get(at)
        if known is None or (copy.dated.due_on < known.due_on) == first:
            found[at] = copy.dated
    return found
