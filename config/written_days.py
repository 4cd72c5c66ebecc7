"""Days and times as people write them: 10/11/2027, Wednesday 10 November 2027, 10.30am, 12 noon.

The rules that live here: the day comes before the month; a weekday that is not the date's is
refused, not passed over; an hour of the night or the early morning counts only where it is written
out (02:30, 2.30am), since "2.30" is the afternoon to whoever typed it.
"""

import re
import unicodedata
from datetime import date, time

from config.dates import MONTHS, WEEKDAYS, dated, long_date, parse_date, shortened

# Up to this hour a time without a nought before it or am behind it is not taken for the morning.
EARLIEST = 8
NOON = time(12, 0)
# What spreadsheets and calendars write where there is no time.
MIDNIGHT = time(0, 0)
_CENTURY = 2000

_WEEKDAY = re.compile(r"([a-z]{3,9})\.?,? +(?=\d)")
_FIGURES = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", re.ASCII)
_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4}|\d{2})", re.ASCII)
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2}(?:\.0+)?)? ?(a\.?m\.?|p\.?m\.?|noon|midnight)?"
    r"(?: ?(?:hrs?|hours))?",
    re.ASCII,
)
_FOUR = re.compile(r"(\d{2})(\d{2})(?: ?(?:hrs?|hours))?", re.ASCII)
_NAMED = {"noon": NOON, "midday": NOON, "midnight": MIDNIGHT}


def plain(text: str) -> str:
    """One line with ordinary spaces: no-break spaces and marks of no width are no letters."""
    letters = unicodedata.normalize("NFKC", text)
    return " ".join("".join(c for c in letters if unicodedata.category(c) != "Cf").split())


def read_day(text: str) -> date:
    """The day that somebody wrote; local. Raises ValueError with a sentence for the user."""
    words = plain(text).casefold()
    weekday = _WEEKDAY.match(words)
    named = _weekday(weekday[1]) if weekday else None
    if weekday and named is not None:
        words = words[weekday.end() :]
    on = _day(words, text)
    if named is not None and on.weekday() != named:
        raise ValueError(
            f"{long_date(on)} is a {WEEKDAYS[on.weekday()]}, not a {WEEKDAYS[named]}. "
            "Check which is right."
        )
    return on


def read_time(text: str) -> time:
    """The time of day that somebody wrote; local. Raises ValueError with a sentence for the user.

    "2.30" is refused, since it may be half past two at night or in the afternoon.
    """
    words = plain(text).casefold()
    if words in _NAMED:
        return _NAMED[words]
    four, parts = _FOUR.fullmatch(words), _CLOCK.fullmatch(words)
    if four is not None:
        return _time(int(four[1]), int(four[2]), text)
    if parts is None or not (parts[2] or parts[3]):
        raise ValueError(_no_time(text))
    return _clock(parts, text)


def _clock(parts: re.Match[str], text: str) -> time:
    hour, minute, half = int(parts[1]), int(parts[2] or 0), (parts[3] or "").replace(".", "")
    if half:
        named = _NAMED.get(half)
        if named is not None and (hour, minute) != (12, 0):
            raise ValueError(_no_time(text))
        if not 1 <= hour <= 12:
            raise ValueError(_no_time(text))
        return named or _time(hour % 12 + (12 if half == "pm" else 0), minute, text)
    if hour < EARLIEST and len(parts[1]) == 1:
        if not 0 < hour or minute > 59:
            raise ValueError(_no_time(text))
        raise ValueError(
            f"“{shortened(text)}” may be morning or afternoon. Write {hour + 12}:{minute:02d} or "
            f"{hour:02d}:{minute:02d}."
        )
    return _time(hour, minute, text)


def _time(hour: int, minute: int, text: str) -> time:
    if hour > 23 or minute > 59:
        raise ValueError(_no_time(text))
    return time(hour, minute)


def _no_time(text: str) -> str:
    return f"“{shortened(text)}” is not a time. Write it as 10:30 or 14:00."


def _weekday(word: str) -> int | None:
    found = [n for n, name in enumerate(WEEKDAYS) if name.casefold().startswith(word)]
    if word == "weds":
        return 2
    return found[0] if found else None


def _day(words: str, text: str) -> date:
    figures, written = _FIGURES.fullmatch(words), _WORDS.fullmatch(words)
    if figures is not None:
        day, month, year = (int(part) for part in figures.groups())
    elif written is not None:
        months = [n for n, name in enumerate(MONTHS, 1) if _begins(name, written[2])]
        if not months:
            return parse_date(plain(text))
        day, month, year = int(written[1]), months[0], int(written[3])
    else:
        return parse_date(words if words[:1].isdigit() else plain(text))
    return dated(year + _CENTURY if year < 100 else year, month, day, text)


def _begins(name: str, word: str) -> bool:
    return name.casefold().startswith(word) or (word == "sept" and name == "September")
