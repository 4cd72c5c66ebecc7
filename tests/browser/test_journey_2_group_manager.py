"""Journey 2: Mo, group manager of Housing, writes his service's proposals and submits them."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING


@pytest.mark.begins("housing_drafting")
def test_mo_sees_what_is_missing_and_why_he_cannot_submit(visits: Visits) -> None:
    mo = visits("mo").opens(f"/plans/{HOUSING}")
    mo.sees("Housing", "Write the proposals", "Still to do")
    assert "What the service is for" in mo.disabled("Submit for review")
