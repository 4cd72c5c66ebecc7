"""The import line of docs/decisions/0001, and which package may know which library."""

import ast
from collections import Counter

from tests.rules.source import (
    PACKAGES,
    ROOT,
    imported,
    modules,
    name,
    product_files,
    python_files,
    tree,
)

# To the right only.
LINE = PACKAGES
ONLY_IN = {
    "flask": "webui/",
    "flask_login": "webui/",
    "flask_wtf": "webui/",
    "wtforms": "webui/",
    "govuk_frontend_wtf": "webui/",
    "werkzeug": "webui/",
    "gunicorn": "webui/",
    "rq": "notifications/",
    "redis": "notifications/",
    "transitions": "workflows/core/definitions.py",
    "alembic": "cycle/",
    "psycopg": "cycle/",
}
NOT_IN_CONFIG = {"sqlalchemy", "psycopg", "alembic", "jinja2"}
# Inside workflows, downward only: the rooms of docs/decisions/0023.
ROOMS = (
    "rehearsal",
    "benchmark",
    "simulation",
    "sweep",
    "search",
    "cycles",
    "record",
    "council",
    "registered",
    "performance",
    "plans",
    "calendar",
    "meetings",
    "people",
    "timetable",
    "reports",
    "queues",
    "core",
    "framework",
    "files",
)
MOST_FILES = 24
# What registers a rule or a source of tasks, so that whoever acts must have imported it.
REGISTERING = {
    "guard",
    "evidence_guard",
    "of_many",
    "effect",
    "condition",
    "task_source",
    "task_beside",
    "due_day",
    "read_ahead",
    "internal_act",
}
# Drives a browser or a database from outside; nothing of the product may need the tests.
NEVER = {"tests", "pytest", "hypothesis", "playwright"}


def test_imports_go_to_the_right_only() -> None:
    wrong = [
        f"{name(path)}:{line} imports {module}"
        for path in product_files()
        for line, module in imported(path)
        if module.split(".")[0] in LINE
        and LINE.index(module.split(".")[0]) < LINE.index(name(path).split("/")[0])
    ]
    assert wrong == []


def _room(module: str) -> str:
    return module.removesuffix(".py").replace("/", ".").split(".")[1]


def test_imports_between_rooms_go_down_only() -> None:
    arrows = [
        (f"{name(path)}:{line} imports {module}", _room(name(path)), _room(module))
        for path in product_files()
        if name(path).startswith("workflows/") and name(path) != "workflows/__init__.py"
        for line, module in modules(path)
        if module.startswith("workflows.")
    ]
    assert len(arrows) > 300
    assert {room for _, *rooms in arrows for room in rooms} <= set(ROOMS)
    assert [arrow for arrow, here, there in arrows if ROOMS.index(there) < ROOMS.index(here)] == []


def test_no_folder_is_a_shelf() -> None:
    files = Counter(name(path).rpartition("/")[0] for path in python_files())
    assert {folder: many for folder, many in files.items() if many > MOST_FILES} == {}


def test_each_room_says_what_it_is() -> None:
    folders = {path.parent for path in product_files()} - {ROOT}
    silent = [
        name(folder)
        for folder in sorted(folders)
        if "migrations" not in name(folder) and not ast.get_docstring(tree(folder / "__init__.py"))
    ]
    assert silent == []


def _decorator(node: ast.expr) -> str:
    call = node.func if isinstance(node, ast.Call) else node
    return call.id if isinstance(call, ast.Name) else ""


def test_what_registers_itself_is_imported_by_whoever_acts() -> None:
    """A guard that nobody imports would be unknown to a lifecycle, a source of tasks silent."""
    registering = {
        name(path).removesuffix(".py").replace("/", ".")
        for path in product_files()
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
        and REGISTERING & {_decorator(each) for each in node.decorator_list}
    }
    listed = {module for _, module in modules(ROOT / "workflows" / "registered.py")}
    assert registering <= listed, registering - listed
    assert {each for each in listed if each.count(".") == 2} == registering


def test_each_library_stays_in_its_package() -> None:
    wrong = [
        f"{name(path)}:{line} imports {module}"
        for path in product_files()
        for line, module in imported(path)
        if not name(path).startswith(ONLY_IN.get(module.split(".")[0], ""))
    ]
    assert wrong == []


def test_config_touches_no_database_and_no_web() -> None:
    wrong = [
        f"{name(path)}:{line} imports {module}"
        for path in product_files()
        if name(path).startswith("config/")
        for line, module in imported(path)
        if module.split(".")[0] in NOT_IN_CONFIG
    ]
    assert wrong == []


def test_imports_are_absolute_and_never_of_the_tests() -> None:
    wrong = [
        f"{name(path)}:{line} imports {module}"
        for path in product_files()
        for line, module in imported(path)
        if module.startswith(".") or module.split(".")[0] in NEVER
    ]
    assert wrong == []


def test_no_import_hides_inside_a_function() -> None:
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in product_files()
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []
