"""The year on one page: Sue finds it on top of My work, follows its numbers, prints it on one sheet
of paper; Ray finds it from All plans."""

import re

import pytest

from tests.browser.conftest import Visits

PAGES_OF_PDF = re.compile(rb"/Type\s*/Page\b(?!s)")


@pytest.mark.begins("report_published")
def test_sue_goes_from_the_year_to_the_plans_that_it_counts(visits: Visits) -> None:
    sue = visits("sue").opens("/tasks").sees("due in the next fourteen days")
    sue.follows("The year on one page").sees(
        "Plans by department and stage", "Next days for reports"
    )
    late = int(re.search(r"(\d+) late", sue.text())[1])  # type: ignore[index]
    sue.follows(f"{late} late").sees("All plans", f"{late} plan", "Late only")


@pytest.mark.begins("report_published")
def test_the_year_is_one_sheet_of_paper(visits: Visits) -> None:
    sue = visits("sue").opens("/year")
    printed = sue.page.pdf(prefer_css_page_size=True)
    assert len(PAGES_OF_PDF.findall(printed)) == 1
    assert b"/MediaBox [0 0 841" in printed or b"/MediaBox [0 0 842" in printed


@pytest.mark.begins("council")
def test_before_a_year_is_open_the_page_leads_to_the_cycles(visits: Visits) -> None:
    visits("sue").opens("/year").sees("No planning year is open yet.").follows(
        "Cycles and their years"
    )


@pytest.mark.begins("housing_submitted")
def test_ray_finds_the_year_beside_all_plans(visits: Visits) -> None:
    ray = visits("ray").opens("/board").follows("The year")
    ray.sees("The year on one page").sees("Moved since")
