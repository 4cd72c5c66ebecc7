"""The same form twice has one effect and gives the first outcome (INV-30, SR-77).

The key's row is written first, in the act's own transaction. Of two clicks at once the second
waits for the first one's row and gives its outcome instead of doing the work again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.errors import Repeated
from cycle.people import Actor
from cycle.record import canonical

LONGEST_KEPT = 20_000


@dataclass(frozen=True)
class Outcome:
    """Where the browser goes after the act, and what it says there."""

    location: str
    message: str


UNKNOWN = Outcome("", "")


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

    @property
    def sha256(self) -> str:
        """The digest of what was typed."""
        return canonical.digest(self.payload)


# A second click waits here for the first one's transaction, and then finds its row.
_TAKE = text("""
INSERT INTO request_key (person_id, route, key, payload_sha256, payload, location, message, at)
VALUES (:person, :route, :key, :sha, :payload, :location, :message, :at)
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


def once(
    session: Session,
    actor: Actor,
    form: Form,
    work: Callable[[], Outcome],
    expected: Outcome = UNKNOWN,
) -> Outcome:
    """Do ``work`` unless this form has been sent already; then give its first outcome.

    An outcome that was ``expected`` is written once, together with the key. Raises Repeated when
    the same key comes with other contents.
    """
    who = {"person": actor.person_id, "route": form.route, "key": form.key}
    parameters = {
        **who,
        "sha": form.sha256,
        "payload": form.payload[:LONGEST_KEPT],
        "location": expected.location,
        "message": expected.message,
    }
    taken = session.execute(_TAKE, {**parameters, "at": clock.now()}).first()
    if taken is None:
        return _first(session.execute(_FIRST, who).one(), form)
    outcome = work()
    if outcome != expected:
        session.execute(_KEEP, {**who, "location": outcome.location, "message": outcome.message})
    return outcome


def sent_before(session: Session, person_id: int, form: Form) -> Outcome | None:
    """The first outcome of a form that has been sent already; None when it has not.

    Raises Repeated when the same key comes with other contents.
    """
    who = {"person": person_id, "route": form.route, "key": form.key}
    first = session.execute(_FIRST, who).first()
    return _first(first, form) if first is not None else None


def _first(row: Any, form: Form) -> Outcome:
    if row.payload_sha256 != form.sha256:
        raise Repeated(
            "This form was sent before with other contents, and the first ones stand. "
            "Both are shown below.",
            row.payload,
        )
    return Outcome(row.location, row.message)
