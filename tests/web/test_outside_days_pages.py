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
