"""Journey 3: Ray, service director, returns and passes on; the groups' secretaries record what was
said; nobody passes on what they have changed themselves."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.journeys.test_journey_2_group_manager import writes_text
from tests.browser.states import HOUSING

PLAN = f"/plans/{HOUSING}"


@pytest.mark.begins("housing_submitted")
def test_ray_returns_it_mo_changes_it_and_ray_passes_it_on(visits: Visits) -> None:
    ray = visits("ray").opens("/").sees("Review the proposals").follows("Go to it")
    ray.follows("Return for changes").presses("Return for changes", 422)
    ray.sees("There is a problem")
    ray.types("Why", "It does not say who benefits.")
    ray.types("Comment beside “What the service is for”", "Say how many families.")
    ray.presses("Return for changes").sees("Returned for changes")

    mo = visits("mo").opens("/").sees("Change the proposals").follows("Go to it")
    shown = mo.text()
    assert shown.index("It does not say who benefits.") < shown.index("Where it is")
    mo.sees("Say how many families.", "Ray Director")
    writes_text(mo, "What the service is for", "Homes for 4,200 families.")
    mo.follows("Submit for review").presses("Submit for review")

    ray.opens(PLAN).follows("Pass on").sees("out of date").presses("Pass on", 422)
    ray.sees("There is a problem")
    ray.types("Why you go on", "The new figures come in October.").presses("Pass on")
    ray.sees("With the Performance and Strategy Group", "Gus Group")

    gus = visits("gus").opens("/").sees("Record what the Performance and Strategy Group said")
    gus.follows("Go to it").follows("Record that the group asked for changes")
    gus.types("Why", "The group wants a cheaper choice.")
    gus.types("Comment beside “How the service could be provided”", "Look at Procure too.")
    gus.presses("Record that the group asked for changes").sees("Returned for changes")
    mo.opens(PLAN).sees("The group wants a cheaper choice.", "Look at Procure too.")
    mo.follows("Submit for review").presses("Submit for review")
    ray.opens(PLAN).follows("Pass on").types("Why you go on", "As before.").presses("Pass on")
    gus.opens(PLAN).follows("Record that the group agreed")
    gus.presses("Record that the group agreed", 422).sees("There is a problem")
    gus.dates("Day of their e-mail, if they agreed without a meeting", 9, 6, 2027)
    note = "A note (needed if they agreed by e-mail: why there was no meeting)"
    gus.types(note, "The group does not meet in August.")
    gus.presses("Record that the group agreed")
    gus.sees("Proposals agreed", "Council has not set the budget yet.")


@pytest.mark.begins("housing_submitted")
def test_ray_is_warned_before_he_edits_and_can_suggest_a_change_instead(visits: Visits) -> None:
    ray = visits("ray").opens(PLAN).follows("Comment or suggest a change")
    ray.unfolds("Suggest words for “What the service is for”")
    ray.types("Words to use instead", "Homes for everyone who needs one.")
    ray.presses("Add your comments")
    ray.sees("Your comments are on the plan.", "Suggested words: Homes for everyone")

    ray.sees_not("Write What the service is for").unfolds("Change the text yourself")
    ray.sees("someone else has to pass this plan on")
    ray.follows("Change “What the service is for”")
    ray.sees("Before you change this yourself", "someone else")
    ray.types("Text", "Homes, homes, homes.").presses("Save", 422)
    assert ray.page.input_value("textarea[name=body]") == "Homes, homes, homes."
    ray.marks("I know that someone else").presses("Save").sees("Saved at")
    ray.opens(PLAN)
    assert "someone else must pass it on" in ray.disabled("Pass on")


@pytest.mark.begins("housing_submitted")
def test_mo_takes_it_back_before_anybody_has_read_it(visits: Visits) -> None:
    mo = visits("mo").opens(PLAN).follows("Take back").presses("Take back")
    mo.sees("Drafting (proposals)", "Submit for review")
    visits("ray").opens("/").sees("No task is waiting for you")
