"""What a simulation has to show: the figures of contracts.md, and what must have come out.

The rule that lives here: ``expected_approved`` is counted from the framework and the years alone,
never from what happened, so that a plan which was lost on the way is missed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework
from config.lifecycles.phases import APPROVED
from cycle import clock
from workflows.plans import creation
from workflows.record.verify.findings import Report
from workflows.simulation.invented_council import simulated

_FIGURES = text("""
SELECT
  (SELECT count(*) FROM plan JOIN planning_year ON planning_year.id = plan.planning_year_id
   WHERE planning_year.number <= :years) AS plans,
  (SELECT count(*) FROM plan JOIN subject ON subject.id = plan.id
   JOIN planning_year ON planning_year.id = plan.planning_year_id
   WHERE planning_year.number <= :years AND subject.phase = ANY(:phases)
     AND EXISTS (SELECT 1 FROM milestone
                 WHERE milestone.plan_id = plan.id AND milestone.gate = 'approved')) AS approved,
  (SELECT count(*) FROM event WHERE action = ANY(:returns)) AS returned,
  (SELECT count(*) FROM task) AS tasks_opened,
  (SELECT count(*) FROM task WHERE closed_at IS NOT NULL) AS tasks_closed,
  (SELECT count(*) FROM event WHERE from_state IS DISTINCT FROM to_state) AS transitions,
  (SELECT count(*) FROM decision) AS decisions,
  (SELECT count(*) FROM task
   WHERE due_on < coalesce(CAST(closed_at AT TIME ZONE 'Europe/London' AS date), :today)
     AND outcome IS DISTINCT FROM 'no longer needed') AS late_steps,
  (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead
""")


def expected_approved(
    framework: Framework,
    start: int,
    years: int,
    units: int,
    branch: Callable[[int], str],
    until: date | None = None,
) -> int:
    """How many plans must be approved by the day on which the plans of each year take effect:
    in each planning year every type that it makes, one or one for each unit of its level, in a
    council of ``units`` services."""
    council = simulated(framework, units, start, years)
    of_level = Counter(unit.level for unit in council.units.values())
    count = 0
    for number in range(1, years + 1):
        writes_from = start + number - 1
        if until is not None and until < date(writes_from + 1, 4, 1):
            continue
        choice = framework.year_pattern(number).choice
        for kind in framework.plan_types.values():
            if creation.is_made(kind, number, branch(writes_from), choice):
                count += of_level[kind.level] if kind.per == "unit" else 1
    return count


def figures(session: Session, framework: Framework, years: int) -> dict[str, Any]:
    """What the database says now."""
    returns = {
        transition.action
        for lifecycle in framework.lifecycles.values()
        for transition in lifecycle.transitions
        if lifecycle.subject == "plan"
        and transition.kind == "return"
        and transition.comments_required
    } | {"refer_back"}
    asked = {
        "years": years,
        "phases": list(APPROVED),
        "returns": sorted(returns),
        "today": clock.today(),
    }
    return dict(session.execute(_FIGURES, asked).one()._mapping)


def document(
    found: dict[str, Any],
    expected: int,
    sent: Sequence[str],
    refusals: Counter[str],
    verified: Report,
    days: int,
    seconds: float,
) -> dict[str, Any]:
    """The report in the order of contracts.md."""
    broken = [check for check in verified.checks if not check.ok]
    return {
        "plans": found["plans"],
        "expected_approved": expected,
        "approved": found["approved"],
        "returned": found["returned"],
        "tasks_opened": found["tasks_opened"],
        "tasks_closed": found["tasks_closed"],
        "transitions": found["transitions"],
        "decisions": found["decisions"],
        "messages": len(sent),
        "messages_unique": len(set(sent)),
        "late_steps": found["late_steps"],
        "refusals": dict(sorted(refusals.items())),
        "invariants": {"checked": len(verified.checks), "broken": len(broken)},
        "virtual_days": days,
        "seconds": round(seconds, 1),
    }
