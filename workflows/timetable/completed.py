"""Which steps of a planning year are done: what the pass from today may build on.

The rule that lives here: nobody ticks off steps. A step is done when its tasks are closed; when a
plan has had tasks at a step, all that this step needed is done as well; a plan that is approved has
nothing left to do. What no task ever asks for (a timetable that is issued, changes that were not
asked for) is done when its day has passed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.lifecycles.phases import APPROVED, Phase
from config.rules import StepRule
from cycle.models import PlanningYear
from workflows.framework import applicable

# The phases in which a plan has nothing left to do in its year.
NOTHING_LEFT = (*APPROVED, Phase.WITHDRAWN)

_STEPS = text("""
SELECT step.key, step.rule, coalesce(step.plan_id, 0) AS plan, step.due_on,
       coalesce(subject.phase, '') AS phase,
       count(task.id) FILTER (WHERE task.closed_at IS NULL) AS left_over,
       count(task.id) AS tasks
FROM step LEFT JOIN task ON task.step_id = step.id LEFT JOIN subject ON subject.id = step.plan_id
WHERE step.planning_year_id = :year
GROUP BY step.id, subject.id
""")


@dataclass(frozen=True)
class _At:
    """One step of one plan (0: of the year itself), with its tasks."""

    key: str
    rule: str
    plan: int
    due_on: date
    phase: str
    left_over: int
    tasks: int


def done(
    session: Session,
    year: PlanningYear,
    rules: Sequence[StepRule],
    today: date,
) -> set[str] | None:
    """The keys of the steps that are done; None for a year that is closed or has no steps yet, in
    which nothing can be late."""
    if applicable.is_over(year):
        return None
    found = [_At(*row) for row in session.execute(_STEPS, {"year": year.id})]
    if not found:
        return None
    needed = _needed_by_begun(found, {rule.key: rule for rule in rules})
    silent = _without_tasks(rules)
    return {
        each.key
        for each in found
        if not each.left_over
        and (
            each.tasks
            or each.phase in NOTHING_LEFT
            or (each.rule, each.plan) in needed
            or (each.rule in silent and each.due_on < today)
        )
    }


def _without_tasks(rules: Sequence[StepRule]) -> Collection[str]:
    """The rules for which a task need never be there: it has none, or nothing waits for it."""
    needed = {predecessor for rule in rules for predecessor in rule.predecessors}
    return {rule.key for rule in rules if not rule.lifecycle_task or rule.key not in needed}


def _needed_by_begun(found: Sequence[_At], rules: Mapping[str, StepRule]) -> set[tuple[str, int]]:
    """All that is needed by steps that have had tasks: of the same plan, else of the year itself
    and of the other kinds of plan."""
    plans: dict[str, set[int]] = {}
    for each in found:
        plans.setdefault(each.rule, set()).add(each.plan)
    waiting = [(each.rule, each.plan) for each in found if each.tasks]
    needed: set[tuple[str, int]] = set()
    while waiting:
        key, plan = waiting.pop()
        for predecessor in rules[key].predecessors if key in rules else ():
            having = plans.get(predecessor, set())
            for at in {(predecessor, mine) for mine in ({plan} & having or having)} - needed:
                needed.add(at)
                waiting.append(at)
    return needed
