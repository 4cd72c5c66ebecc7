"""Markdown as paragraphs of a Word document: headings, lists with their levels, tables, quotations.

The rule that lives here: what a page shows of a text is what stands in the document, in styles that
are Word's own where Word has one, so that the document can be worked on and handed in again.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol
from xml.etree.ElementTree import Element

from markdown_it.token import Token

from workflows.files import markup, word_xml
from workflows.files.word_xml import PLAIN, Look

DEEPEST_HEADING, DEEPEST_LIST, DEEPEST_CONTINUED = 7, 8, 5
_LINK = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_LOOKS = {"strong": "bold", "em": "italic", "s": "struck"}
_SIGNS = {f"{tag}_{end}": look for tag, look in _LOOKS.items() for end in ("open", "close")}


class Target(Protocol):
    """The document into which words are written."""

    body: Element

    def bullets(self) -> int:
        """The number of the list with bullets."""

    def counted(self, level: int, first: int) -> int:
        """The number of a new list that counts from ``first`` at a level."""

    def address(self, to: str) -> str:
        """The number of the relationship to an address."""


def write(target: Target, text: str, below: int) -> None:
    """The blocks of a text; its headings stand ``below`` one of that level."""
    if len(text) > markup.LONGEST:
        for each in text.split("\n\n"):
            word_xml.run(word_xml.paragraph(target.body), each)
        return
    _Writer(target, below).blocks(markup.parsed(text))


class _Writer:
    def __init__(self, target: Target, below: int) -> None:
        self.target, self.below = target, below
        self.lists: list[int] = []  # the numbers of the lists in which we are
        self.begins = False  # the next paragraph begins an item
        self.quoted = 0
        self.rows: list[list[Token]] = []

    def blocks(self, tokens: Sequence[Token]) -> None:
        """Write some blocks in their order."""
        for place, token in enumerate(tokens):
            if token.type == "inline":
                self._words(token, tokens[place - 1])
            elif token.type in ("fence", "code_block"):
                made = word_xml.paragraph(self.target.body, "Code")
                word_xml.run(made, token.content.rstrip("\n"))
            elif token.type == "hr":
                word_xml.paragraph(self.target.body, "DividingLine")
            elif token.type.startswith(("table", "tr_")):
                self._table(token)
            else:
                self._around(token)

    def _around(self, token: Token) -> None:
        """Go into a list, an item or a quotation, or out of it."""
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self._list(token)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif token.type == "list_item_open":
            self.begins = True
        elif token.type in ("blockquote_open", "blockquote_close"):
            self.quoted += token.nesting

    def _list(self, token: Token) -> None:
        level = min(len(self.lists), DEEPEST_LIST)
        if token.type == "bullet_list_open":
            self.lists.append(self.target.bullets())
            return
        first = int(token.attrs.get("start", 1))
        self.lists.append(self.target.counted(level, first))

    def _words(self, token: Token, opened: Token) -> None:
        if opened.type in ("th_open", "td_open"):
            self.rows[-1].append(token)
            return
        if opened.type == "heading_open":
            level = min(self.below + int(opened.tag[1]), DEEPEST_HEADING)
            made = word_xml.paragraph(self.target.body, f"Heading{level}")
        else:
            made = self._paragraph()
        self._inline(made, token, PLAIN)

    def _paragraph(self) -> Element:
        body, depth = self.target.body, len(self.lists)
        if not depth:
            return word_xml.paragraph(body, "Quote" if self.quoted else "")
        if not self.begins:
            level = min(depth, DEEPEST_CONTINUED)
            return word_xml.paragraph(body, f"ListContinue{level if level > 1 else ''}")
        self.begins = False
        made = word_xml.paragraph(body, "ListParagraph")
        word_xml.listed(made, self.lists[-1], min(depth - 1, DEEPEST_LIST))
        return made

    def _table(self, token: Token) -> None:
        if token.type == "table_open":
            self.rows = []
        elif token.type == "tr_open":
            self.rows.append([])
        elif token.type == "table_close":
            columns = max(len(each) for each in self.rows)
            made = word_xml.table(self.target.body, columns, "")
            for place, cells in enumerate(self.rows):
                row = word_xml.row(made, columns, heading=not place)
                for inside, words in zip(row, cells, strict=True):
                    self._inline(inside, words, Look(bold=not place))
            word_xml.gap(self.target.body)

    def _inline(self, made: Element, token: Token, look: Look) -> None:
        inside = made
        within = Counter[str]()  # bold can stand in bold
        for each in token.children or ():
            if each.type in _SIGNS:
                name = _SIGNS[each.type]
                within[name] += each.nesting
                look = look.but(**{name: within[name] > 0})
            elif each.type == "link_open":
                to = str(each.attrs.get("href", ""))
                if _LINK.match(to):
                    inside = word_xml.link(made, self.target.address(to))
                    look = look.but(linked=True)
            elif each.type == "link_close":
                inside, look = made, look.but(linked=False)
            elif each.type in ("softbreak", "hardbreak"):
                word_xml.run(inside, "\n", look)
            elif each.type == "code_inline":
                word_xml.run(inside, each.content, look.but(code=True, linked=False))
            elif each.content:
                word_xml.run(inside, each.content, look)
