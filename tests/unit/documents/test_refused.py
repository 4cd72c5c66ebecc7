"""Files that are no Word document, or none that can be read: one plain sentence for each, and the
service's memory and time stay its own (SR-60 to SR-62)."""

import random
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from cycle.errors import BadInput
from tests.unit.documents.made import heading, p, packed, word
from workflows.files import word_file, word_reader
from workflows.plans.word import bringing_in

GOOD = word(heading("Homes") + p("Words."))


def _encrypted() -> bytes:
    """The same file with the flag by which a zip says that its parts are encrypted."""
    changed = bytearray(GOOD)
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(sign)
        while at >= 0:
            flags = struct.unpack_from("<H", changed, at + offset)[0]
            struct.pack_into("<H", changed, at + offset, flags | 1)
            at = changed.find(sign, at + 4)
    return bytes(changed)


def _bomb() -> bytes:
    """A small file whose text would be huge."""
    return packed({"word/document.xml": b"<a>" + b" " * 40_000_000})


def _entities() -> bytes:
    declared = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><w:document/>'
    return packed({"word/document.xml": declared})


SENTENCES = {
    "": (b"", word_file.WRONG_TYPE),
    "text": (b"Homes for all", word_file.WRONG_TYPE),
    "pdf": (b"%PDF-1.7 ...", word_file.PDF),
    "doc or locked": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, word_file.LOCKED),
    "rtf": (b"{\\rtf1 Homes}", word_file.WRONG_TYPE),
    "odt": (
        packed({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}),
        word_file.ODT,
    ),
    "workbook": (packed({"xl/workbook.xml": b"<x/>"}), word_file.WRONG_TYPE),
    "macros": (
        packed({"word/document.xml": b"<x/>", "word/vbaProject.bin": b"x"}),
        word_file.MACROS,
    ),
    "encrypted": (_encrypted(), word_file.LOCKED),
    "truncated": (GOOD[: len(GOOD) // 2], word_file.BROKEN),
    "broken": (packed({"word/document.xml": b"<w:document"}), word_file.BROKEN),
    "entities": (_entities(), word_file.BROKEN),
    "bomb": (_bomb(), word_file.TOO_MUCH),
    "large": (b"PK\x03\x04" + b"\0" * word_file.MOST_BYTES, word_file.TOO_LARGE),
    "empty": (word(""), word_reader.EMPTY),
    "long": (word(p("word " * 70_000)), word_reader.TOO_LONG),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_file_that_cannot_be_read_is_one_sentence(name: str) -> None:
    """SR-60, SR-61, SR-62."""
    contents, sentence = SENTENCES[name]
    with pytest.raises(BadInput) as refused:
        word_reader.read(contents)
    assert str(refused.value) == sentence


def test_the_sandbox_reads_a_document_and_hands_a_sentence_on() -> None:
    """Decision 0030: in a process of its own, as the page asks for it."""
    assert bringing_in.read(GOOD)["pieces"][0]["title"] == "Homes"
    with pytest.raises(BadInput, match=r"This is a PDF\."):
        bringing_in.read(b"%PDF-1.7")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_any_bytes_are_pieces_or_a_sentence(seed: int, many: int) -> None:
    """Decision 0030: bytes of a good document, changed anywhere."""
    chance, changed = random.Random(seed), bytearray(GOOD)  # noqa: S311  # no secret
    for _ in range(many):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    with suppress(BadInput):
        assert word_reader.read(bytes(changed))["pieces"]
