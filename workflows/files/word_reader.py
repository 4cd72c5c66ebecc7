"""A Word document as pieces of Markdown, a piece for each heading; runs in the sandbox.

The rules that live here: what is taken in is the accepted text; what does not come is named, by the
piece in which it stood, and the words of the file are counted against those that were taken in.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element as XmlElement, tostring
from zipfile import ZipFile

import mammoth

from cycle.errors import BadInput
from workflows.files import (
    html_inline,
    html_markdown,
    html_tree,
    word_file,
    word_marks,
    word_numbering,
    word_styles,
)
from workflows.files.html_tree import Element
from workflows.files.word_marks import END, LABEL, LABEL_END, MARK, OF, Noticed

LONGEST = 300_000  # characters of text
MOST_PIECES = 400
EMPTY = "There is no text in this document."
TOO_LONG = f"This document has more than {LONGEST:,} characters. Hand in a few sections at a time."
# Beyond what mammoth knows: our own styles, and lists deeper than five levels.
_CONTINUED = "\n".join(
    f"p[style-name='List Continue{'' if level == 1 else f' {level}'}'] => "
    f"{' > '.join(['ul|ol > li'] * level)} > p:fresh"
    for level in range(1, 6)
)
_DEEP = "\n".join(
    f"p:{kind}-list({level}) => {' > '.join(['ul|ol > li'] * (level - 1))} > {tag} > li:fresh"
    for kind, tag in (("unordered", "ul"), ("ordered", "ol"))
    for level in range(6, 10)
)
STYLES = f"""
p[style-name='Title'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Code'] => pre:fresh
p[style-name='Dividing line'] => hr:fresh
r[style-name='Code text'] => code
p[style-name^='toc '] => !
p[style-name='TOC Heading'] => !
{_CONTINUED}
{_DEEP}
"""
_MARK = re.compile(f"{MARK}([^{OF}]*){OF}([^{END}]*){END}")
_LABEL = re.compile(f"{LABEL}([^{LABEL_END}]*){LABEL_END}")
_PLAIN_LABEL = re.compile(r"\(?\d{1,4}[.)]?")
_REFERENCE = re.compile(
    r"\b(?:paragraphs?|paras?\.?|clauses?|sub-?paragraphs?|sections?)\s+"
    r"\d+(?:\.\d+)*(?:\s?\([a-z0-9]{1,4}\))*",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+", re.UNICODE)
_UNKNOWN = re.compile(r"Unrecognised paragraph style: (.*) \(Style ID: .*\)")


@dataclass
class Piece:
    """What stands under one heading, up to the next: the level of the heading (0: before the first
    one), its words, the text, and what was noticed of it: kind and words."""

    level: int
    title: str
    text: str = ""
    noticed: list[tuple[str, str]] = field(default_factory=list)


def read(contents: bytes) -> dict[str, Any]:
    """The pieces of a document and what was noticed of the whole, fit for JSON.

    Raises BadInput with a sentence for a file that is not read at all.
    """
    parts = word_file.parts(contents)
    styles = word_styles.read(word_file.root(parts, "word/styles.xml"))
    numbering = word_numbering.read(
        word_file.root(parts, "word/numbering.xml"), word_file.root(parts, "word/styles.xml")
    )
    roots = {
        name: root
        for name in (word_file.DOCUMENT, "word/footnotes.xml", "word/endnotes.xml")
        if (root := word_file.root(parts, name)) is not None
    }
    noticed = [word_marks.prepare(root, numbering, styles) for root in roots.values()]
    parts |= {name: tostring(root, encoding="utf-8") for name, root in roots.items()}
    converted = mammoth.convert_to_html(
        BytesIO(_packed(parts)),
        style_map=STYLES + _headings(styles),
        include_embedded_style_map=False,
    )
    tree = html_tree.tree(converted.value)
    pieces = _pieces(tree)
    _check(pieces)
    whole = _whole(noticed, parts)
    whole += _lost(roots.values(), tree)
    whole += _styles(str(each.message) for each in converted.messages)
    return {"pieces": [asdict(each) for each in pieces], "noticed": whole}


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """The parts as a file again, without all that is not read."""
    packed = BytesIO()
    with ZipFile(packed, "w") as written:
        for name, part in parts.items():
            written.writestr(name, part)
    return packed.getvalue()


def _headings(styles: word_styles.Styles) -> str:
    """Each style that is a heading, as mammoth's style map says it; a council's own ones too."""
    lines = []
    for key, level in styles.headings.items():
        name = styles.names[key].replace("\\", "\\\\").replace("'", "\\'")
        lines.append(f"p[style-name='{name}'] => h{level}:fresh")
    return "\n".join(lines)


def _pieces(tree: Element) -> list[Piece]:
    """The blocks of a document, by headings; each with its notes at its end."""
    notes = _notes(tree)
    found: list[tuple[Piece, list[Element | str]]] = [(Piece(0, ""), [])]
    for block in tree.children:
        if isinstance(block, Element) and block.name in html_markdown.HEADINGS:
            title = html_inline.plain(_unmarked(block))
            if title:
                found.append((Piece(int(block.name[1]), title), [block]))
        elif not (isinstance(block, Element) and _is_notes(block)):
            found[-1][1].append(block)
    return [_finished(piece, blocks, notes) for piece, blocks in found if piece.title or blocks]


def _finished(piece: Piece, blocks: Sequence[Element | str], notes: Mapping[str, str]) -> Piece:
    words = Element("div", {}, [*blocks])
    piece.noticed = _marked(words) + _labels(words) + _tables(words)
    text = html_markdown.blocks(each for each in _unmarked(words).children if not _is_heading(each))
    used = [link.attributes.get("href", "")[1:] for link in words.elements("a")]
    own = [(key, notes[key]) for key in dict.fromkeys(used) if key in notes]
    places = {key: place for place, key in enumerate(notes, 1)}
    text = "\n\n".join([text, *(f"[{places[key]}] {note}" for key, note in own)]).strip()
    if own:
        piece.noticed.append(("notes", str(len(own))))
    for wording in dict.fromkeys(" ".join(each.split()) for each in _REFERENCE.findall(text)):
        piece.noticed.append(("reference", wording))
    piece.text = text
    return piece


def _unmarked(element: Element) -> Element:
    """The same without labels and marks; a list begins with the number of its first item."""
    attributes = element.attributes
    if element.name == "ol":
        first = next((each for each in element.children if isinstance(each, Element)), element)
        labels = [each.strip("().") for each in _LABEL.findall(_own(first))]
        attributes = {"start": labels[0]} if labels and labels[0].isdecimal() else {}
    return Element(
        element.name,
        attributes,
        [_bare(each) if isinstance(each, str) else _unmarked(each) for each in element.children],
    )


def _is_heading(block: Element | str) -> bool:
    return isinstance(block, Element) and block.name in html_markdown.HEADINGS


def _is_notes(block: Element) -> bool:
    return block.name == "ol" and any(
        re.match("(?:foot|end)note-", each.attributes.get("id", ""))
        for each in block.children
        if isinstance(each, Element)
    )


def _notes(tree: Element) -> dict[str, str]:
    """The words of each note by its mark, in the order in which the text names them."""
    lists = [each for each in tree.children if isinstance(each, Element) and _is_notes(each)]
    return {
        each.attributes.get("id", ""): " ".join(
            html_inline.line(each).removesuffix("↑").replace("\n", " ").split()
        )
        for notes in lists
        for each in notes.children
        if isinstance(each, Element)
    }


def _marked(words: Element) -> list[tuple[str, str]]:
    """What left a mark: pictures, charts, text boxes, formulas."""
    return [(kind, " ".join(called.split())) for kind, called in _MARK.findall(words.words())]


def _labels(words: Element) -> list[tuple[str, str]]:
    """The numbers that cannot be kept: all but those of a plain list, and all of headings."""
    lost = [
        label
        for each in words.elements(*html_markdown.HEADINGS)
        for label in _LABEL.findall(each.words())
    ]
    lost += [
        label
        for each in words.elements("p", "li")
        for label in _LABEL.findall(_own(each))
        if not _PLAIN_LABEL.fullmatch(label)
    ]
    return [("number", each) for each in lost]


def _own(element: Element) -> str:
    """The words of an element without those of the paragraphs and lists in it."""
    return "".join(
        each if isinstance(each, str) else each.words()
        for each in element.children
        if isinstance(each, str) or each.name not in ("p", "ul", "ol", "table", "li")
    )


def _tables(words: Element) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for table in words.elements("table"):
        cells = [*table.elements("td", "th")]
        merged = sum(1 for cell in cells if {"colspan", "rowspan"} & set(cell.attributes))
        first = " ".join(_bare(cells[0].words()).split()) if cells else ""
        if merged:
            found.append(("merged", str(merged)))
        if not [*table.elements("thead")]:
            found.append(("heading row", first[:80]))
    return found


def _bare(words: str) -> str:
    """Words without labels and marks."""
    return _LABEL.sub("", _MARK.sub("", words))


def _whole(noticed: Sequence[Noticed], parts: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """What was noticed of the whole document: kind and words or number."""
    counts: Counter[str] = sum((each.counts for each in noticed), Counter())
    found = [(kind, str(many)) for kind, many in counts.items() if many]
    found += [("hidden", wording) for each in noticed for wording in each.hidden]
    found += [("prompt", wording) for each in noticed for wording in each.prompts if wording]
    comments = word_file.root(parts, "word/comments.xml")
    if comments is not None and len(comments):
        found.append(("comments", str(len(comments))))
    for name in parts:
        if re.fullmatch(r"word/(?:header|footer)\d*\.xml", name):
            root = word_file.root(parts, name)
            wording = " ".join(word_marks.words(root).split()) if root is not None else ""
            if wording:
                found.append(("margin", wording[:200]))
    return list(dict.fromkeys(found))


def _lost(roots: Iterable[XmlElement], tree: Element) -> list[tuple[str, str]]:
    """The words of the file that were not taken in, though nothing else names them."""
    asked = Counter(word for root in roots for word in _WORD.findall(_bare(word_marks.words(root))))
    taken = Counter(_WORD.findall(_bare(_spaced(tree))))
    missing = asked - taken
    return [("lost", word) for word in missing.elements()][:200]


def _spaced(element: Element) -> str:
    """All words, with a blank around each element that is no run of words."""
    return "".join(
        each if isinstance(each, str) else _spaced(each) if _runs(each) else f" {_spaced(each)} "
        for each in element.children
    )


def _runs(element: Element) -> bool:
    return element.name in ("strong", "em", "s", "a", "sup", "sub", "code", "b", "i", "u")


def _styles(messages: Iterable[str]) -> list[tuple[str, str]]:
    names = dict.fromkeys(found[1] for each in messages if (found := _UNKNOWN.match(each)))
    return [("style", name) for name in names if not name.lower().startswith(word_styles.PLAIN)][
        :20
    ]


def _check(pieces: Sequence[Piece]) -> None:
    if not any(piece.text or piece.title for piece in pieces):
        raise BadInput(EMPTY)
    if len(pieces) > MOST_PIECES or sum(len(each.text) for each in pieces) > LONGEST:
        raise BadInput(TOO_LONG)
