"""iCalendar: meetings at their time, due dates as whole days (SR-54).

The rules that live here: an entry keeps its UID for ever, and no other council or copy has the same
(RFC 7986 s.5.3, fault C4); its SEQUENCE never falls and rises when its day changes, so that a
calendar that has it already moves it (RFC 5546 s.2.1.4, C9); what is cancelled says so in its title
too, since some calendars show the status as going ahead (C2). A due date takes up nobody's time;
there is one time zone, Europe/London. The library escapes and folds every text; nothing is put
together by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from icalendar import Calendar, Event, Timezone
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock, council_facts

MIMETYPE = "text/calendar"
LASTS = timedelta(hours=2)
_MAKER = "-//Plancycle//Timetable//EN"
# The rule of British Summer Time since 1996 (The Summer Time Order 2002).
_LONDON = """BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
DTSTART:19960331T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
"""


# What names the body of a meeting where the title alone does not; read back by an import.
BODY = "X-PLANCYCLE-BODY"
_STAMP = text("""
SELECT coalesce((SELECT value #>> '{}' FROM council_setting WHERE key = :key), 'none') AS record,
       (SELECT min(since_at) FROM pause) AS restored_at,
       coalesce((SELECT max(id) FROM event), 0) AS acts
""")


@dataclass(frozen=True)
class Stamp:
    """What the entries of this record are known by: its own random word, and how many acts it has.

    ``acts`` is the SEQUENCE of days that are worked out: each of them changes by an act only.
    """

    record: str
    acts: int

    def uid(self, *parts: object) -> str:
        """The identifier of one entry."""
        return f"{'-'.join(str(part) for part in parts)}@{self.record}.plancycle"


def stamp(session: Session) -> Stamp:
    """The stamp of this record. A restored copy has one of its own until it is released and takes
    the place of the first."""
    row = session.execute(_STAMP, {"key": council_facts.CALENDAR_ID}).one()
    copy = f".restored-{row.restored_at:%Y%m%d%H%M%S%f}" if row.restored_at else ""
    return Stamp(f"{row.record}{copy}", row.acts)


@dataclass(frozen=True)
class Entry:
    """Something in a calendar: a meeting with ``at`` (local), or a due date without.

    ``uid`` names it for ever; ``sequence`` rises when it changes. ``body`` is a body's key.
    """

    uid: str
    sequence: int
    title: str
    on: date
    at: time | None = None
    text: str = ""
    categories: tuple[str, ...] = ()
    cancelled: bool = False
    body: str = ""


def calendar_file(name: str, entries: Iterable[Entry]) -> bytes:
    """The entries as one iCalendar file, in the order given."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _MAKER)
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    made, zone_needed = clock.now(), False
    events = []
    for entry in entries:
        events.append(_event(entry, made))
        zone_needed = zone_needed or entry.at is not None
    if zone_needed:
        calendar.add_component(Timezone.from_ical(_LONDON))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(entry: Entry, made: datetime) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", made)
    event.add("summary", f"CANCELLED: {entry.title}" if entry.cancelled else entry.title)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    if entry.at is None:
        event.add("dtstart", entry.on)
        event.add("transp", "TRANSPARENT")
    else:
        starts = datetime.combine(entry.on, entry.at, clock.LONDON)
        event.add("dtstart", starts)
        event.add("dtend", starts + LASTS)
    if entry.text:
        event.add("description", entry.text)
    if entry.categories:
        event.add("categories", list(entry.categories))
    if entry.body:
        event.add(BODY, entry.body)
    return event
