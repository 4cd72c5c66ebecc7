"""One person: posts, cover and what waits in their queues; what can be given to them.

The rules that live here: officers may look, members only at themselves; the last day is shown,
though the database keeps the first day on which it no longer holds.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access, clock, people
from cycle.errors import NotFound, NotPermitted
from cycle.models import Person, Subject, Task
from cycle.people import Actor
from workflows.people import reading_proposals
from workflows.people.reading import require_officer

MOST_WAITING = 15
ONE_DAY = timedelta(days=1)

_HELD = text("""
SELECT appointment.id, post.id AS post_id, post.title, coalesce(unit.name, body.name) AS place,
       lower(appointment.during) AS from_on, upper(appointment.during) AS until_on
FROM appointment JOIN post ON post.id = appointment.post_id JOIN queue ON queue.id = post.queue_id
LEFT JOIN unit ON unit.id = queue.unit_id LEFT JOIN body ON body.id = queue.body_id
WHERE appointment.person_id = :person
ORDER BY upper(appointment.during) DESC NULLS FIRST, post.title
""")
_COVERS = text(f"""
SELECT cover.id, post.title, acting.id AS person_id, acting.name AS acting,
       away.id AS for_person_id, away.name AS away,
       lower(cover.during) AS from_on, upper(cover.during) AS until_on, cover.reason
FROM {people.COVER} AS cover JOIN post ON post.id = cover.post_id
JOIN person AS acting ON acting.id = cover.person_id
JOIN person AS away ON away.id = cover.for_person_id
WHERE :person IN (cover.person_id, cover.for_person_id)
  AND (upper_inf(cover.during) OR upper(cover.during) > CAST(:today AS date))
ORDER BY lower(cover.during), post.title
""")  # noqa: S608  # a constant; values are bound
_FREE_POSTS = text("""
SELECT post.id, post.title, coalesce(unit.name, body.name) AS place, person.name AS holder
FROM post JOIN queue ON queue.id = post.queue_id
LEFT JOIN unit ON unit.id = queue.unit_id LEFT JOIN body ON body.id = queue.body_id
LEFT JOIN appointment ON appointment.post_id = post.id
 AND appointment.during @> CAST(:today AS date)
