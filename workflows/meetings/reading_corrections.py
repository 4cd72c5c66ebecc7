"""A correction of an outcome as its pages show it: what is proposed, and what depends on it.

The rule that lives here: what follows is shown before it is proposed and before it is agreed (fault
R4). Plans that this person may not know of are told by their references alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import access, clock
from cycle.clock import local_date
from cycle.errors import NotAvailable, NotFound
from cycle.models import (
    AgendaItem,
    CorrectionPlan,
    Decision,
    DecisionCorrection,
    Meeting,
    Person,
    Plan,
    Recommendation,
)
from cycle.people import Actor
from workflows.core import engine
from workflows.framework import pinned
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings import corrections, dependents, registers
from workflows.meetings.registers import Decided
from workflows.queues import holders
from workflows.reports import agenda_items

STATUS = {
    "waiting": "Waits for a second person",
    "agreed": "Agreed",
    "refused": "Refused",
    "withdrawn": "Taken back",
}


@dataclass(frozen=True)
class DependentPlan:
    """A plan that the decision was on: where it stands, and what depended on the decision, in
    sentences. ``choice``: kept, reopened or "" while it is open; ``why_not`` it cannot go back."""

    plan_id: int
    ref: str
    title: str
    version: int
    state_label: str
    depended: list[str]
    choice: str
    settled_by: str
    settled_at: datetime | None
    reason: str
    why_not: list[str]


@dataclass(frozen=True)
class ProposePage:
    """A decision whose outcome is to be corrected; ``later`` are the meetings that can have."""

    item_id: int
    version: int
    title: str
    body: str
    decision: Decided
    outcomes: list[tuple[str, str]]
    later: list[tuple[str, str]]
    plans: list[DependentPlan]


@dataclass(frozen=True)
class CorrectionPage:
    """One correction: what is recorded, what is proposed, by whom, and who may do what with it."""

    id: int
    item_id: int
    version: int
    title: str
    body: str
    decision: Decided
    outcome: str
    words: str
    deferred_to_on: date | None
    effect: bool
    reason: str
    evidence: str
    later: str  # the meeting and minute that corrected signed minutes
    proposed_by: str
    proposed_at: datetime
    status: str
    answer: str  # waiting, agreed, refused or withdrawn
    settled_by: str
    settled_at: datetime | None
    why: str
    may: frozenset[str]  # agree_correction, refuse_correction, ...
    why_not: str
    plans: list[DependentPlan]
    with_whom: str  # who has the task to agree, or to settle it; "" where nobody has one

    @property
    def then(self) -> str:
        """What follows from the corrected outcome for a plan that is reopened, in words."""
        if not self.effect:
            return "the body is asked again"
        return {
            "pass": "it goes on to the next body, or is approved if this was the last",
            "again": "the body is asked again",
            "back": "it goes back to its author",
            "end": "it ends there, as lost",
        }[OUTCOMES[self.outcome].then]


def propose_page(session: Session, actor: Actor, item_id: int, decision_id: int) -> ProposePage:
    """A decision whose outcome is to be corrected. Raises NotFound, NotPermitted, and NotAvailable
    where it has been corrected already."""
    item = access.report(session, actor, item_id)
    engine.capacity_for(session, item, actor, "propose_correction")
    decision = _decided(session, item_id, decision_id)
    if decision.corrected:
        raise NotAvailable("This decision has been corrected already. Correct the newest one.")
    meetings = corrections.later_meetings(session, item, decision.on)
    return ProposePage(
        item_id,
        item.version,
        item.title,
        decision.body,
        decision,
        [(key, outcome.label) for key, outcome in OUTCOMES.items()],
        [(str(each.id), long_date(each.on_date)) for each in meetings],
        _plans_of(session, item, session.get_one(Decision, decision_id)),
    )


def correction_page(session: Session, actor: Actor, correction_id: int) -> CorrectionPage:
    """One correction, for whoever may do something with it. Raises NotFound for anybody else."""
    row = session.get(DecisionCorrection, correction_id)
    if row is None or not access.is_officer(actor):
        raise NotFound(access.GONE)
    item = access.report(session, actor, row.item_id)
    may = _may(session, item, actor)
    if not may:
        raise NotFound(access.GONE)
    old = session.get_one(Decision, row.decision_id)
    return CorrectionPage(
        id=row.id,
        item_id=item.id,
        version=item.version,
        title=item.title,
        body=agenda_items.body_of(session, item).name,
        decision=_decided(session, item.id, old.id),
        outcome=row.outcome,
        words=row.words,
        deferred_to_on=row.deferred_to_on,
        effect=row.effect,
        reason=row.reason,
        evidence=row.evidence,
        later=_later(session, row),
        proposed_by=_name(session, row.proposed_by_id),
        proposed_at=row.proposed_at,
        status=STATUS[row.status],
        answer=row.status,
        settled_by=_name(session, row.settled_by_id),
        settled_at=row.settled_at,
        why=row.why,
        may=may | ({"mine"} if row.proposed_by_id == actor.person_id else frozenset()),
        why_not=corrections.problem(row, actor) or "",
        plans=_plans_of(session, item, old, row),
        with_whom=_with_whom(session, item),
    )


def open_on(session: Session, actor: Actor, item_id: int) -> int | None:
    """The newest correction on a report that waits or whose plans are not all settled. Raises
    NotFound for a report of which this person may not know."""
    access.item(session, actor, item_id)
    found: int | None = session.scalar(_OPEN, {"item": item_id})
    return found


_OPEN = text("""
SELECT max(c.id) FROM decision_correction AS c WHERE c.item_id = :item AND (c.status = 'waiting'
  OR EXISTS (SELECT 1 FROM correction_plan AS p WHERE p.correction_id = c.id AND p.choice IS NULL))
