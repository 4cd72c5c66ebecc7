"""What the pages of the access log show: lines by kind, person and day; who read exempt papers.

The rule that lives here: the auditor's log holds no reading of an exempt paper, and the readings
hold nothing else; a paper is named by its reference, and only to whom it may be known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from cycle import access, clock
from cycle.models import AccessLog, Person, Subject
from cycle.people import Actor
from webui.page.formats import Key, Keyset, Page, moment_text
from workflows.files.tables import Column
from workflows.people import access_log

KINDS = {
    access_log.SIGN_IN: "Signed in",
    access_log.WRONG_PASSWORD: "Wrong password",
    access_log.SLOWED: "Too many tries: told to wait",
    access_log.SIGN_OUT: "Signed out",
    access_log.SESSION_ENDED: "Sessions ended",
    access_log.LINK_ASKED: "Asked for a link for a new password",
    access_log.PASSWORD_SET: "Set a password",
    access_log.REFUSED: "Refused",
    access_log.FORGED: "Refused: the form came from another page or was too old",
    access_log.MORE: "More tries in the same minute, not listed one by one",
}
# The answer of a page in words, by its number; a file has the number.
ANSWERS = {
    200: "Shown",
    303: "Done",
    400: "Not accepted",
    403: "Not allowed",
    404: "Nothing there for them",
    409: "Overtaken by somebody else",
    422: "Not done: the page said why",
    429: "Told to wait",
    503: "Service not available",
}
READ = "Was sent words of an exempt paper"
NOBODY = "Nobody signed in"
COLUMNS: Sequence[Column] = (
    ("When (UTC)", 20), ("When (London)", 30), ("What", 36), ("Person", 30),
    ("Network address", 24), ("Page", 40), ("Answer", 8), ("Paper", 24),
)  # fmt: skip
MOST_IN_A_FILE = 10_000
_FILE = Keyset(rows=MOST_IN_A_FILE)


@dataclass(frozen=True)
class Wanted:
    """Which lines: of one kind, of people by a part of their name, of one day in London."""

    kind: str = ""
    who: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Line:
    """One line of the log, in words."""

    id: int
    at: datetime
    what: str
    who: str
    network: str
    address: str
    status: int | None
    paper: str

    @property
    def answer(self) -> str:
        """What the page answered, in words."""
        return "" if self.status is None else ANSWERS.get(self.status, str(self.status))

    @property
    def page(self) -> str:
        """The page, and whether a form was sent to it."""
        method, _, path = self.address.partition(" ")
        return f"{path} (form sent)" if method == "POST" else path or method

    @property
    def utc(self) -> str:
        """The moment in UTC, as logs of other machines say it."""
        return self.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def log(session: Session, actor: Actor, wanted: Wanted, keyset: Keyset) -> Page[Line]:
    """A page of the auditor's log, the newest first."""
    return keyset.page(_lines(session, actor, _of_log(wanted), keyset), _number)


def readings(session: Session, actor: Actor, wanted: Wanted, keyset: Keyset) -> Page[Line]:
    """A page of who was sent words of exempt papers, the newest first."""
    return keyset.page(_lines(session, actor, _of_readings(wanted), keyset), _number)


def all_of_log(session: Session, actor: Actor, wanted: Wanted) -> list[Line]:
    """The lines of the auditor's log for a file."""
    return _lines(session, actor, _of_log(wanted), _FILE)[:MOST_IN_A_FILE]


def all_readings(session: Session, actor: Actor, wanted: Wanted) -> list[Line]:
    """The readings of exempt papers for a file."""
    return _lines(session, actor, _of_readings(wanted), _FILE)[:MOST_IN_A_FILE]


def as_rows(lines: Iterable[Line]) -> list[tuple[Any, ...]]:
    """Lines as a table has them; each stays one line, whatever stands in a name."""
    return [
        (
            each.utc,
            moment_text(each.at),
            each.what,
            " ".join(each.who.split()),
            each.network,
            each.address,
            each.status,
            each.paper,
        )
        for each in lines
    ]


def _of_log(wanted: Wanted) -> ColumnElement[bool]:
    kind = AccessLog.kind == wanted.kind if wanted.kind else AccessLog.kind.in_(KINDS)
    return and_(kind, AccessLog.kind != access_log.EXEMPT_READ, *_filters(wanted))


def _of_readings(wanted: Wanted) -> ColumnElement[bool]:
    return and_(AccessLog.kind == access_log.EXEMPT_READ, *_filters(wanted))


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.who:
        found.append(Person.name.icontains(wanted.who, autoescape=True))
    if wanted.day:
        first = datetime.combine(wanted.day, time(), clock.LONDON)
        found += [AccessLog.at >= first, AccessLog.at < first + timedelta(days=1)]
    return found


def _lines(
    session: Session, actor: Actor, which: ColumnElement[bool], keyset: Keyset
) -> list[Line]:
    after = keyset.after[0] if keyset.after else None
    statement = (
        select(AccessLog, Person.name, Subject.ref)
        .outerjoin(Person, Person.id == AccessLog.person_id)
        .outerjoin(Subject, and_(Subject.id == AccessLog.subject_id, access.known_right(actor)))
        .where(which)
        .order_by(AccessLog.id.desc())
        .limit(keyset.rows + 1)
    )
    if isinstance(after, int):
        statement = statement.where(AccessLog.id < after)
    return [
        Line(
            id=row.AccessLog.id,
            at=row.AccessLog.at,
            what=KINDS.get(row.AccessLog.kind, READ),
            who=row.name or _unknown(row.AccessLog),
            network=row.AccessLog.network or "",
            address=row.AccessLog.address,
            status=row.AccessLog.status,
            paper=row.ref or "",
        )
        for row in session.execute(statement)
    ]


def _unknown(line: AccessLog) -> str:
    return f"Unknown e-mail address {line.stranger[:8]}" if line.stranger else NOBODY


def _number(line: Line) -> Key:
    return (line.id,)