LEFT JOIN person ON person.id = appointment.person_id
WHERE post.until_on IS NULL OR post.until_on > CAST(:today AS date)
ORDER BY person.id IS NOT NULL, post.title, place
""")


@dataclass(frozen=True)
class Span:
    """A post held or covered. ``last_on`` is the last day, None without an end."""

    id: int
    title: str
    place: str
    from_on: date | None
    last_on: date | None
    over: bool
    post_id: int = 0


@dataclass(frozen=True)
class CoverLine:
    """Who acts for whom. ``mine``: the person of the page is the one who acts."""

    id: int
    title: str
    acting: str
    acting_id: int
    away: str
    away_id: int
    from_on: date | None
    last_on: date | None
    reason: str
    mine: bool


@dataclass(frozen=True)
class PersonPage:
    """One person: posts, cover, what waits; ``invited`` is whether a password was ever set."""

    id: int
    name: str
    email: str
    active: bool
    erased: bool
    invited: bool
    posts: list[Span]
    covers: list[CoverLine]
    waiting: list[Any]
    waits: int

    @property
    def present(self) -> list[Span]:
        """The posts that are held now or later."""
        return [each for each in self.posts if not each.over]


@dataclass(frozen=True)
class HoldPage:
    """A person who is to get a post: every post as a choice, and what the reader may do alone."""

    person: PersonPage
    posts: list[tuple[str, str]]
    note: str


@dataclass(frozen=True)
class CoverPage:
    """A person who is to be covered for: who could do it, and what the reader may do alone."""

    person: PersonPage
    colleagues: list[tuple[str, str]]
    note: str


def person(session: Session, actor: Actor, person_id: int) -> PersonPage:
    """One person. Raises NotFound, NotPermitted for members (but for themselves)."""
    if actor.person_id != person_id:
        require_officer(actor)
    row = session.get(Person, person_id)
    if row is None or row.is_system:
        raise NotFound(access.GONE)
    asked = {"person": person_id, "today": clock.today()}
    tasks, waits = _waiting(session, actor, row)
    return PersonPage(
        id=row.id,
        name=row.name,
        email="" if row.salt is None else row.email,
        active=row.active,
        erased=row.salt is None,
        invited=row.password_hash is not None,
        posts=[_span(each) for each in session.execute(_HELD, {"person": person_id})],
        covers=[_cover(each, person_id) for each in session.execute(_COVERS, asked)],
        waiting=tasks,
        waits=waits,
    )


def _waiting(session: Session, actor: Actor, row: Person) -> tuple[list[Any], int]:
    """Open tasks in this person's queues of which the reader may see the plan's status."""
    if not row.active:
        return [], 0
    queues = people.actor(session, row.id).queue_ids
    found = session.execute(
        select(Task.label, Task.due_on, Subject.ref, Subject.title, Subject.kind)
        .join(Subject, Subject.id == Task.subject_id)
        .where(Task.closed_at.is_(None), Task.queue_id.in_(queues), access.known_right(actor))
        .order_by(Task.due_on, Subject.ref)
    ).all()
    return list(found[:MOST_WAITING]), len(found)


def _span(row: Any) -> Span:
    over = row.until_on is not None and row.until_on <= clock.today()
    return Span(row.id, row.title, row.place, row.from_on, last(row.until_on), over, row.post_id)


def _cover(row: Any, person_id: int) -> CoverLine:
    return CoverLine(
        row.id,
        row.title,
        row.acting,
        row.person_id,
        row.away,
        row.for_person_id,
        row.from_on,
        last(row.until_on),
        row.reason,
        mine=row.person_id == person_id,
    )


def last(until_on: date | None) -> date | None:
    """The last day of a half-open span."""
    return until_on - ONE_DAY if until_on else None


def appointment_of(page: PersonPage, appointment_id: int) -> Span:
    """One post of this person that has not ended. Raises NotFound for anybody else's."""
    found = next((each for each in page.present if each.id == appointment_id), None)
    if found is None:
        raise NotFound(access.GONE)
    return found


def cover_of(page: PersonPage, cover_id: int) -> CoverLine:
    """One cover by or for this person. Raises NotFound for anybody else's."""
    found = next((each for each in page.covers if each.id == cover_id), None)
    if found is None:
        raise NotFound(access.GONE)
    return found


def hold_page(session: Session, actor: Actor, person_id: int) -> HoldPage:
    """What somebody can be given. Raises NotFound, NotPermitted."""
    found = person(session, actor, person_id)
    return HoldPage(found, _posts_to_hold(session), reading_proposals.note(session, actor))


def _posts_to_hold(session: Session) -> list[tuple[str, str]]:
    """Every post, the vacant ones first, as choices."""
    rows = session.execute(_FREE_POSTS, {"today": clock.today()})
    return [
        (str(row.id), f"{named(row.title, row.place)} ({row.holder or 'vacant'})") for row in rows
    ]


def named(title: str, place: str | None) -> str:
    """A post's title with its place, unless the title says it already."""
    return title if not place or place.lower() in title.lower() else f"{title}, {place}"


def cover_page(session: Session, actor: Actor, person_id: int, *, manages: bool) -> CoverPage:
    """Who can cover for somebody. Raises NotFound, and NotPermitted unless it is oneself or the
    reader ``manages`` people."""
    found = person(session, actor, person_id)
    own = actor.person_id == found.id
    if not own and not manages:
        raise NotPermitted("Cover for somebody else is set by an administrator.")
    note = "" if own else reading_proposals.note(session, actor)
    return CoverPage(found, _colleagues(session, person_id), note)


def _colleagues(session: Session, but: int) -> list[tuple[str, str]]:
    """Everyone active as choices, but for one."""
    rows = session.execute(
        select(Person.id, Person.name)
        .where(Person.active, ~Person.is_system, Person.id != but)
        .order_by(Person.name)
    )
    return [(str(row.id), row.name) for row in rows]
