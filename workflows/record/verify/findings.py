"""What a check of the record found, and where: the shape that commands and pages rely on."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

# A record that is broken throughout is told by its first places; the rest is more of the same.
MOST = 100


@dataclass(frozen=True)
class Place:
    """One place at which a check failed, in words and as subject, number, table and key."""

    says: str
    subject: str | None = None
    seq: int | None = None
    table: str | None = None
    key: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As ``verify --json`` gives it."""
        return dict(vars(self))

    def __str__(self) -> str:
        where = [self.subject or "", f"event {self.seq}" if self.seq is not None else ""]
        where.append(f"{self.table} {self.key or ''}".strip() if self.table else "")
        place = ", ".join(each for each in where if each)
        return f"{place}: {self.says}" if place else self.says


@dataclass(frozen=True)
class Check:
    """One check: its key begins with the invariant that it proves."""

    key: str
    title: str
    rows: tuple[Place, ...]

    @property
    def ok(self) -> bool:
        """Whether it found nothing."""
        return not self.rows


@dataclass(frozen=True)
class Known:
    """What is wrong on an old record, stays there and is known: never silence, and no failure.

    ``sentence`` says what it is; ``rows`` are all its places.
    """

    key: str
    sentence: str
    rows: tuple[Place, ...]

    def line(self) -> str:
        """For the terminal: how many places, and what they have in common."""
        count = len(self.rows)
        return (
            f"Known ({self.key}), {count:,} {'place' if count == 1 else 'places'}: {self.sentence}"
        )


@dataclass(frozen=True)
class Report:
    """All checks of one moment, and what is known of an old record."""

    checks: tuple[Check, ...]
    known: tuple[Known, ...]
    sealed_tables: tuple[str, ...]
    events: int
    checkpoint: dict[str, Any] | None

    @property
    def ok(self) -> bool:
        """Whether every check found nothing."""
        return all(check.ok for check in self.checks)

    @property
    def broken(self) -> tuple[Check, ...]:
        """The checks that found something."""
        return tuple(check for check in self.checks if not check.ok)

    def lines(self) -> list[str]:
        """For the terminal: that all is well, or each broken promise and where, the first first."""
        if self.ok:
            last = f"checkpoint {self.checkpoint['number']}" if self.checkpoint else "no checkpoint"
            count = len(self.checks)
            whole = f"The record is whole: {count} checks, {self.events:,} events, {last}."
            return [whole, *(each.line() for each in self.known)]
        lines = []
        for check in self.broken:
            lines.append(f"{check.key} does not hold: {check.title}.")
            lines.extend(f"  {row}" for row in check.rows)
        return [*lines, *(each.line() for each in self.known)]

    def as_json(self) -> dict[str, Any]:
        """The one document of ``verify --json``."""
        return {
            "ok": self.ok,
            "checks": [
                {
                    "key": check.key,
                    "title": check.title,
                    "ok": check.ok,
                    "rows": [row.as_json() for row in check.rows],
                }
                for check in self.checks
            ],
            "known": [
                {
                    "key": each.key,
                    "sentence": each.sentence,
                    "rows": [row.as_json() for row in each.rows],
                }
                for each in self.known
            ],
            "sealed_tables": list(self.sealed_tables),
            "events": self.events,
            "checkpoint": self.checkpoint,
        }


@dataclass
class Findings:
    """Places by check and by known class, gathered while the record is read."""

    places: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    of_old: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))

    def add(self, check: str, says: str, /, **where: Any) -> None:
        """Note that a check failed at a place."""
        if len(self.places[check]) < MOST:
            self.places[check].append(Place(says, **where))

    def known(self, key: str, says: str, /, **where: Any) -> None:
        """Note a place of a known class of what stands wrong on an old record; all are kept."""
        self.of_old[key].append(Place(says, **where))

    def classes(self, sentences: dict[str, str]) -> list[Known]:
        """The known classes that have a place, in the order of their sentences."""
        return [
            Known(key, sentence, tuple(self.of_old[key]))
            for key, sentence in sentences.items()
            if key in self.of_old
        ]

    def checks(self, titles: dict[str, str]) -> list[Check]:
        """One check for each title, in their order."""
        return [Check(key, title, tuple(self.places.get(key, ()))) for key, title in titles.items()]
