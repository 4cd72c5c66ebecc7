"""What loading a council changes: gathered while it happens, shown to people, told to the record.

The rule that lives here: the record names people by number, never by name or key, so that erasing
a person leaves nothing of them in it (INV-15).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from workflows.people.account_mail import News

WORDS = {
    "units": "Units",
    "bodies": "Bodies",
    "remits": "Remits",
    "queues": "Queues",
    "posts": "Posts",
    "people": "People",
    "holdings": "Posts held",
    "covers": "Cover",
    "meetings": "Meetings",
    "closures": "Closures",
    "settings": "Settings",
    "framework": "Framework",
}


@dataclass(frozen=True)
class Change:
    """One difference. ``name`` is for the person who loads, ``mark`` for the record."""

    kind: str
    what: str  # added | changed | ended
    name: str
    mark: str | int


@dataclass
class Report:
    """All differences between the files and the database, and what the files do not name."""

    changes: list[Change] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    news: list[News] = field(default_factory=list)

    def note(self, kind: str, what: str, name: str, mark: str | int | None = None) -> None:
        """Add one difference."""
        self.changes.append(Change(kind, what, name, name if mark is None else mark))

    def keep(self, sentence: str) -> None:
        """Add one thing that the files do not speak of and that stays as it is."""
        self.kept.append(sentence)

    def counts(self) -> dict[str, int]:
        """How many differences there are of each kind."""
        found: dict[str, int] = {}
        for each in self.changes:
            found[each.kind] = found.get(each.kind, 0) + 1
        return found

    def details(self) -> dict[str, Any]:
        """For the event: counts, and the keys by kind and by what happened."""
        marks: dict[str, dict[str, list[str | int]]] = {}
        for each in self.changes:
            marks.setdefault(each.kind, {}).setdefault(each.what, []).append(each.mark)
        return {"counts": self.counts(), "changes": marks}

    def lines(self) -> Sequence[str]:
        """What a person reads in the terminal: one line per difference, then what was kept."""
        if not self.changes and not self.kept:
            return ["Nothing to change: the council is as the files say."]
        lines = [f"{WORDS[each.kind]}: {each.what} {each.name}" for each in self.changes]
        return [*lines, *self.kept]


def differing(row: object, wanted: dict[str, Any]) -> list[str]:
    """Set the columns that differ from what is wanted; gives their names."""
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    return changed
