"""Words of HTML with bold, italics, links and breaks as one line of Markdown, or several.

The rules that live here: no word is ever changed. What Markdown would take for a sign is escaped,
and where bold or a link cannot be written so that the very same words are read back, the words
stand without it. Words that look the same are written the same: a link outside, then bold, italics
and what is struck out, none over a break or over blanks at its ends.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from workflows.files import markup
from workflows.files.html_tree import Element, tree

_LOOKS = {
    "strong": "bold", "b": "bold", "em": "italic", "i": "italic",
    "s": "struck", "del": "struck", "code": "code",
}  # fmt: skip
_SIGNS = (("bold", "**"), ("italic", "*"), ("struck", "~~"))
_SAFE = re.compile(r"(?:https?://|mailto:|/(?!/)|#(?!(?:foot|end)note-))", re.IGNORECASE)
_BLANKS = re.compile(r"( +|\n)")
# What would be a sign wherever it stands in a line.
_ALWAYS = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|$)|[`*]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~"
    r"|&(?=#?\w+;)|<(?=[A-Za-z][A-Za-z0-9+.-]*:|[^<>\s]+@)",
    re.MULTILINE,
)
# What would begin a heading, a quotation, a list, a rule, a table or a block of code.
_AT_START = re.compile(r"(?m)^(?=#{1,6}(?:\s|$)|>|[-+](?:\s|$)|[-=_:|\s]+$|~~~)(?=\S)")
_NUMBERED = re.compile(r"(?m)^(\d{1,9})([.)])(?=\s|$)")
_NO_SIGN = re.compile(r"[^\W\d_][^\\`*_~&<>\[\]|!#=\n]*", re.DOTALL)
_BRACKETS = re.compile(r"[\[\]]")


@dataclass(frozen=True)
class _Run:
    """Words of one look and one link; blanks and breaks are runs of their own."""

    words: str
    looks: frozenset[str] = frozenset()
    to: str = ""


def line(element: Element) -> str:
    """The words of an element as Markdown; a break is a line feed."""
    runs = _settled(_runs(element, _Run("")))
    wanted = _same("".join(each.words for each in runs))
    if not any(each.looks or each.to for each in runs) and _NO_SIGN.fullmatch(wanted):
        return wanted  # most lines: nothing in them can be taken for a sign
    plain = [replace(each, looks=frozenset()) for each in runs]
    for way in (runs, plain, [_Run(each.words) for each in runs]):
        found = _tidy(_linked(way))
        if _read_back(found) == wanted:
            return found
    return _tidy(_escaped(wanted, brackets=True))


def plain(element: Element) -> str:
    """The words of an element on one line, without signs and breaks."""
    return " ".join("".join(each.words for each in _runs(element, _Run(""))).split())


def _runs(element: Element, now: _Run) -> Iterable[_Run]:
    """The words of an element in their looks, blanks as one and apart."""
    for each in element.children:
        if isinstance(each, str):
            words = re.sub(r"[ \t\n\r\u00a0]+", " ", each)
            yield from (replace(now, words=part) for part in _BLANKS.split(words) if part)
        elif each.name == "br":
            yield replace(now, words="\n")
        elif each.name == "input":
            yield replace(now, words="☑" if "checked" in each.attributes else "☐")
        else:
            look = _LOOKS.get(each.name)
            looks = now.looks | {look} if look else now.looks
            to = each.attributes.get("href", "") if each.name == "a" else now.to
            yield from _runs(each, _Run("", looks, _address(to) if _SAFE.match(to) else ""))
            if each.name == "p":
                yield _Run("\n")


def _settled(found: Iterable[_Run]) -> list[_Run]:
    """Blanks look as what is on both sides of them, breaks as nothing; what looks the same is one
    run."""
    runs = [*found]
    after = _neighbours(reversed(runs))[::-1]
    for place, (each, before, behind) in enumerate(
        zip([*runs], _neighbours(runs), after, strict=True)
    ):
        if each.words.strip():
            continue
        inside = each.words != "\n" and "\n" not in (before.words, behind.words)
        to = before.to if inside and before.to == behind.to else ""
        looks = before.looks & behind.looks if inside else frozenset()
        runs[place] = _Run(each.words, looks, to)
    merged = [
        _Run("".join(each.words for each in group), *key)
        for key, group in groupby(runs, key=lambda each: (each.looks, each.to))
    ]
    return [replace(each, words=re.sub(" +", " ", each.words)) for each in merged]


def _neighbours(runs: Iterable[_Run]) -> list[_Run]:
    """For each run the last one before it that is no blank."""
    found, last = [], _Run("")
    for each in runs:
        found.append(last)
        last = each if each.words.strip(" ") else last
    return found


def _linked(runs: Sequence[_Run]) -> str:
    """Runs as Markdown, links outside of all else."""
    brackets = any(each.to for each in runs)
    written = []
    for to, group in groupby(runs, key=lambda each: each.to):
        words = _signed([*group], 0, brackets=brackets)
        written.append(_around(words, "[", f"]({to})") if to else words)
    return "".join(written)


def _signed(runs: Sequence[_Run], depth: int, *, brackets: bool) -> str:
    """Runs of one link with the signs from the ``depth``-th on."""
    if depth == len(_SIGNS):
        return "".join(
            _code(each.words) if "code" in each.looks else _escaped(each.words, brackets=brackets)
            for each in runs
        )
    look, sign = _SIGNS[depth]
    written = []
    has: Callable[[_Run], bool] = lambda each: look in each.looks  # noqa: E731
    for wanted, group in groupby(runs, key=has):
        words = _signed([*group], depth + 1, brackets=brackets)
        written.append(_around(words, sign, sign) if wanted else words)
    return "".join(written)


def _address(to: str) -> str:
    return re.sub(r"[()\s<>\\]", lambda sign: f"%{ord(sign[0]):02X}", to)


def _code(words: str) -> str:
    """Code as it stands, between enough signs that those inside do not end it."""
    longest = max((len(each) for each in re.findall("`+", words)), default=0)
    sign = "`" * (longest + 1)
    gap = " " if words.startswith("`") or words.endswith("`") else ""
    return _around(words, sign + gap, gap + sign)


def _around(words: str, before: str, after: str) -> str:
    """Signs stand next to words, never next to blanks; nothing is put around nothing."""
    middle = words.strip()
    if not middle:
        return words
    lead = words[: len(words) - len(words.lstrip())]
    tail = words[len(words.rstrip()) :]
    return f"{lead}{before}{middle}{after}{tail}"


def _escaped(words: str, *, brackets: bool) -> str:
    found = _ALWAYS.sub(lambda sign: f"\\{sign[0]}", words)
    if brackets or "](" in words or "]:" in words:
        found = _BRACKETS.sub(lambda sign: f"\\{sign[0]}", found)
    return found


def _tidy(words: str) -> str:
    """Lines without blanks at their ends, of which none begins a block."""
    lines = [each.strip() for each in words.split("\n")]
    written = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    written = _AT_START.sub(r"\\", written)
    return _NUMBERED.sub(r"\1\\\2", written)


def _read_back(written: str) -> str:
    """The words that somebody reads who is shown this Markdown."""
    shown = tree(markup.html(markup.parsed(written)))
    return _same("".join(each.words for each in _runs(shown, _Run(""))))


def _same(words: str) -> str:
    """Words by which two texts are compared: blanks as one, empty lines as none."""
    lines = [" ".join(each.split()) for each in words.split("\n")]
    return "\n".join(each for each in lines if each)
