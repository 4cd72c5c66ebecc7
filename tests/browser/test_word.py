"""A plan goes out as a Word document, and comes in again section by section, after a look."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING
from tests.unit.documents.made import cell, heading, item, levels, p, run, table, word

PLAN = f"/plans/{HOUSING}"
FILE = "Word document (.docx)"
CHANGED = word(
    p("Housing Service Plan, second draft")
    + heading("What the service is for")
    + p(
        run("We house families ")
        + f"<w:ins>{run('and single people')}</w:ins>"
        + run(". See paragraph 1.1.")
    )
    + item("Homes", 1)
    + item("We build twelve.", 1, 1)
    + table(cell("Year") + cell("Homes"), cell("2027") + cell("12"))
    + heading("Our people")
    + p("We are forty, in three teams.")
    + heading("How the last year went")
    + p(run("Well.", "<w:b/>")),
    numbering=levels(("decimal", "%1."), ("decimal", "%1.%2")),
)


@pytest.mark.begins("housing_written")
@pytest.mark.parametrize("scripts", [True, False])
def test_mo_brings_a_word_document_in(visits: Visits, scripts: bool) -> None:
    """By keyboard and without JavaScript: hand in, look, put a part to a section, tick, save."""
    mo = visits("mo", scripts=scripts).opens(PLAN)
    assert mo.downloads("Download as Word").suggested_filename.endswith(".docx")
    mo.follows("Bring in a Word document").sees("Only what you then tick is saved.")
    mo.hands_in(FILE, "plan.pdf", b"%PDF-1.7").presses("See what would change", status=422)
    mo.sees("This is a PDF. Hand in the Word document")
    mo.hands_in(FILE, "Housing second draft.docx", CHANGED).presses("See what would change")
    mo.sees("2 sections would change", "tracked changes: 1 insertion", "“Our people”")
    mo.sees("This number is lost: “1.1”.", "The text refers to “paragraph 1.1”.")
    mo.chooses("“Our people”", "Where we depend on other services").presses("Show it there")
    mo.sees("3 sections would change")
    mo.presses("Save the sections that are ticked", status=422)
    mo.sees("Tick the sections that you want to save.")
    mo.marks("Save this text in “What the service is for”")
    mo.marks("Save this text in “Where we depend on other services”")
    mo.presses("Save the sections that are ticked")
    mo.sees("Saved from the Word document: What the service is for, Where we depend on other")
    mo.sees("We house families and single people", "We are forty, in three teams.")
    mo.sees_not("Well.")
