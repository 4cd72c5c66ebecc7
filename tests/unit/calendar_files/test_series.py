"""Promise: each meeting of a series is shown, and what is left out or moved in it is (fault C6)."""

from datetime import date, time

import pytest

from cycle.errors import BadInput
from tests.unit.calendar_files.made import calendar, event, meetings
from workflows.calendar import file_row, ical, series

START = "DTSTART;TZID=Europe/London:20270908T103000"


def days(*lines, start=START, others=()):
    """The days of the meetings that a series would add."""
    found = meetings(calendar(event("Policy", start, "UID:s", *lines), *others))
    assert {each[0] for each in found} <= {"policy"}
    return [each[1] for each in found]


def september(*numbers):
    return [date(2027, 9, number) for number in numbers]


def test_a_series_is_its_meetings():
    assert days("RRULE:FREQ=WEEKLY;COUNT=3") == september(8, 15, 22)
    assert days("RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270922T093000Z") == september(8, 22)
    assert days("RDATE;TZID=Europe/London:20270916T103000,20270923T103000") == september(8, 16, 23)


def test_the_third_wednesday_is_the_third_wednesday():
    rule = "RRULE:FREQ=MONTHLY;BYDAY=3WE;COUNT=3"
    start = "DTSTART;TZID=Europe/London:20270915T103000"
    assert days(rule, start=start) == [date(2027, 9, 15), date(2027, 10, 20), date(2027, 11, 17)]


def test_the_hour_stays_in_winter_and_every_meeting_shows_the_files_words():
    file = calendar(event("Policy", START, "UID:s", "RRULE:FREQ=MONTHLY;BYDAY=2WE;COUNT=4"))
    lines = meetings(file, whole=True)
    assert {line.named.row.starts for line in lines} == {time(10, 30)}
    assert [line.named.row.at for line in lines][:2] == ["event 1, meeting 1", "event 1, meeting 2"]
    assert lines[2].named.row.given == (
        "Policy, 2027-11-10 10:30 Europe/London, FREQ=MONTHLY;BYDAY=2WE;COUNT=4"
    )


def test_a_series_in_universal_time_shifts_with_summer_time():
    file = calendar(
        event("Policy", "DTSTART:20271027T093000Z", "UID:s", "RRULE:FREQ=WEEKLY;COUNT=2")
    )
    assert [each[2] for each in meetings(file)] == [time(10, 30), time(9, 30)]


def test_what_is_left_out_is_left_out():
    lines = ("RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/London:20270915T103000")
    assert days(*lines) == september(8, 22, 29)
    assert days(*lines, "EXDATE:20270922T093000Z") == september(8, 29)


def test_a_meeting_of_a_series_that_moved_or_is_cancelled():
    moved = event(
        "Policy", "DTSTART;TZID=Europe/London:20270917T140000", "UID:s",
        "RECURRENCE-ID;TZID=Europe/London:20270915T103000",
    )  # fmt: skip
    gone = event(
        "Policy", "DTSTART;TZID=Europe/London:20270922T103000", "UID:s", "STATUS:CANCELLED",
        "RECURRENCE-ID:20270922T093000Z",
    )  # fmt: skip
    found = meetings(
        calendar(event("Policy", START, "UID:s", "RRULE:FREQ=WEEKLY;COUNT=4"), moved, gone),
        whole=True,
    )
    assert [(line.on, line.verdict) for line in found] == [
        (date(2027, 9, 8), "new"),
        (date(2027, 9, 29), "new"),
        (date(2027, 9, 17), "new"),
        (date(2027, 9, 22), "cancelled"),
    ]


def test_a_cancelled_series_has_no_meeting():
    assert days("RRULE:FREQ=WEEKLY;COUNT=3", "STATUS:CANCELLED") == []


@pytest.mark.parametrize("line", ["RRULE:FREQ=WEEKLY;UNTIL=20270922", "EXDATE;VALUE=DATE:20270922"])
def test_a_day_without_a_time_is_asked_about(line):
    """Programs differ on whether the meeting of that day is held."""
    rule = [] if line.startswith("RRULE") else ["RRULE:FREQ=WEEKLY;COUNT=3"]
    found = meetings(calendar(event("Policy", START, "UID:s", *rule, line)), whole=True)
    assert [line.verdict for line in found] == ["new", "new", "not understood"]
    assert found[2].sentence == series.DAY_ONLY


def test_a_series_of_whole_days_ends_and_leaves_out_by_days():
    start = "DTSTART;VALUE=DATE:20270908"
    lines = ("RRULE:FREQ=WEEKLY;UNTIL=20270929", "EXDATE;VALUE=DATE:20270915")
    assert days(*lines, start=start) == september(8, 22, 29)


def test_a_series_without_end_is_read_as_far_as_the_next_municipal_year():
    found = meetings(calendar(event("Policy", START, "UID:s", "RRULE:FREQ=WEEKLY")), whole=True)
    assert (found[0].on, found[-1].on) == (date(2027, 9, 8), date(2028, 4, 26))
    assert found[0].named.row.remark == "The series is read until 30 April 2028."
    old = meetings(
        calendar(event("Policy", "DTSTART:20200108T103000", "UID:s", "RRULE:FREQ=WEEKLY;COUNT=9")),
        whole=True,
    )
    assert [line.sentence for line in old] == [
        "This repeats, but not between 1 May 2026 and 30 April 2028."
    ]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=HOURLY;COUNT=3", "FREQ=WEEKLY;INTERVAL=0;COUNT=2", "FREQ=WEEKLY;BYHOUR=9;COUNT=2",
     "FREQ=WEEKLY;COUNT=x", "COUNT=3", "FREQ=MONTHLY;BYDAY=9XX;COUNT=2"],
)  # fmt: skip
def test_a_rule_that_no_calendar_of_meetings_has_is_told(rule):
    """Fault C8: it is not counted. Each of these has an end."""
    (line,) = meetings(calendar(event("Policy", START, f"RRULE:{rule}")), whole=True)
    assert (line.verdict, line.sentence) == ("not understood", series.NOT_UNDERSTOOD)


def test_a_change_of_all_later_meetings_is_told():
    """And one of a single meeting is not said to be more."""
    all_later = "This changes a meeting and all later ones."
    later = event(
        "Policy", "DTSTART;TZID=Europe/London:20270917T140000", "UID:s",
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/London:20270915T103000",
    )  # fmt: skip
    file = calendar(event("Policy", START, "UID:s", "RRULE:FREQ=WEEKLY;COUNT=3"), later)
    found = meetings(file, whole=True)
    assert [(line.verdict, line.sentence) for line in found[1:]] == [
        ("not understood", series.ALL_LATER)
    ] * 2
    assert found[0].verdict == "new"
    assert all_later in found[1].sentence
    assert all_later not in found[0].sentence


def test_no_more_meetings_are_made_than_a_file_may_have(monkeypatch):
    """Every meeting of every series was made before they were counted."""
    made = []
    row = ical._row
    monkeypatch.setattr(ical, "_row", lambda event: made.append(1) or row(event))
    file = calendar(*(event("Policy", START, f"UID:{n}", "RRULE:FREQ=DAILY") for n in range(40)))
    with pytest.raises(BadInput) as refused:
        meetings(file)
    assert str(refused.value) == file_row.TOO_MANY
    assert len(made) < file_row.MOST_ROWS + 60
