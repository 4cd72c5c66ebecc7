"""``simulate`` proves the product from end to end: every plan comes out approved, on the record.

A small council for one year, twice with one seed; each test asks about the one run.
"""

from datetime import date
from typing import Any

import pytest

from config import framework_loader
from cycle.errors import BadInput
from workflows.simulation import run as simulate
from workflows.simulation.report import expected_approved
from workflows.simulation.text import Words
from workflows.simulation.world import Stuck

FRAMEWORK = "nottinghamshire-smf"
UNITS = 2


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """One planning year of a council with two services."""
    return simulate.simulate(FRAMEWORK, 2027, years=1, units=UNITS, seed=3)


def test_every_plan_that_must_be_approved_is(report: dict[str, Any]) -> None:
    """Ten plans of the council, two profiles of it, and two plans for each service."""
    assert report["expected_approved"] == 13 + 2 * UNITS
    assert report["approved"] == report["expected_approved"]
    assert report["plans"] == report["expected_approved"]


def test_the_record_holds_afterwards(report: dict[str, Any]) -> None:
    """Every invariant was checked and none is broken."""
    assert report["invariants"]["broken"] == 0
    assert report["invariants"]["checked"] > 30


def test_every_message_is_sent_once(report: dict[str, Any]) -> None:
    """People were written to, and nobody twice about the same."""
    assert report["messages"] > 0
    assert report["messages_unique"] == report["messages"]


def test_people_returned_decided_and_closed_their_tasks(report: dict[str, Any]) -> None:
    """The transitions that are not straight were walked as well."""
    assert report["returned"] > 0
    assert report["decisions"] >= 10
    # What stays open is the Delivery Plan's next report on a year that has only begun.
    assert report["tasks_opened"] - report["tasks_closed"] == 1
    assert report["transitions"] > report["approved"] * 5


def test_the_same_seed_gives_the_same_report(report: dict[str, Any]) -> None:
    """All but the time that it took."""
    again = simulate.simulate(FRAMEWORK, 2027, years=1, units=UNITS, seed=3)
    assert {**again, "seconds": 0} == {**report, "seconds": 0}


def test_until_stops_on_that_day(tmp_path: Any) -> None:
    """Stopped in summer, nothing has to be approved yet and profiles are on their way."""
    progress_seen: list[tuple[int, int]] = []
    report = simulate.simulate(
        FRAMEWORK,
        2027,
        years=1,
        units=1,
        until=date(2027, 6, 30),
        progress=lambda done, total: progress_seen.append((done, total)),
    )
    assert report["virtual_days"] == 58
    assert progress_seen[-1] == (58, 58)
    assert report["expected_approved"] == 0
    assert report["tasks_opened"] > report["tasks_closed"]
    assert report["invariants"]["broken"] == 0


def test_what_must_be_approved_follows_from_the_framework_and_the_years_alone() -> None:
    """Years 2 to 4 make the Strategic Plan and the resource strategies only when so decided."""
    framework = framework_loader.load(FRAMEWORK)
    every, never = (lambda _year: "refresh"), (lambda _year: "as_is")
    assert expected_approved(framework, 2027, 4, 40, every) == 4 * (13 + 80)
    assert expected_approved(framework, 2027, 4, 40, never) == 4 * (13 + 80) - 3 * 8
    until = date(2029, 3, 31)
    assert expected_approved(framework, 2027, 4, 40, every, until) == 13 + 80


def test_each_cycle_has_a_new_plan_a_refresh_and_a_year_as_it_is() -> None:
    """Whatever the seed, the three ways of Years 2 to 4 are all taken."""
    for seed in range(5):
        taken = [simulate.branch_of(Words(seed), 2027, year) for year in range(2028, 2031)]
        assert sorted(taken) == ["as_is", "new", "refresh"]


def test_bad_wishes_are_refused_in_a_sentence() -> None:
    """An unknown framework, or a day before the first."""
    with pytest.raises(BadInput, match="There is no framework"):
        simulate.simulate("atlantis", 2027)
    with pytest.raises(BadInput, match="stop it on a later day"):
        simulate.simulate(FRAMEWORK, 2027, until=date(2027, 1, 1))


def test_a_task_that_nobody_knows_ends_it_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A framework with a new kind of task must not be passed over in silence."""
    known = {key: habit for key, habit in simulate.HABITS.items() if key != "open_year"}
    monkeypatch.setattr(simulate, "HABITS", known)
    with pytest.raises(Stuck, match="Nobody knows how to do “Open the planning year”"):
        simulate.simulate(FRAMEWORK, 2027, years=1, units=1, until=date(2027, 6, 1))
