"""The municipal calendar in the browser: Cy hands a file in, looks, and takes it in."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import icalendar
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.models import Body, Meeting
from notifications import outbox
from tests import build
from tests.build import Cast
from tests.web.browsing import Browser, prefilled
from tests.web.http.test_every_route import state_of
from webui.page.formats import date_text
from workflows.council import loading

Signed = Callable[[str], Browser]
PAGE = "/meetings/calendar"
HEAD = "body,date,time,kind\n"
GOOD = HEAD + "Council,2027-12-22,14:00,budget\n"


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    """It is June 2027."""
    with clock.set_to(build.SPRING):
        yield


def hand_in(browser: Browser, contents: bytes | str, name: str = "calendar.csv") -> TestResponse:
    """Choose a file and send it."""
    browser.get(PAGE)
    token = prefilled(browser.page, PAGE)["csrf_token"]
    file = contents.encode() if isinstance(contents, str) else contents
    head = (
        f'--line\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        f'--line\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    )
    whole = head.encode() + file + b"\r\n--line--\r\n"
    return browser.client.post(PAGE, data=whole, content_type="multipart/form-data; boundary=line")


def agree_import(browser: Browser, look: TestResponse, **boxes: object) -> TestResponse:
    """Send the form of the look."""
    return browser.post(f"{PAGE}/take-in", prefilled(look.text, f"{PAGE}/take-in") | boxes)


def first_day(db: Database, key: str = "policy_committee") -> date:
    """The first ordinary day to come of a body."""
    return db.read(
        lambda s: s.execute(
            text(
                "SELECT on_date FROM meeting JOIN body ON body.id = body_id WHERE body.key = :key "
                "AND meeting.kind = 'ordinary' AND on_date > :day ORDER BY on_date LIMIT 1"
            ),
            {"key": key, "day": clock.today() + timedelta(days=3)},
        ).scalar_one()
    )


def offered(look: TestResponse, name: str) -> list[str]:
    """The keys of the boxes of a name."""
    return re.findall(rf'name="{name}" type="checkbox" value="([^"]+)"', look.text)


def test_a_clerk_looks_and_then_imports_the_calendar(
    signed: Signed, db: Database, who: Cast
) -> None:
    cy = signed("cy")
    assert f'href="{PAGE}"' in cy.get("/meetings").text
    before = state_of(db)
    assert "Nothing is saved until you agree." in cy.get(PAGE).text
    look = hand_in(cy, GOOD)
    assert look.status_code == 200
    assert "1 meeting would be added" in look.text
    assert "Nothing is saved yet." in look.text
    assert "Every meeting of this file is known." not in look.text
    assert "22 December 2027" in look.text
    assert "Row 2: Council, 2027-12-22, 14:00, budget" in look.text
    assert state_of(db) == before
    reply = agree_import(cy, look)
    assert (reply.status_code, reply.location) == (303, "/meetings")
    assert "The calendar is imported: 1 meeting added." in cy.get("/meetings").text
    assert agree_import(cy, look).status_code == 303
    council = select(Meeting.id).join(Body).where(Meeting.on_date == date(2027, 12, 22))
    assert len(db.read(lambda s: s.scalars(council).all())) == 1
    known = hand_in(cy, GOOD).text
    assert "Nothing. Every meeting of this file is known." in known
    assert "Nothing is saved yet." not in known


def test_a_move_is_shown_whole_and_never_ticked(signed: Signed, db: Database, who: Cast) -> None:
    """Fault C3, C10: the new day and the new hour, the file's own words, and no tick."""
    first = first_day(db)
    new = first + timedelta(days=1)
    cy = signed("cy")
    look = hand_in(cy, f"{HEAD}Policy Committee,{new},18:45,ordinary\n")
    assert "checked" not in look.text
    label = (
        f"Move Policy Committee from {date_text(first)} at 10:30am to {date_text(new)} at 6:45pm "
        f"(row 2: “Policy Committee, {new}, 18:45, ordinary”)"
    )
    assert label in look.text
    before = state_of(db)
    refused = agree_import(cy, look)
    assert refused.status_code == 422
    assert "nothing is ticked" in refused.text
    assert label in refused.text, "what was shown is shown again"
    assert agree_import(cy, look, moves="999-2027-01-01").status_code == 422
    (key,) = offered(look, "moves")
    assert agree_import(cy, look, moves=key, extra=key).status_code == 422
    assert state_of(db) == before
    assert agree_import(cy, look, moves=key).status_code == 303
    assert "1 meeting moved" in cy.get("/meetings").text


