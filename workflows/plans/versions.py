"""Sealed versions of plans: a frozen manifest of (section key, SHA-256), and their comparison.

Versions are made at submit, return, comment and decision; the working copy is not history. A plan
whose text has not changed keeps its last version.
"""

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import column, func, select, text
from sqlalchemy.orm import Session

from cycle.models import Plan, PlanVersion, SealedSection
from cycle.record import canonical, formats
from workflows.core import audit
from workflows.core.audit import Act

# The last version comes along on each row: an act needs both, and two statements cost twice.
_WORKING = text("""
SELECT section.key, section.kind, section.body, entries.types, entries.list, entries.loose,
       last.id AS last_id, last.number AS last_number, last.sha256 AS last_sha256
FROM section
LEFT JOIN (
  SELECT section_key, array_agg(DISTINCT type) AS types,
    jsonb_agg(jsonb_build_object('uid', uid, 'type', type, 'fields', fields, 'parent', parent_uid)
              ORDER BY position, id) AS list,
    array_agg(DISTINCT type) FILTER (WHERE parent_uid IS NULL AND NOT inherited) AS loose
  FROM item WHERE plan_id = :plan GROUP BY section_key) AS entries
  ON entries.section_key = section.key AND section.kind = 'items'
LEFT JOIN (
  SELECT id, number, sha256 FROM plan_version WHERE plan_id = :plan
  ORDER BY number DESC LIMIT 1) AS last ON true
WHERE section.plan_id = :plan ORDER BY section.position
""").columns(
    *map(column, ("key", "kind", "body", "types", "list", "loose")),
    *map(column, ("last_id", "last_number", "last_sha256")),
)


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
    rows = session.execute(_WORKING, {"plan": plan_id}).all()
    texts = {
        row.key: canonical.dumps(row.list or []) if row.kind == "items" else row.body
        for row in rows
    }
    last = rows[0] if rows and rows[0].last_id is not None else None
    return Working(
        texts,
        frozenset(
            row.key for row in rows if (row.list if row.kind == "items" else row.body.strip())
        ),
        frozenset(kind for row in rows for kind in row.types or ()),
        frozenset(kind for row in rows for kind in row.loose or ()),
        (last.last_id, last.last_number, last.last_sha256) if last else None,
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
    """One section in two versions, word by word: runs of ("same" | "gone" | "new", words)."""

    section_key: str
    changed: bool
    runs: tuple[tuple[str, str], ...]


def compare(older: dict[str, str], newer: dict[str, str]) -> list[Difference]:
    """Two sets of sealed texts, section by section in the newer one's order."""
    keys = [*newer, *(key for key in older if key not in newer)]
    return [_difference(key, older.get(key, ""), newer.get(key, "")) for key in keys]


def _difference(key: str, before: str, after: str) -> Difference:
    if before == after:
        return Difference(key, False, (("same", after),))
    old, new = _words(before), _words(after)
    runs: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            runs.append(("gone", "".join(old[a:b])))
        if c < d:
            runs.append(("new", "".join(new[c:d])))
    return Difference(key, True, tuple(runs))


def _words(body: str) -> Sequence[str]:
    if body.startswith("[{"):
        body = _items_as_lines(body)
    words: list[str] = []
    for line in body.splitlines(keepends=True):
        parts = line.split(" ")
        words.extend(part + " " for part in parts[:-1])
        last = parts[-1].rstrip("\n")
        # The end of a line is a word of its own, so that a line added after the last one leaves it.
        words += [each for each in (last, parts[-1][len(last) :]) if each]
    return words


def _items_as_lines(body: str) -> str:
    lines = []
    for entry in json.loads(body):
        lines.append("; ".join(str(value) for value in entry["fields"].values() if value) + "\n")
    return "".join(lines)


def number_of(session: Session, plan_id: int) -> int:
    """The number of the plan's last version; 0 when none has been sealed."""
    return (
        session.scalar(
            select(func.coalesce(func.max(PlanVersion.number), 0)).where(
                PlanVersion.plan_id == plan_id
            )
        )
        or 0
    )
