"""What depended on a decision whose outcome was corrected: listed, then kept or reopened.

The rules that live here (fault R4): a correction moves nothing. For each plan that the decision was
on, a named person keeps what followed, or reopens it: then the plan goes back to before the
decision, and what the body did resolve is followed. Both are acts on the record.
"""

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import access, clock, people
from cycle.errors import BadInput, Blocked, NotFound, OutOfDate
from cycle.models import (
    AgendaItem,
    CorrectionPlan,
    Decision,
    DecisionCorrection,
    Plan,
    RouteStage,
)
from cycle.people import Actor, Capacity, Place
from cycle.seen import NO_PAGE, Seen, current
from notifications import notices
from notifications.notices import Notice
from workflows.core import engine
from workflows.core.attempt import Attempt, Evidence, scopes_of
from workflows.core.audit import Act
from workflows.core.facts import fact
from workflows.core.internal_acts import internal_act
from workflows.core.tasks import Wanted, task_beside
from workflows.framework import pinned
from workflows.meetings import approval_route, following
from workflows.meetings.outcomes import Resolved
from workflows.reports import agenda_items, report_requests

KEPT, REOPENED = "kept", "reopened"
REOPEN = "reopen_decision"
AGREE, SETTLE = "agree_correction", "settle_correction"
LONGEST = 2_000

# Whether a correction of a decision on this report waits, and for how many plans it is open what
# becomes of what depended on one.
CORRECTIONS = fact(
    "corrections",
    """SELECT jsonb_build_array(
  (SELECT count(*) FROM decision_correction
   WHERE item_id = subject.id AND status = 'waiting'),
  (SELECT count(*) FROM correction_plan
   JOIN decision_correction ON decision_correction.id = correction_plan.correction_id
   WHERE decision_correction.item_id = subject.id AND correction_plan.choice IS NULL))""",
)


@task_beside
def _to_settle(attempt: Attempt) -> Iterator[Wanted]:
    """A proposed correction is a task of whoever agrees to it, and what depended on a corrected
    decision one of whoever records resolutions. No report that is not decided has either."""
    if not isinstance(attempt.subject, AgendaItem) or not attempt.state.final:
        return
    acts = {each.action: each for each in attempt.lifecycle.transitions}
    if AGREE not in acts or attempt.act.action == "record_resolution":
        return
    waiting, open_plans = attempt.fact(CORRECTIONS)
    wanted = [
        (waiting, AGREE, "Agree to the correction of an outcome, or refuse it"),
        (open_plans, SETTLE, "Settle what depended on a corrected decision"),
    ]
    for number, action, label in wanted:
        queues = [q for role in acts[action].roles for q in attempt.queues_of(role)]
        queues = queues or list(attempt.queues_of(attempt.last_resort))
        if number and queues:
            yield Wanted(action, "", label, queues[0])


def plans_of(decision: Decision) -> set[str]:
    """The references of the plans that a decision was on."""
    return set(json.loads(decision.versions))


def ask(session: Session, row: DecisionCorrection, decision: Decision) -> None:
    """Let it be settled for each plan that the decision was on what becomes of it."""
    carried = agenda_items.fresh_plans(session, agenda_items.plan_ids(session, row.item_id))
    mine = plans_of(decision)
    session.add_all(
        CorrectionPlan(correction_id=row.id, plan_id=plan.id)
        for plan in carried
        if plan.ref in mine
    )


def is_open(session: Session, item: AgendaItem) -> bool:
    """Whether it is open for any plan what becomes of what depended on a corrected decision. Then
    nothing more is corrected: else an outcome could be followed that counts no longer."""
    found: bool = session.scalar(_OPEN, {"item": item.id})
    return found


_OPEN = text("""
SELECT EXISTS (SELECT 1 FROM correction_plan
  JOIN decision_correction ON decision_correction.id = correction_plan.correction_id
  WHERE decision_correction.item_id = :item AND correction_plan.choice IS NULL)
""")


def tell_plans(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    item: AgendaItem,
    old: Decision,
    row: DecisionCorrection,
) -> None:
    """Say on the record of each plan that the outcome of a decision on it was corrected."""
    for plan in _asked(session, row):
        details = _of_plan(session, item, row) | {"was": old.outcome, "was_effect": old.effect}
        act = Act("decision_corrected", reason=row.reason, details=details)
        engine.record(session, plan, actor, act, capacity)