""")


def _with_whom(session: Session, item: AgendaItem) -> str:
    asked = (dependents.AGREE, dependents.SETTLE)
    tasks = holders.open_tasks(session, [item.id]).get(item.id, [])
    return next((task.who for task in tasks if task.kind in asked), "")


def _may(session: Session, item: AgendaItem, actor: Actor) -> frozenset[str]:
    offered = {each.action for each in engine.choices(session, item, actor)}
    return frozenset(each for each in offered if each.endswith("_correction"))


def _decided(session: Session, item_id: int, decision_id: int) -> Decided:
    for each in registers.decisions_of(session, item_id):
        if each.id == decision_id:
            return each
    raise NotFound(access.GONE)


def _later(session: Session, row: DecisionCorrection) -> str:
    if row.later_meeting_id is None:
        return ""
    on = session.get_one(Meeting, row.later_meeting_id).on_date
    return f"Minute {row.later_minute} of {long_date(on)}"


def _name(session: Session, person_id: int | None) -> str:
    return session.get_one(Person, person_id).name if person_id is not None else ""


def _plans_of(
    session: Session, item: AgendaItem, old: Decision, row: DecisionCorrection | None = None
) -> list[DependentPlan]:
    """The plans that the decision was on; none where it was on words beside the plans."""
    if not session.get_one(Recommendation, old.recommendation_id).decides:
        return []
    mine = dependents.plans_of(old)
    carried = agenda_items.fresh_plans(session, agenda_items.plan_ids(session, item.id))
    chosen = _chosen(session, row)
    return [
        _plan(session, item, old, row, plan, chosen.get(plan.id))
        for plan in carried
        if plan.ref in mine
    ]


def _chosen(session: Session, row: DecisionCorrection | None) -> dict[int, CorrectionPlan]:
    if row is None:
        return {}
    found = session.scalars(select(CorrectionPlan).where(CorrectionPlan.correction_id == row.id))
    return {each.plan_id: each for each in found}


def _plan(
    session: Session,
    item: AgendaItem,
    old: Decision,
    row: DecisionCorrection | None,
    plan: Plan,
    chosen: CorrectionPlan | None,
) -> DependentPlan:
    waits = row is not None and chosen is not None and chosen.choice is None
    return DependentPlan(
        plan.id,
        plan.ref,
        access.title_outside(plan),
        plan.version,
        _label(plan, plan.state),
        _depended(session, item, old, plan, chosen),
        (chosen.choice or "") if chosen else "",
        _name(session, chosen.settled_by_id) if chosen else "",
        chosen.settled_at if chosen else None,
        chosen.reason if chosen else "",
        dependents.why_not_reopen(session, row, item, plan) if waits and row else [],
    )


_EVENTS = text("""
SELECT event.from_state, event.to_state, event.at,
       (event.payload::jsonb)->'details'->>'report' = :report AS by_it
FROM event WHERE event.subject_id = :plan AND event.at >= :at
  AND event.seq < coalesce((SELECT min(answer.seq) FROM event AS answer
    WHERE answer.subject_id = :plan AND answer.action IN ('decision_kept', 'reopen_decision')
      AND ((answer.payload::jsonb)->'details'->>'correction')::bigint = :correction),
    event.seq + 1)
  AND (event.from_state IS DISTINCT FROM event.to_state OR event.action = 'body_resolved'
       AND (event.payload::jsonb)->'details'->>'report' = :report) ORDER BY event.seq
