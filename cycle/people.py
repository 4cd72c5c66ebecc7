"""Who serves which queue today: posts held, cover, vacancies, and which queue a role means.

A post held makes a queue the person's today, as holder of the post or as cover for its holder. The
rules that live here: in which capacity somebody acts, where several of their posts would do, is
decided by ``in_order`` alone, so that the record names the same one every time; cover counts while
the person covered holds the post, and no longer (INV-27).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import permissions
from cycle import clock, role_queues
from cycle.errors import BadInput, NotPermitted
from cycle.statements import Statement


@dataclass(frozen=True)
class PostHeld:
    """One post that a person holds today, or covers (``for_name`` is then set), and its queue."""

    queue_id: int
    role: str
    unit_id: int | None
    body_id: int | None
    post_id: int
    post_title: str
    for_person_id: int | None = None
    for_name: str | None = None
    for_salt: str | None = None
    permissions: frozenset[str] = frozenset()

    @property
    def is_members(self) -> bool:
        """Whether it is a member's: members see what is published, nothing before."""
        return permissions.SIT_AS_MEMBER in self.permissions

    @property
    def only_accounts(self) -> bool:
        """Whether it runs accounts alone; by that nobody reads a plan (SR-80)."""
        return bool(self.permissions) and self.permissions <= permissions.ACCOUNTS

    @property
    def only_checks(self) -> bool:
        """Whether it checks the record and takes no part in what stands on it."""
        return (
            permissions.CHECK_RECORD in self.permissions
            and permissions.CONTRIBUTE not in self.permissions
        )


@dataclass(frozen=True)
class Capacity:
    """That by which an act was allowed, as the record names it (INV-27).

    A post, held or covered (``post``); else the system itself, or the person's own account.
    """

    authority: str  # the role of the post, else "system" or "own account"
    post: PostHeld | None = None

    @classmethod
    def of(cls, post: PostHeld) -> "Capacity":
        """The capacity of whoever holds or covers a post."""
        return cls(post.role, post)

    @property
    def post_id(self) -> int | None:
        """The post; None for the system and for one's own account."""
        return self.post.post_id if self.post else None

    @property
    def post_title(self) -> str:
        """What the post is called; empty without one."""
        return self.post.post_title if self.post else ""

    @property
    def for_person_id(self) -> int | None:
        """For whom, under cover."""
        return self.post.for_person_id if self.post else None

    @property
    def for_name(self) -> str:
        """The name of the person covered; empty without cover."""
        return (self.post.for_name or "") if self.post else ""

    @property
    def for_salt(self) -> str:
        """The salt of the person covered; empty without cover."""
        return (self.post.for_salt or "") if self.post else ""


SYSTEM = Capacity("system")
# For acts on oneself, for which nobody needs a post: a new password, one's sessions ended.
OWN_ACCOUNT = Capacity("own account")


def in_order(posts: Iterable[PostHeld], path: Sequence[int] = ()) -> list[PostHeld]:
    """Posts as they are taken where several would do: a post of one's own before cover, then the
    one nearest to a place, then by the post's id.

    ``path`` is the place: units from the council down to a subject's own.
    """

    def rank(post: PostHeld) -> tuple[bool, int, int]:
        near = path.index(post.unit_id) if post.unit_id in path else -1
        return (post.for_person_id is not None, -near, post.post_id)

    return sorted(posts, key=rank)


