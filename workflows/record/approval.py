"""That a plan was approved: which text, by whom, on which day; the line and the certificate.

The rule that lives here: it is told of the version that the milestone "approved" sealed, by the
event that lists that row, and of nothing that was written since.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import access
from cycle.clock import local_date
from cycle.errors import NotFound
from cycle.models import Plan
from cycle.people import Actor
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings.dependents import KEPT, REOPENED
from workflows.record import history

GATE = "approved"
_SEALED = text("""
SELECT milestone.id, milestone.at, version.number, version.sha256, version.made_at
FROM milestone JOIN plan_version AS version ON version.id = milestone.version_id
WHERE milestone.plan_id = :plan AND milestone.gate = :gate ORDER BY milestone.id DESC LIMIT 1
""")
_EVENTS = text("SELECT seq, payload FROM event WHERE subject_id = :plan AND at = :at ORDER BY seq")
_DECISION = text("""
SELECT decision.decided_on, decision.outcome, decision.effect, subject.id AS item_id,
       max(decision.at) FILTER (WHERE decision.agreed_by_id IS NOT NULL) OVER () AS corrected_at
FROM subject
JOIN decision ON decision.item_id = subject.id
JOIN recommendation ON recommendation.id = decision.recommendation_id AND recommendation.decides
WHERE subject.ref = :report ORDER BY decision.id DESC LIMIT 1
""")
_CHOSEN = text("""
SELECT correction_plan.choice, correction_plan.reason FROM correction_plan
JOIN decision_correction ON decision_correction.id = correction_plan.correction_id
WHERE correction_plan.plan_id = :plan AND decision_correction.item_id = :item
ORDER BY correction_plan.correction_id DESC LIMIT 1
""")
_CHECKPOINT = text("""
SELECT checkpoint.id, checkpoint.made_at FROM checkpoint_leaf AS leaf
JOIN checkpoint ON checkpoint.id = leaf.checkpoint_id
WHERE leaf.subject_id = :plan AND leaf.seq >= :seq ORDER BY checkpoint.id LIMIT 1
""")


@dataclass(frozen=True)
class Approval:
    """One approval: “version 3, by Policy Committee on 9 December 2026”.

    ``by`` is the body, or the person with their post then; ``on`` the local day of the meeting, or
    of the act; digests are SHA-256, hexadecimal.
    """

    number: int
    sha256: str
    made_at: datetime
    by: str
    on: date
    event: history.Entry
    corrected: str = ""  # in a sentence: the decision was corrected since, to no approval


@dataclass(frozen=True)
class Certificate:
    """What the certificate of an approval says; ``sealed`` is the first checkpoint with it."""

    ref: str
    title: str
    approval: Approval
    sealed: Any | None


def approval_of(session: Session, plan: Plan) -> Approval | None:
    """The last approval of a plan; None where there was none. Rights are asked by the caller."""
    row = session.execute(_SEALED, {"plan": plan.id, "gate": GATE}).first()
    if row is None:
        return None
    (event,) = history.entries(session, plan, _event_of(session, plan, row) - 1, 1)
    decision = session.execute(_DECISION, {"report": event.details.get("report")}).first()
    body = event.details.get("body")
    return Approval(
        row.number,
        row.sha256,
        row.made_at,
        str(body) if body else event.by,
        decision.decided_on if decision else local_date(event.at),
        event,
        _corrected(session, plan, str(body), decision) if decision else "",
    )


def _corrected(session: Session, plan: Plan, body: str, decision: Any) -> str:
    """What the body resolved instead, where the decision was corrected to no approval, and what
    became of the plan (fault R4)."""
    outcome = OUTCOMES[decision.outcome]
    if decision.corrected_at is None or (decision.effect and outcome.then == "pass"):
        return ""
    what = f"“{outcome.label}”" + ("" if decision.effect else ", without effect")
    chosen = session.execute(_CHOSEN, {"plan": plan.id, "item": decision.item_id}).first()
    then = {
        KEPT: f" What had followed is kept: {chosen.reason}" if chosen else "",
        REOPENED: " The plan went back to before that decision.",
    }.get(chosen.choice if chosen else "", " What had followed is still to be settled.")
    when = long_date(local_date(decision.corrected_at))
    return f"The outcome was corrected on {when}: {body} resolved {what}.{then}"


def _event_of(session: Session, plan: Plan, row: Any) -> int:
    """The number of the event that lists the sealed row of the milestone."""
    for event in session.execute(_EVENTS, {"plan": plan.id, "at": row.at}):
        for listed in json.loads(event.payload)["rows"]:
            if listed[:2] == ["milestone", [row.id]]:
                return int(event.seq)
    raise LookupError(f"no event lists milestone {row.id}")


def certificate(session: Session, actor: Actor, ref: str) -> Certificate:
    """For whoever checks the record. Raises NotFound for a plan that there is not, that is closed
    to this person, or that was not approved."""
    wanted = select(Plan).where(Plan.ref == ref, access.record_right(actor))
    plan = session.scalars(wanted).first()
    if plan is None:
        raise NotFound(access.GONE)
    found = approval_of(session, plan)
    if found is None:
        raise NotFound(access.GONE)
    given = {"plan": plan.id, "seq": found.event.seq}
    return Certificate(
        plan.ref, access.title_outside(plan), found, session.execute(_CHECKPOINT, given).first()
    )