@internal_act("item", "settle_correction")
def settle(
    session: Session,
    actor: Actor,
    correction_id: int,
    plan_id: int,
    choice: str,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> Plan:
    """Keep what depended on a corrected decision for one plan, or reopen it, and say why.

    ``seen_version`` is the plan's. Raises Blocked when it is settled already, without a reason, and
    with why the plan cannot go back.
    """
    row, item, plan = _locked(session, actor, correction_id, plan_id, seen_version)
    capacity = engine.capacity_for(session, item, actor, "settle_correction")
    asked = session.get(CorrectionPlan, (row.id, plan.id), with_for_update=True)
    if asked is None:
        raise NotFound(access.GONE)
    session.refresh(asked)
    if asked.choice is not None:
        raise Blocked("This has been settled already.")
    if choice not in (KEPT, REOPENED):
        raise BadInput("Choose whether what followed is kept or reopened.")
    if not reason.strip():
        raise Blocked("Say why: a reason is needed here.")
    why = reason.strip()[:LONGEST]
    if choice == REOPENED:
        reasons = why_not_reopen(session, row, item, plan)
        if reasons:
            raise Blocked(reasons)
        _reopen(session, actor, capacity, row, item, plan, why)
    else:
        act = Act("decision_kept", reason=why, details=_of_plan(session, item, row))
        engine.record(session, plan, actor, act, capacity)
        _tell_who_watches(session, item, row, plan, why)
    asked.choice, asked.reason = choice, why
    asked.settled_by_id, asked.settled_at = actor.person_id, clock.now()
    session.flush()
    details = {"correction": row.id, "plan": plan.ref, "choice": choice}
    engine.record(session, item, actor, Act("settle_correction", why, details=details), capacity)
    return plan


def why_not_reopen(
    session: Session, row: DecisionCorrection, item: AgendaItem, plan: Plan
) -> list[str]:
    """Why a plan cannot go back to before a decision, as sentences; none when it can."""
    lifecycle = pinned.of(plan).lifecycles[plan.lifecycle]
    state = lifecycle.states[plan.state]
    if not any(t.action == REOPEN and plan.state in t.from_ for t in lifecycle.transitions):
        return [f"The plan stands at “{state.label}”, from where it does not go back to a body."]
    if session.scalar(_CAME_AGAIN, {"plan": plan.id, "item": item.id}):
        return ["The plan has come before the bodies again since, with a newer version."]
    stage = _stage(session, item, plan)
    if stage is None:
        return ["The body is no longer on the plan’s route."]
    if stage.item_id not in (None, item.id) and stage.status != "open":
        return ["The body has resolved on this plan again since."]
    if state.final and session.scalar(_ENDED_OTHERWISE, {"plan": plan.id, "report": item.ref}):
        return [f"The plan stands at “{state.label}” for another reason than this decision."]
    return []


_CAME_AGAIN = text("""
SELECT EXISTS (SELECT 1 FROM event WHERE subject_id = :plan
  AND jsonb_exists((payload::jsonb)->'details', 'route')
  AND id > (SELECT max(id) FROM event WHERE subject_id = :item AND action = 'record_resolution'))
""")
# Whether the last move of the plan followed from something else than the decision on this report.
_ENDED_OTHERWISE = text("""
SELECT (payload::jsonb)->'details'->>'report' IS DISTINCT FROM :report FROM event
WHERE subject_id = :plan AND from_state <> to_state ORDER BY seq DESC LIMIT 1
""")


def _locked(
    session: Session, actor: Actor, correction_id: int, plan_id: int, seen_version: Seen
) -> tuple[DecisionCorrection, AgendaItem, Plan]:
    """The correction, its report and the plan, and with them the reports to come on the plan."""
    row = session.get(DecisionCorrection, correction_id)
    if row is None or not access.is_officer(actor):
        raise NotFound(access.GONE)
    later = session.scalars(_LATER, {"plan": plan_id, "item": row.item_id}).all()
    access.lock(session, [plan_id, row.item_id, *later])
    if session.scalars(_LATER, {"plan": plan_id, "item": row.item_id}).all() != later:
        raise OutOfDate(agenda_items.CHANGED)
    item = access.item(session, actor, row.item_id)
    found = agenda_items.fresh_plans(session, [plan_id])
    if not found:
        raise NotFound(access.GONE)
    if not current(found[0].version, seen_version):
        raise OutOfDate(agenda_items.CHANGED)
    return row, item, found[0]


_LATER = text("""
SELECT item_plan.item_id FROM item_plan JOIN subject ON subject.id = item_plan.item_id
WHERE item_plan.plan_id = :plan AND item_plan.item_id <> :item
  AND subject.phase NOT IN ('ended', 'withdrawn') ORDER BY item_plan.item_id
""")


def _asked(session: Session, row: DecisionCorrection) -> Sequence[Plan]:
    ids = session.scalars(
        select(CorrectionPlan.plan_id).where(CorrectionPlan.correction_id == row.id)
    ).all()
    return agenda_items.fresh_plans(session, ids)


def _of_plan(session: Session, item: AgendaItem, row: DecisionCorrection) -> dict[str, object]:
    """What the events on a plan say of a corrected decision."""
    on = session.get_one(Decision, row.decision_id).decided_on
    return {
        "correction": row.id,
        "body": agenda_items.body_of(session, item).name,
        "on": on,
        "report": item.ref,
        "resolved": row.outcome,
        "effect": row.effect,
    }


def _stage(session: Session, item: AgendaItem, plan: Plan) -> RouteStage | None:
    """The body's stage of the plan's last round."""
    rows = approval_route.stages(session, plan)
    return next((stage for stage, body in rows if body.id == item.body_id), None)


def _reopen(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    row: DecisionCorrection,
    item: AgendaItem,
    plan: Plan,
    why: str,
) -> None:
    """Back to before the decision; then what the body did resolve is followed."""
    reason = f"The outcome of {item.ref} was corrected."
    report_requests.cancel_for(session, actor, [(plan, capacity)], reason)
    stage = _stage(session, item, plan)
    assert stage is not None  # noqa: S101  # ``why_not_reopen`` has looked, under the same lock
    _route_back(session, plan, stage, item)
    report_requests.request_open(session, actor, capacity, plan)
    details = _of_plan(session, item, row)
    evidence = Evidence(reason=why, details=dict(details))
    engine.perform(session, plan, REOPEN, actor, evidence, after=capacity)
    where = {"body": details["body"], "on": details["on"]}
    resolved = Resolved(0, row.outcome, row.words, row.deferred_to_on)
    following.follow(
        session,
        actor,
        capacity,
        item,
        plan,
        resolved,
        where,
        asked_again=not row.effect,
        no_call_in=session.scalar(_NO_CALL_IN, {"item": item.id}) or "",
    )


# Why call-in does not apply to what the meeting resolved, as it was recorded.
_NO_CALL_IN = text("""
SELECT (payload::jsonb)->'details'->>'no_call_in' FROM event
WHERE subject_id = :item AND action = 'record_resolution' ORDER BY seq DESC LIMIT 1
""")


def _route_back(session: Session, plan: Plan, stage: RouteStage, item: AgendaItem) -> None:
    """The body's stage is open again with the report on which it resolved, and those behind it lie
    ahead. Of its own stage, who had not decided is asked again; who was passed over stays so."""
    session.execute(
        update(RouteStage)
        .where(
            RouteStage.plan_id == plan.id,
            RouteStage.round == stage.round,
            RouteStage.stage > stage.stage,
            RouteStage.status != "waived",
        )
        .values(status="ahead", item_id=None, outcome=None, ended_at=None, takes_effect_on=None)
    )
    session.execute(
        update(RouteStage)
        .where(
            RouteStage.plan_id == plan.id,
            RouteStage.round == stage.round,
            RouteStage.stage == stage.stage,
            RouteStage.status == "ended",
        )
        .values(status="open", item_id=None, ended_at=None)
    )
    session.execute(
        update(RouteStage)
        .where(RouteStage.id == stage.id)
        .values(status="open", item_id=item.id, outcome=None, ended_at=None, takes_effect_on=None)
    )


def _tell_who_watches(
    session: Session, item: AgendaItem, row: DecisionCorrection, plan: Plan, why: str
) -> None:
    """Whoever agrees to corrections is told what was kept all the same."""
    framework = pinned.of(item)
    roles = next(
        t.roles for t in framework.lifecycles[item.lifecycle].transitions if t.action == AGREE
    )
    keys = [key for name in roles for key in framework.roles_of(name, "")]
    found = people.queues_for(
        session, keys, Place(item.unit_id, item.body_id), scopes_of(framework)
    )
    ids = [queue for queues in found.values() for queue in queues]
    name = access.name_outside(item)
    given = access.reason_outside(why, item, plan)
    for holder in people.holders(session, ids):
        notices.add(
            session,
            Notice(
                key=f"kept:{row.id}:{plan.id}:{holder.person_id}",
                kind="flagged",
                person_id=holder.person_id,
                subject=f"Kept after a corrected decision: {name}",
                body=(
                    f"{name}: the outcome was corrected on {long_date(clock.today())} or before. "
                    f"What followed for {access.name_outside(plan)} is kept.\n\n{given}"
                ),
            ),
        )
