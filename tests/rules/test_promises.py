"""Every invariant of this release is proved somewhere: named in a test, or a check of verify."""

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


def test_every_check_of_verify_names_an_invariant_of_the_list() -> None:
    named = {key[:6] for key in verify.TITLES}
    assert named <= {*INVARIANTS, "INV-41"}
