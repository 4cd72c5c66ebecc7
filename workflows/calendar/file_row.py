"""One line of a file of meetings, in the file's own words, before anybody knows whose it is.

The rule that lives here: what a file says and what was understood of it stay side by side. A reader
fills these; ``naming`` says which body is meant, ``judging`` what would become of it.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, time
from itertools import islice
from typing import Any

from cycle.errors import BadInput

MOST_ROWS = 2_000
TOO_MANY = f"This file has more than {MOST_ROWS:,} rows. Hand in one municipal year at a time."
LONGEST_GIVEN = 300
# What is longer is no name, and would take long to be compared.
LONGEST_TEXT = 250
MOST_TEXTS = 50


@dataclass(frozen=True)
class FileRow:
    """What one row or event says. Day and time are local; ``starts`` None: no time is given.

    ``at`` is its place in the file, ``given`` its own words. ``title`` should name the body;
    ``labels`` and ``place`` may. ``kind`` and ``status`` are what the file says in a place of their
    own, ``notes`` the other cells, ``text`` what describes it. ``body`` is a key that one of our
    own exports wrote, ``earlier`` the days that older versions of the same entry had. ``problem``
    is a sentence on what cannot be understood, ``remark`` one on what was.
    """

    at: str
    given: str
    title: str
    on: date | None = None
    starts: time | None = None
    kind: str = ""
    status: str = ""
    labels: tuple[str, ...] = ()
    place: str = ""
    notes: tuple[str, ...] = ()
    text: str = ""
    body: str = ""
    uid: str = ""
    earlier: tuple[date, ...] = ()
    problem: str = ""
    remark: str = ""

    def with_problem(self, sentence: str) -> "FileRow":
        """The same row with a problem, unless it has one already."""
        return self if self.problem else replace(self, problem=sentence)

    def as_json(self) -> dict[str, Any]:
        """What ``from_json`` makes into the same row again; what is too long is cut."""
        written = {
            **asdict(self),
            "on": self.on and self.on.isoformat(),
            "earlier": [day.isoformat() for day in self.earlier],
            "starts": self.starts and self.starts.isoformat("minutes"),
        }
        return _cut(written)


def from_json(stored: dict[str, Any]) -> FileRow:
    """The row that ``as_json`` wrote, each of its texts no longer than can be a name."""
    kept = _cut(stored)
    return FileRow(
        **{
            **kept,
            "on": kept["on"] and date.fromisoformat(kept["on"]),
            "starts": kept["starts"] and time.fromisoformat(kept["starts"]),
            "earlier": tuple(date.fromisoformat(day) for day in kept["earlier"]),
            "labels": tuple(kept["labels"]),
            "notes": tuple(kept["notes"]),
        }
    )


def _cut(stored: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON, its texts no longer than they may be, and no more of them."""
    texts = {name: value[:LONGEST_TEXT] for name, value in stored.items() if isinstance(value, str)}
    lists = {name: [str(each)[:LONGEST_TEXT] for each in stored[name][:MOST_TEXTS]]
             for name in ("labels", "notes", "earlier")}  # fmt: skip
    return {**stored, **texts, **lists, "given": stored["given"][:LONGEST_GIVEN]}


def no_more_than_may_be(rows: Iterable[FileRow]) -> list[FileRow]:
    """The rows, made no further than a file may have. Raises BadInput where there are more."""
    found = list(islice(rows, MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        raise BadInput(TOO_MANY)
    return found
