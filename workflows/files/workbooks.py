"""Spreadsheets that people hand in: what is read of an XLSX, and what is refused unread.

The rule that lives here: a workbook is a zip, so before anything understands it its list of
contents says how large it would become, and every part is unpacked once under that limit (SR-61).
Macros, links between entities and cells far out, which make a small file a huge table, are refused
(SR-60, SR-62). Only the first sheet is read, as text; a formula counts as its last result.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile

from python_calamine import CalamineError, CalamineWorkbook

from cycle.errors import BadInput

MOST_PARTS = 200
MOST_BYTES = 20_000_000
MOST_ROWS = 5_000
MOST_COLUMNS = 50

BROKEN = "This spreadsheet cannot be read. Open it in your spreadsheet program and save it again."
TOO_BIG = (
    f"This spreadsheet is too large. It may have {MOST_ROWS:,} rows and {MOST_COLUMNS} columns. "
    "Copy what is needed into a new one."
)
MACROS = "This spreadsheet has macros or is locked. Save it as XLSX without macros or a password."

_LINK = 0o120000
_ROW = re.compile(rb"<(?:[\w.-]+:)?row\b")
_CELLS = re.compile(rb"<(?:[\w.-]+:)?c\b")
_PLACE = re.compile(rb"""(?<![\w:.-])r\s*=\s*["']([^"']*)["']""")
_PLACED = re.compile(rb"([A-Z]{0,3})([0-9]{1,7})")


def is_workbook(contents: bytes) -> bool:
    """Whether these bytes say of themselves that they are a zip, as every XLSX does."""
    return contents[:4] == b"PK\x03\x04"


def first_sheet(contents: bytes) -> list[list[str]]:
    """The cells of the first sheet as text: dates as 2027-11-10, times as 10:30.

    Row n of the sheet is at n - 1. Raises BadInput with a sentence.
    """
    _check(contents)
    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(contents)).get_sheet_by_index(0)
        if sheet.height > MOST_ROWS or sheet.width > MOST_COLUMNS:
            raise BadInput(TOO_BIG)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError):
        raise BadInput(BROKEN) from None
    return [[_said(cell) for cell in row] for row in rows]


def _said(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _check(contents: bytes) -> None:
    """Look at the list of contents, then unpack every part once under its limit."""
    if not is_zipfile(BytesIO(contents)):
        raise BadInput(BROKEN)
    try:
        with ZipFile(BytesIO(contents)) as packed:
            parts = packed.infolist()
            _check_list(parts)
            for part in parts:
                # Reads what the list promised and no more; a part that is longer fails its sum.
                _check_part(packed.read(part))
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
        or "xl/workbook.xml" not in names
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
