"""Word documents as Word itself writes them, part by part, for tests."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
_OOXML = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ROOTS = {"styles": "styles", "numbering": "numbering", "footnotes": "footnotes",
         "endnotes": "endnotes", "comments": "comments", "header1": "hdr"}  # fmt: skip
STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/>'
    "</w:style>"
    for level in range(1, 5)
)


def word(body: str, **parts: str) -> bytes:
    """A .docx with this body; ``parts``: what stands in styles, numbering, footnotes and so on."""
    parts = {"styles": STYLES, **parts}
    files = {"word/document.xml": f"<w:document {_NAMES}><w:body>{body}</w:body></w:document>"}
    relations = []
    for name, inside in parts.items():
        root = ROOTS[name]
        files[f"word/{name}.xml"] = f"<w:{root} {_NAMES}>{inside}</w:{root}>"
        kind = name.rstrip("1")
        relations.append(
            f'<Relationship Id="r{name}" Type="{_RELATIONS}/{kind}" Target="{name}.xml"/>'
        )
    named = f'<Relationships xmlns="{_PACKAGE}/relationships">'
    files["word/_rels/document.xml.rels"] = f"{named}{''.join(relations)}</Relationships>"
    files["_rels/.rels"] = (
        f'{named}<Relationship Id="r1" Type="{_RELATIONS}/officeDocument" '
        'Target="word/document.xml"/></Relationships>'
    )
    files["[Content_Types].xml"] = (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/word/document.xml" '
        f'ContentType="{_OOXML}.document.main+xml"/></Types>'
    )
    return packed({name: text.encode() for name, text in files.items()})


def packed(files: dict[str, bytes]) -> bytes:
    """Files as a zip."""
    contents = BytesIO()
    with ZipFile(contents, "w", ZIP_DEFLATED) as written:
        for name, each in files.items():
            written.writestr(name, each)
    return contents.getvalue()


def run(words: str, looks: str = "") -> str:
    """A run of words; ``looks``: what stands in its properties."""
    return f'<w:r><w:rPr>{looks}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def p(inside: str, properties: str = "") -> str:
    """A paragraph of runs, or of plain words."""
    inside = inside if inside.startswith("<") or not inside else run(inside)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def heading(words: str, level: int = 1) -> str:
    """A heading in Word's own style."""
    return p(words, f'<w:pStyle w:val="Heading{level}"/>')


def item(words: str, number: int, level: int = 0) -> str:
    """An item of a list."""
    return p(words, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def table(*rows: str, heading_row: bool = False) -> str:
    """A table of rows of cells."""
    first, *rest = rows
    marked = "<w:trPr><w:tblHeader/></w:trPr>" if heading_row else ""
    lines = [f"<w:tr>{marked}{first}</w:tr>", *(f"<w:tr>{each}</w:tr>" for each in rest)]
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(lines)}</w:tbl>"


def cell(words: str, properties: str = "") -> str:
    """A cell of a table."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(words)}</w:tc>"


def levels(*kinds: tuple[str, str]) -> str:
    """One numbering, number 1, whose levels have these kinds and texts: ("decimal", "%1.")."""
    written = "".join(
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for place, (kind, text) in enumerate(kinds)
    )
    return (
        f'<w:abstractNum w:abstractNumId="0">{written}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
