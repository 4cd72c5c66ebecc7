"""The plans and reports of a unit that ends: withdrawn, or carried over to its successor.

The rule that lives here: what is still open follows, each with the reason on its own record; what
was decided keeps the unit's name as it was.
"""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from cycle import access, people
from cycle.models import Plan, Subject, Unit
from cycle.people import Actor, Capacity
from workflows.core import together
from workflows.core.audit import Act
from workflows.council import unit_tasks
from workflows.council.unit_tasks import Pointed
from workflows.framework import pinned
from workflows.plans import creation

_CARRY = text("UPDATE subject SET unit_id = :into WHERE id = ANY(:subjects)")


def withdraw(session: Session, unit: Unit, why: str) -> list[str]:
    """Withdraw every plan of the unit that is still being made; gives their references."""
    ids = [each.id for each in _open_subjects(session, unit) if isinstance(each, Plan)]
    if not ids:
        return []
    withdrawn = creation.withdraw_all(session, people.system(session), ids, why)
    return [plan.ref for plan in withdrawn]


def carry(
    session: Session, actor: Actor, capacity: Capacity, unit: Unit, into: Unit, why: str
) -> list[str]:
    """What is still open belongs to the successor from now on, and so do its tasks; gives the
    references of the plans."""
    ids = [each.id for each in _open_subjects(session, unit)]
    if not ids:
        return []
    subjects = access.lock_whole(session, ids)
    session.execute(_CARRY, {"into": into.id, "subjects": ids})
    for subject in subjects:
        set_committed_value(subject, "unit_id", into.id)
    details = {"from": unit.key, "into": into.key}
    acts = [
        (each, Act("carry_to_unit", reason=why, details=dict(details)), capacity)
        for each in subjects
    ]
    together.record(session, acts, actor)
    unit_tasks.point(session, _to_their_queues(session, subjects, actor))
    return [subject.ref for subject in subjects if isinstance(subject, Plan)]


def _to_their_queues(session: Session, subjects: Sequence[Subject], actor: Actor) -> list[Pointed]:
    """The open tasks that another queue has to have now."""
    wanted = {
        (subject_id, each.kind, each.slot): each.queue_id
        for subject_id, needed in together.required(session, subjects, actor).items()
        for each in needed
    }
    rows = unit_tasks.open_tasks(session, [subject.id for subject in subjects])
    places = [(row, wanted.get((row.subject_id, row.kind, row.slot), row.queue_id)) for row in rows]
    return [Pointed(row.id, queue, row.slot) for row, queue in places if queue != row.queue_id]


def _open_subjects(session: Session, unit: Unit) -> list[Subject]:
    """Plans and reports of the unit that can still be withdrawn, by id."""
    rows = session.scalars(
        select(Subject).where(Subject.unit_id == unit.id).order_by(Subject.id)
    ).all()
    return [
        row
        for row in rows
        if any(
            transition.action == "withdraw" and row.state in transition.from_
            for transition in pinned.of(row).lifecycles[row.lifecycle].transitions
        )
    ]
