"""The events of an iCalendar file, as rows in the file's own words.

The rules that live here: of several versions of one entry the newest counts, by its SEQUENCE and
then by its stamp (RFC 5546 s.2.1.5); day and time are those of London; an event that takes whole
days, also one from midnight to midnight, has no time. Each meeting of a series is a row of its own;
alarms are no events.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from config.council import municipal_year
from config.dates import long_date, shortened
from config.written_days import plain
from cycle.errors import BadInput
from workflows.calendar import content_lines, series
from workflows.calendar.content_lines import NOT_CALENDAR, Component
from workflows.calendar.event_times import When, as_written
from workflows.calendar.file_row import LONGEST_GIVEN, FileRow, no_more_than_may_be
from workflows.calendar.series import Changes
from workflows.calendar.time_zones import Zones

MOST_EVENTS = 2_000
TOO_MANY = f"This calendar is too large. It may have {MOST_EVENTS:,} events."
TWICE = "The file has this entry more than once in the same version. Keep the one that counts."
ANSWERS = "This is an answer to an invitation, not a meeting. Hand in the calendar itself."
CANCEL = "cancelled"

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def of_text(text: str, today: date) -> list[FileRow]:
    """A row for each entry of a calendar, for each meeting of one that repeats in the municipal
    years of ``today`` and after it. Raises BadInput when the file cannot be read at all."""
    whole = content_lines.parse(text)
    if not any(part.name == "VCALENDAR" for part in whole.parts):
        raise BadInput(NOT_CALENDAR)
    zones = Zones(whole)
    events = [
        _Event(number, part, calendar.text("METHOD").upper(), zones)
        for number, (calendar, part) in enumerate(
            ((calendar, part) for calendar in whole.parts for part in calendar.walk("VEVENT")), 1
        )
    ]
    if len(events) > MOST_EVENTS:
        raise BadInput(TOO_MANY)
    years = _years(today)
    changed = _changed(events)
    return no_more_than_may_be(
        row
        for entry in _by_entry(events)
        for event, newest in _newest(entry)
        for row in _each(event, newest, changed[event.uid], years)
    )


def _years(today: date) -> tuple[date, date]:
    """The first and last day of the municipal years of this day and after it."""
    first = municipal_year(today)
    return date(first, 5, 1), date(first + 2, 4, 30)


@dataclass(frozen=True)
class _Event:
    """An event of the file, its place in it and what its calendar is for."""

    number: int
    part: Component
    method: str
    zones: Zones

    @cached_property
    def version(self) -> tuple[int, str]:
        sequence = self.part.text("SEQUENCE").strip()
        stamp = self.part.text("DTSTAMP").strip()
        return int(sequence) if _NUMBER.fullmatch(sequence) else 0, stamp

    @cached_property
    def uid(self) -> str:
        return self.part.text("UID").strip()

    @cached_property
    def says(self) -> tuple[object, ...]:
        rule = self.part.first("RRULE")
        row = self.row
        return row.title, row.on, row.starts, row.status, rule and rule.value

    @cached_property
    def row(self) -> FileRow:
        return _row(self)


def _by_entry(events: Iterable[_Event]) -> list[list[_Event]]:
    """The versions of each entry together, in the order of the file."""
    found: dict[tuple[str, str], list[_Event]] = {}
    for event in events:
        uid = event.uid or f"\0{event.number}"
        found.setdefault((uid, event.part.text("RECURRENCE-ID").strip()), []).append(event)
    return list(found.values())


def _newest(entry: Sequence[_Event]) -> list[tuple[_Event, FileRow]]:
    """The newest version and its row; each of several that are equally new and differ."""
    newest = max(event.version for event in entry)
    last = [event for event in entry if event.version == newest]
    if len({event.says for event in last}) > 1:
        return [(event, event.row.with_problem(TWICE)) for event in last]
    event = last[-1]
    if len(entry) == 1:
        return [(event, event.row)]
    earlier = {each.row.on for each in entry} - {event.row.on, None}
    row = replace(
        event.row,
        remark=f"The newest of {len(entry)} versions in the file.",
        earlier=tuple(sorted(day for day in earlier if day is not None)),
    )
    return [(event, row)]


def _changed(events: Iterable[_Event]) -> dict[str, Changes]:
    """By entry: the meetings of its series that have an event of their own."""
    found: dict[str, Changes] = defaultdict(Changes)
    for event in events:
        with suppress(ValueError):
            series.note_change(event.part, event.zones, found[event.uid])
    return found


def _each(
    event: _Event, row: FileRow, changed: Changes, years: tuple[date, date]
) -> Iterator[FileRow]:
    """The row of an entry; of a series that of each meeting."""
    if row.problem or not series.repeats(event.part):
        yield row
        return
    rule = event.part.first("RRULE")
    words = plain(rule.value) if rule else "RDATE"
    number = 0
    try:
        for each in series.occurrences(event.part, event.zones, changed, *years):
            number += 1
            made = _row(replace(event, part=each.part))
            made = replace(
                made,
                at=f"{row.at}, meeting {number}",
                given=shortened(f"{made.given}, {words}", LONGEST_GIVEN),
                remark=" ".join(filter(None, (row.remark, _until(words, years)))),
            )
            yield made.with_problem(each.doubt) if each.doubt else made
    except ValueError as problem:
        yield row.with_problem(str(problem))
        return
    if not number:
        first, last = (long_date(day) for day in years)
        yield row.with_problem(f"This repeats, but not between {first} and {last}.")


def _until(words: str, years: tuple[date, date]) -> str:
    """How far a series without an end is read."""
    ends = "UNTIL=" in words.upper() or "COUNT=" in words.upper() or words == "RDATE"
    return "" if ends else f"The series is read until {long_date(years[1])}."


def _row(event: _Event) -> FileRow:
    part = event.part
    title, place = plain(part.text("SUMMARY")), plain(part.text("LOCATION"))
    labels = tuple(
        plain(each) for one in part.properties.get("CATEGORIES", ()) for each in one.texts
    )
    status = plain(part.text("STATUS"))
    starts = part.first("DTSTART")
    words = [title, place, *labels, status, as_written(starts)]
    found = FileRow(
        f"event {event.number}",
        shortened(", ".join(word for word in words if word), LONGEST_GIVEN),
        title,
        status=CANCEL if event.method == "CANCEL" else status,
        labels=labels,
        place=place,
        text=plain(part.text("DESCRIPTION"))[:LONGEST_GIVEN],
        body=plain(part.text("X-PLANCYCLE-BODY")),
        uid=event.uid,
    )
    if event.method in ("REPLY", "REFRESH", "COUNTER", "DECLINECOUNTER"):
        found = found.with_problem(ANSWERS)
    try:
        when = When(part, event.zones)
        found = replace(found, on=when.on, starts=when.starts)
    except ValueError as problem:
        return found.with_problem(str(problem))
    if series.changes_all_later(part):
        return found.with_problem(series.ALL_LATER)
    if when.days > 1:
        return found.with_problem(
            f"This lasts {when.days} days. Make an event of each day on which the body meets."
        )
    return found
