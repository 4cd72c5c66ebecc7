"""The read layer of docs/decisions/0025: the pages ask ``workflows/<room>/reading*.py``.

Nothing in ``webui`` knows a table, a statement or the database's library. One module names the
class of a session, for the types of its two doors.
"""

import ast
from pathlib import Path

from tests.rules.source import name, product_files, tree

LIBRARY, TABLES = "sqlalchemy", "cycle.models"
# The two doors to the database, which hand a session on to what is below.
DOOR = {"webui/http/auth.py": {("sqlalchemy.orm", "Session")}}


def _pages() -> list[Path]:
    return [path for path in product_files() if name(path).startswith("webui/")]


def _named(path: Path) -> set[tuple[str, str]]:
    """What a file imports of the library or of the tables: (module, name), wherever it stands."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "", alias.name) for alias in node.names}
    return {each for each in found if _is_below(*each)}


def _is_below(module: str, member: str) -> bool:
    spelt = (module, f"{module}.{member}")
    return any(
        each == below or each.startswith(f"{below}.")
        for each in spelt
        for below in (LIBRARY, TABLES)
    )


def test_no_page_knows_a_table_or_a_statement() -> None:
    assert {name(path): named for path in _pages() if (named := _named(path))} == DOOR


def test_no_page_takes_a_session() -> None:
    """What a page reads is read below; a page that took a session could ask it anything."""
    takes = {
        f"{name(path)}:{node.lineno}"
        for path in _pages()
        if name(path) not in DOOR
        for node in ast.walk(tree(path))
        if isinstance(node, ast.arg) and node.arg == "session"
    }
    assert takes == set()
