"""What was noticed in a Word document, in sentences: what is left out, lost or changed.

The rule that lives here: whatever of a file does not come in is named, in the section in which it
stood, or for the whole file where it stood in none.
"""

from collections import Counter
from collections.abc import Sequence

from config.dates import shortened
from workflows.plans.word.matching import Notice

MOST = 8  # of one kind that are named one by one
_WORDS = 60
_ABSENT = ("picture", "chart", "diagram", "drawing", "embedded file", "formula", "text box")
_CHANGES = (("ins", "insertion"), ("del", "deletion"), ("moveTo", "move"))


def of_part(noticed: Sequence[Notice], *, numbers_lost: bool) -> list[str]:
    """The sentences on one section. ``numbers_lost``: somewhere in the file, so that what refers to
    a number may point nowhere."""
    found = _by_kind(noticed)
    sentences = [_absent(kind, found[kind]) for kind in _ABSENT if kind in found]
    if "merged" in found:
        many = sum(int(each) for each in found["merged"])
        sentences.append(
            f"{_count(many, 'cell')} of a table reached over several columns or rows. The words "
            "stand in the first of them, and the others are empty."
        )
    for each in found.get("heading row", [])[:MOST]:
        taken = f"its first row is taken for one ({_quoted([each])})"
        sentences.append(f"A table has no row marked as headings: {taken}.")
    if "notes" in found:
        many = sum(int(each) for each in found["notes"])
        come = "comes as a numbered note" if many == 1 else "come as numbered notes"
        sentences.append(f"{_count(many, 'footnote')} {come} at the end of the text.")
    if "number" in found:
        many = len(found["number"])
        lost = "This number is lost" if many == 1 else "These numbers are lost"
        sentences.append(f"{lost}: {_quoted(found['number'])}.")
    if numbers_lost and "reference" in found:
        sentences.append(
            f"The text refers to {_quoted(found['reference'])}. Check that a reader still finds it."
        )
    return sentences


def of_whole(noticed: Sequence[Notice]) -> list[str]:
    """The sentences on the whole file."""
    found = _by_kind(noticed)
    sentences = [_changes(found)] if any(kind in found for kind, _ in _CHANGES) else []
    if "comments" in found:
        many = int(found["comments"][0])
        sentences.append(f"{_count(many, 'comment')} in the file {_is(many)} left out.")
    if "contents" in found:
        sentences.append("The table of contents is left out.")
    for kind, begins in (
        ("hidden", "Hidden text is left out"),
        ("prompt", "Fields that nobody has filled in are left out"),
        ("margin", "What stands in headers and footers is left out"),
    ):
        if kind in found:
            sentences.append(f"{begins}: {_quoted(found[kind])}.")
    if "lost" in found:
        many = len(found["lost"])
        sentences.append(
            f"{_count(many, 'word')} of the file did not come in: {_quoted(found['lost'])}."
        )
    if "style" in found:
        sentences.append(
            f"Styles that are not known here became plain paragraphs: {_quoted(found['style'])}."
        )
    return sentences


def _changes(found: dict[str, list[str]]) -> str:
    counts = [(sum(map(int, found[kind])), words) for kind, words in _CHANGES if kind in found]
    changes = [_count(many, words) for many, words in counts]
    return (
        f"The file has tracked changes: {_and(changes)}. The text is shown as if all were accepted."
    )


def _absent(kind: str, called: Sequence[str]) -> str:
    names = [each for each in called if each]
    does = "does not come in" if len(called) == 1 else "do not come in"
    begins = f"{_count(len(called), kind, _many(kind))} {does}"
    return f"{begins}: {_quoted(names)}." if names else f"{begins}."


def _many(kind: str) -> str:
    return "text boxes" if kind == "text box" else f"{kind}s"


def _by_kind(noticed: Sequence[Notice]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, words in noticed:
        found.setdefault(kind, []).append(words)
    return found


def _quoted(words: Sequence[str]) -> str:
    """Words in quotation marks, each once, the first few of them."""
    each = [f"“{shortened(one, _WORDS)}”" for one in Counter(words)]
    rest = len(each) - MOST
    return ", ".join(each[:MOST]) + (f" and {rest} more" if rest > 0 else "")


def _count(many: int, one: str, several: str = "") -> str:
    return f"{many:,} {one if many == 1 else several or one + 's'}"


def _is(many: int) -> str:
    return "is" if many == 1 else "are"


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
