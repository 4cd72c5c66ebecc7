"""A cycle joined midway: the years that ran before are closed, the one to join is next.

The rule that lives here: years before the one that is joined were planned without this system, so
they close without plans and with a reason; the plans that they left behind are imported by
``cycles.import_in_force``.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.lifecycles.phases import Phase
from cycle import access
from cycle.errors import BadInput, Blocked
from cycle.models import Cycle, PlanningYear
from cycle.people import Actor
from cycle.seen import NO_PAGE, Seen
from workflows.core import engine
from workflows.core.attempt import Evidence
from workflows.framework import post_permissions


def join_midway(
    session: Session,
    actor: Actor,
    cycle_id: int,
    number: int,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> list[PlanningYear]:
    """Close the years of a cycle before year ``number`` (2 to 4), which then begins by its date;
    gives the years that were closed.

    Raises NotPermitted without ``plan_cycle``, BadInput for another number, Blocked when one of
    the years has been opened already.
    """
    post_permissions.require(session, actor, "plan_cycle")
    cycle = access.changeable(session, actor, Cycle, cycle_id, seen_version)
    if not 2 <= number <= 4:
        raise BadInput("Choose the planning year that you join, from Year 2 to Year 4.")
    ids = session.scalars(
        select(PlanningYear.id)
        .where(PlanningYear.cycle_id == cycle_id, PlanningYear.number < number)
        .order_by(PlanningYear.id)
    ).all()
    years = [access.changeable(session, actor, PlanningYear, year_id, NO_PAGE) for year_id in ids]
    opened = [year.title for year in years if year.phase != Phase.NOT_STARTED]
    if opened:
        raise Blocked(f"{opened[0]} has begun already, so the cycle cannot be joined after it.")
    why = Evidence(reason=reason.strip())
    if cycle.phase == Phase.NOT_STARTED:
        engine.perform(session, cycle, "begin", actor)
    for year in years:
        engine.perform(session, year, "close_unplanned", actor, why)
    return years
