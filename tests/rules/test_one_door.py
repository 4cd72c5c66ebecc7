"""What a person may read is decided in ``cycle/access*.py``; every other module asks there.

Fault R2. A new reader that decides for itself, by the column, by a right or by the state of a
report, is named here.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.rules.source import name, product_files, tree

DOOR = ("cycle/access.py", "cycle/access_outside.py", "cycle/access_rights.py")
# Who names the column without deciding who may read: the column itself, a report that is exempt
# because its plan is, and rows of a made-up council.
WRITES = (
    "cycle/models/planning.py", "cycle/migrations/", "workflows/reports/report_requests.py",
    "workflows/benchmark/inbox.py",
)  # fmt: skip
# The door's own conditions as statements need them; who works on what is asked of functions.
READS_ALL = ("cycle/people.py",)
# Rules on where a report stands, not on who may read it: whether a plan can still be withdrawn,
# what a moved meeting moves, who is asked for a report, what can be waived, what can be resolved,
# which step comes next.
STATES = (
    "workflows/plans/guards.py", "workflows/plans/plans.py", "workflows/meetings/meetings.py",
    "workflows/meetings/resolutions.py", "workflows/meetings/waivers.py",
    "workflows/plans/overview.py",
)  # fmt: skip
COLUMN = re.compile(r"\b\w+\.exempt\b|\bexempt\s*(=|IS|FROM)", re.IGNORECASE)


def others(allowed: tuple[str, ...]) -> Iterator[Path]:
    """The product's files but for the door and those allowed."""
    return (path for path in product_files() if not name(path).startswith(DOOR + allowed))


def texts(path: Path) -> Iterator[ast.Constant]:
    """The texts of a file, docstrings left out."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            yield node


def test_only_the_door_asks_whether_something_is_exempt() -> None:
    """INV-51."""
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in others(WRITES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "exempt"
    ]
    wrong += [
        f"{name(path)}:{node.lineno}"
        for path in others(WRITES)
        for node in texts(path)
        if COLUMN.search(str(node.value))
    ]
    assert wrong == []


def test_only_the_door_asks_who_reads_every_text() -> None:
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in others(READS_ALL)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "reads_all"
    ]
    assert wrong == []


def test_only_the_door_knows_that_what_is_published_is_open() -> None:
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in others(STATES)
        if name(path).startswith(("workflows/", "notifications/", "cycle/"))
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr == "BEFORE_BODIES")
        or (isinstance(node, ast.Constant) and "before_bodies" in str(node.value))
    ]
    assert wrong == []


def test_pages_ask_for_text_and_reports_at_the_door() -> None:
    """No page reads a working copy, a report or a record by itself: each asks the door first."""
    rooms = [
        path
        for path in product_files()
        if name(path).startswith("webui/") or path.name.startswith("reading")
    ]
    words = re.compile(
        r"\bFROM (section|remark|officer_comment|decision|contribution)\b|\bsealed_section\b"
        r"|payload::jsonb|select\((Section|Remark|Contribution|OfficerComment|Decision|Item)\b"
    )
    asking = [path for path in rooms if words.search(path.read_text(encoding="utf-8"))]
    assert asking
    wrong = [name(path) for path in asking if "access." not in path.read_text(encoding="utf-8")]
    assert wrong == []
