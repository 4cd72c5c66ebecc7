"""The same form twice has one effect and gives the first outcome (INV-30, SR-77).

The key's row is written first, in the act's own transaction. Of two clicks at once the second
waits for the first one's row and gives its outcome instead of doing the work again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock, people
from cycle.errors import Repeated
from cycle.people import Actor
from cycle.record import canonical
from workflows.core import taking

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


@dataclass(frozen=True)
class First:
    """What stands of a form that was sent: the digest of what was typed, that, and its outcome."""

    sha256: str
    payload: str
    location: str
    message: str


# The person is locked, then the key taken. A second click waits here for the first one's
# transaction, and then finds its row.
_TAKE = """, taken AS (
  INSERT INTO request_key (person_id, route, key, payload_sha256, payload, location, message, at)
  SELECT who.id, :route, :key, :sha, :payload, :location, :message, :at FROM who
  ON CONFLICT DO NOTHING RETURNING key)
"""
_TAKEN = {"taken": "EXISTS (SELECT 1 FROM taken)"}
_BEGIN = people.locking_actor(_TAKE, _TAKEN)
_BEGIN_AT_PLAN = people.locking_actor(
    _TAKE + taking.BESIDE_ACTOR, _TAKEN | taking.BESIDE_COLUMNS, "LEFT JOIN locked ON true"
)
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
    person_id: int,
    form: Form,
    work: Callable[[Actor], Outcome],
    expected: Outcome = UNKNOWN,
    *,
    plan_id: int | None = None,
) -> Outcome:
    """Do ``work`` as a person, with today's posts held until the act is committed, unless this
    form has been sent already; then give its first outcome.

    An outcome that was ``expected`` is written once, together with the key. The plan ``plan_id``,
    on which ``work`` acts, is locked together with the person. Raises NotPermitted
    when the person is no longer active, Repeated when the same key comes with other contents.
    """
    who = {"person": person_id, "route": form.route, "key": form.key}
    payload = form.payload
    parameters = {
        **who,
        "today": clock.today(),
        "sha": canonical.digest(payload),
        "payload": payload[:LONGEST_KEPT],
        "location": expected.location,
        "message": expected.message,
        "at": clock.now(),
    }
    if plan_id is None:
        rows = _BEGIN.all(session, parameters)
    else:
        rows = _BEGIN_AT_PLAN.all(session, parameters | {"plan": plan_id})
    actor = people.actor_from(rows)
    if plan_id is not None:
        taking.hold(session, rows[0])
    if not rows[0].taken:
        return outcome_of(First(*session.execute(_FIRST, who).one()), form)
    outcome = work(actor)
    if outcome != expected:
        session.execute(_KEEP, {**who, "location": outcome.location, "message": outcome.message})
    return outcome


def outcome_of(first: First, form: Form) -> Outcome:
    """The first outcome of a form that has been sent already.

    Raises Repeated when the same key comes with other contents.
    """
    if first.sha256 != form.sha256:
        raise Repeated(
            "This form was sent before with other contents, and the first ones stand. "
            "Both are shown below.",
            first.payload,
        )
    return Outcome(first.location, first.message)