""")
_GATES = text("""
SELECT milestone.gate, plan_version.number FROM milestone
JOIN plan_version ON plan_version.id = milestone.version_id
WHERE milestone.plan_id = :plan AND milestone.at >= :at AND milestone.at <= :until
ORDER BY milestone.id
""")
_REPORTS = text("""
SELECT body.name, subject.ref, subject.lifecycle, subject.state,
       (SELECT string_agg(task.label, ', ' ORDER BY task.id) FROM task
        WHERE task.subject_id = subject.id AND task.closed_at IS NULL) AS tasks
FROM item_plan JOIN subject ON subject.id = item_plan.item_id
JOIN body ON body.id = subject.body_id
WHERE item_plan.plan_id = :plan AND subject.id > :item ORDER BY subject.id
""")
_TASKS = text("SELECT label FROM task WHERE subject_id = :plan AND closed_at IS NULL ORDER BY id")
# What a gate that was passed means, in words.
GATES = {
    "approved": "Version {} counts as approved.",
    "in_force": "Version {} is in force.",
    "baseline": "The dates in version {} are the baseline of the year’s timetable.",
}


def _depended(
    session: Session,
    item: AgendaItem,
    old: Decision,
    plan: Plan,
    chosen: CorrectionPlan | None,
) -> list[str]:
    """What came of the decision for a plan, in sentences, in the order in which it came. Once it
    is settled: what had come of it until then, since what is open now comes of the answer."""
    given: dict[str, Any] = {
        "plan": plan.id,
        "at": _first_at(session, old),
        "item": item.id,
        "report": item.ref,
        "correction": chosen.correction_id if chosen else None,
        "until": (chosen.settled_at if chosen else None) or clock.now(),
    }
    settled = bool(chosen and chosen.choice)
    found = [_came(plan, each, settled=settled) for each in session.execute(_EVENTS, given)]
    found += [
        GATES[each.gate].format(each.number)
        for each in session.execute(_GATES, given)
        if each.gate in GATES
    ]
    if settled:
        return found or ["Nothing had come of it."]
    for each in session.execute(_REPORTS, given):
        states = pinned.of(item).lifecycles[each.lifecycle].states
        tasks = f" Open there: {each.tasks}." if each.tasks else ""
        found.append(f"{each.name} was asked: {each.ref}, {states[each.state].label}.{tasks}")
    found += [f"An open task: {each.label}." for each in session.execute(_TASKS, given)]
    return found or ["Nothing has come of it yet."]


def _came(plan: Plan, event: Any, *, settled: bool) -> str:
    """What one event brought: a move, or that the body counts as having resolved."""
    on = long_date(local_date(event.at))
    if event.from_state == event.to_state:
        if settled:
            return f"The body counted as having resolved on it from {on}."
        return f"The body counts as having resolved on it from {on}, and is no longer asked."
    by = "The decision" if event.by_it else "A later act"
    before, after = _label(plan, event.from_state), _label(plan, event.to_state)
    return f"{by} moved it from “{before}” to “{after}” on {on}."


def _first_at(session: Session, old: Decision) -> datetime:
    """When the decision was first recorded, before any correction of it."""
    while old.supersedes_id is not None:
        old = session.get_one(Decision, old.supersedes_id)
    return old.at


def _label(plan: Plan, state: str | None) -> str:
    states = pinned.of(plan).lifecycles[plan.lifecycle].states
    known = states.get(state or "")
    return known.label if known else state or ""


def corrections_of_plan(session: Session, actor: Actor, plan: Plan) -> Sequence[str]:
    """That decisions on a plan were corrected, for its page: what each body resolved, and what
    became of what depended on it; reports that this person may not read are left out."""
    rows = session.execute(_OF_PLAN, {"plan": plan.id}).all()
    readable = access.open_reports(session, actor, {row.ref for row in rows}) if rows else set()
    return [
        f"{row.body} on {long_date(row.decided_on)}: corrected to "
        f"“{OUTCOMES[row.outcome].label}”{'' if row.effect else ', without effect'}, where "
        f"“{OUTCOMES[row.was].label}” had been recorded. {THEN[row.choice or '']}"
        for row in rows
        if row.ref in readable
    ]


THEN = {
    "": "What had followed is still to be settled.",
    "kept": "What had followed is kept.",
    "reopened": "The plan went back to before that decision.",
}
_OF_PLAN = text("""
SELECT body.name AS body, subject.ref, was.decided_on, was.outcome AS was, c.outcome, c.effect,
       p.choice
FROM correction_plan AS p JOIN decision_correction AS c ON c.id = p.correction_id
JOIN decision AS was ON was.id = c.decision_id
JOIN subject ON subject.id = c.item_id JOIN body ON body.id = subject.body_id
WHERE p.plan_id = :plan ORDER BY c.id
""")
