"""Every invariant of this release is proved somewhere: named in a test, or a check of verify.

Every security row of this release is named by at least one test that a change could make fail.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

from workflows import verify

TESTS = Path(__file__).resolve().parents[1]
NUMBERS = [
    *range(1, 9),
    *range(10, 14),
    15,
    *range(20, 23),
    27,
    28,
    *range(30, 34),
    40,
    43,
    44,
    *range(50, 54),
]
INVARIANTS = [f"INV-{number:02d}" for number in NUMBERS]
ROWS = [1, 2, *range(4, 7), 9, *range(11, 28), 30, *range(33, 48), 55, 56, 58, 59, 69, 70, 71, 73]
ROWS += range(77, 82)
SECURITY_ROWS = [f"SR-{number:02d}" for number in ROWS]


@cache
def promised() -> str:
    """The docstrings of all test modules and tests, but for this one's."""
    words = []
    for path in TESTS.rglob("test_*.py"):
        if path == Path(__file__):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        words.extend(
            ast.get_docstring(node) or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        )
    return "\n".join(words)


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_every_invariant_is_named_where_it_is_proved(invariant: str) -> None:
    in_verify = any(key.startswith(f"{invariant}-") for key in verify.TITLES)
    assert in_verify or invariant in promised()


@cache
def told_by_tests() -> str:
    """The docstrings of the tests themselves: what is said over a whole module proves nothing."""
    words = []
    for path in TESTS.rglob("test_*.py"):
        if path == Path(__file__):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        words.extend(
            ast.get_docstring(node) or ""
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        )
    return "\n".join(words)


@pytest.mark.parametrize("row", SECURITY_ROWS)
def test_every_security_row_is_named_by_a_test(row: str) -> None:
    assert row in told_by_tests()


def test_every_check_of_verify_names_an_invariant_of_the_list() -> None:
    named = {key[:6] for key in verify.TITLES}
    assert named <= {*INVARIANTS, "INV-41"}
