"""What a file of meetings would change, by the council's calendar as it stands; nothing is saved.

The rule that lives here: every line of a file is shown with its own words and its verdict, what is
left out too. Who does not look after a body's meetings changes none of them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.council import MEETING_KINDS
from cycle import clock, council_facts, horizon
from cycle.errors import BadInput
from cycle.models import Body, Meeting
from cycle.people import Actor
from cycle.schedule import meeting_files
from notifications import feeds
from workflows.calendar import judging, published_meetings, reading_file
from workflows.calendar.file_row import FileRow, from_json
from workflows.calendar.judging import (
    GONE,
    KNOWN,
    MOVED,
    NEW,
    REFUSED,
    UNCLEAR,
    KnownMeeting,
    Line,
    Surroundings,
)
from workflows.calendar.naming import STATUSES, Named, named
from workflows.files import sandbox
from workflows.meetings import meetings

READER = "workflows.calendar.reading_file:read"
CHANGED = "The calendar has changed since you looked at it. Hand the file in again."


@dataclass(frozen=True)
class HandedIn:
    """The rows of a file in its own words, and the columns or sheets that are not read."""

    file: str
    rows: Sequence[FileRow]
    unread: Sequence[str] = ()


@dataclass(frozen=True)
class Shown:
    """A row as it was understood, and the verdict on it that the page showed."""

    named: Named
    verdict: str


@dataclass(frozen=True)
class Preview:
    """What a file would do, line by line. ``bodies`` are their names by key."""

    file: str
    lines: Sequence[Line]
    bodies: Mapping[str, str]
    missing: Sequence[KnownMeeting] = ()
    unread: Sequence[str] = field(default_factory=list)

    @property
    def added(self) -> list[Line]:
        """What the file says for certain and is new."""
        return [line for line in self._of(NEW) if not line.guessed]

    @property
    def untimed(self) -> list[Line]:
        """New meetings without a time in the file."""
        return [line for line in self._of(NEW) if line.guessed]

    @property
    def moved(self) -> list[Line]:
        """What may be a known meeting on another day, or is one at another time."""
        return self._of(MOVED)

    @property
    def cancelled(self) -> list[Line]:
        """Planned meetings that the file calls cancelled or postponed."""
        return [line for line in self._of(GONE) if line.was is not None]

    @property
    def left_out(self) -> list[Line]:
        """What is not understood, cannot be, or is cancelled and not on the calendar."""
        return [
            line
            for line in self.lines
            if line.verdict in (UNCLEAR, REFUSED) or (line.verdict == GONE and line.was is None)
        ]

    @property
    def known(self) -> list[Line]:
        """What is on the calendar already."""
        return self._of(KNOWN)

    def _of(self, verdict: str) -> list[Line]:
        return [line for line in self.lines if line.verdict == verdict]


def read(name: str, contents: bytes) -> HandedIn:
    """The rows of a file, read in a process of its own. Raises BadInput with a sentence."""
    if len(contents) > reading_file.MOST_BYTES:
        raise BadInput(reading_file.TOO_LARGE)
    return handed_in(name, sandbox.parse(READER, contents, clock.today().isoformat()))


def handed_in(name: str, found: Mapping[str, Any]) -> HandedIn:
    """The rows that ``reading_file.read`` gave."""
    rows = [from_json(row) for row in found["rows"]]
    return HandedIn(reading_file.shown(name), rows, found["unread"])


def preview(session: Session, actor: Actor, handed: HandedIn) -> Preview:
    """What a file would do; nothing is saved."""
    spelt = published_meetings.spellings(session)
    bodies = _bodies(session)
    return _judged(
        session,
        actor,
        [named(row, spelt, bodies) for row in handed.rows],
        file=handed.file,
        unread=handed.unread,
    )


def preview_again(session: Session, actor: Actor, shown: Sequence[Shown]) -> Preview:
    """The same for rows that were understood before. Raises BadInput for bodies, kinds and statuses
    that there are not."""
    bodies = _bodies(session)
    for each in shown:
        row = each.named
        understood = row.body in bodies and row.row.on is not None
        if (
            not (understood or row.sentence)
            or row.kind not in MEETING_KINDS
            or row.status not in STATUSES
        ):
            raise BadInput(CHANGED)
    return _judged(session, actor, [each.named for each in shown])


def not_there(body: str) -> str:
    """What is said of a meeting before a body existed, or after."""
    return f"{body} does not exist on this day. Check both."


def _bodies(session: Session) -> dict[str, str]:
    return {body.key: body.name for body in session.scalars(select(Body).order_by(Body.name))}


def _judged(
    session: Session,
    actor: Actor,
    rows: Sequence[Named],
    file: str = "",
    unread: Sequence[str] = (),
) -> Preview:
    around = _surroundings(session)
    others = _others(session, actor)
    lines = [
        replace(line, verdict=REFUSED, sentence=meetings.not_yours(around.bodies[body]), was=None)
        if (body := line.named.body or "") in others and line.verdict in (NEW, MOVED, GONE)
        else line
        for line in judging.judge(rows, around)
    ]
    missing = [each for each in judging.missing(lines, around) if each.body not in others]
    return Preview(file, lines, around.bodies, missing, unread)


def _others(session: Session, actor: Actor) -> set[str]:
    """The bodies whose meetings somebody else looks after."""
    managed = {post.body_id for post in meetings.posts_held(session, actor)}
    if actor.is_system or None in managed:
        return set()
    return set(session.scalars(select(Body.key).where(Body.id.not_in(managed))))


def _surroundings(session: Session) -> Surroundings:
    bodies = {body.key: body for body in session.scalars(select(Body).order_by(Body.name))}
    keys = {body.id: body.key for body in bodies.values()}
    rows = session.scalars(select(Meeting).order_by(Meeting.on_date, Meeting.id))
    stamp = feeds.stamp(session)
    return Surroundings(
        [
            KnownMeeting(
                row.id, keys[row.body_id], row.on_date, row.at_time, row.kind, row.status,
                row.first_on_date, stamp.uid("meeting", row.id),
            )
            for row in rows
        ],
        {key: body.name for key, body in bodies.items()},
        _usual(bodies.values()),
        clock.today(),
        _why_not(session, bodies),
    )  # fmt: skip


def _usual(bodies: Collection[Body]) -> dict[str, time]:
    """At what time bodies usually meet, by key."""
    rhythms = {body.key: council_facts.rhythm(body) for body in bodies}
    return {key: rhythm.at for key, rhythm in rhythms.items() if rhythm is not None}


def _why_not(session: Session, bodies: Mapping[str, Body]) -> Callable[[str, date], str | None]:
    calendar, last = council_facts.calendar(session), horizon.last_day(session)

    def why_not(key: str, on: date) -> str | None:
        body = bodies[key]
        if on > last:
            return horizon.too_late(last)
        if on < body.from_on or (body.until_on and on >= body.until_on):
            return not_there(body.name)
        return meeting_files.why_not_working(on, calendar)

    return why_not
