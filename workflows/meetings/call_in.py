"""A decision of an executive takes effect only when its call-in has ended (fault R9).

The rules that live here: scrutiny may call in what an executive has decided and not yet done (Local
Government Act 2000 s.9F(4)); how long it may is the council's own, counted from the day on which
decisions are published (surprises V5). What Council decides, and what is only recommended to it, is
not called in. Until call-in ends the plan stays before the body; then the sweep approves it, unless
a correction of the decision is still to be settled (fault R4).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import Framework
from cycle import access, clock, council_facts, people
from cycle.errors import Blocked
from cycle.models import AgendaItem, Body
from cycle.schedule.deadlines import deadlines
from workflows.core import engine
from workflows.core.attempt import Evidence
from workflows.framework import deadline_rules, pinned
from workflows.meetings import approval_route
from workflows.meetings.waivers import DECIDES
from workflows.reports import agenda_items

EXECUTIVE = "cabinet"
ENDS, EFFECT = "call_in_ends", "effective"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CallIn:
    """When the call-in of a decision ends and on which day the decision takes effect; ``rule`` says
    how it is counted, in words."""

    ends_on: date
    effect_on: date
    rule: str


def is_executives(item: AgendaItem, body: Body) -> bool:
    """Whether what the body is asked for is a decision of the executive: no recommendation."""
    return body.kind == EXECUTIVE and item.verb in DECIDES


def of_meeting(session: Session, framework: Framework, body: Body, on: date) -> CallIn | None:
    """The call-in of what a body decides on a day; None where no rule of call-in is known."""
    rules = deadline_rules.by_council(session, framework).day_rules
    calendar = council_facts.calendar(session)
    found = {
        each.key: each for each in deadlines(rules, body.kind, body.framework_key, on, calendar)
    }
    if ENDS not in found:
        return None
    ends = found[ENDS]
    effect_on = found[EFFECT].on if EFFECT in found else ends.on + ONE_DAY
    return CallIn(ends.on, effect_on, f"{ends.rule} ({ends.source})")


def waits_until(session: Session, item: AgendaItem, on: date) -> CallIn | None:
    """The call-in for which an agreement to a report waits; None where nothing is waited for."""
    body = agenda_items.body_of(session, item)
    if not is_executives(item, body):
        return None
    found = of_meeting(session, pinned.of(item), body, on)
    return found if found is not None and found.effect_on > clock.today() else None


def sentence(session: Session, item: AgendaItem, on: date) -> str:
    """What its page says of call-in before a decision is recorded; "" for what is no decision of
    an executive."""
    body = agenda_items.body_of(session, item)
    if not is_executives(item, body):
        return ""
    found = of_meeting(session, pinned.of(item), body, on)
    if found is None:
        return (
            "No rule of call-in is known for this council, so the decision takes effect at once. "
            "Ask the monitoring officer if that is right."
        )
    if found.effect_on <= clock.today():
        return (
            f"By the council’s rule call-in ended on {long_date(found.ends_on)}, so the decision "
            "takes effect at once."
        )
    return (
        f"An approval takes effect on {long_date(found.effect_on)}, when call-in has ended, if it "
        f"is not called in. {found.rule}."
    )


# Neither with officers, nor approved, nor ended.
STILL_BEFORE = (
    "subject.phase NOT IN ('draft', 'in_review', 'settled', 'in_force', 'ended', 'withdrawn')"
)
# What is approved now: decided by its last body, and its day has come.
_PENDING = f"""
SELECT plan.id, subject.ref FROM plan JOIN subject ON subject.id = plan.id
JOIN LATERAL (
  SELECT max(takes_effect_on) AS effect_on, bool_or(status IN ('open', 'ahead')) AS waits
  FROM route_stage WHERE route_stage.plan_id = plan.id AND route_stage.round = (
    SELECT max(round) FROM route_stage WHERE route_stage.plan_id = plan.id)) AS way ON true
WHERE {STILL_BEFORE} AND way.effect_on <= :effect_today AND NOT way.waits
  AND NOT {approval_route.BEING_CORRECTED.format(plan="plan.id")}
"""  # noqa: S608  # a constant
# The plans, as [id, reference], whose call-in has ended, for a statement that asks more besides.
DUE = f"(SELECT jsonb_agg(jsonb_build_array(id, ref) ORDER BY id) FROM ({_PENDING}) AS pending)"  # noqa: S608
_ONE = text(f"{_PENDING} AND plan.id = :plan")
# What the body resolved, as the plan's own record has it.
_RESOLVED = text("""
SELECT (payload::jsonb)->'details' AS details, (payload::jsonb)->>'reason' AS reason FROM event
WHERE subject_id = :plan AND action = 'body_resolved'
  AND jsonb_exists((payload::jsonb)->'details', 'takes_effect_on') ORDER BY seq DESC LIMIT 1
""")


def asked() -> dict[str, date]:
    """What ``DUE`` has as its parameters."""
    return {"effect_today": clock.today()}


def take_effect(session: Session, plan_id: int) -> None:
    """Approve a plan whose call-in has ended: an act of the system, which names the body's
    resolution. Raises Blocked when there is nothing to approve any more."""
    access.lock(session, [plan_id])
    if session.execute(_ONE, {"plan": plan_id, **asked()}).first() is None:
        raise Blocked("Nothing on this plan waits for the end of call-in.")
    (plan,) = agenda_items.fresh_plans(session, [plan_id])
    resolved = session.execute(_RESOLVED, {"plan": plan_id}).one()
    details: dict[str, Any] = dict(resolved.details)
    evidence = Evidence(reason=resolved.reason, details=details)
    action = approving(str(details["outcome"]))
    engine.perform(session, plan, action, people.system(session), evidence)


def approving(outcome: str) -> str:
    """The action by which a plan is approved."""
    amended = outcome == "approved_with_amendments"
    return "approve_with_amendments" if amended else "approve"


def waiting_on(session: Session, item_id: int) -> date | None:
    """The day on which what was decided on a report takes effect, while a plan waits for it and
    no correction is open."""
    found: date | None = session.scalar(_WAITING, {"item": item_id})
    return found


_WAITING = text(f"""
SELECT max(route_stage.takes_effect_on) FROM route_stage
JOIN subject ON subject.id = route_stage.plan_id AND {STILL_BEFORE}
WHERE route_stage.item_id = :item
  AND NOT {approval_route.BEING_CORRECTED.format(plan="route_stage.plan_id")}
""")  # noqa: S608  # a constant
