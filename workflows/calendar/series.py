"""The meetings of an event that repeats, one by one (RFC 5545 s.3.8.5), in the years to plan.

The rules that live here: a series is counted in the event's own local time, so that half past ten
stays half past ten in winter; what is left out, moved or cancelled in it is left out, moved or
cancelled. A day without a time, as an end or an exception of meetings that have one, is read
differently by every program: what it touches is told, not guessed. Rules that no calendar of
meetings has (every hour, every second) are not counted at all.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from dateutil.rrule import rrulestr

from workflows.calendar.content_lines import Component, Property
from workflows.calendar.event_times import DAY, read, shifted
from workflows.calendar.time_zones import Zones

NOT_UNDERSTOOD = (
    "How this repeats cannot be understood. Save the calendar with each meeting as its own event."
)
ALL_LATER = (
    "This changes a meeting and all later ones. Save the calendar with each meeting as its own "
    "event."
)
DAY_ONLY = (
    "The series ends on this day, or leaves it out, without a time. Check whether it is held."
)

# So many steps are counted from the beginning of a series to the last day that is asked for.
MOST_COUNTED = 20_000
_KNOWN = {
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST",
}  # fmt: skip
_OF_SERIES = ("RRULE", "RDATE", "EXDATE")
_OFTEN = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_NUMBER = re.compile(r"[1-9]\d{0,4}", re.ASCII)


@dataclass(frozen=True)
class Occurrence:
    """One meeting of a series, as an event of its own; ``doubt`` says why it is asked about."""

    part: Component
    doubt: str = ""


@dataclass
class Changes:
    """The meetings of a series that have an event of their own, by the local time that they had;
    ``all_from`` is the first of those that one event changes all together."""

    single: set[datetime] = field(default_factory=set)
    all_from: datetime = datetime.max  # noqa: DTZ901  # local, after every other one


def note_change(part: Component, zones: Zones, changes: Changes) -> None:
    """Note which meeting of its series an event changes, if it changes one. Raises ValueError."""
    which = part.first("RECURRENCE-ID")
    if which is None:
        return
    local = read(which, zones)[1]
    changes.single.add(local)
    if changes_all_later(part):
        changes.all_from = min(changes.all_from, local)


def changes_all_later(part: Component) -> bool:
    """Whether an event changes a meeting of its series and all later ones."""
    which = part.first("RECURRENCE-ID")
    return which is not None and which.parameters.get("RANGE", "").upper() == "THISANDFUTURE"


def repeats(part: Component) -> bool:
    """Whether an event stands for several meetings."""
    return part.first("RRULE") is not None or part.first("RDATE") is not None


def occurrences(
    part: Component, zones: Zones, changes: Changes, first_on: date, last_on: date
) -> Iterator[Occurrence]:
    """The meetings of a series from one day to another, both included, without those that have an
    event of their own. Raises ValueError with a sentence for a series that is not understood.
    """
    starts = part.first("DTSTART")
    if starts is None or len(part.properties.get("RRULE", ())) > 1 or "EXRULE" in part.properties:
        raise ValueError(NOT_UNDERSTOOD)
    written, _local = read(starts, zones)
    rule = _rule(part.first("RRULE"))
    end = _end(rule, starts, zones)
    left_out, days_out = _left_out(part, zones)
    for each in sorted({*_counted(rule, written, last_on), *_listed(part, zones)}):
        made = _moved(part, each - _moment(written))
        local = read(made.properties["DTSTART"][0], zones)[1]
        if local in changes.single or local in left_out or not first_on <= local.date() <= last_on:
            continue
        if end is not None and local > end[0]:
            continue
        is_whole = not isinstance(written, datetime)
        if is_whole and local.date() in days_out:
            continue
        in_doubt = local.date() in days_out or (end is not None and local.date() == end[1])
        doubt = DAY_ONLY if in_doubt and not is_whole else ""
        yield Occurrence(made, ALL_LATER if local >= changes.all_from else doubt)


def _rule(given: Property | None) -> dict[str, str]:
    if given is None:
        return {}
    parts = dict(each.partition("=")[::2] for each in given.value.upper().split(";") if each)
    numbers = [parts[name] for name in ("INTERVAL", "COUNT") if name in parts]
    if (
        not set(parts) <= _KNOWN
        or parts.get("FREQ") not in _OFTEN
        or not all(_NUMBER.fullmatch(each) for each in numbers)
    ):
        raise ValueError(NOT_UNDERSTOOD)
    return parts


def _end(
    rule: Mapping[str, str], starts: Property, zones: Zones
) -> tuple[datetime, date | None] | None:
    """The last local moment of a series, and the day where only a day is given."""
    if "UNTIL" not in rule:
        return None
    until = rule["UNTIL"]
    parameters = {} if until.endswith("Z") else starts.parameters
    written, local = read(Property(until, parameters), zones)
    if isinstance(written, datetime):
        return local, None
    return local + DAY, written


def _counted(rule: Mapping[str, str], written: date, last_on: date) -> Iterator[datetime]:
    begins = _moment(written)
    if not rule:
        yield begins
        return
    text = ";".join(f"{name}={value}" for name, value in rule.items() if name != "UNTIL")
    try:
        counted = iter(rrulestr(text, dtstart=begins))
        for each in islice(counted, MOST_COUNTED):
            if each.date() > last_on + DAY:
                return
            yield each
    except (ValueError, TypeError, OverflowError):
        raise ValueError(NOT_UNDERSTOOD) from None


def _listed(part: Component, zones: Zones) -> Iterator[datetime]:
    """Meetings that are added to a series one by one."""
    for given in part.properties.get("RDATE", ()):
        for value in given.value.split(","):
            yield _moment(read(Property(value, given.parameters), zones)[0])


def _left_out(part: Component, zones: Zones) -> tuple[set[datetime], set[date]]:
    """Meetings that are left out of a series: by their local time, and by their day alone."""
    times, days = set(), set()
    for given in part.properties.get("EXDATE", ()):
        for value in given.value.split(","):
            written, local = read(Property(value, given.parameters), zones)
            if isinstance(written, datetime):
                times.add(local)
            else:
                days.add(written)
    return times, days


def _moved(part: Component, by: timedelta) -> Component:
    """The event so much later, once."""
    kept = {name: lines for name, lines in part.properties.items() if name not in _OF_SERIES}
    for name in ("DTSTART", "DTEND"):
        if name in kept:
            kept[name] = [shifted(kept[name][0], by)]
    return Component(part.name, kept)


def _moment(written: date) -> datetime:
    if isinstance(written, datetime):
        return written
    return datetime(written.year, written.month, written.day)  # noqa: DTZ001  # local
