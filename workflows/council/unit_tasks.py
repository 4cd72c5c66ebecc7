"""The queues of a unit that ends, and all that waits in them.

The rules that live here: an open task never stays in a queue that has gone; a merger takes queues
and posts to the successor, a closure takes tasks up the line; whoever had taken a task keeps it
only while they serve its new queue; each subject's record tells which of its tasks were moved. The
number of statements does not follow the number of tasks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import permissions
from config.framework import Framework
from cycle import access, clock, people
from cycle.models import Queue, Unit
from cycle.people import Actor, Capacity
from cycle.record import canonical
from notifications import notices
from workflows.core import together
from workflows.core.attempt import scopes_of
from workflows.core.audit import Act
from workflows.core.tasks import NOTIFIED

Successors = Mapping[int, int]  # the new queue for each old one, by id

_QUEUES = text("SELECT id, role FROM queue WHERE unit_id = :unit ORDER BY id")
# The successor's queue of each role, made where it has none.
_MAKE = text("""
INSERT INTO queue (role, unit_id)
SELECT DISTINCT role, CAST(:into AS int) FROM queue WHERE unit_id = :unit
EXCEPT SELECT role, unit_id FROM queue WHERE unit_id = :into
""")
_TAKE_OVER = text("""
SELECT own.id AS old, min(other.id) AS new
FROM queue AS own JOIN queue AS other ON other.role = own.role AND other.unit_id = :into
WHERE own.unit_id = :unit AND other.body_id IS NULL GROUP BY own.id ORDER BY own.id
""")
_MOVE_POSTS = text("""
UPDATE post SET queue_id = map.new
FROM unnest(CAST(:old AS int[]), CAST(:new AS int[])) AS map(old, new) WHERE queue_id = map.old
""")
_WAITING = text("""
SELECT id, subject_id, kind, slot, queue_id FROM task
WHERE queue_id = ANY(:old) AND closed_at IS NULL ORDER BY id
""")
_OPEN = text("""
SELECT id, subject_id, kind, slot, queue_id FROM task
WHERE subject_id = ANY(:subjects) AND closed_at IS NULL ORDER BY id
""")
_POINT = text("""
UPDATE task SET queue_id = moved.queue_id, slot = moved.slot,
  claimed_at = CASE WHEN moved.keeps THEN claimed_at END,
  claimed_by_id = CASE WHEN moved.keeps THEN claimed_by_id END
FROM (SELECT m.*, EXISTS (
        SELECT 1 FROM post JOIN appointment ON appointment.post_id = post.id
        WHERE post.queue_id = m.queue_id AND appointment.person_id = t.claimed_by_id
          AND appointment.during @> CAST(:today AS date)) AS keeps
      FROM jsonb_to_recordset(CAST(:moved AS jsonb)) AS m(task_id int, queue_id int, slot text)
      JOIN task AS t ON t.id = m.task_id) AS moved
WHERE task.id = moved.task_id
""")
_TELL = text(f"""
WITH opened AS (SELECT id, queue_id, label FROM task WHERE id = ANY(:tasks)),
{NOTIFIED}
{notices.INSERT}
""")  # noqa: S608  # a constant; values are bound
# Of two requests for the same section that meet in one queue, the later is no longer needed.
_MOVE_REQUESTS = text("""
WITH moved AS (
  SELECT asked.id, map.new, row_number() OVER (
           PARTITION BY asked.plan_id, asked.section_key, map.new ORDER BY asked.queue_id, asked.id
         ) > 1 OR EXISTS (
           SELECT 1 FROM contribution AS same
           WHERE same.plan_id = asked.plan_id AND same.section_key = asked.section_key
             AND same.queue_id = map.new AND same.answered_at IS NULL) AS twice
  FROM contribution AS asked
  JOIN unnest(CAST(:old AS int[]), CAST(:new AS int[])) AS map(old, new)
    ON map.old = asked.queue_id
  WHERE asked.answered_at IS NULL)
