"""The guides, the glossary and the short notes of the pages, read from ``webui/guides``.

The rule that lives here: a guide is one file, whose number orders it, whose first line is its title
and whose first paragraph says for whom it is; another guide is another file. In the repository they
are read as they are, so their links name files; on a page they name addresses.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "guides"
MOST_LINES = 5
_NAME = re.compile(r"\d+-([a-z][a-z-]*)")
_LINK = re.compile(r"\]\(\d+-([a-z-]+)\.md\)")


@dataclass(frozen=True)
class Guide:
    """One guide: ``key`` is its address, ``summary`` its first paragraph, ``body`` all after it."""

    key: str
    title: str
    summary: str
    body: str


@dataclass(frozen=True)
class Word:
    """A word of the screens and what it means there."""

    term: str
    means: str


@dataclass(frozen=True)
class How:
    """How one page works, in a few short lines, and the guide that says more."""

    lines: tuple[str, ...]
    guide: Guide


@cache
def all_guides() -> dict[str, Guide]:
    """Every guide by its key, in the order of the files. Raises ValueError for a file that is no
    guide."""
    read = [_read(path) for path in sorted(FOLDER.glob("*.md"))]
    return {guide.key: guide for guide in read}


def _read(path: Path) -> Guide:
    name = _NAME.fullmatch(path.stem)
    parts = path.read_text(encoding="utf-8").split("\n\n", 2)
    if name is None or len(parts) != 3 or not parts[0].startswith("# "):
        raise ValueError(f"{path.name} is no guide: a number, a title and a first paragraph")
    title, summary, body = parts
    return Guide(name[1], title.removeprefix("# "), summary, _LINK.sub(r"](/help/\1)", body))


@cache
def glossary() -> tuple[Word, ...]:
    """The words of the screens, in the order of the alphabet."""
    data = tomllib.loads((FOLDER / "glossary.toml").read_text(encoding="utf-8"))
    words = (Word(each["term"], each["means"]) for each in data["word"])
    return tuple(sorted(words, key=lambda word: word.term.lower()))


@cache
def how_pages_work() -> dict[str, How]:
    """How each main page works, by its endpoint."""
    data = tomllib.loads((FOLDER / "how.toml").read_text(encoding="utf-8"))
    guides = all_guides()
    return {
        endpoint: How(tuple(page["lines"]), guides[page["guide"]])
        for page in data["page"]
        for endpoint in page["pages"]
    }
