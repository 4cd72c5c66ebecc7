"""Who sits at which desk today: posts held, cover, vacancies, and which queue a role means.

A desk is a queue that a person serves today, as holder of a post or as cover for its holder. The
rules that live here: in which capacity somebody acts, where several of their posts would do, is
decided by ``in_order`` alone, so that the record names the same one every time; cover counts while
the person covered holds the post, and no longer (INV-27).
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnClause, column, text
from sqlalchemy.orm import Session

from config import permissions
from cycle import clock
from cycle.errors import BadInput, NotPermitted


@dataclass(frozen=True)
class Desk:
    """One queue that the person serves today; ``for_name`` is set when covering."""

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

    A post, held or covered (``desk``); else the system itself, or the person's own account.
    """

    authority: str  # the role of the post, else "system" or "own account"
    desk: Desk | None = None

    @classmethod
    def of(cls, desk: Desk) -> "Capacity":
        """The capacity of whoever serves a desk."""
        return cls(desk.role, desk)

    @property
    def post_id(self) -> int | None:
        """The post; None for the system and for one's own account."""
        return self.desk.post_id if self.desk else None

    @property
    def post_title(self) -> str:
        """What the post is called; empty without one."""
        return self.desk.post_title if self.desk else ""

    @property
    def for_person_id(self) -> int | None:
        """For whom, under cover."""
        return self.desk.for_person_id if self.desk else None

    @property
    def for_name(self) -> str:
        """The name of the person covered; empty without cover."""
        return (self.desk.for_name or "") if self.desk else ""

    @property
    def for_salt(self) -> str:
        """The salt of the person covered; empty without cover."""
        return (self.desk.for_salt or "") if self.desk else ""


SYSTEM = Capacity("system")
# For acts on oneself, for which nobody needs a post: a new password, one's sessions ended.
OWN_ACCOUNT = Capacity("own account")


def in_order(desks: Iterable[Desk], path: Sequence[int] = ()) -> list[Desk]:
    """Desks as they are taken where several would do: a post of one's own before cover, then the
    one nearest to a place, then by the post's id.

    ``path`` is the place: units from the council down to a subject's own.
    """

    def rank(desk: Desk) -> tuple[bool, int, int]:
        near = path.index(desk.unit_id) if desk.unit_id in path else -1
        return (desk.for_person_id is not None, -near, desk.post_id)

    return sorted(desks, key=rank)


@dataclass(frozen=True)
class Actor:
    """A person as of this moment, with today's desks in the order of ``in_order``."""

    person_id: int
    name: str
    initials: str
    salt: str
    desks: tuple[Desk, ...]
    is_system: bool = False

    @property
    def queue_ids(self) -> frozenset[int]:
        """The queues whose tasks are this person's."""
        return frozenset(desk.queue_id for desk in self.desks)

    @property
    def reads_all(self) -> bool:
        """Whether a post of theirs reads every text: it runs the cycle, checks it, or comments on
        all of it (``read_every_text`` in the framework)."""
        return self.is_system or any(
            permissions.READ_EVERY_TEXT in desk.permissions for desk in self.desks
        )

    @property
    def roles(self) -> frozenset[str]:
        """The roles that this person has somewhere today."""
        return frozenset(desk.role for desk in self.desks)

    def desk_where(self, will_do: Callable[[Desk], bool]) -> Desk | None:
        """The desk in which this person acts, of those that will do; None when none does."""
        return next((desk for desk in self.desks if will_do(desk)), None)

    def desk_at(self, queue_ids: Collection[int]) -> Desk | None:
        """The desk with which this person serves one of the queues."""
        return self.desk_where(lambda desk: desk.queue_id in queue_ids)

    def alone_at(self, desk: Desk) -> "Actor":
        """The same person with one of their desks only, to ask what that one allows."""
        return replace(self, desks=(desk,))

    def near(self, path: Sequence[int]) -> "Actor":
        """The same person, with their desks in the order of ``in_order`` for a place."""
        return replace(self, desks=tuple(in_order(self.desks, path)))

    def persons(self) -> frozenset[int]:
        """The person and everyone whom the person covers today."""
        covered = {desk.for_person_id for desk in self.desks if desk.for_person_id}
        return frozenset({self.person_id, *covered})


# Cover as it counts, to be read in the place of the table: on the days on which the person covered
# holds the post. A leaver's cover, or a predecessor's, gives nobody a right.
COVER = """(
  SELECT cover.id, cover.post_id, cover.person_id, cover.for_person_id, cover.reason,
         cover.during * appointment.during AS during
  FROM cover JOIN appointment ON appointment.post_id = cover.post_id
       AND appointment.person_id = cover.for_person_id AND appointment.during && cover.during
)"""  # fmt: skip

