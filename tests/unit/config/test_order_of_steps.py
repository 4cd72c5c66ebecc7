"""A plan is drafted before it is shown, and what informs it before it is drafted (S14)."""

from copy import deepcopy
from typing import Any

import pytest

from config import framework_loader

FRAMEWORK = "nottinghamshire-smf"


@pytest.fixture
def data() -> dict[str, Any]:
    folder = framework_loader.FRAMEWORKS / FRAMEWORK
    return deepcopy(framework_loader.read_folder(folder))


def step(data: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in data["years"]["year_one"]["steps"] if each["key"] == key
    )
    return found


def problems_of(data: dict[str, Any]) -> list[str]:
    return [str(each) for each in framework_loader.problems(data)]


def test_the_shipped_frameworks_are_in_order() -> None:
    for key in framework_loader.available():
        data = framework_loader.read_folder(framework_loader.FRAMEWORKS / key)
        assert problems_of(data) == [], key


def test_a_draft_budget_is_not_consulted_on_before_it_is_submitted(data: dict[str, Any]) -> None:
    """S14: it waited for the committee that was shown it, a week before."""
    step(data, "budget_consultation")["predecessors"] = []
    step(data, "budget_report_consultation")["predecessors"] = []
    step(data, "budget_draft")["predecessors"].append("budget_consultation")
    found = [each for each in problems_of(data) if "budget_draft" in each]
    assert "years/year_one.toml:steps.budget_draft.predecessors" in found[0]
    assert "is shown to a body already" in found[0]


def test_commissioning_choices_come_before_the_budget_that_they_inform(
    data: dict[str, Any],
) -> None:
    """S14: they were dated with the Delivery Plan, after the budget."""
    step(data, "budget_draft")["predecessors"].remove("commissioning_choices")
    found = [each for each in problems_of(data) if "budget_draft" in each]
    assert "is informed by “Commissioning choices” of Delivery Plan" in found[0]


def test_what_is_informed_is_a_plan(data: dict[str, Any]) -> None:
    data["item_types"]["commissioning"]["informs"] = "poem"
    assert any("item_types.commissioning.informs" in each for each in problems_of(data))
