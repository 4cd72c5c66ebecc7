"""Editions from before permissions can still be read, with what code sought by name then."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from config import edition_upgrades, framework_loader, permissions

OLD = Path(__file__).parents[2] / "data" / "old_record" / "editions"


def old(key: str) -> dict[str, Any]:
    """A framework as the build before permissions stored it."""
    body = gzip.decompress((OLD / f"{key}.json.gz").read_bytes())
    found: dict[str, Any] = json.loads(body)
    return found


@pytest.mark.parametrize("key", framework_loader.available())
def test_an_old_edition_is_read_with_the_permissions_of_its_ten_roles(key: str) -> None:
    """Faults R8 and R11: what was sought by name is a permission, what nothing read is gone."""
    stored = old(key)
    before = json.dumps(stored)
    assert framework_loader.problems(stored)
    read = framework_loader.stored(edition_upgrades.upgraded(stored))
    # What an edition cannot be mended of is the order of its steps (fault S14), which it keeps.
    found = framework_loader.problems(edition_upgrades.upgraded(stored))
    assert [each for each in found if ":steps.budget_draft.predecessors: " not in each] == []
    assert json.dumps(stored) == before
    having = {each: set(permissions.roles_with(read, each)) for each in permissions.WORDS}
    assert permissions.last_resort(read) == "support_service"
    assert having["write_reports"] == {"support_service"}
    assert having["request_reports"] == {"support_service", "clerk"}
    assert having["waive_bodies"] == {"monitoring_officer", "head_of_democratic_services"}
    assert having["check_record"] == {"monitoring_officer", "auditor"}
    assert having["sit_as_member"] == {"leader", "chair", "member"}
    assert having["record_resolutions"] == {"clerk", "head_of_democratic_services"}
    nobody = {"auditor", "administrator", "leader", "chair", "member", "system"}
    assert having["contribute"] == read.roles.keys() - nobody
    assert not {"deemed_clearance", "named_vote_at_budget"} & read.settings.keys()


@pytest.mark.parametrize("key", framework_loader.available())
def test_an_edition_with_permissions_is_left_as_it_is(key: str) -> None:
    having = permissions.upgraded(old(key))
    assert permissions.upgraded(having) == having
    new = framework_loader.load(key)
    was = framework_loader.stored(edition_upgrades.upgraded(old(key)))
    assert {role: set(new.roles[role].permissions) for role in was.roles} == {
        role: set(was.roles[role].permissions) for role in was.roles
    }


@pytest.mark.parametrize("key", framework_loader.available())
def test_a_groups_agreement_names_its_meeting_under_an_old_edition_too(key: str) -> None:
    """Fault R6: what is pinned already is asked for it from now on."""
    read = framework_loader.stored(edition_upgrades.upgraded(old(key)))
    secretaries = {body.secretary: body.key for body in read.bodies.values() if body.secretary}
    transitions = [
        transition
        for lifecycle in read.lifecycles.values()
        for transition in lifecycle.transitions
        if transition.kind == "forward" and set(transition.roles) <= secretaries.keys()
    ]
    assert transitions
    for transition in transitions:
        asked = [rule for rule in transition.evidence_guards if rule.name == "agreed_by_group"]
        assert [rule.args["body"] for rule in asked] == [secretaries[transition.roles[0]]]
