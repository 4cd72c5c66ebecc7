"""With whom plans are: their open tasks, those of their reports included, and who has them.

The rule that lives here: a task of a queue that nobody serves is shown with whoever it falls to
(``vacancies.REACHES``); under cover the person who covers is named, "for" the one who is away.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock, people, vacancies

NO_DATE = date(9999, 12, 31)
NOBODY = "Nobody at present"


@dataclass(frozen=True)
class Holder:
    """A person who serves a queue today, by which post, and for whom when covering."""

    person_id: int
    name: str
    post: str
    for_name: str | None = None

    @property
    def words(self) -> str:
        """Priya Menon for Olu Bankole (Group Manager)."""
        stands_in = f" for {self.for_name}" if self.for_name else ""
        return f"{self.name}{stands_in} ({self.post})"


@dataclass(frozen=True)
class OpenTask:
    """A task that is open, and who has it today. ``due_on`` None: no date; ``step_id``: the step of
    the timetable that dates it. ``subject_id`` is the plan or a report on it."""

    id: int
    kind: str
    label: str
    due_on: date | None
    opened_at: datetime
    queue_id: int
    subject_id: int
    step_id: int | None
    holders: tuple[Holder, ...]

    @property
    def who(self) -> str:
        """Who has it, in words."""
        return names(self.holders)


def names(holders: Sequence[Holder]) -> str:
    """Up to two people by name and post, and how many more."""
    shown = [each.words for each in holders[:2]]
    more = len(holders) - len(shown)
    if more > 0:
        shown.append(f"{more} more")
    return ", ".join(shown) or NOBODY


# The postholders of today; a person who covers comes before the one who is away.
SERVES_TODAY = f"""
, postholder AS (
  SELECT cover.post_id, cover.person_id, other.name AS for_name, cover.for_person_id AS away_id
  FROM {people.COVER} AS cover JOIN person AS other ON other.id = cover.for_person_id
  WHERE cover.during @> CAST(:today AS date)
  UNION ALL
  SELECT appointment.post_id, appointment.person_id, NULL, NULL FROM appointment
  WHERE appointment.during @> CAST(:today AS date) AND NOT EXISTS (
    SELECT 1 FROM {people.COVER} AS cover WHERE cover.post_id = appointment.post_id
      AND cover.for_person_id = appointment.person_id AND cover.during @> CAST(:today AS date)))
"""  # noqa: S608  # a constant; values are bound
_WAITING = """
, waiting AS (
  SELECT task.subject_id AS plan_id, task.* FROM task
  WHERE task.closed_at IS NULL AND task.subject_id = ANY(:plans)
  UNION ALL
  SELECT item_plan.plan_id, task.* FROM item_plan JOIN task ON task.subject_id = item_plan.item_id
  WHERE task.closed_at IS NULL AND item_plan.plan_id = ANY(:plans))
SELECT waiting.plan_id, waiting.id, waiting.kind, waiting.label, waiting.due_on, waiting.opened_at,
       waiting.queue_id, waiting.subject_id, waiting.step_id,
       person.id AS person_id, person.name, post.title AS post, postholder.for_name
FROM waiting
LEFT JOIN reaches ON reaches.origin = waiting.queue_id
LEFT JOIN post ON post.id = reaches.post_id
LEFT JOIN postholder ON postholder.post_id = post.id
LEFT JOIN person ON person.id = postholder.person_id AND person.active
ORDER BY waiting.plan_id, waiting.due_on, waiting.id, person.name
"""
_OPEN = text(vacancies.REACHES + SERVES_TODAY + _WAITING)


def open_tasks(session: Session, plan_ids: Collection[int]) -> dict[int, list[OpenTask]]:
    """The open tasks of each plan, the first due first. One statement."""
    rows = session.execute(_OPEN, {"plans": list(plan_ids), "today": clock.today()})
    found: dict[int, dict[int, list[Any]]] = {}
    for row in rows:
        found.setdefault(row.plan_id, {}).setdefault(row.id, []).append(row)
    return {plan: [_task(same) for same in tasks.values()] for plan, tasks in found.items()}


def _task(rows: Sequence[Any]) -> OpenTask:
    first = rows[0]
    return OpenTask(
        first.id,
        first.kind,
        first.label,
        None if first.due_on == NO_DATE else first.due_on,
        first.opened_at,
        first.queue_id,
        first.subject_id,
        first.step_id,
        _holders(rows),
    )


def _holders(rows: Iterable[Any]) -> tuple[Holder, ...]:
    seen: dict[int, Holder] = {}
    for row in rows:
        if row.person_id is not None:
            seen.setdefault(row.person_id, Holder(row.person_id, row.name, row.post, row.for_name))
    return tuple(seen.values())
