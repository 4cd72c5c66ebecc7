"""What one typed entry of a plan may hold: its fields, its place, what it contributes to.

The rules that live here: numbers and money are plain figures (pounds, commas taken out), days are
days of the calendar and kept as ISO 8601, a choice is one of the framework's, and an entry hangs
on a row of its own plan of a kind that the framework allows (the golden thread, C5).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config.dates import known, long_date, shortened
from config.framework import Field, ItemType
from cycle import access
from cycle.errors import Blocked, NotFound
from cycle.models import Item, Plan

_FIGURE = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,4})?")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d %B %Y", "%d %b %Y")


def entry_name(kind: ItemType, fields: Mapping[str, Any]) -> str:
    """What an entry is called: its type's first field that says something."""
    return next((str(fields[each.key]) for each in kind.fields if fields.get(each.key)), "Entry")


def own(session: Session, plan_id: int, section_key: str, uid: str) -> Item:
    """An entry of this section that may be changed here. Raises NotFound, or Blocked for one that
    belongs to another plan (B8)."""
    item = session.scalars(
        select(Item).where(
            Item.plan_id == plan_id, Item.section_key == section_key, Item.uid == uid
        )
    ).first()
    if item is None:
        raise NotFound(access.GONE)
    if item.inherited:
        raise Blocked("This entry belongs to another plan and is changed there.")
    return item


def next_position(session: Session, plan_id: int, section_key: str) -> int:
    """The place after the last entry of a section."""
    last = session.scalar(
        select(func.max(Item.position)).where(
            Item.plan_id == plan_id, Item.section_key == section_key
        )
    )
    return (last or 0) + 1


def fields(kind: ItemType, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises Blocked with one sentence for each that cannot be."""
    reasons: list[str] = []
    kept: dict[str, Any] = {}
    for field in kind.fields:
        value = str(given.get(field.key, "") or "").strip()
        if not value:
            if field.required:
                reasons.append(f"Fill in “{field.title}”.")
            kept[field.key] = ""
            continue
        read = _read(field, value)
        if read is None:
            reasons.append(_why_not(field))
        kept[field.key] = read
    if reasons:
        raise Blocked(reasons)
    return kept


def _read(field: Field, value: str) -> str | None:
    if field.kind in ("number", "money"):
        plain = value.replace(",", "").removeprefix("£").strip()
        return plain if _FIGURE.fullmatch(plain) else None
    if field.kind == "date":
        found = _day(value)
        return found.isoformat() if found else None
    if field.kind == "choice":
        return value if value in field.choices else None
    return value


def _day(value: str) -> date | None:
    if not value.isascii():
        return None
    for pattern in _DAYS:
        try:
            found = datetime.strptime(value, pattern).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
        return found if known(found) else None
    return None


def _why_not(field: Field) -> str:
    if field.kind == "date":
        return f"“{field.title}” must be a day, such as 31 March 2028."
    if field.kind == "choice":
        return f"Choose one of {', '.join(field.choices)} for “{field.title}”."
    return f"“{field.title}” must be a number, such as 12 or 3.5."


class Runs(Protocol):
    """The days of a plan, ``until_on`` the one after its last."""

    in_force_from_on: date
    until_on: date


def contradictions(
    kinds: Mapping[str, ItemType], plan: Runs, rows: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """What the dates of a plan's own entries say against its years, or against each other, each in
    a sentence that names the entry (fault S16)."""
    first, last = plan.in_force_from_on, plan.until_on - timedelta(days=1)
    for row in rows:
        kind, fields = kinds[row["type"]], row["fields"]
        name = f"“{shortened(entry_name(kind, fields))}” ({kind.title.lower()})"
        days = {each.key: _kept_day(fields.get(each.key)) for each in kind.fields}
        titles = {each.key: each.title for each in kind.fields}
        for field in kind.fields:
            day, before = days[field.key], days.get(field.after)
            if day is None:
                continue
            if field.within_plan and not first <= day <= last:
                yield (
                    f"{name}: “{field.title}” says {long_date(day)}, and the plan runs from "
                    f"{long_date(first)} to {long_date(last)}."
                )
            elif before is not None and day < before:
                yield (
                    f"{name}: “{field.title}” says {long_date(day)}, which is before "
                    f"“{titles[field.after]}”, {long_date(before)}."
                )


def _kept_day(value: object) -> date | None:
    """The day of a field as it is kept; None for none, and for what is no date."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def check_parents(
    session: Session, plan: Plan, kind: ItemType, parents: Iterable[str | None]
) -> None:
    """What entries contribute to are rows of their own plan, of an allowed kind. Raises Blocked."""
    wanted = {uid for uid in parents if uid}
    if not wanted:
        return
    rows = session.execute(
        text("SELECT uid, type FROM item WHERE uid = ANY(:uids) AND plan_id = :plan"),
        {"uids": list(wanted), "plan": plan.id},
    )
    if {row.uid for row in rows if row.type in kind.parents} != wanted:
        raise Blocked(f"Choose what this {kind.title.lower()} contributes to from the list.")
