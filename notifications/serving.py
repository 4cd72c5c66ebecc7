"""Who is told about the tasks of a queue: everyone who serves it today, cover included, and for a
vacancy those on whom its work falls (``cycle.people`` says who that is)."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.people import POSTHOLDERS
from cycle.vacancies import REACHES

# To be followed by a statement that reads ``serves``; asks for the parameter ``today``.
SERVES = (
    REACHES  # noqa: S608  # constants only
    + f"""
, serves AS (
  SELECT DISTINCT ON (reaches.origin, postholder.person_id)
         reaches.origin AS queue_id, postholder.person_id, person.name, post.title,
         other.name AS for_name, post.queue_id <> reaches.origin AS fallen,
         lower(postholder.during) AS since_on
  FROM reaches
  JOIN post ON post.id = reaches.post_id
  JOIN {POSTHOLDERS} AS postholder
    ON postholder.post_id = post.id AND postholder.during @> CAST(:today AS date)
  JOIN person ON person.id = postholder.person_id AND person.active AND NOT person.is_system
  LEFT JOIN person AS other ON other.id = postholder.for_id
  ORDER BY reaches.origin, postholder.person_id, postholder.for_id NULLS FIRST, post.id)
"""  # noqa: S608
)
_ALL = text(SERVES + " TABLE serves ORDER BY queue_id, name, person_id")


@dataclass(frozen=True)
class Serving:
    """A person at a queue today. ``fallen``: the queue is vacant and its work came here."""

    person_id: int
    name: str
    title: str
    for_name: str | None
    fallen: bool

    @property
    def post(self) -> str:
        """By which post the queue is this person's, in words."""
        if self.for_name:
            return f"{self.title}, covering for {self.for_name}"
        return (
            f"{self.title}, while the post that does this is vacant" if self.fallen else self.title
        )


Teams = dict[int, dict[int, Serving]]


def teams(session: Session) -> Teams:
    """Queue id -> person id -> how that person serves it today. One statement."""
    found: Teams = {}
    for row in session.execute(_ALL, {"today": clock.today()}):
        each = Serving(row.person_id, row.name, row.title, row.for_name, row.fallen)
        found.setdefault(row.queue_id, {})[row.person_id] = each
    return found
