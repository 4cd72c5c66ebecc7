"""Typed entries as tables: one for each type, in the framework's order, its fields as columns.

Days, numbers and money are said as people write them; a column that is empty in every row of a
type is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from config.framework import Field, Framework, ItemType, SectionTemplate
from webui.page.formats import date_text, money
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


def entry_name(kind: ItemType, fields: Mapping[str, Any]) -> str:
    """What an entry is called: its type's first field that says something."""
    return next((str(fields[each.key]) for each in kind.fields if fields.get(each.key)), "Entry")


def choice_text(value: str) -> str:
    """A choice of the framework as a page shows it, with a capital letter."""
    return value[:1].upper() + value[1:]


def tables_of(
    framework: Framework, section: SectionTemplate, entries: Iterable[dict[str, Any]]
) -> list[EntryTable]:
    """The tables of a section; ``entries`` have type, fields, parent (its name), uid,
    and of the working copy its version, inherited."""
    kept = list(entries)
    tables = []
    for key in section.item_types:
        kind = framework.item_types[key]
        rows = [_row(kind.fields, each) for each in kept if each["type"] == key]
        if not rows:
            continue
        columns: list[dict[str, Any]] = [
            {"key": each.key, "label": each.title, "numeric": each.kind in ("number", "money")}
            for each in kind.fields
        ]
        columns += [PARENT] if kind.parents else []
        shown = [columns[0], *(c for c in columns[1:] if any(row[c["key"]] for row in rows))]
        tables.append(EntryTable(key, kind.plural, shown, rows))
    return tables


def dates_table(body: str) -> list[EntryTable]:
    """The dates of a timetable as a table; none before they are drawn up."""
    rows = list(baselines.rows_of(body))
    return [EntryTable(baselines.DATES, "Dates", DATES_COLUMNS, rows)] if rows else []


def said(kind: ItemType, fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an entry as people write them, for the form that changes it."""
    return {each.key: _said(each, str(fields.get(each.key) or "")) for each in kind.fields}


def _row(fields: Iterable[Field], entry: dict[str, Any]) -> dict[str, Any]:
    said = {each.key: _said(each, str(entry["fields"].get(each.key) or "")) for each in fields}
    return {
        **said,
        "parent": entry.get("parent", ""),
        "uid": entry["uid"],
        "version": entry.get("version", ""),
        "inherited": entry.get("inherited", False),
    }


def _said(field: Field, value: str) -> str:
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
