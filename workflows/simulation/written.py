"""What the people of a demo council write: the texts and rows of its folder ``written``.

The rule that lives here: a file is of one service, by its key, or ``council`` for the plans of the
whole council. A plan of the whole council whose rows name services takes each service's from its
file, and ``from`` takes the rows of the services' own plans, so that one sum is written once. What
stands under ``year`` counts from that year of effect on; else what was written first.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from config.council import Council
from config.dates import year_name
from config.framework import ItemType

FOLDER = "written"
COUNCIL = "council"
PRESSURES, PROPOSALS = "service_plan.pressures", "service_plan.proposals"
NET = "net"  # of the council's file: what it spends in a year, in pounds


@dataclass(frozen=True)
class About:
    """The plan in which something is written; ``year`` is the one in which it takes effect,
    ``service`` the unit's name, "" for the whole council."""

    ref: str
    plan_type: str
    year: int
    service: str


@dataclass(frozen=True)
class WrittenRow:
    """The fields of a row by key, and the words of the row to which it belongs, where said."""

    values: Mapping[str, str]
    under: str = ""


@dataclass(frozen=True)
class Written:
    """The files of a council's folder, by unit."""

    files: Mapping[str, Mapping[str, Any]]
    keys: Mapping[str, str] = field(default_factory=dict)  # a unit's key by its name

    @classmethod
    def of(cls, folder: Path, council: Council, former: Mapping[str, str]) -> "Written":
        """Reads the folder; ``former`` are services by name that the council no longer has."""
        files = {
            path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
            for path in sorted((folder / FOLDER).glob("*.toml"))
        }
        names = {unit.name: unit.key for unit in council.units.values()}
        return cls(files, {**names, **former})

    def text(self, about: About, section: str, services: Sequence[str]) -> str | None:
        """The words of a section; None where nothing is written for it."""
        found = self._found(self._file(about.service), about.plan_type, section, about.year)
        if not isinstance(found, str):
            return None
        years = {"last": year_name(about.year - 2), "year": year_name(about.year)}
        return found.strip().format(**years, **self._sums(about.year, tuple(services)))

    def has_news(self, about: About, section: str) -> bool:
        """Whether a text is written for just this year."""
        file = self._file(about.service)
        news = file.get("year", {}).get(str(about.year), {})
        return section in news.get(about.plan_type, {})

    def rows(
        self, about: About, section: str, kind: ItemType, services: Sequence[str]
    ) -> list[WrittenRow] | None:
        """The rows of one kind; None where nothing is written for the section."""
        if about.service:
            return self._own(about.service, about.plan_type, section, kind, about.year)
        table = self._found(self.files[COUNCIL], about.plan_type, section, about.year)
        if isinstance(table, dict) and "from" in table:
            return self._of_services(table["from"], kind, about.year, services)
        parts = [
            self._own(name, about.plan_type, section, kind, about.year) for name in ("", *services)
        ]
        if all(part is None for part in parts):
            return None
        return [row for part in parts for row in part or ()]

    def report(self, plan_type: str) -> Mapping[str, str]:
        """What a report on such a plan says, by box."""
        reports = self.files[COUNCIL].get("report", {})
        return {key: words.strip() for key, words in reports.get(plan_type, {}).items()}

    def _file(self, service: str) -> Mapping[str, Any]:
        return self.files.get(self.keys.get(service, service) if service else COUNCIL, {})

    def _found(self, file: Mapping[str, Any], plan_type: str, section: str, year: int) -> Any:
        since = sorted((each for each in file.get("year", {}) if int(each) <= year), reverse=True)
        for tables in (*(file["year"][each] for each in since), file):
            found = tables.get(plan_type, {}).get(section)
            if found is not None:
                return found
        return None

    def _own(
        self, service: str, plan_type: str, section: str, kind: ItemType, year: int
    ) -> list[WrittenRow] | None:
        file = self._file(service)
        table = self._found(file, plan_type, section, year)
        if isinstance(table, dict) and "from" in table:
            plan_type, _, section = table["from"].partition(".")
            table = self._found(file, plan_type, section, year)
        if not isinstance(table, dict):
            return None
        known = {each.key for each in kind.fields}
        usual = {"service": service, "owner": file.get("owner", "")}
        rows = []
        for given in table.get(kind.key, []):
            values = {key: _value(each, year) for key, each in given.items() if key in known}
            rest = {key: each for key, each in usual.items() if key in known and each}
            rows.append(WrittenRow(rest | values, given.get("under", "")))
        return rows

    def _of_services(
        self, source: str, kind: ItemType, year: int, services: Sequence[str]
    ) -> list[WrittenRow]:
        plan_type, _, section = source.partition(".")
        return [
            WrittenRow({**row.values, "text": f"{service}: {row.values['text']}"})
            for service in services
            for row in self._own(service, plan_type, section, kind, year) or ()
        ]

    def _sums(self, year: int, services: tuple[str, ...]) -> Mapping[str, str]:
        sums = dict.fromkeys(("pressure", "growth", "saving", "capital"), 0)
        for service in services:
            for source, name in ((PRESSURES, "pressure"), (PROPOSALS, "bid")):
                plan_type, _, section = source.partition(".")
                table = self._found(self._file(service), plan_type, section, year) or {}
                for row in table.get(name, ()):
                    sums[row.get("kind", name)] += row.get("amount", 0)
        changed = sums["pressure"] + sums["growth"] - sums["saving"]
        return {
            "before": _millions(self.files[COUNCIL][NET] - changed),
            "pressures": _millions(sums["pressure"]),
            "growth": _millions(sums["growth"]),
            "savings": _millions(sums["saving"]),
            "capital": _millions(sums["capital"]),
        }


def _millions(pounds: int) -> str:
    return f"£{pounds / 1_000_000:.1f} million"


@cache
def _day(month_and_day: str, year: int) -> str:
    month, day = (int(part) for part in month_and_day.split("-"))
    return date(year if month >= 4 else year + 1, month, day).isoformat()


def _value(given: object, year: int) -> str:
    """A value as it is entered; a month and day is the one of the plan's year."""
    if isinstance(given, date):
        return given.isoformat()
    written = str(given)
    is_day = len(written) == 5 and written[2] == "-" and written.replace("-", "").isdigit()
    return _day(written, year) if is_day else written
