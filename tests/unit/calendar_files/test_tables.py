"""Promise: a table of meetings is read as its clerk means it, or told line by line."""

import json
from datetime import date, time

import pytest

from config.written_days import read_day, read_time
from cycle.errors import BadInput
from tests.unit.calendar_files.made import meetings, one
from workflows.calendar import file_row, meeting_table, reading_file
from workflows.calendar.file_row import FileRow, from_json

HEAD = "body,date,time\n"
DAY = date(2027, 11, 10)
READ = ("policy", DAY, time(10, 30), "ordinary")


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        ("2027-11-10", "10:30"), ("10/11/2027", "10.30"), ("10.11.2027", "10:30:00"),
        ("10 November 2027", "10.30am"), ("Wednesday 10th Nov 2027", "10:30 AM"),
        ("10/11/27", "1030"), ("Wed 10 Nov 27", "10.30 a.m."), ("10-Nov-27", "10:30hrs"),
    ],
)  # fmt: skip
def test_a_day_and_a_time_may_be_written_as_people_write_them(day, hour):
    """Fault C13: two figures for the year, "6.30 pm" and the like."""
    assert meetings(f"{HEAD}Policy,{day},{hour}\n") == [READ]


@pytest.mark.parametrize(
    ("words", "at"),
    [("6.30 pm", time(18, 30)), ("12 noon", time(12)), ("noon", time(12)), ("2pm", time(14)),
     ("02:30", time(2, 30)), ("9.15", time(9, 15)), ("12.30am", time(0, 30))],
)  # fmt: skip
def test_a_time_is_read_as_it_is_said(words, at):
    """Fault C13."""
    assert read_time(words) == at


@pytest.mark.parametrize("words", ["2.30", "2:30", "7.00", "1:15"])
def test_an_hour_that_may_be_in_the_night_is_asked_about(words):
    """Fault C12: half past two is not taken for the night."""
    with pytest.raises(ValueError, match="may be morning or afternoon"):
        read_time(words)
    assert one(f"{HEAD}Policy,2027-11-10,{words}\n").verdict == "not understood"


@pytest.mark.parametrize("words", ["0.25", "0:25", "0.4375", "25:00", "10:99", "13pm", "soon", "3"])
def test_what_is_no_time_is_told(words):
    """Fault C5: 0.25 is not 00:25."""
    with pytest.raises(ValueError, match="is not a time"):
        read_time(words)


def test_a_weekday_that_is_not_the_dates_is_told():
    """Fault C12."""
    line = one(f"{HEAD}Policy,Tuesday 10 November 2027,10:30\n")
    assert (line.verdict, line.on) == ("not understood", None)
    assert line.sentence.startswith("10 November 2027 is a Wednesday, not a Tuesday.")
    assert read_day("Weds 10 November 2027") == DAY


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2007", " \u200b", "  "])
def test_a_hard_space_is_a_space(space):
    """Fault C5."""
    assert meetings(f"{HEAD}Policy{space}Committee,10{space}November 2027,10:30\n") == [READ]


@pytest.mark.parametrize(
    "text",
    [
        "body,date,time,,,\nPolicy,2027-11-10,10:30,,,\n",
        "body,date,time\rPolicy,2027-11-10,10:30\r",
        "body;date;time\r\nPolicy;2027-11-10;10:30\r\n",
        "body\tdate\ttime\nPolicy\t2027-11-10\t10:30\n",
        "Calendar of meetings\n\nBody,Date,Time\nPolicy,2027-11-10,10:30\n",
        "Venue,Body,Date,Time\nHall,Policy,2027-11-10,10:30\n,,,\n",
    ],
)
def test_a_table_may_look_as_programs_write_it(text):
    """Fault C13: trailing commas, old line ends, semicolons, a title above the table."""
    assert meetings(text) == [READ]
    assert meetings(text.encode("utf-16")) == [READ]


def test_rows_are_counted_as_records():
    """Fault C5: a cell with several lines does not shift the count."""
    text = 'body,date,time,notes\nPolicy,2027-11-10,10:30,"two\nlines"\n\nMoot,2027-11-11,10:30,\n'
    assert [line.named.row.at for line in meetings(text, whole=True)] == ["row 2", "row 4"]


def test_other_columns_are_named_as_unread():
    handed = meetings("Venue,Body,Date,Time\nHall,Policy,2027-11-10,2pm\n", handed=True)
    assert list(handed.unread) == ["venue"]


def test_the_files_own_words_stand_beside_what_was_understood():
    line = one(f"{HEAD}Policy,10/11/27,10.30am\n")
    assert line.named.row.given == "Policy, 10/11/27, 10.30am"


def test_a_kind_that_is_none_and_a_row_too_long_are_told():
    assert (
        "“Special” is no kind of meeting"
        in one("body,date,time,kind\nPolicy,2027-11-10,10:30,Special\n").sentence
    )
    assert "more cells than" in one(f"{HEAD}Policy,2027-11-10,10:30,x\n").sentence


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"%PDF-1.7 body,date,time", reading_file.WRONG_TYPE),
        (b"MZ\x90", reading_file.WRONG_TYPE),
        (b"<html><script>1</script>", reading_file.WRONG_TYPE),
        (b"body,date\0,time\n", reading_file.WRONG_TYPE),
        ("body,date,time\nPolíc,2027-11-10,10:30".encode("cp1252"), reading_file.NOT_UTF8),
        (b"x" * (reading_file.MOST_BYTES + 1), reading_file.TOO_LARGE),
        (b"body,date,time\n", reading_file.EMPTY),
        (b"", "This file is empty."),
        (b"committee,when\nPolicy,2027-11-10\n", "The first row has no column “body”."),
        (b"body,date,time\n" + b"Policy,2027-11-10,10:30\n" * 2_001, file_row.TOO_MANY),
        (b"body,date,time,time\nPolicy,2027-11-10,10:30,11:30\n", meeting_table.TWICE),
        (b'body,date,time\n"Policy"x,2027-11-10,10:30\n', "Row 2 is not CSV."),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(contents, sentence):
    with pytest.raises(BadInput) as refused:
        meetings(contents)
    assert str(refused.value).startswith(sentence)


def test_no_more_rows_are_made_than_a_file_may_have(monkeypatch):
    """All of a file were made before they were counted."""
    made = []
    row = meeting_table._row
    monkeypatch.setattr(meeting_table, "_row", lambda *given: made.append(1) or row(*given))
    with pytest.raises(BadInput) as refused:
        meetings(b"body,date,time\n" + b"Policy,2027-11-10,10:30\n" * 9_000)
    assert str(refused.value) == file_row.TOO_MANY
    assert len(made) == file_row.MOST_ROWS + 1


def test_what_a_row_says_is_cut_before_it_leaves_the_reader():
    long = "x" * 9_000
    row = FileRow("row 2", long, long, labels=(long,) * 90, notes=(long,), text=long, uid=long)
    sent = row.as_json()
    assert len(json.dumps(sent)) < 20_000
    assert from_json(sent).as_json() == sent
