"""Meetings that a council has published, imported from a file (contracts.md, meetings CSV).

They come before the rhythm: a day that is known already stays as it is, moved and cancelled
meetings included.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.problems import Problems
from config.rhythm import Meeting as Published
from cycle import clock, council_facts
from cycle.models import Body, Meeting
from cycle.people import Actor, Capacity
from cycle.schedule import meeting_files
from notifications import feeds
from notifications.feeds import Entry, Stamp
from workflows.core import council_subject, engine
from workflows.core.audit import Act
from workflows.framework import post_permissions
from workflows.meetings import meetings
from workflows.reports import papers_follow


def read_file(session: Session, path: Path) -> tuple[Published, ...]:
    """The meetings of a CSV file, checked against the council's bodies and calendar.

    A body is written as its key, its name or its short name. Raises Problems.
    """
    return meeting_files.read_file(
        path, council_facts.calendar(session), spellings(session), _known(session)
    )


def spellings(session: Session) -> dict[str, str]:
    """Every way to write a body of the council, and its key."""
    papers = council_facts.fact(session, council_facts.PAPERS, {})
    bodies = session.execute(select(Body.key, Body.name, Body.kind).order_by(Body.key)).all()
    return meeting_files.spellings(
        (key, meeting_files.names(kind, name, str(papers.get(key, {}).get("short_name") or name)))
        for key, name, kind in bodies
    )


def import_meetings(
    session: Session, actor: Actor, published: Sequence[Published]
) -> list[Meeting]:
    """Add the meetings that are not known yet and record it; gives those that were added.

    Who looks after several bodies in several posts leaves an event for each of these. Raises
    Problems naming every body that the council does not have; then none is added.
    """
    post_permissions.require(session, actor, "manage_meetings")
    council = council_subject.subject_of(session)
    bodies = {body.key: body.id for body in session.scalars(select(Body))}
    unknown = sorted({each.body for each in published} - set(bodies))
    if unknown:
        names = ", ".join(sorted(bodies))
        raise Problems(
            [f"meetings: There is no body “{key}”. The council has: {names}." for key in unknown]
        )
    known = _known(session)
    added = [
        Meeting(
            body_id=bodies[each.body],
            on_date=each.on,
            at_time=each.at,
            kind=each.kind,
            status="planned",
            first_on_date=each.on,
        )
        for each in published
        if (each.body, each.on) not in known
    ]
    session.add_all(added)
    session.flush()
    counts: dict[Capacity, int] = {}
    for body_id, count in Counter(row.body_id for row in added).items():
        capacity = meetings.capacity_for(session, actor, session.get_one(Body, body_id))
        counts[capacity] = counts.get(capacity, 0) + count
    cause, new = f"council-{council.version}", {row.body_id for row in added}
    moved = papers_follow.after_change(
        session, actor, cause, "New meetings are on the calendar", papers_follow.CALENDAR, new
    )
    papers = {"papers": moved} if moved else {}
    for capacity, count in counts.items():
        what = Act("make_meetings", details={"taken_in": count, **papers})
        engine.record(session, council, actor, what, capacity)
    return added


def _known(session: Session) -> set[tuple[str, date]]:
    """The days that bodies have or had, by the body's key."""
    statement = select(Body.key, Meeting.on_date, Meeting.first_on_date).join(Meeting.body)
    rows = session.execute(statement)
    return {(row.key, day) for row in rows for day in (row.on_date, row.first_on_date)}


COLUMNS = (("body", 40), ("date", 18), ("time", 10), ("kind", 16))
_TO_COME = text("""
SELECT meeting.id, body.key, body.name, meeting.on_date, meeting.at_time, meeting.kind,
       meeting.status, meeting.version
FROM meeting JOIN body ON body.id = meeting.body_id
WHERE meeting.on_date >= :today AND (CAST(:body AS int) IS NULL OR body.id = :body)
ORDER BY meeting.on_date, meeting.at_time, body.name
""")


def to_come(session: Session, body_id: int | None = None) -> list[Any]:
    """Every meeting from today on, of one body or of all, cancelled ones included."""
    return list(session.execute(_TO_COME, {"today": clock.today(), "body": body_id}).all())


def as_rows(session: Session, body_id: int | None = None) -> list[tuple[Any, ...]]:
    """The meetings that are planned, as rows of ``COLUMNS``: fit to be handed in again."""
    spelt = spellings(session)
    rows = to_come(session, body_id)
    return [as_row(row, spelt) for row in rows if row.status != "cancelled"]


def as_row(row: Any, spelt: Mapping[str, str]) -> tuple[Any, ...]:
    """One meeting of ``to_come``; its body by name, by its key where others share the name."""
    name = row.name if spelt.get(meeting_files.as_compared(row.name)) == row.key else row.key
    return name, row.on_date, row.at_time, row.kind


def as_entries(session: Session, body_id: int | None = None) -> list[Entry]:
    """The same for a calendar; a cancelled meeting is in it as cancelled, so that it goes away."""
    stamp = feeds.stamp(session)
    return [as_entry(row, stamp) for row in to_come(session, body_id)]


def as_entry(row: Any, stamp: Stamp) -> Entry:
    """One meeting of ``to_come`` as an entry of a calendar."""
    return Entry(
        uid=stamp.uid("meeting", row.id),
        sequence=row.version,
        title=row.name,
        on=row.on_date,
        at=row.at_time,
        categories=(row.kind,),
        cancelled=row.status == "cancelled",
        body=row.key,
    )
