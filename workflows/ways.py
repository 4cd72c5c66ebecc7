"""Which way a plan and a planning year go: the one place that says it.

The rule that lives here: a year follows the pattern that was chosen for it, and a plan takes the
route that its type has in such a year.
"""

from typing import Protocol

from config.dates import shortened
from config.framework import Framework, RouteStep, YearPattern
from cycle.errors import BadInput
from cycle.models import PlanningYear
from workflows import pinned


class Goes(Protocol):
    """A plan, or a row of its columns."""

    @property
    def plan_type(self) -> str:
        """Its type in the framework."""

    @property
    def pattern(self) -> str:
        """The key of the pattern of its planning year; empty without one."""


def pattern_of(year: PlanningYear) -> YearPattern:
    """The steps of the year in its pinned framework, in the way that was chosen (A2)."""
    return pinned.of(year).year_pattern(year.number, year.choice)


def must_offer(framework: Framework, choice: str) -> None:
    """Raises BadInput, naming those there are, when Year 1 cannot run in this way."""
    try:
        framework.year_pattern(1, choice)
    except LookupError:
        known = ", ".join(each.choice for each in framework.ways(1) if each.choice) or "none"
        raise BadInput(
            f"Year 1 of {framework.title} cannot run as “{shortened(choice)}”. "
            f"The ways are: {known}."
        ) from None


def route_of(framework: Framework, plan: Goes) -> tuple[RouteStep, ...]:
    """The bodies that the plan passes, by stage; none when it ends with officers."""
    return framework.route(plan.plan_type, plan.pattern)
