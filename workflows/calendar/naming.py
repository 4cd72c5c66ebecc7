"""Whose meeting a row of a file is, of which kind, and whether it will be held.

The rules that live here: a body is named by a whole name or a known alias, with at most a kind of
meeting and a status beside it; any other text names none (fault C1). Cancelled, postponed and
provisional are heard wherever a file says them, and what is heard is never passed over (C2).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from config.council import MEETING_KINDS
from config.dates import shortened
from cycle.schedule.meeting_files import as_compared
from workflows.calendar.file_row import FileRow

PLANNED, CANCELLED, POSTPONED, TENTATIVE = "planned", "cancelled", "postponed", "tentative"
STATUSES = (PLANNED, CANCELLED, POSTPONED, TENTATIVE)
ORDINARY = MEETING_KINDS[0]

# Words with which files say that a meeting is not held on its day; some are Welsh.
_STEMS = {
    CANCELLED: r"canc(?!er\b|ers\b)[a-z]*|cxl[a-z]*|canx|[cg]h?ansl[a-z]*",
    POSTPONED: r"postpon[a-z]*|(?:gohir|ohir)[a-z]*",
}
_PHRASES = {
    CANCELLED: r"called off|stood down|withdrawn|abandoned|vacated|"
    r"(?:will )?not (?:now )?(?:be )?(?:held|tak(?:e|ing) place|go(?:ing)? ahead|meet(?:ing)?|"
    r"required|needed|being held)|no meeting|no longer (?:[a-z]+ )?[a-z]+",
    POSTPONED: r"re-?schedul[a-z]*(?! from)|re-?arranged(?! from)|deferred|adjourned|put back|"
    r"moved to(?: .*)?",
    TENTATIVE: r"reserved? ?(?:date|day|meeting)?|provisional(?:ly)?|tentative(?:ly)?|tbc|tba|"
    r"to be (?:confirmed|agreed|arranged)|if (?:needed|required|necessary)|unconfirmed|"
    r"not confirmed|draft|pencilled(?: in)?|holding date|place ?holder|proposed|possible|hold",
}
_ANY = {
    status: re.compile(rf"\b(?:{'|'.join(filter(None, (_STEMS.get(status), phrases)))})\b")
    for status, phrases in _PHRASES.items()
}
_STEM = {status: re.compile(rf"\b(?:{stems})\b") for status, stems in _STEMS.items()}
# A longer text says it of the meeting itself: "this meeting has been cancelled".
_OF_THE_MEETING = {
    status: re.compile(
        rf"(?:^\W*|\bmeeting (?:(?:has|have|is|was|will|now|had|to|be|been) )*)(?:{stems})\b"
    )
    for status, stems in _STEMS.items()
}
_HELD = {"", "confirmed", "planned", "scheduled", "going ahead", "held", "published", "agreed"}

# So many times a title may say the same before the rest is looked at no more.
MOST_HEARD = 3

# What may stand between a name and its status, and what may follow a status that explains itself.
_JOINTS = " -–—:;,.([{*|/!"
_JOINT_WORDS = {"the", "this", "meeting", "has", "have", "is", "was", "now", "been", "be", "wedi'i"}
_LEAD = re.compile(r"^(?:[\s\-–—:;,.)\]}*|/!]|\bmeeting(?: of)?(?: the)?\b)*")
_BLANK = re.compile(r"^[\s\-–—:;,.()\[\]{}*|/!]*$")
_EXPLAINED = re.compile(
    r"^[\s)\]}*!]*(?:[\-–—:;,.(\[)\]]|(?:due|because|owing|as|until|to|if|by)\b)"
)

_KIND = "|".join(MEETING_KINDS)
_BEFORE = re.compile(rf"(?:({_KIND}) )?(?:(?:general )?meeting of (?:the )?)?(.+)")
_AFTER = re.compile(
    rf"(.*?[^\s\-–—:,(\[])[\s\-–—:,(\[]+(?:({_KIND})(?: general)?(?: meeting)?|meeting)[)\]]*"
)
_NEUTRAL = re.compile(rf"(?:(?:committee|public|council) )?(?:({_KIND}) ?)?(?:meeting)?")


@dataclass(frozen=True)
class Named:
    """A row with whose meeting it is (``body``: its key, or None), its kind and its status.

    ``sentence`` says why a row is not understood; empty when it is.
    """

    row: FileRow
    body: str | None
    kind: str
    status: str
    sentence: str = ""


def named(row: FileRow, spelt: Mapping[str, str], bodies: Mapping[str, str]) -> Named:
    """What a row says. ``spelt``: as of ``meeting_files.spellings``; ``bodies``: names by key."""
    status, body, kind = _understood(row, spelt, bodies)
    kind = _kind_of([row.kind, kind, *row.labels]) or ORDINARY
    if row.problem or body is None:
        sentence = _no_body(row) if body is None else row.problem
        return Named(row, body, kind, status or PLANNED, sentence)
    if status is None:
        return Named(
            row, body, kind, TENTATIVE,
            f"“{shortened(row.status)}” is no status that is known. Write planned or cancelled.",
        )  # fmt: skip
    doubt = _doubt(row) if status == PLANNED else ""
    return Named(row, body, kind, status, doubt)


def _understood(
    row: FileRow, names: Mapping[str, str], bodies: Mapping[str, str]
) -> tuple[str | None, str | None, str]:
    """Status (None: not a known word), body and kind of a row."""
    title = as_compared(row.title)
    if row.body in bodies:  # one of our own exports, whose titles may name several bodies
        names = {**names, as_compared(bodies[row.body]): row.body}
    if _name(title, names) is not None:
        body, kind = _name(title, names) or ("", "")
        return _status(row, PLANNED, ""), body, kind
    by_title, found, kind = _read(title, names)
    if found is None:
        neutral = _neutral(title)
        if neutral is not None:
            kind = neutral
            beside = [_name(as_compared(words), names) for words in (*row.labels, row.place)]
            found = _one(each[0] for each in beside if each is not None)
    return _status(row, by_title, title), found, kind


def _read(text: str, names: Mapping[str, str]) -> tuple[str, str | None, str]:
    """Status, body and kind of a text that says a status beside a name."""
    for status, rest in _rests(text):
        found = _name(rest, names)
        if found is not None:
            return status, *found
    return PLANNED, None, ""


def _name(text: str, names: Mapping[str, str]) -> tuple[str, str] | None:
    """Body and kind, where the text is a name with at most a kind of meeting beside it."""
    text = text.removeprefix("the ")
    if text in names:
        return names[text], ""
    before = _BEFORE.fullmatch(text)
    if before is not None and before[2] in names:
        return names[before[2]], before[1] or ""
    after = _AFTER.fullmatch(text)
    if after is not None and after[1] in names:
        return names[after[1]], after[2] or ""
    return None


def _rests(text: str) -> Iterator[tuple[str, str]]:
    """Each status that a text says, with what the text says beside it."""
    for status, pattern in _ANY.items():
        for found in islice(pattern.finditer(text), MOST_HEARD):
            before, after = _before(text[: found.start()]), text[found.end() :]
            if _BLANK.match(after) or _EXPLAINED.match(after):
                yield status, before
            if not before:
                rest = _LEAD.sub("", after)
                yield status, after.removeprefix(":").strip()
                yield status, rest
                yield status, rest.rstrip(" )]*")


def _before(text: str) -> str:
    """What stands before a status, without the words and marks that join the two."""
    while True:
        text = text.rstrip(_JOINTS)
        head, _, last = text.rpartition(" ")
        if last not in _JOINT_WORDS:
            return text
        text = head


def _neutral(title: str) -> str | None:
    """The kind that a title says which names nothing, "" for none; None where it says more."""
    for text in (title, *(rest for _status, rest in _rests(title))):
        found = _NEUTRAL.fullmatch(text)
        if found is not None:
            return found[1] or ""
    return None


def _status(row: FileRow, by_title: str, title: str) -> str | None:
    """Whether it will be held, from every place that says so; None: a word that is not known.

    ``title`` is the one that is not wholly a name, in which any word may cancel.
    """
    given = as_compared(row.status)
    heard = [by_title, _found(_ANY, given)]
    heard += [_found(_STEM, as_compared(words)) for words in (title, row.place, *row.labels)]
    heard += [_found(_OF_THE_MEETING, as_compared(words)) for words in (row.text, *row.notes)]
    for status in (CANCELLED, POSTPONED, TENTATIVE):
        if status in heard:
            return status
    return PLANNED if given in _HELD else None


def _found(patterns: Mapping[str, re.Pattern[str]], text: str) -> str | None:
    return next((status for status, each in patterns.items() if each.search(text)), None)


def _doubt(row: FileRow) -> str:
    """A sentence where a cell beside the meeting speaks of cancelling, and nobody knows of what."""
    for words in row.notes:
        if _found(_STEM, as_compared(words)):
            return f"“{shortened(words, 80)}” in this row may cancel it. Write that as its status."
    return ""


def _kind_of(labels: Iterable[str]) -> str:
    return next((label for label in map(as_compared, labels) if label in MEETING_KINDS), "")


def _one(found: Iterable[str]) -> str | None:
    """The only body among those found; None for none, and for two."""
    keys = set(found)
    return keys.pop() if len(keys) == 1 else None


def _no_body(row: FileRow) -> str:
    if not row.title:
        return "Nothing says whose meeting this is. Write the body’s name."
    return f"“{shortened(row.title, 80)}” is not the name of a body."
