"""What follows from a body's resolution for one plan: the next body, approved, back or lost.

The rule that lives here: nothing moves but by a resolution, in the capacity in which it was
recorded; a chain completes only with its last body (G14).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import clock
from cycle.models import AgendaItem, Plan, RouteStage
from cycle.people import Actor, Capacity
from workflows.core import engine
from workflows.core.attempt import Evidence
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings import approval_route, call_in, waivers
from workflows.meetings.outcomes import Resolved
from workflows.reports import report_requests, writing


def follow(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    item: AgendaItem,
    plan: Plan,
    resolved: Resolved,
    where: Mapping[str, Any],
    *,
    asked_again: bool,
    no_call_in: str = "",
) -> None:
    """What the resolution means for one plan; ``where`` is the body and its day. A plan that has
    left the committees stays away. ``no_call_in``: why a decision of an executive is not subject to
    call-in."""
    stage = writing.stage_of(session, plan, item)
    if stage is None:
        return
    then = "again" if asked_again else OUTCOMES[resolved.outcome].then
    details = {**where, "outcome": resolved.outcome, "report": item.ref}
    if then == "again":
        stage.item_id = None
        session.flush()
        if resolved.deferred_to_on:
            details["deferred_to"] = long_date(resolved.deferred_to_on)
        if asked_again:
            details["outcome"] = "not decided"
        report_requests.request(session, actor, capacity, plan, stage, earlier=item)
        evidence = Evidence(reason=resolved.words.strip(), details=details)
        engine.perform(session, plan, "body_resolved", actor, evidence, after=capacity)
        return
    _decided(session, stage, resolved.outcome)
    evidence = Evidence(reason=resolved.words.strip(), details=details)
    if then == "pass":
        stands = approval_route.open_next(session, plan)
        if stands == "finished":
            _last(session, actor, capacity, item, plan, stage, evidence, no_call_in)
        else:
            _pass_on(session, actor, capacity, plan, evidence, opened=stands == "opened")
        return
    action = "refer_back" if then == "back" else "lose"
    engine.perform(session, plan, action, actor, evidence, after=capacity)
    why = f"{plan.ref} was {'referred back' if then == 'back' else 'lost'} at {where['body']}."
    report_requests.cancel_for(session, actor, [(plan, capacity)], why)


def _decided(session: Session, stage: RouteStage, outcome: str) -> None:
    stage.status = "decided"
    stage.outcome = outcome
    stage.ended_at = clock.now()
    session.flush()


def _pass_on(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    plan: Plan,
    evidence: Evidence,
    *,
    opened: bool,
) -> None:
    """The body agreed: wait for others of the stage, or ask the next body, which is ``opened``."""
    if opened:
        report_requests.request_open(session, actor, capacity, plan)
    engine.perform(session, plan, "body_resolved", actor, evidence, after=capacity)
    if opened:
        waivers.ask_next(session, actor, capacity, plan)


def _last(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    item: AgendaItem,
    plan: Plan,
    stage: RouteStage,
    evidence: Evidence,
    no_call_in: str,
) -> None:
    """The last body agreed: the plan is approved, or waits until the call-in of an executive's
    decision has ended (fault R9)."""
    waits = None if no_call_in else call_in.waits_until(session, item, evidence.details["on"])
    if no_call_in:
        evidence.details["no_call_in"] = no_call_in
    if waits is None:
        action = call_in.approving(str(stage.outcome))
        engine.perform(session, plan, action, actor, evidence, after=capacity)
        return
    stage.takes_effect_on = waits.effect_on
    session.flush()
    evidence.details["call_in_ends"] = waits.ends_on
    evidence.details["takes_effect_on"] = waits.effect_on
    engine.perform(session, plan, "body_resolved", actor, evidence, after=capacity)
