"""The words that people see: those of the glossary, and none of the builders' own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.lexer import TOKEN_DATA, TOKEN_STRING

from tests.rules.source import ROOT, name, product_files, python_files, tree

NEVER = ["subject", "lifecycle", "transition", "guard", "clearance", "stale", "actor", "sweep"]
# The word is the record's own; its page and the prints may say it (glossary).
ON_THE_RECORD = {"hash"}
# The glossary is about screens; the commands and framework files name a lifecycle as such.
TERMINAL = ("webui/commands/", "config/")
RECORD_PAGES = ("audit", "record", "print")
# A file or a plan that comes in is imported.
REPLACED = re.compile(r"\b(take|takes|taken|taking) in\b", re.IGNORECASE)
# What no council says (fault W1). In its place stand: deadline rules, the planning year, final,
# is at, checks, upload.
UNUSUAL = re.compile(
    r"\b(rules of days|closed? (the report )?for changes|the year itself|stands? at “"
    r"|every promise|promises hold|(hand|handed) it in\b|take the tick away|put off|whose desk)",
    re.IGNORECASE,
)
# A moment is 4 December 2026 at 2:05pm on every page; only files for programs have 14:05.
CLOCK = re.compile(r"%H|%I|strftime")
REFERENCE = re.compile(r">\s*\{\{\s*[a-z_.]*(\bref|_ref|_from)\s*\}\}\s*</a>")
UNKIND = re.compile(r"\b(invalid|error|illegal|forbidden)\b", re.IGNORECASE)
# Modules with guards, beside those that are called so.
ANSWERING = {"prerequisites", "agreements", "approval_route"}
REFUSALS = {
    "Taken",
    "Refused",
    "NotFound",
    "NotPermitted",
    "NotAvailable",
    "OutOfDate",
    "Repeated",
    "Unreachable",
    "BadInput",
    "Blocked",
    "WrongPassword",
    "ValidationError",
}
WORD = re.compile(r"[A-Za-z]+")
# Words that the code had names of; the field's own stand in their place (decision 0023).
OLD_NAMES = {"anew", "circle", "desk", "further", "outlook", "road", "said", "standing", "told"}
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
ATTRIBUTE = re.compile(r"<[^>]*>")
SEEN_ATTRIBUTE = re.compile(r"(?:title|alt|aria-label|placeholder)=\"([^\"]*)\"")


def templates() -> list[Path]:
    """Every page's template."""
    return sorted((ROOT / "webui" / "templates").rglob("*.html"))


def visible_text(path: Path) -> str:
    """What a person can read: the text between tags, labels, and sentences given to macros."""
    tokens = list(Environment(autoescape=True).lex(path.read_text(encoding="utf-8")))
    data = "".join(text if kind == TOKEN_DATA else " " for _line, kind, text in tokens)
    data = re.sub(r"<(script|style)\b.*?</\1>", " ", data, flags=re.DOTALL)
    labels = " ".join(SEEN_ATTRIBUTE.findall(data))
    # A string with a space is a sentence for a macro; one without is a key or a class.
    sentences = [
        text[1:-1]
        for _line, kind, text in tokens
        if kind == TOKEN_STRING and " " in text and "govuk-" not in text and "/" not in text
    ]
    return " ".join([ATTRIBUTE.sub(" ", data), labels, *sentences])


def words_of(text: str) -> set[str]:
    """The words in lower case, a plural taken for its singular."""
    words = {word.lower() for word in WORD.findall(text)}
    return words | {word.removesuffix("s") for word in words}


@pytest.mark.parametrize("path", templates(), ids=name)
def test_no_template_shows_a_builders_word(path: Path) -> None:
    banned = set(NEVER)
    if not any(page in path.stem for page in RECORD_PAGES):
        banned |= ON_THE_RECORD
    assert words_of(visible_text(path)) & banned == set()


@pytest.mark.parametrize("path", templates(), ids=name)
def test_no_template_says_that_a_file_is_taken_in(path: Path) -> None:
    assert REPLACED.search(visible_text(path)) is None


