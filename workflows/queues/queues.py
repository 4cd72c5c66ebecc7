"""Queues: where the tasks of a role wait, for a unit or a body."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle.models import Queue


def queue_at(session: Session, role: str, unit_id: int | None, body_id: int | None) -> Queue:
    """The queue of a role at a unit or a body; made when there is none yet."""
    found = session.scalars(
        select(Queue).where(
            Queue.role == role,
            Queue.unit_id.is_not_distinct_from(unit_id),
            Queue.body_id.is_not_distinct_from(body_id),
        )
    ).first()
    if found is None:
        found = Queue(role=role, unit_id=unit_id, body_id=body_id)
        session.add(found)
        session.flush()
    return found
