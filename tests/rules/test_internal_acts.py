"""Every act is a transition: what a verb does beside the states, some lifecycle offers (cure 5)."""

import ast

from config import framework_loader
from config.framework import Framework
from tests.rules.source import ROOT, tree
from workflows import registered
from workflows.core.internal_acts import VERBS

ASKS = {"capacity_for", "capacity_in", "capacities_for"}


def offered(framework: Framework) -> set[tuple[str, str]]:
    """Every internal act that a lifecycle of the framework has, by its subject."""
    return {
        (lifecycle.subject, transition.action)
        for lifecycle in framework.lifecycles.values()
        for transition in lifecycle.transitions
        if transition.is_internal
    }


def test_every_framework_offers_what_verbs_do_and_nothing_else() -> None:
    """A verb that no lifecycle offers would be for nobody, an act without a verb for nothing."""
    assert registered.MODULES
    assert len(VERBS) >= 10
    for key in framework_loader.available():
        assert offered(framework_loader.load(key)) == VERBS.keys(), key


def test_every_plan_can_be_commented_on_and_every_body_passed_over() -> None:
    for key in framework_loader.available():
        for life in framework_loader.load(key).lifecycles.values():
            has = {each.action for each in life.transitions}
            if life.subject == "plan":
                assert has >= {"comment", "ask_contribution", "answer_contribution", "remind"}
                assert ("body_resolved" in has) == ("waive" in has) == ("request_again" in has)


def test_a_verb_asks_its_transition_for_the_capacity() -> None:
    """Its own check of roles would be a second truth beside the lifecycle's."""
    silent = [
        (verb.__module__, action)
        for (_, action), verbs in VERBS.items()
        for verb in verbs
        if action not in asked_for(tree(ROOT / f"{verb.__module__.replace('.', '/')}.py"))
    ]
    assert silent == []


def asked_for(module: ast.Module) -> set[str]:
    """The acts for which a module asks who may do them: what is handed to the engine's questions or
    to a function of the module that hands on its own ``action``."""
    hands_on = {
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef) and "action" in [each.arg for each in node.args.args]
    }
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and called(node) in ASKS | hands_on:
            found |= {each.value for each in node.args if isinstance(each, ast.Constant)}
            if "action" in [each.id for each in node.args if isinstance(each, ast.Name)]:
                found |= given_as_action(module)
        if isinstance(node, ast.FunctionDef) and node.name in hands_on:
            found |= {each.value for each in node.args.defaults if isinstance(each, ast.Constant)}
    return {each for each in found if isinstance(each, str)}


def called(node: ast.Call) -> str:
    """The last part of the name that is called."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def given_as_action(module: ast.Module) -> set[object]:
    """What a local ``action`` of the module is set to."""
    return {
        node.value.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and "action" in [each.id for each in node.targets if isinstance(each, ast.Name)]
    }
