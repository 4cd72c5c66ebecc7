"""My work: the tasks of a person's queues, what others still have, and what was done.

The rule that lives here: what is mine is one list (fault P3): the tasks of every queue that I
serve, alone or with others, and of vacant queues in my line; a row that others have too says who.
The inbox reads one range of the index ``task_inbox`` per queue, the first due first, 25 rows at a
time; ``after`` is the (due date, id) of the last row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access, clock, council_facts, people, vacancies
from cycle.errors import BadInput
from cycle.people import Actor
from workflows.framework.deadline_rules import came_late, days_in_hand
from workflows.queues import holders

Which = Literal["me", "waiting", "done"]
Key = tuple[str, int]
ROWS = 25


@dataclass(frozen=True)
class TaskRow:
    """One task on My work. ``due_on`` is a local date, ``days_in_hand`` in working days (below
    nought: late, or, with ``came_late``, it came after that date). ``who`` says who has it, of
    one's own who else does; ``claimed_by`` who has said that they are on it. ``withheld``: what it
    is about is exempt and not open to this person, so it has a neutral title and no page."""

    id: int
    kind: str
    slot: str
    label: str
    subject_kind: str
    subject_id: int
    ref: str
    title: str
    unit: str
    due_on: date | None
    days_in_hand: int | None
    opened_at: datetime
    closed_at: datetime | None
    post: str
    for_name: str
    claimed: bool
    claimed_by: str
    who: str
    came_late: bool
    withheld: bool = False


@dataclass(frozen=True)
class Page:
    """Up to 25 rows and the key after which the next ones come; None when there are no more."""

    rows: list[TaskRow]
    following: Key | None


@dataclass(frozen=True)
class Mine:
    """A person's queues today: those that nobody else serves, and the others."""

    alone: list[int]
    shared: list[int]

    @property
    def all(self) -> list[int]:
        return [*self.alone, *self.shared]


# The queues that others serve as well, and the vacant ones whose work falls to mine.
_SHARED_OR_FALLEN = text(f"""
{vacancies.REACHES}
SELECT origin AS queue_id, true AS fallen FROM answer WHERE lands_on = ANY(:queues)
UNION
SELECT post.queue_id, false FROM post
JOIN {people.POSTHOLDERS} AS postholder
  ON postholder.post_id = post.id AND postholder.during @> CAST(:today AS date)
JOIN person ON person.id = postholder.person_id AND person.active
WHERE post.queue_id = ANY(:queues)
GROUP BY post.queue_id
HAVING count(DISTINCT postholder.person_id) FILTER (WHERE postholder.person_id <> ALL(:me)) > 0
""")  # noqa: S608  # a constant; values are bound

_COLUMNS = f"""
SELECT t.id, t.kind, t.slot, t.label, t.due_on, t.opened_at, t.closed_at, t.queue_id,
       t.claimed_by_id, subject.kind AS subject_kind, subject.id AS subject_id, subject.ref,
       subject.title, {access.TITLE_OUTSIDE} AS outside, {access.EXEMPT} AS secret,
       coalesce(unit.name, '') AS unit, coalesce(claimer.name, '') AS claimed_by
"""
_JOINS = """
JOIN subject ON subject.id = t.subject_id
LEFT JOIN unit ON unit.id = subject.unit_id
LEFT JOIN person AS claimer ON claimer.id = t.claimed_by_id
"""
# One range of task_inbox for each queue, already in order; the merge keeps the first 25 of all.
_RANGE = """
FROM unnest(CAST(:queues AS int[])) AS served(id)
CROSS JOIN LATERAL (
  SELECT * FROM task
  WHERE task.queue_id = served.id AND task.closed_at IS NULL
    AND (task.due_on, task.id) > (CAST(:due AS date), :id)
  ORDER BY task.due_on, task.id LIMIT :rows) AS t
"""
_ORDER = "ORDER BY t.due_on, t.id LIMIT :rows"
_FOR_ME = text(_COLUMNS + _RANGE + _JOINS + _ORDER)

# What I have worked on, or asked others for, and that now lies with somebody else.
_WORKED_ON = """
FROM task AS t
WHERE t.closed_at IS NULL AND NOT t.queue_id = ANY(:mine) AND t.subject_id IN (
  SELECT done.subject_id FROM task AS done WHERE done.closed_by_id = :me AND done.outcome = 'done'
  UNION SELECT contribution.plan_id FROM contribution
  WHERE contribution.asked_by_id = :me AND contribution.answered_at IS NULL
  UNION SELECT item_plan.item_id FROM item_plan JOIN task AS done
    ON done.subject_id = item_plan.plan_id AND done.closed_by_id = :me AND done.outcome = 'done')
"""
_WAITING_RANGE = f"""
FROM (SELECT t.* {_WORKED_ON} AND (t.due_on, t.id) > (CAST(:due AS date), :id)
      ORDER BY t.due_on, t.id LIMIT :rows) AS t
"""
_WAITING = text(_COLUMNS + _WAITING_RANGE + _JOINS + _ORDER)
_DONE_RANGE = """
FROM (SELECT * FROM task WHERE closed_by_id = :me AND outcome = 'done'
        AND (closed_at, id) < (CAST(:before AS timestamptz), :id)
      ORDER BY closed_at DESC, id DESC LIMIT :rows) AS t
"""
_DONE = text(_COLUMNS + _DONE_RANGE + _JOINS + "ORDER BY t.closed_at DESC, t.id DESC")
_COUNTS = text(f"""
SELECT
  (SELECT count(*) FROM task WHERE queue_id = ANY(:mine) AND closed_at IS NULL) AS me,
  (SELECT count(*) {_WORKED_ON}) AS waiting,
  (SELECT count(*) FROM task WHERE closed_by_id = :me AND outcome = 'done') AS done
""")  # noqa: S608  # constants only; values are bound


