"""Whom the merging or closing of a unit concerns: found, and told by mail (SR-80).

The rule that lives here: whoever serves a queue that was moved, or one to which something came,
is told who serves it too, since each of them now has what the other had.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock, people
from cycle.models import Unit
from cycle.people import Actor
from workflows.people import account_mail

_SERVING = text(f"""
SELECT DISTINCT post.queue_id, post.id AS post_id, post.key, post.title,
       person.id AS person_id, person.name
FROM post
JOIN {people.POSTHOLDERS} AS postholder
  ON postholder.post_id = post.id
 AND (upper_inf(postholder.during) OR upper(postholder.during) > CAST(:today AS date))
JOIN person ON person.id = postholder.person_id AND person.active AND NOT person.is_system
WHERE post.queue_id = ANY(:queues)
ORDER BY post.id, person.id
""")  # noqa: S608  # a constant; values are bound


def serving(session: Session, queue_ids: Collection[int]) -> list[Any]:
    """Who serves these queues, as holder or cover, today or later: queue_id, post_id, key, title,
    person_id and name."""
    given = {"queues": list(queue_ids), "today": clock.today()}
    return list(session.execute(_SERVING, given))


def tell_of_merger(
    session: Session, event: int, actor: Actor, unit: Unit, into: Unit, moved: Collection[Any],
    queue_ids: Collection[int],
) -> None:  # fmt: skip
    """Tell those whose post moved (``moved``, as ``serving`` gave them before), and those at whose
    queue they now are."""
    posts = {row.post_id for row in moved}
    rows = serving(session, queue_ids)
    came = {row.queue_id for row in rows if row.post_id in posts}
    for row in rows:
        change = "unit_merged" if row.post_id in posts else "unit_taken_in"
        if change == "unit_taken_in" and row.queue_id not in came:
            change = "unit_tasks_come"
        others = [
            f"{each.name} ({each.title})"
            for each in rows
            if each.queue_id == row.queue_id and each.person_id != row.person_id
        ]
        words = {"post": row.title, "unit": unit.name, "into": into.name,
                 "others": ", ".join(dict.fromkeys(others)) or "nobody else"}  # fmt: skip
        account_mail.notify(session, event, actor, row.person_id, change, words)


def tell_of_closure(
    session: Session, event: int, actor: Actor, unit: Unit, queue_ids: Collection[int]
) -> None:
    """Tell those who serve the queues to which goes whatever waited in a unit that was closed."""
    for row in serving(session, queue_ids):
        words = {"post": row.title, "unit": unit.name}
        account_mail.notify(session, event, actor, row.person_id, "unit_closed", words)
