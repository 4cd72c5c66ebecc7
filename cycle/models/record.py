"""The record: events in one chain per subject, the names beside them, checkpoints over all."""

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cycle.db import Base
from cycle.models.types import Moment


class Event(Base):
    """One act. ``payload`` is canonical bytes kept as text; ``hash`` is over them; the other
    columns repeat what is in it, for queries, and are checked against it. Sealed."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("subject_id", "seq"),
        UniqueConstraint("subject_id", "prev_hash"),
        Index("event_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id", ondelete="RESTRICT"))
    seq: Mapped[int]
    prev_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text, unique=True)
    payload: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[Moment]


class Attribution(Base):
    """The name, post and authority of who acted, as they were then. The event's payload holds a
    salted digest of it; erasing a person empties these columns and the chain still verifies."""

    __tablename__ = "attribution"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str | None] = mapped_column(Text)  # canonical JSON: name, post, for, authority


class Checkpoint(Base):
    """The heads of all chains changed since the last one, sealed in a Merkle root. Sealed."""

    __tablename__ = "checkpoint"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text, unique=True)
    previous: Mapped[str] = mapped_column(Text, unique=True)
    root: Mapped[str] = mapped_column(Text)
    leaves: Mapped[int]
    made_at: Mapped[Moment]


class CheckpointLeaf(Base):
    """The head of one chain in one checkpoint. Sealed."""

    __tablename__ = "checkpoint_leaf"

    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoint.id"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    position: Mapped[int]
    seq: Mapped[int]
    head_hash: Mapped[str] = mapped_column(Text)
