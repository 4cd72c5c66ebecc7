"""Lifecycles are written as what differs from a shipped base, and published whole."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config import editions, framework_loader
from config.framework import Framework
from config.lifecycles import composing
from config.lifecycles.shape import Lifecycle, Transition
from config.problems import ProblemList, Problems
from tests import old_record

SHIPPED = framework_loader.available()
BLOCKS = Path(composing.__file__).parent
OWN = sorted(framework_loader.FRAMEWORKS.glob("*/lifecycles/*.toml"))

# What was changed since the earlier build: who may say what a group or the portfolio holder said,
# who records resolutions, and a task for the reviewer where no portfolio holder is in post.
CHANGED = {
    "pass_on", "return_for_changes", "record_agreed", "record_returned", "record_resolution",
    "correct",
}  # fmt: skip
# Words that no council uses (fault W1), and those in their place.
RELABELLED = {
    "Awaiting comments": "In preparation",
    "Close the report for changes": "Make the report final",
    "Close: the year ran before the cycle was taken in": (
        "Close: the year ran before the cycle was brought into Plancycle"
    ),
}
TASK_ADDED = "with_portfolio_holder"


@cache
def loaded(key: str) -> Framework:
    return framework_loader.load(key)


def whole(table: dict[str, Any]) -> dict[str, Any]:
    """What a lifecycle's file comes to; it must have no fault."""
    problems = ProblemList()
    found = composing.expanded("mine", table, problems)
    problems.raise_any()
    return found


def act(lifecycle: Mapping[str, Any], action: str) -> dict[str, Any]:
    (found,) = [each for each in lifecycle["transitions"] if each["action"] == action]
    return dict(found)


def test_the_files_say_only_what_differs() -> None:
    """House.md, cure 4: 9,429 lines, of which three quarters repeated another file."""
    files = [*OWN, *BLOCKS.rglob("*.toml")]
    assert len(OWN) > 50
    assert sum(len(each.read_text("utf-8").splitlines()) for each in files) <= 2_000
    alone = {each.stem for each in OWN if "\nextends = " not in each.read_text("utf-8")}
    assert alone == {"council"}  # one state and no act


def as_now(then: Transition, today: Transition) -> Transition:
    """An act that was changed on purpose: by whom, how it is agreed and what it is called."""
    if then.action not in CHANGED:
        return replace(then, label=RELABELLED.get(then.label, then.label))
    named = {"roles": today.roles, "evidence_guards": today.evidence_guards, "label": today.label}
    return replace(then, **named)


@pytest.mark.parametrize("key", SHIPPED)
def test_what_they_come_to_is_what_they_said_in_full(key: str) -> None:
    """Compared with the body that an earlier build stored, whose files extended nothing."""
    was, now = editions.read(old_record.edition(key)).lifecycles, loaded(key).lifecycles
    assert was.keys() == now.keys()
    for life in was:
        assert list(was[life].states) == list(now[life].states)
        for state, drawn in was[life].states.items():
            tasks = tuple(
                replace(each, label=RELABELLED.get(each.label, each.label)) for each in drawn.tasks
            )
            label = RELABELLED.get(drawn.label, drawn.label)
            expected = replace(drawn, label=label, tasks=tasks)
            assert expected == now[life].states[state] or state.endswith(TASK_ADDED)
        assert len(was[life].transitions) == len(now[life].transitions)
        for then, today in zip(was[life].transitions, now[life].transitions, strict=True):
            assert as_now(then, today) == today


def test_a_guard_of_submitting_is_one_line_in_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every plan of every framework is submitted by the same act."""
    file = BLOCKS / "stages" / "drafting.toml"
    text, line = file.read_text("utf-8"), '{ rule = "contributions_answered" }]'
    assert text.count(line) == 1
    changed = tomllib.loads(text.replace(line, line[:-1] + ', { rule = "asked_first" }]'))
    as_shipped = composing.written
    monkeypatch.setattr(
        composing, "written", lambda *at: changed if at[1] == "drafting" else as_shipped(*at)
    )
    found = [
        transition
        for key in SHIPPED
        for life in framework_loader.load(key).lifecycles.values()
        for transition in life.transitions
        if transition.action == "submit"
    ]
    plans = [life for key in SHIPPED for life in loaded(key).lifecycles.values()]
    assert len(found) == sum(_submits(life) for life in plans) > 25
    assert all("asked_first" in [rule.name for rule in each.guards] for each in found)


def _submits(life: Lifecycle) -> int:
    assert life.subject != "plan" or "submit" in [each.action for each in life.transitions]
    return sum(each.action == "submit" for each in life.transitions)


@pytest.mark.parametrize("key", SHIPPED)
def test_a_published_edition_holds_lifecycles_whole_and_reads_no_base(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-06: bases and stages are aids for writing; a later version may change them."""
    body = editions.body(framework_loader.read_folder(framework_loader.FRAMEWORKS / key))
    for life in json.loads(body)["lifecycles"].values():
        assert not {*composing.AIDS, "side_acts", "internal_acts"} & life.keys()
        for each in [*life["states"].values(), *life["transitions"]]:
            assert not {"key", "before"} & each.keys()
    assert not re.search(r"\{\w+\}", body)  # every word was given

    def gone(*_at: str) -> None:
        raise AssertionError("a published edition does not read this")

    monkeypatch.setattr(composing, "written", gone)
    assert editions.read(body).lifecycles == loaded(key).lifecycles


