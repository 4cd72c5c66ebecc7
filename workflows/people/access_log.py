"""The access log: sign-ins, failed ones, refusals, and reads of exempt papers (SR-69, INV-16).

The rules that live here: a line is an ordinary row in a short transaction of its own, no part of
the record; of an e-mail address that nobody has only a salted digest is kept, and of what was typed
nothing; what a stranger can cause is bounded for each network address and minute; lines, network
addresses and salts each go after the time that the installation sets.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.orm import Session

from config.settings import LogDays
from cycle import access, clock
from cycle.models import AccessLog, AccessLogSalt, Person, Subject
from cycle.people import Actor
from cycle.record import canonical
from workflows.people import guessing

SIGN_IN, WRONG_PASSWORD, SLOWED = "sign_in", "wrong_password", "slowed"
SIGN_OUT, SESSION_ENDED = "sign_out", "session_ended"
LINK_ASKED, PASSWORD_SET = "link_asked", "password_set"
REFUSED, FORGED, MORE, EXEMPT_READ = "refused", "forged", "more", "exempt_read"
# What anybody can cause as often as they like: so many lines of one network address in a minute,
# then one that says that there were more.
ANYBODYS = (WRONG_PASSWORD, SLOWED, LINK_ASKED, REFUSED, FORGED)
MOST_A_MINUTE = 60
LONGEST_NETWORK = 60
LONGEST_EMAIL = 254
_BOUND = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(frozen=True)
class Place:
    """Where a request came from, and to which page: by the pattern of its address alone."""

    network: str
    address: str = ""

    @property
    def near(self) -> str:
        """The network address as it is counted and kept."""
        return guessing.network_of(self.network)[:LONGEST_NETWORK]


@dataclass(frozen=True)
class Paper:
    """An exempt plan or report of which a person may know; ``title`` is "" if it says nothing."""

    subject_id: int
    kind: str
    ref: str
    title: str


def write(
    session: Session,
    kind: str,
    place: Place,
    *,
    person_id: int | None = None,
    email: str | None = None,
    status: int | None = None,
    ref: str = "",
) -> None:
    """Write one line. ``email`` is what somebody typed who is not signed in; ``ref`` names a
    subject that was asked for. Beyond the bound of a minute nothing is written."""
    if kind in ANYBODYS and not _room(session, place):
        return
    stranger = ""
    if email is not None:
        stranger = _digest(session, email)
        person_id = _known(session, email)
    session.add(
        AccessLog(
            at=clock.now(),
            kind=kind,
            person_id=person_id,
            stranger="" if person_id is not None else stranger,
            network=place.near,
            address=place.address,
            status=status,
            subject_id=_subject(session, ref) if ref else None,
        )
    )
    session.flush()


def read_exempt(
    session: Session, place: Place, person_id: int, papers: Collection[Paper], status: int
) -> None:
    """Write that a person is about to be sent words of these papers."""
    now = clock.now()
    lines = [
        {
            "at": now,
            "kind": EXEMPT_READ,
            "person_id": person_id,
            "stranger": "",
            "network": place.near,
            "address": place.address,
            "status": status,
            "subject_id": paper.subject_id,
        }
        for paper in papers
    ]
    session.execute(insert(AccessLog), lines)


def papers_open_to(session: Session, actor: Actor) -> tuple[Paper, ...]:
    """The exempt plans and reports of which a person may know."""
    rows = session.execute(
        select(Subject.id, Subject.kind, Subject.ref, Subject.title)
        .where(access.exempt_right(actor))
        .order_by(Subject.id)
    )
    # A title that stands for all exempt papers tells nothing of one.
    neutral = access.EXEMPT_TITLES.values()
    return tuple(
        Paper(row.id, row.kind, row.ref, "" if row.title in neutral else row.title) for row in rows
    )


# For a statement of others: whether anything has been kept for its time; takes ``asked()``.
DUE = """
(EXISTS (SELECT 1 FROM access_log WHERE at < :lines_from)
 OR EXISTS (SELECT 1 FROM access_log WHERE network IS NOT NULL AND at < :networks_from)
 OR EXISTS (SELECT 1 FROM access_log_salt WHERE on_date < :salts_from))
"""


def asked(keep: LogDays) -> dict[str, datetime | date]:
    """What ``DUE`` takes: since when lines, network addresses and salts are kept."""
    now = clock.now()
    return {
        "lines_from": now - timedelta(days=keep.lines),
        "networks_from": now - timedelta(days=keep.networks),
        "salts_from": _day(now - timedelta(days=keep.salts)),
    }


def prune(session: Session, keep: LogDays) -> None:
    """Drop lines, network addresses and salts that have been kept for their time."""
    since = asked(keep)
    session.execute(delete(AccessLog).where(AccessLog.at < since["lines_from"]))
    session.execute(
        update(AccessLog)
        .where(AccessLog.network.is_not(None), AccessLog.at < since["networks_from"])
        .values(network=None)
    )
    session.execute(delete(AccessLogSalt).where(AccessLogSalt.on_date < since["salts_from"]))


# Inside -------------------------------------------------------------------------------------------


def _room(session: Session, place: Place) -> bool:
    """Whether this network address may fill one more line in this minute."""
    now = clock.now()
    minute = now.replace(second=0, microsecond=0)
    session.execute(_BOUND, {"name": f"access_log:{place.near}"})
    lines = session.scalar(
        select(func.count()).where(
            AccessLog.network == place.near,
            AccessLog.at >= minute,
            AccessLog.kind.in_((*ANYBODYS, MORE)),
        )
    )
    if (lines or 0) < MOST_A_MINUTE:
        return True
    if lines == MOST_A_MINUTE:
        session.add(AccessLog(at=now, kind=MORE, network=place.near))
        session.flush()
    return False


def _digest(session: Session, email: str) -> str:
    """The salted digest of an e-mail address, with the salt of today."""
    today = _day(clock.now())
    made = {"on_date": today, "salt": secrets.token_hex(16)}
    session.execute(insert_or_not(AccessLogSalt).values(made).on_conflict_do_nothing())
    salt = session.scalars(select(AccessLogSalt.salt).where(AccessLogSalt.on_date == today)).one()
    return canonical.person_digest(salt, _plain(email))


def _known(session: Session, email: str) -> int | None:
    return session.scalar(
        select(Person.id).where(func.lower(Person.email) == _plain(email), ~Person.is_system)
    )


def _subject(session: Session, ref: str) -> int | None:
    if _storable(ref) != ref:
        return None
    return session.scalar(select(Subject.id).where(Subject.ref == ref))


def _plain(email: str) -> str:
    """An e-mail address as it is compared."""
    return _storable(email.strip().lower()[:LONGEST_EMAIL])


def _storable(words: str) -> str:
    """Words without what no database can keep: NUL; "" where lone surrogates stand in them."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return ""
    return words.replace("\0", "")


def _day(at: datetime) -> date:
    """The day of a moment in UTC, by which salts are kept."""
    return at.date()
