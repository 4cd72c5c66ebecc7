"""Meetings in a table: a CSV text or the sheets of a workbook, to rows in the file's own words.

The rules that live here: a table begins with the row that has the columns body, date and time,
wherever that stands; rows are counted as the spreadsheet program numbers them. Numbers are read as
a spreadsheet means them, as days and parts of a day; a number that is neither is told, not guessed.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import chain

from config.council import MEETING_KINDS
from config.dates import clock_time, known, shortened
from config.written_days import MIDNIGHT, plain, read_day, read_time
from cycle.errors import BadInput
from workflows.calendar.file_row import LONGEST_GIVEN, FileRow, no_more_than_may_be
from workflows.files import tables, workbooks
from workflows.files.workbooks import Cell, Sheet

COLUMNS = ("body", "date", "time", "kind")
NEEDED = COLUMNS[:3]
STATUS = "status"
READ = (*COLUMNS, STATUS)
SEPARATORS = (",", ";", "\t")
HIGHEST = 20  # so many rows may stand above the names of the columns
LONGEST = 500

TWICE = "Two columns have the same name. Take one of them away."


def of_text(text: str) -> tuple[list[FileRow], list[str]]:
    """The rows of a CSV text, and the names of columns that are not read.

    Raises BadInput with a sentence when it is no such table.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    first: Sheet | None = None
    for separator in SEPARATORS:
        sheet = Sheet("", _records(lines, separator))
        first = first or sheet
        if _heading(sheet) is not None:
            return of_sheets([sheet])
    return of_sheets([first] if first else [])


def of_sheets(sheets: Sequence[Sheet]) -> tuple[list[FileRow], list[str]]:
    """The rows of every sheet that is such a table, and what is not read.

    Raises BadInput with a sentence when none is.
    """
    found: list[FileRow] = []
    unread: dict[str, None] = {}
    headings = [(sheet, heading) for sheet in sheets if (heading := _heading(sheet)) is not None]
    if not headings:
        raise BadInput(_no_heading(sheets))
    for sheet in sheets:
        if all(sheet is not each for each, _ in headings):
            unread[f"the sheet “{shortened(sheet.name)}”"] = None
    for sheet, heading in headings:
        names = _names(sheet.rows[heading])
        if any(names.count(name) > 1 for name in READ):
            raise BadInput(TWICE)
        unread |= {shortened(name): None for name in names if name and name not in READ}
        place = f"sheet “{shortened(sheet.name)}”, " if len(headings) > 1 else ""
        found = no_more_than_may_be(chain(found, _table(sheet, heading, names, place)))
    return found, list(unread)


