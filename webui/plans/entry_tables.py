"""Typed entries as tables: one for each type, in the framework's order, its fields as columns.

Days, numbers and money are said as people write them; a column that is empty in every row of a
type is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from config.framework import Field
from webui.page.formats import date_text, money
from workflows.plans.reading_actions import EntryPage
from workflows.plans.reading_text import SectionView
from workflows.timetable import baselines

PARENT: dict[str, Any] = {"key": "parent", "label": "Contributes to", "numeric": False}

DATES_COLUMNS: list[dict[str, Any]] = [
    {"key": "on", "label": "By"},
    {"key": "step", "label": "Step"},
    {"key": "for", "label": "For"},
    {"key": "who", "label": "Who"},
]


@dataclass(frozen=True)
class EntryTable:
    """The entries of one type. Rows are mappings from column key to text."""

    kind: str
    caption: str
    columns: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def choice_text(value: str) -> str:
    """A choice of the framework as a page shows it, with a capital letter."""
    return value[:1].upper() + value[1:]


def tables_of(section: SectionView) -> list[EntryTable]:
    """The tables of a section: of its entries, or of the dates of a timetable."""
    if section.kind == baselines.DATES:
        return dates_table(section.body)
    tables = []
    for kind in section.kinds:
        rows = [_row(kind.fields, each) for each in section.entries if each["type"] == kind.key]
        if not rows:
            continue
        columns: list[dict[str, Any]] = [
            {"key": each.key, "label": each.title, "numeric": each.kind in ("number", "money")}
            for each in kind.fields
        ]
        columns += [PARENT] if kind.parents else []
        shown = [columns[0], *(c for c in columns[1:] if any(row[c["key"]] for row in rows))]
        tables.append(EntryTable(kind.key, kind.plural, shown, rows))
    return tables


def dates_table(body: str) -> list[EntryTable]:
    """The dates of a timetable as a table; none before they are drawn up."""
    rows = list(baselines.rows_of(body))
    return [EntryTable(baselines.DATES, "Dates", DATES_COLUMNS, rows)] if rows else []


def typed(page: EntryPage) -> dict[str, Any]:
    """What the form of an entry begins with: its fields as people write them; for a new one what
    is known beforehand."""
    values = {
        each.key: _value(each, str(page.fields.get(each.key) or ""))
        for each in page.kind.fields
        if page.version is not None or each.key in page.fields
    }
    if page.version is None:
        return values
    return {**values, "parent_uid": page.parent_uid, "seen_version": page.version}


def _row(fields: Iterable[Field], entry: dict[str, Any]) -> dict[str, Any]:
    values = {each.key: _value(each, str(entry["fields"].get(each.key) or "")) for each in fields}
    return {
        **values,
        "parent": entry.get("parent", ""),
        "uid": entry["uid"],
        "version": entry.get("version", ""),
        "inherited": entry.get("inherited", False),
    }


def _value(field: Field, value: str) -> str:
    try:
        if value and field.kind == "date":
            return date_text(date.fromisoformat(value))
        if value and field.kind == "money":
            return money(Decimal(value))
        if value and field.kind == "number":
            return f"{Decimal(value):,}"
        if field.kind == "choice":
            return choice_text(value)
    except (ValueError, InvalidOperation):
        return value
    return value
