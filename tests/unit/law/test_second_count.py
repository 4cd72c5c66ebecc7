"""Notices of election beside the count of somebody else's package (fault D1)."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from config.law import NATIONS
from cycle.calendar import Calendar
from cycle.schedule import elections

GIVEN = tomllib.loads(
    (Path(__file__).parents[2] / "data" / "notice_of_election.toml").read_text("utf-8")
)
# In Northern Ireland the package leaves out Christmas Eve; the source of our table does not.
CHRISTMAS_EVE = (12, 24)
OPEN = "northern-ireland"


@pytest.mark.parametrize("nation", list(NATIONS))
def test_every_thursday_of_sixteen_years_agrees_with_another_package(nation: str) -> None:
    """Fault D1: 833 polls of each nation; where the two read the law differently is one day."""
    calendar, poll, open_ones = Calendar(nation), GIVEN["first_poll"], 0
    days = [int(each) for each in GIVEN["days"][nation].split()]
    for before in days:
        ours = elections.notice_days(poll, calendar)
        assert ours is not None
        last_on = poll - timedelta(days=before)
        if nation == OPEN and _spans_christmas_eve(last_on, poll):
            assert timedelta(0) <= ours.last_on - last_on <= timedelta(days=3), poll
            open_ones += 1
        else:
            assert ours.last_on == last_on, poll
        poll += timedelta(days=7)
    assert len(days) == 833
    assert (open_ones > 0) == (nation == OPEN)


def _spans_christmas_eve(first: date, poll: date) -> bool:
    eves = (date(year, *CHRISTMAS_EVE) for year in (first.year, poll.year))
    return any(first <= eve < poll for eve in eves)
