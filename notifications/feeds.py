"""iCalendar: meetings at their time, due dates as whole days (SR-54).

The rules that live here: an entry keeps its UID for ever and its SEQUENCE never falls, so that a
calendar that has it already moves it; a due date takes up nobody's time; there is one time zone,
Europe/London. The library escapes and folds every text; nothing is put together by hand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from icalendar import Calendar, Event, Timezone

from cycle import clock

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


@dataclass(frozen=True)
class Entry:
    """Something in a calendar: a meeting with ``at`` (local), or a due date without.

    ``uid`` names it for ever; ``sequence`` counts how often it was changed.
    """

    uid: str
    sequence: int
    title: str
    on: date
    at: time | None = None
    text: str = ""
    categories: tuple[str, ...] = ()
    cancelled: bool = False


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
    event.add("summary", entry.title)
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
    if entry.cancelled:
        event.add("status", "CANCELLED")
    return event
