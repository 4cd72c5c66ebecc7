"""How dates are written in files and said in sentences; which years the product knows.

Dates in files are ISO 8601 (``2027-11-10``); a framework's dates recur every year (``11-10``, or
``02-09+1`` for the calendar year after the one in which planning begins). People read
"10 November 2027".
"""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta

FIRST_YEAR = 1900
LAST_YEAR = 2200

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_ISO = re.compile(r"(\d{1,9})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_NTH = re.compile(r"(\d{2})-(mon|tue|wed|thu|fri|sat|sun)([1-4])(?:\+([12]))?", re.ASCII)
_YEARLY = re.compile(r"(\d{2})-(\d{2})(?:\+([12]))?", re.ASCII)


def year_name(first: int) -> str:
    """A year from spring to spring as people say it: 2027/28."""
    return f"{first}/{(first + 1) % 100:02d}"


def planning_year_name(writes_from: int) -> str:
    """A planning year by what it is for and when it is done, everywhere in these words (fault S13):
    Plans for 2028/29 (written in 2027/28). ``writes_from``: the year in whose spring it begins."""
    return f"Plans for {year_name(writes_from + 1)} (written in {year_name(writes_from)})"


def parse_date(text: str) -> date:
    """The date of ``2027-11-10``. Raises ValueError with a sentence for the user."""
    found = _ISO.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"“{shortened(text)}” is not a date. Write it as year-month-day, such as 2027-11-10."
        )
    year, month, day = (int(part) for part in found.groups())
    return dated(year, month, day, text)


def dated(year: int, month: int, day: int, text: str) -> date:
    """The day of these numbers, which stood in ``text``. Raises ValueError with a sentence for the
    user, for a day that there is not and for a year that is out of bounds."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(
            f"“{shortened(text)}” is outside the years {FIRST_YEAR} to {LAST_YEAR}. Check the year."
        )
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(
            f"“{shortened(text)}” is not a day in the calendar. Check the month and the day."
        ) from None


def parse_time(text: str) -> time:
    """The time of ``10:30`` (24 hours, local). Raises ValueError with a sentence for the user."""
    found = _TIME.fullmatch(text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"“{shortened(text)}” is not a time. Write it as 10:30 or 14:00.")
    return time(int(found[1]), int(found[2]))


def known(day: date) -> bool:
    """Whether the day lies in the years for which the product counts days."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def long_date(day: date) -> str:
    """The date as people read it: 10 November 2027."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def clock_time(at: time | str) -> str:
    """The local time as people read it: 10:30am, 2:05pm; also of one that is written as 14:05.
    Raises ValueError for words that are no time."""
    if isinstance(at, str):
        at = parse_time(at)
    return f"{at.hour % 12 or 12}:{at:%M}{'am' if at.hour < 12 else 'pm'}"


def shortened(text: str, longest: int = 40) -> str:
    """What was typed, short enough to be repeated in a sentence."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def planning_window(year: int) -> tuple[date, date]:
    """The first and last day on which a planning year looks for meetings.

    Planning years overlap (model.md): it ends with the July in which the year's results are told.
    """
    return date(year, 4, 1), date(year + 2, 7, 31)


@dataclass(frozen=True)
class YearlyDay:
    """A day that recurs: ``11-10`` in the writing year, ``02-09+1`` in the one after; or, with
    ``nth``, such a ``weekday`` (0 is Monday) of a month: ``05-thu1`` is the first Thursday in May.
    """

    month: int
    day: int
    years_later: int = 0
    nth: int = 0
    weekday: int = 0

    def in_year(self, writing_year: int) -> date:
        """The date for planning that begins in ``writing_year``; 29 February falls back to 28."""
        year = writing_year + self.years_later
        if self.nth:
            first = date(year, self.month, 1)
            return first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1))
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return date(year, self.month, 28)


def parse_yearly(text: str) -> YearlyDay:
    """The recurring day of ``11-10``, ``02-09+1`` or ``05-thu1``. Raises ValueError with a
    sentence."""
    found = _YEARLY.fullmatch(text.strip())
    if found is not None:
        month, day, later = int(found[1]), int(found[2]), int(found[3] or 0)
        try:
            date(2000, month, day)  # a leap year, so that 02-29 can be written
        except ValueError:
            pass
        else:
            return YearlyDay(month, day, later)
    nth = _NTH.fullmatch(text.strip())
    if nth is not None and 1 <= int(nth[1]) <= 12:
        weekday = [name[:3].lower() for name in WEEKDAYS].index(nth[2])
        return YearlyDay(int(nth[1]), 0, int(nth[4] or 0), int(nth[3]), weekday)
    raise ValueError(
        f"“{shortened(text)}” is not a day of the year. Write month-day, such as 11-10, or 02-09+1 "
        "for the calendar year after the one in which planning begins, or 05-thu1 for the first "
        "Thursday in May."
    )
