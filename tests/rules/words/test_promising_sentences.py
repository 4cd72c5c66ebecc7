"""A sentence that promises something is so for whoever reads it now, and a test shows where it is
not said.

``promising.toml`` holds every sentence of the pages, messages and refusals with a word of
``PROMISE`` in it, each once and under its file:

- ``proved``: a test reads it where it is so, and finds it absent where it is not;
- ``kept``: it is said whenever its act is done or refused, or its page is drawn; a test reads it
  and then sees that it was kept;
- ``labels``: it names or explains, and there is a reason why it can be false for nobody;
- ``unproved``: nobody has shown it yet. These are counted, so that they can only become fewer.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from jinja2.lexer import TOKEN_DATA, TOKEN_STRING

from tests.rules.source import ROOT, name, product_files, tree
from tests.rules.words.test_words import SEEN_ATTRIBUTE, templates

# How many sentences nobody has shown yet. Whoever shows one writes the smaller number.
UNPROVED = 9
PROMISE = re.compile(
    r"\b(published|open to|told|nothing|every(one|body|thing)?|all|done|nobody|none|no one"
    r"|always|never)\b",
    re.IGNORECASE,
)
GAP = "…"
# A part of a sentence tells it from others when it has this many words.
DISTINCT = 3
# What no reader of a page or a mail is shown: files and commands are read at a terminal, and made
# plans are no words of ours. What permissions are called stands on pages.
ELSEWHERE = (
    "config/",
    "cycle/migrations/",
    "cycle/models/",
    "cycle/schedule/published.py",
    "cycle/server/",
    "webui/cli.py",
    "webui/commands/",
    "webui/http/headers.py",
    "workflows/benchmark/",
    "workflows/council/load",
    "workflows/simulation/",
)
ON_PAGES = ("config/permissions.py",)
# Strings that no sentence is: statements of SQL and types.
STATEMENT = re.compile(r"\b(SELECT|UPDATE|DELETE|FROM|WHERE|INSERT|GRANT)\b|\| None$")
BLOCK = re.compile(
    r"</?(p|li|h\d|td|th|tr|div|ul|section|summary|details|form|a|button|legend|label|caption|dt"
    r"|dd|title)\b[^>]*>"
)
# Where a page says one thing or another; a sentence may go on behind it, or another begin.
FORK = "\x00"
SENTENCE_END = re.compile(rf"(?<=[.!?])[\s{FORK}]+")

Where = tuple[str, str]


def promises(words: str) -> Iterator[str]:
    """The sentences with a promise in them; what is put in is a gap."""
    for line in words.split("\n"):
        for sentence in SENTENCE_END.split(re.sub(r"\s+", " ", line).strip()):
            plain = sentence.strip(f"{FORK} ").replace(FORK, GAP)
            plain = re.sub(rf"({GAP}\s?)*{GAP}", GAP, plain).strip()
            if PROMISE.search(plain):
                yield plain


def of_template(path: Path) -> Iterator[str]:
    """What a person can read on a page, block by block, and the sentences given to macros."""
    tokens = list(Environment(autoescape=True).lex(path.read_text(encoding="utf-8")))
    gaps = {"variable_begin": GAP, "block_begin": FORK}
    # A page runs its lines together, a mail does not.
    flat = re.compile(r"\s+" if path.suffix == ".html" else r"[ \t]+")
    data = "".join(
        flat.sub(" ", words) if kind == TOKEN_DATA else gaps.get(kind, "")
        for _line, kind, words in tokens
    )
    data = re.sub(r"<(script|style)\b.*?</\1>", " ", data, flags=re.DOTALL)
    seen = SEEN_ATTRIBUTE.findall(data)
    data = re.sub(r"<[^>]*>", "", BLOCK.sub("\n", data))
    given = [
        words[1:-1]
        for _line, kind, words in tokens
        if kind == TOKEN_STRING and " " in words and "govuk-" not in words and "/" not in words
    ]
    for words in (data, *seen, *given):
        yield from promises(words)


def literal(node: ast.AST) -> str | None:
    """The text of a string in code, with a gap for what is put in."""
    match node:
        case ast.Constant(value=str(words)):
            return re.sub(r"\{\w+\}", GAP, words)
        case ast.JoinedStr(values=parts):
            return "".join(literal(part) or GAP for part in parts)
        case _:
            return None


def of_code(path: Path) -> Iterator[str]:
    """The strings of a module that are sentences: no docstring, no statement, no key."""
    hidden: set[int] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Expr):
            hidden.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            hidden |= {id(part) for part in node.values}
    for node in ast.walk(tree(path)):
        words = literal(node) if id(node) not in hidden else None
        if words and " " in words.strip() and not STATEMENT.search(words):
            yield from promises(words)


@cache
def sentences() -> frozenset[Where]:
    """Every promising sentence of the product, with its file."""
    mails = (ROOT / "notifications" / "templates").glob("*.txt")
    pages = [(path, of_template(path)) for path in (*templates(), *mails)]
    modules = [
        (path, of_code(path))
        for path in product_files()
        if name(path) in ON_PAGES or not name(path).startswith(ELSEWHERE)
    ]
    return frozenset((name(path), each) for path, found in (*pages, *modules) for each in found)


@cache
def table() -> dict[str, Any]:
    """What ``promising.toml`` says."""
    return tomllib.loads((ROOT / "tests/rules/promising.toml").read_text(encoding="utf-8"))


def rows_of(kind: str) -> list[tuple[str, str, str]]:
    """The sentences of a kind with their files and tests; of those that are gone, another test
    speaks."""
    by_file = table().get(kind, {}).items()
    rows = [(file, says, test) for file, rows in by_file for says, test in rows.items()]
    return [row for row in rows if row[1] in patterns()]


def listed() -> list[Where]:
    """Every sentence of the table, with its file."""
    shown = [table().get(kind, {}) for kind in ("proved", "kept")]
    rows = [(file, says) for by_file in shown for file in by_file for says in by_file[file]]
    groups = [*(group["says"] for group in table()["labels"]), table().get("unproved", {})]
    return rows + [(file, each) for group in groups for file in group for each in group[file]]


def test_every_sentence_that_promises_something_is_listed_once() -> None:
    """A new one says here how it is proved; one that is gone is taken off the list."""
    every = listed()
    assert sorted(sentences() - set(every)) == [], "not in promising.toml"
    assert sorted(set(every) - sentences()) == [], "in promising.toml, and nobody says it"
    assert sorted({each for each in every if every.count(each) > 1}) == [], "listed twice"


def test_what_nobody_has_shown_can_only_become_less() -> None:
    assert sum(len(each) for each in table().get("unproved", {}).values()) == UNPROVED


def test_every_group_of_labels_says_why_it_promises_nothing() -> None:
    assert [group for group in table()["labels"] if len(group["because"].split()) < 8] == []


# What a test reads -------------------------------------------------------------------------------


class Reading(ast.NodeVisitor):
    """The words that a test finds, and those that it finds absent."""

    def __init__(self, module: ast.Module, test: ast.FunctionDef):
        self.names: dict[str, list[ast.expr]] = {}
        for node in (*module.body, *ast.walk(test)):
            self._bind(node)
        self.found: set[str] = set()
        self.absent: set[str] = set()
        self.checks = 0
        self._holds = True
        for each in test.body:
            self.visit(each)

    def _bind(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[ast.Name(id=word)], value=value):
                self.names.setdefault(word, []).append(value)
            case ast.Assign(targets=[ast.Tuple(elts=words)], value=ast.Tuple(elts=values)):
                for word, value in zip(words, values, strict=False):
                    if isinstance(word, ast.Name):
                        self.names.setdefault(word.id, []).append(value)
            case (
                ast.For(target=ast.Name(id=word), iter=value)
                | ast.comprehension(target=ast.Name(id=word), iter=value)
            ):
                self.names.setdefault(word, []).append(value)

    def _words(self, node: ast.expr, depth: int = 0) -> set[str]:
        """The texts that an expression can be."""
        if (words := literal(node)) is not None:
            return {re.sub(r"\s+", " ", words)}
        if depth > 3:
            return set()
        match node:
            case ast.Name(id=word):
                parts = self.names.get(word, [])
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                pass
            case _:
                parts = []
        return set().union(*(self._words(part, depth + 1) for part in parts))

    def visit_Assert(self, node: ast.Assert) -> None:
        """What is asserted; a sentence beside it explains a failure and reads nothing."""
        self.checks += 1
        self.visit(node.test)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """``not`` turns what is found into what is absent."""
        turned = isinstance(node.op, ast.Not)
        self._holds ^= turned
        self.generic_visit(node)
        self._holds ^= turned

    def visit_Compare(self, node: ast.Compare) -> None:
        """``words in page``, ``words not in page`` and ``page == words``."""
        for left, op, right in zip(
            (node.left, *node.comparators), node.ops, node.comparators, strict=False
        ):
            if isinstance(op, ast.In | ast.NotIn):
                holds = self._holds ^ isinstance(op, ast.NotIn)
                (self.found if holds else self.absent).update(self._words(left))
            elif isinstance(op, ast.Eq) and self._holds:
                self.found.update(self._words(left) | self._words(right))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """``pytest.raises(..., match=words)`` reads what a refusal says."""
        if isinstance(node.func, ast.Attribute) and node.func.attr == "raises":
            self.checks += 1
            for keyword in node.keywords:
                if keyword.arg == "match":
                    self.found.update(
                        re.sub(r"\\(.)", r"\1", w) for w in self._words(keyword.value)
                    )
        self.generic_visit(node)


@cache
def reading(test: str) -> Reading | None:
    """What a test reads, by its name; None when there is no such test."""
    file, _, called = test.partition("::")
    if not (ROOT / file).is_file():
        return None
    for node in ast.walk(tree(ROOT / file)):
        if isinstance(node, ast.FunctionDef) and node.name == called.split("[")[0]:
            return Reading(tree(ROOT / file), node)
    return None


@cache
def patterns() -> dict[str, re.Pattern[str]]:
    """Every sentence with anything in its gaps."""
    return {
        each: re.compile(
            r"(?<!\w)" + ".*".join(re.escape(run.strip()) for run in each.split(GAP)) + r"(?!\w)"
            if each[-1].isalnum() and each[0].isalnum()
            else ".*".join(re.escape(run.strip()) for run in each.split(GAP))
        )
        for each in {says for _file, says in sentences()}
    }


def is_whole(sentence: str, words: str) -> bool:
    """Whether words hold a sentence, and not only another one that it is a part of."""
    core = sentence.strip(f"{GAP} ")
    return patterns()[sentence].search(words) is not None and not any(
        core in other and other != sentence and pattern.search(words)
        for other, pattern in patterns().items()
    )


def is_part(sentence: str, words: str) -> bool:
    """Whether words are a part of a sentence, or hold one of its runs, that no other has."""
    runs = [run.strip() for run in sentence.split(GAP)]
    parts = [words] if words in sentence else [run for run in runs if run in words]
    return any(
        len(part.split()) >= DISTINCT
        and not any(part in other for other in patterns() if other != sentence)
        for part in parts
    )


def quoted(sentence: str, words: set[str]) -> bool:
    """Whether a test that reads these words reads the sentence."""
    return any(is_whole(sentence, each) or is_part(sentence, each) for each in words)


@pytest.mark.parametrize("kind", ["proved", "kept"])
def test_every_sentence_is_read_by_the_test_that_proves_it(kind: str) -> None:
    unread = [
        (says, test)
        for _file, says, test in rows_of(kind)
        if (read := reading(test)) is None or not quoted(says, read.found)
    ]
    assert unread == []


def test_every_proved_sentence_is_absent_where_it_is_not_so() -> None:
    """The false case: without it a sentence that stands on every page would be proved."""
    only_there = [
        (says, test)
        for _file, says, test in rows_of("proved")
        if (read := reading(test)) is None or not quoted(says, read.absent)
    ]
    assert only_there == []


def test_every_kept_sentence_is_seen_to_be_kept() -> None:
    """Whoever reads it looks at something else as well."""
    hollow = [
        (says, test)
        for _file, says, test in rows_of("kept")
        if (read := reading(test)) is None or read.checks < 2
    ]
    assert hollow == []


EXAMPLE = """
NONE = "No decision that is open to you"
def test_it():
    assert "Nothing would change." in page
    assert "Nothing would change." not in other
    assert not [words for words in (NONE, "Every service has") if words in page]
    with pytest.raises(Blocked, match="This plan is settled"):
        act()
"""


def test_a_test_is_read_as_people_read_it() -> None:
    """What is found, what is absent, by whichever words of Python; and no short part is enough."""
    module = ast.parse(EXAMPLE)
    read = Reading(module, next(n for n in module.body if isinstance(n, ast.FunctionDef)))
    change = "Nothing would change."
    assert read.found == {change, "This plan is settled"}
    assert read.absent == {change, "No decision that is open to you", "Every service has"}
    assert read.checks == 4
    assert quoted(change, {change})
    assert not quoted(change, {"Nothing would"}), "two words are found in many sentences"
    assert not quoted(change, {"Nothing is on the agenda"})
