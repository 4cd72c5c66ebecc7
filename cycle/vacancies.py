"""Where the work of vacant posts falls today (the line post, then who takes vacancies)."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.people import POSTHOLDERS, Actor, PostHeld

# Queues that nobody serves today fall to the line post, and at the end to the role that takes
# vacancies (``take_vacancies``).
_FALLS = f"""
WITH RECURSIVE held AS (
  SELECT DISTINCT h.post_id FROM {POSTHOLDERS} AS h
  JOIN person ON person.id = h.person_id AND person.active
  WHERE h.during @> CAST(:today AS date)),
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
  JOIN council_setting AS granted ON granted.key = 'permissions'
  JOIN queue AS q ON granted.value -> q.role ? 'take_vacancies'
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
    return tuple({row.origin: None for row in falls(session, queue_ids)})


def fallen_at(actor: Actor, queue_ids: Collection[int], falling: Iterable[Any]) -> PostHeld | None:
    """The post through which the work of one of these vacant queues falls to this person today.

    ``falling`` is what ``falls`` says of this person's queues. The post on which the walk up the
    line lands, where it is theirs; None when nothing falls.
    """
    rows = [row for row in falling if row.origin in queue_ids]
    posts = {row.post_id for row in rows}
    landed = actor.post_where(lambda post: post.post_id in posts)
    return landed or actor.post_serving({row.lands_on for row in rows})


def falls(session: Session, queue_ids: Collection[int]) -> Sequence[Any]:
    """What falls to these queues today: rows (vacant queue, queue and post on which it lands)."""
    if not queue_ids:
        return ()
    parameters = {"today": clock.today(), "queues": list(queue_ids)}
    return session.execute(_FALLEN_TO, parameters).all()
