"""The rows of a published timetable's files: meetings, events, and what was published.

The rule that lives here: a cell says a day, a month or a span of days or months, and nothing else;
a day that nobody wrote is quoted nowhere.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from config.council import Event
from config.council_files import Row, read_csv
from config.dates import parse_date, parse_time, shortened
from config.problems import ProblemList
from config.timetables.files import text_of
from config.timetables.model import KnownMeeting, PublishedRow

Made = TypeVar("Made")
EARLY, LATE = "early ", "late "
WEEK = "week of "
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def rows_of(
    file: Path,
    place: str,
    make: Callable[[Row], Made | None],
    noted: ProblemList,
    needed: bool = True,
) -> list[tuple[Made, Row]]:
    """What is made of each row of a CSV file; one that is ``needed`` has at least one row."""
    if not needed and not file.is_file():
        return []
    text = text_of(file, place, noted)
    written = read_csv(place, text, noted) if text is not None else []
    if needed and text is not None and not written and text.strip():
        noted.add(place, "This file has a heading and no row. Write what was published.")
    made = [(make(row), row) for row in written]
    for row in written:
        row.check_names()
    return [(each, row) for each, row in made if each is not None]


def meeting(row: Row) -> KnownMeeting | None:
    """A line of ``meetings.csv``."""
    body = row.text("body", needed=True)
    held = row.word("held", ("yes", "no"), "yes") == "yes"
    was_on = row.day("instead_of")
    if held:
        on = row.day("date", needed=True)
        return KnownMeeting(body, on, on, was_on=was_on) if on is not None else None
    days = _spanned(row, "date")
    return KnownMeeting(body, *days, held=False) if days else None


def event(row: Row) -> Event | None:
    """A line of ``events.csv``: the kind of an outside event, its day, and its name."""
    key, on = row.text("event", needed=True), row.day("date", needed=True)
    title = row.text("title") or key.replace("_", " ").capitalize()
    return Event(key, on, title) if key and on is not None else None


def published_row(row: Row) -> PublishedRow | None:
    """A line of ``rows.csv``."""
    step, days = row.text("step", needed=True), _spanned(row, "on")
    texts = {name: row.text(name) for name in ("body", "who", "decides", "published", "at")}
    if texts["at"]:
        try:
            parse_time(texts["at"])
        except ValueError as problem:
            row.problem("at", str(problem))
    if days is None:
        return None
    return PublishedRow(
        step,
        texts["body"],
        *days,
        texts["who"],
        texts["decides"],
        texts["published"],
        texts["at"],
    )


def _spanned(row: Row, name: str) -> tuple[date, date] | None:
    words = row.text(name, needed=True)
    if not words:
        return None
    try:
        return span(words)
    except ValueError as problem:
        row.problem(name, str(problem))
        return None


def span(words: str) -> tuple[date, date]:
    """The days, both ends included, of ``2018-06-27``, ``2018-06``, ``2019-01/2019-03``,
    ``2018-12-10/2018-12-14``, ``week of 2018-12-10``, ``early 2018-12`` (up to the 10th) or
    ``late 2018-12`` (from the 21st). Raises ValueError with a sentence that quotes what is written.
    """
    for word, cut in ((EARLY, 0), (LATE, 1)):
        if words.startswith(word):
            begins, ends = _part(words.removeprefix(word), words)
            if begins.day != 1 or ends == begins:
                raise _not_understood(words)
            return (begins, begins.replace(day=10)) if cut == 0 else (begins.replace(day=21), ends)
    if words.startswith(WEEK):
        first, last = _part(words.removeprefix(WEEK), words)
        if first != last:
            raise _not_understood(words)
        monday = first - timedelta(days=first.weekday())
        return monday, monday + timedelta(days=6)
    first_words, slash, last_words = words.partition("/")
    begins, ends = _part(first_words, words)
    if slash:
        _, ends = _part(last_words, words)
    if ends < begins:
        raise ValueError(f"“{shortened(words)}” ends before it begins. Write the first one first.")
    return begins, ends


def _part(words: str, whole: str) -> tuple[date, date]:
    """A day, or the first and last day of a month."""
    words = words.strip()
    if _DAY.fullmatch(words):
        return (day := parse_date(words)), day
    if _MONTH.fullmatch(words):
        try:
            first = parse_date(f"{words}-01")
        except ValueError:
            raise _not_understood(whole) from None  # its sentence would quote a day nobody wrote
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    raise _not_understood(whole)


def _not_understood(words: str) -> ValueError:
    return ValueError(
        f"“{shortened(words)}” is not a day or a month. Write 2018-06-27, 2018-06, "
        "2019-01/2019-03, week of 2018-12-10, early 2018-12 or late 2018-12."
    )
