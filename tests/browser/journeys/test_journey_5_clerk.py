"""Journey 5: Cy, committee clerk, keeps the meetings, the agendas and what was resolved."""

from datetime import timedelta

import pytest

from tests.browser.conftest import Visits
from tests.browser.journeys.test_journey_4_commenters import report
from tests.browser.states import REPORT
from tests.browser.town import Town
from tests.flows import committees


@pytest.mark.begins("before_committees")
def test_dora_adds_moves_and_cancels_a_meeting(visits: Visits) -> None:
    dora = visits("dora").opens("/meetings").follows("Add a meeting")
    dora.chooses("Body", "Policy Committee").dates("Day", 31, 9, 2027).types("Time", "half ten")
    dora.presses("Add the meeting", 422).sees("must be a real date")
    dora.dates("Day", 29, 9, 2027).types("Time", "10:30").marks("Extraordinary")
    dora.presses("Add the meeting").sees("29 September 2027", "extraordinary meeting")
    dora.follows("Move the meeting").dates("New day", 30, 9, 2027).types("New time", "14:00")
    dora.types("Why it moved", "The hall was flooded.").presses("Record the move")
    dora.sees("30 September 2027", "Moved from 29 September 2027")
    dora.follows("Cancel the meeting").types("Why", "No business.").presses("Cancel the meeting")
    dora.sees("Cancelled")


@pytest.mark.begins("before_committees")
def test_dora_takes_the_calendar_of_the_year_in(visits: Visits) -> None:
    label, see = "The calendar as a CSV", "See what would change"
    dora = visits("dora").opens("/meetings").follows("Import a calendar")
    dora.presses(see, 422).sees("Choose the file with the meetings.")
    wrong = "body,date,time,kind\nCouncil,2027-12-27,10:30,\nOffices closed,2027-12-22,10:30,\n"
    dora.hands_in(label, "calendar.csv", wrong).presses(see)
    dora.sees("Nothing would change. 2 lines are left out", "27 December 2027 is a bank holiday")
    dora.sees("Row 3: Offices closed, 2027-12-22", "“Offices closed” is not the name of a body.")
    dora.follows("Import a calendar of meetings")
    good = (
        "body,date,time,kind,status\nCouncil,2027-12-22,18:00,budget,\n"
        "Place Committee,2027-09-22,10:45,,\nCouncil recess,2027-12-23,,,\n"
        "Policy Committee,2027-12-15,,extraordinary,\nPlace Committee,2027-10-19,10:30,,Cancelled\n"
    )
    dora.hands_in(label, "calendar.csv", good).presses(see)
    dora.sees("1 meeting would be added, and 3 lines ask you something. 1 line is left out.")
    old, new = "21 September 2027 at 10:30am", "22 September 2027 at 10:45am"
    dora.marks(f"Move Place Committee from {old} to {new}")
    dora.presses("Import this calendar")
    dora.sees("The calendar is imported: 1 meeting added, 1 meeting moved.")
    dora.sees("22 September 2027", "22 December 2027")


@pytest.mark.begins("report_ready")
def test_cy_puts_it_on_an_agenda_publishes_and_records_what_was_agreed(
    visits: Visits, town: Town
) -> None:
    cy = visits("cy").opens("/").follows("Put on the agenda")
    cy.marks("20 September 2027").presses("Put on agenda").sees("The report is on the agenda.")
    meeting = committees.next_meeting(town.db, REPORT, committees.AUTUMN + timedelta(days=14))

    town.it_is(meeting.on_date - timedelta(days=12))
    cy.signs_in().opens(report(town)).presses("Make the report final").sees("The report is final")
    cy.follows("Record that it was published").sees("Plancycle publishes nothing outside itself")
    cy.types("Where it was published", "https://democracy.smallshire.example/strategic-plan")
    cy.presses("Record that it was published").sees("Recorded: the report was published.")
    cy.sees("Published by the council", "https://democracy.smallshire.example/strategic-plan")

    town.it_is(meeting.on_date, 12)
    cy.signs_in().opens(f"/meetings/{meeting.id}").follows("Record the resolution")
    cy.presses("Agreed without a vote").sees("Check before you record the resolution")
    cy.sees("Once it is recorded it stays on the record").presses("Record the resolution")
    cy.sees("What the meeting resolved", "without a vote")
    cy.sees("Considered")

    cy.follows("Correct the words").types("The words as they should be", "Considered, with thanks.")
    cy.types("Why it is corrected", "The thanks were missing.").presses("Record the correction")
    cy.sees("Corrected since", "Considered, with thanks.")
    cy.opens("/decisions").sees("People Committee", "Corrected since")
    cy.opens("/work-programme").sees("Place Committee")


@pytest.mark.begins("report_published")
def test_cy_records_that_it_was_referred_back_with_reasons(visits: Visits, town: Town) -> None:
    cy = visits("cy").opens("/").opens(report(town)).follows("Record the resolution")
    cy.unfolds("Something else was resolved").chooses(
        "What was resolved on recommendation 1", "Referred back"
    )
    cy.presses("Continue", 422).sees("why it was referred back")
    cy.types("Amendments, reasons", "It says nothing of rural areas.")
    cy.presses("Continue").sees("“Referred back”", "It says nothing of rural areas.")
    cy.presses("Change something").presses("Continue")
    cy.presses("Record the resolution").sees("The resolution is recorded.", "Referred back")
    hana = visits("hana").opens("/").follows("Go to it")
    hana.sees("Referred back", "It says nothing of rural areas.")


@pytest.mark.begins("report_published")
def test_cy_proposes_another_outcome_and_monty_agrees(visits: Visits, town: Town) -> None:
    """R4: what follows is shown to both, and the plan goes back to before the decision."""
    cy = visits("cy").opens("/").opens(report(town)).follows("Record the resolution")
    cy.presses("Agreed without a vote").presses("Record the resolution").sees("Considered")
    cy.follows("Correct the outcome").sees("What depends on this decision")
    cy.chooses("What the meeting resolved", "Referred back")
    cy.types("Amendments, reasons", "It says nothing of rural areas.")
    cy.marks("Yes").types("Why it was recorded wrongly", "The wrong line was pressed.")
    cy.types("What shows what the meeting resolved", "Draft minute 27/41.").marks("No")
    cy.presses("Propose the correction").sees("Waits for a second person", "Take it back")
    at = cy.page.url.removeprefix(town.url)
    monty = visits("monty").opens(at).sees("What depends on this decision")
    monty.presses("Agree to the correction").sees("Agreed", "What depended on this decision")
    cy.opens(at).sees("it goes back to its author").marks("Put the plan back to before it")
    cy.types("Why", "The committee referred it back.").presses("Settle it")
    cy.sees("The plan went back to before the decision")
    cy.sees("The body counted as having resolved on it")
    cy.sees_not("is no longer asked", "An open task")
