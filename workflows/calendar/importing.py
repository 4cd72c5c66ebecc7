"""A municipal calendar becomes meetings: first a look at what would change, then one act.

The rules that live here: what is known stays as it is; a meeting to come that the file has on
another day is proposed as moved, each to be agreed to by the clerk, else the file's day is a
further meeting; what the file does not have is never cancelled by it; the past is left alone.
Nothing is saved while one row is wrong. Each move is a fact of its own on the record.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.council import municipal_year
from config.council_files import Row
from config.problems import ProblemList
from config.rhythm import Meeting as Published
from cycle import clock, council_facts, horizon
from cycle.errors import Blocked, OutOfDate
from cycle.models import Body, Meeting
from cycle.people import Actor
from cycle.schedule import meeting_files as meeting_days
from workflows.calendar import published_meetings, upload
from workflows.calendar.upload import HandedIn
from workflows.meetings import meetings

# A meeting of the file takes the place of one so many days away, not of one further away.
FAR = 21
WHY = "The published calendar of meetings."
CHANGED = "The calendar has changed since you looked at it. Hand the file in again."


@dataclass(frozen=True)
class Line:
    """A meeting of the file and what would become of it; ``was`` is the one that it moves."""

    said: Published
    body: str
    was: Meeting | None = None
    note: str = ""

    @property
    def key(self) -> str:
        """What names this move in a form."""
        return f"{self.was.id if self.was else 0}-{self.said.on.isoformat()}"


@dataclass
class Preview:
    """What a file would do. With ``problems`` it does nothing."""

    file: str
    problems: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    added: list[Line] = field(default_factory=list)
    moved: list[Line] = field(default_factory=list)
    known: list[Line] = field(default_factory=list)
    past: list[Line] = field(default_factory=list)
    missing: list[Line] = field(default_factory=list)

    @property
    def said(self) -> list[Published]:
        """Every meeting of the file that would change something."""
        return [line.said for line in (*self.added, *self.moved)]


def preview_file(session: Session, actor: Actor, name: str, contents: bytes) -> Preview:
    """What a file would do; nothing is saved. Raises BadInput for a file that cannot be read."""
    spelt = published_meetings.spellings(session)
    return preview(session, actor, upload.read(name, contents, spelt, _usual(session)))


def preview(session: Session, actor: Actor, handed: HandedIn) -> Preview:
    """What these rows would do; nothing is saved."""
    bodies = {body.key: body for body in session.scalars(select(Body))}
    spelt = published_meetings.spellings(session)
    placed = meeting_days.checked(handed.rows, council_facts.calendar(session), spelt)
    desks = {desk.body_id for desk in meetings.desks(session, actor)}
    for each in placed:
        body = bodies[each.meeting.body]
        if not actor.is_system and None not in desks and body.id not in desks:
            each.row.problem("body", meetings.not_yours(body.name))
        why_not = horizon.why_not(session, each.meeting.on)
        if why_not is not None:
            each.row.problem("date", why_not)
        elif each.meeting.on < body.from_on or (body.until_on and each.meeting.on >= body.until_on):
            each.row.problem("date", f"{body.name} does not exist on this day. Check both.")
    found = Preview(handed.file, handed.noted.problems, handed.unread)
    if not found.problems:
        _sort(session, found, [each.meeting for each in placed], bodies)
    return found


def take_in(
    session: Session, actor: Actor, said: Sequence[Published], moves: Collection[str]
) -> tuple[int, int]:
    """Add the meetings that are not known and move those agreed to; gives how many of each.

    ``moves`` are keys of ``Preview.moved``. Everything is looked at again first. Raises OutOfDate
    when the calendar is not the one that the person saw, Blocked when there is nothing to do.
    """
    places = [int(key.partition("-")[0]) for key in moves if key.partition("-")[0].isdigit()]
    meetings.locked(session, actor, meetings.item_ids(session, places))
    now = preview(session, actor, rows_again(said))
    if now.problems or not set(moves) <= {line.key for line in now.moved}:
        raise OutOfDate(CHANGED)
    added = [line.said for line in now.added]
    for line in now.moved:
        if line.was is not None and line.key in moves:
            meetings.move_meeting(session, actor, line.was.id, line.said.on, line.said.at, WHY)
        elif line.was is not None and line.was.on_date != line.said.on:
            added.append(line.said)
    made = published_meetings.take_in(session, actor, added)
    if not made and not moves:
        raise Blocked("There is nothing to take in: every meeting of the file is known.")
    return len(made), len(moves)


def rows_again(said: Iterable[Published], file: str = "The file") -> HandedIn:
    """Rows of meetings that were read before, to be checked once more."""
    handed = HandedIn(file, ProblemList())
    for number, each in enumerate(said, start=1):
        values = {"body": each.body, "date": each.on, "time": each.at, "kind": each.kind}
        values["time"] = each.at.isoformat("minutes")
        handed.rows.append(Row(values, f"{file}:meeting {number}", handed.noted, ", "))
    return handed


def _usual(session: Session) -> Mapping[str, time]:
    """At what time bodies usually meet, by key."""
    rhythms = {body.key: council_facts.rhythm(body) for body in session.scalars(select(Body))}
    return {key: rhythm.at for key, rhythm in rhythms.items() if rhythm is not None}


def _sort(
    session: Session, found: Preview, said: Sequence[Published], bodies: Mapping[str, Body]
) -> None:
    """Put each meeting of the file, and each that it does not have, where it belongs."""
    ours: dict[int, list[Meeting]] = {body.id: [] for body in bodies.values()}
    for row in session.scalars(select(Meeting).order_by(Meeting.on_date)):
        ours[row.body_id].append(row)
    for key, body in bodies.items():
        theirs = [each for each in said if each.body == key]
        if theirs:
            _sort_body(found, body, theirs, ours[body.id])
    for lines in (found.added, found.moved, found.known, found.past, found.missing):
        lines.sort(key=lambda line: (line.said.on, line.body))


def _sort_body(
    found: Preview, body: Body, theirs: Sequence[Published], ours: Sequence[Meeting]
) -> None:
    today = clock.today()
    to_come = {m.on_date: m for m in ours if m.status == "planned" and m.on_date >= today}
    fresh = []
    for each in theirs:
        known = [m for m in ours if each.on in (m.on_date, m.first_on_date)]
        there = to_come.get(each.on)
        if there is not None and there.at_time != each.at:
            found.moved.append(Line(each, body.name, there))
        elif known:
            found.known.append(Line(each, body.name, note=_note(known, each)))
        elif each.on < today:
            found.past.append(Line(each, body.name))
        else:
            fresh.append(each)
    days = {each.on for each in theirs}
    years = {municipal_year(day) for day in days}
    left = [
        m
        for m in to_come.values()
        if not days & {m.on_date, m.first_on_date} and municipal_year(m.on_date) in years
    ]
    pairs = _pairs(fresh, left)
    for each in fresh:
        line = Line(each, body.name, pairs.get(each.on))
        (found.moved if line.was else found.added).append(line)
    stay = [m for m in left if m not in pairs.values()]
    found.missing += [
        Line(Published(body.key, m.on_date, m.at_time, m.kind), body.name) for m in stay
    ]


def _pairs(fresh: Sequence[Published], left: Sequence[Meeting]) -> dict[date, Meeting]:
    """Which new day takes the place of which planned meeting: the nearest first, each once."""
    near = sorted(
        (abs((each.on - row.on_date).days), each.on, row.id, row)
        for each, row in product(fresh, left)
        if each.kind == row.kind != "extraordinary" and abs((each.on - row.on_date).days) <= FAR
    )
    found: dict[date, Meeting] = {}
    used: set[int] = set()
    for _days, on, row_id, row in near:
        if on not in found and row_id not in used:
            found[on] = row
            used.add(row_id)
    return found


def _note(known: Sequence[Meeting], each: Published) -> str:
    """What is worth saying of a meeting that is known already."""
    if not known or any(row.on_date == each.on and row.status != "cancelled" for row in known):
        return ""
    row = known[0]
    return "Cancelled here" if row.status == "cancelled" else "Moved here to another day"
