"""Every invariant of this release is named by a test or is a check of verify; every security row is
named by a test.

A row is claimed in the docstring of the very test that fails without what keeps it (fault X11):
what stands over a whole file, or in the product's own words, is claimed by one of the tests too.
``cures.toml`` takes out what keeps the rows, one at a time.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.rules.source import name, product_files
from workflows.record.verify import verify

TESTS = Path(__file__).resolve().parents[1]
NUMBERS = [
    *range(1, 9),
    *range(10, 14),
    15,
    *range(20, 23),
    27,
    28,
    *range(30, 35),
    *range(40, 47),
    *range(50, 54),
    61,
]
INVARIANTS = [f"INV-{number:02d}" for number in NUMBERS]
ROWS = [*range(1, 7), 9, *range(11, 28), 30, *range(33, 48), 49, 53, 55, 56, 58, 59, 63]
ROWS += [69, 70, 71, 73, *range(77, 82)]
SECURITY_ROWS = [f"SR-{number:02d}" for number in ROWS]


ROW = re.compile(r"\b(INV|SR)-(\d\d)(?: to \1-(\d\d))?")


def rows_of(words: str) -> set[str]:
    """The rows that words name; "SR-40 to SR-45" are six."""
    return {
        f"{kind}-{number:02d}"
        for kind, first, last in ROW.findall(words)
        for number in range(int(first), int(last or first) + 1)
    }


@cache
def claimed_by_tests() -> dict[str, set[str]]:
    """The rows that the docstrings of the tests themselves name, by file."""
    return {name: set().union(*tests.values()) for name, (_, tests) in claims().items()}


@cache
def claims() -> dict[str, tuple[set[str], dict[str, set[str]]]]:
    """By file: the rows that its own docstring names, and those that each of its tests names."""
    found = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if path == Path(__file__):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        tests = {
            node.name: rows_of(ast.get_docstring(node) or "")
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        }
        found[str(path.relative_to(TESTS))] = (rows_of(ast.get_docstring(tree) or ""), tests)
    return found


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_every_invariant_is_named_where_it_is_proved(invariant: str) -> None:
    in_verify = any(key.startswith(f"{invariant}-") for key in verify.TITLES)
    assert in_verify or any(invariant in rows for rows in claimed_by_tests().values())


@pytest.mark.parametrize("row", SECURITY_ROWS)
def test_every_security_row_is_named_by_a_test(row: str) -> None:
    assert any(row in rows for rows in claimed_by_tests().values())


def test_what_is_said_over_a_file_is_claimed_by_one_of_its_tests() -> None:
    """Fault X11: a name over a whole file cannot fail; the test that can names the row itself."""
    hollow = {
        name: sorted(over - claimed_by_tests()[name])
        for name, (over, _) in claims().items()
        if over - claimed_by_tests()[name]
    }
    assert hollow == {}


def test_what_the_product_says_that_it_keeps_is_claimed_by_a_test() -> None:
    """Fault X11: a row that the product's own words name, and no test, is a promise of nobody."""
    claimed = set().union(*claimed_by_tests().values(), {key[:6] for key in verify.TITLES})
    hollow = {
        name(path): sorted(rows_of(path.read_text(encoding="utf-8")) - claimed)
        for path in product_files()
    }
    assert {path: rows for path, rows in hollow.items() if rows} == {}


def test_every_check_of_verify_names_an_invariant_of_the_list() -> None:
    named = {key[:6] for key in verify.TITLES}
    assert named <= {*INVARIANTS, "INV-41"}
