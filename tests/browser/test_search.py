"""Search by keyboard, from the box that stands on every page."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.browser.town import Town
from workflows.search import indexing

BOX = "Search plans, reports, meetings and decisions"


@pytest.mark.begins("housing_written")
@pytest.mark.parametrize("scripts", [True, False])
def test_mo_finds_his_plan_from_any_page(visits: Visits, town: Town, scripts: bool) -> None:
    """Tab to the box, type, Enter; what was typed wrongly is put right, and said."""
    town.run(indexing.refresh)
    mo = visits("mo", scripts=scripts).opens("/meetings")
    mo.types(BOX, "servise plan huosing")
    mo.presses("Search").sees("This is what has service plan housing", "Sections of plans")
    mo.sees("Comments and histories are not searched.")
    mo.follows("Service Plan 2028/29: Housing").sees(HOUSING)


@pytest.mark.begins("housing_written")
def test_what_is_found_and_what_is_not_on_a_phone(visits: Visits, town: Town) -> None:
    town.run(indexing.refresh)
    pat = visits("pat", phone=True).opens("/search")
    pat.sees("Words are found in any form")
    pat.opens("/search?q=quaffleberries").sees(
        "Search found nothing that is open to you with “quaffleberries”."
    )
    pat.opens("/search?q=the", 422).sees("There is a problem", "small words such as “the”")
    pat.opens("/search?q=parks").sees("Pat Parks")


@pytest.mark.begins("report_published")
def test_reports_decisions_and_meetings_are_grouped(visits: Visits, town: Town) -> None:
    town.run(indexing.refresh)
    cy = visits("cy").opens("/search?q=strategic+plan")
    cy.sees("Plans", "Reports", "People Committee")
    cy.opens("/search?q=people+committee").sees("Meetings").follows("People Committee, ")
