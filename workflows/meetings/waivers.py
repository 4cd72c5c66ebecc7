"""A committee passed over: a recorded act of a named person, with the reason.

The rules that live here: only bodies that give their views can be passed over, never the one that
decides; after a referral back earlier bodies consider the plan again unless somebody says why not
(model.md). Stage n+1 opens when all of stage n are decided or waived (G14).
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import access, clock, people
from cycle.errors import Blocked, NotFound, Refused
from cycle.models import Plan, RouteStage, Waiver
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, Seen
from workflows.core import audit, engine
from workflows.core.audit import Act
from workflows.core.internal_acts import internal_act
from workflows.meetings import approval_route
from workflows.reports import report_requests

DECIDES = ("approve", "adopt")
GONE_ON = "This plan is no longer before that committee."
FIRST_TIME = "This plan is before the committees for the first time: each considers it."


def can_be_waived(verb: str, status: str) -> bool:
    """Whether a body of a plan's route, as it now stands, can be passed over by who may."""
    return status == "open" and verb not in DECIDES


def capacity_for(
    session: Session, plan: Plan, actor: Actor, closed: type[Refused] = Blocked
) -> Capacity:
    """The capacity in which this person passes over a body of the plan. Raises NotPermitted, and
    ``closed`` where the plan is before none."""
    return engine.capacity_for(session, plan, actor, "waive", closed=closed(GONE_ON))


def ask_next(session: Session, actor: Actor, capacity: Capacity, plan: Plan) -> None:
    """The next stage of the route has opened: its bodies are asked for their decision."""
    report_requests.request_open(session, actor, capacity, plan)
    engine.perform(session, plan, "stage_done", people.system(session))


@internal_act("plan", "waive")
def waive(
    session: Session,
    actor: Actor,
    route_stage_id: int,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> Plan:
    """Pass over a body that gives its views, such as one that did not meet (a recorded act).
    ``seen_version`` is the plan's.

    Raises Blocked for a body that decides, and for one that has decided already.
    """
    plan_id = session.scalar(select(RouteStage.plan_id).where(RouteStage.id == route_stage_id))
    if plan_id is None:
        raise NotFound(access.GONE)
    plan = access.changeable(session, actor, Plan, plan_id, seen_version)
    capacity = capacity_for(session, plan, actor)
    stage = next(
        (row for row, _ in approval_route.stages(session, plan) if row.id == route_stage_id), None
    )
    if stage is None:
        raise Blocked(GONE_ON)
    _waive(session, actor, plan, [stage], reason, capacity)
    return plan


@internal_act("plan", "waive")
def resume_after(
    session: Session,
    actor: Actor,
    plan_id: int,
    stage_number: int,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> Plan:
    """A plan that comes again does not go back to the bodies up to this stage, and why not.

    After a referral back earlier bodies consider a plan again unless a named person says why not
    (model.md). Raises Blocked on a plan's first way through the committees.
    """
    plan = access.changeable(session, actor, Plan, plan_id, seen_version)
    capacity = capacity_for(session, plan, actor)
    if approval_route.last_round(session, plan.id) < 2:
        raise Blocked(FIRST_TIME)
    rows = [
        row
        for row, _ in approval_route.stages(session, plan)
        if row.stage <= stage_number and row.status in ("open", "ahead")
    ]
    if not rows:
        raise Blocked("There is no committee left to pass over up to that stage.")
    _waive(session, actor, plan, rows, reason, capacity)
    return plan


def _waive(
    session: Session,
    actor: Actor,
    plan: Plan,
    stages: Sequence[RouteStage],
    reason: str,
    capacity: Capacity,
) -> None:
    if not reason.strip():
        raise Blocked("Say why the committee is passed over: a reason is needed here.")
    names = {row.id: body.name for row, body in approval_route.stages(session, plan)}
    for row in stages:
        if row.status not in ("open", "ahead"):
            raise Blocked(f"{names[row.id]} has settled this already.")
        if row.verb in DECIDES:
            raise Blocked(f"{names[row.id]} decides on this plan, so it cannot be passed over.")
    _somebody_is_left(session, plan, stages)
    what = Act(
        "waive", reason=reason.strip(), details={"bodies": [names[row.id] for row in stages]}
    )
    for row in stages:
        item_id = row.item_id
        audit.seal(
            session,
            what,
            Waiver,
            route_stage_id=row.id,
            person_id=actor.person_id,
            reason=reason.strip(),
            at=clock.now(),
        )
        if item_id is not None:
            why = f"{names[row.id]} was passed over: {reason.strip()}"
            report_requests.release(session, actor, capacity, plan, item_id, why)
        row.status = "waived"
        row.ended_at = clock.now()
        session.flush()
    stands = approval_route.open_next(session, plan)
    if stands == "opened":
        report_requests.request_open(session, actor, capacity, plan)
    engine.record(session, plan, actor, what, capacity)
    if stands == "opened":
        ask_next(session, actor, capacity, plan)


def _somebody_is_left(session: Session, plan: Plan, passed: Sequence[RouteStage]) -> None:
    """Raises Blocked when after these nobody would be asked: the plan would wait for nobody."""
    gone = {row.id for row in passed}
    if any(
        row.status in ("open", "ahead") and row.id not in gone
        for row, _ in approval_route.stages(session, plan)
    ):
        return
    raise Blocked(
        "No other committee is left on this plan’s route, so this one cannot be passed over: "
        "somebody has to resolve on the plan. Put it on the agenda of the next meeting, or "
        "withdraw the plan."
    )