@pytest.mark.parametrize("path", templates(), ids=name)
def test_no_template_uses_a_word_that_no_council_uses(path: Path) -> None:
    """Fault W1: words, one format of time, and links that say where they lead."""
    source = path.read_text(encoding="utf-8")
    assert UNUSUAL.search(visible_text(path)) is None
    assert CLOCK.search(source) is None
    assert REFERENCE.search(source) is None


def test_no_label_of_a_framework_uses_a_word_that_no_council_uses() -> None:
    """Fault W1: states, actions and tasks are named in the files of frameworks."""
    files = [
        path
        for folder in ("lifecycles", "frameworks")
        for path in (ROOT / "config" / folder).rglob("*.toml")
    ]
    wrong = [
        f"{name(path)}: {line}"
        for path in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.lstrip().startswith("#") and (UNUSUAL.search(line) or REPLACED.search(line))
    ]
    assert wrong == []


def sentences_for_people() -> Iterator[tuple[str, str]]:
    """The literal text of every refusal that the product raises, and where."""
    for path in product_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and called(node.func) in REFUSALS:
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield f"{name(path)}:{part.lineno}", part.value


def called(function: ast.expr) -> str:
    """The last part of a called name."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def returned_sentences() -> Iterator[tuple[str, str]]:
    """What guards answer: a returned sentence is a reason on the page."""
    for path in product_files():
        if not (path.stem.endswith("guards") or path.stem in ANSWERING):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Return) and node.value is not None:
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield f"{name(path)}:{part.lineno}", part.value


def test_no_refusal_says_invalid_or_error() -> None:
    found = [*sentences_for_people(), *returned_sentences()]
    assert [f"{place} {text}" for place, text in found if UNKIND.search(text)] == []


def test_no_refusal_says_that_a_file_is_taken_in() -> None:
    assert [place for place, text in sentences_for_people() if REPLACED.search(text)] == []


def test_no_refusal_uses_a_word_that_no_council_uses() -> None:
    """Fault W1."""
    found = [*sentences_for_people(), *returned_sentences()]
    assert [f"{place} {text}" for place, text in found if UNUSUAL.search(text)] == []


def test_no_refusal_uses_a_builders_word() -> None:
    found = [*sentences_for_people(), *returned_sentences()]
    wrong = [
        f"{place} {text}"
        for place, text in found
        if not place.startswith(TERMINAL) and " " in text.strip() and words_of(text) & set(NEVER)
    ]
    assert wrong == []


def identifiers(path: Path) -> Iterator[tuple[int, str]]:
    """Every name that a file gives or uses, and its line; those of tests are sentences."""
    for node in ast.walk(tree(path)):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Name(id=word):
                yield line, word
            case ast.arg(arg=word) | ast.ClassDef(name=word):
                yield line, word
            case ast.Attribute(attr=word) | ast.keyword(arg=str(word)):
                yield line, word
            case ast.FunctionDef(name=word) if not word.startswith("test_"):
                yield line, word
            case ast.alias(name=word, asname=other):
                yield from ((line, part) for part in [*word.split("."), other] if part)


def old_names(path: Path) -> list[str]:
    """Where a file has a name with one of the old words in it."""
    return [
        f"{name(path)}:{line} {word}"
        for line, word in identifiers(path)
        if words_of(" ".join(PART.findall(word))) & OLD_NAMES
    ]


def test_no_name_in_code_has_an_old_word() -> None:
    """But for what an older build ran to make the old record: it has the names of its day."""
    ours = [path for path in python_files() if not name(path).startswith("tests/data/")]
    assert [place for path in ours for place in old_names(path)] == []


def test_no_module_has_two_names() -> None:
    """Whoever reads ``pinned.of`` in one file and in another reads the same module."""
    names: dict[str, set[str]] = {}
    for path in product_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                for each in node.names:
                    module = f"{node.module}.{each.name}"
                    if (ROOT / f"{module.replace('.', '/')}.py").exists():
                        names.setdefault(module, set()).add(each.asname or each.name)
    assert {module: called for module, called in names.items() if len(called) > 1} == {}
