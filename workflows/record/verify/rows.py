"""Sealed rows against the record: each is listed in one event with the digest of all its columns.

Here are also the versions (INV-20, INV-21) and the checkpoints (INV-13), which repeat what other
sealed rows say. Every table is read once, in one statement.
"""

import json
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle.errors import BadInput
from cycle.models import LISTED, Checkpoint, FrameworkVersion, PlanVersion, SealedSection
from cycle.record import canonical, formats
from cycle.record.formats import Sealed
from workflows.record import checkpoints
from workflows.record.verify.chain import Listing
from workflows.record.verify.findings import Findings

TITLES = {
    "INV-06-framework": "Every published framework has the digest under which it was published",
    "INV-10-listed": "Every row of a sealed table is listed in one event with all its columns",
    "INV-13-text": "Every checkpoint's row says what its text says",
    "INV-13-before": "Every checkpoint names the one before it, from the first on",
    "INV-13-root": "Every checkpoint's leaves give its root",
    "INV-13-heads": "Every head that a checkpoint sealed still stands",
    "INV-20-decision": "Every version that a decision names was sealed for that plan",
    "INV-21-manifest": "Every version's digest is that of its manifest",
    "INV-21-bodies": "Every text that a version names was sealed and has its digest",
}

_DECISIONS = text("""
SELECT decision.id, decision.versions, subject.ref FROM decision
LEFT JOIN subject ON subject.id = decision.item_id ORDER BY decision.id
""")
_VERSIONS_BY_REF = text("""
SELECT subject.ref, plan_version.sha256
FROM plan_version JOIN subject ON subject.id = plan_version.plan_id
""")
_REFS = text("SELECT id, ref FROM subject")
_ALL_LEAVES = text("""
SELECT leaf.checkpoint_id, leaf.subject_id, leaf.seq, leaf.head_hash, leaf.position,
       subject.ref, event.hash
FROM checkpoint_leaf AS leaf
LEFT JOIN subject ON subject.id = leaf.subject_id
LEFT JOIN event ON event.subject_id = leaf.subject_id AND event.seq = leaf.seq
ORDER BY leaf.checkpoint_id, leaf.position, leaf.subject_id
""")
STREAM = {"yield_per": 1000}


def listed_rows(
    session: Session, findings: Findings, listed: dict[tuple[str, str], Listing]
) -> None:
    """Every row of every listed table, against the digests that the events list."""
    for model in LISTED:
        table: Any = model.__table__
        keys = [column.name for column in table.primary_key]
        _table(session, findings, listed, table, keys)
    for (name, key), listing in listed.items():
        findings.add(
            "INV-10-listed",
            "The event lists this row and it is gone.",
            subject=listing.subject,
            seq=listing.seq,
            table=name,
            key=key,
        )


def _table(
    session: Session,
    findings: Findings,
    listed: dict[tuple[str, str], Listing],
    table: Any,
    keys: list[str],
) -> None:
    for row in session.execute(select(table), execution_options=STREAM).mappings():
        key = canonical.dumps([row[name] for name in keys])
        listing = listed.pop((table.name, key), None)
        if listing is None:
            findings.add("INV-10-listed", "No event lists this row.", table=table.name, key=key)
            continue
        says = formats.differs(listing.listed, dict(row))
        if says is not None:
            findings.add(
                "INV-10-listed",
                says,
                subject=listing.subject,
                seq=listing.seq,
                table=table.name,
                key=key,
            )


def versions(session: Session, findings: Findings) -> None:
    """Digests of frameworks, bodies and manifests, and what decisions name."""
    body = FrameworkVersion.__table__
    for row in session.execute(select(body.c.id, body.c.body, body.c.sha256)):
        if canonical.digest(row.body) != row.sha256:
            findings.add(
                "INV-06-framework",
                "Its digest is not that of its contents.",
                table="framework_version",
                key=str(row.id),
            )
    refs = {row.id: row.ref for row in session.execute(_REFS)}
    _manifests(session, findings, refs, _bodies(session, findings, refs))
    known = {(row.ref, row.sha256) for row in session.execute(_VERSIONS_BY_REF)}
    for row in session.execute(_DECISIONS):
        for ref, sha in _pairs(row.versions):
            if (ref, sha) not in known:
                findings.add(
                    "INV-20-decision",
                    f"It names a version of {ref} that was never sealed.",
                    subject=row.ref,
                    table="decision",
                    key=str(row.id),
                )


