"""Whether the database still holds what the invariants lean on: triggers, grants, constraints.

A trigger that is switched off or a unique index that was dropped breaks nothing today; it is found
here before it lets something through (INV-12).
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Session

from cycle.db import Base
from cycle.models import SEALED
from cycle.record import seals
from workflows.record.verify.findings import Findings

TITLES = {
    "INV-08-no-cascade": "Deleting a row never takes rows of the record with it",
    "INV-12-triggers": "Every sealed table refuses changes by triggers that are switched on",
    "INV-12-grants": "The product's role may read and add sealed rows and nothing else",
    "INV-30-constraints": "Every key, constraint and unique index that the rules lean on is there",
}
SEALED_TABLES = tuple(str(model.__tablename__) for model in SEALED)

_TRIGGERS = text("""
SELECT c.relname, t.tgname, p.proname, p.prosrc, t.tgenabled
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
""")
_GRANTS = text("""
SELECT c.relname, right_name FROM pg_class AS c
CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS right_name
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables)
  AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)
  AND has_table_privilege(:role, c.oid, right_name)
UNION ALL
SELECT c.relname, 'UPDATE of ' || a.attname FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables)
  AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :role)
  AND has_column_privilege(:role, c.oid, a.attnum, 'UPDATE')
  AND NOT (c.relname = 'attribution' AND a.attname = 'words')
UNION ALL
SELECT c.relname, 'ownership' FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables) AND r.rolname = :role
UNION ALL
SELECT '', 'a role of its own' WHERE NOT EXISTS (
  SELECT 1 FROM pg_roles WHERE rolname = :role AND NOT rolsuper AND NOT rolbypassrls)
""")
_CONSTRAINTS = text("""
SELECT c.relname, k.contype::text AS kind, k.conname, k.confdeltype::text AS on_delete,
       k.convalidated,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) AS n
             JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n) AS columns
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
WHERE c.relnamespace = 'public'::regnamespace
""")
_INDEXES = text("""
SELECT c.relname, i.relname AS name FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS c ON c.oid = x.indrelid
WHERE x.indisunique AND x.indisvalid AND c.relnamespace = 'public'::regnamespace
""")
_TRIGGERS_OFF = text("SELECT current_setting('session_replication_role')")


def check(session: Session, findings: Findings) -> None:
    """Compare the catalogue with what migrations and seals must have made."""
    _triggers(session, findings)
    parameters = {"tables": list(SEALED_TABLES), "role": seals.APP_ROLE}
    for table, right in session.execute(_GRANTS, parameters):
        says = f"The product's role has what it must not have, or lacks: {right}."
        findings.add("INV-12-grants", says, table=table)
    _constraints(session, findings)


def _body(function: str) -> str:
    return function.split("$$")[1]


def _triggers(session: Session, findings: Findings) -> None:
    refuse, erasure = _body(seals.REFUSE), _body(seals.REFUSE_BUT_ERASURE)
    present = {
        (row.relname, row.tgname)
        for row in session.execute(_TRIGGERS)
        if row.tgenabled in ("O", "A")
        and row.prosrc == (erasure if row.tgname == "sealed_words" else refuse)
    }
    wanted = {(table, name) for table in SEALED_TABLES for name in ("sealed_rows", "sealed_table")}
    wanted.add(("attribution", "sealed_words"))
    for table, name in sorted(wanted - present):
        says = f"Its trigger “{name}” is missing, switched off or does something else."
        findings.add("INV-12-triggers", says, table=table, key=name)
    if session.scalar(_TRIGGERS_OFF) != "origin":
        findings.add("INV-12-triggers", "Triggers are switched off for this connection.")


def _constraints(session: Session, findings: Findings) -> None:
    rows = session.execute(_CONSTRAINTS).all()
    present = {
        _fact(row.relname, row.kind, row.conname, row.columns) for row in rows if row.convalidated
    }
    present |= {(row.relname, "index", row.name) for row in session.execute(_INDEXES)}
    for table in Base.metadata.sorted_tables:
        for fact in _wanted(table):
            if fact not in present:
                says = f"This is missing: {fact[1]} {fact[2]}."
                findings.add("INV-30-constraints", says, table=fact[0], key=fact[2])
    for row in rows:
        if row.kind == "f" and row.on_delete not in ("a", "r"):
            says = "Deleting what it points at would change these rows."
            findings.add("INV-08-no-cascade", says, table=row.relname, key=row.conname)


def _fact(table: str, kind: str, name: str, columns: Iterable[str]) -> tuple[str, str, str]:
    """Keys are known by their columns, since their names may differ; the rest by name."""
    named = {"p": "primary key", "u": "unique", "f": "foreign key"}
    if kind in named:
        return table, named[kind], ", ".join(sorted(columns))
    return table, {"c": "check", "x": "exclusion"}.get(kind, kind), name


def _wanted(table: Table) -> list[tuple[str, str, str]]:
    kinds: list[tuple[type[Any], str]] = [
        (PrimaryKeyConstraint, "p"),
        (UniqueConstraint, "u"),
        (ForeignKeyConstraint, "f"),
        (CheckConstraint, "c"),
        (ExcludeConstraint, "x"),
    ]
    facts = [
        _fact(table.name, kind, str(each.name), [column.name for column in each.columns])
        for each in table.constraints
        for made_as, kind in kinds
        if isinstance(each, made_as)
    ]
    return facts + [(table.name, "index", str(i.name)) for i in table.indexes if i.unique]
