"""Rules read facts, which an act has loaded before the first of them is asked, and nothing else.

That none of them sends a statement while an act is going on, ``tests/flows/core/test_facts.py``
sees on the way of a plan; here all of them are looked at, and what they call.
"""

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.rules.source import ROOT, name, product_files, tree
from workflows import registered
from workflows.core import attempt, facts
from workflows.core.attempt import CONDITIONS, EFFECTS, EVIDENCE_GUARDS, GUARDS

RULES = ("guard", "evidence_guard", "condition")
# Rules that ask the database themselves; a new one is to name a fact instead.
ASK_THEMSELVES = {
    "change_still_holds",  # the dates of a whole year are worked out anew
    "dates_stand_as_applied",  # only once it refuses: may this person hear of the plan?
}


class Function(NamedTuple):
    """A function and the file in which it stands."""

    path: Path
    node: ast.FunctionDef


@cache
def functions_of(path: Path) -> dict[str, ast.FunctionDef]:
    """The functions of a module by name."""
    return {each.name: each for each in tree(path).body if isinstance(each, ast.FunctionDef)}


@cache
def module_of(path: Path) -> Any:
    """The module that a file is."""
    return importlib.import_module(name(path).removesuffix(".py").replace("/", "."))


def rules(*kinds: str) -> Iterator[Function]:
    """Every rule of these kinds."""
    for path in product_files():
        if not name(path).startswith("workflows/"):
            continue
        for each in functions_of(path).values():
            if {node.id for node in each.decorator_list if isinstance(node, ast.Name)} & {*kinds}:
                yield Function(path, each)


def calls(function: Function) -> Iterator[ast.Call]:
    return (node for node in ast.walk(function.node) if isinstance(node, ast.Call))


def meant(path: Path, given: ast.expr) -> Any:
    """What a name, or an attribute of one, stands for in a module; None where it is a local one."""
    if isinstance(given, ast.Name):
        return getattr(module_of(path), given.id, None)
    if isinstance(given, ast.Attribute):
        return getattr(meant(path, given.value), given.attr, None)
    return None


def called(function: Function) -> Iterator[Function]:
    """The functions that it calls: those of its own module, and others to which it hands the
    attempt."""
    for call in calls(function):
        own = functions_of(function.path).get(getattr(call.func, "id", ""))
        if own is not None:
            yield Function(function.path, own)
        elif hands_on(call):
            found = meant(function.path, call.func)
            if getattr(found, "__module__", "").startswith("workflows."):
                path = ROOT / f"{found.__module__.replace('.', '/')}.py"
                yield Function(path, functions_of(path)[found.__name__])


def hands_on(call: ast.Call) -> bool:
    """Whether the attempt is among what a call is given, alone or in a list."""
    given = [*call.args, *(each.value for each in call.keywords)]
    given += [one for each in given if isinstance(each, ast.List | ast.Tuple) for one in each.elts]
    return any(isinstance(each, ast.Name) and each.id == "attempt" for each in given)


def reached(rule: Function) -> list[Function]:
    """A rule and the functions that it calls, and those that they call."""
    found = [rule]
    for each in found:
        found += [one for one in called(each) if one not in found]
    return found


def attributes(found: list[Function]) -> set[str]:
    """Every attribute that stands in functions."""
    return {
        node.attr
        for each in found
        for node in ast.walk(each.node)
        if isinstance(node, ast.Attribute)
    }


def asking_attributes() -> set[str]:
    """``session``, and the properties of an attempt that use it."""
    (made,) = [
        each
        for each in tree(Path(attempt.__file__)).body
        if isinstance(each, ast.ClassDef) and each.name == "Attempt"
    ]
    found = {"session"}
    for each in [each for each in made.body if isinstance(each, ast.FunctionDef)]:
        names = {node.attr for node in ast.walk(each) if isinstance(node, ast.Attribute)}
        if names & found:
            found.add(each.name)
    return found


def test_a_rule_reads_only_what_was_loaded() -> None:
    asks = asking_attributes()
    assert asks == {"session", "path", "falling"}
    asking = {rule.node.name for rule in rules(*RULES) if attributes(reached(rule)) & asks}
    assert asking == ASK_THEMSELVES


def test_an_attempt_is_handed_only_to_what_can_be_looked_at() -> None:
    """Whatever else got it could ask anything."""
    lost = [
        f"{name(each.path)}: {each.node.name} gives it to {ast.unparse(call.func)}"
        for rule in rules(*RULES)
        for each in reached(rule)
        for call in calls(each)
        if hands_on(call) and getattr(meant(each.path, call.func), "__module__", "") == ""
    ]
    assert lost == []


def facts_read(found: list[Function]) -> set[str]:
    """The facts that functions read of the attempt."""
    read = {
        meant(each.path, call.args[0])
        for each in found
        for call in calls(each)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "fact"
    }
    return read | ({attempt.ASKED} if attributes(found) & {"contributor_queues"} else set())


def test_a_rule_says_which_facts_it_reads() -> None:
    """A fact that is not named is one more statement of every act."""
    named = {
        rule.node.name: facts_read(reached(rule)) - set(attempt.ALWAYS)
        for rule in rules(*RULES, "effect")
    }
    assert len([read for read in named.values() if read]) > 20
    silent = {rule: read - set(facts.READS.get(rule, ())) for rule, read in named.items()}
    assert {rule: read for rule, read in silent.items() if read} == {}


def test_what_rules_name_is_there() -> None:
    assert registered.MODULES
    known = GUARDS.keys() | EVIDENCE_GUARDS.keys() | CONDITIONS.keys() | EFFECTS.keys()
    assert facts.READS.keys() <= known
    assert facts.DRAWS.keys() <= EFFECTS.keys()
    named = [*facts.READS.values(), *facts.SOURCE_READS.values()]
    assert {each for names in named for each in names} <= facts.FACTS.keys()
