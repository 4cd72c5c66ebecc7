"""Promise: each line of a calendar is judged by what is known; nothing is guessed for anybody."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.calendar_files.made import KNOWN, calendar, event, meetings, one
from workflows.calendar import judging
from workflows.calendar.file_row import FileRow
from workflows.calendar.judging import FAR, KnownMeeting, Surroundings
from workflows.calendar.naming import Named

HEAD = "body,date,time\n"


def verdicts(text):
    return [line.verdict for line in meetings(HEAD + text, whole=True)]


def test_what_is_known_is_recognised_before_it_is_checked():
    """Fault C11: one of these meetings is on a Saturday; the past one is years ago."""
    rows = "".join(f"{each.body},{each.on},{each.at:%H:%M}\n" for each in KNOWN)
    assert verdicts(rows) == ["known"] * len(KNOWN)


def test_a_new_meeting_is_new_and_its_day_is_checked():
    assert verdicts(
        "Policy,2027-11-10,10:30\nPolicy,2027-11-13,10:30\nPolicy,2020-11-10,10:30\n"
    ) == [
        "new",
        "refused",
        "refused",
    ]
    assert "is a Saturday" in one(HEAD + "Policy,2027-11-13,10:30\n").sentence
    assert "bank holiday" in one(HEAD + "Policy,2027-12-27,10:30\n").sentence


def test_a_move_is_proposed_where_the_old_day_is_gone_and_it_is_near():
    """Fault C3, C10: with its old day and time and its new ones."""
    line = one(HEAD + "Place,2027-09-28,18:30\n")
    assert (line.verdict, line.was.on) == ("moved", date(2027, 9, 21))
    assert "of 21 September 2027 at 2:00pm, moved to 28 September 2027 at 6:30pm" in line.sentence


@pytest.mark.parametrize(
    "text",
    [
        "Place,2027-09-28,14:00\nPlace,2027-09-21,14:00\n",  # the old day is there
        "Place,2027-09-29,14:00\n",  # further away than a week
        "Policy,2027-09-22,14:00\n",  # another body
    ],
)
def test_any_other_new_day_takes_nobodys_place(text):
    """Fault C10."""
    assert verdicts(text)[0] == "new"


def test_a_meeting_of_another_kind_takes_nobodys_place():
    """Fault C10."""
    lines = meetings("body,date,time,kind\nPlace,2027-09-28,14:00,extraordinary\n", whole=True)
    assert lines[0].verdict == "new"


def test_a_new_time_on_a_known_day_is_shown():
    """Fault C3."""
    line = one(HEAD + "Place,2027-09-21,18:30\n")
    assert (line.verdict, line.sentence) == ("moved", "Known at 2:00pm. The file says 6:30pm.")


def test_a_known_meeting_that_the_file_calls_cancelled_is_shown_as_such():
    """Fault C10: not as "Nothing"."""
    line = one("body,date,time,status\nPlace,2027-09-21,14:00,Cancelled\n")
    assert (line.verdict, line.was.on) == ("cancelled", date(2027, 9, 21))
    line = one("body,date,time,status\nPlace,2027-09-22,14:00,Cancelled\n")
    assert (line.verdict, line.was) == ("cancelled", None)


def test_a_provisional_meeting_is_not_added_and_a_known_one_stays_known():
    """Fault C9."""
    head = "body,date,time,status\n"
    assert one(head + "Policy,2027-11-10,10:30,Provisional\n").verdict == "refused"
    assert one(head + "Place,2027-09-21,14:00,Provisional\n").verdict == "known"


def test_two_meetings_of_a_body_on_one_day_leave_the_others_alone():
    """Fault C13: one line is told, not the whole file."""
    text = "Policy,2027-11-10,10:30\nPolicy,2027-11-10,18:00\nPlace,2027-12-14,14:00\n"
    assert verdicts(text) == ["new", "refused", "new"]
    assert verdicts("Place,2027-09-21,18:00\nPlace,2027-09-21,14:00\n") == ["refused", "known"]


def test_a_line_that_is_refused_takes_no_day():
    head = "body,date,time,status\n"
    text = "Policy,2027-11-10,10:30,Provisional\nPolicy,2027-11-10,10:30,\n"
    assert [line.verdict for line in meetings(head + text, whole=True)] == ["refused", "new"]


def test_what_is_cancelled_or_moved_here_stays_so():
    here = [
        KnownMeeting(1, "policy", date(2027, 11, 10), time(10), "ordinary", "cancelled"),
        KnownMeeting(2, "policy", date(2027, 12, 15), time(10), "ordinary", "planned",
                     date(2027, 12, 8)),
    ]  # fmt: skip
    by = Surroundings(here, {"policy": "Policy"}, {}, date(2027, 1, 1), lambda _body, _on: None)

    def line(on, status="planned"):
        row = FileRow("row 2", "", "", on=on, starts=time(10))
        return judging.judge([Named(row, "policy", "ordinary", status)], by)[0]

    assert line(date(2027, 11, 10)).sentence == "Cancelled here; it stays so."
    assert line(date(2027, 11, 10), "cancelled").verdict == "known"
    assert line(date(2027, 12, 8)).sentence == "Moved here to 15 December 2027; it stays so."
    assert line(date(2027, 12, 8), "cancelled").verdict == "known"


def test_an_entry_of_ours_is_moved_however_far_it_went():
    """Fault C10: by its identifier."""
    here = [KnownMeeting(1, "policy", date(2027, 11, 10), time(10), "ordinary", uid="ours")]
    by = Surroundings(here, {"policy": "Policy"}, {}, date(2027, 1, 1), lambda _body, _on: None)
    row = FileRow("event 1", "", "", on=date(2028, 1, 12), starts=time(10), uid="ours")
    (line,) = judging.judge([Named(row, "policy", "ordinary", "planned")], by)
    assert (line.verdict, line.was) == ("moved", here[0])
    assert judging.missing([line], by) == []


def test_a_meeting_without_a_time_is_offered_at_the_usual_one():
    """Fault C3: it is asked, not done."""
    line = one(calendar(event("Policy", "DTSTART;VALUE=DATE:20270909")))
    assert (line.verdict, line.guessed, line.starts) == ("new", True, time(10, 30))


@given(
    days=st.lists(
        st.dates(date(2027, 5, 3), date(2028, 4, 28)), min_size=1, max_size=12, unique=True
    ),
    drop=st.integers(0, 11),
    shift=st.integers(-30, 30),
)
@settings(max_examples=200)
def test_a_file_never_takes_more_than_it_says(days, drop, shift):
    """Fault C10: of a file with every known day none is anything but known; where one day changed,
    at most that one meeting moves, by a week at most."""
    known = [KnownMeeting(n, "policy", on, time(10), "ordinary", "planned", on)
             for n, on in enumerate(days)]  # fmt: skip
    by = Surroundings(known, {"policy": "Policy"}, {}, date(2027, 1, 1), lambda _body, _on: None)

    def rows(given_days):
        return [
            Named(FileRow("row", "", "", on=on, starts=time(10)), "policy", "ordinary", "planned")
            for on in given_days
        ]

    assert {line.verdict for line in judging.judge(rows(days), by)} == {"known"}
    changed = days[drop % len(days)]
    new = changed + timedelta(days=shift)
    others = [on for on in days if on != changed]
    moved = [line for line in judging.judge(rows([*others, new]), by) if line.verdict == "moved"]
    if new in days:
        assert moved == []
    else:
        assert [line.was.on for line in moved] in ([], [changed])
        covered = _year(changed) in {_year(on) for on in (*others, new)}
        assert bool(moved) == (abs(shift) <= FAR and covered)


def _year(day):
    return day.year if day.month >= 5 else day.year - 1