@pytest.mark.parametrize("key", SHIPPED)
def test_the_whole_file_in_place_of_the_one_that_extends_is_the_same(key: str) -> None:
    """What comes out is a file that a council could have written."""
    data = framework_loader.read_folder(framework_loader.FRAMEWORKS / key)
    again = json.loads(json.dumps(data))
    assert not [name for name, life in again["lifecycles"].items() if composing.is_composed(life)]
    assert framework_loader.problems(again) == []
    assert editions.body(again) == editions.body(data)


def test_acts_that_stages_join_are_acts_of_a_stage_or_base() -> None:
    """A name under ``from`` that no lifecycle has would be passed over in silence."""
    stages = [composing.written("stages", key) for key in composing.shipped("stages")]
    acts = {
        str(each.get("key", each["action"])).replace("{prefix}", "")
        for stage in stages
        for part in ("transitions", "side_acts", "internal_acts")
        for each in stage.get(part, [])
    }
    joined = {name.replace("{prefix}", "") for stage in stages for name in stage.get("from", {})}
    assert joined
    assert joined <= acts


def test_an_installed_product_has_them() -> None:
    """A council's own folder extends them wherever the product is installed."""
    root = BLOCKS.parents[1]
    pyproject = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    packed = pyproject["tool"]["setuptools"]["package-data"]["config"]
    files = {each for pattern in packed for each in (root / "config").glob(pattern)}
    assert set(BLOCKS.rglob("*.toml")) <= files


# What a file that extends another may say ---------------------------------------------------------


def test_what_is_said_changes_only_that_key() -> None:
    plain = whole({"title": "Mine", "extends": "plan_for_members"})
    mine = whole(
        {
            "title": "Mine",
            "extends": "plan_for_members",
            "transitions": [{"action": "submit", "label": "Send in"}],
            "states": {"drafting": {"tasks": [{"kind": "draft", "label": "Write it"}]}},
        }
    )
    assert act(mine, "submit") == act(plain, "submit") | {"label": "Send in"}
    draft, contribute = mine["states"]["drafting"]["tasks"]
    assert (draft["label"], draft["role"]) == ("Write it", "@author")
    assert contribute == plain["states"]["drafting"]["tasks"][1]
    assert list(mine["states"]) == list(plain["states"])


def test_a_stage_that_is_put_in_between_is_where_the_plan_goes_next() -> None:
    """It is reached, left and withdrawn from, and nothing else has to be written."""
    group = {"group": "Management Team", "body": "mt"}
    stage = {"stage": "group", "before": "standards_check", "with": group}
    mine = whole({"title": "Mine", "extends": "plan_for_members", "stages": [stage]})
    assert act(mine, "pass_on")["to"] == "with_mt"
    assert act(mine, "record_agreed")["to"] == "standards_check"
    assert "with_mt" in act(mine, "withdraw")["from"]
    assert mine["states"]["with_mt"]["label"] == "With the Management Team"
    order = list(mine["states"])
    assert order.index("with_mt") == order.index("standards_check") - 1


def test_a_stage_that_goes_leaves_no_trace() -> None:
    mine = whole(
        {
            "title": "Mine",
            "extends": "plan_for_members",
            "without": ["stages.standards_check"],
        }
    )
    assert act(mine, "pass_on")["to"] == "with_committees"
    assert "standards_check" not in json.dumps(mine)


def test_a_state_that_goes_leaves_every_act() -> None:
    mine = whole(
        {
            "title": "Mine",
            "extends": "plan_for_members",
            "without": ["states.approved_with_amendments", "transitions.approve_with_amendments"],
        }
    )
    assert "approved_with_amendments" not in json.dumps(mine)
    assert act(mine, "take_effect")["from"] == ["approved"]
    other = whole({"title": "Mine", "extends": "plan_for_members", "without": ["states.in_review"]})
    assert "return_for_changes" not in [each["action"] for each in other["transitions"]]


def test_one_element_of_a_list_can_go() -> None:
    mine = whole(
        {
            "title": "Mine",
            "extends": "plan_for_members",
            "without": ["transitions.submit.guards.contributions_answered"],
        }
    )
    assert [rule["rule"] for rule in act(mine, "submit")["guards"]] == ["sections_complete"]
    untouched = whole({"title": "Mine", "extends": "plan_for_members"})
    assert len(act(untouched, "submit")["guards"]) == 2


def test_stages_can_be_put_together_without_a_base() -> None:
    """What a page that composes a route says."""
    mine = whole(
        {
            "title": "Mine",
            "subject": "plan",
            "initial": "not_started",
            "stages": ["start", "drafting", "bodies", "approved", "amended", "in_force"],
        }
    )
    assert act(mine, "pass_on")["to"] == "with_committees"
    assert list(mine)[:3] == ["title", "subject", "initial"]


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        ({"stages": [{"key": "proposal"}]}, "stages.proposal", "has no such stage"),
        ({"stages": ["proposal"]}, "stages.proposal", "There is no stage “proposal”"),
        ({"extends": "plan"}, "extends", "There is no base “plan”"),
        ({"without": ["states"]}, "without.states", "nothing of this name"),
        ({"without": ["states.gone"]}, "without.states.gone", "nothing of this name"),
        ({"with": {"colour": "red"}}, "with.colour", "takes a word “colour”"),
    ],
)
def test_what_is_wrong_in_a_file_that_extends_is_told(
    given: dict[str, Any], place: str, words: str
) -> None:
    """A name that is mistyped is a sentence with its place, never a failure."""
    problems = ProblemList()
    composing.expanded("mine", {"title": "Mine", "extends": "plan_for_members", **given}, problems)
    with pytest.raises(Problems) as raised:
        problems.raise_any()
    assert any(place in each and words in each for each in raised.value.problems)
