"""The pages of days that others fix: Sue records the settlement, Mo sees it, Cy may not."""

import pytest
from sqlalchemy import text

from cycle import clock
from tests import build

PAGE = "/meetings/days"
STEPS = text("SELECT key, due_on FROM step ORDER BY id")


@pytest.fixture
def year(db, who):
    with clock.set_to(build.SPRING):
        build.cycle(db, who)
        yield


def test_sue_records_the_settlement_and_everybody_sees_it(signed, db, year):
    sue = signed("sue")
    empty = sue.send(f"{PAGE}/event", source="")
    assert empty.status_code == 422
    for words in ("Choose what it is.", "Enter the day.", "Say how this day is known.",
                  "Say whether it is one of these."):  # fmt: skip
        assert words in empty.text
    day = {"on_day": "5", "on_month": "1", "on_year": "2028"}
    moves = "Dates that no longer follow from it are then proposed; nothing moves by itself."
    expected = "Nobody has said yet when an event is, so each counts on the day"
    assert moves in sue.get(f"{PAGE}/event").text
    follow = "Open tasks of reports follow it at once, and those who have them are told."
    assert follow not in sue.page
    assert moves not in sue.get(f"{PAGE}/holiday").text
    assert follow in sue.page
    assert expected in sue.get(PAGE).text
    before = db.read(lambda s: s.execute(STEPS).all())
    reply = sue.send(f"{PAGE}/event", kind="settlement", moves="another", source="A letter.", **day)
    assert (reply.status_code, reply.location) == (303, PAGE)
    assert "nothing has moved" in sue.get(PAGE).text
    assert expected not in sue.page
    assert db.read(lambda s: s.execute(STEPS).all()) == before
    page = signed("mo").get(PAGE).text
    assert "Provisional settlement" in page
    assert "5 January 2028" in page
    assert f"{PAGE}/event" not in page
    assert f'href="{PAGE}"' in signed("mo").get("/meetings").text


def test_two_polls_stand_side_by_side_and_one_is_taken_back(signed, db, year):
    """Fault D3: nothing is guessed from nearness; each poll says its own day of notice (D1)."""
    sue = signed("sue")
    for kind, called, day, month in (
        ("election", "Council elections", "4", "5"),
        ("by_election", "By-election in Ford ward", "13", "4"),
    ):
        box = {"on_day": day, "on_month": month, "on_year": "2028"}
        reply = sue.send(
            f"{PAGE}/event", kind=kind, moves="another", called=called, source="Notice", **box
        )
        assert reply.status_code == 303
    page = sue.get(PAGE).text
    for words in (
        "Council elections",
        "By-election in Ford ward",
        "Notice of election by",
        "Annual meeting: The law asks for a day from 9 May 2028 to 29 May 2028",
    ):
        assert words in page, words
    assert "Council elections, 4 May 2028" in sue.get(f"{PAGE}/event").text
    back = f"{PAGE}/event/by_election_2028_04_13/take-back"
    assert back in page
    assert back not in signed("mo").get(PAGE).text
    assert "Say why it is taken back." in sue.send(back).text
    assert "Dates that followed from it are proposed anew; nothing moves by itself." in sue.page
    before = db.read(lambda s: s.execute(STEPS).all())
    assert sue.send(back, reason="It was called off.").status_code == 303
    page = sue.get(PAGE).text.split("<main")[1]
    assert "It is taken back." in page
    assert db.read(lambda s: s.execute(STEPS).all()) == before
    assert "By-election in Ford ward" not in page
    assert "Council elections" in page
    assert sue.get(back).status_code == 404


