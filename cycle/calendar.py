"""Working days, clear days, bank holidays per nation and days on which the council is closed.

Two ways to count live here, and only here:

- *working days* skip weekends, bank holidays and the council's own closures: they serve the
  council's own deadlines;
- *clear days* are counted by law: weekends and bank holidays do not count, the day of publication
  and the day of the meeting do not count either (LGA 1972 s.100A(6)(a) and s.100B(3);
  *R v Swansea City Council ex p Elitestone*, CA 5 May 1993). A closure of the offices does not stop
  them by law; a council that wants to be kinder says ``closures_stop_clear_days``.

The ``holidays`` package knows the bank holidays; those proclaimed later are ``extra_holidays``.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property
from types import MappingProxyType
from typing import Literal

import holidays

from config.council import Closure, Council
from config.dates import FIRST_YEAR, LAST_YEAR, WEEKDAYS, known, parse_date
from cycle.errors import BadInput

Nation = Literal["england", "wales", "scotland", "northern-ireland"]

SUBDIVISIONS: Mapping[str, str] = {
    "england": "ENG",
    "wales": "WLS",
    "scotland": "SCT",
    "northern-ireland": "NIR",
}
CLOSED = "council closed"
# The last year on the official list (GOV.UK, "UK bank holidays", as it stood in November 2026).
# Later years follow the usual rules, and a proclamation can still change them.
ANNOUNCED_UNTIL = 2028
MOST_DAYS = (LAST_YEAR - FIRST_YEAR + 1) * 366

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Which days count, for one council. Dates are local (Europe/London).

    Every method raises BadInput for a day outside the years 1900 to 2200.
    """

    nation: str = "england"
    closures: Sequence[Closure | date | tuple[date, date]] = ()
    extra_holidays: Mapping[date, str] = field(default_factory=dict, hash=False)
    closures_stop_clear_days: bool = False
    # Days of public thanksgiving or mourning that are no bank holiday: people work, and the
    # timetable of an election leaves them out (``cycle.schedule.elections``).
    thanksgiving: frozenset[date] = frozenset()
    # The working days of each year that was asked for, in order: a page counts between many days.
    _years: dict[int, tuple[date, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.nation not in SUBDIVISIONS:
            raise BadInput(f"There is no nation “{self.nation}”. Choose {', '.join(SUBDIVISIONS)}.")
        object.__setattr__(self, "closures", tuple(_closure(each) for each in self.closures))
        object.__setattr__(self, "extra_holidays", MappingProxyType(dict(self.extra_holidays)))

    @classmethod
    def of(cls, council: Council) -> "Calendar":
        """The calendar of a council's structure: its nation, its closures, its added holidays."""
        return cls(council.nation, council.closures, council.extra_holidays)

    def holiday(self, day: date) -> str | None:
        """The name of the bank holiday on this day, or nothing; weekends may have one too."""
        _known(day)
        return self.extra_holidays.get(day) or _bank_holidays(self.nation, day.year).get(day)

    @staticmethod
    def provisional_years(*days: date) -> list[int]:
        """Those years of these days whose bank holidays are not officially announced yet."""
        return sorted({day.year for day in days if day.year > ANNOUNCED_UNTIL})

    def why_not_working(self, day: date) -> str | None:
        """Saturday or Sunday, the holiday's name, or why the council is closed; else nothing."""
        _known(day)
        if day.weekday() >= 5:
            return WEEKDAYS[day.weekday()]
        return self.holiday(day) or self._closure_on(day)

    def is_working(self, day: date) -> bool:
        """Whether the council works on this day."""
        return self.why_not_working(day) is None

    def add_working(self, day: date, n: int) -> date:
        """The n-th working day after ``day`` (before it when n is negative).

        The starting day never counts. n = 0 is the day itself when it is a working day, else the
        next working day.
        """
        if n == 0:
            return day if self.is_working(day) else self.add_working(day, 1)
        left = _sensible(abs(n))
        year = _known(day).year
        while True:
            days = self._working_days(year)
            passed = bisect_right(days, day) if n > 0 else bisect_left(days, day)
            ahead = len(days) - passed if n > 0 else passed
            if left <= ahead:
                return days[passed + left - 1] if n > 0 else days[passed - left]
            left -= ahead
            year += 1 if n > 0 else -1

    def next_working(self, day: date) -> date:
        """The day itself when it is a working day, else the first working day after it."""
        return self.add_working(day, 0)

    def last_working(self, day: date) -> date:
        """The day itself when it is a working day, else the last working day before it."""
        return day if self.is_working(day) else self.add_working(day, -1)

    def working_between(self, first: date, last: date) -> int:
        """How many working days lie strictly between the two; neither end counts."""
        _known(first)
        _known(last)
        years = range(first.year, last.year + 1)
        return sum(
            max(0, bisect_left(days, last) - bisect_right(days, first))
            for days in map(self._working_days, years)
        )

    def in_hand(self, from_on: date, until_on: date) -> int:
        """Working days from one day to another, the last one counted; below nought when the other
        has passed, at least one even where only a weekend lies between."""
        if from_on == until_on:
            return 0
        first, last = sorted((from_on, until_on))
        days = self.working_between(first, last) + self.is_working(last)
        return days if until_on > from_on else -max(days, 1)

    def _working_days(self, year: int) -> tuple[date, ...]:
        if year not in self._years:
            first = _known(date(year, 1, 1))
            days = (first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1))
            self._years[year] = tuple(day for day in days if self.is_working(day))
        return self._years[year]

    def days_between(self, first: date, last: date) -> tuple[list[date], dict[date, str]]:
        """The working days strictly between the two, and why each other day does not count."""
        counted: list[date] = []
        skipped: dict[date, str] = {}
        day = _moved(_known(first), _ONE_DAY)
        _known(last)
        while day < last:
            why = self.why_not_working(day)
            if why is None:
                counted.append(day)
            else:
                skipped[day] = why
            day += _ONE_DAY
        return counted, skipped

    def without_closures(self) -> "Calendar":
        """The same calendar as if the council never closed."""
        return self._never_closed

    @cached_property
    def _never_closed(self) -> "Calendar":
        # Kept, with the days that it has counted already.
        return replace(self, closures=())

    def for_clear_days(self) -> "Calendar":
        """The calendar by which clear days are counted: without closures, unless they stop them."""
        return self if self.closures_stop_clear_days else self.without_closures()

    def clear_days_before(self, meeting: date, n: int) -> date:
        """The latest working day on which papers can be published n clear days before a meeting.

        Exactly n days that count lie strictly between the two (LGA 1972 s.100B(3), *Elitestone*).
        When that day falls in a closure nobody is there to publish, so it is the last day on which
        the council works before it, and the law's days are then more than n.
        """
        by_law = self.for_clear_days().add_working(meeting, -(_not_negative(n) + 1))
        return self.last_working(by_law)

    def clear_days_after(self, day: date, n: int) -> date:
        """The first working day with n clear days strictly between it and ``day``."""
        by_law = self.for_clear_days().add_working(day, _not_negative(n) + 1)
        return self.next_working(by_law)

    def add_calendar(self, day: date, n: int) -> date:
        """So many calendar days after ``day`` (before it when n is negative); every day counts."""
        _sensible(abs(n))
        return _known(_moved(_known(day), timedelta(days=n)))

    def _closure_on(self, day: date) -> str | None:
        for closure in self.closures:
            if isinstance(closure, Closure) and closure.first_on <= day <= closure.last_on:
                return closure.why or CLOSED
        return None


def read_date(text: str) -> date:
    """The date that a person or a file wrote as 2027-11-10. Raises BadInput with a sentence."""
    try:
        return parse_date(text)
    except ValueError as problem:
        raise BadInput(str(problem)) from None


@cache
def _bank_holidays(nation: str, year: int) -> Mapping[date, str]:
    # Year by year, as they are asked for: a whole range would cost more than the rest of a page.
    known_days = holidays.country_holidays(
        "GB", subdiv=SUBDIVISIONS[nation], years=year, language="en_GB"
    )
    return {day: name.replace("(observed)", "(substitute day)") for day, name in known_days.items()}


def _closure(given: Closure | date | tuple[date, date]) -> Closure:
    if isinstance(given, Closure):
        closure = given
    elif isinstance(given, date):
        closure = Closure(given, given)
    else:
        closure = Closure(*given)
    if closure.last_on < closure.first_on:
        raise BadInput("A closure ends before it begins. Give its first day, then its last.")
    return closure


def _known(day: date) -> date:
    if not known(day):
        raise BadInput(
            f"Days are counted for the years {FIRST_YEAR} to {LAST_YEAR} only. Check the date."
        )
    return day


def _moved(day: date, by: timedelta) -> date:
    try:
        return day + by
    except OverflowError:
        raise BadInput(
            f"Days are counted for the years {FIRST_YEAR} to {LAST_YEAR} only. Check the number "
            "of days."
        ) from None


def _sensible(days: int) -> int:
    if days > MOST_DAYS:
        raise BadInput("That is too many days to count. Check the number of days.")
    return days


def _not_negative(days: int) -> int:
    if days < 0:
        raise BadInput("The number of clear days cannot be below nought. Check the number of days.")
    return days
