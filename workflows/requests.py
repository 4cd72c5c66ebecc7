"""The same form twice has one effect and gives the first outcome (INV-30, SR-77).

The key's row is written first, in the act's own transaction. Of two clicks at once the second
waits for the first one's row and gives its outcome instead of doing the work again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import canonical, clock
from cycle.errors import Repeated
from cycle.people import Actor

LONGEST_KEPT = 20_000


@dataclass(frozen=True)
class Outcome:
    """Where the browser goes after the act, and what it says there."""

    location: str
    message: str


@dataclass(frozen=True)
class Form:
    """A form as it was sent: its route, the key it was rendered with, and what was typed."""

    route: str
    key: str
    typed: Mapping[str, Any]

    @property
    def payload(self) -> str:
        """What was typed, in canonical form."""
        return canonical.dumps(dict(self.typed))


# A second click waits here for the first one's transaction, and then finds its row.
_TAKE = text("""
INSERT INTO request_key (person_id, route, key, payload_sha256, payload, location, message, at)
VALUES (:person, :route, :key, :sha, :payload, '', '', :at)
ON CONFLICT DO NOTHING RETURNING 1
""")
_FIRST = text(
    "SELECT payload_sha256, payload, location, message FROM request_key "
    "WHERE person_id = :person AND route = :route AND key = :key"
)
_KEEP = text(
    "UPDATE request_key SET location = :location, message = :message "
    "WHERE person_id = :person AND route = :route AND key = :key"
)


def once(session: Session, actor: Actor, form: Form, work: Callable[[], Outcome]) -> Outcome:
    """Do ``work`` unless this form has been sent already; then give its first outcome.

    Raises Repeated when the same key comes with other contents; its ``first`` and ``second`` hold
    both payloads.
    """
    who = {"person": actor.person_id, "route": form.route, "key": form.key}
    payload = form.payload
    sha = canonical.digest(payload)
    taken = session.execute(
        _TAKE, {**who, "sha": sha, "payload": payload[:LONGEST_KEPT], "at": clock.now()}
    ).first()
    if taken is None:
        first = session.execute(_FIRST, who).one()
        if first.payload_sha256 != sha:
            raise Repeated(
                "This form was sent before with other contents; the first ones stand. "
                "Both are shown below."
            )
        return Outcome(first.location, first.message)
    outcome = work()
    session.execute(_KEEP, {**who, "location": outcome.location, "message": outcome.message})
    return outcome


def first_payload(session: Session, person_id: int, route: str, key: str) -> str:
    """What was typed the first time this form was sent; "" when it never was."""
    row = session.execute(_FIRST, {"person": person_id, "route": route, "key": key}).first()
    return str(row.payload) if row else ""