@dataclass(frozen=True)
class Actor:
    """A person as of this moment, with today's posts in the order of ``in_order``."""

    person_id: int
    name: str
    initials: str
    salt: str
    posts_held: tuple[PostHeld, ...]
    is_system: bool = False

    @property
    def queue_ids(self) -> frozenset[int]:
        """The queues whose tasks are this person's."""
        return frozenset(post.queue_id for post in self.posts_held)

    @property
    def reads_all(self) -> bool:
        """Whether a post of theirs reads every text: it runs the cycle, checks it, or comments on
        all of it (``read_every_text`` in the framework)."""
        return self.is_system or any(
            permissions.READ_EVERY_TEXT in post.permissions for post in self.posts_held
        )

    @property
    def roles(self) -> frozenset[str]:
        """The roles that this person has somewhere today."""
        return frozenset(post.role for post in self.posts_held)

    def post_where(self, will_do: Callable[[PostHeld], bool]) -> PostHeld | None:
        """The post in which this person acts, of those that will do; None when none does."""
        return next((post for post in self.posts_held if will_do(post)), None)

    def post_serving(self, queue_ids: Collection[int]) -> PostHeld | None:
        """The post with which this person serves one of the queues."""
        return self.post_where(lambda post: post.queue_id in queue_ids)

    def alone_at(self, post: PostHeld) -> "Actor":
        """The same person with one of their posts only, to ask what that one allows."""
        return replace(self, posts_held=(post,))

    def near(self, path: Sequence[int]) -> "Actor":
        """The same person, with their posts in the order of ``in_order`` for a place."""
        return replace(self, posts_held=tuple(in_order(self.posts_held, path)))

    def persons(self) -> frozenset[int]:
        """The person and everyone whom the person covers today."""
        covered = {post.for_person_id for post in self.posts_held if post.for_person_id}
        return frozenset({self.person_id, *covered})


# Cover as it counts, to be read in the place of the table: on the days on which the person covered
# holds the post. A leaver's cover, or a predecessor's, gives nobody a right.
COVER = """(
  SELECT cover.id, cover.post_id, cover.person_id, cover.for_person_id, cover.reason,
         cover.during * appointment.during AS during
  FROM cover JOIN appointment ON appointment.post_id = cover.post_id
       AND appointment.person_id = cover.for_person_id AND appointment.during && cover.during
)"""  # fmt: skip

# Who holds a post and on which days: whoever was appointed (``for_id`` is NULL), and whoever
# covers for them. Read in the place of a table; a closed account is still among them.
POSTHOLDERS = f"""(
  SELECT post_id, person_id, NULL::int AS for_id, during FROM appointment
  UNION ALL
  SELECT post_id, person_id, for_person_id, during FROM {COVER} AS covers
)"""  # noqa: S608  # constants only

# FOR SHARE within the transaction of an act: a role taken away waits, or is seen (INV-27).
# ``{person}`` is whose it is, in SQL; ``{then}`` are more CTEs, ``{also}`` more columns.
_ACTOR = f"""
WITH who AS (
  SELECT id, name, initials, coalesce(salt, '') AS salt, is_system
  FROM person WHERE id = {{person}} AND active {{lock}}),
held AS (
  SELECT post_id, NULL::int AS for_id FROM appointment
  WHERE person_id = {{person}} AND during @> CAST(:today AS date) {{lock}}),
covered AS (
  SELECT post_id, for_person_id AS for_id FROM {COVER} AS covers
  WHERE person_id = {{person}} AND during @> CAST(:today AS date) {{lock}}){{then}}
SELECT who.*, queue.id AS queue_id, queue.role, queue.unit_id, queue.body_id,
       post.id AS post_id, post.title, other.id AS for_person_id, other.name AS for_name,
       other.salt AS for_salt,
       coalesce(granted.value -> queue.role, '[]') AS permissions {{also}}
FROM who
LEFT JOIN (SELECT * FROM held UNION ALL SELECT * FROM covered) AS postholder ON true
LEFT JOIN post ON post.id = postholder.post_id AND post.from_on <= CAST(:today AS date)
     AND (post.until_on IS NULL OR post.until_on > CAST(:today AS date))
LEFT JOIN queue ON queue.id = post.queue_id
LEFT JOIN person AS other ON other.id = postholder.for_id
LEFT JOIN council_setting AS granted ON granted.key = 'permissions'
"""  # noqa: S608  # constants only, here and below; values are bound
_OF_ACTOR = (
    "id name initials salt is_system queue_id role unit_id body_id post_id title for_person_id "
    "for_name for_salt permissions"
)


def locking_actor(
    then: str = "", also: Mapping[str, str] = MappingProxyType({}), joined: str = ""
) -> Statement:
    """The statement that reads a person (bound as ``:person``) with the posts of the day ``:today``
    and holds them; ``then`` are further CTEs that read ``who``, ``held`` or ``covered``, ``also``
    further columns by their names, of what is ``joined``."""
    columns = "".join(f", {sql} AS {name}" for name, sql in also.items())
    sql = _ACTOR.format(lock="FOR SHARE", person=":person", then=then, also=columns)
    return Statement(sql + joined, " ".join((_OF_ACTOR, *also)))


