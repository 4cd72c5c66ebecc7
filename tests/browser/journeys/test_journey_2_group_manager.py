"""Journey 2: Mo, group manager of Housing, writes his service's proposals and submits them."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.browser.visitor import Visitor

PURPOSE = "Housing finds homes for 4,200 families and keeps them warm."
WORD = "Our aims\n•\tFewer empty homes\n•\tRepairs within ten days"


def writes_text(who: Visitor, section: str, words: str) -> None:
    """From the plan's page: write one section and come back."""
    who.follows(f"Write {section}").types("Text", words).presses("Save")
    who.sees("Saved at").follows("Service Plan 2028/29: Housing")


def fills_what_is_missing(who: Visitor) -> None:
    """The four sections that the proposals need; Mo stands on the plan's page."""
    writes_text(who, "What the service is for", PURPOSE)
    writes_text(who, "How the last year went", WORD)
    who.follows("Write Influences, pressures and comparisons").follows("Add pressure")
    who.types("Pressure", "Private rents rise by 9% a year.").types("Cost", "120,000")
    who.presses("Save").sees("Private rents rise").follows("Service Plan 2028/29: Housing")
    who.follows("Write How the service could be provided").follows("Add commissioning choice")
    who.types("Service", "Housing").marks("Share")
    who.types("Reasons", "A joint lettings team with the district costs less.")
    who.presses("Save").follows("Service Plan 2028/29: Housing")


@pytest.mark.begins("housing_drafting")
def test_mo_writes_the_proposals_and_submits_them(visits: Visits) -> None:
    mo = visits("mo")
    mo.opens("/").sees("My work", "Write the proposals", "By 30 September 2027")
    mo.follows("Go to it").sees("Service Plan 2028/29: Housing", "Drafting (proposals)")
    assert "What the service is for" in mo.disabled("Submit for review")
    mo.sees("Still to do", "Not needed yet", "The profile of this service is out of date")

    mo.follows("Write What the service is for")
    mo.sees("Write it for someone who has never heard of the service.")
    mo.follows("Service Plan 2028/29: Housing")
    fills_what_is_missing(mo)

    mo.sees("Fewer empty homes", "Private rents rise", "Share").sees_not("Still to do")
    assert mo.page.locator("main li", has_text="Repairs within ten days").count() == 1
    mo.follows("Submit for review").sees("In review").presses("Submit for review")
    mo.sees("Done. The plan is now at “In review”.", "Ray Director", "Take back")
    mo.opens("/tasks").sees("No task is waiting for you")
    mo.opens("/tasks/waiting").sees("Review the proposals", "Ray Director")


@pytest.mark.begins("housing_drafting")
def test_mo_asks_a_team_manager_and_the_finance_partner_for_a_section(visits: Visits) -> None:
    mo = visits("mo").opens(f"/plans/{HOUSING}").follows("Ask for a contribution")
    mo.chooses("Which section", "How the last year went").chooses("Whom to ask", "Tess Team")
    mo.types("What you need", "Two paragraphs on lettings.").dates("By when", 1, 7, 2027)
    mo.presses("Ask").sees("Asked. It is on their list", "Tess Team", "1 July 2027")
    mo.follows("Ask for a contribution")
    mo.chooses("Which section", "Proposals for the budget").chooses("Whom to ask", "Fred Partner")
    mo.presses("Ask").sees("Fred Partner")
    assert "How the last year went" in mo.disabled("Submit for review")

    tess = visits("tess").opens("/tasks").sees("Write your contribution")
    tess.follows("Go to it").sees("Two paragraphs on lettings.", "Mo Manager asks you")
    tess.types("Text", "Lettings took 19 days on average.").presses("Save")
    tess.presses("Hand it over").sees("Handed over. Thank you.")

    fred = visits("fred").opens("/tasks").follows("Go to it")
    fred.unfolds("I cannot do this").types("Why not", "Rents belong to the district.")
    fred.presses("Decline").sees("You have declined")

    mo.opens(f"/plans/{HOUSING}").sees("Lettings took 19 days").sees_not("Two paragraphs")


@pytest.mark.begins("housing_submitted")
def test_mo_compares_what_he_submitted_with_what_he_changed(visits: Visits) -> None:
    ray = visits("ray").opens(f"/plans/{HOUSING}/return_for_changes")
    ray.types("Comment beside “What the service is for”", "How many?")
    ray.types("Why", "Say how many people it is for.").presses("Return for changes")
    mo = visits("mo").opens(f"/plans/{HOUSING}")
    mo.sees("Returned for changes", "Say how many people it is for.", "How many?")
    writes_text(mo, "What the service is for", PURPOSE)
    mo.follows("Submit for review").presses("Submit for review").follows("Compare versions")
    mo.sees("Version 1 against version 2")
    assert "4,200 families" in mo.page.inner_text("ins")


@pytest.mark.begins("housing_drafting")
def test_the_same_on_a_phone_without_javascript(visits: Visits) -> None:
    mo = visits("mo", scripts=False, phone=True).opens("/tasks").follows("Go to it")
    fills_what_is_missing(mo)
    mo.follows("Submit for review").presses("Submit for review").sees("Ray Director")
    ray = visits("ray", scripts=False, phone=True).opens("/tasks").follows("Go to it")
    ray.follows("Return for changes")
    ray.types("Why", "Too short.").presses("Return for changes", 422).sees("There is a problem")
    ray.types("Comment beside “What the service is for”", "Say how many.")
    ray.presses("Return for changes").sees("Done. The plan is now at “Returned for changes”.")
    mo.opens("/tasks").sees("Change the proposals").follows("Go to it").sees("Too short.")
    writes_text(mo, "What the service is for", PURPOSE + " Now.")
    mo.follows("Submit for review").presses("Submit for review")
    ray.opens("/tasks").follows("Go to it").follows("Pass on")
    ray.types("Why you go on", "The figures come in October.").presses("Pass on")
    ray.sees("With the Performance and Strategy Group")


@pytest.mark.begins("housing_submitted")
def test_pat_of_parks_never_gets_in(visits: Visits) -> None:
    pat = visits("pat").opens(f"/plans/{HOUSING}").sees("Its text is open to those who work on it")
    pat.sees_not("What Service Plan 2028/29")
    pat.opens(f"/plans/{HOUSING}/sections/purpose", 404)
    pat.opens(f"/plans/{HOUSING}/pass_on", 404)
