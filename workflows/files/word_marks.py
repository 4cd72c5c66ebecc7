"""A Word document made ready to be read: what the reader would drop or mistake is marked or named.

The rules that live here: the accepted text of tracked changes is the text, also in cells. Hidden
text, prompts that nobody has filled in and tables of contents are left out and named; the words of
simple fields stay. Numbers are put before their paragraphs as labels, and whatever is no text
leaves a mark where it stood (findings of surprises: D9, D10).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from workflows.files.word_numbering import Numbering
from workflows.files.word_styles import Styles
from workflows.files.word_xml import w

# A mark in the words: what stood here, and what it is called.
MARK, OF, END = "\ue002", "\ue003", "\ue004"
LABEL, LABEL_END = "\ue000", "\ue001"
_OURS = dict.fromkeys(map(ord, (LABEL, LABEL_END, MARK, OF, END)))
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_GRAPHIC = "{http://schemas.openxmlformats.org/drawingml/2006/main}graphicData"
_OFFICE = "{urn:schemas-microsoft-com:office:office}"
_IMAGE = "{urn:schemas-microsoft-com:vml}imagedata"
_KINDS = {"picture": "picture", "chart": "chart", "diagram": "diagram"}
_DELETED = (w("del"), w("moveFrom"))
_OFF = ("0", "false", "off", "none")


@dataclass
class Noticed:
    """What was noticed in a document, counted, and the words that were left out."""

    counts: Counter[str] = field(default_factory=Counter)
    hidden: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)


def prepare(root: Element, numbering: Numbering, styles: Styles) -> Noticed:
    """Mark and mend one part in place."""
    noticed = Noticed()
    _clean(root)
    _count_changes(root, noticed)
    _walk(root, noticed, styles)
    for paragraph in root.iter(w("p")):
        label = numbering.label(paragraph) if not _is_deleted(paragraph) else ""
        if label:
            _put_first(paragraph, f"{LABEL}{label}{LABEL_END}")
    return noticed


def words(element: Element) -> str:
    """The words that are read in an element: neither deleted nor of a mark."""
    return "".join(_texts(element))


def _texts(element: Element) -> Iterator[str]:
    if element.tag in _DELETED:
        return
    if element.tag == w("t"):
        yield element.text or ""
    elif element.tag in (w("p"), w("tab"), w("br"), w("cr"), w("tc")):
        yield " "
    for child in element:
        yield from _texts(child)


def _clean(root: Element) -> None:
    """Take our own marks out of a text that happens to have them."""
    for each in root.iter(w("t")):
        if each.text:
            each.text = each.text.translate(_OURS)


def _count_changes(root: Element, noticed: Noticed) -> None:
    for name in ("ins", "del", "moveTo", "cellDel", "cellIns"):
        kind = {"cellDel": "del", "cellIns": "ins"}.get(name, name)
        noticed.counts[kind] += sum(1 for _ in root.iter(w(name)))


def _walk(parent: Element, noticed: Noticed, styles: Styles) -> None:
    """Go through the children; each is kept, changed, or replaced by what takes its place."""
    for child in list(parent):
        change = _CHANGES.get(child.tag)
        found = change(child, noticed, styles) if change else None
        if found is None:
            _walk(child, noticed, styles)
            continue
        place = list(parent).index(child)
        parent.remove(child)
        for offset, each in enumerate(found):
            parent.insert(place + offset, each)
            _walk(each, noticed, styles)


def _run(run: Element, noticed: Noticed, styles: Styles) -> list[Element] | None:
    """A run that is hidden goes."""
    style = run.find(f"{w('rPr')}/{w('rStyle')}")
    own = run.find(f"{w('rPr')}/{w('vanish')}")
    by_style = style is not None and style.get(w("val"), "") in styles.hiding
    hidden = _is_on(own) if own is not None else by_style
    if not hidden:
        return None
    if wording := words(run).strip():
        noticed.hidden.append(wording)
    return []


def _paragraph(paragraph: Element, noticed: Noticed, styles: Styles) -> list[Element] | None:
    """A paragraph of a table of contents goes, and one in a style that hides its words."""
    style = paragraph.find(f"{w('pPr')}/{w('pStyle')}")
    key = "" if style is None else style.get(w("val"), "")
    if key in styles.contents:
        noticed.counts["contents"] += 1
        return []
    if key not in styles.hiding:
        return None
    if wording := words(paragraph).strip():
        noticed.hidden.append(wording)
    return []


def _field(element: Element, _noticed: Noticed, _styles: Styles) -> list[Element]:
    """The words of a simple field stay, without the field."""
    return [each for each in element if each.tag != w("fldData")]


def _control(element: Element, noticed: Noticed, _styles: Styles) -> list[Element] | None:
    """A content control that still shows its prompt goes, and so does a table of contents."""
    properties = element.find(w("sdtPr"))
    if properties is None:
        return None
    gallery = properties.find(f"{w('docPartObj')}/{w('docPartGallery')}")
    if gallery is not None and gallery.get(w("val")) == "Table of Contents":
        noticed.counts["contents"] += 1
        return []
    prompt = properties.find(w("showingPlcHdr"))
    if prompt is None or not _is_on(prompt):
        return None
    noticed.prompts.append(" ".join(words(element).split()))
    content = element.find(w("sdtContent"))
    # Where it is a whole cell or paragraph, that stays, without its words.
    for text in () if content is None else content.iter(w("t")):
        text.text = ""
    return list(content) if content is not None else []


def _cell(element: Element, _noticed: Noticed, _styles: Styles) -> list[Element] | None:
    """A cell that is deleted with tracked changes keeps its place and loses its words."""
    if element.find(f"{w('tcPr')}/{w('cellDel')}") is None:
        return None
    emptied = Element(w("tc"))
    SubElement(emptied, w("p"))
    return [emptied]


def _drawing(element: Element, _noticed: Noticed, _styles: Styles) -> list[Element] | None:
    """A picture, a chart or a diagram leaves a mark; a text box is read for its words."""
    if next(element.iter(w("txbxContent")), None) is not None:
        return [_mark("text box", " ".join(words(element).split()))]
    graphic = next(element.iter(_GRAPHIC), None)
    uri = "" if graphic is None else graphic.get("uri", "")
    kind = next((name for part, name in _KINDS.items() if uri.endswith(part)), "drawing")
    named = next(element.iter(f"{_DRAWING}docPr"), None)
    called = "" if named is None else named.get("descr") or named.get("title") or ""
    return [_mark(kind, called)]


def _picture(element: Element, _noticed: Noticed, _styles: Styles) -> list[Element] | None:
    """The same in the form of older programs."""
    if next(element.iter(w("txbxContent")), None) is not None:
        return None
    image = next(element.iter(_IMAGE), None)
    if image is None and element.tag == w("pict"):
        return [_mark("drawing", "")]
    called = "" if image is None else image.get(f"{_OFFICE}title", "")
    return [_mark("embedded file" if element.tag == w("object") else "picture", called)]


def _formula(element: Element, _noticed: Noticed, _styles: Styles) -> list[Element]:
    wording = "".join(each.text or "" for each in element.iter(f"{_MATH}t"))
    run = Element(w("r"))
    run.append(_mark("formula", wording))
    return [run]


def _alternative(element: Element, _noticed: Noticed, _styles: Styles) -> list[Element] | None:
    """One of two forms of the same: that of older programs, which holds text boxes, where there is
    one and it has words; else the newer one."""
    older = element.find(f"{_MC}Fallback")
    newer = element.find(f"{_MC}Choice")
    if older is not None and next(older.iter(w("txbxContent")), None) is not None:
        return list(older)
    return list(newer) if newer is not None else list(older) if older is not None else []


def _break(_element: Element, _noticed: Noticed, _styles: Styles) -> list[Element]:
    return [Element(w("br"))]


_Change = Callable[[Element, Noticed, Styles], list[Element] | None]
_CHANGES: dict[str, _Change] = {
    w("r"): _run,
    w("p"): _paragraph,
    w("fldSimple"): _field,
    w("sdt"): _control,
    w("tc"): _cell,
    w("drawing"): _drawing,
    w("pict"): _picture,
    w("object"): _picture,
    w("cr"): _break,
    f"{_MATH}oMath": _formula,
    f"{_MC}AlternateContent": _alternative,
}


def _mark(kind: str, called: str) -> Element:
    """A mark where something stood that is no text."""
    text = Element(w("t"))
    called = called.translate(_OURS)[:200]
    text.text = f"{MARK}{kind}{OF}{called}{END}"
    return text


def _put_first(paragraph: Element, label: str) -> None:
    run = Element(w("r"))
    SubElement(run, w("t")).text = label
    properties = paragraph.find(w("pPr"))
    paragraph.insert(0 if properties is None else 1, run)


def _is_deleted(paragraph: Element) -> bool:
    """Whether a paragraph was taken out with tracked changes, so that Word counts it no more."""
    return paragraph.find(f"{w('pPr')}/{w('rPr')}/{w('del')}") is not None


def _is_on(element: Element) -> bool:
    return element.get(w("val"), "true") not in _OFF