# Who sits in a post and on which days: whoever was appointed (``for_id`` is NULL), and whoever
# covers for them. Read in the place of a table; a closed account is still among them.
POSTHOLDERS = f"""(
  SELECT post_id, person_id, NULL::int AS for_id, during FROM appointment
  UNION ALL
  SELECT post_id, person_id, for_person_id, during FROM {COVER} AS covers
)"""  # noqa: S608  # constants only

# FOR SHARE within the transaction of an act: a role taken away waits, or is seen (INV-27).
_ACTOR = f"""
WITH who AS (
  SELECT id, name, initials, coalesce(salt, '') AS salt, is_system
  FROM person WHERE id = :person AND active {{lock}}),
held AS (
  SELECT post_id, NULL::int AS for_id FROM appointment
  WHERE person_id = :person AND during @> CAST(:today AS date) {{lock}}),
covered AS (
  SELECT post_id, for_person_id AS for_id FROM {COVER} AS covers
  WHERE person_id = :person AND during @> CAST(:today AS date) {{lock}})
SELECT who.*, queue.id AS queue_id, queue.role, queue.unit_id, queue.body_id,
       post.id AS post_id, post.title, other.id AS for_person_id, other.name AS for_name,
       other.salt AS for_salt,
       coalesce(said.value -> queue.role, '[]') AS permissions
FROM who
LEFT JOIN (SELECT * FROM held UNION ALL SELECT * FROM covered) AS postholder ON true
LEFT JOIN post ON post.id = postholder.post_id AND post.from_on <= CAST(:today AS date)
     AND (post.until_on IS NULL OR post.until_on > CAST(:today AS date))
LEFT JOIN queue ON queue.id = post.queue_id
LEFT JOIN person AS other ON other.id = postholder.for_id
LEFT JOIN council_setting AS said ON said.key = 'permissions'
"""  # noqa: S608  # constants only, here and below; values are bound
# The columns are named so that the shape of the answer is worked out once, not at each act.
_OF_ACTOR: list[ColumnClause[Any]] = [
    column(name)
    for name in (
        "id", "name", "initials", "salt", "is_system", "queue_id", "role", "unit_id", "body_id",
        "post_id", "title", "for_person_id", "for_name", "for_salt", "permissions",
    )
]  # fmt: skip
_READ_ACTOR = text(_ACTOR.format(lock="")).columns(*_OF_ACTOR)
_LOCK_ACTOR = text(_ACTOR.format(lock="FOR SHARE")).columns(*_OF_ACTOR)


