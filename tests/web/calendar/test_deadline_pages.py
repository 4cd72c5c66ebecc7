"""The deadline sheet of a meeting in the browser, in a table and in a calendar."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, time

import icalendar
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import Body, CouncilSetting, Meeting
from tests import build
from tests.build import Cast
from tests.web.browsing import Browser
from workflows.meetings import meetings

Signed = Callable[[str], Browser]


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    """It is June 2027."""
    with clock.set_to(build.SPRING):
        yield


def meeting_on(db: Database, who: Cast, on: date, key: str = "policy_committee") -> int:
    """A meeting of a body on a day."""

    def work(session: Session) -> int:
        body = session.scalars(select(Body.id).where(Body.key == key)).one()
        known = select(Meeting.id).where(Meeting.body_id == body, Meeting.on_date == on)
        there = session.scalar(known)
        cy = build.actor(session, who.cy)
        return there or meetings.add_meeting(session, cy, body, on, time(10, 30)).meeting.id

    return db.run(work)


def test_every_deadline_says_its_day_its_time_and_how_it_is_counted(
    signed: Signed, db: Database, who: Cast
) -> None:
    meeting = meeting_on(db, who, date(2028, 1, 19))
    mo = signed("mo")
    assert f'href="/meetings/{meeting}/deadlines"' in mo.get(f"/meetings/{meeting}").text
    page = mo.get(f"/meetings/{meeting}/deadlines").text
    for words in (
        "Agenda and reports published", "Tue 11 January 2028", "Report deadline",
        "Local Government Act 1972 s.100B", "Counted:", "Not counted:", "10:00am",
        "Christmas and New Year closure", "Nothing is on the agenda, exempt reports aside.",
    ):  # fmt: skip
        assert words in page, words
    assert "Sat 15 January" in page
    table = list(
        csv.reader(
            io.StringIO(mo.get(f"/meetings/{meeting}/deadlines.csv").data.decode("utf-8-sig"))
        )
    )
    by_title = {row[2]: row for row in table[1:]}
    assert by_title["Agenda and reports published"][0] == "2028-01-11"
    assert by_title["Report deadline"][1] == "10:00"
    assert "(Saturday)" in by_title["Report deadline"][6]


def test_a_councils_own_rule_for_a_body_comes_first(
    signed: Signed, db: Database, who: Cast
) -> None:
    meeting = meeting_on(db, who, date(2027, 11, 10))
    own = {"agenda": {"days": 8, "unit": "clear", "at": "16:00"}}

    def work(session: Session) -> None:
        row = session.get_one(CouncilSetting, "papers")
        body = row.value["policy_committee"]
        row.value = {**row.value, "policy_committee": {**body, **own}}

    db.run(work)
    page = signed("cy").get(f"/meetings/{meeting}/deadlines").text
    assert "Thu 28 October 2027" in page
    assert "4:00pm" in page


def test_a_moved_meeting_takes_its_deadlines_along_in_a_calendar(
    signed: Signed, db: Database, who: Cast
) -> None:
    """SR-33: the same entries with a higher sequence; cancelled ones say so."""
    meeting = meeting_on(db, who, date(2027, 11, 10))
    cy, path = signed("cy"), f"/meetings/{meeting}/deadlines.ics"

    def entries() -> dict[str, icalendar.Event]:
        found = icalendar.Calendar.from_ical(cy.get(path).data).walk("VEVENT")
        return {str(each["uid"]).partition("@")[0]: each for each in found}

    before = entries()
    due = before[f"deadline-{meeting}-final_report"]
    assert str(due["summary"]).startswith("10:00am Report deadline: Policy Committee")
    assert due.decoded("dtstart") == date(2027, 11, 1)
    boxes = {"on_day": "17", "on_month": "11", "on_year": "2027", "reason": "The hall."}
    assert cy.send(f"/meetings/{meeting}/move", **boxes).status_code == 303
    after = entries()
    assert before.keys() == after.keys()
    key = f"deadline-{meeting}-final_report"
    assert after[key].decoded("dtstart") == date(2027, 11, 8)
    assert after[key]["sequence"] > due["sequence"]
    assert "the days below follow the new date" in cy.get(path.removesuffix(".ics")).text
    cy.send(f"/meetings/{meeting}/cancel", reason="No business.")
    gone = entries().values()
    assert {str(each["status"]) for each in gone} == {"CANCELLED"}
    assert all(str(each["summary"]).startswith("CANCELLED: ") for each in gone)


def test_a_deadline_that_a_holiday_moves_has_a_higher_sequence(
    signed: Signed, db: Database, who: Cast
) -> None:
    """Fault C9 (RFC 5546 s.2.1.4): its day changes though nobody touches the meeting."""
    meeting = meeting_on(db, who, date(2027, 11, 10))
    mo, path = signed("mo"), f"/meetings/{meeting}/deadlines.ics"

    def deadline() -> icalendar.Event:
        found = icalendar.Calendar.from_ical(mo.get(path).data).walk("VEVENT")
        return next(each for each in found if str(each["uid"]).startswith("deadline-"
                    f"{meeting}-final_report@"))  # fmt: skip

    before = deadline()
    assert deadline()["sequence"] == before["sequence"]
    signed("sue").send(
        "/meetings/days/holiday",
        on_day="3", on_month="11", on_year="2027", called="A new holiday", works="no",
    )  # fmt: skip
    after = deadline()
    assert after["uid"] == before["uid"]
    assert after.decoded("dtstart") < before.decoded("dtstart")
    assert after["sequence"] > before["sequence"]


def test_a_meeting_that_is_not_there_is_not_found(signed: Signed, who: Cast) -> None:
    for ending in ("", ".csv", ".ics"):
        assert signed("mo").get(f"/meetings/999999/deadlines{ending}").status_code == 404
