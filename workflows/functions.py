"""What a person's posts let them do beside their tasks: functions of roles (framework data).

A page or verb asks for a function such as ``manage_people``; which roles have it is the
framework's to say, and cover carries it like everything else of a post.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework
from cycle.errors import NotPermitted
from cycle.people import Actor, Desk
from workflows import pinned

_PINNED = text("""
SELECT framework_version.id, framework_version.sha256
FROM council JOIN subject ON subject.id = council.id
JOIN framework_version ON framework_version.id = subject.framework_version_id
LIMIT 1
""")


def framework(session: Session) -> Framework | None:
    """The framework that the council itself runs under; None before one is published."""
    row = session.execute(_PINNED).first()
    return pinned.of_row(session, row.id, row.sha256) if row is not None else None


def of(session: Session, actor: Actor) -> frozenset[str]:
    """Every function that today's posts give this person."""
    current = framework(session)
    if current is None:
        return frozenset()
    return frozenset(
        name
        for role in actor.roles
        if role in current.roles
        for name in current.roles[role].functions
    )


def require(session: Session, actor: Actor, function: str) -> Desk | None:
    """The desk with which the person has the function, for the record; None for the system.

    Raises NotPermitted when none of their posts has it.
    """
    if actor.is_system:
        return None
    current = framework(session)
    roles = current.roles if current is not None else {}
    for desk in sorted(actor.desks, key=lambda each: each.for_person_id is not None):
        if desk.role in roles and function in roles[desk.role].functions:
            return desk
    raise NotPermitted(
        "Your posts do not include this. If you think they should, ask the support service."
    )
