"""How often a body meets when nobody has published its meetings yet.

A rhythm is a weekday, a time and a pattern: ``weekly``; ``monthly 2`` (the second such weekday of
each month); or slots ``5/3 annual, 7/4, 2/4 budget`` (the third such weekday in May is the annual
meeting, the fourth in July ...). A slot on a day on which nobody works, or in the recess, moves to
the week after, else to the week before, within its month; else there is no meeting.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from config.dates import WEEKDAYS, parse_time, shortened

WEEK = timedelta(days=7)

_SLOT = re.compile(r"(\d{1,2})/([1-5])(?:\s+(ordinary|budget|annual))?", re.ASCII)
_MONTHLY = re.compile(r"monthly ([1-5])", re.ASCII)


@dataclass(frozen=True)
class Meeting:
    """One meeting of a body; the date and time are local."""

    body: str
    on: date
    at: time
    kind: str = "ordinary"


@dataclass(frozen=True)
class Slot:
    """The nth such weekday of a month."""

    month: int
    nth: int
    kind: str = "ordinary"


@dataclass(frozen=True)
class Rhythm:
    """``slots`` empty means every week. ``weekday`` 0 is Monday."""

    weekday: int
    at: time
    slots: tuple[Slot, ...] = ()
    keeps_recess: bool = True
    pattern: str = "weekly"

    def as_words(self) -> dict[str, str | bool]:
        """What ``parse_rhythm(**words)`` makes into the same rhythm again; fit for JSON."""
        return {
            "weekday": WEEKDAYS[self.weekday],
            "at": self.at.strftime("%H:%M"),
            "pattern": self.pattern,
            "keeps_recess": self.keeps_recess,
        }


def parse_rhythm(weekday: str, at: str, pattern: str, keeps_recess: bool = True) -> Rhythm:
    """The rhythm of ``wed``, ``10:30`` and ``monthly 2``. Raises ValueError with a sentence."""
    names = [name[:3].lower() for name in WEEKDAYS]
    day = weekday.strip()[:3].lower()
    if day not in names:
        raise ValueError(f"“{shortened(weekday)}” is not a day of the week. Write mon to sun.")
    return Rhythm(names.index(day), parse_time(at), _slots(pattern.strip()), keeps_recess, pattern)


def _slots(pattern: str) -> tuple[Slot, ...]:
    if pattern == "weekly":
        return ()
    monthly = _MONTHLY.fullmatch(pattern)
    if monthly:
        return tuple(Slot(month, int(monthly[1])) for month in range(1, 13))
    found = []
    for part in pattern.split(","):
        slot = _SLOT.fullmatch(part.strip())
        if slot is None or not 1 <= int(slot[1]) <= 12:
            raise ValueError(
                f"“{shortened(pattern)}” is not a rhythm. Write weekly, monthly 2, or months with "
                "the week in them, such as 5/3 annual, 7/4, 2/4 budget."
            )
        found.append(Slot(int(slot[1]), int(slot[2]), slot[3] or "ordinary"))
    return tuple(found)


def generate_meetings(
    body: str,
    rhythm: Rhythm | None,
    from_on: date,
    until_on: date,
    is_working: Callable[[date], bool],
    in_recess: Callable[[date], bool] = lambda _day: False,
) -> list[Meeting]:
    """The body's meetings in ``[from_on, until_on)`` by its rhythm, in order; none without one."""
    if rhythm is None:
        return []

    def suits(day: date) -> bool:
        return is_working(day) and not (rhythm.keeps_recess and in_recess(day))

    found = {
        day: Meeting(body, day, rhythm.at, kind)
        for day, kind in _days(rhythm, from_on, until_on, suits)
        if from_on <= day < until_on
    }
    return [found[day] for day in sorted(found)]


def _days(
    rhythm: Rhythm, from_on: date, until_on: date, suits: Callable[[date], bool]
) -> Iterator[tuple[date, str]]:
    if not rhythm.slots:
        day = from_on + timedelta(days=(rhythm.weekday - from_on.weekday()) % 7)
        while day < until_on:
            if suits(day):
                yield day, "ordinary"
            day += WEEK
        return
    for year in range(from_on.year, until_on.year + 1):
        for slot in rhythm.slots:
            day_or_none = _slot_day(rhythm, slot, year, suits)
            if day_or_none:
                yield day_or_none, slot.kind


def _slot_day(rhythm: Rhythm, slot: Slot, year: int, suits: Callable[[date], bool]) -> date | None:
    first = date(year, slot.month, 1)
    first += timedelta(days=(rhythm.weekday - first.weekday()) % 7)
    wanted = first + WEEK * (slot.nth - 1)
    for day in (wanted, wanted + WEEK, wanted - WEEK):
        if day.month == slot.month and suits(day):
            return day
    return None
