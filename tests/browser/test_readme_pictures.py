"""The two pictures of the README: All plans, and a plan. ``README_PICTURES=1`` renews them."""

import os
from pathlib import Path

import pytest

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.browser.visitor import Visitor

DOCS = Path(__file__).parents[2] / "docs" / "screenshots"


@pytest.mark.begins("housing_submitted")
def test_all_plans_and_a_plan_make_good_pictures(visits: Visits, tmp_path: Path) -> None:
    folder = DOCS if os.environ.get("README_PICTURES") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    sue = visits("sue").opens("/board").sees("With whom", "Days in hand")
    _picture(sue, folder / "all-plans.png")
    _picture(sue.opens(f"/plans/{HOUSING}").sees("Who has it"), folder / "plan.png")


def _picture(who: Visitor, path: Path) -> None:
    """The first screen, as it is seen at a desk."""
    who.page.screenshot(path=path)
    assert path.stat().st_size > 20_000