def test_what_the_file_calls_cancelled_and_what_has_no_time_is_asked(
    signed: Signed, db: Database, who: Cast
) -> None:
    """Fault C2, C3, C10."""
    first = first_day(db)
    cy = signed("cy")
    look = hand_in(
        cy,
        f"body,date,time\nPolicy Committee - CANCELLED,{first},10:30\n"
        "Policy Committee,2027-12-22,\n",
    )
    assert "checked" not in look.text
    assert f"Cancel Policy Committee on {date_text(first)} at 10:30" in look.text
    assert "Add Policy Committee on 22 December 2027 at 10:30" in look.text
    boxes = {name: offered(look, name)[0] for name in ("cancels", "usual")}
    assert agree_import(cy, look, **boxes).status_code == 303
    assert "1 meeting added, 1 meeting cancelled." in cy.get("/meetings").text


def test_every_line_shows_the_files_own_words(signed: Signed, db: Database, who: Cast) -> None:
    """Fault C1: what is not understood is left out and said, with its title."""
    cy, before = signed("cy"), state_of(db)
    reply = hand_in(
        cy,
        GOOD + "Council,2027-12-22,15:00,\n=Moot,2027-12-21,10:30,\nCouncil,0000-01-01,9am,\n",
    )
    assert reply.status_code == 200
    for sentence in (
        "Row 4: =Moot, 2027-12-21, 10:30",
        "“=Moot” is not the name of a body.",
        "“0000-01-01” is outside the years 1900 to 2200.",
        "Council has this day already: row 2.",
        "3 lines are left out",
    ):
        assert sentence in reply.text
    assert "Nothing would change." not in reply.text
    assert state_of(db) == before
    nothing = hand_in(cy, "body,date,time\nOffices closed,2027-12-21,\n")
    assert "Nothing would change. 1 line is left out." in nothing.text


def test_a_file_of_the_greatest_length_can_be_imported(
    signed: Signed, db: Database, who: Cast
) -> None:
    """The page carries every line along; what is left out does not stand in the way."""
    lines = [
        f"“Officers’ briefing” no. {number} [room],2027-12-21,10:30,\n" for number in range(1_999)
    ]
    cy = signed("cy")
    look = hand_in(cy, GOOD + "".join(lines))
    assert (look.status_code, "1,999 lines are left out" in look.text) == (200, True)
    assert agree_import(cy, look).status_code == 303
    assert hand_in(cy, GOOD + "".join(lines) + lines[0]).status_code == 422


@pytest.mark.parametrize(
    ("contents", "name", "sentence"),
    [
        (b"<html></html>", "calendar.csv", "Choose a CSV, XLSX, ODS or iCalendar (.ics) file."),
        (b"%PDF-1.4", "../../x.xlsx", "Choose a CSV, XLSX, ODS or iCalendar (.ics) file."),
        (b"PK\x03\x04zip", "a.xlsx", "This spreadsheet cannot be read."),
        (b"x" * 2_500_000, "big.csv", "This file is larger than 2 MB."),
        (b"", "empty.csv", "This file is empty."),
        (b"", "", "Choose the file with the meetings."),
    ],
)
def test_what_is_no_calendar_is_refused_in_a_sentence(
    signed: Signed, who: Cast, contents: bytes, name: str, sentence: str
) -> None:
    reply = hand_in(signed("cy"), contents, name)
    assert reply.status_code == 422
    assert sentence in reply.text


def test_26_mb_are_refused_before_they_are_read(signed: Signed, who: Cast) -> None:
    """SR-59: with the file's own sentence, whatever the form says."""
    reply = hand_in(signed("cy"), b"x" * (26 * 1024 * 1024))
    assert reply.status_code == 413
    assert "Sign out" in reply.text, "the page is drawn for who asks"


@pytest.mark.parametrize(
    "kept", ["", "x", "[1]", '[["council","2027-12-22","14:00"]]', "[" * 5000,
             '[["council","2027-99-22","14:00","budget"]]', "{}"],
)  # fmt: skip
def test_what_the_look_did_not_say_is_refused(
    signed: Signed, db: Database, who: Cast, kept: str
) -> None:
    cy = signed("cy")
    look = hand_in(cy, GOOD)
    before = state_of(db)
    assert agree_import(cy, look, lines=kept).status_code in (409, 422)
    assert state_of(db) == before
    line = ["council", "2027-12-27", "14:00", "budget", "planned", "", "row 2", "", "", "", "new"]
    for planted in (line, ["moot", *line[1:]], [*line[:3], "grand", *line[4:]], [*line[:-1], 7]):
        assert agree_import(cy, look, lines=json.dumps([planted])).status_code in (409, 422)
    assert state_of(db) == before


