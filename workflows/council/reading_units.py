"""The units of the council as a tree, and what stands in the way of closing one."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access, clock
from cycle.errors import NotFound
from cycle.models import Council, Unit
from cycle.people import Actor
from workflows.council import reorganisation
from workflows.framework import post_permissions
from workflows.people.reading import require_officer
from workflows.people.reading_person import last

_UNITS = text("""
SELECT unit.id, unit.name, unit.level, unit.parent_id, parent.name AS parent,
       into_unit.name AS into_name, unit.until_on, cardinality(unit.path) AS depth,
       (SELECT array_agg(u.name ORDER BY cardinality(u.path)) FROM unit AS u
        WHERE u.id = ANY(unit.path)) AS names
FROM unit
LEFT JOIN unit AS parent ON parent.id = unit.parent_id
LEFT JOIN unit AS into_unit ON into_unit.id = unit.merged_into_id
ORDER BY names
""")


@dataclass(frozen=True)
class UnitLine:
    """One unit in the tree; ``level`` in the framework's words."""

    id: int
    name: str
    level: str
    level_key: str
    parent: str
    depth: int
    last_on: date | None
    into: str
    over: bool


@dataclass(frozen=True)
class UnitTree:
    """The units of today in the order of the tree, and those that have ended."""

    living: list[UnitLine]
    ended: list[UnitLine]


@dataclass(frozen=True)
class UnitPage:
    """One unit: levels that may stand below it, units of its level, why it cannot be closed."""

    unit: UnitLine
    levels: list[tuple[str, str]]
    mergeable: list[tuple[str, str]]
    why_not_close: list[str]
    version: int


def tree(session: Session, actor: Actor) -> UnitTree:
    """Every unit. Raises NotPermitted for members."""
    require_officer(actor)
    titles = dict(_levels(session))
    lines = [_line(row, titles) for row in session.execute(_UNITS)]
    return UnitTree([each for each in lines if not each.over], [e for e in lines if e.over])


def _levels(session: Session) -> list[tuple[str, str]]:
    framework = post_permissions.framework(session)
    return [(each.key, each.title) for each in framework.levels] if framework else []


def _line(row: Any, titles: dict[str, str]) -> UnitLine:
    over = row.until_on is not None and row.until_on <= clock.today()
    return UnitLine(
        id=row.id,
        name=row.name,
        level=titles.get(row.level, row.level),
        level_key=row.level,
        parent=row.parent or "",
        depth=row.depth,
        last_on=last(row.until_on),
        into=row.into_name or "",
        over=over,
    )


def unit(session: Session, actor: Actor, unit_id: int) -> UnitPage:
    """One living unit. Raises NotFound, NotPermitted."""
    lines = tree(session, actor).living
    found = next((each for each in lines if each.id == unit_id), None)
    if found is None:
        raise NotFound(access.GONE)
    levels = _levels(session)
    place = [key for key, _title in levels].index(found.level_key)
    return UnitPage(
        unit=found,
        levels=levels[place + 1 :],
        mergeable=[
            (str(each.id), each.name)
            for each in lines
            if each.level_key == found.level_key and each.id != unit_id
        ],
        why_not_close=reorganisation.why_not_close(session, session.get_one(Unit, unit_id)),
        version=session.scalars(select(Council.version)).one(),
    )
