"""Which text of a Word document belongs to which section of a plan, by its headings.

The rule that lives here: a heading is a section's when it has its name, whatever its case, its
number and its level. Headings below one belong to its text. Every other heading is shown, and a
person says where it goes; nothing is guessed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_NUMBER = re.compile(r"^(?:section|part)?\s*(?:\d{1,3}(?:\.\d{1,3})*|[a-z](?=[.):]))[.):]?\s+")
Notice = tuple[str, str]


@dataclass
class Part:
    """A part of a document: its place among the parts, the level and words of its heading (none
    before the first one), the section whose name that is, the text below it, what was noticed."""

    place: int
    level: int
    title: str
    key: str | None
    text: str
    noticed: list[Notice] = field(default_factory=list)


def parts(pieces: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> list[Part]:
    """The parts of a document as its reader gave it; ``titles`` are those of sections by key."""
    known = {name(title): key for key, title in titles.items()}
    found: list[Part] = []
    for piece in pieces:
        level, title, text = int(piece["level"]), str(piece["title"]), str(piece["text"])
        noticed = [(str(kind), str(words)) for kind, words in piece["noticed"]]
        key = known.get(name(title)) if level else None
        last = found[-1] if found else None
        if key is None and last is not None and _belongs(last, level):
            heading = f"{'#' * min(level - last.level, 6)} {title}"
            last.text = joined([last.text, heading, text])
            last.noticed += noticed
        else:
            found.append(Part(len(found), level, title, key, text, noticed))
    return found


def _belongs(last: Part, level: int) -> bool:
    """Whether a heading that is nobody's name stands in the part before it. A title above sections
    has no text of its own, so that what comes below it stands for itself."""
    return bool(last.level) and level > last.level and (last.key is not None or bool(last.text))


def name(title: str) -> str:
    """A heading without its number, its case and its signs, by which two are compared."""
    plain = title.casefold().replace("&", " and ").strip()
    return " ".join(re.findall(r"\w+", _NUMBER.sub("", plain)))


def text_of(found: Sequence[Part]) -> str:
    """The text of one section of several parts: the first without its heading, which is the
    section's name, the others with theirs."""
    texts = [found[0].text]
    for each in found[1:]:
        texts += [f"# {each.title}" if each.title else "", each.text]
    return joined(texts)


def joined(texts: Iterable[str]) -> str:
    """Blocks of Markdown one below the other."""
    return "\n\n".join(each for each in texts if each)
