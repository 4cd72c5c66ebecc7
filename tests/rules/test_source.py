"""Rules about the source as a whole: who commits, who sets a state, how long a file may be."""

import ast
import re

from config import framework_loader
from config.council import COUNCILS
from tests.rules.source import ROOT, name, product_files, tree

LONGEST_FILE = 400
# Methods that WTForms, the web server and the library's reader of HTML call by these names.
OF_THE_LIBRARY = {
    "init_process",
    "process",
    "process_data",
    "process_formdata",
    "process_errors",
    "handle",
    "handle_error",
    "handle_starttag",
    "handle_endtag",
    "handle_data",
}
LONGEST_FUNCTION = 40
SETS_BY_NAME = {"set_committed_value", "setattr"}
FORBIDDEN_WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
FORBIDDEN_NAMES = re.compile(r"(^|_)(helpers?|utils?|handle|process)($|_)|Manager$", re.IGNORECASE)


def attributes_set(node: ast.AST) -> list[str]:
    """The attribute names that a statement assigns, or sets by name."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in SETS_BY_NAME:
        return [each.value for each in node.args[1:2] if isinstance(each, ast.Constant)]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    return [
        part.attr
        for target in targets
        for part in ast.walk(target)
        if isinstance(part, ast.Attribute)
    ]


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function's body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_only_db_py_commits() -> None:
    wrong = [
        f"{name(path)}:{node.lineno}"
        for path in product_files()
        if name(path) != "cycle/db.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert wrong == []


def test_no_code_of_the_engine_names_a_council_or_its_framework() -> None:
    """If a framework needs code, the model is wrong."""
    keys = {*framework_loader.available(), *(each.name for each in COUNCILS.iterdir())}
    places = {key.partition("-")[0] for key in keys if not key.startswith("_")}
    wrong = [
        (name(path), place)
        for path in product_files()
        if name(path).startswith(("cycle/", "workflows/"))
        for place in sorted(places)
        if place in path.read_text(encoding="utf-8").lower()
    ]
    assert places >= {"nottinghamshire", "stockton", "bromsgrove", "borsetshire"}
    assert wrong == []


def test_only_the_engine_sets_a_state_or_a_phase() -> None:
    """Of one subject, and of many (``together``)."""
    setting = {
        name(path)
        for path in product_files()
        if not name(path).startswith("cycle/migrations/")
        for node in ast.walk(tree(path))
        if {"state", "phase"} & set(attributes_set(node))
    }
    assert setting == {"workflows/core/engine.py", "workflows/core/together.py"}


def test_one_verb_moves_a_pin() -> None:
    """INV-06: it leaves an event. A new request for time takes its plan's pin before its first."""
    moves = re.compile(r"UPDATE\s+subject\s+SET\s[^;]*?\bframework_version_id\s*=", re.IGNORECASE)
    pins = {"framework", "framework_version_id"}
    found = {
        name(path)
        for path in product_files()
        if name(path).startswith(("cycle/", "workflows/"))
        if moves.search(path.read_text(encoding="utf-8"))
        or any(pins & set(attributes_set(node)) for node in ast.walk(tree(path)))
    }
    # The checker follows what each chain says of its pin.
    assert found - {"workflows/record/verify/chain.py"} == {
        "workflows/timetable/change_requests.py",
        "workflows/council/framework_publishing.py",
    }


def test_one_statement_writes_the_state_of_a_subject_and_only_the_engine_runs_it() -> None:
    """And one that of many, which stands with what runs it."""
    writes, phases = _writes_of_a_subject("state"), _writes_of_a_subject("phase")
    built = re.compile(r"update\(\s*Subject\b")
    texts = {name(path): path.read_text(encoding="utf-8") for path in product_files()}
    assert sorted(path for path, text in texts.items() if writes.search(text)) == [
        "workflows/core/tasks.py",
        "workflows/core/together.py",
    ]
    assert [path for path, text in texts.items() if phases.search(text)] == [
        "cycle/migrations/versions/0016_phase_of_subjects.py",  # where there was none
        "workflows/core/tasks.py",
        "workflows/core/together.py",
    ]
    assert [path for path, text in texts.items() if built.search(text)] == []
    assert sorted(path for path, text in texts.items() if "write_act(" in text) == [
        "workflows/core/engine.py",
        "workflows/core/tasks.py",
    ]


def _writes_of_a_subject(column: str) -> re.Pattern[str]:
    """Where a subject's column is set: spelt out, or as a part that is put into the statement."""
    spelt_out = rf"UPDATE\s+subject\s+SET\s[^;{{]*?\b{column}\s*="
    return re.compile(rf"{spelt_out}|\bstate = :state, phase = :phase\b", re.IGNORECASE)


def test_no_file_is_too_long() -> None:
    files = [*product_files(), *sorted((ROOT / "tests").rglob("*.py"))]
    long = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    too_long = {
        path: lines
        for path, lines in long.items()
        if lines > LONGEST_FILE and not path.startswith("cycle/migrations/versions/")
    }
    assert too_long == {}


def test_no_function_is_too_long() -> None:
    too_long = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in product_files()
        if not name(path).startswith("cycle/migrations/versions/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and lines_of(node) > LONGEST_FUNCTION
    ]
    assert too_long == []


def test_every_module_says_which_rule_lives_here() -> None:
    files = [*product_files(), *sorted((ROOT / "tests").rglob("*.py"))]
    assert [name(path) for path in files if not ast.get_docstring(tree(path))] == []


def test_every_public_function_says_what_it_does() -> None:
    silent = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in product_files()
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_nothing_is_put_off_for_later() -> None:
    files = [*product_files(), *sorted((ROOT / "webui" / "templates").rglob("*.html"))]
    wrong = [
        name(path) for path in files if FORBIDDEN_WORDS.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_no_name_says_nothing() -> None:
    wrong = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in product_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.name not in OF_THE_LIBRARY
        and FORBIDDEN_NAMES.search(node.name)
    ]
    wrong += [name(path) for path in product_files() if FORBIDDEN_NAMES.search(path.stem)]
    assert wrong == []


def test_only_clock_py_asks_the_system_for_the_time() -> None:
    asks = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")
    wrong = [
        name(path)
        for path in product_files()
        if name(path) != "cycle/clock.py" and asks.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def _compares_words(node: ast.Compare, caught: set[str]) -> bool:
    """Whether one side is the words of a refusal that was caught, or a list of reasons."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr == "reasons":
            return True
        if isinstance(part, ast.Name) and part.id == "reasons":
            return True
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "str":
            return any(isinstance(each, ast.Name) and each.id in caught for each in part.args)
    return False


def test_nothing_is_decided_by_the_words_of_a_refusal() -> None:
    """What may be done about a refusal is a field or a class of it; words may change."""
    wrong = []
    for path in product_files():
        nodes = list(ast.walk(tree(path)))
        caught = {n.name for n in nodes if isinstance(n, ast.ExceptHandler) and n.name}
        caught |= {n.arg for n in nodes if isinstance(n, ast.arg) and n.arg == "refusal"}
        wrong += [
            f"{name(path)}:{node.lineno}"
            for node in nodes
            if isinstance(node, ast.Compare) and _compares_words(node, caught)
        ]
    assert wrong == []