def _records(text: str, separator: str) -> list[list[Cell]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    rows: list[list[Cell]] = []
    try:
        for cells in reader:
            rows.append(list(cells))
    except csv.Error:
        if separator != SEPARATORS[0]:
            return []
        raise BadInput(
            f"Row {len(rows) + 1} is not CSV. Check its quotation marks, or save it as XLSX."
        ) from None
    return rows


def _names(row: Sequence[Cell]) -> list[str]:
    return [plain(workbooks.words(cell)).casefold() for cell in row]


def _heading(sheet: Sheet) -> int | None:
    """Which row names the columns."""
    for number, row in enumerate(sheet.rows[:HIGHEST]):
        if set(NEEDED) <= set(_names(row)):
            return number
    return None


def _no_heading(sheets: Sequence[Sheet]) -> str:
    filled = [row for sheet in sheets for row in sheet.rows if any(_names(row))]
    if not filled:
        return "This file is empty. Its first row names the columns."
    names = _names(filled[0])
    missing = next((name for name in NEEDED if name not in names), NEEDED[0])
    return f"The first row has no column “{missing}”. Name the columns {', '.join(COLUMNS)}."


def _table(sheet: Sheet, heading: int, names: Sequence[str], place: str) -> Iterator[FileRow]:
    for number, row in enumerate(sheet.rows[heading + 1 :], start=heading + 2):
        written = [_typed(plain(workbooks.words(cell))) for cell in row]
        if any(written):
            yield _row(sheet, f"{place}row {number}", names, row, written)


def _typed(words: str) -> str:
    """What stands in a cell, without the mark by which our own tables keep a text a text."""
    marked = words[:1] == "'" and words[1:].startswith(tables.FORMULA)
    return words[1:] if marked else words


def _row(
    sheet: Sheet, at: str, names: Sequence[str], row: Sequence[Cell], written: Sequence[str]
) -> FileRow:
    cells: dict[str, Cell] = dict(zip(names, row, strict=False))
    words = dict(zip(names, written, strict=False))
    others = [word for name, word in zip(names, written, strict=False) if word and name not in READ]
    found = FileRow(
        at,
        shortened(", ".join(word for word in written if word), LONGEST_GIVEN),
        words.get("body", ""),
        kind=words.get("kind", "").casefold(),
        status=words.get(STATUS, ""),
        notes=tuple(others),
    )
    if any(written[len(names) :]):
        return found.with_problem("This row has more cells than the first row has names.")
    if any(len(word) > LONGEST for word in written[: len(names)]):
        return found.with_problem(f"A cell of this row is longer than {LONGEST} letters.")
    if found.kind and found.kind not in MEETING_KINDS:
        return found.with_problem(
            f"“{shortened(words['kind'])}” is no kind of meeting. Choose "
            f"{' or '.join(MEETING_KINDS)}."
        )
    return _dated(found, sheet, cells.get("date", ""), cells.get("time", ""))


def _dated(found: FileRow, sheet: Sheet, day: Cell, clock: Cell) -> FileRow:
    try:
        on, beside = _day(sheet, day)
        found = replace(found, on=on)
        at = _time(sheet, clock)
    except ValueError as problem:
        return found.with_problem(str(problem))
    if at is not None and beside not in (None, MIDNIGHT, at):
        return found.with_problem(
            f"The cell of the date says {clock_time(beside)}, that of the time {clock_time(at)}. "
            "Check both."
        )
    at = at if at is not None else beside
    return replace(found, starts=at if at != MIDNIGHT else None)


def _day(sheet: Sheet, cell: Cell) -> tuple[date, time | None]:
    """The day of a cell, and the time that stands beside it. Raises ValueError with a sentence."""
    shown = workbooks.words(cell)
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        try:
            cell = sheet.moment(cell)
        except ValueError:
            raise ValueError(_no_day(shown)) from None
    if isinstance(cell, datetime):
        _check_year(cell.date(), shown)
        return cell.date(), _minutes(cell.time())
    if isinstance(cell, date):
        _check_year(cell, shown)
        return cell, None
    if not isinstance(cell, str):
        raise ValueError(_no_day(shown))
    if not plain(cell):
        raise ValueError("The date is missing. Fill it in.")
    return read_day(cell), None


def _check_year(day: date, shown: str) -> None:
    if not known(day):
        raise ValueError(_no_day(shown))


def _no_day(shown: str) -> str:
    return f"“{shortened(shown)}” is not a date. Write it as year-month-day, such as 2027-11-10."


def _time(sheet: Sheet, cell: Cell) -> time | None:
    """The time of a cell; None for an empty one. Raises ValueError with a sentence."""
    if isinstance(cell, datetime):
        return _minutes(cell.time())
    if isinstance(cell, time):
        return _minutes(cell)
    if isinstance(cell, timedelta):
        cell = cell / timedelta(days=1)
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if 0 <= cell < 1:  # a part of a day: 0.4375 is half past ten
            return _minutes(sheet.moment(1 + cell).time())
        shown = workbooks.words(cell)
        if len(shown) == 4 and shown.isdigit():
            return read_time(shown)
        raise ValueError(
            f"“{shortened(shown)}” is a number, not a time. Write it as 10:30 or 14:00."
        )
    words = workbooks.words(cell)
    return read_time(words) if plain(words) else None


def _minutes(at: time) -> time:
    """A time by the minute. An hour of the night in a cell is what somebody typed as 2:30, and is
    asked about like that. Raises ValueError with a sentence."""
    exact = at.replace(second=0, microsecond=0)
    return exact if exact.hour == 0 else read_time(f"{exact.hour}:{exact.minute:02d}")
