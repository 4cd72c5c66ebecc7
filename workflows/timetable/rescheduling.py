"""Steps, open tasks and papers moved together, and moved back to the very same bytes.

The rules that live here: what is saved is each step that differs, before and after, with all its
columns; open tasks copy the date of their step; papers follow their meeting; going back writes what
stood before. Nothing here decides whether it may be done (``change_requests``).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import long_date, parse_date
from cycle.models import PlanningYear, Step
from cycle.people import Actor
from cycle.record import canonical
from workflows.core.facts import fact
from workflows.reports import papers_follow
from workflows.timetable import timetable

_DAYS = ("due_on", "starts_on", "latest_on", "granted_on")
_COLUMNS = ("title", "meeting_id", "plan_id", "rule", *_DAYS, "because", "critical")

# The steps that a change of dates moves, as they stand, by key.
WRITTEN = fact(
    "written_steps",
    f"""SELECT jsonb_object_agg(step.key, jsonb_build_object({
        ", ".join(f"'{name}', step.{name}" for name in _COLUMNS)
    })) FROM date_change JOIN step ON step.planning_year_id = date_change.planning_year_id
WHERE date_change.id = subject.id AND step.key IN (
  SELECT move ->> 'key' FROM jsonb_array_elements(
    CAST(coalesce(nullif(date_change.moves, ''), '[]') AS jsonb)) AS move)""",  # noqa: S608  # names of columns
)


@dataclass(frozen=True)
class Move:
    """One step as it stands and as it would be: column by column, days as ISO 8601. ``before`` is
    None for a step that is not written yet."""

    key: str
    before: dict[str, Any] | None
    after: dict[str, Any]

    @property
    def title(self) -> str:
        """What the step is called."""
        return str(self.after["title"])

    @property
    def from_on(self) -> date | None:
        """The date that stands, if any."""
        return parse_date(self.before["due_on"]) if self.before else None

    @property
    def to_on(self) -> date:
        """The date that it would have."""
        return parse_date(self.after["due_on"])

    @property
    def is_redated(self) -> bool:
        """Whether its date differs; else only its reasons or its float do."""
        return self.from_on != self.to_on

    @property
    def sentence(self) -> str:
        """What happens to the step, for the page and the record."""
        if self.from_on is None:
            return f"{self.title}: {long_date(self.to_on)}, new."
        return f"{self.title}: {long_date(self.to_on)} instead of {long_date(self.from_on)}."


def of_facts(session: Session, year: PlanningYear) -> list[Move]:
    """Every step of the year's running plans that would be written differently today."""
    _, rows = timetable.rows_of(session, year, timetable.running(session, year))
    return compared(written(session, year.id), rows)


def compared(current: dict[str, dict[str, Any]], rows: Iterable[dict[str, Any]]) -> list[Move]:
    """The rows that differ from what stands, as moves."""
    found = []
    for row in rows:
        before = current.get(row["key"])
        granted = before["granted_on"] if before else None
        after = _plain(row | {"granted_on": None}) | {"granted_on": granted}
        if before != after:
            found.append(Move(row["key"], before, after))
    return found


def written(session: Session, year_id: int) -> dict[str, dict[str, Any]]:
    """The steps of a year as they stand, by key."""
    columns = [getattr(Step, name) for name in ("key", *_COLUMNS)]
    rows = session.execute(select(*columns).where(Step.planning_year_id == year_id))
    return {row.key: _plain(row._mapping) for row in rows}


def as_text(moves: Sequence[Move]) -> str:
    """The moves as the canonical text that is saved, approved and kept."""
    return canonical.dumps(
        [{"key": each.key, "before": each.before, "after": each.after} for each in moves]
    )


def read(body: str) -> list[Move]:
    """The moves of such a text."""
    return [Move(each["key"], each["before"], each["after"]) for each in json.loads(body or "[]")]


def apply(session: Session, year: PlanningYear, moves: Sequence[Move]) -> None:
    """Write the steps as they would be, and bring open tasks to their dates."""
    _write(session, year.id, [(each.key, each.after) for each in moves])
    _move_tasks(session, year.id)


def revert(session: Session, year: PlanningYear, moves: Sequence[Move]) -> None:
    """Write the steps as they stood before. A step that was new stays, since tasks may hang on
    it."""
    _write(session, year.id, [(each.key, each.before) for each in moves if each.before])
    _move_tasks(session, year.id)


def _write(session: Session, year_id: int, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
    known: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    current = set(session.scalars(select(Step.key).where(Step.planning_year_id == year_id)))
    for key, plain in rows:
        row = _row(plain) | {"planning_year_id": year_id, "key": key}
        (known if key in current else new).append(row)
    timetable.store(session, new)
    if known:
        session.execute(_UPDATE, [row | {"because": canonical.dumps(row["because"])}
                                  for row in known])  # fmt: skip


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: row[name].isoformat() if name in _DAYS and row[name] else row[name]
        for name in _COLUMNS
    }


def _row(plain: dict[str, Any]) -> dict[str, Any]:
    return {
        name: parse_date(plain[name]) if name in _DAYS and plain[name] else plain[name]
        for name in _COLUMNS
    }


_UPDATE = text("""
UPDATE step SET title = :title, meeting_id = :meeting_id, due_on = :due_on,
  starts_on = :starts_on, latest_on = :latest_on, granted_on = :granted_on,
  because = CAST(:because AS jsonb), critical = :critical
WHERE planning_year_id = :planning_year_id AND key = :key
""")


def _move_tasks(session: Session, year_id: int) -> None:
    """Open tasks copy the date of their step; a contribution asked for by a day keeps that day."""
    session.execute(
        text(
            "UPDATE task SET due_on = step.due_on FROM step "
            "WHERE step.planning_year_id = :year AND task.step_id = step.id "
            "AND task.closed_at IS NULL AND task.due_on <> step.due_on"
        ),
        {"year": year_id},
    )


def move_papers(session: Session, year: PlanningYear, actor: Actor) -> list[dict[str, Any]]:
    """Open tasks of reports follow their meeting, where they have not done so already; gives each
    change, for going back and for the record."""
    ids = session.scalars(_OPEN_ITEMS, {"year": year.id}).all()
    return [each.as_details() for each in papers_follow.follow(session, actor, ids)]


def papers_back(session: Session, changed: Sequence[dict[str, Any]]) -> None:
    """Open tasks of reports get the dates from which they were moved, where nothing has moved
    them since."""
    for each in changed:
        session.execute(
            _PAPERS_BACK,
            {"id": each["id"], "due": parse_date(each["from"]), "was": parse_date(each["to"])},
        )


_OPEN_ITEMS = text("""
SELECT DISTINCT item_plan.item_id FROM item_plan
JOIN plan ON plan.id = item_plan.plan_id
JOIN subject ON subject.id = item_plan.item_id
WHERE plan.planning_year_id = :year AND subject.phase NOT IN ('ended', 'withdrawn')
""")
_PAPERS_BACK = text(
    "UPDATE task SET due_on = :due WHERE id = :id AND due_on = :was AND closed_at IS NULL"
)