def actor(session: Session, person_id: int, *, lock: bool = False) -> Actor:
    """The person with today's desks; ``lock`` holds them FOR SHARE until the act is committed.

    Raises NotPermitted when the person is unknown or no longer active.
    """
    statement = _LOCK_ACTOR if lock else _READ_ACTOR
    rows = session.execute(statement, {"person": person_id, "today": clock.today()}).all()
    if not rows:
        raise NotPermitted("This account is no longer active. Ask the support service.")
    first = rows[0]
    desks = in_order(
        Desk(
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
    return Actor(first.id, first.name, first.initials, first.salt, tuple(desks), first.is_system)


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


_QUEUES = text("""
SELECT q.id, q.role, q.body_id,
       coalesce(array_position(home.path, q.unit_id), 0) AS depth
FROM queue AS q
LEFT JOIN unit AS home ON home.id = :unit
WHERE q.role = ANY(:roles)
  AND (q.unit_id = ANY(home.path) OR q.body_id = :body OR q.role = ANY(:anywhere))
ORDER BY q.id
""").columns(column("id"), column("role"), column("body_id"), column("depth"))


def queues_for(
    session: Session, roles: Collection[str], place: Place, scopes: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """The queues that each role means at a place; the first is where tasks go.

    A role of scope unit is its nearest holder up the line; of scope body the body's own desk, or
    failing that the council's; of scope council every desk of that role. One statement.
    """
    anywhere = [role for role in roles if scopes.get(role, "unit") != "unit"]
    rows = session.execute(
        _QUEUES,
        {
            "roles": list(roles),
            "unit": place.unit_id,
            "body": place.body_id,
            "anywhere": anywhere,
        },
    ).all()
    found: dict[str, list[tuple[int, int, int]]] = {}
    for row in rows:
        at_body = place.body_id is not None and row.body_id == place.body_id
        elsewhere = row.body_id is not None and not at_body
        found.setdefault(row.role, []).append((2 if at_body else -elsewhere, row.depth, row.id))
    chosen: dict[str, tuple[int, ...]] = {}
    for role, at in found.items():
        at.sort(key=lambda entry: (-entry[0], -entry[1], entry[2]))
        best = at[0]
        if scopes.get(role, "unit") == "unit" or best[0] == 2:
            chosen[role] = tuple(e[2] for e in at if e[:2] == best[:2])
        else:
            chosen[role] = tuple(e[2] for e in at)
    return chosen


# Queues that nobody serves today fall to the line post, and at the end to the role that takes
# vacancies (``take_vacancies``).
_FALLS = f"""
WITH RECURSIVE held AS (
  SELECT h.post_id FROM appointment AS h JOIN person ON person.id = h.person_id AND person.active
  WHERE h.during @> CAST(:today AS date)
  UNION
  SELECT c.post_id FROM {COVER} AS c JOIN person ON person.id = c.person_id AND person.active
  WHERE c.during @> CAST(:today AS date)),
post_now AS (
  SELECT post.*, held.post_id IS NOT NULL AS staffed FROM post
  LEFT JOIN held ON held.post_id = post.id
  WHERE post.from_on <= CAST(:today AS date)
    AND (post.until_on IS NULL OR post.until_on > CAST(:today AS date))),
vacant AS (
  SELECT queue.id FROM queue
  WHERE NOT EXISTS (SELECT 1 FROM post_now AS p WHERE p.queue_id = queue.id AND p.staffed)),
falls (origin, post_id, hops) AS (
  SELECT v.id, post.line_post_id, 1 FROM vacant AS v
  JOIN post ON post.queue_id = v.id AND post.line_post_id IS NOT NULL
  UNION
  SELECT f.origin, post.line_post_id, f.hops + 1 FROM falls AS f
  JOIN post ON post.id = f.post_id AND post.line_post_id IS NOT NULL
  WHERE f.hops < 12 AND NOT EXISTS (
    SELECT 1 FROM post_now AS p WHERE p.id = f.post_id AND p.staffed)),
lands AS (
  SELECT DISTINCT f.origin, p.queue_id AS lands_on, p.id AS post_id FROM falls AS f
  JOIN post_now AS p ON p.id = f.post_id AND p.staffed),
answer AS (
  SELECT origin, lands_on, post_id FROM lands
  UNION ALL
  SELECT v.id, q.id, NULL FROM vacant AS v
  JOIN council_setting AS said ON said.key = 'permissions'
  JOIN queue AS q ON said.value -> q.role ? 'take_vacancies'
  WHERE NOT EXISTS (SELECT 1 FROM lands WHERE lands.origin = v.id))
"""  # noqa: S608
_FALLEN_TO = text(
    _FALLS + "SELECT origin, lands_on, post_id FROM answer WHERE lands_on = ANY(:queues)"  # noqa: S608
)

# Which queues reach an active person today, vacancies included; ``verify`` uses it too.
REACHES = f"""{_FALLS}
, reaches AS (
  SELECT p.queue_id AS origin, p.id AS post_id FROM post_now AS p WHERE p.staffed
  UNION
  SELECT a.origin, p.id FROM answer AS a
  JOIN post_now AS p ON p.queue_id = a.lands_on AND p.staffed)
"""  # noqa: S608


def fallen_to(session: Session, queue_ids: Collection[int]) -> tuple[int, ...]:
    """The vacant queues whose tasks these queues must do today (the line post, then support)."""
    return tuple({row.origin: None for row in _falls(session, queue_ids)})


def fallen_at(session: Session, actor: Actor, queue_ids: Collection[int]) -> Desk | None:
    """The desk through which the work of one of these vacant queues falls to this person today.

    The post on which the walk up the line lands, where it is theirs; None when nothing falls.
    """
    rows = [row for row in _falls(session, actor.queue_ids) if row.origin in queue_ids]
    posts = {row.post_id for row in rows}
    landed = actor.desk_where(lambda desk: desk.post_id in posts)
    return landed or actor.desk_at({row.lands_on for row in rows})


def _falls(session: Session, queue_ids: Collection[int]) -> Sequence[Any]:
    if not queue_ids:
        return ()
    parameters = {"today": clock.today(), "queues": list(queue_ids)}
    return session.execute(_FALLEN_TO, parameters).all()


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
