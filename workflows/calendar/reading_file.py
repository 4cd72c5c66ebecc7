"""A file of meetings, from its bytes to rows in its own words; runs in the sandbox.

The rule that lives here: what a file is says its content, not its name. What cannot be read at all
is refused in one sentence that says what to do.
"""

import re
from datetime import date
from typing import Any

from config.dates import shortened
from cycle.errors import BadInput
from workflows.calendar import ical, meeting_table
from workflows.calendar.file_row import FileRow
from workflows.files import workbooks

MOST_BYTES = 2_000_000

WRONG_TYPE = "Choose a CSV, XLSX, ODS or iCalendar (.ics) file. This one is something else."
TOO_LARGE = "This file is larger than 2 MB. Hand in one municipal year at a time."
NOT_UTF8 = "This file is not in UTF-8. Save it again as “CSV UTF-8” or as XLSX."
EMPTY = "There is no meeting in this file."


def read(contents: bytes, today: str) -> dict[str, Any]:
    """The rows of a file and the columns that are not read, fit for JSON. ``today``: 2027-11-10.

    Raises BadInput with a sentence for a file that is not read at all.
    """
    rows, unread = _rows(contents, date.fromisoformat(today))
    if not rows:
        raise BadInput(EMPTY)
    return {"rows": [row.as_json() for row in rows], "unread": unread}


def shown(name: str) -> str:
    """The name of a file, without its folders, fit to be said back."""
    return shortened(re.split(r"[\\/]", name)[-1].strip() or "file", 60)


def _rows(contents: bytes, today: date) -> tuple[list[FileRow], list[str]]:
    if len(contents) > MOST_BYTES:
        raise BadInput(TOO_LARGE)
    if workbooks.is_locked(contents):
        raise BadInput(workbooks.LOCKED)
    if workbooks.is_workbook(contents):
        return meeting_table.of_sheets(workbooks.visible_sheets(contents))
    text = _text(contents)
    if text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
        return ical.of_text(text.lstrip(), today), []
    return meeting_table.of_text(text)


def _text(contents: bytes) -> str:
    wide = contents.startswith((b"\xff\xfe", b"\xfe\xff"))
    if contents.startswith((b"%PDF", b"MZ", b"\x7fELF")) or (b"\0" in contents and not wide):
        raise BadInput(WRONG_TYPE)
    try:
        text = contents.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(NOT_UTF8) from None
    if text.lstrip()[:1] in ("<", "{") or "\0" in text:
        raise BadInput(WRONG_TYPE)
    return text
