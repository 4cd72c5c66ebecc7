"""The meetings of an iCalendar file, as rows to be checked like those of any other file.

The rule that lives here: an event is a meeting of the body that its categories, its place or its
title name; its day and time are those of London. An event that repeats is refused, since nobody can
see which days it means; one that is cancelled is left out. The file's own time zones are not
trusted: a time in one of them stands as it is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from icalendar import Calendar, Event

from config.council import MEETING_KINDS
from config.council_files import Row
from config.dates import shortened
from config.problems import ProblemList
from cycle.clock import LONDON
from cycle.errors import BadInput

MOST_EVENTS = 2_000
MOST_BYTES = 2_000_000
NOT_CALENDAR = "This is not a calendar that can be read. Save it again as iCalendar (.ics)."


def rows_of(
    file: str, text: str, spelt: Mapping[str, str], usual: Mapping[str, time], noted: ProblemList
) -> list[Row]:
    """A row for each event. ``spelt``: spelling in small letters to body; ``usual``: its time.

    Raises BadInput with a sentence when the file cannot be read at all.
    """
    found = []
    for number, event in enumerate(_events(text), start=1):
        title = _words(event.get("summary"))
        place = f"{file}:event {number}" + (f" ({shortened(title)})" if title else "")
        row = Row({}, place, noted, ", ")
        if _words(event.get("status")).upper() == "CANCELLED":
            continue
        if event.get("rrule") or event.get("rdate"):
            row.problem("", "This repeats. Save the calendar with each meeting as its own event.")
            continue
        row.values = _values(event, title, spelt, usual)
        found.append(row)
    return found


def _events(text: str) -> Sequence[Event]:
    if len(text) > MOST_BYTES or text.upper().count("BEGIN:") > 3 * MOST_EVENTS:
        raise BadInput(f"This calendar is too large. It may have {MOST_EVENTS:,} events.")
    try:
        calendars = Calendar.from_ical(_without_zones(text), multiple=True)
        events = [event for each in calendars for event in each.walk("VEVENT")]
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        raise BadInput(NOT_CALENDAR) from None
    if len(events) > MOST_EVENTS:
        raise BadInput(f"This calendar is too large. It may have {MOST_EVENTS:,} events.")
    return [event for event in events if isinstance(event, Event)]


def _without_zones(text: str) -> str:
    """The text without its own time zones: their rules could be made to be counted for ever."""
    kept, rest = [], text
    while True:
        before, found, rest = rest.partition("BEGIN:VTIMEZONE")
        kept.append(before)
        if not found:
            return "".join(kept)
        rest = rest.partition("END:VTIMEZONE")[2].lstrip("\r\n")


def _values(
    event: Event, title: str, spelt: Mapping[str, str], usual: Mapping[str, time]
) -> dict[str, object]:
    categories = list(_categories(event))
    body, rest = _body(categories, _words(event.get("location")), title, spelt)
    day, at = _moment(event)
    if day is not None and at is None and body in usual:
        at = usual[body]
    return {
        "body": body or title,
        "date": day.isoformat() if isinstance(day, date) else day or "",
        "time": at.isoformat("minutes") if at else "",
        "kind": _kind(categories, rest),
    }


def _categories(event: Event) -> Iterator[str]:
    given = event.get("categories")
    for one in given if isinstance(given, list) else [given]:
        for word in getattr(one, "cats", ()):
            yield _words(word)


def _body(
    categories: Sequence[str], location: str, title: str, spelt: Mapping[str, str]
) -> tuple[str, str]:
    """The body's key, and what the title says beside it."""
    for words in (*categories, title, location):
        if words.casefold() in spelt:
            return spelt[words.casefold()], title
    said = title.casefold()
    fits = [name for name in spelt if _begins(said, name)]
    longest = max(fits, key=len, default="")
    return spelt.get(longest, ""), title[len(longest) :]


def _begins(said: str, name: str) -> bool:
    return said.startswith(name) and not said[len(name) : len(name) + 1].isalnum()


def _kind(categories: Sequence[str], rest: str) -> str:
    said = [word.lower() for word in categories] + rest.lower().split()
    words = {word.strip("()[],.:;–-") for word in said}
    return next((kind for kind in MEETING_KINDS if kind in words), "")


def _moment(event: Event) -> tuple[date | str | None, time | None]:
    """Day and time in London; a date that is none stays as it was written."""
    given = event.get("dtstart")
    try:
        at = given.dt if given is not None and not isinstance(given, list) else None
    except ValueError:
        written = str(given)
        return f"{written[:4]}-{written[4:6]}-{written[6:8]}", None
    if isinstance(at, datetime):
        local = _in_london(at) if at.tzinfo else at
        return local.date(), local.time().replace(second=0, microsecond=0)
    return (at, None) if isinstance(at, date) else (None, None)


def _in_london(at: datetime) -> datetime:
    """The moment in London; at the ends of the calendar, where there is none, as it is written."""
    try:
        return at.astimezone(LONDON)
    except OverflowError:
        return at


def _words(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""
