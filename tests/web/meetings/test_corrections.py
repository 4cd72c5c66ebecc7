"""Fault R4 on its pages: what follows is shown before anybody agrees; the register says both."""

from io import BytesIO

import docx
import pytest
from sqlalchemy import text

from tests.web.browsing import Browser
from tests.web.town import Town

STANDS = text(
    "SELECT subject.id, state, due_on FROM subject LEFT JOIN task ON subject_id = subject.id "
    "AND closed_at IS NULL WHERE subject.kind = 'plan' ORDER BY subject.id, task.id"
)


@pytest.fixture
def cy(own_smallshire: Town) -> Browser:
    return own_smallshire.browser("cy")


def test_what_depends_is_shown_and_both_outcomes_stand(own_smallshire: Town, cy: Browser) -> None:
    """R4: Monty sees what follows, agrees, and Cy keeps it; the register, the report, the history
    and the plan say what was recorded and what the meeting resolved."""
    town, monty = own_smallshire, own_smallshire.browser("monty")
    page, report = town.at("/decisions/corrections/{correction}"), town.at("/items/{decided}")
    assert town.at("/decisions/corrections/{correction}") in cy.get(report).text
    assert "What depends on this decision" in cy.get(page).text
    seen = monty.get(page).text
    nothing = "Nothing moves by the correction."
    assert nothing in seen
    before = town.db.read(lambda s: s.execute(STANDS).all())
    assert "can change its decision" in seen
    assert "The body counts as having resolved on it" in seen
    assert "STP-2028" in seen
    assert monty.get(town.at("/items/{decided}/correction")).location.endswith(page)

    agreed = monty.send(page, f"{page}/agree")
    assert agreed.status_code == 303
    waits = monty.get(page).text
    assert "It is still to be settled: " in waits
    assert " has the task." in waits
    assert town.db.read(lambda s: s.execute(STANDS).all()) == before
    settled = cy.send(
        page,
        town.at(f"{page}/plans/{{corrected_plan}}"),
        choice="kept",
        reason="The committee looked at it again on the day.",
    )
    assert settled.status_code == 303
    seen = cy.get(page).text
    assert "The committee looked at it again on the day." in seen
    assert "The body counted as having resolved on it" in seen
    assert "was asked:" not in seen, "what is open now comes of the answer, not of the decision"
    register = cy.get("/decisions").text
    assert "Noted" in register
    assert "of “Considered”" in register
    assert "Agreed by Monty" in cy.get(report).text
    assert (
        "resolved “Noted”, where “Considered” had been recorded" in cy.get(f"{report}/history").text
    )
    plan = cy.get("/plans/STP-2028").text
    assert "corrected to “Noted”, where “Considered” had been recorded" in plan
    assert "What had followed is kept." in plan


def test_who_proposed_it_can_take_it_back_and_not_agree(own_smallshire: Town, cy: Browser) -> None:
    """R4: a mistake in the form loses nothing of what was typed."""
    page = own_smallshire.at("/decisions/corrections/{correction}")
    assert "Agree to the correction" not in cy.get(page).text
    assert cy.send(page, f"{page}/take-back").status_code == 303
    form = own_smallshire.at("/items/{decided}/decisions/{decision}/outcome")
    typed = {"outcome": "referred_back", "effect": "yes", "reason": "So it was.", "signed": "yes"}
    refused = cy.send(form, form, **typed, words="Homes.", evidence="Minute 4.")
    assert refused.status_code == 422
    assert "only a later minute of the body corrects them" in refused.text
    assert "So it was." in refused.text
    sent = cy.send(form, form, **(typed | {"signed": "no"}), words="Homes.", evidence="Minute 4.")
    assert sent.status_code == 303


def test_the_word_document_says_what_the_page_says_of_a_correction(
    own_smallshire: Town, cy: Browser
) -> None:
    """R4: that a decision had no effect, what had been recorded, and who agreed go out as well."""
    town, monty = own_smallshire, own_smallshire.browser("monty")
    page = town.at("/decisions/corrections/{correction}")
    assert cy.send(page, f"{page}/take-back").status_code == 303
    form = town.at("/items/{decided}/decisions/{decision}/outcome")
    sent = cy.send(
        form,
        form,
        outcome="noted",
        effect="no",
        reason="Its papers came late.",
        evidence="Minute 4 of the draft.",
        signed="no",
    )
    page = sent.location
    assert monty.send(page, f"{page}/agree").status_code == 303
    reply = cy.get(town.at("/items/{decided}/report.docx"))
    words = "\n".join(each.text for each in docx.Document(BytesIO(reply.data)).paragraphs)
    assert (
        "Recommendation 1: Noted, without a vote, without effect (correction of “Considered”)"
        in words
    )
    assert "What shows it: Minute 4 of the draft. Agreed by Monty" in words
    assert "Recommendation 1: Considered, without a vote (corrected since)" in words
