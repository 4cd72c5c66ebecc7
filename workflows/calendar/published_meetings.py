"""Meetings that a council has published, taken in from a file (contracts.md, meetings CSV).

They come before the rhythm: a day that is known already stays as it is, moved and cancelled
meetings included.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.problems import Problems
from config.rhythm import Meeting as Published
from cycle import clock, council_facts
from cycle.models import Body, Meeting
from cycle.people import Actor, Capacity
from cycle.schedule import meeting_files as meeting_days
from notifications.feeds import Entry
from workflows.core import council as council_subject, engine
from workflows.core.audit import Act
from workflows.framework import permissions
from workflows.meetings import meetings


def read_file(session: Session, path: Path) -> tuple[Published, ...]:
    """The meetings of a CSV file, checked against the council's bodies and calendar.

    A body is written as its key, its name or its short name. Raises Problems.
    """
    return meeting_days.read_file(path, council_facts.calendar(session), spellings(session))


def spellings(session: Session) -> dict[str, str]:
    """Every way to write a body of the council, and its key."""
    papers = council_facts.fact(session, council_facts.PAPERS, {})
    bodies = session.execute(select(Body.key, Body.name).order_by(Body.key)).all()
    return meeting_days.spellings(
        (key, [name, str(papers.get(key, {}).get("short_name") or name)]) for key, name in bodies
    )


def take_in(session: Session, actor: Actor, said: Sequence[Published]) -> list[Meeting]:
    """Add the meetings that are not known yet and record it; gives those that were added.

    Who looks after several bodies in several posts leaves an event for each of these. Raises
    Problems naming every body that the council does not have; then none is added.
    """
    permissions.require(session, actor, "manage_meetings")
    council = council_subject.subject_of(session)
    bodies = {body.key: body.id for body in session.scalars(select(Body))}
    unknown = sorted({each.body for each in said} - set(bodies))
    if unknown:
        names = ", ".join(sorted(bodies))
        raise Problems(
            [f"meetings: There is no body “{key}”. The council has: {names}." for key in unknown]
        )
    rows = session.execute(select(Meeting.body_id, Meeting.on_date, Meeting.first_on_date))
    known = {(row.body_id, day) for row in rows for day in (row.on_date, row.first_on_date)}
    added = [
        Meeting(
            body_id=bodies[each.body],
            on_date=each.on,
            at_time=each.at,
            kind=each.kind,
            status="planned",
            first_on_date=each.on,
        )
        for each in said
        if (bodies[each.body], each.on) not in known
    ]
    session.add_all(added)
    session.flush()
    counts: dict[Capacity, int] = {}
    for body_id, count in Counter(row.body_id for row in added).items():
        capacity = meetings.capacity(session, actor, session.get_one(Body, body_id))
        counts[capacity] = counts.get(capacity, 0) + count
    for capacity, count in counts.items():
        what = Act("make_meetings", details={"taken_in": count})
        engine.record(session, council, actor, what, capacity)
    return added


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
    return [
        (
            row.name if spelt.get(row.name.casefold()) == row.key else row.key,
            row.on_date,
            row.at_time,
            row.kind,
        )
        for row in to_come(session, body_id)
        if row.status != "cancelled"
    ]


def as_entries(session: Session, body_id: int | None = None) -> list[Entry]:
    """The same for a calendar; a cancelled meeting is in it as cancelled, so that it goes away."""
    return [
        Entry(
            uid=f"meeting-{row.id}@plancycle",
            sequence=row.version,
            title=row.name,
            on=row.on_date,
            at=row.at_time,
            categories=(row.kind,),
            cancelled=row.status == "cancelled",
        )
        for row in to_come(session, body_id)
    ]
