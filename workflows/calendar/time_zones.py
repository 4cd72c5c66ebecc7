"""Which moment a local time of a calendar file is, by the zones that the file defines itself.

The rule that lives here: a zone means what the file's own definition says, whatever its name (RFC
5545 s.3.2.19); a name without a definition means the zone of that name. A definition is looked up
for the year in question and never counted out, so that none can keep the service busy (fault C8).
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workflows.calendar.content_lines import Component

# Names by which Outlook and older programs call the zone of London without defining it.
WINDOWS = {"GMT STANDARD TIME": "Europe/London", "UTC": "UTC", "GB": "Europe/London"}
UNKNOWN = "Its time zone cannot be understood. Write the time as local time in London."

_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?", re.ASCII)
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2}))?Z?", re.ASCII)
_BYDAY = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# What a yearly rule may say; another one is not understood.
_KNOWN = {"FREQ", "BYMONTH", "BYDAY", "UNTIL", "INTERVAL", "WKST", "COUNT"}


class Zones:
    """The zones of a calendar file, by the name that its events use."""

    def __init__(self, whole: Component):
        self._defined = {
            each.text("TZID"): [
                _Observance(part) for part in each.parts if part.name in ("STANDARD", "DAYLIGHT")
            ]
            for each in whole.walk("VTIMEZONE")
        }

    def moment(self, local: datetime, zone: str) -> datetime:
        """The moment in UTC. Raises ValueError with a sentence for a zone that means nothing."""
        try:
            if zone in self._defined:
                return (local - _offset_of(self._defined[zone], local)).replace(tzinfo=UTC)
            name = WINDOWS.get(zone.upper(), zone).removeprefix("/")
            return local.replace(tzinfo=ZoneInfo(name)).astimezone(UTC)
        except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
            raise ValueError(UNKNOWN) from None


def _offset_of(observances: "list[_Observance]", local: datetime) -> timedelta:
    begun = [(onset, each) for each in observances if (onset := each.last_onset(local)) is not None]
    if begun:
        return max(begun, key=lambda pair: pair[0])[1].after
    if not observances:
        raise ValueError(UNKNOWN)
    return min(observances, key=lambda each: each.starts).before


class _Observance:
    """One half of a zone: from when it counts, each year or on days that are listed."""

    def __init__(self, part: Component):
        self._part = part

    @cached_property
    def starts(self) -> datetime:
        return _moment(self._part.text("DTSTART"))

    @cached_property
    def after(self) -> timedelta:
        return _offset(self._part.text("TZOFFSETTO"))

    @cached_property
    def before(self) -> timedelta:
        return _offset(self._part.text("TZOFFSETFROM"))

    @cached_property
    def listed(self) -> list[datetime]:
        listed = self._part.properties.get("RDATE", ())
        return [_moment(one) for each in listed for one in each.value.split(",")]

    def last_onset(self, local: datetime) -> datetime | None:
        """When it last began on or before a local time, or None."""
        onsets = [self.starts, *self.listed]
        rule = self._part.first("RRULE")
        if rule is not None:
            parts = _rule(rule.value)
            onsets += [self._in_year(parts, year) for year in (local.year - 1, local.year)]
        past = [each for each in onsets if self.starts <= each <= local]
        return max(past, default=None)

    def _in_year(self, rule: Mapping[str, str], year: int) -> datetime:
        """When a yearly rule lets it begin in a year; its own beginning when the rule is over."""
        nth = _BYDAY.fullmatch(rule.get("BYDAY", ""))
        month = int(rule.get("BYMONTH") or self.starts.month)
        day = (
            _nth_weekday(year, month, int(nth[1]), _DAYS.index(nth[2]))
            if nth
            else date(year, month, self.starts.day)
        )
        onset = datetime.combine(day, self.starts.time())
        return self.starts if "UNTIL" in rule and onset > _moment(rule["UNTIL"]) else onset


def _rule(value: str) -> dict[str, str]:
    parts = dict(part.upper().partition("=")[::2] for part in value.split(";") if part)
    plain = parts.get("INTERVAL", "1") == "1" and "COUNT" not in parts
    byday = parts.get("BYDAY")
    if (
        parts.get("FREQ") != "YEARLY"
        or not plain
        or not set(parts) <= _KNOWN
        or (byday is not None and _BYDAY.fullmatch(byday) is None)
    ):
        raise ValueError(UNKNOWN)
    return parts


def _nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-nth - 1))


def _moment(value: str) -> datetime:
    found = _MOMENT.fullmatch(value.strip())
    if found is None:
        raise ValueError(UNKNOWN)
    parts = [int(part or 0) for part in found.groups()]
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  # local to the zone


def _offset(value: str) -> timedelta:
    found = _OFFSET.fullmatch(value.strip())
    if found is None:
        raise ValueError(UNKNOWN)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length
