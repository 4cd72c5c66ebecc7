"""The numbers that Word writes before paragraphs: "1.", "1.1", "(a)", worked out as Word does.

The rule that lives here: a list goes on counting after a paragraph, since all that is numbered by
one definition counts together; only a definition that says so begins again (ECMA-376 Part 1,
17.9). In the text there are no numbers: they are worked out from the order of the paragraphs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from workflows.files.word_xml import w

LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True)
class _Level:
    start: int
    kind: str
    text: str


@dataclass
class _List:
    """A numbering as paragraphs name it: whose levels it has, and where it begins again."""

    definition: str
    restarts: dict[int, int]
    levels: dict[int, _Level] = field(default_factory=dict)


@dataclass
class Numbering:
    """All numberings of a document, and how far each has counted."""

    lists: dict[str, _List] = field(default_factory=dict)
    definitions: dict[str, dict[int, _Level]] = field(default_factory=dict)
    by_style: dict[str, tuple[str, int]] = field(default_factory=dict)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def label(self, paragraph: Element) -> str:
        """What Word writes before this paragraph, the next in the order of the text; "" where it
        has no number: no list, or a bullet."""
        number, level = self._named(paragraph)
        found = self.lists.get(number)
        if found is None or not 0 <= level < LEVELS:
            return ""
        levels = {**self.definitions.get(found.definition, {}), **found.levels}
        counts = self._counts.setdefault(found.definition, [None] * LEVELS)
        self._count(number, found, counts, level, levels)
        own = levels.get(level)
        if own is None or own.kind in ("bullet", "none"):
            return ""

        def counted(place: re.Match[str]) -> str:
            at = int(place[1]) - 1
            kind = levels[at].kind if at in levels else "decimal"
            return _written(counts[at] or _start(levels, at), kind)

        return _PLACE.sub(counted, own.text).strip()

    def _count(
        self,
        number: str,
        found: _List,
        counts: list[int | None],
        level: int,
        levels: Mapping[int, _Level],
    ) -> None:
        begins = level in found.restarts and (number, level) not in self._begun
        self._begun.add((number, level))
        before = counts[level]
        if begins:
            counts[level] = found.restarts[level]
        else:
            counts[level] = _start(levels, level) if before is None else before + 1
        counts[level + 1 :] = [None] * (LEVELS - level - 1)
        for above in range(level):
            if counts[above] is None:
                counts[above] = _start(levels, above)

    def _named(self, paragraph: Element) -> tuple[str, int]:
        """The numbering and level that a paragraph names itself, or by its style."""
        style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
        of_style = self.by_style.get(style.get(w("val"), "") if style is not None else "")
        own = paragraph.find(f"{w('pPr')}/{w('numPr')}")
        if own is None:
            return of_style or ("", 0)
        number = _value(own, "numId") or (of_style[0] if of_style else "")
        level = _value(own, "ilvl") or (str(of_style[1]) if of_style else "0")
        return number, int(level) if level.isdecimal() else 0


def read(numbering: Element | None, styles: Element | None) -> Numbering:
    """The numberings of a document and of its styles."""
    found = Numbering()
    if numbering is None:
        return found
    for each in numbering.findall(w("abstractNum")):
        found.definitions[each.get(w("abstractNumId"), "")] = dict(_levels(each))
    for each in numbering.findall(w("num")):
        overrides = each.findall(w("lvlOverride"))
        starts = {_level(o): _value(o, "startOverride") for o in overrides}
        found.lists[each.get(w("numId"), "")] = _List(
            _value(each, "abstractNumId"),
            {level: int(start) for level, start in starts.items() if start.isdecimal()},
            {level: own for o in overrides for level, own in _levels(o)},
        )
    for style in () if styles is None else styles.findall(w("style")):
        of_style = style.find(f"{w('pPr')}/{w('numPr')}")
        if of_style is not None and (number := _value(of_style, "numId")):
            level = _value(of_style, "ilvl")
            found.by_style[style.get(w("styleId"), "")] = (
                number,
                int(level) if level.isdecimal() else 0,
            )
    return found


def _levels(parent: Element) -> Iterator[tuple[int, _Level]]:
    for each in parent.findall(w("lvl")):
        start = _value(each, "start")
        yield (
            _level(each),
            _Level(
                int(start) if start.isdecimal() else 1,
                _value(each, "numFmt") or "decimal",
                _value(each, "lvlText"),
            ),
        )


def _level(element: Element) -> int:
    level = element.get(w("ilvl"), "")
    return int(level) if level.isdecimal() else 0


def _value(parent: Element, name: str) -> str:
    found = parent.find(w(name))
    return "" if found is None else found.get(w("val"), "")


def _start(levels: Mapping[int, _Level], level: int) -> int:
    return levels[level].start if level in levels else 1


def _written(number: int, kind: str) -> str:
    """A number in the letters of its kind; kinds that are not known here count in digits."""
    if kind in ("lowerLetter", "upperLetter") and 0 < number < 1000:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters if kind == "lowerLetter" else letters.upper()
    if kind in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        letters = _roman(number)
        return letters if kind == "lowerRoman" else letters.upper()
    return f"{number:02d}" if kind == "decimalZero" else str(number)


def _roman(number: int) -> str:
    letters = ""
    for value, letter in _ROMAN:
        many, number = divmod(number, value)
        letters += letter * many
    return letters