def _pairs(versions: str) -> list[tuple[str, str]]:
    try:
        return [(str(ref), str(sha)) for ref, sha in json.loads(versions).items()]
    except (ValueError, AttributeError):
        return [("a plan", "")]


def _bodies(
    session: Session, findings: Findings, refs: dict[int, str]
) -> set[tuple[int, str, str]]:
    known = set()
    rows = session.execute(select(SealedSection.__table__), execution_options=STREAM)
    for row in rows:
        known.add((row.plan_id, row.section_key, row.sha256))
        if canonical.digest(row.body) != row.sha256:
            findings.add(
                "INV-21-bodies",
                "This text does not have the digest under which it was sealed.",
                subject=refs.get(row.plan_id),
                table="sealed_section",
                key=row.section_key,
            )
    return known


def _manifests(
    session: Session, findings: Findings, refs: dict[int, str], known: set[tuple[int, str, str]]
) -> None:
    for row in session.execute(select(PlanVersion.__table__), execution_options=STREAM):
        where: dict[str, Any] = {
            "subject": refs.get(row.plan_id),
            "table": "plan_version",
            "key": str(row.id),
        }
        if canonical.digest(row.manifest) != row.sha256:
            findings.add("INV-21-manifest", "Its digest is not that of its manifest.", **where)
        for part in _parts(row.manifest):
            if (row.plan_id, part.key, part.sha256) not in known:
                findings.add("INV-21-bodies", f"The text of “{part.key}” is not there.", **where)


def _parts(manifest: str) -> list[Sealed]:
    try:
        return formats.manifest(manifest)
    except (ValueError, TypeError, LookupError):
        return [Sealed("manifest", "")]


def checkpoint_rows(session: Session, findings: Findings) -> None:
    """Every checkpoint and leaf derived again from texts, leaves and events."""
    leaves: dict[int, list[Any]] = {}
    for leaf in session.execute(_ALL_LEAVES, execution_options=STREAM):
        leaves.setdefault(leaf.checkpoint_id, []).append(leaf)
    expected, before = 1, checkpoints.NONE_BEFORE
    for row in session.execute(select(Checkpoint.__table__).order_by(Checkpoint.id)):
        where: dict[str, Any] = {"table": "checkpoint", "key": str(row.id)}
        if row.id != expected or row.previous != before:
            says = "It does not follow the checkpoint before it."
            findings.add("INV-13-before", says, **where)
        for column in _differing(row):
            findings.add("INV-13-text", f"Its column “{column}” differs from its text.", **where)
        own = leaves.pop(row.id, [])
        positions = [leaf.position for leaf in own] == list(range(row.leaves))
        if not positions or checkpoints.root_of(own) != row.root:
            findings.add("INV-13-root", "Its leaves do not give its root.", **where)
        _heads(findings, own)
        expected, before = row.id + 1, row.sha256
    for number in leaves:
        says = "These leaves belong to no checkpoint."
        findings.add("INV-13-root", says, table="checkpoint_leaf", key=str(number))


def _differing(row: Any) -> list[str]:
    """The columns of a checkpoint that its text does not give."""
    try:
        sealed = checkpoints.read(row.text)
    except BadInput:
        return ["text"]
    columns = checkpoints.columns_of(sealed)
    wrong = [name for name, value in columns.items() if getattr(row, name) != value]
    return wrong if canonical.moment(row.made_at) == sealed.made_at else [*wrong, "made_at"]


def _heads(findings: Findings, leaves: list[Any]) -> None:
    for leaf in leaves:
        why = checkpoints.lost(leaf)
        if why is not None:
            findings.add(
                "INV-13-heads",
                why,
                subject=leaf.ref,
                seq=leaf.seq,
                table="checkpoint_leaf",
                key=f"{leaf.checkpoint_id} {leaf.subject_id}",
            )


def newest_checkpoint(session: Session) -> dict[str, Any] | None:
    """The last checkpoint as ``verify --json`` gives it."""
    row = checkpoints.newest(session)
    if row is None:
        return None
    return {
        "number": row.id,
        "root": row.root,
        "sha256": row.sha256,
        "leaves": row.leaves,
        "made_at": canonical.moment(row.made_at),
    }
