"""When an event of a calendar file is: its day in London, and its time unless it takes whole days.

The rules that live here: a time counts by the zone that it names, or as it is written where it
names none; what begins at midnight is a day without a time, since programs write whole days so.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from config.dates import known, shortened
from config.written_days import MIDNIGHT, plain
from cycle.clock import LONDON
from workflows.calendar.content_lines import Component, Property
from workflows.calendar.time_zones import Zones

DAY = timedelta(days=1)
_VALUE = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?", re.ASCII)
_LASTS = re.compile(
    r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,6})S)?)?", re.ASCII
)


def as_written(starts: Property | None) -> str:
    """A date or time in the file's own figures, with the zone that it names."""
    if starts is None:
        return ""
    zone = starts.parameters.get("TZID", "")
    found = _VALUE.fullmatch(starts.value.strip())
    if found is None:
        return plain(starts.value)
    clock = f" {found[4]}:{found[5]}" if found[4] else ""
    return f"{found[1]}-{found[2]}-{found[3]}{clock}{' UTC' if found[7] else f' {zone}'.rstrip()}"


class When:
    """When an event is, in London: its day, its time unless it takes whole days, and how many.

    Raises ValueError with a sentence.
    """

    def __init__(self, part: Component, zones: Zones):
        starts, ends = part.first("DTSTART"), part.first("DTEND")
        if starts is None:
            raise ValueError("The date is missing. Give the event a day and a time.")
        written, local = read(starts, zones)
        until = read(ends, zones)[1] if ends is not None else local + _lasts(part)
        marked = part.text("X-MICROSOFT-CDO-ALLDAYEVENT").strip().upper() == "TRUE"
        whole = isinstance(written, date) and not isinstance(written, datetime)
        lasts = until - local
        if whole or marked or _midnights(local, written, lasts):
            at_midnight = local.time() == MIDNIGHT or not isinstance(written, datetime)
            self.on = local.date() if at_midnight else _shown(written, local)
            self.starts: time | None = None
            self.days = max(round(lasts / DAY), 1)
        else:
            self.on, self.starts = local.date(), local.time().replace(second=0, microsecond=0)
            self.days = (until.date() - local.date()).days + 1 if lasts >= DAY else 1
        if not known(self.on):
            raise ValueError(f"“{self.on}” is outside the years 1900 to 2200. Check the year.")


def _midnights(local: datetime, written: date, lasts: timedelta) -> bool:
    """Whether this begins at midnight, which no meeting does: in London, or as it is written."""
    if local.time() == MIDNIGHT:
        return True
    figures = isinstance(written, datetime) and written.time() == MIDNIGHT
    return figures and lasts >= DAY and lasts % DAY == timedelta()


def _shown(written: date, local: datetime) -> date:
    """The day of an event of whole days whose midnight is that of another zone."""
    if isinstance(written, datetime) and written.time() == MIDNIGHT:
        return written.date()
    return local.date()


def read(given: Property, zones: Zones) -> tuple[date, datetime]:
    """What is written, and the same as local time in London. Raises ValueError with a sentence."""
    found = _VALUE.fullmatch(given.value.strip())
    try:
        if found is None:
            raise ValueError("none")
        year, month, day = int(found[1]), int(found[2]), int(found[3])
        if found[4] is None:
            return date(year, month, day), datetime(year, month, day)  # noqa: DTZ001  # local
        written = datetime(year, month, day, int(found[4]), int(found[5]), min(int(found[6]), 59))  # noqa: DTZ001
    except ValueError:
        raise ValueError(
            f"“{shortened(as_written(given))}” is not a date that can be read. Check the event."
        ) from None
    zone = given.parameters.get("TZID")
    if found[7]:
        return written, _in_london(written.replace(tzinfo=UTC), written)
    return written, _in_london(zones.moment(written, zone), written) if zone else written


def shifted(given: Property, by: timedelta) -> Property:
    """The same date or time so much later, in the same form."""
    found = _VALUE.fullmatch(given.value.strip())
    if found is None:
        return given
    parts = [int(part or 0) for part in found.groups()[:6]]
    later = datetime(*parts) + by  # type: ignore[arg-type]  # noqa: DTZ001  # as written
    form = "%Y%m%dT%H%M%S" if found[4] else "%Y%m%d"
    return replace(given, value=f"{later:{form}}{found[7] or ''}")


def _in_london(moment: datetime, written: datetime) -> datetime:
    """The local time in London; at the ends of the calendar, where there is none, as written."""
    try:
        return moment.astimezone(LONDON).replace(tzinfo=None)
    except OverflowError:
        return written


def _lasts(part: Component) -> timedelta:
    """How long an event without an end lasts."""
    found = _LASTS.fullmatch(part.text("DURATION").strip())
    weeks, days, hours, minutes, seconds = (
        (int(each or 0) for each in found.groups()) if found else (0, 0, 0, 0, 0)
    )
    return timedelta(days=7 * weeks + days, hours=hours, minutes=minutes, seconds=seconds)
