"""The access log: lines by kind, person and day; who read exempt papers.

The rule that lives here: the auditor's log holds no reading of an exempt paper, and the readings
hold nothing else; a paper is named by its reference, and only to whom it may be known.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from cycle import access, clock
from cycle.models import AccessLog, Person, Subject
from cycle.people import Actor
from workflows.people import access_log
from workflows.record.reading import Key

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
MOST_IN_A_FILE = 10_000


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


def log(session: Session, actor: Actor, wanted: Wanted, after: Key | None, rows: int) -> list[Line]:
    """Up to ``rows`` lines of the auditor's log and one more where there are more, the newest
    first, after the line with this number."""
    return _lines(session, actor, _of_log(wanted), after, rows)


def readings(
    session: Session, actor: Actor, wanted: Wanted, after: Key | None, rows: int
) -> list[Line]:
    """Who was sent words of exempt papers, as ``log`` gives lines."""
    return _lines(session, actor, _of_readings(wanted), after, rows)


def all_of_log(session: Session, actor: Actor, wanted: Wanted) -> list[Line]:
    """The lines of the auditor's log for a file."""
    return _lines(session, actor, _of_log(wanted), None, MOST_IN_A_FILE)[:MOST_IN_A_FILE]


def all_readings(session: Session, actor: Actor, wanted: Wanted) -> list[Line]:
    """The readings of exempt papers for a file."""
    return _lines(session, actor, _of_readings(wanted), None, MOST_IN_A_FILE)[:MOST_IN_A_FILE]


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
    session: Session, actor: Actor, which: ColumnElement[bool], after: Key | None, rows: int
) -> list[Line]:
    statement = (
        select(AccessLog, Person.name, Subject.ref)
        .outerjoin(Person, Person.id == AccessLog.person_id)
        .outerjoin(Subject, and_(Subject.id == AccessLog.subject_id, access.known_right(actor)))
        .where(which)
        .order_by(AccessLog.id.desc())
        .limit(rows + 1)
    )
    before = after[0] if after else None
    if isinstance(before, int):
        statement = statement.where(AccessLog.id < before)
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
