"""Promise: any export of ours comes back as known, whatever bodies are called (fault C11)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time

from hypothesis import given, settings, strategies as st

from config.council import MEETING_KINDS
from cycle.errors import BadInput
from cycle.schedule import meeting_files
from notifications import feeds
from notifications.feeds import Stamp
from workflows.calendar import (
    import_preview,
    judging,
    naming,
    published_meetings,
    reading_file,
)
from workflows.calendar.judging import KnownMeeting, Surroundings
from workflows.calendar.naming import named
from workflows.files import tables

STAMP = Stamp("ours", 7)
ODD = [
    "Council", "Cancelled", "Cancelled Contracts Panel", "Budget", "Annual Review Panel", "Meeting",
    "Provisional Committee", "Reserve Forces Board", "=SUM(A1)", "-1 Club", "@Home", "+Plus",
    "Finance, Resources; and Law", "Children & Families", "The Board", "Board", "policy", "a\\b",
    "Committee (North)", "Council\u00a0Tax", "Cyngor Sir G\u00e2r", "'Quoted'", "10:30",
    "2027-09-09",
]  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=30)
    .map(str.strip)
    .filter(lambda name: any(letter.isalnum() for letter in name))
    # No body is called by the word for what becomes of its meetings.
    .filter(lambda name: not any(each.search(name.casefold()) for each in naming._ANY.values())),
)


@dataclass(frozen=True)
class Row:
    """A meeting as the database gives it."""

    id: int
    key: str
    name: str
    on_date: date
    at_time: time
    kind: str
    status: str
    version: int = 1


@st.composite
def calendars(draw: st.DrawFn) -> list[Row]:
    """Meetings of a few bodies, one a day for each; two bodies may share a name."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4))
    days = st.lists(
        st.dates(date(2027, 1, 1), date(2029, 12, 31)), min_size=1, max_size=4, unique=True
    )
    return [
        Row(
            number * 100 + place,
            f"body_{number}",
            name,
            on,
            time(draw(st.integers(0, 23)), draw(st.integers(0, 59))),
            draw(st.sampled_from(MEETING_KINDS)),
            draw(st.sampled_from(["planned", "planned", "cancelled"])),
        )
        for number, name in enumerate(names)
        for place, on in enumerate(draw(days))
    ]


def judged(rows: list[Row], contents: bytes) -> list[str]:
    """The verdicts on a file, where these meetings are known and no other day is allowed."""
    bodies = {row.key: row.name for row in rows}
    by = Surroundings(
        [
            KnownMeeting(
                row.id, row.key, row.on_date, row.at_time, row.kind, row.status, row.on_date,
                STAMP.uid("meeting", row.id),
            )
            for row in rows
        ],
        bodies,
        {},
        date(2026, 11, 28),
        lambda _body, _on: "This day is not allowed.",
    )  # fmt: skip
    handed = import_preview.handed_in("ours", reading_file.read(contents, "2026-11-28"))
    found = [named(row, spellings(rows), bodies) for row in handed.rows]
    return [line.verdict for line in judging.judge(found, by)]


def spellings(rows: list[Row]) -> dict[str, str]:
    """Every way to write these bodies."""
    bodies = {row.key: row.name for row in rows}
    return meeting_files.spellings(
        (key, meeting_files.names("committee", name, name)) for key, name in bodies.items()
    )


@given(calendars())
@settings(max_examples=60, deadline=None)
def test_any_export_of_ours_comes_back_as_known(rows: list[Row]) -> None:
    """Fault C11, C2: as CSV, as XLSX, and with its cancelled meetings as iCalendar."""
    entries = [published_meetings.as_entry(row, STAMP) for row in rows]
    assert judged(rows, feeds.calendar_file("Meetings", entries)) == ["known"] * len(rows)
    planned = [row for row in rows if row.status == "planned"]
    cells = [published_meetings.as_row(row, spellings(rows)) for row in planned]
    columns = published_meetings.COLUMNS
    for contents in (tables.csv_file(columns, cells), tables.xlsx("Meetings", columns, cells)):
        if planned:
            assert judged(rows, contents) == ["known"] * len(planned)


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:STANDARD",
             "END:STANDARD", "SUMMARY:Council", "DTSTART:20270909T103000", "DTSTART:2027",
             "DTSTART;TZID=X:20270909T103000", "TZID:X", "TZOFFSETTO:+0100", "TZOFFSETFROM:x",
             "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=13", "RRULE:FREQ=WEEKLY;COUNT=2", "DTEND:x",
             "EXDATE:20270909T103000", "RDATE:20270909,x", "RECURRENCE-ID:20270909T103000",
             "UID:a", "SEQUENCE:99999999999999999999", "DURATION:P9999W", "STATUS:", ":", ";",
             "DTSTART:99991231T235959Z", "DTSTART:00010101T000000Z", " folded"]
        ),
        st.text(max_size=40),
    ),
    max_size=25,
)  # fmt: skip


@given(LINES, st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_whatever_is_handed_in_is_read_or_refused_in_a_sentence(
    lines: list[str], contents: bytes
) -> None:
    """Fault C8: nothing else comes out of a reader."""
    whole = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]
    for each in (
        "\r\n".join(whole).encode(errors="replace"),
        b"body,date,time\n" + contents,
        "\n".join(["body,date,time", *lines]).encode(errors="replace"),
        contents,
    ):
        with suppress(BadInput):
            assert reading_file.read(each, "2026-11-28")["rows"]
