"""Who is who: posts by department, who holds and covers them, people who hold none.

The rule that lives here: officers may look, members may not (their page is the published papers).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access, clock, people
from cycle.errors import NotPermitted
from cycle.people import Actor
from workflows.people import reading_proposals
from workflows.people.reading_proposals import Line

OTHER = "Committees and groups"

_POSTS = text(f"""
SELECT post.id, post.title, unit.name AS unit, body.name AS body,
       coalesce(department.name, top.name) AS department, department.id AS department_id,
       person.id AS person_id, person.name AS holder, acting.id AS acting_id,
       acting.name AS acting, upper(cover.during) AS cover_until
FROM post
JOIN queue ON queue.id = post.queue_id
LEFT JOIN unit ON unit.id = queue.unit_id
LEFT JOIN unit AS top ON top.id = unit.path[1]
LEFT JOIN unit AS department ON department.id = unit.path[2]
LEFT JOIN body ON body.id = queue.body_id
LEFT JOIN appointment ON appointment.post_id = post.id
 AND appointment.during @> CAST(:today AS date)
LEFT JOIN person ON person.id = appointment.person_id AND person.active
LEFT JOIN {people.COVER} AS cover
  ON cover.post_id = post.id AND cover.during @> CAST(:today AS date)
LEFT JOIN person AS acting ON acting.id = cover.person_id AND acting.active
WHERE post.from_on <= CAST(:today AS date)
  AND (post.until_on IS NULL OR post.until_on > CAST(:today AS date))
  AND (:wanted = '' OR concat_ws(' ', post.title, unit.name, body.name, person.name, acting.name)
       ILIKE :like)
  AND (:department = 0 OR department.id = :department)
ORDER BY body.id NULLS FIRST, department.name NULLS FIRST, cardinality(unit.path), unit.name,
         post.title
""")  # noqa: S608  # a constant; values are bound
_DEPARTMENTS = text("""
SELECT id, name FROM unit WHERE cardinality(path) = 2
  AND (until_on IS NULL OR until_on > CAST(:today AS date)) ORDER BY name
""")
_LOOSE = text("""
SELECT id, name, email, active FROM person
WHERE NOT is_system AND salt IS NOT NULL
  AND (:wanted = '' OR name ILIKE :like OR email ILIKE :like)
  AND (NOT active OR NOT EXISTS (
    SELECT 1 FROM appointment WHERE appointment.person_id = person.id
      AND appointment.during @> CAST(:today AS date)))
ORDER BY active DESC, name
""")


@dataclass(frozen=True)
class Directory:
    """The posts by department (name, rows), and people who hold none.

    ``departments`` are all of today (id, name), to choose from. For who manages people also what
    waits for a second administrator, and what that reader may do alone at present (``note``).
    """

    departments: list[tuple[int, str]]
    groups: list[tuple[str, list[Any]]]
    loose: list[Any]
    left: list[Any]
    waiting: list[Line]
    note: str


def require_officer(actor: Actor) -> None:
    """Raises NotPermitted for members: who holds which post is for the council's officers."""
    if not access.is_officer(actor):
        raise NotPermitted("People and posts are for the council's officers to see.")


def directory(
    session: Session, actor: Actor, wanted: str, department: int, *, manages: bool
) -> Directory:
    """Every post of today by department; a ``department`` that there is not asks for all of them.

    Who ``manages`` people is also shown those who hold no post. Raises NotPermitted for members.
    """
    require_officer(actor)
    asked = {"today": clock.today(), "wanted": wanted, "like": like(wanted)}
    departments = [(row.id, row.name) for row in session.execute(_DEPARTMENTS, asked)]
    chosen = department if department in dict(departments) else 0
    groups: dict[str, list[Any]] = {}
    for row in session.execute(_POSTS, {**asked, "department": chosen}):
        groups.setdefault(row.department or OTHER, []).append(row)
    loose = session.execute(_LOOSE, asked).all() if manages and not chosen else []
    return Directory(
        departments=departments,
        groups=list(groups.items()),
        loose=[row for row in loose if row.active],
        left=[row for row in loose if not row.active],
        waiting=reading_proposals.waiting(session) if manages else [],
        note=reading_proposals.note(session, actor) if manages else "",
    )


def like(wanted: str) -> str:
    """A search text as a pattern of ILIKE that finds it anywhere, to the letter."""
    plain = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"
