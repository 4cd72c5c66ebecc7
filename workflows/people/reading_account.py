"""One's own account: posts, sessions, and what was kept from typing.

The rule that lives here: what was typed when a session had ended is shown to the same person, on
the same page, for as long as it is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import clock
from cycle.models import KeptForm, Person
from cycle.people import Actor
from cycle.record import canonical
from workflows.people import sessions

LONG = 20  # characters from which a text is worth showing


@dataclass(frozen=True)
class OwnSession:
    """One signed-in browser of this person; ``agent`` is what it calls itself."""

    token_sha256: str
    agent: str
    started_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True)
class Account:
    """One's own account."""

    name: str
    email: str
    posts: list[str]
    sessions: list[OwnSession]


@dataclass(frozen=True)
class Kept:
    """A form that was sent after the session had ended, by its address."""

    path: str
    kept_at: datetime
    typed: list[tuple[str, str]]

    @property
    def long_texts(self) -> list[str]:
        """What is worth reading again before it is sent."""
        return [value for _name, value in self.typed if len(value) >= LONG]


def account(session: Session, actor: Actor, token: str) -> Account:
    """The account of the person who asks."""
    person = session.get_one(Person, actor.person_id)
    here = canonical.digest(token)
    return Account(
        name=person.name,
        email=person.email,
        posts=[
            f"{post.post_title}, covering for {post.for_name}" if post.for_name else post.post_title
            for post in actor.posts_held
        ],
        sessions=[
            OwnSession(
                row.token_sha256,
                row.browser,
                row.started_at,
                row.seen_at,
                row.token_sha256 == here,
            )
            for row in sessions.sessions_of(session, person.id)
        ],
    )


def kept(session: Session, person_id: int, path: str) -> Kept | None:
    """What this person typed on a page when their session had ended; None when nothing is kept."""
    row = session.scalars(
        select(KeptForm)
        .where(KeptForm.person_id == person_id, KeptForm.path == path)
        .order_by(KeptForm.id.desc())
        .limit(1)
    ).first()
    if row is None or clock.now() - row.kept_at > sessions.KEPT_FOR:
        return None
    return Kept(row.path, row.kept_at, _pairs(row.body))


def _pairs(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in body.items()
        for value in (values if isinstance(values, list) else [values])
    ]
