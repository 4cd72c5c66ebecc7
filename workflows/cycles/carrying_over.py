"""Plans that are not settled go over into the next planning year, with a reason.

The rule that lives here: a plan's text, its stage and its record go with it, its dates become those
of the year into which it goes; several plans go together or not at all, and are dated in one go.
"""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from config.lifecycles.phases import DONE, Phase
from cycle import access
from cycle.errors import Blocked
from cycle.models import Plan, PlanningYear
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, Seen
from workflows.core import together
from workflows.core.audit import Act
from workflows.framework import applicable, post_permissions
from workflows.timetable import timetable

# Plans and their steps, those of the same plan by its id.
_MOVE = text("""
WITH moved AS (
  SELECT * FROM unnest(CAST(:plans AS int[]), CAST(:years AS int[]), CAST(:patterns AS text[]))
    AS m(plan_id, year_id, pattern)),
plans AS (
  UPDATE plan SET planning_year_id = moved.year_id, pattern = moved.pattern
  FROM moved WHERE plan.id = moved.plan_id)
UPDATE step SET planning_year_id = moved.year_id FROM moved WHERE step.plan_id = moved.plan_id
""")


def carry_over_plans(
    session: Session,
    actor: Actor,
    year_id: int,
    plan_ids: Sequence[int],
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> list[Plan]:
    """Move plans of a year that are not settled into the next one, with a reason, all or none.

    ``seen_version`` is the year's, whose page lists the plans that are not settled.
    """
    capacity = post_permissions.require(session, actor, "plan_cycle")
    if not plan_ids:
        raise Blocked("Choose at least one plan.")
    access.lock(session, [year_id, *plan_ids])
    access.changeable(session, actor, PlanningYear, year_id, seen_version)
    if not reason.strip():
        raise Blocked("Say why the plan is carried over: a reason is needed here.")
    plans = access.all_changeable(session, actor, Plan, plan_ids)
    return _carry_over(session, actor, capacity, plans, reason)


def _carry_over(
    session: Session, actor: Actor, capacity: Capacity, plans: Sequence[Plan], reason: str
) -> list[Plan]:
    if any(plan.phase in DONE for plan in plans):
        raise Blocked("This plan is settled, so there is nothing to carry over.")
    years = session.scalars(select(PlanningYear).order_by(PlanningYear.writes_from)).all()
    going = [(plan, *_from_to(plan, years)) for plan in plans]
    _move(session, [(plan, following) for plan, _, following in going])
    for year in {following.id: following for _, _, following in going}.values():
        timetable.write_steps(session, year, [plan for plan, _, to in going if to is year])
    acts = [
        (
            plan,
            Act(
                "carry_over",
                reason=reason.strip(),
                details={"from": was.ref if was else None, "to": following.ref},
            ),
            capacity,
        )
        for plan, was, following in going
    ]
    together.record(session, acts, actor)
    return list(plans)


def _from_to(plan: Plan, years: Sequence[PlanningYear]) -> tuple[PlanningYear | None, PlanningYear]:
    """The year of a plan, if it has one, and the next one that is not closed."""
    was = next((year for year in years if year.id == plan.planning_year_id), None)
    after = was.writes_from if was else plan.year_of_effect - 1
    following = next(
        (year for year in years if year.writes_from > after and year.phase != Phase.ENDED), None
    )
    if following is None:
        raise Blocked("There is no later planning year to carry it over to. Create a cycle first.")
    return was, following


def _move(session: Session, going: Sequence[tuple[Plan, PlanningYear]]) -> None:
    patterns = {year.id: applicable.pattern_of(year).key for _, year in going}
    session.execute(
        _MOVE,
        {
            "plans": [plan.id for plan, _ in going],
            "years": [year.id for _, year in going],
            "patterns": [patterns[year.id] for _, year in going],
        },
    )
    for plan, year in going:
        set_committed_value(plan, "planning_year_id", year.id)
        set_committed_value(plan, "pattern", patterns[year.id])
