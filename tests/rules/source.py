"""The product's own source, read once for the tests of this folder."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("webui", "workflows", "notifications", "cycle", "config")


@cache
def product_files() -> tuple[Path, ...]:
    """Every Python file of the five packages."""
    return tuple(sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    """The path as people write it, from the project's folder."""
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """The line and dotted name of every import of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def modules(path: Path) -> Iterator[tuple[int, str]]:
    """The line and dotted name of every file of ours that a file imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(PACKAGES):
            folder = ROOT / node.module.replace(".", "/")
            for each in node.names:
                inside = (folder / f"{each.name}.py").exists()
                yield node.lineno, f"{node.module}.{each.name}" if inside else node.module


@cache
def python_files() -> tuple[Path, ...]:
    """Every Python file of ours, tests too."""
    here = (*PACKAGES, "tests", "benchmarks", "docs")
    return tuple(sorted(path for name in here for path in (ROOT / name).rglob("*.py")))
