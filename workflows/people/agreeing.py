"""A second administrator agrees to a proposal or refuses it; its proposer takes it back (SR-80).

The rules that live here: neither the proposer agrees, nor whom it is for, nor who covers for
either; of two at once one has an effect; what can no longer be done is closed with the reason and
told; that reason names people, so the record only says that there is one (INV-15).
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from cycle import access, clock, people
from cycle.errors import Blocked, NotFound, NotPermitted
from cycle.models import Council, Person, RightsProposal
from cycle.people import Actor, Capacity
from workflows.core import engine
from workflows.core.audit import Act
from workflows.core.council_subject import subject_of
from workflows.framework import post_permissions
from workflows.people import (
    account_mail,
    administrators,
    appointed_alone,
    appointments,
    proposals,
    reactivation,
)
from workflows.people.appointed_alone import APPOINTED_ALONE
from workflows.people.appointments import Done
from workflows.people.proposals import REACTIVATE, Wish

SETTLED = {
    "agreed": "This has been agreed already.",
    "refused": "This has been refused already.",
    "withdrawn": "This has been taken back by who proposed it.",
    "overtaken": "This could no longer be done and was closed.",
}
# On the sealed event in the place of a refusal's text, which may name somebody else.
NOT_DONE = "It could no longer be done, for the reason that the page of the proposal gives."


@dataclass(frozen=True)
class Answer:
    """What became of a proposal; ``why`` when it could no longer be done.

    ``opened``: whose account was opened again, who then needs a link for a new password.
    """

    done: bool
    why: str = ""
    opened: int | None = None


def agree(session: Session, actor: Actor, proposal_id: int) -> Answer:
    """Agree, and do what was proposed. What cannot be done any more is closed, with the reason.

    Raises NotPermitted without ``manage_people``, Blocked for the proposer, for whom it is for, and
    for what is settled.
    """
    council, row = _waiting(session, proposal_id)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    why_not = problem(row, actor)
    if why_not:
        raise Blocked(why_not)
    summary = proposals.sentence(session, row)
    act = Act(row.kind, reason=row.reason if row.kind != "set_cover" else "")
    try:
        proposer = _proposer(session, row)
        with session.begin_nested():
            granted = _grant(session, row, act)
    except Blocked as refusal:
        why = str(refusal)
        event = _settle(session, council, actor, capacity, row, "overtaken", why)
        words = {"summary": summary, "why": why}
        account_mail.notify(session, event, actor, row.proposed_by_id, "overtaken", words)
        return Answer(done=False, why=why)
    act.details |= {"proposal": row.id, "proposed_by": row.proposed_by_id}
    if appointed_alone.by_the_other(session, row.proposed_by_id, actor.person_id):
        act.details[APPOINTED_ALONE] = True
    _close(row, actor, "agreed")
    engine.record(session, council, actor, act, capacity)
    event = council.head_seq
    if isinstance(granted, Person):
        reactivation.tell(session, event, proposer, granted.id, agreed_by=actor)
    else:
        appointments.tell_of(session, event, proposer, act, granted, agreed_by=actor)
    account_mail.notify(session, event, actor, row.proposed_by_id, "agreed", {"summary": summary})
    return Answer(done=True, opened=granted.id if isinstance(granted, Person) else None)


def refuse(session: Session, actor: Actor, proposal_id: int, reason: str) -> None:
    """Refuse, with a reason, by an administrator who did not propose it."""
    council, row = _waiting(session, proposal_id)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    if row.proposed_by_id == actor.person_id:
        raise Blocked("You proposed this. Take it back instead.")
    if not reason.strip():
        raise Blocked("Say why: a reason is needed here.")
    why = reason.strip()[: proposals.LONGEST]
    words = {"summary": proposals.sentence(session, row), "why": why}
    event = _settle(session, council, actor, capacity, row, "refused", why)
    account_mail.notify(session, event, actor, row.proposed_by_id, "refused", words)


def withdraw(session: Session, actor: Actor, proposal_id: int) -> None:
    """Take one's own proposal back."""
    council, row = _waiting(session, proposal_id)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    if row.proposed_by_id != actor.person_id:
        raise Blocked("Only who proposed this can take it back. Refuse it instead.")
    _settle(session, council, actor, capacity, row, "withdrawn", "")


def problem(row: RightsProposal, actor: Actor) -> str | None:
    """Why this administrator cannot agree, or None. Whoever covers for somebody acts for them."""
    mine = actor.persons()
    if row.proposed_by_id in mine or row.acted_for_id in mine:
        return "You or somebody you act for proposed this. Another administrator has to agree."
    if row.person_id in mine:
        return "This is for you or somebody you act for. Another administrator has to agree."
    return None


def _waiting(session: Session, proposal_id: int) -> tuple[Council, RightsProposal]:
    """The council and a proposal that waits, locked. Raises NotFound, Blocked when settled."""
    council = subject_of(session)
    row = session.get(RightsProposal, proposal_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(access.GONE)
    if row.status != "waiting":
        raise Blocked(SETTLED[row.status])
    return council, row


def _proposer(session: Session, row: RightsProposal) -> Actor:
    """Who proposed it, with today's posts. Raises Blocked when they no longer may."""
    gone = "Whoever proposed this no longer looks after people. Propose it anew."
    try:
        proposer = people.actor(session, row.proposed_by_id, lock=True)
        post_permissions.require(session, proposer, administrators.MANAGES)
    except NotPermitted:
        raise Blocked(gone) from None
    return proposer


def _grant(session: Session, row: RightsProposal, act: Act) -> Done | Person:
    if row.kind == REACTIVATE:
        return reactivation.open_again(session, row.person_id, act)
    return appointments.grant(session, _wish(row), act)


def _wish(row: RightsProposal) -> Wish:
    return Wish(
        row.kind,
        row.person_id,
        row.post_id,
        row.during,
        row.appointment_id,
        row.for_person_id,
        row.reason,
        row.knows_four_eyes,
    )


def _settle(
    session: Session,
    council: Council,
    actor: Actor,
    capacity: Capacity,
    row: RightsProposal,
    status: str,
    why: str,
) -> int:
    """Close a proposal of which nothing comes, on the record; gives the number of the event."""
    _close(row, actor, status, why)
    details = {"proposal": row.id, "person": row.person_id, "proposed_by": row.proposed_by_id}
    reason = NOT_DONE if status == "overtaken" else why
    act = Act(f"{VERBS[status]}_rights", reason=reason, details=details)
    engine.record(session, council, actor, act, capacity)
    return council.head_seq


VERBS = {"refused": "refuse", "withdrawn": "withdraw", "overtaken": "close"}


def _close(row: RightsProposal, actor: Actor, status: str, why: str = "") -> None:
    row.status, row.settled_by_id, row.settled_at = status, actor.person_id, clock.now()
    row.why = why