def test_sue_tries_a_late_settlement_and_reads_what_is_left(signed, year):
    """T5: what waits for it, how many working days are left, and what a council can do."""
    sue = signed("sue")
    what_if = f"{PAGE}/what-if/event"
    assert what_if in sue.get(PAGE).text
    assert "Show what follows" in sue.get(what_if).text
    assert sue.get(f"{what_if}?kind=settlement").status_code == 422
    assert "Enter the day to try." in sue.page
    asked = f"{what_if}?kind=settlement&moves=another&on-month=1&on-year=2028"
    page = sue.get(f"{asked}&on-day=7").text
    for words in (
        "No other date moves and nothing breaks.", "Working time left after it",
        "Budget: report for Council", "27 working days", "What can be done",
        "Send the papers late", "Move the meeting", "Call a special meeting of Council",
        "What was looked at", "Budget at Council before 11 March 2028",
    ):  # fmt: skip
        assert words in page, words
    late = sue.get(f"{what_if}?kind=settlement&moves=another&on-day=29&on-month=2&on-year=2028")
    assert "None: " in late.text
    assert " too late" in late.text
    assert "None: " not in page
    assert (
        sue.get(
            f"{what_if}?kind=election&moves=nobody&on-day=7&on-month=1&on-year=2028"
        ).status_code
        == 422
    )
    form = {"kind": "settlement", "moves": "another", "source": "A letter."}
    date = {"on_day": "7", "on_month": "1", "on_year": "2028"}
    assert sue.send(f"{PAGE}/event", **form, **date).status_code == 303
    page = sue.get("/timetable/Y-2027-1/dates-to-move").text
    assert "Provisional settlement: 7 January 2028, expected on 17 December 2027" in page
    assert "27 working days" in page


def test_sue_sees_what_a_holiday_moves_records_it_and_takes_it_back(signed, year):
    sue = signed("sue")
    what_if = f"{PAGE}/what-if"
    assert sue.get(f"{what_if}?kind=holiday").status_code == 422
    assert "Enter the first day." in sue.page
    day = "first-day=15&first-month=11&first-year=2027"
    turned = f"{day}&last-day=14&last-month=11&last-year=2027"
    assert sue.get(f"{what_if}?kind=closure&{turned}").status_code == 422
    assert "Give them in order." in sue.page
    foretold = sue.get(f"{what_if}?kind=holiday&{day}").text
    assert "of meetings" in foretold
    assert "Plans for 2028/29" in foretold
    date = {"on_day": "15", "on_month": "11", "on_year": "2027"}
    reply = sue.send(f"{PAGE}/holiday", called="Coronation day", works="no", **date)
    assert reply.status_code == 303
    assert reply.location.startswith(f"{what_if}?kind=holiday&first-day=15")
    assert "The day is recorded." in sue.get(reply.location).text
    back = f"{PAGE}/holiday/2027-11-15/take-back"
    assert back in sue.get(PAGE).text
    assert back not in signed("mo").get(PAGE).text
    assert signed("mo").get(back).status_code == 403
    assert "Say why it is undone." in sue.send(back).text
    assert sue.send(back, reason="It was not proclaimed.").status_code == 303
    assert "Coronation day" not in sue.get(PAGE).text.split("<main")[1].split("Success")[-1]
    for gone in ("holiday/2027-12-27", "holiday/2027-11-15", "closure/x", "closure/2027-13-01"):
        assert sue.get(f"{PAGE}/{gone}/take-back").status_code == 404


def test_a_day_of_thanksgiving_is_recorded_as_one_on_which_people_work(signed, year):
    """Fault D1: it moves no deadline, so no page of what moves is shown."""
    sue = signed("sue")
    date = {"on_day": "12", "on_month": "4", "on_year": "2028"}
    empty = sue.send(f"{PAGE}/holiday", called="Thanksgiving", **date)
    assert "Say whether people work on it." in empty.text
    reply = sue.send(f"{PAGE}/holiday", called="Thanksgiving", works="yes", **date)
    assert (reply.status_code, reply.location) == (303, PAGE)
    page = sue.get(PAGE).text
    assert "Thanksgiving (people work; an election leaves it out)" in page
    back = f"{PAGE}/thanksgiving/2028-04-12/take-back"
    assert back in page
    assert "An election then counts this day again." in sue.get(back).text
    assert sue.send(back, reason="It was not proclaimed.").status_code == 303
