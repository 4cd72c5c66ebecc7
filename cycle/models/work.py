"""What waits: tasks in queues, forms already sent, messages that leave."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cycle.db import Base
from cycle.models.types import MaybeMoment, Moment


class Task(Base):
    """Something to be done by whoever serves the queue. A closed task never reopens (INV-07)."""

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "task_open_once",
            "subject_id",
            "kind",
            "slot",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        # The inbox reads this index, one range per queue: due first, then the oldest.
        Index("task_inbox", "queue_id", "due_on", "id", postgresql_where=text("closed_at IS NULL")),
        Index("task_due", "due_on", postgresql_where=text("closed_at IS NULL")),
        Index("task_subject", "subject_id"),
        Index("task_done", "closed_by_id", text("closed_at DESC")),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed_has_outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(Text)
    slot: Mapped[str] = mapped_column(Text, default="")
    label: Mapped[str] = mapped_column(Text)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id", ondelete="RESTRICT"))
    generation: Mapped[int]
    # Far future when there is no due date, so that the inbox's index orders without NULLs.
    due_on: Mapped[date]
    step_id: Mapped[int | None] = mapped_column(ForeignKey("step.id"))
    opened_at: Mapped[Moment]
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    claimed_at: Mapped[MaybeMoment]
    closed_at: Mapped[MaybeMoment]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None] = mapped_column(Text)  # done | no longer needed | withdrawn


class RequestKey(Base):
    """A form already sent: the same key gives the first outcome (INV-30)."""

    __tablename__ = "request_key"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    route: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    payload_sha256: Mapped[str] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]


class Draft(Base):
    """What somebody has typed into the boxes of a page and not yet sent: theirs alone, and no part
    of any record. ``at`` is the address of the page, ``words`` says box by box what was typed,
    ``bases`` a mark of the text from which each of them began."""

    __tablename__ = "draft"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    at: Mapped[str] = mapped_column(Text, primary_key=True)
    words: Mapped[dict[str, Any]] = mapped_column(JSONB)
    bases: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[Moment]


class Outbox(Base):
    """A message, written with its cause. ``state``: waiting (a notice for the next daily mail),
    gathered (in that mail), due, leased, sent, suppressed, dead."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_next", "not_before_at", postgresql_where=text("state IN ('due', 'leased')")),
        Index("outbox_waiting", "person_id", postgresql_where=text("state = 'waiting'")),
        Index("outbox_task", "task_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)  # opened | before | overdue | digest | account | ...
    # Where it goes when that is not the person's present address; emptied once it is sent.
    to_email: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="RESTRICT"))
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    gathered_into_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"))
    created_at: Mapped[Moment]
    not_before_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until_at: Mapped[MaybeMoment]
    sent_at: Mapped[MaybeMoment]
    why: Mapped[str] = mapped_column(Text, default="")  # of suppressed and dead


class Pause(Base):
    """While a row stands here nothing leaves: set by a restore, lifted by ``release`` (INV-61)."""

    __tablename__ = "pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    since_at: Mapped[Moment]
    why: Mapped[str] = mapped_column(Text)
