"""The chase list: every open task that is late, and who has it today (practitioners,
5.2 row 15: private by default, gentle tone).

The rule that lives here: only those whose posts have the permission ``chase`` see it; a task of a
vacant queue is shown with whoever it falls to. Exempt plans and reports are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access, clock, council_facts, vacancies
from cycle.errors import BadInput
from cycle.people import Actor
from workflows.framework import post_permissions
from workflows.framework.deadline_rules import came_late, days_in_hand
from workflows.queues import holders
from workflows.queues.holders import Holder

Key = tuple[str, int]
ROWS = 25


@dataclass(frozen=True)
class Late:
    """A task that is late. ``due_on`` is a local date, ``days_in_hand`` is below nought;
    ``opened_at`` (UTC) is when it came to whoever has it, with ``came_late`` after that date."""

    id: int
    kind: str
    label: str
    subject_kind: str
    subject_id: int
    ref: str
    title: str
    due_on: date
    days_in_hand: int
    opened_at: datetime
    came_late: bool
    holders: tuple[Holder, ...]

    @property
    def who(self) -> str:
        """Who has it, in words."""
        return holders.names(self.holders)


@dataclass(frozen=True)
class ChasePage:
    """Up to 25 late tasks, the longest overdue first, and the key of the next ones."""

    rows: list[Late]
    following: Key | None


_LATE = f"""
FROM task JOIN subject ON subject.id = task.subject_id
WHERE task.closed_at IS NULL AND task.due_on < CAST(:late AS date) AND NOT {access.EXEMPT}
"""
_COUNT = text("SELECT count(*)" + _LATE)
_PAGE = text(
    vacancies.REACHES
    + holders.SERVES_TODAY
    + ", late AS (SELECT task.id, task.kind, task.label, task.due_on, "
    "task.opened_at, task.queue_id, subject.ref, "
    "subject.title, subject.kind AS subject_kind, subject.id AS subject_id"
    + _LATE
    + "AND (task.due_on, task.id) > (CAST(:due AS date), :id) "
    "ORDER BY task.due_on, task.id LIMIT :rows) "
    "SELECT late.*, person.id AS person_id, person.name, post.title AS post, postholder.for_name "
    "FROM late LEFT JOIN reaches ON reaches.origin = late.queue_id "
    "LEFT JOIN post ON post.id = reaches.post_id "
    "LEFT JOIN postholder ON postholder.post_id = post.id "
    "LEFT JOIN person ON person.id = postholder.person_id AND person.active "
    "ORDER BY late.due_on, late.id, person.name"
)


def count(session: Session) -> int:
    """How many tasks are late."""
    return int(session.execute(_COUNT, {"late": _late_before(session)}).scalar_one())


def _late_before(session: Session) -> date:
    """What was due before this day is late: over a weekend, nothing becomes late."""
    return council_facts.calendar(session).last_working(clock.today())


def page(session: Session, actor: Actor, after: Key | None = None) -> ChasePage:
    """One page of the late tasks, after the (due date, id) of the last row.

    Raises NotPermitted without ``chase``, BadInput for a key that is not of this list.
    """
    post_permissions.require(session, actor, "chase")
    try:
        due = date.fromisoformat(after[0]) if after else date(1, 1, 1)
    except ValueError:
        raise BadInput("This page of the list is not there. Begin with the first one.") from None
    found = session.execute(
        _PAGE,
        {
            "today": clock.today(),
            "late": _late_before(session),
            "due": due,
            "id": after[1] if after else 0,
            "rows": ROWS + 1,
        },
    )
    by_task: dict[int, list[Any]] = {}
    for row in found:
        by_task.setdefault(row.id, []).append(row)
    calendar, today = council_facts.calendar(session), clock.today()
    rows = [
        _late(same, days_in_hand(calendar, today, same[0].due_on))
        for same in list(by_task.values())[:ROWS]
    ]
    more = len(by_task) > ROWS
    return ChasePage(rows, (rows[-1].due_on.isoformat(), rows[-1].id) if more else None)


def _late(rows: Sequence[Any], left: int) -> Late:
    first = rows[0]
    holders = {
        row.person_id: Holder(row.person_id, row.name, row.post, row.for_name)
        for row in rows
        if row.person_id is not None
    }
    return Late(
        first.id,
        first.kind,
        first.label,
        first.subject_kind,
        first.subject_id,
        first.ref,
        first.title,
        first.due_on,
        left,
        first.opened_at,
        came_late(first.due_on, first.opened_at),
        tuple(holders.values()),
    )
