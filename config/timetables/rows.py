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
from config.timetables.model import AND, EACH_MONTH, NO_DAY, KnownMeeting, PublishedRow

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
    step, found = row.text("step", needed=True), _published_on(row)
    texts = {name: row.text(name) for name in ("body", "who", "decides", "published", "at")}
    if texts["at"]:
        try:
            parse_time(texts["at"])
        except ValueError as problem:
            row.problem("at", str(problem))
    if found is None:
        return None
    (first_on, last_on), days, manner = found
    return PublishedRow(
        step,
        texts["body"],
        first_on,
        last_on,
        texts["who"],
        texts["decides"],
        texts["published"],
        texts["at"],
        days,
        manner,
    )


def _published_on(row: Row) -> tuple[tuple[date, date], tuple[date, ...], str] | None:
    given = row.text("on", needed=True)
    if not given:
        return None
    try:
        return published_on(given)
    except ValueError as problem:
        row.problem("on", str(problem))
        return None


def published_on(given: str) -> tuple[tuple[date, date], tuple[date, ...], str]:
    """The days between which a step lies, the several days of one step, and its manner. Raises
    ValueError as ``span`` does."""
    if given == NO_DAY:
        return (date.min, date.max), (), NO_DAY
    if given.startswith(f"{EACH_MONTH} "):
        return span(given.removeprefix(f"{EACH_MONTH} ")), (), EACH_MONTH
    if AND not in given:
        return span(given), (), ""
    parts = [span(each) for each in given.split(AND)]
    days = tuple(first for first, last in parts if first == last)
    if len(days) < len(parts) or list(days) != sorted(set(days)):
        raise ValueError(
            f"“{shortened(given)}” names several meetings. Write their days in order: "
            "2018-09-11 and 2018-10-09."
        )
    return (days[0], days[-1]), days, ""


def _spanned(row: Row, name: str) -> tuple[date, date] | None:
    given = row.text(name, needed=True)
    if not given:
        return None
    try:
        return span(given)
    except ValueError as problem:
        row.problem(name, str(problem))
        return None


def span(given: str) -> tuple[date, date]:
    """The days, both ends included, of ``2018-06-27``, ``2018-06``, ``2019-01/2019-03``,
    ``2018-12-10/2018-12-14``, ``week of 2018-12-10``, ``early 2018-12`` (up to the 10th) or
    ``late 2018-12`` (from the 21st). Raises ValueError with a sentence that quotes what is written.
    """
    for word, cut in ((EARLY, 0), (LATE, 1)):
        if given.startswith(word):
            begins, ends = _part(given.removeprefix(word), given)
            if begins.day != 1 or ends == begins:
                raise _not_understood(given)
            return (begins, begins.replace(day=10)) if cut == 0 else (begins.replace(day=21), ends)
    if given.startswith(WEEK):
        first, last = _part(given.removeprefix(WEEK), given)
        if first != last:
            raise _not_understood(given)
        monday = first - timedelta(days=first.weekday())
        return monday, monday + timedelta(days=6)
    first_words, slash, last_words = given.partition("/")
    begins, ends = _part(first_words, given)
    if slash:
        _, ends = _part(last_words, given)
    if ends < begins:
        raise ValueError(f"“{shortened(given)}” ends before it begins. Write the first one first.")
    return begins, ends


def _part(given: str, whole: str) -> tuple[date, date]:
    """A day, or the first and last day of a month."""
    given = given.strip()
    if _DAY.fullmatch(given):
        return (day := parse_date(given)), day
    if _MONTH.fullmatch(given):
        try:
            first = parse_date(f"{given}-01")
        except ValueError:
            raise _not_understood(whole) from None  # its sentence would quote a day nobody wrote
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    raise _not_understood(whole)


def _not_understood(given: str) -> ValueError:
    return ValueError(
        f"“{shortened(given)}” is not a day or a month. Write 2018-06-27, 2018-06, "
        "2019-01/2019-03, week of 2018-12-10, early 2018-12 or late 2018-12."
    )
