"""Promise: the events of a calendar are read as its author means them, and nothing in it is run."""

from datetime import date, time

import pytest

from cycle.errors import BadInput
from tests.unit.calendar_files.made import calendar, event, meetings, one
from workflows.calendar import content_lines, ical
from workflows.calendar.time_zones import UNKNOWN

DAY, MORNING = date(2027, 9, 9), time(10, 30)
OWN = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:{winter}
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T010000
TZOFFSETFROM:+0000
TZOFFSETTO:{summer}
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def day_and_time(contents):
    row = one(contents).named.row
    return row.on, row.starts


@pytest.mark.parametrize(
    ("starts", "at"),
    [
        ("DTSTART;TZID=Europe/London:20270909T103000", MORNING),
        ('DTSTART;TZID="Europe/London":20270909T103000', MORNING),
        ("DTSTART;TZID=GMT Standard Time:20270909T103000", MORNING),
        ("DTSTART:20270909T103000", MORNING),
        ("DTSTART:20270909T093000Z", MORNING),
        ("dtstart;tzid=Europe/Paris:20270909T113000", MORNING),
        ("DTSTART;VALUE=DATE:20270909", None),
    ],
)
def test_day_and_time_are_those_of_london(starts, at):
    assert day_and_time(calendar(event("Policy", starts))) == (DAY, at)


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("DTSTART;TZID=Europe/London:20270909T000000", "DTEND;TZID=Europe/London:20270910T000000"),
        ("DTSTART:20270908T230000Z", "DTEND:20270909T230000Z"),
        ("DTSTART:20270909T000000Z", "DTEND:20270910T000000Z"),
        ("DTSTART:20270909T000000", "DURATION:P1D"),
        ("DTSTART;TZID=Europe/London:20270909T000000", "DTEND;TZID=Europe/London:20270909T020000"),
    ],
)
@pytest.mark.parametrize("marked", [True, False])
def test_an_event_from_midnight_has_no_time(starts, ends, marked):
    """Fault C3: midnight stands for "no time", with Outlook's mark and without."""
    more = ["X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"] if marked else []
    line = one(calendar(event("Policy", starts, ends, *more)))
    assert (line.on, line.named.row.starts) == (DAY, None)
    assert (line.verdict, line.guessed, line.starts) == ("new", True, MORNING)


def test_an_event_of_two_days_is_no_meeting():
    line = one(
        calendar(event("Council", "DTSTART;VALUE=DATE:20280223", "DTEND;VALUE=DATE:20280225"))
    )
    assert line.verdict == "not understood"
    assert line.sentence.startswith("This lasts 2 days.")


def test_the_newest_version_of_an_entry_counts():
    """Fault C9 (RFC 5546 s.2.1.5): two versions are one meeting, whatever their order."""
    old = event("Policy", "DTSTART:20270909T103000", "UID:a", "SEQUENCE:0")
    new = event("Policy", "DTSTART:20270916T103000", "UID:a", "SEQUENCE:2")
    for events in ([old, new], [new, old]):
        line = one(calendar(*events))
        assert (line.on, line.verdict) == (date(2027, 9, 16), "new")
        assert line.named.row.remark == "The newest of 2 versions in the file."


def test_a_newer_cancelled_version_ends_the_older_one():
    """Fault C9."""
    old = event("Policy", "DTSTART:20270909T103000", "UID:a", "SEQUENCE:0")
    new = event("Policy", "DTSTART:20270909T103000", "UID:a", "SEQUENCE:1", "STATUS:CANCELLED")
    assert one(calendar(new, old)).verdict == "cancelled"


def test_two_entries_that_cannot_be_told_apart_are_told():
    """Fault C9: neither is dropped in silence."""
    first = event("Policy", "DTSTART:20270909T103000", "UID:a")
    second = event("Policy", "DTSTART:20271007T103000", "UID:a")
    assert [line.sentence for line in meetings(calendar(first, second), whole=True)] == [
        ical.TWICE,
        ical.TWICE,
    ]
    assert one(calendar(first, first)).verdict == "new"


def test_a_moved_entry_moves_the_meeting_of_its_older_version():
    """Fault C10: the same entry says that it moved, however far."""
    old = event("Place", "DTSTART:20270921T140000", "UID:a", "SEQUENCE:0")
    new = event("Place", "DTSTART:20271005T180000", "UID:a", "SEQUENCE:1")
    line = one(calendar(old, new))
    assert (line.verdict, line.was.on) == ("moved", date(2027, 9, 21))
    assert "to 5 October 2027 at 6:00pm" in line.sentence


