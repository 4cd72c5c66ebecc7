"""Spreadsheets that people hand in: what is read of an XLSX or ODS, and what is refused unread.

The rule that lives here: a workbook is a zip, so before anything understands it its list of
contents says how large it would become, and every part is unpacked once under that limit (SR-61).
Macros, links between entities and cells far out, which make a small file a huge table, are refused
(SR-60, SR-62). Only sheets that people see are read, each cell by its own type; a formula counts as
its last result.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from cycle.errors import BadInput

MOST_PARTS = 200
MOST_BYTES = 20_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 50
MOST_SHEETS = 40

BROKEN = "This spreadsheet cannot be read. Open it in your spreadsheet program and save it again."
TOO_BIG = (
    f"This spreadsheet is too large. It may have {MOST_ROWS:,} rows and {MOST_COLUMNS} columns. "
    "Copy what is needed into a new one."
)
MACROS = "This spreadsheet has macros or is locked. Save it as XLSX without macros or a password."
LOCKED = (
    "This spreadsheet is locked with a password, or in the old format XLS. Take the password off "
    "and save it as XLSX."
)
HIDDEN = "Every sheet of this spreadsheet is hidden or empty. Show the sheet with the rows."

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_LINK = 0o120000
_ROW = re.compile(rb"<(?:[\w.-]+:)?row\b")
_CELLS = re.compile(rb"<(?:[\w.-]+:)?c\b")
_PLACE = re.compile(rb"""(?<![\w:.-])r\s*=\s*["']([^"']*)["']""")
_PLACED = re.compile(rb"([A-Z]{0,3})([0-9]{1,7})")
_1904 = re.compile(rb"""date1904\s*=\s*["'](?:1|true)["']""")
# The day from which a spreadsheet counts its days; some from Macintosh programs count from 1904.
_FIRST = datetime(1899, 12, 30)  # noqa: DTZ001  # local, as the cell shows it
_LATER = 1_462

Cell = str | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True)
class Sheet:
    """A sheet that people see. Row n of the sheet is at n - 1 of ``rows``; where ``from_1904``, a
    number that stands for a day counts from that year."""

    name: str
    rows: list[list[Cell]]
    from_1904: bool = False

    def moment(self, number: float) -> datetime:
        """The day and time that a number of this sheet stands for; local. Raises ValueError for one
        that is no day after 1899."""
        try:
            found = _FIRST + timedelta(days=number + (_LATER if self.from_1904 else 0))
        except OverflowError:
            raise ValueError("no day") from None
        if number < 1:
            raise ValueError("no day")
        return found + timedelta(seconds=1)  # a fraction of a day is never quite a minute


def is_workbook(contents: bytes) -> bool:
    """Whether these bytes say of themselves that they are a zip, as every XLSX and ODS does."""
    return contents[:4] == b"PK\x03\x04"


def is_locked(contents: bytes) -> bool:
    """Whether these bytes are in the format of XLS, in which locked workbooks are wrapped."""
    return contents[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def visible_sheets(contents: bytes) -> list[Sheet]:
    """The sheets that people see and that hold something. Raises BadInput with a sentence."""
    _check(contents)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(contents))
        seen = [
            each.name
            for each in book.sheets_metadata
            if each.visible == SheetVisibleEnum.Visible and each.typ == SheetTypeEnum.WorkSheet
        ]
        from_1904 = _counts_from_1904(contents)
        found = [Sheet(name, _rows(book, name), from_1904) for name in seen[:MOST_SHEETS]]
    except PasswordError:
        raise BadInput(LOCKED) from None
    except (CalamineError, OSError, ValueError, IndexError):
        raise BadInput(BROKEN) from None
    held = [sheet for sheet in found if sheet.rows]
    if not held:
        raise BadInput(HIDDEN)
    return held


def words(cell: Cell) -> str:
    """What a cell says: dates as 2027-11-10, times as 10:30, whole numbers without a point."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _rows(book: CalamineWorkbook, name: str) -> list[list[Cell]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.height > MOST_ROWS or sheet.width > MOST_COLUMNS:
        raise BadInput(TOO_BIG)
    return list(sheet.to_python(skip_empty_area=False))


def _counts_from_1904(contents: bytes) -> bool:
    with ZipFile(BytesIO(contents)) as packed:
        names = packed.namelist()
        return "xl/workbook.xml" in names and bool(_1904.search(packed.read("xl/workbook.xml")))


def _check(contents: bytes) -> None:
    """Look at the list of contents, then unpack every part once under its limit."""
    if not is_zipfile(BytesIO(contents)):
        raise BadInput(BROKEN)
    try:
        with ZipFile(BytesIO(contents)) as packed:
            parts = packed.infolist()
            _check_list(parts)
            # Reads what the list promised and no more; a part that is longer fails its sum.
            read = {part.filename: packed.read(part) for part in parts}
            if "xl/workbook.xml" not in read and read.get("mimetype", b"").strip() != _ODS:
                raise BadInput(BROKEN)
            for contents_of_part in read.values():
                _check_part(contents_of_part)
    except (BadZipFile, NotImplementedError, OSError, RuntimeError, EOFError, ValueError):
        raise BadInput(BROKEN) from None


def _check_list(parts: Sequence[ZipInfo]) -> None:
    names = [part.filename.lower() for part in parts]
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise BadInput(TOO_BIG)
    strange = [n for n in names if n.endswith(".bin") and "printersettings" not in n]
    if strange or any(part.flag_bits & 1 for part in parts):
        raise BadInput(MACROS)
    if (
        len(set(names)) != len(names)
        or any(name.endswith((".zip", ".xlsx")) for name in names)
        or any(part.external_attr >> 16 & 0o170000 == _LINK for part in parts)
    ):
        raise BadInput(BROKEN)


def _check_part(text: bytes) -> None:
    """Refuse a part with entities of its own, or whose table would be huge however it counts."""
    plain = text.replace(b"\0", b"")
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise BadInput(BROKEN)
    if b"sheetData" not in plain:
        return
    if plain != text:
        raise BadInput(BROKEN)  # a sheet in another coding would hide from what follows
    rows = _ROW.split(text)
    if len(rows) > MOST_ROWS + 1 or any(len(_CELLS.findall(row)) > MOST_COLUMNS for row in rows):
        raise BadInput(TOO_BIG)
    for place in _PLACE.findall(text):
        found = _PLACED.fullmatch(place)
        if found is None or int(found[2]) > MOST_ROWS or _column(found[1]) > MOST_COLUMNS:
            raise BadInput(TOO_BIG)


def _column(letters: bytes) -> int:
    """The number of a column: A is 1, AA is 27; none is nought."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
