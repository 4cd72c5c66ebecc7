"""The words that people see: those of the glossary, and none of the builders' own."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.lexer import TOKEN_DATA, TOKEN_STRING

from tests.rules.source import ROOT, name, product_files, tree

NEVER = ["subject", "lifecycle", "transition", "guard", "clearance", "stale", "actor", "sweep"]
# The word is the record's own; its page and the prints may say it (glossary).
ON_THE_RECORD = {"hash"}
# The glossary is about screens; the commands and framework files name a lifecycle as such.
TERMINAL = ("webui/commands/", "config/")
RECORD_PAGES = ("audit", "record", "print")
UNKIND = re.compile(r"\b(invalid|error|illegal|forbidden)\b", re.IGNORECASE)
REFUSALS = {
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
        if path.stem not in {"guards", "prerequisites"}:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Return) and node.value is not None:
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield f"{name(path)}:{part.lineno}", part.value


def test_no_refusal_says_invalid_or_error() -> None:
    found = [*sentences_for_people(), *returned_sentences()]
    assert [f"{place} {text}" for place, text in found if UNKIND.search(text)] == []


def test_no_refusal_uses_a_builders_word() -> None:
    found = [*sentences_for_people(), *returned_sentences()]
    wrong = [
        f"{place} {text}"
        for place, text in found
        if not place.startswith(TERMINAL) and " " in text.strip() and words_of(text) & set(NEVER)
    ]
    assert wrong == []
