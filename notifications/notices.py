"""What people are told: the one way into the outbox, for whoever has something to tell.

The rules that live here: every kind of message stands in ``KINDS``; a message is written in the
transaction of its cause, and its key makes it once, for ever (INV-40); what waits for the daily
mail and what goes at once is its kind's to say, and so is the page to which its line leads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock


@dataclass(frozen=True)
class Kind:
    """``waits``: for the person's next daily mail, where it is a line; else it goes at once.

    ``page``: to where that line leads, with the notice's own words in its place; the page of the
    task for a notice about one.
    """

    waits: bool = False
    page: str = ""


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        # About a task.
        "opened": Kind(waits=True),
        "before": Kind(waits=True),
        "overdue": Kind(waits=True),
        "chase": Kind(waits=True),
        # About dates that have moved; the words are the change's reference.
        "moved": Kind(waits=True, page="/timetable/changes/{}"),
        # Tasks of reports that followed a meeting, a day or a rule; the words are its page.
        "papers": Kind(waits=True, page="/meetings/{}"),
        # The daily mail itself, and what is not put off until it.
        "digest": Kind(),
        "account": Kind(),
        "rights": Kind(),
        "flagged": Kind(),
        "checkpoint": Kind(),
        "closed_again": Kind(),
    }
)
_WAITING = ", ".join(f"'{name}'" for name, kind in KINDS.items() if kind.waits)

# For a statement that has the rows as ``notified (key, kind, person_id, task_id, subject, body,
# not_before_at)`` and binds ``:at``; ``subject`` is the line of a notice, or the mail's subject.
INSERT = f"""
INSERT INTO outbox (key, kind, person_id, task_id, subject, body, state, created_at, not_before_at,
                    attempts, why)
SELECT notified.key, notified.kind, notified.person_id, notified.task_id, notified.subject,
       notified.body,
       CASE WHEN notified.kind IN ({_WAITING}) THEN 'waiting' ELSE 'due' END,
       CAST(:at AS timestamptz), notified.not_before_at, 0, ''
FROM notified
ON CONFLICT (key) DO NOTHING
"""  # noqa: S608  # constants only
_ONE = text("""
INSERT INTO outbox (key, kind, person_id, task_id, subject, body, state, created_at, not_before_at,
                    attempts, why, to_email)
VALUES (:key, :kind, :person_id, :task_id, :subject, :body, :state, :at, :not_before_at, 0, '',
        :to_email)
ON CONFLICT (key) DO NOTHING
""")


@dataclass(frozen=True)
class Notice:
    """One message to one person.

    ``not_before`` is a moment (UTC), at once by default. The text is final: it is rendered when it
    is written. ``to_email`` is an address to use instead of the person's own (their former one).
    """

    key: str
    kind: str
    person_id: int
    subject: str
    body: str = ""
    task_id: int | None = None
    not_before: datetime | None = None
    to_email: str | None = None


def add(session: Session, *notices: Notice) -> None:
    """Write messages in the transaction of their cause; the same key again changes nothing."""
    rows = list(_rows(notices))
    if rows:
        session.execute(_ONE, rows)


def _rows(notices: Iterable[Notice]) -> Iterable[dict[str, object]]:
    now = clock.now()
    for each in notices:
        yield {
            "key": each.key,
            "kind": each.kind,
            "person_id": each.person_id,
            "task_id": each.task_id,
            "subject": each.subject,
            "body": each.body,
            "state": "waiting" if KINDS[each.kind].waits else "due",
            "at": now,
            "not_before_at": each.not_before or now,
            "to_email": each.to_email,
        }


def page_of(kind: str, words: str) -> str:
    """The address of what a notice of no task is about.

    Before the pages stood in this table, the address itself was kept with the notice.
    """
    return words if words.startswith("/") else KINDS[kind].page.format(words)
