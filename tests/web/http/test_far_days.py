"""Faults X6 and X9: days at the ends of the calendar, wherever a day can be said, are a sentence.

The year 1 and the year 9999 overflow what is counted from them; the year 2100 does not, but no
council plans its meetings for then.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from config.governance import TITLES
from cycle import clock, horizon
from cycle.db import Database
from tests import build
from tests.web.calendar.test_calendar_pages import HEAD, PAGE, Signed, hand_in
from tests.web.http.test_bad_values import boxes
from webui.page.formats import date_text, pack_key
from workflows.cycles import cycles
from workflows.files import tables

TOO_LATE = ["2100-06-01"]
FAR = ["0001-01-01", "0001-01-02", "0099-12-31", "1899-12-31", "2201-01-01", "9999-12-31"]
EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "DTSTAMP:20270101T000000Z\r\n{when}\r\nSUMMARY:Council\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
WHENS = (
    "DTSTART:{day}T000000\r\nDTEND:{day}T235959",
    "DTSTART:{day}T000000Z\r\nDTEND:{day}T235959Z",
    "DTSTART;TZID=Pacific/Kiritimati:{day}T000000",
    "DTSTART;TZID=America/New_York:{day}T235959\r\nDURATION:P999999D",
    "DTSTART;VALUE=DATE:{day}",
    "DTSTART;TZID=Europe/London:{day}T235959\r\nDURATION:PT1H",
)


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    """It is June 2027."""
    with clock.set_to(build.SPRING):
        yield


def files() -> Iterator[tuple[str, bytes]]:
    """Calendar files that name a far day, each in its way."""
    for day in FAR:
        yield f"{day}.csv", f"{HEAD}Council,{day},14:00,ordinary\n".encode()
        words = f"{int(day[8:])} January {day[:4]}"
        yield f"words-{day}.csv", f"{HEAD}Council,{words},14:00,ordinary\n".encode()
        for number, when in enumerate(WHENS):
            calendar = EVENT.format(when=when.format(day=day.replace("-", "")))
            yield f"{day}-{number}.ics", calendar.encode()
    for number in ("-1", "0", "1", "2958465", "2958466", "1e300", "99999999999"):
        yield f"{number}.csv", f"{HEAD}Council,{number},14:00,ordinary\n".encode()
    columns = (("body", 20), ("date", 20), ("time", 10), ("kind", 10))
    for day in (date(1900, 1, 1), date(9999, 12, 31), 0, 1, -1, 2958466, 1e300):
        row = ("Council", day, "14:00", "ordinary")
        yield f"{day}.xlsx", tables.xlsx("Meetings", columns, [row])


def test_a_file_with_a_far_day_is_read_to_a_sentence(signed: Signed, who: build.Cast) -> None:
    """Fault X6: in CSV, XLSX and iCalendar files; nothing of it could be imported."""
    cy, wrong = signed("cy"), []
    for name, contents in files():
        reply = hand_in(cy, contents, name)
        if reply.status_code >= 500 or "would be added" in reply.text:
            wrong.append(f"{name}: {reply.status_code}")
    assert not wrong, "\n".join(wrong)


def test_what_was_looked_at_cannot_come_back_with_a_far_day(
    signed: Signed, who: build.Cast
) -> None:
    """Fault X6: the rows of the look are read again; the year 1 is none of them."""
    cy, wrong = signed("cy"), []
    look = hand_in(cy, f"{HEAD}Council,2027-12-22,14:00,budget\n")
    form = boxes(look.text, f"{PAGE}/take-in")
    for day in FAR:
        lines = form["lines"].replace("2027-12-22", day)
        assert lines != form["lines"]
        reply = cy.post(f"{PAGE}/take-in", form | {"lines": lines})
        if not 400 <= reply.status_code < 500:
            wrong.append(f"{day}: {reply.status_code}")
    assert not wrong, "\n".join(wrong)


def test_an_address_with_a_far_day_is_not_found(signed: Signed, who: build.Cast) -> None:
    """Fault X6: a holiday of the year 1 was a failure of ours."""
    sue, wrong = signed("sue"), []
    for day in FAR:
        for kind in ("holiday", "closure"):
            reply = sue.get(f"/meetings/days/{kind}/{day}/take-back")
            if reply.status_code != 404:
                wrong.append(f"{kind} {day}: {reply.status_code}")
    assert not wrong, "\n".join(wrong)


def parts(name: str, day: str) -> str:
    """A day as the three boxes of a form."""
    year, month, number = day.split("-")
    return f"{name}-day={number}&{name}-month={month}&{name}-year={year}"


def boxed(name: str, day: str) -> dict[str, str]:
    """The same as the boxes of a form that is posted."""
    return dict(each.split("=") for each in parts(name, day).split("&"))


DAYS_ASKED: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "/meetings/new": ("cy", ("on",), {"at": "10:00"}),
    "/meetings/days/holiday": ("sue", ("on",), {"called": "A holiday"}),
    "/meetings/days/closure": ("sue", ("first", "last"), {"why": "Closed"}),
    "/meetings/days/event": ("sue", ("on",), {"source": "A letter"}),
    "/governance/change": (
        "adam",
        ("from_on",),
        {"model": list(TITLES)[-1], "reason": "So resolved."},
    ),
    "/meetings/rules/final_report": (
        "monty",
        ("first",),
        {"count": "4", "unit": "working", "source": "Council", "reason": "So resolved."},
    ),
}


def test_no_form_takes_a_day_at_the_end_of_the_calendar(signed: Signed, who: build.Cast) -> None:
    """Fault X6: each form that asks for a day says from when to when days can be given."""
    wrong = []
    for day in [*FAR, "0000-01-01", "10000-01-01", *TOO_LATE]:
        for at, (name, fields, rest) in DAYS_ASKED.items():
            browser = signed(name)
            browser.get(at)
            form: dict[str, Any] = boxes(browser.page, at) | rest
            for field in fields:
                form |= boxed(field, day)
            reply = browser.post(at, form)
            if reply.status_code != 422:
                wrong.append(f"{at} {day}: {reply.status_code}")
            if (
                day.startswith("2100")
                and "Days can be fixed until 31 December 20" not in reply.text
            ):
                wrong.append(f"{at} {day}: does not say until when")
    assert not wrong, "\n".join(wrong)


def test_a_meeting_cannot_move_to_a_year_that_nobody_plans_for(
    signed: Signed, db: Database, who: build.Cast
) -> None:
    """Fault X9: neither by its form nor by a file; the last day that can be fixed still can."""
    build.cycle(db, who)
    cy = signed("cy")
    with clock.set_to(build.SPRING):
        meeting = db.read(lambda s: s.scalar(text("SELECT max(id) FROM meeting")))
        last = db.read(horizon.last_day)
        at = f"/meetings/{meeting}/move"
        cy.get(at)
        form = boxes(cy.page, at) | {"reason": "The hall is let."}
        beyond = cy.post(at, form | boxed("on", str(last + timedelta(days=1))))
        assert beyond.status_code == 422
        assert f"Days can be fixed until {date_text(last)}." in beyond.text
        file = hand_in(cy, f"{HEAD}Council,{last + timedelta(days=3)},14:00,ordinary\n")
        assert file.status_code == 200
        assert f"Days can be fixed until {date_text(last)}." in file.text
        assert "lines" not in boxes(file.text, f"{PAGE}/take-in")
        assert cy.post(at, form | boxed("on", str(last))).status_code == 303


def test_the_horizon_follows_the_councils_cycles(db: Database, who: build.Cast) -> None:
    """Fault X9: six years ahead, or to the end of what the last planning year plans for."""
    with clock.set_to(build.SPRING):
        assert db.read(horizon.last_day) == date(2033, 12, 31)
        make = cycles.create_cycle
        for start in (2027, 2031):
            db.run(lambda s, at: make(s, build.actor(s, who.sue), build.FRAMEWORK, at), start)
        assert db.read(horizon.last_day) == date(2037, 12, 31)


CURSORS: list[list[Any]] = [
    ["0001-01-01", 1],
    ["0001-01-01T00:00:00+14:00", 1],
    ["9999-12-31T23:59:59-14:00", 1],
    ["9999-12-31", 2**31],
    ["0001-01-01"],
    ["9999-12-31"],
    [1, 1],
    [1],
    ["x", "y"],
    ["2027-01-01", "y"],
    ["2027-01-01", 1, 1],
    [2**63, 2**63],
    [-1],
    [None],
    [1.5, 1.5],
    [],
]
LISTS = {
    "sue": ("/tasks", "/tasks/done", "/tasks/waiting", "/tasks/chase", "/entries"),
    "aud": ("/audit/plans/COUNCIL", "/tasks/done"),
}


def test_no_page_of_a_list_lies_at_the_end_of_the_calendar(signed: Signed, who: build.Cast) -> None:
    """Fault X6: a link to the next page that names the year 1, or nothing that is in the list."""
    wrong = []
    for name, addresses in LISTS.items():
        browser = signed(name)
        for at in addresses:
            assert browser.get(at).status_code == 200, at
            for cursor in CURSORS:
                reply = browser.get(f"{at}?after={pack_key(tuple(cursor))}")
                if reply.status_code >= 500:
                    wrong.append(f"{at} {cursor}: {reply.status_code}")
    assert not wrong, "\n".join(wrong)
