"""Rules about roles and choices: code names none of a council's roles, and reads what it lists."""

import ast
import re
from pathlib import Path

from config import choices, framework_loader, permissions
from config.framework import Framework
from tests.rules.source import ROOT, name, product_files, tree

# A word that is a role of some framework and stands in code for something else.
OTHER_MEANINGS = {
    "system": "Plancycle itself, and the kind of a transition that happens by its date",
    "chair": "the chair of a body in a council's files, and of a meeting who says why it is urgent",
    "member": "whether a person in a council's files is a councillor",
}
# Words of sealed rows, which keep their spelling (file and word).
OF_THE_RECORD = {
    ("workflows/record/verify/queries.py", "service_director")
}  # the kind of a sign-off
# Where editions from before permissions are read, and the schema's own history.
READS_OLD_EDITIONS = ("config/permissions.py", "cycle/migrations/")


def roles() -> set[str]:
    """Every role of every framework that is shipped."""
    return {key for each in framework_loader.available() for key in _shipped(each).roles}


def _shipped(key: str) -> Framework:
    return framework_loader.load(key)


def strings_of(path: Path) -> list[tuple[int, str]]:
    """The strings of a file with their lines; docstrings are for people and left out."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def test_no_code_names_a_role() -> None:
    """Fault R11: a council calls its roles what it likes, and everything works for it."""
    ours = roles() - OTHER_MEANINGS.keys()
    quoted = re.compile(r"'(\w+)'")
    wrong = [
        (f"{name(path)}:{line}", role)
        for path in product_files()
        if not name(path).startswith(READS_OLD_EDITIONS)
        for line, words in strings_of(path)
        for role in sorted({words, *quoted.findall(words)} & ours)
        if (name(path), role) not in OF_THE_RECORD
    ]
    assert ours >= {"clerk", "support_service", "head_of_service", "leader"}
    assert wrong == []


def test_no_page_names_a_role() -> None:
    """Fault R11, in templates."""
    ours = roles() - OTHER_MEANINGS.keys()
    wrong = [
        (str(path.relative_to(ROOT)), role)
        for path in sorted((ROOT / "webui" / "templates").rglob("*.*"))
        for role in sorted(set(re.findall(r"[\"'](\w+)[\"']", path.read_text("utf-8"))) & ours)
    ]
    assert wrong == []


def _asked_for() -> set[str]:
    """The permissions that code or a page asks for, by their constant or by their word."""
    names = {
        value: key
        for key, value in vars(permissions).items()
        if key.isupper() and isinstance(value, str)
    }
    found = set()
    for path in product_files():
        if name(path).startswith(READS_OLD_EDITIONS):
            continue
        used = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        used |= {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
        words = {word for _line, words in strings_of(path) for word in re.findall(r"\w+", words)}
        found |= {key for key in permissions.WORDS if key in words or names.get(key) in used}
    for page in (ROOT / "webui" / "templates").rglob("*.html"):
        found |= set(re.findall(r"may\(\"(\w+)\"\)", page.read_text("utf-8")))
    return found


def test_every_permission_is_asked_for_somewhere_and_is_some_roles() -> None:
    """Fault R8: a right that nothing reads promises what is not so."""
    assert permissions.WORDS.keys() - _asked_for() == set()
    for key in framework_loader.available():
        given = {each for role in _shipped(key).roles.values() for each in role.permissions}
        assert given == permissions.WORDS.keys(), key


def test_every_choice_that_is_read_by_name_is_read_by_code() -> None:
    """Fault R8: the same for the choices of a council."""
    by_name = choices.READ_BY_NAME
    constants = {
        value: key
        for key, value in vars(choices).items()
        if key.isupper() and isinstance(value, str)
    }
    used = {
        node.id
        for path in product_files()
        if name(path) != "config/choices.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name)
    }
    assert {constants[key] for key in by_name} <= used
    for key in framework_loader.available():
        assert choices.unread_settings(_shipped(key)) == [], key
