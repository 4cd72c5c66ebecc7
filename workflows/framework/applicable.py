"""What applies to a plan and a planning year: the one place that says it.

The rule that lives here: a year follows the pattern that was chosen for it, under the governance
model in force when it begins; a plan takes the route that its type has in such a year, under the
model in force when it was made. What runs keeps its route, whatever the council becomes later.
"""

from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from config import choices
from config.dates import shortened
from config.framework import Framework, RouteStep, YearPattern
from config.governance import Limit, model_on
from config.lifecycles.phases import OVER
from config.rules import StepRule
from cycle import clock, council_facts
from cycle.errors import BadInput
from cycle.models import PlanningYear
from workflows.framework import pinned

YEAR_BEGINS = (5, 1)  # month and day


class Goes(Protocol):
    """A plan, or a row of its columns."""

    @property
    def plan_type(self) -> str:
        """Its type in the framework."""

    @property
    def pattern(self) -> str:
        """The key of the pattern of its planning year; empty without one."""

    @property
    def governance(self) -> str:
        """The model in force when it was made."""


def must_offer(framework: Framework, choice: str) -> None:
    """Raises BadInput, naming those there are, when Year 1 has no such variant."""
    try:
        framework.year_pattern(1, choice)
    except LookupError:
        known = (
            ", ".join(each.choice for each in framework.year_variants(1) if each.choice) or "none"
        )
        raise BadInput(
            f"Year 1 of {framework.title} cannot run as “{shortened(choice)}”. "
            f"The variants are: {known}."
        ) from None


def is_over(year: PlanningYear) -> bool:
    """Whether nothing is still to come in a year."""
    return year.phase in OVER


def pattern_of(year: PlanningYear) -> YearPattern:
    """The steps of the year in its pinned framework, in the variant that was chosen (A2)."""
    return pinned.of(year).year_pattern(year.number, year.choice)


def route_of(framework: Framework, plan: Goes) -> tuple[RouteStep, ...]:
    """The bodies that the plan passes, by stage; none when it ends with officers."""
    return framework.route(plan.plan_type, plan.pattern, plan.governance)


def model_today(session: Session, framework: Framework) -> str:
    """The governance model of the council today: that of what begins now."""
    return model_on(council_facts.governance(session), clock.today(), framework.governance)


def model_of(session: Session, year: PlanningYear) -> str:
    """The model of a year: that in force when it began; of one still to come, as now foreseen."""
    if year.governance:
        return year.governance
    begins_on = max(date(year.writes_from, *YEAR_BEGINS), clock.today())
    usual = pinned.of(year).governance
    return model_on(council_facts.governance(session), begins_on, usual)


def rules_of(
    session: Session, year: PlanningYear, model: str
) -> tuple[list[StepRule], tuple[Limit, ...]]:
    """The steps of the year, and the limits of the law, under a model and the council's choices."""
    framework = pinned.of(year)
    settings = {
        key: council_facts.fact(session, key, usual)
        for key, usual in choices.usual_settings(framework).items()
    }
    steps = choices.steps_that_apply(pattern_of(year).steps, settings, model, framework)
    nation = council_facts.fact(session, council_facts.NATION, "england")
    return steps, choices.limits_that_apply(framework, settings, model, nation)
