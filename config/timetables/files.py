"""The files of published timetables: read under their folder's name, and each told apart.

The rule that lives here: what is wrong with a file is told once, with its folder; a file that
nothing reads is named.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.council_files import read_text
from config.dates import shortened
from config.problems import ProblemList

HEAD, MEETINGS, EVENTS, ROWS = "timetable.toml", "meetings.csv", "events.csv", "rows.csv"
KNOWN = (HEAD, MEETINGS, EVENTS, ROWS)  # the tables of words.COLUMNS, and the head


def text_of(file: Path, place: str, noted: ProblemList) -> str | None:
    """The text of a file, or nothing with the reason noted at its place."""
    own = ProblemList()
    text = read_text(file, own)
    for problem in own.problems:
        noted.add(place, problem.partition(": ")[2])
    return text


def toml_of(file: Path, place: str, noted: ProblemList) -> dict[str, Any] | None:
    """The contents of a TOML file; None when it cannot be read, which is then all that is told."""
    text = text_of(file, place, noted)
    if text is None:
        return None
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as problem:
        noted.add(place, f"This is not TOML: {shortened(str(problem), 120)}.")
        return None


def unknown_files(folder: Path) -> Iterator[tuple[str, str]]:
    """The files beside a timetable that nothing reads."""
    for file in sorted(folder.iterdir()):
        if file.name not in KNOWN and not file.name.startswith("."):
            listed = ", ".join(KNOWN)
            yield f"{folder.name}/{file.name}", f"Nothing reads this file. Known are: {listed}."
