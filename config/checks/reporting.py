"""What makes the reporting of a framework usable: known plans, bodies and roles, a way to do it.

The rule that lives here: a kind of plan on which progress is reported has, where it is in force,
the task ``each = "reporting"`` and the action ``report_progress``; else nobody would be asked.
"""

from collections.abc import Iterator

from config.framework import Framework, Reporting
from config.problems import known

CADENCES = ("monthly", "quarterly", "six_monthly", "yearly")
EACH, ACTION = "reporting", "report_progress"
MOST_DAYS = 250

Found = Iterator[tuple[str, str]]


def reporting_problems(framework: Framework) -> Found:
    """Every fault of the framework's reporting, as (``file:key``, sentence)."""
    for each in framework.reporting.values():
        yield from _one(framework, each)


def _one(framework: Framework, each: Reporting) -> Found:
    place = f"reporting.toml:reporting.{each.key}"
    if not each.title.strip():
        yield f"{place}.title", "This has no name yet. People will see it."
    yield from known(f"{place}.cadence", "cadence", each.cadence, CADENCES)
    if not 0 <= each.ready <= MOST_DAYS:
        yield f"{place}.ready", f"Give a number of working days from 0 to {MOST_DAYS}."
    if each.to:
        yield from known(f"{place}.to", "body", each.to, framework.bodies)
    kind = framework.plan_types.get(each.plan_type)
    if kind is None:
        yield from known(f"{place}.plan_type", "plan type", each.plan_type, framework.plan_types)
        return
    if each.role.startswith("@"):
        yield from known(f"{place}.role", "plan role", each.role[1:], kind.plan_roles)
    else:
        yield from known(f"{place}.role", "role", each.role, framework.roles)
    lifecycle = framework.lifecycles.get(kind.lifecycle)
    if lifecycle is None:
        return
    asked = any(task.each == EACH for state in lifecycle.states.values() for task in state.tasks)
    done = any(transition.action == ACTION for transition in lifecycle.transitions)
    if not (asked and done):
        yield (
            f"lifecycles/{lifecycle.key}.toml:states",
            f"Progress on {kind.title} is reported, so where it is in force it needs the task "
            f'each = "{EACH}" and the action {ACTION}.',
        )
