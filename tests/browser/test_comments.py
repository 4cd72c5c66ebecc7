"""Comments are written one by one, answered, dealt with and counted (fault P5)."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.browser.test_nothing_lost import body_of, says

PLAN = f"/plans/{HOUSING}"


@pytest.mark.begins("housing_submitted")
@pytest.mark.parametrize("scripts", [True, False])
def test_ray_comments_and_mo_deals_with_them(visits: Visits, scripts: bool) -> None:
    """Fault P5: saved one by one, sent with the return, answered, marked, and counted before Mo
    passes his plan on."""
    ray = visits("ray", scripts=scripts).opens(f"{PLAN}/comment")
    ray.types("Comment beside “What the service is for”", "How many families?")
    if scripts:
        says(ray, "Draft saved at 12:00pm. Nobody else sees it yet.")
    else:
        ray.presses("Save this comment beside What the service is for").sees("Your draft was saved")
    ray.opens(f"{PLAN}/return_for_changes").types("Why", "Say how many.")
    ray.presses("Return for changes").sees("Returned for changes")

    mo = visits("mo", scripts=scripts).opens(PLAN)
    mo.sees("How many families?", "1 comment is not marked as dealt with")
    mo.opens(f"{PLAN}/submit").sees("1 comment is not marked as dealt with", "Ray Director")
    mo.follows("Ray Director").types("Your answer", "It is in the first sentence now.")
    mo.presses("Answer").sees("Your answer is on the plan.", "Mo Manager answered")
    mo.opens(f"{PLAN}/sections/purpose").types("Text", "Homes for 4,200 families.")
    mo.presses("Mark as dealt with").sees("The comment is marked as dealt with.")
    assert body_of(mo) == "Homes for 4,200 families."
    mo.opens(PLAN).sees_not("not marked as dealt with").sees("Marked as dealt with by Mo Manager")

    ray.opens(PLAN).follows("Answer or open again").presses("Open it again")
    ray.sees("The comment is open again.")
    mo.opens(PLAN).sees("1 comment is not marked as dealt with").presses("Mark as dealt with")
    mo.sees("The comment is marked as dealt with.")