def my_work(
    session: Session,
    actor: Actor,
    which: Which = "me",
    after: Key | None = None,
    mine: Mine | None = None,
) -> Page:
    """One page of one of the person's lists: ``me``, ``waiting`` or ``done``.

    ``mine`` are the person's queues where they have been read. Raises BadInput for another list, or
    a key that is not one of this list's.
    """
    mine = mine or mine_of(session, actor)
    given: dict[str, Any] = {
        "me": actor.person_id,
        "rows": ROWS + 1,
        "id": after[1] if after else 0,
    }
    if which == "done":
        return _done(session, actor, given, after)
    given["due"] = _day(after[0]) if after else date(1, 1, 1)
    if which == "me":
        rows = session.execute(_FOR_ME, given | {"queues": mine.all}).all()
        return _page(session, actor, rows, [each for each in rows if each.queue_id in mine.shared])
    if which == "waiting":
        rows = session.execute(_WAITING, given | {"mine": mine.all}).all()
        return _page(session, actor, rows, rows)
    raise BadInput("There is no such list of work.")


def counts(session: Session, actor: Actor, mine: Mine | None = None) -> dict[str, int]:
    """How many tasks stand in each list, exactly."""
    mine = mine or mine_of(session, actor)
    row = session.execute(_COUNTS, {"me": actor.person_id, "mine": mine.all}).one()
    return {"me": row.me, "waiting": row.waiting, "done": row.done}


def mine_of(session: Session, actor: Actor) -> Mine:
    """A person's queues today. A queue that I share with those whom I cover only is mine alone. One
    statement."""
    own = list(actor.queue_ids)
    given = {"queues": own, "today": clock.today(), "me": list(actor.persons())}
    rows = session.execute(_SHARED_OR_FALLEN, given).all()
    shared = {row.queue_id for row in rows if not row.fallen}
    fallen = [row.queue_id for row in rows if row.fallen and row.queue_id not in own]
    return Mine([queue for queue in own if queue not in shared], [*sorted(shared), *fallen])


def _page(session: Session, actor: Actor, rows: Sequence[Any], others: Sequence[Any]) -> Page:
    """A page of a list; ``others``: the rows that somebody else has, too."""
    shown = rows[:ROWS]
    who = _holders(session, actor, others[:ROWS]) if others else {}
    hidden = _hidden(session, actor, shown)
    calendar, today = council_facts.calendar(session), clock.today()
    found = []
    for row in shown:
        post = actor.post_serving([row.queue_id])
        due_on = None if row.due_on == holders.NO_DATE else row.due_on
        left = None if due_on is None else days_in_hand(calendar, today, due_on)
        found.append(
            _task_row(
                row,
                due_on,
                left,
                post.post_title if post else "",
                (post.for_name or "") if post else "",
                who.get(row.id, ""),
                actor.person_id,
                withheld=row.subject_id in hidden,
            )
        )
    more = len(rows) > ROWS
    return Page(found, (shown[-1].due_on.isoformat(), shown[-1].id) if more else None)


def _task_row(
    row: Any,
    due_on: date | None,
    left: int | None,
    post: str,
    for_name: str,
    who: str,
    me: int,
    *,
    withheld: bool,
) -> TaskRow:
    return TaskRow(
        row.id,
        row.kind,
        row.slot,
        row.label,
        row.subject_kind,
        row.subject_id,
        "" if withheld else row.ref,
        row.outside if withheld else row.title,
        "" if withheld else row.unit,
        due_on,
        left,
        row.opened_at,
        row.closed_at,
        post,
        for_name,
        row.claimed_by_id == me,
        row.claimed_by,
        who,
        came_late(due_on, row.opened_at),
        withheld,
    )


def _hidden(session: Session, actor: Actor, rows: Sequence[Any]) -> frozenset[int]:
    """The subjects of exempt rows that are not open to this person; of these a post of theirs has
    the task all the same."""
    return access.unknown(session, actor, {row.subject_id for row in rows if row.secret})


def _holders(session: Session, actor: Actor, rows: Sequence[Any]) -> dict[int, str]:
    """Who else has each of these tasks. One statement."""
    by_subject = holders.open_tasks(session, sorted({row.subject_id for row in rows}))
    others = {
        task.id: [each for each in task.holders if each.person_id != actor.person_id]
        for tasks in by_subject.values()
        for task in tasks
    }
    return {task: holders.names(found) for task, found in others.items() if found}


def _done(session: Session, actor: Actor, given: dict[str, Any], after: Key | None) -> Page:
    if after is None:
        given |= {"before": "infinity", "id": 0}
    else:
        given["before"] = _moment(after[0])
    rows = session.execute(_DONE, given).all()
    shown = rows[:ROWS]
    hidden = _hidden(session, actor, shown)
    found = [
        _task_row(row, None, None, "", "", "", given["me"], withheld=row.subject_id in hidden)
        for row in shown
    ]
    more = len(rows) > ROWS
    return Page(found, (shown[-1].closed_at.isoformat(), shown[-1].id) if more else None)


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise BadInput("This page of the list is not there. Begin with the first one.") from None


def _moment(words: str) -> datetime:
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadInput("This page of the list is not there. Begin with the first one.")
    return at