def test_a_calendar_of_cancellations_adds_nothing():
    """Fault C9: METHOD is read."""
    assert one(calendar(event("Policy"), method="CANCEL")).verdict == "cancelled"
    line = one(calendar(event("Policy"), method="COUNTER"))
    assert (line.verdict, line.sentence) == ("not understood", ical.ANSWERS)


@pytest.mark.parametrize(
    ("name", "winter", "summer", "at"),
    [
        ("GMT", "+0000", "+0100", MORNING),
        ("Europe/London", "+0000", "+0100", MORNING),
        ("Europe/London", "-0500", "-0400", time(15, 30)),
        ("Rathaus", "+0100", "+0200", time(9, 30)),
    ],
)
def test_a_zone_that_the_file_defines_is_read_by_its_definition(name, winter, summer, at):
    """Fault C12 (RFC 5545 s.3.2.19)."""
    zones = OWN.format(name=name, winter=winter, summer=summer)
    file = calendar(event("Policy", f"DTSTART;TZID={name}:20270909T103000"), zones=zones)
    assert day_and_time(file) == (DAY, at)
    file = calendar(event("Policy", f"DTSTART;TZID={name}:20271209T103000"), zones=zones)
    assert day_and_time(file) == (date(2027, 12, 9), at)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text,
        str.lower,
        lambda text: text.replace("VTIMEZONE", "VTIME\n ZONE"),
        lambda text: text.replace("BEGIN:STANDARD", "BEGIN;X-A=b:STANDARD"),
    ],
)
@pytest.mark.parametrize("rule", ["FREQ=MONTHLY", "FREQ=YEARLY;INTERVAL=2", "FREQ=YEARLY;COUNT=3"])
def test_a_zone_is_never_counted_out(spelling, rule):
    """Fault C8: a rule that is not a plain yearly one is not carried out, however it is spelt. The
    zones are harmless ones; nothing here repeats without end."""
    zones = OWN.format(name="Ours", winter="+0000", summer="+0100")
    zones = spelling(zones.replace("FREQ=YEARLY", rule, 2))
    name = "ours" if "tzid:ours" in zones else "Ours"
    line = one(calendar(event("Policy", f"DTSTART;TZID={name}:20270909T103000"), zones=zones))
    assert (line.verdict, line.sentence) == ("not understood", UNKNOWN)


def test_a_zone_that_nobody_knows_is_told():
    line = one(calendar(event("Policy", "DTSTART;TZID=Mars/Phobos:20270909T103000")))
    assert (line.verdict, line.sentence) == ("not understood", UNKNOWN)


def test_alarms_are_no_events():
    """Fault C13: neither their words nor their number."""
    alarms = ["BEGIN:VALARM", "SUMMARY:Cancelled", "TRIGGER:-PT15M", "END:VALARM"] * 40
    file = calendar(
        *[event("Policy", f"DTSTART:2027{m:02d}09T103000", *alarms) for m in (6, 9, 11)]
    )
    assert len(meetings(file)) == 3
    assert len(meetings(calendar(*[event("Moot", "DTSTART:20270909T103000")] * 1_500), whole=True))


def test_old_line_ends_and_folded_lines_are_read():
    """Fault C13."""
    file = calendar(event("Policy\r\n  Committee")).replace(b"\r\n", b"\r")
    assert meetings(file) == [("policy", DAY, MORNING, "ordinary")]


def test_the_files_own_words_are_shown():
    """Fault C1: the look shows the event's own title, place and status."""
    row = one(
        calendar(event("Council offices closed", "DTSTART:20270909", "LOCATION:Town Hall"))
    ).named.row
    assert row.given == "Council offices closed, Town Hall, 2027-09-09"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (event("Policy", "DTSTART:20270230T103000"), "is not a date that can be read"),
        (event("Policy", "DTSTART:00010609T103000"), "is outside the years 1900 to 2200"),
        (["SUMMARY:Policy"], "The date is missing."),
    ],
)
def test_what_is_no_day_is_told(lines, sentence):
    line = one(calendar(lines))
    assert line.verdict == "not understood"
    assert sentence in line.sentence


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR", content_lines.NOT_CALENDAR),
        (b"BEGIN:VCALENDAR\r\n" * 9_000, content_lines.NOT_CALENDAR),
        (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR", content_lines.NOT_CALENDAR),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR", content_lines.NOT_CALENDAR),
        (calendar(*[["SUMMARY:x"]] * 2_001), ical.TOO_MANY),
        (calendar(), "There is no meeting in this file."),
    ],
)
def test_a_calendar_that_is_none_is_refused(contents, sentence):
    with pytest.raises(BadInput) as refused:
        meetings(contents)
    assert str(refused.value) == sentence
