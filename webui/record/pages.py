"""What the auditor reads: the state of the record, one record in full, what was checked.

The rule that lives here: these pages only read; a record that is too long to check while somebody
waits is checked by the command instead, and the page says so.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import Blocked, NotFound
from cycle.models import Checkpoint, CheckpointLeaf, Event, Plan, PlanVersion, Subject
from cycle.people import Actor
from webui.page.formats import Key, Keyset, Page
from workflows.framework import versions as pinned
from workflows.record import checkpoints, history
from workflows.record.history import Entry
from workflows.record.verify import run as verify
from workflows.record.verify.findings import Report

# About ten seconds on a small machine; a page should not take longer than its proxy waits.
MOST_EVENTS = 150_000
MOST_FOUND = 25
RECORD_ROWS = 50
COUNCIL = "COUNCIL"
KINDS = {"council": "The council", "cycle": "Cycle", "year": "Planning year", "plan": "Plan",
         "item": "Report to a meeting", "change": "Change of dates"}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A record that a search found."""

    ref: str
    title: str
    kind: str
    events: int


@dataclass(frozen=True)
class Overview:
    """The state of the record and what a search found; ``found`` is None before a search."""

    events: int
    checkpoint: Checkpoint | None
    since: int
    found: list[Found] | None
    more: bool


@dataclass(frozen=True)
class Record:
    """One record in full, a page of its events at a time."""

    ref: str
    title: str
    kind: str
    state: str
    framework: str
    events: int
    head: str
    plan_address: str
    sealed_seq: int
    sealed_in: int
    versions: list[Any]
    page: Page[Entry]


def overview(session: Session, actor: Actor, wanted: str) -> Overview:
    """The record's length, its last checkpoint, and the records that a search names."""
    last = checkpoints.newest(session)
    events = session.scalar(select(func.count()).select_from(Event)) or 0
    since = events
    if last is not None:
        newer = select(func.count()).select_from(Event).where(Event.at > last.made_at)
        since = session.scalar(newer) or 0
    found = _search(session, actor, wanted) if wanted else None
    more = found is not None and len(found) > MOST_FOUND
    return Overview(events, last, since, found[:MOST_FOUND] if found is not None else None, more)


def _search(session: Session, actor: Actor, wanted: str) -> list[Found]:
    like = "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = session.execute(
        select(Subject.ref, Subject.title, Subject.kind, Subject.head_seq)
        .where(access.record_right(actor), or_(Subject.ref.ilike(like), Subject.title.ilike(like)))
        .order_by(Subject.kind.desc(), Subject.ref)
        .limit(MOST_FOUND + 1)
    )
    return [Found(row.ref, row.title, KINDS[row.kind], row.head_seq) for row in rows]


def record(session: Session, actor: Actor, ref: str, keyset: Keyset) -> Record:
    """One record by its reference. Raises NotFound, also for what this person may not read."""
    subject = session.scalars(
        select(Subject).where(Subject.ref == ref, access.record_right(actor))
    ).first()
    if subject is None:
        raise NotFound(access.GONE)
    after = keyset.after[0] if keyset.after else 0
    first = after if isinstance(after, int) else 0
    shown = history.entries(session, subject, first, keyset.rows + 1)
    lifecycle = pinned.of(subject).lifecycles[subject.lifecycle]
    sealed = session.execute(
        select(CheckpointLeaf.seq, CheckpointLeaf.checkpoint_id)
        .where(CheckpointLeaf.subject_id == subject.id)
        .order_by(CheckpointLeaf.checkpoint_id.desc())
        .limit(1)
    ).first()
    versions = select(PlanVersion).where(PlanVersion.plan_id == subject.id)
    return Record(
        ref=subject.ref,
        title=subject.title,
        kind=KINDS[subject.kind],
        state=lifecycle.states[subject.state].label,
        framework=f"{subject.framework.key}, edition {subject.framework.number}",
        events=subject.head_seq,
        head=subject.head_hash,
        plan_address=f"/plans/{subject.ref}" if isinstance(subject, Plan) else "",
        sealed_seq=sealed.seq if sealed else 0,
        sealed_in=sealed.checkpoint_id if sealed else 0,
        versions=list(session.scalars(versions.order_by(PlanVersion.number))),
        page=keyset.page(shown, _number),
    )


def _number(entry: Entry) -> Key:
    return (entry.seq,)


def checked(session: Session) -> Report:
    """Every promise checked now. Raises Blocked when that would take too long for a page."""
    events = session.scalar(select(func.count()).select_from(Event)) or 0
    if events > MOST_EVENTS:
        raise Blocked(
            f"The record has {events:,} events, which takes longer to check than a page may take. "
            "Ask whoever runs the service to run: plancycle verify."
        )
    return verify.check(session)


def checkpoint_text(session: Session, number: int) -> str:
    """The text of a checkpoint. Raises NotFound."""
    found = session.get(Checkpoint, number)
    if found is None:
        raise NotFound(access.GONE)
    return found.text


def told(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The details of an event as pairs of name and text; what is empty is left out."""
    return [
        (name.replace("_", " ").capitalize(), _words(value))
        for name, value in details.items()
        if value is not None and value != []
    ]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str | int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, indent=1)
