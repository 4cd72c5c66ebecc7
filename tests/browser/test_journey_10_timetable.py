"""Journey 10: Mo in a hurry, and Cy, with the timetable: picture, filters, reasons, files."""

import pytest
from icalendar import Calendar

from tests.browser.conftest import Visits

REGION = "Timetable, Planning year 2027/28, picture"


@pytest.mark.begins("report_published")
def test_mo_finds_his_own_dates_and_why_they_are_then(visits: Visits) -> None:
    mo = visits("mo").opens("/timetable/Y-2027-1").sees("No day to spare", "The meetings in the")
    mo.tabs_to(REGION, "div")
    assert mo.page.evaluate("() => document.activeElement.scrollWidth") > 600
    mo.unfolds("Filters").chooses("Who does it", "Mo Manager (me)").presses("Apply filters")
    mo.sees("Mo Manager (me)", "Service Plan 2028/29: Housing").sees_not("Pat Parks")
    mo.follows("Service plan: proposals submitted")
    mo.sees("Why this date", "Last day that harms nothing", "What waits for it")
    mo.opens("/timetable/Y-2027-1?plan_type=service_plan")
    file = mo.downloads("iCalendar").path().read_bytes()
    assert len(Calendar.from_ical(file).walk("VEVENT")) > 5


@pytest.mark.begins("report_published")
def test_the_cycle_its_print_and_the_sheets_can_be_read_on_a_phone(visits: Visits) -> None:
    cy = visits("cy", phone=True).opens("/timetable/cycles/C-2027")
    cy.sees("Cycle 2027 to 2031", "Not open yet", "Planning year 2030/31").follows("Print version")
    cy.sees("Steps in date order").opens("/timetable/Y-2027-1/print").sees("Why this date")
    cy.opens("/work-programme").sees("To adopt", "Hana Strategy").follows("its deadlines")
    cy.sees("Deadlines in order", "Agenda and reports published", "Reports on the agenda")
    cy.unfolds("How it is counted").sees("Counted:", "Not counted:")


@pytest.mark.begins("report_published")
def test_all_of_it_works_without_scripts(visits: Visits) -> None:
    sue = visits("sue", scripts=False).opens("/timetable/cycles/C-2027?left=y")
    sue.sees("Still to do").opens("/timetable/Y-2027-1").unfolds("Filters")
    sue.chooses("Body", "Council").presses("Apply filters").sees("Budget")
    sue.downloads("XLSX")