UPDATE contribution
SET queue_id = CASE WHEN moved.twice THEN contribution.queue_id ELSE moved.new END,
    answered_at = CASE WHEN moved.twice THEN CAST(:at AS timestamptz) END,
    outcome = CASE WHEN moved.twice THEN 'withdrawn' END
FROM moved WHERE contribution.id = moved.id
""")


@dataclass(frozen=True)
class Pointed:
    """An open task and the queue in which it is to wait, with its slot there."""

    task_id: int
    queue_id: int
    slot: str


def queues(session: Session, unit: Unit) -> list[int]:
    """The queues of a unit."""
    return list(session.scalars(select(Queue.id).where(Queue.unit_id == unit.id)))


def take_over(session: Session, unit: Unit, into: Unit) -> dict[int, int]:
    """The successor's queue for each queue of the unit, with its posts."""
    both = {"unit": unit.id, "into": into.id}
    session.execute(_MAKE, both)
    successors = {row.old: row.new for row in session.execute(_TAKE_OVER, both)}
    session.execute(_MOVE_POSTS, _sides(successors))
    return successors


def up_the_line(session: Session, unit: Unit, framework: Framework) -> dict[int, int]:
    """For each queue of the unit the nearest one above of its role, else the last resort's."""
    scopes = scopes_of(framework)
    own = session.execute(_QUEUES, {"unit": unit.id}).all()
    resort = permissions.last_resort(framework)
    roles = {each.role for each in own} | {resort}
    found = people.queues_for(session, roles, people.Place(unit.parent_id), scopes)
    last = found[resort][0]
    gone = {each.id for each in own}
    return {
        each.id: next((to for to in found.get(each.role, ()) if to not in gone), last)
        for each in own
    }


def move(session: Session, actor: Actor, capacity: Capacity, successors: Successors) -> int:
    """Point every open task of the old queues at the new ones, told on each subject's record; how
    many there were. Requests for sections go along."""
    session.execute(_MOVE_REQUESTS, {**_sides(successors), "at": clock.now()})
    waiting = session.execute(_WAITING, {"old": list(successors)}).all()
    by_subject: dict[int, list[int]] = {}
    for row in waiting:
        by_subject.setdefault(row.subject_id, []).append(row.id)
    if not waiting:
        return 0
    point(session, _at_successors(waiting, successors, open_tasks(session, list(by_subject))))
    acts = [
        (subject, Act("tasks_moved", details={"tasks": by_subject[subject.id]}), capacity)
        for subject in access.lock_whole(session, list(by_subject))
    ]
    together.record(session, acts, actor)
    return len(waiting)


def open_tasks(session: Session, subjects: Sequence[int]) -> Sequence[Any]:
    """The open tasks of some subjects: id, subject_id, kind, slot, queue_id."""
    return session.execute(_OPEN, {"subjects": list(subjects)}).all()


def _at_successors(
    waiting: Sequence[Any], successors: Successors, open_already: Sequence[Any]
) -> list[Pointed]:
    """Where each of the tasks goes. A slot that ends with its queue's number gets the new one, but
    where such a task is open there already: the record then closes the one that came."""
    taken = {(row.subject_id, row.kind, row.slot) for row in open_already}
    found = []
    for row in waiting:
        new, slot = successors[row.queue_id], row.slot
        key, _, number = slot.rpartition(":")
        there = (row.subject_id, row.kind, f"{key}:{new}")
        if number == str(row.queue_id) and there not in taken:
            slot = there[2]
            taken.add(there)
        found.append(Pointed(row.id, new, slot))
    return found


def point(session: Session, pointed: Sequence[Pointed]) -> None:
    """Point open tasks at other queues and give those who serve them a notice."""
    if not pointed:
        return
    now, today = clock.now(), clock.today()
    rows = [{"task_id": p.task_id, "queue_id": p.queue_id, "slot": p.slot} for p in pointed]
    session.execute(_POINT, {"moved": canonical.dumps(rows), "today": today})
    tasks = [each.task_id for each in pointed]
    session.execute(_TELL, {"tasks": tasks, "at": now, "today": today})


def _sides(successors: Successors) -> dict[str, list[int]]:
    return {"old": list(successors), "new": list(successors.values())}
