"""Journey 4: Fin and Connie comment on the report to a body; a change puts comments out of date."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.states import REPORT
from tests.browser.town import Town
from tests.browser.visitor import Visitor
from tests.flows import committees


def report(town: Town) -> str:
    """The address of the report to People Committee."""
    return f"/items/{committees.item_id(town.db, REPORT)}"


ANSWERS = {
    "Information and advice": "The draft was written in summer.",
    "Other options considered": "None",
    "Reasons for the recommendations": "The plan carries out the framework.",
    "Statutory and policy implications": "None",
    "For any enquiries": "Sue Support",
}


def writes_the_report(who: Visitor, answers: dict[str, str]) -> None:
    """From the report's page: headings answered."""
    who.follows("Write the report")
    for label, answer in answers.items():
        who.types(label, answer)
    who.presses("Save the report").sees("The report is saved.")


@pytest.mark.begins("before_committees")
def test_fin_and_connie_comment_and_sue_s_change_puts_fin_out_of_date(
    visits: Visits, town: Town
) -> None:
    sue = visits("sue").opens("/").sees("Write the report").opens(report(town))
    sue.sees("Awaiting comments", "Finance comments, Constitutional comments")
    writes_the_report(sue, ANSWERS)

    fin = visits("fin").opens("/").sees("Add finance comments").follows("Go to it")
    fin.follows("Read the report").follows("Add finance comments").presses(
        "Sign these comments", 422
    )
    fin.sees("There is a problem").types("Your comments", "Met from the existing budget.")
    fin.presses("Sign these comments").sees("Your comments are on the report.")
    fin.sees("Finance comments (FC", "Met from the existing budget.", "Fin Comments. Covers")

    connie = visits("connie").opens("/").sees("Add constitutional comments")
    connie.follows("Go to it")
    connie.marks("No implications").types("Your initials", "CC")
    connie.presses("Sign these comments").sees("No implications.", "Ready for agenda")

    sue.opens(report(town))
    writes_the_report(sue, {"Information and advice": "It now costs more."})
    sue.sees("Comments out of date", "Changed since")
    fin.opens("/").sees("Add finance comments").follows("Go to it")
    fin.sees("Information and advice, as it is now", "It now costs more.")


@pytest.mark.begins("before_committees")
def test_connie_cannot_sign_finance_comments(visits: Visits, town: Town) -> None:
    visits("connie").opens(report(town) + "/comments/finance", 403)
