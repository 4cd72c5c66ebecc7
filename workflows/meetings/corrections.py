"""The outcome or effect of a decision is corrected: proposed by one person, agreed by another.

The rules that live here (fault R4): a correction says what the meeting did resolve, what shows it
and where that is kept; it never changes the decision, which is the body's own act. Neither who
proposed it agrees to it, nor who acts for them. Once the minutes are signed only a later minute
corrects. The sealed row stays and a newer one supersedes it (INV-28). Nothing moves by itself: what
depended on the decision is kept or reopened by a named person (``dependents``).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import access, clock
from cycle.errors import BadInput, Blocked, NotFound, OwnWork
from cycle.models import AgendaItem, Decision, DecisionCorrection, Meeting, Recommendation
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, Seen
from workflows.core import audit, engine
from workflows.core.audit import Act
from workflows.core.internal_acts import internal_act
from workflows.framework import pinned
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings import dependents, outcomes
from workflows.meetings.outcomes import Resolved
from workflows.reports import agenda_items

SETTLED = {
    "agreed": "This correction has been agreed already.",
    "refused": "This correction has been refused already.",
    "withdrawn": "This correction has been taken back by who proposed it.",
}
OWN = (
    "You or somebody you act for proposed this correction. Somebody else has to agree: another "
    "person in this post, or whoever covers it."
)


@dataclass(frozen=True)
class Wanted:
    """What the meeting did resolve, and what shows it. ``later_meeting_id`` and ``later_minute``:
    where the body corrected its signed minutes."""

    outcome: str
    words: str
    deferred_to_on: date | None
    effect: bool
    reason: str
    evidence: str
    minutes_signed: bool
    later_meeting_id: int | None = None
    later_minute: str = ""


@internal_act("item", "propose_correction")
def propose(
    session: Session, actor: Actor, decision_id: int, wanted: Wanted, seen_version: Seen = NO_PAGE
) -> DecisionCorrection:
    """Propose another outcome or effect of a decision; nothing changes until somebody else agrees.

    Raises Blocked with every sentence at once on what is missing, for what changes neither outcome
    nor effect, and while what depended on an earlier correction is open; BadInput for an outcome
    that there is not.
    """
    old, item = _decision(session, actor, decision_id, seen_version)
    capacity = engine.capacity_for(session, item, actor, "propose_correction")
    outcomes.must_be_newest(session, old)
    waiting = session.scalar(
        select(DecisionCorrection.id).where(
            DecisionCorrection.decision_id == old.id, DecisionCorrection.status == "waiting"
        )
    )
    if waiting is not None:
        raise Blocked("A correction of this decision is waiting already. Settle that one first.")
    if dependents.is_open(session, item):
        raise Blocked(
            "What depended on the last correction is still to be settled. Settle it first: where "
            "that correction was the mistake, keep what followed."
        )
    _check(session, item, old, wanted)
    row = DecisionCorrection(
        item_id=item.id,
        decision_id=old.id,
        outcome=wanted.outcome,
        words=wanted.words.strip() or f"{OUTCOMES[wanted.outcome].label}.",
        deferred_to_on=wanted.deferred_to_on if wanted.outcome == "deferred" else None,
        effect=wanted.effect,
        reason=wanted.reason.strip(),
        evidence=wanted.evidence.strip(),
        minutes_signed=wanted.minutes_signed,
        later_meeting_id=wanted.later_meeting_id if wanted.minutes_signed else None,
        later_minute=wanted.later_minute.strip() if wanted.minutes_signed else "",
        proposed_by_id=actor.person_id,
        acted_for_id=capacity.for_person_id,
        proposed_at=clock.now(),
        status="waiting",
    )
    session.add(row)
    session.flush()
    act = Act("propose_correction", reason=row.reason, details=_details(session, item, old, row))
    engine.record(session, item, actor, act, capacity)
    return row


@internal_act("item", "agree_correction")
def agree(
    session: Session, actor: Actor, correction_id: int, seen_version: Seen = NO_PAGE
) -> DecisionCorrection:
    """Agree: the corrected outcome is on the record, and nothing moves. What depended on the
    decision becomes a task.

    Raises Blocked when it is settled already, OwnWork for who proposed it or acts for them.
    """
    row, item = _waiting(session, actor, correction_id, seen_version)
    capacity = engine.capacity_for(session, item, actor, "agree_correction")
    why_not = problem(row, actor)
    if why_not:
        raise OwnWork([why_not])
    old = session.get_one(Decision, row.decision_id)
    outcomes.must_be_newest(session, old)
    details = _details(session, item, old, row)
    act = Act("agree_correction", reason=row.reason, details=details)
    audit.seal(session, act, Decision, **_corrected(old, row, actor))
    _close(row, actor, "agreed")
    if session.get_one(Recommendation, old.recommendation_id).decides:
        dependents.ask(session, row, old)
    session.flush()
    engine.record(session, item, actor, act, capacity)
    dependents.tell_plans(session, actor, capacity, item, old, row)
    return row


@internal_act("item", "refuse_correction")
def refuse(
    session: Session, actor: Actor, correction_id: int, reason: str, seen_version: Seen = NO_PAGE
) -> None:
    """Refuse, with a reason, by somebody who did not propose it. Raises as ``agree``."""
    row, item = _waiting(session, actor, correction_id, seen_version)
    capacity = engine.capacity_for(session, item, actor, "refuse_correction")
    if row.proposed_by_id == actor.person_id:
        raise Blocked("You proposed this. Take it back instead.")
    if not reason.strip():
        raise Blocked("Say why: a reason is needed here.")
    _end(session, item, row, actor, capacity, Act("refuse_correction", reason=reason.strip()))


@internal_act("item", "withdraw_correction")
def withdraw(
    session: Session, actor: Actor, correction_id: int, seen_version: Seen = NO_PAGE
) -> None:
    """Take one's own proposal back. Raises Blocked for anybody else."""
    row, item = _waiting(session, actor, correction_id, seen_version)
    capacity = engine.capacity_for(session, item, actor, "withdraw_correction")
    if row.proposed_by_id != actor.person_id:
        raise Blocked("Only who proposed this can take it back.")
    _end(session, item, row, actor, capacity, Act("withdraw_correction"))


