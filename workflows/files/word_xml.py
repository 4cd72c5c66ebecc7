"""The elements of a Word document: runs, links, paragraphs, tables, as WordprocessingML.

ECMA-376 Part 1, chapter 17: the order of the elements inside another one is that of the standard.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, SubElement, register_namespace

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
XML = "http://www.w3.org/XML/1998/namespace"
# The width of the text on a page of A4 with margins of 2.54 cm, in twentieths of a point.
WIDTH = 9026
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

register_namespace("w", W)
register_namespace("r", R)


@dataclass(frozen=True)
class Look:
    """How words are set."""

    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    linked: bool = False

    def but(self, **changed: bool) -> "Look":
        """The same with something else."""
        return replace(self, **changed)


PLAIN = Look()


def w(name: str) -> str:
    """The full name of an element or attribute of WordprocessingML."""
    return f"{{{W}}}{name}"


def add(parent: Element, name: str, **attributes: str) -> Element:
    """A new element below another; ``val`` and the like are attributes of WordprocessingML."""
    return SubElement(parent, w(name), {w(key): value for key, value in attributes.items()})


def writable(words: str) -> str:
    """Words without the characters that XML 1.0 cannot hold."""
    return _UNWRITABLE.sub("", words)


def paragraph(parent: Element, style: str = "") -> Element:
    """A new paragraph with its properties, in which more can be set."""
    made = add(parent, "p")
    properties = add(made, "pPr")
    if style:
        add(properties, "pStyle", val=style)
    return made


def run(parent: Element, words: str, look: Look = PLAIN) -> None:
    """Words as one run; each line feed is a break."""
    made = add(parent, "r")
    _set(made, look)
    for place, line in enumerate(words.split("\n")):
        if place:
            add(made, "br")
        if line:
            text = add(made, "t")
            text.text = writable(line)
            text.set(f"{{{XML}}}space", "preserve")


def field(parent: Element, instruction: str) -> None:
    """A number that the reader's program works out: PAGE, NUMPAGES."""
    made = add(parent, "fldSimple", instr=instruction)
    run(made, "1")


def link(parent: Element, relationship: str) -> Element:
    """A link by the number of its relationship, in which its words are put."""
    return SubElement(parent, w("hyperlink"), {f"{{{R}}}id": relationship})


def listed(made: Element, numbering: int, level: int) -> None:
    """Let a paragraph be an item of a list, at a level from 0."""
    properties = made[0]
    number = add(properties, "numPr")
    add(number, "ilvl", val=str(level))
    add(number, "numId", val=str(numbering))


def table(parent: Element, columns: int, caption: str) -> Element:
    """A new table as wide as the text, whose first row is one of headings."""
    made = add(parent, "tbl")
    properties = add(made, "tblPr")
    add(properties, "tblStyle", val="TableGrid")
    add(properties, "tblW", w="5000", type="pct")
    add(
        properties,
        "tblLook",
        val="0020",
        firstRow="1",
        lastRow="0",
        firstColumn="0",
        lastColumn="0",
        noHBand="1",
        noVBand="1",
    )
    if caption:
        add(properties, "tblCaption", val=writable(caption))
    grid = add(made, "tblGrid")
    for _ in range(columns):
        add(grid, "gridCol", w=str(WIDTH // columns))
    return made


def row(made: Element, columns: int, *, heading: bool) -> Iterable[Element]:
    """A new row of a table: the paragraph of each cell, to put words in. Rows do not part at the
    end of a page, and the row of headings is said again on each."""
    line = add(made, "tr")
    properties = add(line, "trPr")
    add(properties, "cantSplit")
    if heading:
        add(properties, "tblHeader")
    for _ in range(columns):
        cell = add(line, "tc")
        add(add(cell, "tcPr"), "tcW", w=str(WIDTH // columns), type="dxa")
        yield paragraph(cell, "TableText")


def cells(made: Element, rows: Sequence[Sequence[str]], columns: int) -> None:
    """Rows of plain words, the first of them headings."""
    for place, words in enumerate(rows):
        for inside, each in zip(row(made, columns, heading=not place), words, strict=True):
            run(inside, each, Look(bold=not place))


def _set(made: Element, look: Look) -> None:
    if look == PLAIN:
        return
    properties = add(made, "rPr")
    if look.code or look.linked:
        add(properties, "rStyle", val="CodeText" if look.code else "Hyperlink")
    for name, wanted in (("b", look.bold), ("i", look.italic), ("strike", look.struck)):
        if wanted:
            add(properties, name)


def gap(parent: Element) -> None:
    """Nothing between a table and what follows would let two tables run into one."""
    made = paragraph(parent)
    add(made[0], "spacing", before="0", after="0", line="120", lineRule="exact")
