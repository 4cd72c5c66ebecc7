"""A municipal calendar handed in as CSV, XLSX or iCalendar: from its bytes to rows of meetings.

The rule that lives here: what a file is says its content, not its name; a table has the columns
body, date, time, kind, and other columns are left unread; people may write a day as 10/11/2027 or
10 November 2027 (the day first) and a time as 10.30 or 2pm. What is wrong is told by row.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from config.council_files import Row, read_csv
from config.dates import MONTHS, shortened
from config.problems import ProblemList
from cycle.errors import BadInput
from cycle.schedule.meeting_files import COLUMNS
from workflows.calendar import ical
from workflows.files import workbooks

MOST_BYTES = 2_000_000
MOST_ROWS = 2_000
NEEDED = COLUMNS[:3]

WRONG_TYPE = "Choose a CSV, XLSX or iCalendar (.ics) file. This one is something else."
TOO_LARGE = "This file is larger than 2 MB. Hand in one municipal year at a time."
NOT_UTF8 = "This file is not in UTF-8. Save it again as “CSV UTF-8” or as XLSX."
EMPTY = "There is no meeting in this file."
TOO_MANY = f"This file has more than {MOST_ROWS:,} rows. Hand in one municipal year at a time."

_DASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)
_WORDED = re.compile(r"(?:[A-Za-z]+,? )?(\d{1,2})(?:st|nd|rd|th)? ([A-Za-z]+),? (\d{4})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})? ?(am|pm)?", re.ASCII | re.IGNORECASE)


@dataclass
class HandedIn:
    """The rows of a file with the list to which their problems go; ``unread`` columns."""

    file: str
    noted: ProblemList
    rows: list[Row] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read(
    name: str, contents: bytes, spelt: Mapping[str, str], usual: Mapping[str, time]
) -> HandedIn:
    """The rows of a file. ``spelt`` and ``usual`` as for ``calendar_events.rows_of``.

    Raises BadInput with a sentence for a file that is not read at all.
    """
    if len(contents) > MOST_BYTES:
        raise BadInput(TOO_LARGE)
    found = HandedIn(_shown(name), ProblemList())
    if workbooks.is_workbook(contents):
        _table(found, _sheet_rows(found, workbooks.first_sheet(contents)))
    else:
        text = _text(contents)
        if text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
            found.rows = ical.rows_of(found.file, text, spelt, usual, found.noted)
        else:
            _table(found, read_csv(found.file, text, found.noted))
    if not found.rows and not found.noted.problems:
        raise BadInput(EMPTY)
    if len(found.rows) > MOST_ROWS:
        raise BadInput(TOO_MANY)
    return found


def _shown(name: str) -> str:
    """The name of a file, without its folders, fit to be said back."""
    return shortened(re.split(r"[\\/]", name)[-1].strip() or "file", 60)


def _text(contents: bytes) -> str:
    if contents.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"MZ", b"\x7fELF")) or b"\0" in contents:
        raise BadInput(WRONG_TYPE)
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(NOT_UTF8) from None
    if text.lstrip()[:1] in ("<", "{"):
        raise BadInput(WRONG_TYPE)
    return text


def _sheet_rows(found: HandedIn, sheet: Sequence[Sequence[str]]) -> list[Row]:
    filled = [(number, row) for number, row in enumerate(sheet, start=1) if any(row)]
    if not filled:
        return []
    names = [name.lower() for name in filled[0][1]]
    if any(names.count(name) > 1 for name in COLUMNS):
        raise BadInput("Two columns have the same name. Take one of them away.")
    return [
        Row(
            {key: cell for key, cell in zip(names, row, strict=False) if key},
            f"{found.file}:row {number}",
            found.noted,
            ", column ",
        )
        for number, row in filled[1:]
    ]


def _table(found: HandedIn, rows: list[Row]) -> None:
    """Keep the known columns, in the one way in which days, times and kinds are written."""
    if not rows:
        return
    names = list(rows[0].values)
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise BadInput(
            f"The first row has no column “{missing[0]}”. Name the columns {', '.join(COLUMNS)}."
        )
    found.unread = [name for name in names if name not in COLUMNS and name]
    for row in rows:
        given = {name: str(row.values.get(name, "")).strip() for name in COLUMNS}
        if not any(given.values()):
            continue
        row.values = given | {
            "date": _day(given["date"]),
            "time": _time(given["time"]),
            "kind": given["kind"].lower(),
        }
        found.rows.append(row)


def _day(said: str) -> str:
    """A day as 2027-11-10; what is none stays as it was written."""
    parts = _DASHED.fullmatch(said)
    if parts is not None:
        day, month, year = (int(part) for part in parts.groups())
    else:
        words = _WORDED.fullmatch(said)
        months = [name.lower()[: len(words[2])] for name in MONTHS] if words else []
        if words is None or len(words[2]) < 3 or words[2].lower() not in months:
            return said
        day, month, year = int(words[1]), months.index(words[2].lower()) + 1, int(words[3])
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return said


def _time(said: str) -> str:
    """A time as 14:00; what is none stays as it was written."""
    parts = _CLOCK.fullmatch(said)
    if parts is None or not (parts[2] or parts[3]):
        return said
    hour, half = int(parts[1]), (parts[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return said
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02d}:{parts[2] or '00'}"
