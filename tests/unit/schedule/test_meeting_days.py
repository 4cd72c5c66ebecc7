"""Promise: a file of meetings is imported whole, or told about by row and column."""

from datetime import date, time

import pytest

from config.problems import Problems
from cycle.calendar import Calendar
from cycle.schedule import meeting_files

CALENDAR = Calendar("england", ((date(2027, 12, 24), date(2027, 12, 31)),))
BODIES = meeting_files.spellings(
    [("policy", ["Policy Committee", "Policy"]), ("council", ["Borsetshire County Council"])]
)
HEAD = "body,date,time,kind\n"


def read(tmp_path, content):
    file = tmp_path / "meetings.csv"
    file.write_text(content, "utf-8")
    return meeting_files.read_file(file, CALENDAR, BODIES)


def problems_of(tmp_path, content):
    with pytest.raises(Problems) as refused:
        read(tmp_path, content)
    return refused.value.problems


def test_a_body_is_known_by_its_key_its_name_and_its_short_name(tmp_path):
    lines = (
        "policy,2027-11-10,10:30,\nPOLICY COMMITTEE,2027-12-08,10:30,\n"
        "Borsetshire county council,2027-11-10,14:00,annual\n"
    )
    found = read(tmp_path, HEAD + lines)
    assert [(each.body, each.on, each.at, each.kind) for each in found] == [
        ("policy", date(2027, 11, 10), time(10, 30), "ordinary"),
        ("policy", date(2027, 12, 8), time(10, 30), "ordinary"),
        ("council", date(2027, 11, 10), time(14), "annual"),
    ]


def test_a_way_to_write_that_two_bodies_share_is_the_name_of_neither():
    shared = meeting_files.spellings([("north", ["Area Board"]), ("south", ["Area Board"])])
    assert shared == {"north": "north", "south": "south"}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("cabinet,2027-11-10,10:30,", "column body: There is no body “cabinet”. Write one of: "),
        ("policy,2027-12-27,10:30,", "column date: 27 December 2027 is a bank holiday (Christmas"),
        ("policy,2027-11-13,10:30,", "column date: 13 November 2027 is a Saturday. Check the date"),
        ("policy,2027-12-29,10:30,", "column date: The council is closed on 29 December 2027 (cou"),
        ("policy,0000-01-01,10:30,", "column date: “0000-01-01” is outside the years 1900 to 2200"),
        ("policy,10000-01-01,10:30,", "column date: “10000-01-01” is outside the years 1900 to 22"),
        ("policy,2027-02-30,10:30,", "column date: “2027-02-30” is not a day in the calendar."),
        ("policy,2027-11-11,half past,", "column time: “half past” is not a time. Write it as 10:"),
        ("policy,2027-11-11,,", "column time: This is missing."),
        ("policy,2027-11-11,10:30,special", "column kind: “special” is not known. Choose ordinary"),
        (",2027-11-11,10:30,", "column body: This is missing."),
        ("Policy,2027-11-10,14:00,budget", "column date: This body already has a meeting on this "),
    ],
)
def test_what_cannot_be_is_told_with_its_row_and_column(tmp_path, line, sentence):
    fine = "policy,2027-11-10,10:30,ordinary\n"
    (one,) = problems_of(tmp_path, f"{HEAD}{fine}{line}\n")
    assert one.startswith(f"meetings.csv:row 3, {sentence}")
    assert len(read(tmp_path, HEAD + fine)) == 1


def test_every_problem_is_told_at_once(tmp_path):
    lines = "cabinet,2027-12-25,24:00,extra\npolicy,2027-11-13,10:30,\n"
    assert len(problems_of(tmp_path, HEAD + lines)) == 4
    assert problems_of(tmp_path, "body,day\npolicy,2027-11-10\n") == [
        "meetings.csv:row 2, column date: This is missing. Fill it in.",
        "meetings.csv:row 2, column time: This is missing. Fill it in.",
        "meetings.csv:row 2, column day: There is nothing of this name here. Check the spelling.",
    ]
