"""The pages of days that others fix: Sue records the settlement, Mo sees it, Cy may not."""

import pytest

from cycle import clock
from tests import build

PAGE = "/meetings/days"


@pytest.fixture
def year(db, who):
    with clock.set_to(build.SPRING):
        build.cycle(db, who)
        yield


def test_sue_records_the_settlement_and_everybody_sees_it(signed, year):
    sue = signed("sue")
    empty = sue.send(f"{PAGE}/event", source="")
    assert empty.status_code == 422
    for words in ("Choose what it is.", "Enter the day.", "Say how this day is known."):
        assert words in empty.text
    day = {"on_day": "5", "on_month": "1", "on_year": "2028"}
    reply = sue.send(f"{PAGE}/event", kind="settlement", source="A letter.", **day)
    assert (reply.status_code, reply.location) == (303, PAGE)
    assert "nothing has moved" in sue.get(PAGE).text
    page = signed("mo").get(PAGE).text
    assert "Provisional settlement" in page
    assert "5 January 2028" in page
    assert f"{PAGE}/event" not in page
    assert f'href="{PAGE}"' in signed("mo").get("/meetings").text


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
    assert "Planning year 2027/28" in foretold
    date = {"on_day": "15", "on_month": "11", "on_year": "2027"}
    reply = sue.send(f"{PAGE}/holiday", called="Coronation day", **date)
    assert reply.status_code == 303
    assert reply.location.startswith(f"{what_if}?kind=holiday&first-day=15")
    assert "The holiday is recorded." in sue.get(reply.location).text
    back = f"{PAGE}/holiday/2027-11-15/take-back"
    assert back in sue.get(PAGE).text
    assert back not in signed("mo").get(PAGE).text
    assert signed("mo").get(back).status_code == 403
    assert "Say why it is taken back." in sue.send(back).text
    assert sue.send(back, reason="It was not proclaimed.").status_code == 303
    assert "Coronation day" not in sue.get(PAGE).text.split("<main")[1].split("Success")[-1]
    for gone in ("holiday/2027-12-27", "holiday/2027-11-15", "closure/x", "closure/2027-13-01"):
        assert sue.get(f"{PAGE}/{gone}/take-back").status_code == 404
