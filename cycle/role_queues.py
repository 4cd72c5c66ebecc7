"""Which queues a role means at a place.

The rule that lives here: a role of scope unit is its nearest holder up the line; of scope body the
body's own queue, or failing that the council's; of scope council every queue of that role.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

Queues = dict[str, tuple[int, ...]]


def elsewhere(roles: Collection[str], scopes: Mapping[str, str]) -> list[str]:
    """The roles that are looked for in the whole council, not up the line of a unit alone."""
    return [role for role in roles if scopes.get(role, "unit") != "unit"]


def chosen(rows: Iterable[Any], body_id: int | None, scopes: Mapping[str, str]) -> Queues:
    """The queues of each role among those found at a place; the first is where tasks go.

    A row has the queue's ``id``, ``role`` and ``body_id``, and its ``depth`` on the way to the
    unit of the place; ``body_id`` is the body of the place.
    """
    found: dict[str, list[tuple[int, int, int]]] = {}
    for row in rows:
        at_body = body_id is not None and row.body_id == body_id
        other = row.body_id is not None and not at_body
        found.setdefault(row.role, []).append((2 if at_body else -other, row.depth, row.id))
    queues: Queues = {}
    for role, at in found.items():
        at.sort(key=lambda entry: (-entry[0], -entry[1], entry[2]))
        best = at[0]
        if scopes.get(role, "unit") == "unit" or best[0] == 2:
            queues[role] = tuple(e[2] for e in at if e[:2] == best[:2])
        else:
            queues[role] = tuple(e[2] for e in at)
    return queues
