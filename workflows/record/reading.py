"""What the auditor reads: the state of the record, one record in full, what was checked.

The rule that lives here: these pages only read; a record that is too long to check while somebody
waits is checked by the command instead, and the page says so.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import Blocked, NotFound
from cycle.models import Checkpoint, CheckpointLeaf, Event, Plan, PlanVersion, Subject
from cycle.people import Actor
from workflows.framework import pinned
from workflows.people.reading import like
from workflows.record import checkpoints, history
from workflows.record.approval import Approval, approval_of
from workflows.record.history import Entry
from workflows.record.verify import verify
from workflows.record.verify.findings import Report

# About ten seconds on a small machine; a page should not take longer than its proxy waits.
MOST_EVENTS = 150_000
MOST_FOUND = 25
KINDS = {"council": "The council", "cycle": "Cycle", "year": "Planning year", "plan": "Plan",
         "item": "Report to a meeting", "change": "Change of dates"}  # fmt: skip

Key = tuple[str | int | None, ...]  # the sort values of a row, by which a list goes on


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
    """One record in full, a page of its events at a time: up to ``rows`` that were asked for, and
    one more where there are more."""

    ref: str
    title: str
    kind: str
    state: str
    framework: str
    events: int
    head: str
    is_plan: bool
    sealed_seq: int
    sealed_in: int
    versions: list[Any]
    approval: Approval | None
    entries: list[Entry]


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
    found_in = like(wanted)
    rows = session.execute(
        select(Subject.ref, Subject.title, Subject.kind, Subject.head_seq)
        .where(
            access.record_right(actor),
            or_(Subject.ref.ilike(found_in), Subject.title.ilike(found_in)),
        )
        .order_by(Subject.kind.desc(), Subject.ref)
        .limit(MOST_FOUND + 1)
    )
    return [Found(row.ref, row.title, KINDS[row.kind], row.head_seq) for row in rows]


def record(session: Session, actor: Actor, ref: str, after: Key | None, rows: int) -> Record:
    """One record by its reference, from the event after this number on.

    Raises NotFound, also for what this person may not read.
    """
    subject = session.scalars(
        select(Subject).where(Subject.ref == ref, access.record_right(actor))
    ).first()
    if subject is None:
        raise NotFound(access.GONE)
    seen = after[0] if after else 0
    first = seen if isinstance(seen, int) else 0
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
        is_plan=isinstance(subject, Plan),
        sealed_seq=sealed.seq if sealed else 0,
        sealed_in=sealed.checkpoint_id if sealed else 0,
        approval=approval_of(session, subject) if isinstance(subject, Plan) else None,
        versions=list(session.scalars(versions.order_by(PlanVersion.number))),
        entries=history.entries(session, subject, first, rows + 1),
    )


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