def problem(row: DecisionCorrection, actor: Actor) -> str | None:
    """Why this person cannot agree, or None. Whoever covers for somebody acts for them."""
    mine = actor.persons()
    return OWN if row.proposed_by_id in mine or row.acted_for_id in mine else None


def later_meetings(session: Session, item: AgendaItem, decided_on: date) -> list[Meeting]:
    """The meetings at which the body can have corrected its minutes: held after the decision."""
    return list(
        session.scalars(
            select(Meeting)
            .where(
                Meeting.body_id == item.body_id,
                Meeting.on_date > decided_on,
                Meeting.on_date <= clock.today(),
                Meeting.status != "cancelled",
            )
            .order_by(Meeting.on_date)
        )
    )


def _decision(
    session: Session, actor: Actor, decision_id: int, seen_version: Seen
) -> tuple[Decision, AgendaItem]:
    old = session.get(Decision, decision_id)
    if old is None:
        raise NotFound(access.GONE)
    item, _ = agenda_items.locked(session, actor, old.item_id, seen_version)
    return old, item


def _waiting(
    session: Session, actor: Actor, correction_id: int, seen_version: Seen
) -> tuple[DecisionCorrection, AgendaItem]:
    """A proposal that waits, with its report; both locked. Raises NotFound, Blocked when settled,
    OutOfDate when the page was older."""
    known = session.get(DecisionCorrection, correction_id)
    if known is None:
        raise NotFound(access.GONE)
    item, _ = agenda_items.locked(session, actor, known.item_id, seen_version)
    session.refresh(known, with_for_update=True)
    if known.status != "waiting":
        raise Blocked(SETTLED[known.status])
    return known, item


