"""The styles of a Word document: which are headings, also a council's own, and which hide words.

The rule that lives here: a style is a heading of the level that it says itself or that the style
says on which it is based (surprises D11); Word's own heading styles are known in every language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from workflows.files.word_xml import w

DEEPEST = 9
# Styles whose paragraphs are plain ones and which are not worth a word.
PLAIN = (
    "body", "normal", "list", "table", "caption", "foot", "head", "no spacing", "toc", "plain",
    "default", "title", "subtitle", "quote", "intense", "code", "dividing", "comment", "balloon",
    "annotation", "endnote", "page number", "hyperlink", "strong", "emphasis",
)  # fmt: skip


@dataclass(frozen=True)
class Styles:
    """Of a document's styles by their ids: the level of each heading, the names, those that hide
    their words, those of a table of contents."""

    headings: Mapping[str, int]
    names: Mapping[str, str]
    hiding: frozenset[str]
    contents: frozenset[str]


def read(styles: Element | None) -> Styles:
    """What the part with styles says."""
    found = {} if styles is None else {each.get(w("styleId"), ""): each for each in styles}
    headings = {key: _heading(key, found) for key in found}
    names = {key: _value(each, "name") for key, each in found.items()}
    return Styles(
        {key: level for key, level in headings.items() if level},
        names,
        frozenset(key for key in found if _hides(key, found)),
        frozenset(key for key, name in names.items() if name.lower().startswith("toc ")),
    )


def _heading(key: str, found: Mapping[str, Element]) -> int:
    """The level of a heading, from 1; 0 for what is none."""
    for each in _chain(key, found):
        if each.get(w("type")) != "paragraph":
            return 0
        name = _value(each, "name").lower()
        if name.startswith("heading ") and name[8:].isdecimal() and len(name) == 9:
            return int(name[8:])
        outline = each.find(f"{w('pPr')}/{w('outlineLvl')}")
        level = "" if outline is None else outline.get(w("val"), "")
        if level.isdecimal():
            return int(level) + 1 if int(level) < DEEPEST else 0
    return 0


def _hides(key: str, found: Mapping[str, Element]) -> bool:
    for each in _chain(key, found):
        hides = each.find(f"{w('rPr')}/{w('vanish')}")
        if hides is not None:
            return hides.get(w("val"), "true") not in ("0", "false", "off")
    return False


def _chain(key: str, found: Mapping[str, Element]) -> list[Element]:
    """A style and those on which it is based, each once."""
    chain: list[Element] = []
    seen: set[str] = set()
    while key in found and key not in seen:
        seen.add(key)
        chain.append(found[key])
        key = _value(found[key], "basedOn")
    return chain


def _value(parent: Element, name: str) -> str:
    found = parent.find(w(name))
    return "" if found is None else found.get(w("val"), "")
