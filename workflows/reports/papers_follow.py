"""Open tasks of reports follow their meeting at once: when it moves, when a day or a rule changes.

The rules that live here: a fact moves what hangs on it in the transaction that records it, never
later, and each person whose tasks moved is told of it once. The council's own steps are another
matter: their dates move when whoever issues the timetable approves it (``timetable``).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access, clock, people
from cycle.models import AgendaItem
from cycle.people import Actor
from cycle.record import canonical
from notifications import notices
from notifications.messages import FAR_FUTURE
from notifications.notices import Notice
from workflows.core import together

# Where the mail leads: words of the page of a notice of kind ``papers``.
OUTSIDE_DAYS, RULES, CALENDAR = "days", "rules", "calendar"


@dataclass(frozen=True)
class MovedTask:
    """One open task with the day that it had and the day that it has; no date is the year 9999."""

    task_id: int
    queue_id: int
    report: str
    label: str
    before: date
    after: date

    def as_details(self) -> dict[str, Any]:
        """For the record, and for going back: report, task, its id, from and to as ISO 8601."""
        return {
            "report": self.report,
            "task": self.label,
            "id": self.task_id,
            "from": self.before.isoformat(),
            "to": self.after.isoformat(),
        }


_OPEN = text("""
SELECT subject.id FROM subject
WHERE subject.kind = 'item' AND subject.phase NOT IN ('ended', 'withdrawn')
  AND (CAST(:bodies AS int[]) IS NULL OR subject.body_id = ANY(:bodies))
ORDER BY subject.id
""")
_PLANS = text("SELECT DISTINCT plan_id FROM item_plan WHERE item_id = ANY(:items)")
_MOVE = text("""
UPDATE task SET due_on = old.after FROM (
  SELECT task.id, task.due_on AS before, wanted.due_on AS after, wanted.nr
  FROM jsonb_to_recordset(CAST(:wanted AS jsonb))
    AS wanted(nr int, item int, kind text, slot text, due_on date)
  JOIN task ON task.subject_id = wanted.item AND task.kind = wanted.kind AND task.slot = wanted.slot
  WHERE task.closed_at IS NULL AND task.due_on <> wanted.due_on FOR UPDATE OF task) AS old
WHERE task.id = old.id RETURNING task.id, task.queue_id, old.before, old.nr
""")


def open_reports(session: Session, bodies: Collection[int] | None = None) -> list[int]:
    """The reports that are open, of these bodies or of all: on an agenda, or waiting for one."""
    asked = None if bodies is None else list(bodies)
    return list(session.scalars(_OPEN, {"bodies": asked}))


def lock_open(session: Session, bodies: Collection[int] | None = None) -> list[int]:
    """Lock the same with their plans; the council's own subject, whose id is before theirs, is
    locked already. Gives the ids of the reports."""
    items = open_reports(session, bodies)
    plans = session.scalars(_PLANS, {"items": items}).all()
    access.lock(session, [*plans, *items])
    return items


def follow(session: Session, actor: Actor, item_ids: Collection[int]) -> list[MovedTask]:
    """Bring the open tasks of these reports to the days that they have by the facts of now; as
    many statements for many reports as for one, since all of them are locked meanwhile."""
    if not item_ids:
        return []
    items = session.scalars(
        select(AgendaItem).where(AgendaItem.id.in_(item_ids)).order_by(AgendaItem.id)
    ).all()
    required = together.required(session, items, actor)
    wanted = [(item, each) for item in items for each in required[item.id]]
    days = [each.due_on or FAR_FUTURE for _, each in wanted]
    places = [
        {"nr": nr, "item": item.id, "kind": each.kind, "slot": each.slot, "due_on": days[nr]}
        for nr, (item, each) in enumerate(wanted)
    ]
    rows = session.execute(_MOVE, {"wanted": canonical.dumps(places)}).all() if places else []
    return [
        MovedTask(
            row.id, row.queue_id, wanted[row.nr][0].ref, wanted[row.nr][1].label, row.before,
            days[row.nr],
        )
        for row in sorted(rows, key=lambda row: row.nr)
    ]  # fmt: skip


def tell(session: Session, moved: Sequence[MovedTask], cause: str, words: str, page: str) -> None:
    """One notice for each person whose open tasks these are.

    ``cause`` makes it once for this change; ``words`` say what has changed, ``page`` where more
    stands, below the meetings.
    """
    queues = sorted({each.queue_id for each in moved})
    counts: Counter[int] = Counter()
    tasks = Counter(each.queue_id for each in moved)
    for row in people.holders(session, queues, clock.today()):
        counts[row.person_id] += tasks[row.queue_id]
    notices.add(
        session,
        *(
            Notice(
                f"papers:{cause}:{person}",
                "papers",
                person,
                f"{words}: {count} of your dates {'has' if count == 1 else 'have'} moved",
                page,
            )
            for person, count in sorted(counts.items())
        ),
    )


def sentences(moved: Sequence[object]) -> list[str]:
    """What whoever caused it is told; nothing when nothing followed."""
    if not moved:
        return []
    if len(moved) == 1:
        return ["One open task of a report has followed, and whoever has it is told."]
    return [f"{len(moved)} open tasks of reports have followed, and whoever has them is told."]


def after_change(
    session: Session,
    actor: Actor,
    cause: str,
    words: str,
    page: str,
    bodies: Collection[int] | None = None,
) -> list[dict[str, Any]]:
    """What a change moves in the reports of these bodies, or of all; gives it for the record.

    The council's own subject is locked already.
    """
    moved = follow(session, actor, lock_open(session, bodies))
    tell(session, moved, cause, words, page)
    return [each.as_details() for each in moved]
