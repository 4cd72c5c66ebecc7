"""What a person's posts let them do beside their tasks: permissions of roles (framework data).

A page or verb asks for a permission such as ``manage_people``; which roles have it is the
framework's to say, and cover carries it like everything else of a post.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework
from cycle.errors import NotPermitted
from cycle.people import SYSTEM, Actor, Capacity
from workflows.framework import pinned

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
    """Every permission that today's posts give this person."""
    current = framework(session)
    if current is None:
        return frozenset()
    return given(current, actor)


def given(framework: Framework, actor: Actor) -> frozenset[str]:
    """Every permission that today's posts give this person under a framework."""
    return frozenset(
        name
        for role in actor.roles
        if role in framework.roles
        for name in framework.roles[role].permissions
    )


def require(session: Session, actor: Actor, *permissions: str) -> Capacity:
    """The capacity in which the person has the permission (one of them), for the record.

    Raises NotPermitted when none of their posts has it.
    """
    if actor.is_system:
        return SYSTEM
    current = framework(session)
    roles = current.roles if current is not None else {}
    post = actor.post_where(
        lambda each: (
            each.role in roles and bool(set(permissions) & set(roles[each.role].permissions))
        )
    )
    if post is None:
        raise NotPermitted(
            "Your posts do not include this. If you think they should, ask the support service."
        )
    return Capacity.of(post)
