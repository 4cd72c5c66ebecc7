"""Whom a plan's writers can ask for a section: any service or department, and the council's queues.

The rule that lives here: whoever has a post today whose role can contribute can be asked, wherever
in the council it is (F6); the plan's own department comes first, then what is there for the whole
council, then the other departments.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from config import permissions
from config.lifecycles.shape import StateTask
from cycle import clock
from cycle.models import Plan
from workflows.core.attempt import Attempt
from workflows.core.tasks import Wanted, steps_of, task_source
from workflows.framework import pinned

WHOLE_COUNCIL = "The whole council"

_QUEUES = text("""
WITH home AS (SELECT path FROM unit WHERE id = CAST(:unit AS int))
SELECT queue.id, string_agg(DISTINCT post.title, ' / ') AS posts, unit.name AS unit,
       coalesce(string_agg(DISTINCT person.name, ', '), '') AS names, wide.name AS department,
       wide.id IN (SELECT unnest(path) FROM home) AS own, cardinality(unit.path) AS depth,
       cardinality(ARRAY(SELECT unnest(unit.path) INTERSECT SELECT unnest(home.path) FROM home))
         AS shared
FROM post JOIN queue ON queue.id = post.queue_id
LEFT JOIN appointment ON appointment.post_id = post.id
 AND appointment.during @> CAST(:today AS date)
LEFT JOIN person ON person.id = appointment.person_id AND person.active
LEFT JOIN unit ON unit.id = queue.unit_id
LEFT JOIN unit AS wide ON wide.id = unit.path[2]
WHERE queue.role = ANY(:roles) AND post.from_on <= CAST(:today AS date)
  AND (post.until_on IS NULL OR post.until_on > CAST(:today AS date))
GROUP BY queue.id, unit.id, wide.id
ORDER BY wide.name, shared DESC, depth, unit.name, posts
""")


@dataclass(frozen=True)
class QueueChoice:
    """Somebody who can be asked. ``words``: names and posts, and the unit where they lie."""

    queue_id: int
    words: str


@dataclass(frozen=True)
class Group:
    """A department, or what is there for the whole council, and whom one can ask in it."""

    title: str
    queues: tuple[QueueChoice, ...]


def groups(session: Session, plan: Plan, without: Collection[int], find: str = "") -> list[Group]:
    """Whom the writers of a plan can ask, the nearest first; ``without`` are their own queues.

    ``find`` keeps those whose name, post, unit or department has these letters.
    """
    found: dict[str, list[QueueChoice]] = {}
    for row in _rows(session, plan):
        title = row.department or WHOLE_COUNCIL
        words = f"{row.names or 'Nobody at present'} ({row.posts})"
        if row.unit and row.department and row.unit not in row.posts:
            words = f"{words}, {row.unit}"
        if row.id not in without and find.strip().casefold() in f"{words} {title}".casefold():
            found.setdefault(title, []).append(QueueChoice(row.id, words))
    return [Group(title, tuple(queues)) for title, queues in found.items()]


def may_be_asked(session: Session, plan: Plan, queue_id: int) -> bool:
    """Whether a queue is one that the writers of a plan can ask."""
    return any(row.id == queue_id for row in _rows(session, plan))


def _rows(session: Session, plan: Plan) -> list[Row[Any]]:
    roles = list(pinned.roles_with(plan, permissions.CONTRIBUTE))
    given = {"unit": plan.unit_id, "roles": roles, "today": clock.today()}
    rows = list(session.execute(_QUEUES, given))
    own = [row for row in rows if row.own]
    council = [row for row in rows if row.department is None]
    return [*own, *council, *(row for row in rows if row.department and not row.own)]


@task_source("contribution")
def _tasks(attempt: Attempt, task: StateTask) -> Iterator[Wanted]:
    """A task for each answer that is still awaited."""
    steps = steps_of(attempt, task)
    for row in attempt.contributions:
        slot = f"{row.section_key}:{row.queue_id}"
        yield Wanted(task.kind, slot, task.label, row.queue_id, steps, row.due_on)
