"""The council's own subject, with which every act on structure or people begins."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import BadInput, OutOfDate
from cycle.models import Council
from cycle.seen import NO_PAGE, Seen, current


def subject_of(session: Session, seen_version: Seen = NO_PAGE) -> Council:
    """The council's own subject, locked; every act on structure or people begins with it.

    Raises BadInput before a council has been loaded, OutOfDate when the page was older.
    """
    found = locked(session)
    if found is None:
        raise BadInput("No council has been loaded yet. Load one first: plancycle council load.")
    if not current(found.version, seen_version):
        raise OutOfDate(
            "Someone has changed people or structure since you opened this. Look at it again."
        )
    return found


def locked(session: Session) -> Council | None:
    """The same, or None before a council has been loaded."""
    subject_id = session.scalar(select(Council.id))
    if subject_id is None:
        return None
    access.lock(session, [subject_id])
    return session.get_one(Council, subject_id)


def name(session: Session) -> str:
    """What the council is called; empty before one has been loaded."""
    return session.scalar(select(Council.title)) or ""
