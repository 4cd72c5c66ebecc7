"""Sealed versions of plans: a frozen manifest of (section key, SHA-256), and their comparison.

Versions are made at submit, return, comment and decision; the working copy is not history. A plan
whose text has not changed keeps its last version.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import NotFound
from cycle.models import Plan, PlanVersion, SealedSection
from cycle.record import canonical, formats
from cycle.statements import Statement
from workflows.core import audit
from workflows.core.audit import Act
from workflows.core.facts import fact
from workflows.files import comparison
from workflows.files.comparison import Block, Part

# The last version comes along: an act needs both.
_WORKING = """
SELECT json_build_object('rows', json_agg(working), 'last', (
  SELECT json_build_array(id, number, sha256) FROM plan_version WHERE plan_id = {plan}
  ORDER BY number DESC LIMIT 1))
FROM (
SELECT section.key, section.kind, section.body, entries.list, entries.loose
FROM section
LEFT JOIN (
  SELECT section_key,
    jsonb_agg(jsonb_build_object('uid', uid, 'type', type, 'fields', fields, 'parent', parent_uid)
              ORDER BY position, id) AS list,
    array_agg(type) FILTER (WHERE parent_uid IS NULL AND NOT inherited) AS loose
  FROM item WHERE plan_id = {plan} GROUP BY section_key) AS entries
  ON entries.section_key = section.key AND section.kind = 'items'
WHERE section.plan_id = {plan} ORDER BY section.position) AS working
"""
_READ_WORKING = Statement(_WORKING.format(plan=":plan"), "working")
WORKING = fact("working", _WORKING.format(plan="subject.id"))


@dataclass(frozen=True)
class Working:
    """The working copy of a plan: the texts that would be sealed by section key in reading order,
    which sections say something, the types of its entries, those of entries that contribute to
    nothing, and its last version as (id, number, SHA-256)."""

    texts: dict[str, str]
    filled: frozenset[str]
    types: frozenset[str]
    loose: frozenset[str]
    last: tuple[int, int, str] | None


def working(session: Session, plan_id: int) -> Working:
    """Read the working copy. One statement."""
    return working_of(_READ_WORKING.first(session, {"plan": plan_id}).working)


def working_of(read: Mapping[str, Any]) -> Working:
    """The working copy as the fact ``WORKING`` has it."""
    rows: Sequence[Mapping[str, Any]] = read["rows"] or ()
    texts = {
        row["key"]: canonical.dumps(row["list"] or []) if row["kind"] == "items" else row["body"]
        for row in rows
    }
    filled = (row for row in rows if row["list"] or row["body"].strip() and row["kind"] != "items")
    return Working(
        texts,
        frozenset(row["key"] for row in filled),
        frozenset(entry["type"] for row in rows for entry in row["list"] or ()),
        frozenset(kind for row in rows for kind in row["loose"] or ()),
        tuple(read["last"]) if read["last"] else None,
    )


def contents(session: Session, plan_id: int) -> dict[str, str]:
    """The working copy of every section as the text that would be sealed, in reading order."""
    return working(session, plan_id).texts


def manifest_of(texts: dict[str, str]) -> str:
    """The canonical manifest of texts by section key."""
    return canonical.dumps([[key, canonical.digest(body)] for key, body in texts.items()])


def working_sha256(session: Session, plan_id: int) -> str:
    """The digest that a version would have if it were sealed now."""
    return digest(contents(session, plan_id))


def digest(texts: dict[str, str]) -> str:
    """The digest of a version that consists of these texts by section key."""
    return canonical.digest(manifest_of(texts))


def seal(session: Session, plan: Plan, act: Act, at: datetime, known: Working | None = None) -> int:
    """Seal the working copy as the next version and show it; unchanged text keeps its version.

    ``known`` is the working copy where it has been read under this lock. Gives the version's id;
    the act names its SHA-256.
    """
    copy = known or working(session, plan.id)
    texts, last = copy.texts, copy.last
    manifest = manifest_of(texts)
    act.version = canonical.digest(manifest)
    if last is not None and last[2] == act.version:
        return last[0]
    _seal_sections(session, plan.id, act, texts)
    version_id = audit.seal(
        session,
        act,
        PlanVersion,
        plan_id=plan.id,
        number=last[1] + 1 if last else 1,
        manifest=manifest,
        sha256=act.version,
        made_for=act.action,
        made_at=at,
    )
    plan.shown_version_id = version_id
    session.flush()
    return version_id


def _seal_sections(session: Session, plan_id: int, act: Act, texts: dict[str, str]) -> None:
    known = {
        (key, sha)
        for key, sha in session.execute(
            select(SealedSection.section_key, SealedSection.sha256).where(
                SealedSection.plan_id == plan_id
            )
        )
    }
    fresh = [
        {"plan_id": plan_id, "section_key": key, "sha256": sha, "body": body}
        for key, body in texts.items()
        if (key, sha := canonical.digest(body)) not in known
    ]
    audit.seal_many(session, act, SealedSection, fresh)


def sections_of(session: Session, version: PlanVersion) -> dict[str, str]:
    """The sealed texts of a version by section key, in reading order. One statement."""
    manifest = formats.manifest(version.manifest)
    bodies = {
        (row.section_key, row.sha256): row.body
        for row in session.execute(
            select(SealedSection.section_key, SealedSection.sha256, SealedSection.body).where(
                SealedSection.plan_id == version.plan_id,
                SealedSection.sha256.in_([part.sha256 for part in manifest]),
            )
        )
    }
    return {part.key: bodies[(part.key, part.sha256)] for part in manifest}


@dataclass(frozen=True)
class Difference:
    """One section in two versions: whether it has changed, and its words and tables compared."""

    section_key: str
    changed: bool
    parts: tuple[Part, ...]


def compare(
    older: Mapping[str, str],
    newer: Mapping[str, str],
    blocks_of: Callable[[str, str], Sequence[Block]] = lambda _key, text: comparison.blocks(text),
) -> list[Difference]:
    """Two sets of sealed texts, section by section in the newer one's order. ``blocks_of`` gives
    the words and tables of a section (its key) and its sealed text."""
    keys = [*newer, *(key for key in older if key not in newer)]
    found = []
    for key in keys:
        before, after = older.get(key, ""), newer.get(key, "")
        same = before == after
        parts = () if same else comparison.compare(blocks_of(key, before), blocks_of(key, after))
        found.append(Difference(key, not same, parts))
    return found


def version(session: Session, plan: Plan, number: int) -> PlanVersion:
    """One sealed version of a plan by its number. Raises NotFound."""
    found = session.scalars(
        select(PlanVersion).where(PlanVersion.plan_id == plan.id, PlanVersion.number == number)
    ).first()
    if found is None:
        raise NotFound(access.GONE)
    return found
