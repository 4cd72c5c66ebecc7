"""Who of several takes a task on: *I am on it*, and giving it back.

The rule that lives here: a task has at most one claimant, and only who serves its queue claims it
(INV-07). Of two who claim at once one succeeds and the other reads who has it. A claim is a word
among colleagues: it changes nobody's rights and nothing of the plan, so the plan's record and its
version stay as they are.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access, clock, vacancies
from cycle.errors import NotAvailable, NotFound
from cycle.people import Actor

_TASK = text("""
SELECT task.id, task.label, task.queue_id, task.closed_at, task.claimed_by_id, person.name
FROM task LEFT JOIN person ON person.id = task.claimed_by_id
WHERE task.id = :task FOR UPDATE OF task
""")
_CLAIM = text(
    "UPDATE task SET claimed_by_id = :me, claimed_at = :at "
    "WHERE id = :task AND claimed_by_id IS NULL AND closed_at IS NULL"
)
_GIVE_BACK = text(
    "UPDATE task SET claimed_by_id = NULL, claimed_at = NULL "
    "WHERE id = :task AND claimed_by_id = :me AND closed_at IS NULL"
)
CLOSED = "This task has been done or is no longer needed. Look at My work again."


def claim(session: Session, actor: Actor, task_id: int) -> str:
    """Take on a task of one's queues; gives its label.

    Raises NotFound for a task of other queues, NotAvailable when it is closed or somebody has it.
    """
    task = _of_mine(session, actor, task_id)
    if task.claimed_by_id == actor.person_id:
        return str(task.label)
    if task.claimed_by_id is not None:
        raise NotAvailable(f"{task.name} is on it already. Ask them to give it back first.")
    session.execute(_CLAIM, {"task": task_id, "me": actor.person_id, "at": clock.now()})
    return str(task.label)


def give_back(session: Session, actor: Actor, task_id: int) -> str:
    """Give a claimed task back to the queue; gives its label.

    Raises NotFound for a task of other queues, NotAvailable when one does not have it.
    """
    task = _of_mine(session, actor, task_id)
    if task.claimed_by_id != actor.person_id:
        raise NotAvailable("This task is not with you, so there is nothing to give back.")
    session.execute(_GIVE_BACK, {"task": task_id, "me": actor.person_id})
    return str(task.label)


def _of_mine(session: Session, actor: Actor, task_id: int) -> Any:
    """An open task of one's queues, or of a vacant one in one's line; locked."""
    task = session.execute(_TASK, {"task": task_id}).first()
    mine = actor.queue_ids
    if task is None or (
        task.queue_id not in mine and task.queue_id not in vacancies.fallen_to(session, mine)
    ):
        raise NotFound(access.GONE)
    if task.closed_at is not None:
        raise NotAvailable(CLOSED)
    return task
