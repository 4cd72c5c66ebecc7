"""Breaks each argument of each command in ``webui``, one at a time: ``make check`` must find each.

    python -m tests.rules.argument_mutants          (make mutants)

An argument is left out, is of another type, loses its type, or changes places with another one
that is told apart by its place alone. Each mutant is a copy of the function that makes the command,
put behind the module it is from; mypy reads all of them at once (``--shadow-file``), with the rules
of ``make check``. A mutant in whose lines mypy finds nothing has survived: two values of one type
then have to be said by name, or something has no type.
"""

import ast
import copy
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tests.rules.source import ROOT, name, product_files

COMMAND = "command"
FOREIGN = "__Foreign"
BEHIND = f"import typing as __typing\n\nclass {FOREIGN}: ...\n"
FOUND = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+): error:", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """One broken argument: where the command is made, of which verb, and what was done to it."""

    file: Path
    line: int
    verb: str
    change: str

    def __str__(self) -> str:
        return f"{name(self.file)}:{self.line} {self.verb}: {self.change}"


@dataclass(frozen=True)
class Copy:
    """A function as it is put behind its module; ``mutant`` is None where nothing is broken."""

    first: int
    last: int
    mutant: Mutant | None


def commands(tree: ast.AST) -> list[ast.Call]:
    """The calls that make a command."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == COMMAND
    ]


def broken(call: ast.Call) -> Iterator[tuple[str, ast.Call]]:
    """What can be wrong with what a command says, each with the call that is wrong so."""
    for place in range(1, len(call.args)):
        what = ast.unparse(call.args[place])
        for change, value in _instead(call.args[place]):
            made = copy.deepcopy(call)
            made.args[place : place + 1] = value
            yield f"{change} {what}", made
    for one, other in combinations(range(1, len(call.args)), 2):
        made = copy.deepcopy(call)
        made.args[one], made.args[other] = made.args[other], made.args[one]
        yield f"swaps {ast.unparse(call.args[one])} and {ast.unparse(call.args[other])}", made
    for place, keyword in enumerate(call.keywords):
        for change, value in _instead(keyword.value):
            made = copy.deepcopy(call)
            made.keywords[place : place + 1] = [ast.keyword(keyword.arg, each) for each in value]
            yield f"{change} {ast.unparse(keyword)}", made
    made = copy.deepcopy(call)
    made.args.append(_expression(f"{FOREIGN}()"))
    yield "adds a value", made


def _instead(value: ast.expr) -> list[tuple[str, list[ast.expr]]]:
    untyped = f"__typing.cast(__typing.Any, {ast.unparse(value)})"
    return [
        ("leaves out", []),
        ("has another type for", [_expression(f"{FOREIGN}()")]),
        ("loses the type of", [_expression(untyped)]),
    ]


def _expression(words: str) -> ast.expr:
    return ast.parse(words, mode="eval").body


def mutated(file: Path, text: str) -> tuple[str, list[Copy]]:
    """A module with its mutants behind it, and where each of them stands."""
    tree = ast.parse(text)
    lines, copies = [*text.splitlines(), *BEHIND.splitlines()], []
    for function in tree.body:
        calls = commands(function)
        if not calls:
            continue
        if not isinstance(function, ast.FunctionDef):
            raise ValueError(f"{name(file)}:{function.lineno} makes a command outside a function")
        for mutant, whole in [(None, function), *_mutants(file, function, calls)]:
            whole = copy.deepcopy(whole)
            whole.name, whole.decorator_list = f"__copy_{len(copies)}", []
            first = len(lines) + 1
            lines += ast.unparse(whole).splitlines()
            copies.append(Copy(first, len(lines), mutant))
    return "\n".join(lines) + "\n", copies


def _mutants(
    file: Path, function: ast.FunctionDef, calls: Sequence[ast.Call]
) -> Iterator[tuple[Mutant, ast.FunctionDef]]:
    for number, call in enumerate(calls):
        verb = ast.unparse(call.args[0])
        for change, made in broken(call):
            whole = copy.deepcopy(function)
            place = commands(whole)[number]
            place.args, place.keywords = made.args, made.keywords
            yield Mutant(file, call.lineno, verb, change), whole


def survivors(modules: Sequence[tuple[Path, str]]) -> tuple[int, list[Mutant]]:
    """How many mutants these modules (file, text) have, and those in which mypy finds nothing.

    Raises ValueError where mypy finds something in a copy that nobody broke: it would find that in
    each mutant, too.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        shadows, copies = [], {}
        for number, (file, text) in enumerate(modules):
            shadow = Path(folder, f"{number}.py")
            words, copies[file] = mutated(file, text)
            shadow.write_text(words, encoding="utf-8")
            shadows += ["--shadow-file", name(file), str(shadow)]
        found = _found([*shadows, *(name(file) for file, _ in modules)], Path(folder, "cache"))
    unbroken = [
        f"{name(file)}:{line}"
        for file, lines in found.items()
        for line in sorted(lines)
        if not any(each.mutant and each.first <= line <= each.last for each in copies[file])
    ]
    if unbroken:
        raise ValueError(f"mypy finds something where nothing is broken: {', '.join(unbroken)}")
    mutants = [(file, each) for file in copies for each in copies[file] if each.mutant]
    alive = [
        each.mutant
        for file, each in mutants
        if each.mutant and not any(each.first <= line <= each.last for line in found.get(file, ()))
    ]
    return len(mutants), alive


def _found(asked: list[str], cache: Path) -> dict[Path, set[int]]:
    """The lines of each file in which mypy finds something. What ``make check`` has left in its
    cache makes this quick, and is not changed by it."""
    kept = ROOT / ".mypy_cache"
    if kept.is_dir():
        shutil.copytree(kept, cache)
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(cache), "--no-pretty"]
    done = subprocess.run(
        [*command, "--no-error-summary", *asked], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1) or done.stderr:
        raise ValueError(f"mypy could not read the mutants: {done.stdout}{done.stderr}")
    found: dict[Path, set[int]] = {}
    for each in FOUND.finditer(done.stdout):
        found.setdefault(ROOT / each["file"], set()).add(int(each["line"]))
    return found


def views() -> list[tuple[Path, str]]:
    """The modules of ``webui`` that make commands, with their text."""
    texts = (
        (file, file.read_text(encoding="utf-8"))
        for file in product_files()
        if name(file).startswith("webui/")
    )
    return [(file, text) for file, text in texts if commands(ast.parse(text))]


def main() -> int:
    """Break every argument and say what survived; 1 when something did."""
    modules = views()
    made = sum(len(commands(ast.parse(text))) for _, text in modules)
    tried, alive = survivors(modules)
    summary = f"{made} commands in {len(modules)} modules, {tried} mutants, {len(alive)} survived."
    sys.stdout.write("\n".join([*map(str, alive), summary]) + "\n")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