def test_others_cannot_take_a_calendar_in(signed: Signed, who: Cast) -> None:
    for name in ("pat", "mo", "sue", "mem"):
        browser = signed(name)
        assert browser.get(PAGE).status_code == 403
        assert "Import a calendar" not in browser.get("/meetings").text


def test_the_meetings_go_out_as_files_and_come_back_as_known(
    signed: Signed, db: Database, who: Cast
) -> None:
    cy = signed("cy")
    body = db.read(lambda s: s.scalars(select(Body.id).where(Body.key == "council")).one())
    for ending in ("csv", "xlsx", "ics"):
        whole = cy.get(f"{PAGE}/meetings.{ending}")
        assert whole.headers["Content-Disposition"].startswith('attachment; filename="meetings-')
        assert whole.headers["Cache-Control"] == "no-store"
        look = hand_in(cy, whole.data, f"meetings.{ending}")
        assert (look.status_code, "Every meeting of this file is known." in look.text) == (
            200,
            True,
        )
        assert len(cy.get(f"{PAGE}/meetings.{ending}?body={body}").data) < len(whole.data)
    rows = list(csv.reader(io.StringIO(cy.get(f"{PAGE}/meetings.csv").data.decode("utf-8-sig"))))
    assert rows[0] == ["body", "date", "time", "kind"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(cy.get(f"{PAGE}/meetings.xlsx").data))
    assert len(book.get_sheet_by_index(0).to_python()) == len(rows)


def test_a_calendar_program_sees_each_meeting_once_in_london_time(
    signed: Signed, db: Database, who: Cast
) -> None:
    """SR-33, SR-54, fault C2: stable UIDs, a sequence that rises, one time zone; what is cancelled
    says so in its title and its status."""
    file = signed("mo").get(f"{PAGE}/meetings.ics").data
    calendar = icalendar.Calendar.from_ical(file)
    events = calendar.walk("VEVENT")
    assert len({str(each["uid"]) for each in events}) == len(events) > 10
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]
    assert b"DTSTART;TZID=Europe/London:" in file
    first = events[0]
    assert isinstance(first.decoded("dtstart"), datetime)
    meeting = int(str(first["uid"]).partition("-")[2].partition("@")[0])
    cy = signed("cy")
    reply = cy.send(f"/meetings/{meeting}/cancel", reason="Too few members can come.")
    assert reply.status_code == 303
    again = icalendar.Calendar.from_ical(cy.get(f"{PAGE}/meetings.ics").data).walk("VEVENT")[0]
    assert (again["uid"], str(again["status"])) == (first["uid"], "CANCELLED")
    assert str(again["summary"]) == f"CANCELLED: {first['summary']}"
    assert str(first["status"]) == "CONFIRMED"
    assert again["sequence"] > first["sequence"]


def uids(browser: Browser) -> set[str]:
    """The identifiers of the meetings in the calendar that goes out."""
    file = browser.get(f"{PAGE}/meetings.ics").data
    return {str(each["uid"]) for each in icalendar.Calendar.from_ical(file).walk("VEVENT")}


def test_no_other_record_has_the_same_identifiers(signed: Signed, db: Database, who: Cast) -> None:
    """Fault C4 (RFC 7986 s.5.3): stable here, others in another council and in a restored copy."""
    cy = signed("cy")
    first = uids(cy)
    assert uids(cy) == first
    db.run(outbox.hold, "restored from a backup")
    assert not uids(cy) & first
    db.run(outbox.release)
    assert uids(cy) == first
    db.run(lambda s: s.execute(text("DELETE FROM council_setting WHERE key = 'calendar_id'")))
    load = build.HERE / "data" / "smallshire.toml"
    db.run(loading.load, None, load_council(load), build.framework_data())
    assert not uids(cy) & first


def test_a_time_that_a_file_does_not_give_is_said_not_to_be_given(signed: Signed) -> None:
    none = "None given"
    cy = signed("cy")
    assert none in hand_in(cy, HEAD + "Ponds,2027-12-22,,budget\n").text
    assert none not in hand_in(cy, HEAD + "Ponds,2027-12-22,14:00,budget\n").text
