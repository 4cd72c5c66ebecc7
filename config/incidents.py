"""The incidents of a demo council (``incidents.toml``), for ``simulate`` to act out.

Data only: which verbs make it is ``workflows.simulation.run``'s business.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from config.council_files import NOT_STRUCTURE
from config.problems import ProblemList

KINDS = (
    "deadline_in_closure",
    "meeting_cancelled",
    "meeting_moved",
    "cover",
    "comment_out_of_date",
    "plan_returned",
    "services_merged",
)


@dataclass(frozen=True)
class Incident:
    """One thing that goes wrong. ``values`` is all that the file says about it, by name."""

    key: str
    kind: str
    sentence: str
    happens_on: date
    values: Mapping[str, object]

    def text(self, name: str) -> str:
        """One value as text; the demo's own file names it, so a missing one is a KeyError."""
        return str(self.values[name])

    def day(self, name: str) -> date:
        """One value as a date."""
        given = self.values[name]
        if not isinstance(given, date):
            raise TypeError(f"{self.key}.{name} is not a date")
        return given


def load_incidents(folder: Path) -> tuple[Incident, ...]:
    """The incidents of a council's folder in order of day; none when there is no such file.

    Raises Problems when the file cannot be used.
    """
    noted = ProblemList()
    found: list[Incident] = []
    for file in (folder / name for name in NOT_STRUCTURE):
        if file.exists():
            for count, values in enumerate(_written(file, noted), start=1):
                incident = _incident(values)
                if incident is None:
                    noted.add(
                        f"{file.name}:incident[{count}]", "Give key, kind, sentence and happens_on."
                    )
                else:
                    found.append(incident)
    noted.raise_any()
    return tuple(sorted(found, key=lambda each: (each.happens_on, each.key)))


def _written(file: Path, noted: ProblemList) -> list[object]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = {}
    rows = content.get("incident")
    if not isinstance(rows, list):
        noted.add(file.name, "This is not TOML with an [[incident]] table. Check the file.")
        return []
    return rows


def _incident(values: object) -> Incident | None:
    if not isinstance(values, dict):
        return None
    given = [values.get(name) for name in ("key", "kind", "sentence")]
    happens_on = values.get("happens_on")
    if not all(isinstance(each, str) for each in given) or not isinstance(happens_on, date):
        return None
    if values["kind"] not in KINDS:
        return None
    return Incident(values["key"], values["kind"], values["sentence"], happens_on, values)