def _check(session: Session, item: AgendaItem, old: Decision, wanted: Wanted) -> None:
    known = OUTCOMES.get(wanted.outcome)
    if known is None:
        raise BadInput("Choose an outcome from the list.")
    until = wanted.deferred_to_on if wanted.outcome == "deferred" else None
    stands = (old.outcome, old.effect, old.deferred_to_on)
    reasons = []
    if stands == (wanted.outcome, wanted.effect, until):
        reasons.append("Outcome and effect are as recorded. Correct the words instead.")
    if known.words_needed and not wanted.words.strip():
        reasons.append(known.words_needed)
    if until is not None and until <= old.decided_on:
        reasons.append(f"It can only be deferred to a day after {long_date(old.decided_on)}.")
    if wanted.effect:
        reasons += _without_authority(session, item, wanted)
    if not wanted.reason.strip():
        reasons.append("Say why it is corrected.")
    if not wanted.evidence.strip():
        reasons.append("Say what shows what the meeting resolved, and where it is kept.")
    if wanted.minutes_signed:
        reasons += _without_later_minute(session, item, old, wanted)
    if reasons:
        raise Blocked(reasons)


def _without_authority(session: Session, item: AgendaItem, wanted: Wanted) -> list[str]:
    body = agenda_items.body_of(session, item)
    kind = pinned.of(item).bodies[body.framework_key]
    resolved = Resolved(0, wanted.outcome)
    return outcomes.questionable(resolved, item.verb, kind, body.name)


def _without_later_minute(
    session: Session, item: AgendaItem, old: Decision, wanted: Wanted
) -> list[str]:
    meetings = {each.id for each in later_meetings(session, item, old.decided_on)}
    reasons = []
    if wanted.later_meeting_id not in meetings:
        reasons.append(
            "The minutes are signed, so only a later minute of the body corrects them. Choose the "
            "meeting that did."
        )
    if not wanted.later_minute.strip():
        reasons.append("Enter the number of the later minute.")
    return reasons


def _corrected(old: Decision, row: DecisionCorrection, actor: Actor) -> dict[str, Any]:
    """The decision as it now reads: what the old one says, but for what was corrected."""
    columns = {each.name: getattr(old, each.name) for each in Decision.__table__.columns}
    del columns["id"]
    return columns | {
        "outcome": row.outcome,
        "words": row.words,
        "effect": row.effect,
        "deferred_to_on": row.deferred_to_on,
        "recorded_by_id": row.proposed_by_id,
        "agreed_by_id": actor.person_id,
        "evidence": row.evidence,
        "later_meeting_id": row.later_meeting_id,
        "later_minute": row.later_minute or None,
        "supersedes_id": old.id,
        "reason": row.reason,
        "at": clock.now(),
    }


def _details(
    session: Session, item: AgendaItem, old: Decision, row: DecisionCorrection
) -> dict[str, Any]:
    return {
        "correction": row.id,
        "decision": old.id,
        "number": session.get_one(Recommendation, old.recommendation_id).number,
        "body": agenda_items.body_of(session, item).name,
        "on": old.decided_on,
        "was": old.outcome,
        "was_effect": old.effect,
        "resolved": row.outcome,
        "effect": row.effect,
        "evidence": row.evidence,
        "later_minute": row.later_minute,
        "proposed_by": row.proposed_by_id,
    }


def _end(
    session: Session,
    item: AgendaItem,
    row: DecisionCorrection,
    actor: Actor,
    capacity: Capacity,
    act: Act,
) -> None:
    """Close a proposal of which nothing comes, on the record."""
    _close(row, actor, "refused" if act.reason else "withdrawn", act.reason)
    session.flush()
    act.details |= {"correction": row.id, "proposed_by": row.proposed_by_id}
    engine.record(session, item, actor, act, capacity)


def _close(row: DecisionCorrection, actor: Actor, status: str, why: str = "") -> None:
    row.status, row.settled_by_id, row.settled_at, row.why = (
        status, actor.person_id, clock.now(), why,
    )  # fmt: skip
