"""Whom to ask: the posts that help others, and for officers who holds them today.

The rule that lives here: who holds which post is for the council's officers; members are told the
posts alone (as on People and posts).
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import permissions
from cycle import access, clock, people
from cycle.people import Actor
from workflows.framework import post_permissions

# What people ask about, and the permission of those who know.
ABOUT = (
    ("Plans, dates and reports", permissions.TAKE_VACANCIES),
    ("Accounts, posts and cover", permissions.MANAGE_PEOPLE),
)
_POSTS = text(f"""
SELECT post.title, queue.role, person.id AS person_id, person.name
FROM post JOIN queue ON queue.id = post.queue_id
LEFT JOIN {people.POSTHOLDERS} AS holder
  ON holder.post_id = post.id AND holder.during @> CAST(:today AS date)
LEFT JOIN person ON person.id = holder.person_id AND person.active
WHERE queue.role = ANY(:roles) AND post.from_on <= CAST(:today AS date)
  AND (post.until_on IS NULL OR post.until_on > CAST(:today AS date))
ORDER BY post.title, post.id, holder.for_id NULLS FIRST
""")  # noqa: S608  # a constant; values are bound


@dataclass(frozen=True)
class HelpPost:
    """A post to ask, and who holds or covers it; no name where it is vacant or not told."""

    title: str
    person_id: int | None = None
    name: str = ""


@dataclass(frozen=True)
class HelpGroup:
    """What can be asked, and of which posts."""

    about: str
    posts: tuple[HelpPost, ...]


@dataclass(frozen=True)
class HelpPosts:
    """Whom to ask about what; ``names``: whether this reader is told who holds the posts."""

    groups: tuple[HelpGroup, ...]
    names: bool


def whom_to_ask(session: Session, actor: Actor) -> HelpPosts:
    """The posts of today that help others, by what they know."""
    framework = post_permissions.framework(session)
    names = access.is_officer(actor)
    groups = []
    for about, permission in ABOUT:
        roles = permissions.roles_with(framework, permission) if framework else ()
        asked = {"roles": list(roles), "today": clock.today()}
        rows = session.execute(_POSTS, asked).all() if roles else []
        posts = (
            HelpPost(row.title, row.person_id, row.name or "") if names else HelpPost(row.title)
            for row in rows
        )
        groups.append(HelpGroup(about, tuple(dict.fromkeys(posts))))
    return HelpPosts(tuple(groups), names)
