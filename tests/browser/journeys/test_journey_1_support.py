"""Journey 1: Sue of the support service sets the cycle up and keeps an eye on every plan."""

import pytest
from python_calamine import CalamineWorkbook

from tests.browser.conftest import Visits
from tests.browser.visitor import Visitor


@pytest.mark.begins("council")
def test_sue_creates_the_cycle_and_opens_its_first_year(visits: Visits) -> None:
    sue = visits("sue").opens("/").follows("All plans").sees("There is no plan yet.")
    sue.follows("Cycles").sees("There is no cycle yet.").follows("Create a cycle")
    sue.types("Year in which Year 1 starts", "1850").presses("Show the days", 422)
    sue.types("Year in which Year 1 starts", "2027").presses("Show the days")
    sue.sees("How Year 1 runs", "Strategic Plan").presses("Create the cycle")
    sue.sees("2027", "2031", "Planning year").follows("Year 1")
    sue.follows("Open this year").sees("The plans that it makes", "Service Plan 2028/29: Housing")
    sue.presses("Continue").sees("Check before this year is opened", "Who gets which task at once")
    sue.presses("Open this year").sees("Plans of this year", "Not started")
    sue.follows("Close the year again").types("Why", "It was too early.")
    sue.presses("Close the year again").sees("has gone back to “Not started”")
    sue.follows("Open this year").presses("Continue").presses("Change something")
    sue.presses("Continue").presses("Open this year").sees("Plans of this year")
    sue.follows("Timetable of this year").sees(
        "steps in date order", "Issue the timetable", "Vera Chief"
    )
    sue.follows("All plans").sees("Service Plan 2028/29: Parks", "Days in hand", "With whom")


@pytest.mark.begins("housing_written")
def test_sue_filters_all_plans_reminds_and_downloads(visits: Visits) -> None:
    sue = visits("sue").opens("/board")
    sue.unfolds("Filters").chooses("Kind of plan", "Service Plan").presses("Apply filters")
    sue.sees("2 plans", "Service Plan 2028/29: Housing").sees_not("Budget 2028")
    assert "Mo Manager" in sue.row("Service Plan 2028/29: Housing")
    sheet = _sheet(sue, "Download as a spreadsheet")
    assert len(sheet) == 3, "the headings and the two plans that the filters leave"
    sue.marks("Remind about Service Plan 2028/29: Housing").presses("Remind these")
    sue.sees("reminded")


def _sheet(sue: Visitor, link: str) -> list[list[object]]:
    path = sue.downloads(link).path()
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


@pytest.mark.begins("housing_submitted")
def test_sue_reads_all_bids_and_which_services_are_not_reviewed(visits: Visits) -> None:
    sue = visits("sue").opens("/board").follows("Bids, actions and choices")
    sue.sees("Commissioning choice", "Housing")
    assert any("Housing" in map(str, row) for row in _sheet(sue, "Download as a spreadsheet"))
    sue.follows("Services not reviewed").sees("Parks", "1 service not reviewed")
    sue.follows("Golden thread").sees("contributes to an outcome")
