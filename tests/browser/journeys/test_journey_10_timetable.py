"""Journey 10: Mo in a hurry, and Cy, with the timetable: picture, filters, reasons, files."""

import threading

import pytest
from icalendar import Calendar

from tests.browser.conftest import Visits
from tests.browser.town import Town
from workflows.rehearsal import rehearsals

REGION = "Timetable, Plans for 2028/29 (written in 2027/28), picture"


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
    cy.sees("Cycle 2027 to 2031", "Not open yet", "2031/32 (written in 2030/31)").follows(
        "Print version"
    )
    cy.sees("Steps in date order").opens("/timetable/Y-2027-1/print").sees("Why this date")
    cy.opens("/work-programme").sees("To adopt", "Sue Support").follows("its deadlines")
    cy.sees("Deadlines in order", "Agenda and reports published", "Reports on the agenda")
    cy.unfolds("How it is counted").sees("Counted:", "Not counted:")


@pytest.mark.begins("report_published")
def test_all_of_it_works_without_scripts(visits: Visits) -> None:
    sue = visits("sue", scripts=False).opens("/timetable/cycles/C-2027?left=y")
    sue.sees("Still to do").opens("/timetable/Y-2027-1").unfolds("Filters")
    sue.chooses("Body", "Council").presses("Apply filters").sees("Budget")
    sue.downloads("XLSX")


@pytest.mark.begins("timetable_issued")
def test_sue_rehearses_the_year_and_her_page_follows_by_itself(visits: Visits, town: Town) -> None:
    sue = visits("sue").opens("/timetable/Y-2027-1").follows("Rehearsal")
    sue.presses("Rehearse this timetable").sees("It waits to begin.", "Look again")
    player = threading.Thread(target=rehearsals.play_next, args=(town.db,))
    player.start()
    sue.page.get_by_text("Day ").wait_for()
    player.join()
    sue.page.get_by_text("Rehearse again").wait_for()
    sue.opens("/timetable/Y-2027-1/rehearsal").sees("plans approved", "Most in a week")
    sue.tabs_to("Work of each post, plans for 2028/29 (written in 2027/28), picture", "div")
    mo = visits("mo", phone=True, scripts=False).opens("/timetable/Y-2027-1/rehearsal")
    mo.sees("The work of each post, week by week").sees_not("Rehearse again")


@pytest.mark.begins("timetable_issued")
def test_a_rehearsal_is_waited_for_and_stopped_without_scripts(visits: Visits) -> None:
    sue = visits("sue", scripts=False).opens("/timetable/Y-2027-1/rehearsal")
    sue.presses("Rehearse this timetable").follows("Look again").sees("It waits to begin.")
    sue.presses("Stop the rehearsal").sees("The rehearsal is stopped.")
