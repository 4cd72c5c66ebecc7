"""Promise: a spreadsheet that people hand in is read as they see it, or refused unread."""

import io
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter

from cycle.errors import BadInput
from tests.unit.calendar_files.made import meetings, ods, workbook
from workflows.files import workbooks

TABLE = [["Body", "Date", "Time", "Kind"], ["Policy", date(2027, 11, 10), time(10, 30), "Budget"]]
READ = ("policy", date(2027, 11, 10), time(10, 30), "budget")


def test_a_spreadsheet_is_read_with_its_real_dates_and_times():
    assert meetings(workbook(TABLE)) == [READ]


def test_a_row_of_a_spreadsheet_is_named_as_the_program_numbers_it():
    """Fault C5: rows are counted from the first of the sheet, empty ones too."""
    rows = [[], ["Calendar of meetings 2027/28"], *TABLE, [], ["Cabinet", "2027-11-11", "10:30"]]
    found = meetings(workbook(rows), whole=True)
    assert [(line.named.row.at, line.verdict) for line in found] == [
        ("row 4", "new"),
        ("row 6", "not understood"),
    ]


def hidden_first():
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        old, new, notes = (book.add_worksheet(name) for name in ("Old", "June", "Notes"))
        old.write_row(0, 0, ["body", "date", "time"])
        old.write_row(1, 0, ["Policy", "2026-11-11", "10:30"])
        old.hide()
        new.write_row(0, 0, ["body", "date", "time"])
        new.write_row(1, 0, ["Policy", "2027-11-10", "10:30"])
        notes.write_string(0, 0, "Agreed by group leaders")
        new.activate()
        new.set_first_sheet()
    return made.getvalue()


def test_a_hidden_sheet_is_not_read_and_one_without_meetings_is_named():
    """Fault C5, C13: the sheets that people see, all of them."""
    handed = meetings(hidden_first(), handed=True)
    assert [row.on for row in handed.rows] == [date(2027, 11, 10)]
    assert list(handed.unread) == ["the sheet “Notes”"]


def test_a_spreadsheet_without_a_sheet_that_people_see_is_told():
    """Fault C5: hidden sheets are never read."""
    every = "Every sheet of this spreadsheet is hidden or empty."
    with pytest.raises(BadInput, match=every):
        meetings(workbook([]))
    with pytest.raises(BadInput) as refused:
        meetings(workbook([["Notes"], ["Agreed"]]))
    assert every not in str(refused.value)


def test_every_monthly_sheet_is_read():
    """Fault C13."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for month in range(1, 13):
            sheet = book.add_worksheet(f"Month {month}")
            sheet.write_row(0, 0, ["body", "date", "time"])
            sheet.write_row(1, 0, ["Policy", f"2028-{month:02d}-09", "10:30"])
    found = meetings(made.getvalue(), whole=True)
    assert len(found) == 12
    assert found[11].named.row.at == "sheet “Month 12”, row 2"


TEN = datetime.combine(date(2027, 11, 10), time(10, 30))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"date": 46701, "time": 0.4375}, (date(2027, 11, 10), time(10, 30))),
        ({"date": 46701.4375, "time": ""}, (date(2027, 11, 10), time(10, 30))),
        ({"date": TEN, "time": ""}, (date(2027, 11, 10), time(10, 30))),
        ({"date": date(2027, 11, 10), "time": 1030}, (date(2027, 11, 10), time(10, 30))),
        ({"date": date(2027, 11, 10), "time": 0}, (date(2027, 11, 10), None)),
        ({"date": date(2027, 11, 10), "time": time(0, 0)}, (date(2027, 11, 10), None)),
        ({"date": date(2027, 11, 10), "time": "=A9"}, (date(2027, 11, 10), None)),
    ],
)  # fmt: skip
def test_a_cell_is_read_by_its_kind_and_midnight_is_no_time(cells, expected):
    """Fault C3, C5: numbers are days and parts of a day; 00:00 is what an uncalculated formula
    leaves."""
    rows = [["body", "date", "time"], ["Policy", cells["date"], cells["time"]]]
    (line,) = meetings(workbook(rows), whole=True)
    assert (line.named.row.on, line.named.row.starts) == expected


@pytest.mark.parametrize(
    ("day", "hour", "sentence"),
    [
        (date(2027, 11, 10), 10.3, "“10.3” is a number, not a time."),
        (date(2027, 11, 10), 2.5, "“2.5” is a number, not a time."),
        (date(2027, 11, 10), time(2, 30), "“2:30” may be morning or afternoon."),
        (date(2027, 11, 10), 0.25, "“6:00” may be morning or afternoon."),
        (0, time(10, 30), "“0” is not a date."),
        (1e12, time(10, 30), "is not a date."),
        (TEN, time(9, 30), "The cell of the date says 10:30"),
        ("", time(10, 30), "The date is missing."),
    ],
)
def test_a_cell_that_is_no_day_or_time_is_told(day, hour, sentence):
    """Fault C5, C12: a number is not read by its digits."""
    (line,) = meetings(workbook([["body", "date", "time"], ["Policy", day, hour]]), whole=True)
    assert line.verdict == "not understood"
    assert sentence in line.sentence


def test_a_workbook_that_counts_from_1904_is_read_by_its_own_days():
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "date_1904": True}) as book:
        sheet = book.add_worksheet("Meetings")
        sheet.write_row(0, 0, ["body", "date", "time"])
        sheet.write_row(1, 0, ["Policy", 46701 - 1462, 0.4375])
    assert meetings(made.getvalue()) == [(*READ[:3], "ordinary")]


def test_an_ods_file_is_read():
    """Fault C5."""
    assert meetings(ods([["body", "date", "time"], ["Policy", "2027-11-10", "10:30"]])) == [
        (*READ[:3], "ordinary")
    ]


def test_a_locked_file_is_told_what_to_do():
    """Fault C5: an XLSX with a password is wrapped in the format of XLS."""
    with pytest.raises(BadInput, match="Take the password off"):
        meetings(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000)


def packed(parts, **more):
    """A zip with these parts, over those of a real workbook."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(TABLE))) as real:
        whole = {each: real.read(each) for each in real.namelist()} | parts
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, contents in whole.items():
            out.writestr(name, contents)
        for name, contents in more.items():
            out.writestr(name, contents)
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
HEAD = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/'
    'spreadsheetml/2006/main"><sheetData>'
)
TAIL = "</sheetData></worksheet>"


