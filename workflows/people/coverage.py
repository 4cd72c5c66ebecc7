"""That every open task reaches somebody: asked after each act on people, posts or structure.

The rules that live here: a vacancy falls to the line post and at the end to the support service, so
somebody is in the support service on every day; somebody is left to look after people; a task is
taken only by who serves its queue.
"""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock, people, vacancies
from cycle.errors import Blocked
from workflows.people import administrators

_REACHED = text(
    vacancies.REACHES  # noqa: S608  two constants
    + """
SELECT (SELECT count(*) FROM task WHERE closed_at IS NULL
          AND queue_id NOT IN (SELECT origin FROM reaches)) AS lost,
       EXISTS (SELECT 1 FROM post_now AS p JOIN queue ON queue.id = p.queue_id
               JOIN council_setting AS granted ON granted.key = 'permissions'
               WHERE granted.value -> queue.role ? 'take_vacancies' AND p.staffed) AS caught
"""
)


# The days to come on which somebody comes to where vacancies go at the end, or leaves it.
_DAYS = text(f"""
SELECT DISTINCT day FROM post JOIN queue ON queue.id = post.queue_id
JOIN council_setting AS granted ON granted.key = 'permissions'
JOIN {people.POSTHOLDERS} AS postholder ON postholder.post_id = post.id
CROSS JOIN LATERAL (VALUES (lower(postholder.during)), (upper(postholder.during))) AS changes (day)
WHERE granted.value -> queue.role ? 'take_vacancies' AND day > CAST(:today AS date)
""")  # noqa: S608  # a constant; values are bound
_STRAYS = text(f"""
UPDATE task SET claimed_by_id = NULL, claimed_at = NULL
WHERE closed_at IS NULL AND claimed_by_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM post
  JOIN {people.POSTHOLDERS} AS postholder
    ON postholder.post_id = post.id AND postholder.during @> CAST(:today AS date)
  JOIN person ON person.id = postholder.person_id AND person.active
  WHERE post.queue_id = task.queue_id AND postholder.person_id = task.claimed_by_id)
""")  # noqa: S608  # a constant; values are bound


def still_reached(session: Session, on: date | None = None) -> None:
    """Raises Blocked when an open task would reach nobody, today or on that day, or when on some
    day to come nobody would be in the support service or left to look after people.

    A vacancy falls to the line post and at the end to the support service, so somebody has to be
    in the support service.
    """
    session.flush()
    administrators.still_administered(session)
    today = clock.today()
    for day in sorted({today, on or today, *session.scalars(_DAYS, {"today": today})}):
        row = session.execute(_REACHED, {"today": day}).one()
        if not row.caught:
            raise Blocked(
                "Nobody would be left in the support service, to which every vacancy goes. Put "
                "somebody else there first."
            )
        if row.lost:
            raise Blocked(f"{row.lost} open tasks would reach nobody. Fill the post first.")


def release_claims(session: Session, person_id: int, queue_id: int | None = None) -> None:
    """Tasks that a person had taken go back to their queue."""
    session.execute(
        text(
            "UPDATE task SET claimed_by_id = NULL, claimed_at = NULL WHERE closed_at IS NULL "
            "AND claimed_by_id = :person AND (CAST(:queue AS int) IS NULL OR queue_id = :queue)"
        ),
        {"person": person_id, "queue": queue_id},
    )


def release_strays(session: Session) -> None:
    """Tasks taken by somebody who does not serve their queue today go back to the queue."""
    session.flush()
    session.execute(_STRAYS, {"today": clock.today()})
