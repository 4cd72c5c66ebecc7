"""Two texts side by side, word by word, and their tables cell by cell (fault L2).

The rule that lives here: a table is compared with the table of the same heading row, and is shown
as one; everything else is compared as words.
"""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

T = TypeVar("T")
# Runs of ("same" | "gone" | "new", words).
Runs = tuple[tuple[str, str], ...]
GONE, NEW, SAME = "gone", "new", "same"
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Table:
    """A table: its rows of cells, the heading row first."""

    rows: tuple[tuple[str, ...], ...]


Block = str | Table
NO_TABLE = Table(())


@dataclass(frozen=True)
class Part:
    """A part of a comparison: words, or the cells of a table by row, the heading row first."""

    words: Runs = ()
    rows: tuple[tuple[Runs, ...], ...] = ()


def blocks(text: str) -> list[Block]:
    """Markdown as words and tables, in order; nothing of the words is left out."""
    found: list[Block] = []
    words: list[str] = []
    lines = text.splitlines(keepends=True)
    place = 0
    while place < len(lines):
        end = _table_end(lines, place)
        if end == place:
            words.append(lines[place])
            place += 1
            continue
        if "".join(words).strip():
            found.append("".join(words))
        words = []
        rows = [lines[place], *lines[place + 2 : end]]
        found.append(Table(tuple(_cells(line) for line in rows)))
        place = end
    return [*found, "".join(words)] if "".join(words).strip() else found


def compare(older: Sequence[Block], newer: Sequence[Block]) -> tuple[Part, ...]:
    """What is gone, new and the same, in the order of the newer one."""
    parts: list[Part] = []
    for old, new in _pairs(older, newer, _alike):
        if isinstance(old, str) or isinstance(new, str):
            words = (each if isinstance(each, str) else "" for each in (old, new))
            parts.append(Part(_words(*words)))
        if isinstance(old, Table) or isinstance(new, Table):
            tables = (each if isinstance(each, Table) else NO_TABLE for each in (old, new))
            parts.append(Part(rows=_rows(*tables)))
    return tuple(parts)


def _table_end(lines: Sequence[str], place: int) -> int:
    """Where the table that begins at a line ends; the line itself where none begins."""
    if place + 1 >= len(lines) or "|" not in lines[place]:
        return place
    rule = lines[place + 1].rstrip("\n")
    if "|" not in rule or not _RULE.fullmatch(rule):
        return place
    end = place + 2
    while end < len(lines) and lines[end].strip() and "|" in lines[end]:
        end += 1
    return end


def _cells(line: str) -> tuple[str, ...]:
    inside = line.strip().removeprefix("|")
    if inside.endswith("|") and not inside.endswith("\\|"):
        inside = inside[:-1]
    return tuple(cell.strip().replace("\\|", "|") for cell in _BAR.split(inside))


def _alike(block: Block) -> Hashable:
    """What two blocks must share to be compared with each other."""
    return block.rows[0] if isinstance(block, Table) else "words"


def _pairs(
    older: Sequence[T], newer: Sequence[T], key: Callable[[T], Hashable]
) -> list[tuple[T | None, T | None]]:
    """The old and the new ones side by side, those with one key first; None where there is none."""
    found: list[tuple[T | None, T | None]] = []
    matcher = SequenceMatcher(None, [*map(key, older)], [*map(key, newer)], autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        old, new = older[a:b], newer[c:d]
        found += zip(old, new, strict=False)
        found += [(each, None) for each in old[len(new) :]]
        found += [(None, each) for each in new[len(old) :]]
    return found


def _rows(old: Table, new: Table) -> tuple[tuple[Runs, ...], ...]:
    return tuple(_row(was, now) for was, now in _pairs(old.rows, new.rows, lambda row: row))


def _row(was: tuple[str, ...] | None, now: tuple[str, ...] | None) -> tuple[Runs, ...]:
    if was is None or now is None:
        return tuple(_words(cell if was else "", cell if now else "") for cell in now or was or ())
    wide = max(len(was), len(now))
    one, other = (cells + ("",) * (wide - len(cells)) for cells in (was, now))
    return tuple(_words(a, b) for a, b in zip(one, other, strict=True))


def _words(before: str, after: str) -> Runs:
    """The words of two texts."""
    old, new = _split(before), _split(after)
    runs: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append((SAME, "".join(old[a:b])))
            continue
        if a < b:
            runs.append((GONE, "".join(old[a:b])))
        if c < d:
            runs.append((NEW, "".join(new[c:d])))
    return tuple(runs)


def _split(text: str) -> list[str]:
    words: list[str] = []
    for line in text.splitlines(keepends=True):
        parts = line.split(" ")
        words.extend(part + " " for part in parts[:-1])
        last = parts[-1].rstrip("\n")
        # The end of a line is a word of its own, so that a line added after the last one leaves it.
        words += [each for each in (last, parts[-1][len(last) :]) if each]
    return words