def sheet(cells, coding="utf-8"):
    return {SHEET: (HEAD + cells + TAIL).encode(coding)}


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (packed({"xl/media/zeros.xml": b"0" * 25_000_000}), workbooks.TOO_BIG),
        (packed({f"xl/{n}.xml": b"" for n in range(300)}), workbooks.TOO_BIG),
        (packed(sheet('<row r="1"><c r="XFD1048576"><v>1</v></c></row>')), workbooks.TOO_BIG),
        (packed(sheet('<row r="1"><c t="n"r="A99999"><v>1</v></c></row>')), workbooks.TOO_BIG),
        (packed(sheet("<row>" + "<c><v>1</v></c>" * 400 + "</row>")), workbooks.TOO_BIG),
        (packed(sheet("<row/>" * 6_000)), workbooks.TOO_BIG),
        (packed(sheet('<row><c r="A1"/></row>', "utf-16")), workbooks.BROKEN),
        (packed({SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]>' + HEAD.encode()}), workbooks.BROKEN),
        (packed({"xl/embedded.xlsx": b"PK"}), workbooks.BROKEN),
        (packed({"xl/vbaProject.bin": b"Sub"}), workbooks.MACROS),
        (packed({SHEET: b"not a sheet"}), workbooks.BROKEN),
        (b"PK\x03\x04 and no more", workbooks.BROKEN),
        (workbook(TABLE)[:-40], workbooks.BROKEN),
    ],
)  # fmt: skip
def test_a_workbook_that_would_become_huge_or_is_none_is_refused_unread(contents, sentence):
    """SR-60, SR-61, SR-62: looked at from its list of contents, before anything parses it."""
    with pytest.raises(BadInput) as refused:
        workbooks.visible_sheets(contents)
    assert str(refused.value) == sentence


def test_a_part_longer_than_its_list_says_is_refused():
    """SR-61: a list of contents that lies about a size does not get its part unpacked."""
    honest = packed({"xl/padding.xml": b"0" * 900_000})
    lying = honest.replace((900_000).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(BadInput, match="cannot be read"):
        workbooks.visible_sheets(lying)


def test_a_locked_or_doubled_workbook_is_refused():
    made = io.BytesIO(workbook(TABLE))
    with zipfile.ZipFile(made, "a") as out, pytest.warns(UserWarning, match="Duplicate"):
        out.writestr(SHEET, HEAD + TAIL)
    with pytest.raises(BadInput, match="cannot be read"):
        workbooks.visible_sheets(made.getvalue())
    locked = bytearray(workbook(TABLE))
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    with pytest.raises(BadInput) as refused:
        workbooks.visible_sheets(bytes(locked))
    assert str(refused.value) == workbooks.MACROS
