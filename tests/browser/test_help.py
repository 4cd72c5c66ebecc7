"""Help by keyboard: the fold on a page, the guide behind it, the glossary, whom to ask."""

import pytest

from tests.browser.conftest import Visits


@pytest.mark.begins("report_published")
@pytest.mark.parametrize("phone", [False, True])
def test_from_the_fold_of_a_page_to_its_guide(visits: Visits, phone: bool) -> None:
    cy = visits("cy", phone=phone).opens("/meetings").unfolds("How this works")
    cy.sees("A meeting that moves takes the deadlines of its reports along.")
    cy.follows("More in the guide").sees("Recording what was resolved", "Put on agenda")
    cy.follows("Glossary").sees("Days in hand")
    cy.opens("/help").sees("Whom to ask", "Plans, dates and reports", "Sue Support")
