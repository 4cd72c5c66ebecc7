"""The municipal calendar in the browser: Cy hands a file in, looks, and takes it in."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import icalendar
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from cycle import clock
from cycle.db import Database
from cycle.models import Body, Meeting
from tests import build
from tests.build import Cast
from tests.web.browsing import Browser, prefilled
from tests.web.http.test_every_route import state_of

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


def take_in(browser: Browser, look: TestResponse, **boxes: object) -> TestResponse:
    """Send the form of the look."""
    return browser.post(f"{PAGE}/take-in", prefilled(look.text, f"{PAGE}/take-in") | boxes)


def test_a_clerk_looks_and_then_takes_the_calendar_in(
    signed: Signed, db: Database, who: Cast
) -> None:
    cy = signed("cy")
    assert f'href="{PAGE}"' in cy.get("/meetings").text
    before = state_of(db)
    look = hand_in(cy, GOOD)
    assert look.status_code == 200
    assert "1 meeting would be added" in look.text
    assert "22 December 2027" in look.text
    assert state_of(db) == before
    reply = take_in(cy, look)
    assert (reply.status_code, reply.location) == (303, "/meetings")
    assert "The calendar is taken in: 1 meeting added." in cy.get("/meetings").text
    assert take_in(cy, look).status_code == 303
    council = select(Meeting.id).join(Body).where(Meeting.on_date == date(2027, 12, 22))
    assert len(db.read(lambda s: s.scalars(council).all())) == 1
    assert "Every meeting of this file is known." in hand_in(cy, GOOD).text


def test_a_move_is_ticked_and_can_be_left_out(signed: Signed, db: Database, who: Cast) -> None:
    first = db.read(
        lambda s: s.execute(
            text(
                "SELECT on_date FROM meeting JOIN body ON body.id = body_id WHERE body.key = :key "
                "AND meeting.kind = 'ordinary' AND on_date > :day ORDER BY on_date LIMIT 1"
            ),
            {"key": "policy_committee", "day": clock.today() + timedelta(days=3)},
        ).scalar_one()
    )
    new = first + timedelta(days=1)
    cy = signed("cy")
    look = hand_in(cy, f"{HEAD}Policy Committee,{new},10:30,ordinary\n")
    assert "from" in look.text
    assert 'type="checkbox" value="' in look.text
    assert "checked" in look.text
    key = look.text.partition('name="moves" type="checkbox" value="')[2].partition('"')[0]
    wrong = take_in(cy, look, moves="999-2027-01-01")
    assert wrong.status_code == 422
    reply = take_in(cy, look, moves=key)
    assert reply.status_code == 303
    assert "1 meeting moved" in cy.get("/meetings").text


def test_every_wrong_row_is_told_at_once_and_nothing_is_saved(
    signed: Signed, db: Database, who: Cast
) -> None:
    cy, before = signed("cy"), state_of(db)
    reply = hand_in(
        cy,
        GOOD + "Council,2027-12-22,15:00,\n=Moot,2027-12-27,10:30,\nCouncil,0000-01-01,9am,x\n",
    )
    assert reply.status_code == 422
    for sentence in (
        "calendar.csv:row 4, column body: There is no body “=Moot”.",
        "calendar.csv:row 5, column date: “0000-01-01” is outside the years 1900 to 2200.",
        "calendar.csv:row 5, column kind: “x” is not known.",
        "calendar.csv:row 3, column date: This body already has a meeting on this day: "
        "calendar.csv:row 2.",
        "4 things are not right in calendar.csv",
    ):
        assert sentence in reply.text
    assert state_of(db) == before


@pytest.mark.parametrize(
    ("contents", "name", "sentence"),
    [
        (b"<html></html>", "calendar.csv", "Choose a CSV, XLSX or iCalendar (.ics) file."),
        (b"%PDF-1.4", "../../x.xlsx", "Choose a CSV, XLSX or iCalendar (.ics) file."),
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
    assert hand_in(signed("cy"), b"x" * (26 * 1024 * 1024)).status_code == 413


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
    assert take_in(cy, look, said=kept).status_code in (409, 422)
    assert state_of(db) == before
    planted = '[["council","2027-12-27","14:00","budget"]]'
    assert take_in(cy, look, said=planted).status_code == 409


def test_others_cannot_take_a_calendar_in(signed: Signed, who: Cast) -> None:
    for name in ("pat", "mo", "sue", "mem"):
        browser = signed(name)
        assert browser.get(PAGE).status_code == 403
        assert "Take in a calendar" not in browser.get("/meetings").text


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
    """SR-33, SR-54: stable UIDs, a sequence that rises, one time zone, cancelled ones said so."""
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
    assert again["sequence"] > first["sequence"]
