"""The record: one event for each act, in one chain per subject (INV-10, INV-11).

``compose`` makes the rows; the engine writes them in the same statement as the change of state.
Rows of sealed tables are listed in the event of their act: by ``seal``, which inserts them, or in
``Act.sealed``, which the statement of the act inserts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, inspect
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cycle.db import Base
from cycle.models import Subject
from cycle.people import Actor, Capacity
from cycle.record import canonical, formats
from cycle.record.formats import Listed

# Of an event's payload. In format 1 the post beside some acts was the person's first one, or none;
# from format 2 on it is the capacity that gave the right, and the payload has the post's id.
FORMAT = 2


@dataclass
class Act:
    """What one event will say; verbs and effects add to it while they work."""

    action: str
    reason: str = ""
    version: str | None = None  # SHA-256 of the plan version that the act names
    details: dict[str, Any] = field(default_factory=dict)
    rows: list[Listed] = field(default_factory=list)
    # Ids of sealed tables that were drawn for this act, and the rows that have been made with
    # them: the statement that writes the act inserts these.
    drawn: dict[str, list[int]] = field(default_factory=dict)
    sealed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def seal(session: Session, act: Act, model: type[Base], **columns: Any) -> int:
    """Make a row of a sealed table and list it in the act's event; gives its ``id`` (or 0).

    With an id that was drawn for it the row is written together with the event, without one now.
    """
    drawn = act.drawn.get(str(model.__tablename__))
    if drawn:
        row = {"id": drawn.pop(0), **columns}
        act.sealed.setdefault(str(model.__tablename__), []).append(row)
    else:
        row = dict(session.execute(_insert(model, tuple(columns)), columns).mappings().one())
    act.rows.append(listed(model, row))
    return int(row.get("id", 0))


def seal_many(
    session: Session, act: Act, model: type[Base], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert several rows of a sealed table in one statement, each listed in the act's event."""
    if not rows:
        return
    if len(act.drawn.get(str(model.__tablename__), ())) >= len(rows):
        for row in rows:
            seal(session, act, model, **row)
        return
    given = list(rows) if len(rows) > 1 else rows[0]
    inserted = session.execute(_insert(model, tuple(rows[0])), given).mappings()
    act.rows.extend(listed(model, dict(row)) for row in inserted)


@lru_cache(maxsize=64)
def _insert(model: type[Base], columns: tuple[str, ...]) -> Any:
    """Insert such a row and give all of it back; made once, since each act needs it."""
    table: Any = model.__table__
    return insert(table).values({name: bindparam(name) for name in columns}).returning(*table.c)


def listed(model: type[Base], row: dict[str, Any]) -> Listed:
    """Table, primary key and digest of all columns, in the newest format of the table."""
    return formats.listed(str(model.__tablename__), [row[name] for name in _key(model)], row)


@lru_cache(maxsize=64)
def _key(model: type[Base]) -> tuple[str, ...]:
    return tuple(column.name for column in inspect(model).primary_key)


def words_of(actor: Actor, capacity: Capacity) -> str:
    """The snapshot of who acted: name, post, for whom, with what authority; canonical."""
    return canonical.dumps(
        {
            "name": actor.name,
            "post": capacity.post_title,
            "for": capacity.for_name,
            "authority": capacity.authority,
        }
    )


def compose(
    subject: Subject,
    act: Act,
    actor: Actor,
    capacity: Capacity,
    *,
    from_state: str | None,
    to_state: str | None,
    at: datetime,
) -> dict[str, Any]:
    """The columns of the event and of its attribution, for the engine's one write.

    The salt of the digest is the actor's own and, under cover, the covered person's as well:
    erasing either empties the words.
    """
    words = words_of(actor, capacity)
    salt = actor.salt + capacity.for_salt
    seq = subject.head_seq + 1
    payload = canonical.dumps(
        {
            "format": FORMAT,
            "subject": subject.id,
            "seq": seq,
            "prev": subject.head_hash,
            "at": at,
            "actor": actor.person_id,
            "for": capacity.for_person_id,
            "post": capacity.post_id,
            "who": canonical.person_digest(salt, words),
            "action": act.action,
            "from": from_state,
            "to": to_state,
            "version": act.version,
            "reason": act.reason,
            "details": act.details,
            "rows": [list(row) for row in act.rows],
        }
    )
    return {
        "seq": seq,
        "prev": subject.head_hash,
        "hash": canonical.event_hash(payload),
        "payload": payload,
        "action": act.action,
        "from_state": from_state,
        "to_state": to_state,
        "actor": actor.person_id,
        "for_person": capacity.for_person_id,
        "words": words,
    }
