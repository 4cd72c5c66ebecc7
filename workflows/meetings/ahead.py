"""What comes next for a person who has nothing to do: their next date, their bodies' meetings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from config.lifecycles.phases import WORKING
from cycle import access, clock
from cycle.access import rights
from cycle.models import Plan, PlanningYear, Step, Unit
from cycle.people import Actor
from workflows.framework import applicable, pinned
from workflows.timetable.reading_rows import Postholders

MEETINGS = 3
_MEETINGS = """
SELECT meeting.id, meeting.on_date, meeting.at_time, body.name AS body,
       count(subject.id) FILTER (WHERE subject.phase <> 'withdrawn'
                                 AND ({known} OR NOT {exempt})) AS items
FROM meeting JOIN body ON body.id = meeting.body_id
LEFT JOIN agenda_item ON agenda_item.meeting_id = meeting.id
LEFT JOIN subject ON subject.id = agenda_item.id
WHERE body.id = ANY(:bodies) AND meeting.on_date >= :day AND meeting.status = 'planned'
GROUP BY meeting.id, body.name ORDER BY meeting.on_date, meeting.at_time, body.name LIMIT :most
"""


@dataclass(frozen=True)
class Next:
    """A step to come: its day, what is to be done, and the plan that it is of, if any."""

    due_on: date
    title: str
    ref: str | None
    plan: str | None


@dataclass(frozen=True)
class Ahead:
    """The next step of the timetable that is this person's, if any, and the next meetings of the
    bodies in which they have a post, with how many reports are named on each agenda."""

    step: Next | None
    meetings: Sequence[Any]


def ahead(session: Session, actor: Actor) -> Ahead:
    """What comes next for this person, as far as it is open to them."""
    bodies = [post.body_id for post in actor.posts_held if post.body_id is not None]
    known = rights.knows_report(actor)
    asked = {"bodies": bodies, "day": clock.today(), "most": MEETINGS, **access.bound(actor)}
    statement = text(_MEETINGS.format(known=known, exempt=access.EXEMPT))
    return Ahead(
        _next_step(session, actor), session.execute(statement, asked).all() if bodies else []
    )


def _next_step(session: Session, actor: Actor) -> Next | None:
    """The first of their steps that is still to come in the years in which work goes on. The steps
    of their roles below their units are read, and the nearest holder has them."""
    working = select(PlanningYear).where(PlanningYear.phase.in_(WORKING))
    holders = Postholders(session)
    units = [post.unit_id for post in actor.posts_held if post.unit_id is not None]
    known = rights.condition(rights.knows_plan(actor), actor)
    found = []
    for year in session.scalars(working):
        roles = _roles(year)
        wanted = [rule for rule, role in roles.items() if role in actor.roles]
        steps = session.execute(
            select(Step.rule, Step.title, Step.due_on, Plan.ref, Plan.title, Plan.unit_id)
            .outerjoin(Plan, Plan.id == Step.plan_id)
            .outerjoin(Unit, Unit.id == Plan.unit_id)
            .where(Step.planning_year_id == year.id, Step.rule.in_(wanted))
            .where(Step.due_on >= clock.today(), or_(Step.plan_id.is_(None), known))
            .where(or_(Plan.unit_id.is_(None), Unit.path.overlap(units)))
            .order_by(Step.due_on, Step.id)
        )
        mine = (
            Next(due_on, title, ref, plan)
            for rule, title, due_on, ref, plan, unit_id in steps
            if actor.person_id in holders.people(roles[rule], unit_id)
        )
        found += list(islice(mine, 1))
    return min(found, key=lambda step: step.due_on, default=None)


def _roles(year: PlanningYear) -> Mapping[str, str]:
    """The role that does each step of a year, by rule."""
    framework = pinned.of(year)
    return {
        rule.key: framework.role_at(rule.role, rule.plan_type)
        for rule in applicable.pattern_of(year).steps
    }
