"""One way in to the outbox: whatever is told has a kind that somebody thought of."""

import ast
import re

from notifications.notices import KINDS, page_of
from tests.rules.source import name, product_files, tree

ADDRESS = re.compile(r"^/(plans|items|reports|tasks|timetable|meetings|people|cycles|audit)\b")


def test_messages_are_written_in_one_place() -> None:
    writes = [
        name(path)
        for path in product_files()
        if "/migrations/" not in name(path)
        and re.search(r"INSERT INTO outbox\b|\bOutbox\(\s*\w+=", path.read_text(encoding="utf-8"))
    ]
    assert writes == ["notifications/notices.py"]


def test_every_kind_that_is_told_is_known_and_every_one_is_told() -> None:
    """A notice of a kind that nobody thought of would leave without heading and link."""
    named: set[str] = set()
    for path in product_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Notice"):
                kinds = [k.value for k in node.keywords if k.arg == "kind"] or node.args[1:2]
                named |= {k.value for k in kinds if isinstance(k, ast.Constant)}
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                named |= set(re.findall(r"'(\w+)' AS kind", node.value))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "_of_kind":
                named |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    assert named == KINDS.keys()


def test_no_workflow_knows_an_address_of_the_web() -> None:
    """The benchmark sends what a browser would."""
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in product_files()
        if name(path).startswith("workflows/") and "/benchmark/" not in name(path)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ADDRESS.search(node.value)
    ]
    assert wrong == []


def test_a_notice_leads_to_its_page_also_when_the_address_itself_was_kept_with_it() -> None:
    """Notices that waited for a daily mail while the build was changed still lead somewhere."""
    assert page_of("moved", "DC-7") == "/timetable/changes/DC-7"
    assert page_of("moved", "/timetable/changes/DC-7") == "/timetable/changes/DC-7"
