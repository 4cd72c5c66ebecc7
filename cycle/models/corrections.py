"""What a clerk has proposed to correct of a decision, and what depended on the decision."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from cycle.db import Base
from cycle.models.proposals import ONE_WAITING
from cycle.models.types import MaybeMoment, Moment


class DecisionCorrection(Base):
    """Another outcome or effect of a decision, which counts once a second person has agreed (fault
    R4). What was agreed is a new ``Decision``; ``reason`` says why, ``evidence`` what shows it and
    where that is kept. After minutes were signed the later meeting and its minute are named.
    ``acted_for_id``: whom the proposer covered for.
    """

    __tablename__ = "decision_correction"
    __table_args__ = (
        Index("decision_correction_once", "decision_id", unique=True, postgresql_where=ONE_WAITING),
        Index("decision_correction_item", "item_id"),
        CheckConstraint("status IN ('waiting','agreed','refused','withdrawn')", name="status"),
        CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name="settled"),
        CheckConstraint(
            "status <> 'agreed' OR settled_by_id <> proposed_by_id", name="agreed_by_another"
        ),
        CheckConstraint(
            "NOT minutes_signed OR (later_meeting_id IS NOT NULL AND later_minute <> '')",
            name="later_minute",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    outcome: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    deferred_to_on: Mapped[date | None]
    effect: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[str] = mapped_column(Text)
    minutes_signed: Mapped[bool]
    later_meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    later_minute: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acted_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[Moment]
    status: Mapped[str] = mapped_column(Text, default="waiting")
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[MaybeMoment]
    why: Mapped[str] = mapped_column(Text, default="")


class CorrectionPlan(Base):
    """A plan that the decision was on, and what a named person chose for it: that what depended on
    the decision is ``kept``, or that the plan was ``reopened``. Without a choice it waits."""

    __tablename__ = "correction_plan"
    __table_args__ = (
        CheckConstraint("choice IN ('kept','reopened')", name="choice"),
        CheckConstraint(
            "(choice IS NULL) = (settled_at IS NULL) "
            "AND (choice IS NULL) = (settled_by_id IS NULL)",
            name="settled",
        ),
    )

    correction_id: Mapped[int] = mapped_column(
        ForeignKey("decision_correction.id"), primary_key=True
    )
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    choice: Mapped[str | None] = mapped_column(Text)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[MaybeMoment]
    reason: Mapped[str] = mapped_column(Text, default="")
