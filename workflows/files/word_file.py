"""The file of a Word document: what is refused unread, and the parts that are read.

The rule that lives here: a .docx is a zip, so before anything understands it its list of contents
says how large it would become; only the parts with words are unpacked, each once and under that
limit, never pictures (SR-61). Entities and macros are refused (SR-60, SR-62). What a file is says
its content, not its name.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError, fromstring
from zipfile import BadZipFile, ZipFile, ZipInfo, is_zipfile
from zlib import error as ZlibError

from cycle.errors import BadInput

MOST_BYTES = 15_000_000
MOST_PARTS = 2_000
MOST_WORDS = 16_000_000  # bytes of the parts with words, unpacked

WRONG_TYPE = "Choose a Word document (.docx). This file is something else."
BROKEN = "This Word document cannot be read. Open it in Word, save it again, and hand in that file."
LOCKED = (
    "This document is locked with a password, or in the old format DOC. Take the password off and "
    "save it as a Word document (.docx)."
)
MACROS = "This document has macros. Save it as a Word document (.docx) without macros."
ODT = "This is an OpenDocument text (ODT). Save it as a Word document (.docx) and hand that in."
PDF = "This is a PDF. Hand in the Word document (.docx) from which it was made."
TOO_LARGE = (
    "This file is larger than 15 MB. Take its pictures out, which do not come in anyway, and hand "
    "it in again."
)
TOO_MUCH = "This document is too long to bring in at once. Hand in a few sections at a time."
DOCUMENT = "word/document.xml"
_WORDS = (
    "document",
    "styles",
    "numbering",
    "footnotes",
    "endnotes",
    "comments",
    "header",
    "footer",
)
_ODT = b"application/vnd.oasis.opendocument.text"
_LINK = 0o120000
# ISO/IEC 29500 Strict has names of its own for the same elements.
_STRICT = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)
_DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def parts(contents: bytes) -> dict[str, bytes]:
    """The parts of a .docx that hold words, their styles and their links, by name.

    Raises BadInput with a sentence for every file that is none or cannot be read.
    """
    _refuse(contents)
    if not is_zipfile(BytesIO(contents)):
        raise BadInput(BROKEN)
    try:
        with ZipFile(BytesIO(contents)) as packed:
            listed = packed.infolist()
            _check_list(listed, packed)
            wanted = [each for each in listed if _is_wanted(each.filename)]
            if sum(each.file_size for each in wanted) > MOST_WORDS:
                raise BadInput(TOO_MUCH)
            # Reads what the list promised and no more; a part that is longer fails its sum.
            found = {each.filename: packed.read(each) for each in wanted}
    except (
        BadZipFile, NotImplementedError, OSError, RuntimeError, EOFError, ValueError, ZlibError
    ):  # fmt: skip
        raise BadInput(BROKEN) from None
    return {name: _checked(part) for name, part in found.items()}


def root(found: Mapping[str, bytes], name: str) -> Element | None:
    """A part as a tree; None where there is none. Raises BadInput."""
    if name not in found:
        return None
    try:
        return fromstring(found[name])  # noqa: S314  # entities are refused before
    except (ParseError, ValueError, LookupError):
        raise BadInput(BROKEN) from None


def _refuse(contents: bytes) -> None:
    if len(contents) > MOST_BYTES:
        raise BadInput(TOO_LARGE)
    if contents[:8] == _DOC:
        raise BadInput(LOCKED)
    if b"%PDF-" in contents[:1024]:
        raise BadInput(PDF)
    if contents[:4] != b"PK\x03\x04":
        raise BadInput(WRONG_TYPE)


def _check_list(listed: Sequence[ZipInfo], packed: ZipFile) -> None:
    names = [each.filename for each in listed]
    if len(names) > MOST_PARTS:
        raise BadInput(TOO_MUCH)
    if any(each.flag_bits & 1 for each in listed):
        raise BadInput(LOCKED)
    kind = next((each for each in listed if each.filename == "mimetype"), None)
    if kind is not None and kind.file_size < 200 and packed.read(kind).strip() == _ODT:
        raise BadInput(ODT)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise BadInput(MACROS)
    if DOCUMENT not in names:
        raise BadInput(WRONG_TYPE)
    if len(set(names)) != len(names) or any(
        each.external_attr >> 16 & 0o170000 == _LINK for each in listed
    ):
        raise BadInput(BROKEN)


def _is_wanted(name: str) -> bool:
    if name in ("[Content_Types].xml", "_rels/.rels"):
        return True
    folder, _, own = name.rpartition("/")
    if folder == "word/_rels":
        return own.endswith(".xml.rels") and own.startswith(_WORDS)
    return folder == "word" and own.endswith(".xml") and own.startswith(_WORDS)


def _checked(part: bytes) -> bytes:
    """A part without entities of its own, in the usual names."""
    plain = part.replace(b"\0", b"")
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise BadInput(BROKEN)
    for strict, usual in _STRICT:
        part = part.replace(strict, usual)
    return part
