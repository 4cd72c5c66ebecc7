"""What text may come in: the characters that no field keeps (SR-55), and how lines are made equal.

PostgreSQL refuses NUL and lone surrogates, and direction overrides make a page show other words
than the record holds, so they are taken out before anything else sees them; the person is told.
"""

import re

# C0 and C1 controls but tab, line feed, carriage return and the line breaks of Word (VT, FF);
# surrogates; U+FFFD, which is what is left of bytes that were not UTF-8; direction overrides,
# embeddings and isolates; non-characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\ud800-\udfff\ufffd\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

HIDDEN_CHARACTERS = (
    "This had hidden characters that cannot be kept. We have taken them out. "
    "Look at the text and send it again."
)


def without_hidden(text: str) -> str:
    """``text`` without the characters that no field keeps; every other character stays."""
    return _FORBIDDEN.sub("", text)


def has_hidden(text: str) -> bool:
    """Whether ``text`` holds a character that no field keeps."""
    return _FORBIDDEN.search(text) is not None


def with_plain_lines(text: str) -> str:
    """Every kind of line break as one line feed, so that the same words always hash the same."""
    return _BREAKS.sub("\n", text)
