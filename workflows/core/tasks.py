"""Tasks: what must be open, and the one statement that writes an act.

Tasks open and close only together with the act that causes it. Claiming, giving back and
reassigning are acts of people on a task and change nothing else. What the tasks of one kind are
for, the rooms above say by registering a source here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from config.lifecycles.shape import StateTask
from cycle import people
from cycle.models import AgendaItem, DateChange, Plan, Subject
from cycle.statements import Statement
from notifications import notices
from workflows.core import facts
from workflows.core.attempt import Attempt
from workflows.framework import pinned


@dataclass(frozen=True)
class Wanted:
    """A task that has to be open: its kind and slot, whose queue, and when it is due: on a day of
    its own, or by the date of one of these steps of the timetable (keys of step rules)."""

    kind: str
    slot: str
    label: str
    queue_id: int
    steps: tuple[str, ...] = ()
    due_on: date | None = None

    def as_row(self) -> dict[str, Any]:
        """As the write statement reads it."""
        return {
            "kind": self.kind,
            "slot": self.slot,
            "label": self.label,
            "queue_id": self.queue_id,
            "steps": self.steps,
            "due_on": self.due_on,
        }


Source = Callable[[Attempt, StateTask], Iterable[Wanted]]
DueDay = Callable[[Attempt, StateTask], date | None]
Beside = Callable[[Attempt], Iterable[Wanted]]

# What ``each`` of a task rule names, and whose tasks are due on a day of their own.
SOURCES: dict[str, Source] = {}
DUE_DAYS: dict[type[Subject], DueDay] = {}
BESIDE: list[Beside] = []


def task_source(each: str, *reads: str) -> Callable[[Source], Source]:
    """Register: the tasks that a task rule with this ``each`` stands for, and the facts that say
    which these are."""

    def register(source: Source) -> Source:
        SOURCES[each] = source
        facts.SOURCE_READS[each] = reads
        return source

    return register


def due_day(kind: type[Subject]) -> Callable[[DueDay], DueDay]:
    """Register: when a task of such a subject is due, if not by the date of a step."""

    def register(day: DueDay) -> DueDay:
        DUE_DAYS[kind] = day
        return day

    return register


def task_beside(source: Beside) -> Beside:
    """Register: tasks that no rule of a state names, asked of every subject in every state."""
    BESIDE.append(source)
    return source


def wanted_rows(attempt: Attempt, task: StateTask) -> Iterable[Wanted]:
    """The tasks that one task rule of a state stands for here.

    An edition that was published before sources were checked may name one that there is not: that
    is one task for its role, as it was then.
    """
    if task.each in SOURCES:
        return SOURCES[task.each](attempt, task)
    # A role that nobody in the council has yet leaves the task with the last resort.
    queues = attempt.queues_of(task.role) or attempt.queues_of(attempt.last_resort)
    due_on = DUE_DAYS.get(type(attempt.subject), _no_day)(attempt, task)
    return [
        Wanted(task.kind, "", task.label, queue_id, steps_of(attempt, task), due_on)
        for queue_id in queues[:1]
    ]


def _no_day(_attempt: Attempt, _task: StateTask) -> None:
    """It is due by a step, or has no date."""


def steps_of(attempt: Attempt, task: StateTask) -> tuple[str, ...]:
    """The steps of the timetable that say they date this task, for this type of plan."""
    if not task.step or isinstance(attempt.subject, AgendaItem | DateChange):
        return ()
    plan_type = attempt.subject.plan_type if isinstance(attempt.subject, Plan) else ""
    return _steps(attempt.subject.framework.sha256, task.step, plan_type)


@lru_cache(maxsize=1024)
def _steps(sha256: str, step: str, plan_type: str) -> tuple[str, ...]:
    return tuple(
        {
            rule.key: None
            for pattern in pinned.remembered(sha256).years
            for rule in pattern.steps
            if rule.lifecycle_task == step and rule.plan_type == plan_type
        }
    )


# What follows from tasks that were closed and opened (CTEs of these names): mail that waits about
# the closed is not sent, and whoever serves the queue of an opened one is told. Who that is is
# looked up for each task (OFFSET 0 keeps it so), not for everybody.
NOTIFIED = f"""notified AS (
  SELECT 'opened:' || opened.id || ':' || holder.person_id AS key, 'opened' AS kind,
         holder.person_id, opened.id AS task_id, opened.label AS subject, '' AS body,
         CAST(:at AS timestamptz) AS not_before_at
  FROM opened
  JOIN LATERAL (
    SELECT postholder.person_id FROM post
    JOIN {people.POSTHOLDERS} AS postholder
      ON postholder.post_id = post.id AND postholder.during @> CAST(:today AS date)
    JOIN person ON person.id = postholder.person_id AND person.active AND NOT person.is_system
    WHERE post.queue_id = opened.queue_id OFFSET 0) AS holder ON true)"""  # noqa: S608  # constants only; values are bound
TELLING = f"""quiet AS (
  UPDATE outbox SET state = 'suppressed', why = 'the task was closed'
  WHERE task_id IN (SELECT id FROM closed) AND state = 'waiting'),
{NOTIFIED},
noticed AS ({notices.INSERT})"""  # noqa: S608  # constants only; values are bound
# One statement: state, tasks, notices and event, all or nothing. ``closed`` is read by ``opened``
# so that a task is closed before its successor of the same kind and slot is opened. The bounds of
# ``wanted`` hold for every queue: by them PostgreSQL expects a task or two and not a hundred, and a
# plan made once is then as good as one made for each act, which takes longer than the act itself.
WRITE_ACT = f"""
WITH {{sealed}}wanted AS (
  SELECT * FROM jsonb_to_recordset(CAST(:wanted AS jsonb))
    AS w(kind text, slot text, label text, queue_id int, steps text[], due_on date)
  WHERE queue_id BETWEEN 1 AND 2147483647),
