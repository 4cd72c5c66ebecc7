"""Nottinghamshire's later framework: Council Plan, departmental strategies, quarterly reports."""

from datetime import date

import pytest

from config import framework_loader
from tests.unit.config.test_cabinet_frameworks import YEARS, solved

KEY = "nottinghamshire-ppmf"
PPMF = framework_loader.load(KEY)


@pytest.mark.parametrize(("year", "number"), YEARS)
def test_every_year_has_all_its_dates_and_nothing_is_wrong_with_them(year: int, number: int):
    found = solved(KEY, year, number)
    assert [each.sentence for each in found.problems] == []
    assert set(found.dated) == {rule.key for rule in PPMF.year_pattern(number).steps}


def test_a_county_precepts_before_the_first_of_march():
    for year, number in YEARS:
        assert solved(KEY, year, number).dated["budget_council"].due_on < date(year + 1, 3, 1)
    assert PPMF.settings["bills_council_tax"].default is False


def test_every_relevant_service_committee_considers_a_departmental_strategy_before_it_is_approved():
    """S2 ¶21, G14: all of them first, then Policy Committee."""
    kind = PPMF.plan_types["departmental_strategy"]
    assert (kind.per, kind.level, kind.lasts_years, kind.branch) == ("unit", "department", 4, False)
    first, second = kind.route
    assert (first.body, first.verb, first.choose) == ("service_committee", "consider", "remit")
    assert (second.body, second.verb) == ("policy_committee", "approve")
    assert second.stage > first.stage


def test_council_approves_the_council_plan_and_the_chief_executive_issues_the_timetable():
    """S2 ¶21, ¶22; A5, G13."""
    assert [(each.body, each.verb) for each in PPMF.plan_types["council_plan"].route] == [
        ("council", "adopt")
    ]
    (issue,) = (
        transition
        for transition in PPMF.lifecycles["timetable"].transitions
        if transition.action == "issue"
    )
    assert issue.roles == ("@reviewer",)
    assert PPMF.plan_types["timetable"].plan_roles["reviewer"] == "chief_executive"


def test_progress_is_reported_every_quarter_to_three_kinds_of_body():
    """S2 ¶26; H2 to H4."""
    assert {(each.plan_type, each.cadence, each.to) for each in PPMF.reporting.values()} == {
        ("council_plan", "quarterly", "policy_committee"),
        ("departmental_strategy", "quarterly", "service_committee"),
        ("council_plan", "quarterly", "improvement_change"),
    }


def test_staff_reviews_are_the_lowest_level_of_plans():
    """S2 ¶19; B27: they build on the service's own plan and name posts, never persons."""
    (prerequisite,) = PPMF.plan_types["epdr"].start_prerequisites
    assert (prerequisite.plan_type, prerequisite.which) == ("service_plan", "own_unit")
    assert "post" in {field.key for field in PPMF.item_types["objective"].fields}
