"""The import line of docs/decisions/0001, and which package may know which library."""

import ast

from tests.rules.source import PACKAGES, imported, name, product_files, tree

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
