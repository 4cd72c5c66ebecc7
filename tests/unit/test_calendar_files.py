"""Promise: a calendar handed in as CSV, XLSX or iCalendar is read, or refused in one sentence."""

import io
import zipfile
from datetime import date, time

import pytest
import xlsxwriter

from cycle.calendar import Calendar
from cycle.errors import BadInput
from cycle.schedule import meeting_files as meeting_days
from workflows.calendar import upload
from workflows.files import workbooks

SPELT = meeting_days.spellings(
    [("policy", ["Policy Committee", "Policy"]), ("council", ["Borsetshire County Council"])]
)
USUAL = {"policy": time(10, 30)}
TABLE = [["Body", "Date", "Time", "Kind"], ["Policy", date(2027, 11, 10), time(10, 30), "Budget"]]


def meetings(contents, name="calendar.csv"):
    """What a file says, with its problems."""
    handed = upload.read(name, contents, SPELT, USUAL)
    found = meeting_days.checked(handed.rows, Calendar("england"), SPELT)
    said = [(e.meeting.body, e.meeting.on, e.meeting.at, e.meeting.kind) for e in found]
    return said, handed.noted.problems


def workbook(rows):
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Meetings")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        hour = book.add_format({"num_format": "hh:mm"})
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value, day)
                elif isinstance(value, time):
                    sheet.write_datetime(number, place, value, hour)
                else:
                    sheet.write(number, place, value)
    return made.getvalue()


def event(*lines):
    body = "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}\r\nEND:VCALENDAR\r\n".encode()


@pytest.mark.parametrize(
    ("day", "hour"),
    [("2027-11-10", "10:30"), ("10/11/2027", "10.30"), ("10.11.2027", "10:30:00"),
     ("10 November 2027", "10.30am"), ("Wednesday 10th Nov 2027", "10:30 AM")],
)  # fmt: skip
def test_a_day_and_a_time_may_be_written_as_people_write_them(day, hour):
    said, problems = meetings(f"body,date,time\nPolicy,{day},{hour}\n".encode())
    assert problems == []
    assert said == [("policy", date(2027, 11, 10), time(10, 30), "ordinary")]


def test_a_table_may_have_other_columns_and_empty_rows():
    handed = upload.read(
        "m.csv", b"Venue,Body,Date,Time\nHall,Policy,2027-11-10,2pm\n,,,\n", SPELT, USUAL
    )
    assert handed.unread == ["venue"]
    assert [row.values["time"] for row in handed.rows] == ["14:00"]


def test_a_spreadsheet_is_read_with_its_real_dates_and_times():
    said, problems = meetings(workbook(TABLE), "calendar.xlsx")
    assert problems == []
    assert said == [("policy", date(2027, 11, 10), time(10, 30), "budget")]


def test_a_row_of_a_spreadsheet_is_named_as_the_program_numbers_it():
    rows = [[], *TABLE, [], ["Cabinet", "10000-01-01", "noon", "Special"]]
    assert [each.partition(": ")[0] for each in meetings(workbook(rows), "a/b.xlsx")[1]] == [
        "b.xlsx:row 5, column body", "b.xlsx:row 5, column date",
        "b.xlsx:row 5, column kind", "b.xlsx:row 5, column time",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["SUMMARY:Policy Committee", "DTSTART;TZID=Europe/London:20270609T103000"], "ordinary"),
        (["SUMMARY:Policy Committee - annual meeting", "DTSTART:20270609T093000Z"], "annual"),
        (["SUMMARY:Meeting", "CATEGORIES:Policy,budget", "DTSTART:20270609T103000"], "budget"),
        (["SUMMARY:Meeting", "LOCATION:policy committee", "DTSTART;VALUE=DATE:20270609"],
         "ordinary"),
    ],
)  # fmt: skip
def test_an_event_names_its_body_by_title_category_or_place(lines, said):
    found, problems = meetings(event(*lines), "calendar.ics")
    assert problems == []
    assert found == [("policy", date(2027, 6, 9), time(10, 30), said)]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["SUMMARY:Policy", "DTSTART:20270609T103000", "RRULE:FREQ=WEEKLY"], "This repeats. Save"),
        (["SUMMARY:Picnic", "DTSTART:20270609T103000"], "body: There is no body “Picnic”."),
        (["SUMMARY:Policy", "DTSTART:00000609T103000"], "date: “0000-06-09” is outside the years"),
        (["SUMMARY:Policy"], "date: This is missing."),
        (["SUMMARY:Borsetshire County Council", "DTSTART;VALUE=DATE:20270609"], "time: This is mi"),
        (["SUMMARY:Policy", "DTSTART:20270612T103000"], "date: 12 June 2027 is a Saturday."),
    ],
)
def test_what_an_event_cannot_be_is_told_with_its_title(lines, problem):
    _found, problems = meetings(event(*lines), "calendar.ics")
    assert any(problem in each for each in problems)
    assert all(each.startswith("calendar.ics:event 1 (") for each in problems)


def test_a_cancelled_event_and_a_files_own_time_zone_are_left_out():
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        "RRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\n"
        "END:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY:Policy\r\nSTATUS:CANCELLED\r\n"
        "DTSTART:20270616T103000\r\nEND:VEVENT\r\nBEGIN:VEVENT"
    )
    file = event("SUMMARY:Policy", "DTSTART;TZID=Ours:20270609T103000")
    found, problems = meetings(file.replace(b"BEGIN:VEVENT", zone.encode(), 1), "c.ics")
    assert (problems, [each[1:3] for each in found]) == ([], [(date(2027, 6, 9), time(10, 30))])


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"%PDF-1.7 body,date,time", upload.WRONG_TYPE),
        (b"MZ\x90", upload.WRONG_TYPE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", upload.WRONG_TYPE),
        (b"<html><script>1</script>", upload.WRONG_TYPE),
        (b"body,date\0,time\n", upload.WRONG_TYPE),
        ("body,date,time\nPolíc,2027-11-10,10:30".encode("cp1252"), upload.NOT_UTF8),
        (b"x" * (upload.MOST_BYTES + 1), upload.TOO_LARGE),
        (b"body,date,time\n", upload.EMPTY),
        (b"committee,when\nPolicy,2027-11-10\n", "The first row has no column “body”."),
        (b"body,date,time\n" + b"Policy,2027-11-10,10:30\n" * 2_001, upload.TOO_MANY),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR", "This is not a calendar that can be"),
        (b"BEGIN:VCALENDAR\r\n" * 9_000, "This calendar is too large."),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_a_sentence(contents, sentence):
    with pytest.raises(BadInput) as refused:
        meetings(contents)
    assert str(refused.value).startswith(sentence)


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
        workbooks.first_sheet(contents)
    assert str(refused.value) == sentence


def test_a_part_longer_than_its_list_says_is_refused():
    """SR-61: a list of contents that lies about a size does not get its part unpacked."""
    honest = packed({"xl/padding.xml": b"0" * 900_000})
    lying = honest.replace((900_000).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(BadInput, match="cannot be read"):
        workbooks.first_sheet(lying)


def test_a_locked_or_doubled_workbook_is_refused():
    made = io.BytesIO(workbook(TABLE))
    with zipfile.ZipFile(made, "a") as out, pytest.warns(UserWarning, match="Duplicate"):
        out.writestr(SHEET, HEAD + TAIL)
    with pytest.raises(BadInput, match="cannot be read"):
        workbooks.first_sheet(made.getvalue())
    locked = bytearray(workbook(TABLE))
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    with pytest.raises(BadInput) as refused:
        workbooks.first_sheet(bytes(locked))
    assert str(refused.value) == workbooks.MACROS