_READ_ACTOR = Statement(_ACTOR.format(lock="", person=":person", then="", also=""), _OF_ACTOR)
_LOCK_ACTOR = locking_actor()


def actor(session: Session, person_id: int, *, lock: bool = False) -> Actor:
    """The person with today's posts; ``lock`` holds them FOR SHARE until the act is committed.

    Raises NotPermitted when the person is unknown or no longer active.
    """
    statement = _LOCK_ACTOR if lock else _READ_ACTOR
    return actor_from(statement.all(session, {"person": person_id, "today": clock.today()}))


def actor_of(person: str) -> str:
    """The statement that reads a person with today's posts, for use in another; ``person`` says in
    SQL whose, and the day is bound as ``today``."""
    return _ACTOR.format(lock="", person=person, then="", also="")


def actor_from(rows: Sequence[Any]) -> Actor:
    """The person in the rows of that statement, a row for each post. Raises NotPermitted when
    there is none."""
    if not rows:
        raise NotPermitted("This account is no longer active. Ask the support service.")
    first = rows[0]
    posts = in_order(
        PostHeld(
            row.queue_id,
            row.role,
            row.unit_id,
            row.body_id,
            row.post_id,
            row.title,
            row.for_person_id,
            row.for_name,
            row.for_salt,
            frozenset(row.permissions),
        )
        for row in rows
        if row.queue_id is not None
    )
    return Actor(first.id, first.name, first.initials, first.salt, tuple(posts), first.is_system)


def system(session: Session) -> Actor:
    """The named system actor: it does what happens by date, and its acts say so.

    Raises BadInput while there is no council.
    """
    row = session.execute(text("SELECT id, name, salt FROM person WHERE is_system")).first()
    if row is None:
        raise BadInput("There is no council here yet. Load one first: plancycle council load FILE.")
    return Actor(row.id, row.name, "", row.salt or "", (), is_system=True)


@dataclass(frozen=True)
class Place:
    """Where a role is looked for: from a unit upwards, at a body, or anywhere in the council."""

    unit_id: int | None = None
    body_id: int | None = None


# The queues that a role may mean at a place; ``{unit}`` and ``{body}`` say where.
QUEUES = """
SELECT q.id, q.role, q.body_id, coalesce(array_position(home.path, q.unit_id), 0) AS depth
FROM queue AS q
LEFT JOIN unit AS home ON home.id = {unit}
WHERE q.role = ANY(:roles)
  AND (q.unit_id = ANY(home.path) OR q.body_id = {body} OR q.role = ANY(:anywhere))
ORDER BY q.id
"""
_QUEUES = Statement(QUEUES.format(unit=":unit", body=":body"), "id role body_id depth")


def queues_for(
    session: Session, roles: Collection[str], place: Place, scopes: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """The queues that each role means at a place (``role_queues``); the first is where tasks go.
    One statement."""
    given = {
        "roles": list(roles),
        "unit": place.unit_id,
        "body": place.body_id,
        "anywhere": role_queues.elsewhere(roles, scopes),
    }
    return role_queues.chosen(_QUEUES.all(session, given), place.body_id, scopes)


def holders(session: Session, queue_ids: Sequence[int], on: date | None = None) -> list[Any]:
    """Who serves each queue on a day: rows (queue_id, person_id, name, post, for_name)."""
    return list(
        session.execute(
            text(f"""
            SELECT post.queue_id, person.id AS person_id, person.name, post.title AS post,
                   other.name AS for_name
            FROM post
            JOIN {POSTHOLDERS} AS postholder
              ON postholder.post_id = post.id AND postholder.during @> CAST(:on AS date)
            JOIN person ON person.id = postholder.person_id AND person.active
            LEFT JOIN person AS other ON other.id = postholder.for_id
            WHERE post.queue_id = ANY(:queues)
            ORDER BY post.queue_id, other.name NULLS FIRST, person.name"""),  # noqa: S608
            {"queues": list(queue_ids), "on": on or clock.today()},
        )
    )
