"""A Word document (.docx) of our own making: a plan, a section, a report.

The rules that live here: each document says its title, its council as author, its language (British
English) and when it was made, and nothing of any library's; the foot of every page says what it is.
It is written part by part from ``word_template`` (docs/decisions/0031).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from workflows.files import word_prose, word_xml
from workflows.files.word_xml import R, add, w

MIMETYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TEMPLATE = Path(__file__).parent / "word_template"
_CP = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_DC = "http://purl.org/dc/elements/1.1/"
_TERMS = "http://purl.org/dc/terms/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_APP = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KEPT = {
    "[Content_Types].xml": "content_types.xml",
    "_rels/.rels": "rels.xml",
    "word/styles.xml": "styles.xml",
    "word/settings.xml": "settings.xml",
}
# The parts to which the document itself refers.
_PARTS = ("styles", "settings", "numbering", "footer")
PRODUCT = "Plancycle"


@dataclass(frozen=True)
class About:
    """What a document says of itself: its title, whose it is, the moment at which it is made (UTC),
    and what the foot of each page says, a line for each."""

    title: str
    author: str
    at: datetime
    foot: Sequence[str]


class Document:
    """A document to which blocks are added, each after the last."""

    def __init__(self, about: About) -> None:
        self.about = about
        self._document = Element(w("document"))
        self.body = add(self._document, "body")
        self._numbering = fromstring((_TEMPLATE / "numbering.xml").read_bytes())  # noqa: S314  # ours
        self._links: dict[str, str] = {}
        word_xml.run(word_xml.paragraph(self.body, "Title"), about.title)

    def bullets(self) -> int:
        """The number of the list with bullets."""
        return 1

    def counted(self, level: int, first: int) -> int:
        """The number of a new list that counts from ``first`` at a level (from 0)."""
        number = len(self._numbering.findall(w("num"))) + 1
        made = add(self._numbering, "num", numId=str(number))
        add(made, "abstractNumId", val="1")
        add(add(made, "lvlOverride", ilvl=str(level)), "startOverride", val=str(first))
        return number

    def address(self, to: str) -> str:
        """The number of the relationship to an address."""
        return self._links.setdefault(to, f"rIdLink{len(self._links) + 1}")

    def subtitle(self, words: str) -> None:
        """A line below the title."""
        word_xml.run(word_xml.paragraph(self.body, "Subtitle"), words)

    def heading(self, words: str, level: int) -> None:
        """A heading, from level 1."""
        word_xml.run(word_xml.paragraph(self.body, f"Heading{level}"), words)

    def paragraph(self, words: str) -> None:
        """Plain words; a line feed is a break."""
        word_xml.run(word_xml.paragraph(self.body), words)

    def prose(self, text: str, below: int) -> None:
        """A text in Markdown; its headings stand below one of that level."""
        word_prose.write(self, text, below)

    def items(self, lines: Sequence[str], *, numbered: bool = False) -> None:
        """A list of plain lines."""
        number = self.counted(0, 1) if numbered else self.bullets()
        for line in lines:
            made = word_xml.paragraph(self.body, "ListParagraph")
            word_xml.listed(made, number, 0)
            word_xml.run(made, line)

    def table(self, caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table of plain words under its caption."""
        if caption:
            word_xml.run(word_xml.paragraph(self.body, "Caption"), caption)
        made = word_xml.table(self.body, len(columns), caption)
        word_xml.cells(made, [columns, *rows], len(columns))
        word_xml.gap(self.body)

    def contents(self) -> bytes:
        """The file."""
        self._end()
        parts = {name: (_TEMPLATE / kept).read_bytes() for name, kept in _KEPT.items()}
        parts["word/document.xml"] = _xml(self._document)
        parts["word/numbering.xml"] = _xml(self._numbering)
        parts["word/footer1.xml"] = _xml(self._foot())
        parts["word/_rels/document.xml.rels"] = self._relations().encode()
        parts["docProps/core.xml"] = self._properties().encode()
        parts["docProps/app.xml"] = self._application().encode()
        contents = BytesIO()
        with ZipFile(contents, "w", ZIP_DEFLATED) as packed:
            for name, part in parts.items():
                # Word reads no time of a part; one that is always the same tells nothing.
                packed.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), part, ZIP_DEFLATED)
        return contents.getvalue()

    def _end(self) -> None:
        """The page: A4, upright, with the foot on each."""
        if self.body.find(w("sectPr")) is not None:
            return
        section = add(self.body, "sectPr")
        foot = SubElement(section, w("footerReference"), {f"{{{R}}}id": "rIdfooter"})
        foot.set(w("type"), "default")
        add(section, "pgSz", w="11906", h="16838")
        margins = dict.fromkeys(("top", "right", "bottom", "left"), "1440")
        add(section, "pgMar", **margins, header="709", footer="709", gutter="0")

    def _foot(self) -> Element:
        made = Element(w("ftr"))
        for line in self.about.foot:
            word_xml.run(word_xml.paragraph(made, "Footer"), line)
        numbers = word_xml.paragraph(made, "Footer")
        word_xml.run(numbers, "Page ")
        word_xml.field(numbers, "PAGE")
        word_xml.run(numbers, " of ")
        word_xml.field(numbers, "NUMPAGES")
        return made

    def _relations(self) -> str:
        own = [(part, f"{part}1" if part == "footer" else part) for part in _PARTS]
        lines = [_relation(f"rId{kind}", kind, f"{part}.xml") for kind, part in own]
        lines += [_relation(number, "hyperlink", to) for to, number in self._links.items()]
        return f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{"".join(lines)}</Relationships>'

    def _properties(self) -> str:
        """ECMA-376 Part 2, 11: the core properties."""
        at = f"{self.about.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        title, author = _text(self.about.title), _text(self.about.author)
        moments = "".join(
            f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{at}</dcterms:{name}>'
            for name in ("created", "modified")
        )
        return (
            f'{_HEAD}<cp:coreProperties xmlns:cp="{_CP}" xmlns:dc="{_DC}" xmlns:dcterms="{_TERMS}"'
            f' xmlns:xsi="{_XSI}"><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>'
            f"<cp:lastModifiedBy>{author}</cp:lastModifiedBy><dc:language>en-GB</dc:language>"
            f"{moments}</cp:coreProperties>"
        )

    def _application(self) -> str:
        company = _text(self.about.author)
        return (
            f'{_HEAD}<Properties xmlns="{_APP}"><Application>{PRODUCT}</Application>'
            f"<Company>{company}</Company></Properties>"
        )


def _relation(number: str, kind: str, target: str) -> str:
    outside = ' TargetMode="External"' if kind == "hyperlink" else ""
    return f'<Relationship Id="{number}" Type="{R}/{kind}" Target={quoteattr(target)}{outside}/>'


def _text(words: str) -> str:
    return escape(word_xml.writable(words))


def _xml(element: Element) -> bytes:
    written: bytes = tostring(element, encoding="UTF-8", xml_declaration=True)
    return written
