"""Tables as XLSX and CSV, made in memory: All plans, the rows of all plans, timetables, meetings.

The rule that lives here: what people typed stays text. No cell becomes a formula or a link, however
it begins (SR-53); in XLSX dates and pounds are real dates and numbers, so that they can be sorted
and added up, in CSV dates are written as 2027-11-10.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "d mmmm yyyy",
}
# What a cell of a worksheet can hold.
LONGEST_CELL = 32_767
# With these at its beginning a spreadsheet program would take a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Column = tuple[str, int]


def csv_file(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table as CSV in UTF-8, with the mark by which spreadsheet programs know it."""
    contents = StringIO(newline="")
    writer = csv.writer(contents)
    writer.writerow([title for title, _width in columns])
    writer.writerows([_plain(value) for value in row] for row in rows)
    return contents.getvalue().encode("utf-8-sig")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, int | float | Decimal):
        return str(value)
    words = str(value).replace("\0", "")
    return f"'{words}" if words.startswith(FORMULA) else words


def xlsx(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table as a workbook of one sheet; ``columns`` are titles and widths in letters."""
    contents = BytesIO()
    with xlsxwriter.Workbook(contents, _OPTIONS) as book:
        sheet = book.add_worksheet(name)
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        plain = book.add_format({"text_wrap": True, "valign": "top"})
        dated = book.add_format({"num_format": "d mmmm yyyy", "valign": "top", "align": "left"})
        for place, (title, width) in enumerate(columns):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, title, heading)
        last = 0
        for last, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                _write(sheet, last, place, value, plain, dated)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, last, len(columns) - 1)
    return contents.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any, plain: Any, dated: Any) -> None:
    """Each value by its own kind; text is always written as text."""
    if value is None or value == "":
        return
    if isinstance(value, time):
        sheet.write_string(row, column, value.isoformat("minutes"), plain)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(row, column, value, dated)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value, plain)
    else:
        sheet.write_string(row, column, str(value)[:LONGEST_CELL], plain)
