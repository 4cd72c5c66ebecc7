"""Reports on progress as rows of a timetable: those that are asked for and due in a planning year.

The rule that lives here: progress is reported on a plan that is in force, so a report stands in the
timetable of the year in whose months it is due, whichever year wrote the plan (fault S14). It is
shown to those who may know of the plan.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from config.checks.reporting import EACH
from config.framework import Reporting
from config.lifecycles.phases import Phase
from cycle import access, clock, council_facts
from cycle.models import Plan, PlanningYear
from cycle.people import Actor
from workflows.framework import pinned
from workflows.framework.deadline_rules import days_in_hand
from workflows.timetable.reading_rows import (
    STILL_TO_DO,
    Choice,
    PlanMark,
    Postholders,
    Row,
    title_of,
)

KIND = "progress"

_TASKS = text("""
SELECT task.id, task.kind, task.slot, task.label, task.due_on, task.subject_id FROM task
WHERE task.step_id IS NULL AND task.closed_at IS NULL AND task.due_on BETWEEN :first AND :last
  AND task.subject_id = ANY(:plans)
ORDER BY task.due_on, task.id
""")


def progress_rows(session: Session, actor: Actor, year: PlanningYear, choice: Choice) -> list[Row]:
    """The open reports on progress that are due from May of the year to the end of April after it,
    as far as they fit what was asked for."""
    first, last = date(year.writes_from, 5, 1), date(year.writes_from + 1, 4, 30)
    return list(_rows(session, actor, first, last, choice))


def in_force(actor: Actor) -> Select[Plan]:
    """The plans on which progress can be reported and which are open to a person."""
    return access.plans(actor).where(Plan.phase.in_((Phase.IN_FORCE, Phase.ENDED)))


def reports_due(
    session: Session, plans: dict[int, Plan], first: date, last: date
) -> Iterator[tuple[Any, Plan, Reporting]]:
    """Each open task of a report on progress on one of these plans, by its day."""
    asked = {"plans": list(plans), "first": first, "last": last}
    for row in session.execute(_TASKS, asked):
        plan = plans[row.subject_id]
        framework = pinned.of(plan)
        lifecycle = framework.lifecycles[plan.lifecycle]
        kinds = {
            task.kind
            for state in lifecycle.states.values()
            for task in state.tasks
            if task.each == EACH
        }
        kind = framework.reporting.get(str(row.slot).partition(":")[0])
        if row.kind in kinds and kind is not None:
            yield row, plan, kind


def _rows(session: Session, actor: Actor, first: date, last: date, choice: Choice) -> Iterator[Row]:
    plans = {each.id: each for each in session.scalars(in_force(actor))}
    postholders, calendar = Postholders(session), council_facts.calendar(session)
    for task, plan, kind in reports_due(session, plans, first, last):
        framework = pinned.of(plan)
        role = framework.role_at(kind.role, plan.plan_type)
        if not _wanted(choice, plan, role, postholders):
            continue
        because = f"{kind.title}: {kind.ready} working days after the period it can be ready."
        if kind.to:
            because += f" It goes to {framework.bodies[kind.to].title}, by its report deadline."
        does = title_of(framework, role)
        row = Row("", task.label, task.due_on, does, (because,), plan.plan_type)
        row.starts_on = row.latest_on = task.due_on
        row.left_over, row.in_hand = 1, days_in_hand(calendar, clock.today(), task.due_on)
        row.body = framework.bodies[kind.to].title if kind.to else ""
        who = postholders.names(role, plan.unit_id)
        called = access.title_outside(plan)
        row.plans.append(PlanMark(plan.ref, plan.title, who, called, task.id, KIND))
        if not choice.open_only or row.stands in STILL_TO_DO:
            yield row


def _wanted(choice: Choice, plan: Plan, role: str, postholders: Postholders) -> bool:
    """Whether a report fits what was asked for; a body is asked for by its meetings, which a report
    that was not written yet does not have."""
    if choice.body or (choice.plan_type and plan.plan_type != choice.plan_type):
        return False
    if choice.department and choice.department not in postholders.path(plan.unit_id):
        return False
    return choice.person is None or choice.person in postholders.people(role, plan.unit_id)
