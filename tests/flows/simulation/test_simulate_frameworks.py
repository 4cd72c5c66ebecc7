"""Every framework that comes with the product runs for a year with made-up people."""

import pytest

from config import framework_loader
from workflows.simulation import run as simulate
from workflows.simulation.invented_council import service_level, simulated


@pytest.mark.parametrize("key", ["stockton-pmf", "bromsgrove-pms", "nottinghamshire-ppmf"])
def test_a_year_of_every_other_framework_runs_to_its_end(key: str) -> None:
    """Every plan is approved, nothing promised is broken, and each message leaves once."""
    report = simulate.simulate(key, 2027, years=1, units=2)
    assert report["approved"] == report["expected_approved"] == report["plans"]
    assert report["invariants"]["broken"] == 0
    assert report["messages"] == report["messages_unique"]
    assert report["decisions"] > 0


@pytest.mark.parametrize("key", framework_loader.available())
def test_the_made_up_council_has_everyone_whom_the_framework_asks_for(key: str) -> None:
    framework = framework_loader.load(key)
    council = simulated(framework, 16, 2027, 1)
    roles = {post.role for post in council.posts.values()}
    plan_roles = {
        role for kind in framework.plan_types.values() for role in kind.plan_roles.values()
    }
    asked = {
        task.role
        for lifecycle in framework.lifecycles.values()
        for state in lifecycle.states.values()
        for task in state.tasks
        if not task.role.startswith("@")
        # Where a role may be held by nobody, somebody else has the task then.
        and not any(rule.name == "held_by_somebody" for rule in task.when)
    }
    assert plan_roles | asked <= roles
    services = [unit for unit in council.units.values() if unit.level == service_level(framework)]
    assert len(services) == 16
    bodies = {body.framework_key for body in council.bodies.values()}
    assert {step.body for kind in framework.plan_types.values() for step in kind.route} <= bodies
