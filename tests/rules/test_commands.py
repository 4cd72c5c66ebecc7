"""The door from form to act is typed (decision 0027): nothing between a page and its verb hides a
call from the type checker, and what it cannot tell apart is told by ``argument_mutants``."""

import ast

import pytest

from tests.rules import argument_mutants
from tests.rules.source import ROOT, name, product_files, tree

ANYTHING = "Callable[..., Any]"
# The decorators of a view give it back as it is, whatever its parameters are.
DECORATES = {"webui/http/policies.py"}
# Two values of one type told apart by their place, and a parameter that takes anything.
WEAK = """

def _weak(session: Session, actor: Actor, one: int, other: int, note: object = "") -> None: ...


def weak(one: int, other: int) -> Command[None]:
    return command(_weak, one, other, note="")
"""
IMPORTS = """
from sqlalchemy.orm import Session
from cycle.people import Actor
from workflows.core.commands import Command, command
"""


def test_no_verb_is_handed_on_as_something_that_can_be_called() -> None:
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in product_files()
        if name(path).startswith(("webui/", "workflows/simulation/"))
        and name(path) not in DECORATES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Subscript) and ast.unparse(node) == ANYTHING
    ]
    assert wrong == []


def test_a_command_is_made_by_the_function_that_checks_it() -> None:
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in product_files()
        if name(path) != "workflows/core/commands.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Command"
    ]
    assert wrong == []


@pytest.mark.timeout(900)  # mypy reads everything anew where `make check` has left nothing
def test_what_breaks_an_argument_is_found_and_what_cannot_be_found_is_told() -> None:
    """Every sixth view, and a weak command behind one of them: only that one's mutants survive."""
    views = argument_mutants.views()
    sample = views[::6]
    weak = ROOT / "webui/council/published.py"
    assert weak not in [file for file, _ in views]
    text = weak.read_text(encoding="utf-8").rstrip("\n") + "\n" + IMPORTS + WEAK
    tried, alive = argument_mutants.survivors([*sample, (weak, text)])
    assert tried > 50
    assert [f"{name(each.file)} {each.change}" for each in alive] == [
        "webui/council/published.py swaps one and other",
        "webui/council/published.py has another type for note=''",
    ]
