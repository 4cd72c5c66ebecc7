"""What an act would bring, found by doing it and taking all of it back (fault L3).

The rule that lives here: what a page says of an act before it is done comes from the act itself,
under the same locks and guards, so that no second rule can differ from the first; nothing of it
stays, and nobody is told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access, people
from cycle.people import Actor
from workflows.core.commands import Command
from workflows.framework import pinned

T = TypeVar("T")
F = TypeVar("F")
# How a command that is tried is told: it does the command, and says what came of it.
Look = Callable[[Session, Actor, Command[T]], F]
NO_DAY = date(9999, 12, 31)
MOST_NAMED = 3


@dataclass(frozen=True)
class Moved:
    """A plan, report or year that would move: its title and the labels of its states; ``before`` is
    "" for one that would be made."""

    kind: str
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Opened:
    """Tasks of one label that would open: how many, whose, and the first and last day by which they
    are due (None: no day)."""

    label: str
    count: int
    whose: str
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True)
class Foreseen:
    """What an act would bring, in the order in which it came."""

    moved: list[Moved]
    opened: list[Opened]


class Undone(Exception):  # no fault: it takes an act back that was only tried
    """Carries what was found out of the transaction, which is rolled back."""

    def __init__(self, found: object):
        super().__init__("it was only tried")
        self.found = found


def of(
    session: Session,
    actor: Actor,
    command: Command[T],
    then: Callable[[Session, T], None] | None = None,
) -> Foreseen:
    """Do a command, and what follows by itself (``then``); gives what came of it.

    Raises what the verb raises. The caller takes everything back (``Undone``).
    """
    marks = session.execute(_MARKS).one()
    result = command.run(session, actor)
    if then is not None:
        then(session, result)
    session.flush()
    given = {"event": marks.event, "task": marks.task}
    return Foreseen(_moved(session, given), _opened(session, given))


_MARKS = text("""
SELECT coalesce((SELECT max(id) FROM event), 0) AS event,
       coalesce((SELECT max(id) FROM task), 0) AS task
""")
# Whether a row that is seen was written by this transaction: who else's is seen has ended. What
# others commit while the act is tried is no part of it.
_OWN = """pg_xact_status(
  (pg_current_xact_id()::text::bigint - age({row}.xmin))::text::xid8) = 'in progress'"""
_MOVED = text(f"""
SELECT subject.id, subject.kind, {access.TITLE_OUTSIDE} AS title, subject.lifecycle,
       subject.framework_version_id, framework_version.sha256,
       (array_agg(event.from_state ORDER BY event.id))[1] AS before,
       (array_agg(event.to_state ORDER BY event.id DESC))[1] AS after
FROM event JOIN subject ON subject.id = event.subject_id
JOIN framework_version ON framework_version.id = subject.framework_version_id
WHERE event.id > :event AND subject.kind IN ('plan', 'item', 'year')
  AND {_OWN.format(row="event")}
GROUP BY subject.id, framework_version.sha256 ORDER BY min(event.id)
""")  # noqa: S608  # a constant
_OPENED = text(f"""
SELECT task.label, task.queue_id, task.due_on, task.id FROM task
WHERE task.id > :task AND task.closed_at IS NULL AND {_OWN.format(row="task")} ORDER BY task.id
""")  # noqa: S608  # a constant


def _moved(session: Session, given: dict[str, Any]) -> list[Moved]:
    found = []
    for row in session.execute(_MOVED, given):
        framework = pinned.of_row(session, row.framework_version_id, row.sha256)
        states = framework.lifecycles[row.lifecycle].states
        before = states[row.before].label if row.before else ""
        found.append(Moved(row.kind, row.title, before, states[row.after].label))
    return found


def _opened(session: Session, given: dict[str, Any]) -> list[Opened]:
    rows = session.execute(_OPENED, given).all()
    posts: dict[int, str] = {}
    for held in people.holders(session, sorted({row.queue_id for row in rows})):
        posts.setdefault(held.queue_id, f"{held.name}, {held.post}")
    labels = list(dict.fromkeys(row.label for row in rows))
    return [
        _of_label(label, [row for row in rows if row.label == label], posts) for label in labels
    ]


def _of_label(label: str, rows: Sequence[Any], posts: dict[int, str]) -> Opened:
    names = list(dict.fromkeys(posts.get(row.queue_id, "a post nobody holds") for row in rows))
    more = len(names) - MOST_NAMED
    whose = "; ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    days = sorted(row.due_on for row in rows if row.due_on != NO_DAY)
    first, last = (days[0], days[-1]) if days else (None, None)
    return Opened(label, len(rows), whose, first, last)
