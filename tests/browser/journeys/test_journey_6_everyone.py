"""Journey 6: anybody asks a plan where it is, who has it, since when, what next, by when."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.states import HOUSING

PLAN = f"/plans/{HOUSING}"


@pytest.mark.begins("housing_submitted")
def test_hana_reads_where_it_is_its_history_and_its_print_view(visits: Visits) -> None:
    hana = visits("hana").opens("/board").follows("Service Plan 2028/29: Housing")
    hana.sees("Where it is In review (proposals)", "Who has it Ray Director")
    hana.sees("Since 9 June 2027", "What is next Review the proposals", "By when")

    hana.unfolds("In words")
    steps = hana.page.locator("figcaption li")
    assert steps.count() >= 6
    current = hana.page.locator("figcaption li[aria-current=step]")
    assert current.inner_text().startswith("Proposals")

    hana.follows("History").sees("Mo Manager", "9 June 2027")
    assert "submitted" in hana.text().lower()
    hana.follows("Service Plan 2028/29: Housing").follows("Print")
    hana.sees("Version 1", f"Record {HOUSING}/", "SHA-256")


@pytest.mark.begins("housing_submitted")
def test_a_member_sees_nothing_of_a_draft(visits: Visits) -> None:
    lee = visits("lee").opens(PLAN, 404).sees("Page not found")
    lee.opens("/board").sees("All plans").sees_not("Housing")
    lee.opens("/people", 403)