moved AS (
  UPDATE subject
  SET {{moved}}
      version = version + 1, generation = :generation, head_seq = :seq, head_hash = :hash
  WHERE id = :id AND version = :seen
  RETURNING id),
closed AS (
  UPDATE task
  SET closed_at = :at, closed_by_id = :actor,
      outcome = CASE WHEN queue_id = ANY(:queues) THEN 'done' ELSE 'no longer needed' END
  WHERE subject_id = :id AND closed_at IS NULL {{not_wanted}}
  RETURNING task.id),
opened AS (
  INSERT INTO task (subject_id, kind, slot, label, queue_id, generation, due_on, step_id, opened_at)
  SELECT :id, w.kind, w.slot, w.label, w.queue_id, :generation,
         coalesce(w.due_on, dated.due_on, DATE '9999-12-31'), dated.id, :at
  FROM wanted AS w
  LEFT JOIN LATERAL (
    SELECT step.id, step.due_on FROM step
    WHERE step.rule = ANY(w.steps)
      AND (step.plan_id = :id OR (step.plan_id IS NULL AND step.planning_year_id = :year))
    ORDER BY step.plan_id NULLS LAST LIMIT 1) AS dated ON true
  WHERE (SELECT count(*) FROM closed) >= 0 {{not_open}}
  RETURNING id, queue_id, label, due_on),
{TELLING},
recorded AS (
  INSERT INTO event (subject_id, seq, prev_hash, hash, payload, action, from_state, to_state,
                     person_id, at)
  SELECT :id, :seq, :prev, :hash, :payload, :action, :from_state, :to_state, :actor, :at
  WHERE EXISTS (SELECT 1 FROM moved)
  RETURNING id),
named AS (
  INSERT INTO attribution (event_id, person_id, for_person_id, words)
  SELECT id, :actor, CAST(:for_person AS int), :words FROM recorded)
SELECT count(*) AS moved FROM moved
"""  # noqa: S608  # a constant; values are bound
_MOVES = {
    "moved": "state = :state, phase = :phase, state_since_at = :at,",
    "not_wanted": "",
    "not_open": "",
}
_STAYS = {
    "moved": "phase = :phase,",  # a pin that moved may call the same state another phase
    "not_wanted": """AND NOT EXISTS (
    SELECT 1 FROM wanted AS w WHERE w.kind = task.kind AND w.slot = task.slot)""",
    "not_open": """AND NOT EXISTS (
    SELECT 1 FROM task AS t WHERE t.subject_id = :id AND t.closed_at IS NULL
      AND t.kind = w.kind AND t.slot = w.slot)""",
}


@lru_cache(maxsize=64)
def write_act(changed: bool, sealed: tuple[str, ...]) -> Statement:
    """The statement that writes an act, which changes the state or not, and rows of these sealed
    tables (bound as ``:rows_`` and the table's name).

    One text for each, since one that decides as it runs is planned at each act: PostgreSQL keeps a
    plan only where knowing the values does not make it cheaper.
    """
    rows = "".join(
        f"sealed_{table} AS (INSERT INTO {table} "  # noqa: S608  # names of tables; values are bound
        f"SELECT * FROM jsonb_populate_recordset(NULL::{table}, CAST(:rows_{table} AS jsonb))),\n"
        for table in sealed
    )
    return Statement(WRITE_ACT.format(sealed=rows, **(_MOVES if changed else _STAYS)), "moved")
