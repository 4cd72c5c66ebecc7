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
class Report:
    """All checks of one moment."""

    checks: tuple[Check, ...]
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
            return [f"The record is whole: {count} checks, {self.events:,} events, {last}."]
        lines = []
        for check in self.broken:
            lines.append(f"{check.key} does not hold: {check.title}.")
            lines.extend(f"  {row}" for row in check.rows)
        return lines

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
            "sealed_tables": list(self.sealed_tables),
            "events": self.events,
            "checkpoint": self.checkpoint,
        }


@dataclass
class Findings:
    """Places by check, gathered while the record is read."""

    places: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))

    def add(self, check: str, says: str, /, **where: Any) -> None:
        """Note that a check failed at a place."""
        if len(self.places[check]) < MOST:
            self.places[check].append(Place(says, **where))

    def checks(self, titles: dict[str, str]) -> list[Check]:
        """One check for each title, in their order."""
        return [Check(key, title, tuple(self.places.get(key, ()))) for key, title in titles.items()]
