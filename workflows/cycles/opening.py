"""What opening a year would bring: its plans, those that start at once, whose tasks, how early.

The rule that lives here: a plan that waits for nothing starts with the next sweep, within minutes;
so what that sweep would start belongs to what follows from opening the year (fault L3).
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import clock, people
from cycle.errors import Refused
from cycle.models import Plan, PlanningYear, Step
from cycle.people import Actor
from workflows.core import foreseen
from workflows.core.commands import Command
from workflows.core.foreseen import Foreseen
from workflows.framework import applicable
from workflows.plans import by_date, plans
from workflows.timetable import timetable

OPENS = ("open_year", "decide")  # the tasks of a year by which it is opened
DAYS_A_MONTH = 30
MOST_PROBLEMS = 5


@dataclass(frozen=True)
class Opening:
    """What would follow; ``wrong`` are problems of the dates, in sentences, of which there are
    ``problems`` in all; ``early`` says how far ahead of the timetable it is, "" when it is not."""

    foreseen: Foreseen
    starts: int
    wrong: list[str]
    problems: int
    early: str


def foresee(session: Session, actor: Actor, command: Command[PlanningYear]) -> Opening:
    """Open the year, start what starts at once, and tell what came of it. Raises as the verb."""
    started: list[str] = []
    years: list[PlanningYear] = []

    def start(at: Session, year: PlanningYear) -> None:
        years.append(year)
        mine = set(at.scalars(select(Plan.id).where(Plan.planning_year_id == year.id)))
        system = people.system(at)
        for act in by_date.acts_due(at):
            if act.plan_id not in mine or act.action not in (by_date.START, by_date.START_FINAL):
                continue
            try:
                with at.begin_nested():
                    plans.act(at, system, act.plan_id, act.action)
            except Refused:
                continue
            started.append(act.ref)

    found = foreseen.of(session, actor, command, start)
    (year,) = years
    wrong = list(dict.fromkeys(each.sentence for each in timetable.problems(session, year)))
    planned = _planned_on(session, year)
    return Opening(found, len(started), wrong[:MOST_PROBLEMS], len(wrong), _early(planned))


def _planned_on(session: Session, year: PlanningYear) -> date | None:
    """The day on which the timetable opens the year: that of its first own step."""
    rules = [
        rule.key
        for rule in applicable.pattern_of(year).steps
        if rule.lifecycle_task in OPENS and not rule.plan_type
    ]
    found: date | None = session.scalar(
        select(Step.due_on)
        .where(Step.planning_year_id == year.id, Step.plan_id.is_(None), Step.rule.in_(rules))
        .order_by(Step.due_on)
        .limit(1)
    )
    return found


def _early(planned_on: date | None) -> str:
    today = clock.today()
    if planned_on is None or planned_on <= today:
        return ""
    days = (planned_on - today).days
    months = days // DAYS_A_MONTH
    far = f"{months} month{'' if months == 1 else 's'}" if months else _days(days)
    return f"The timetable opens this year on {long_date(planned_on)}. That is {far} from now."


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
