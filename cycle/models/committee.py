"""What goes to bodies: agenda items (each the report to one body), comments, resolutions."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from cycle.db import Base
from cycle.models.planning import Subject
from cycle.models.types import MaybeMoment, Moment


class AgendaItem(Subject):
    """The report to one body, on one or many plans, and its place on an agenda.

    ``report`` holds the report's own words by field key (purpose, background, options, reasons,
    implications; rows I6-I11). ``verb`` is what the body is asked to do (G19). ``published_where``
    (an address or a place) and ``published_at``: what its clerk recorded of its publication.
    """

    __tablename__ = "agenda_item"
    __mapper_args__ = {"polymorphic_identity": "item"}
    __table_args__: tuple[SchemaItem, ...] = (Index("agenda_item_meeting", "meeting_id"),)

    id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    verb: Mapped[str] = mapped_column(Text)  # consider | recommend | approve | adopt | note
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    position: Mapped[int | None]
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    published_where: Mapped[str | None] = mapped_column(Text)
    published_at: Mapped[MaybeMoment]


class ItemPlan(Base):
    """A plan that a report carries, and the sealed version that the body is shown."""

    __tablename__ = "item_plan"
    __table_args__ = (Index("item_plan_plan", "plan_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))


class Recommendation(Base):
    """A numbered recommendation of a report (I10)."""

    __tablename__ = "recommendation"
    __table_args__ = (UniqueConstraint("item_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    number: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    # The recommendation that decides on the plans carried; others stand beside it.
    decides: Mapped[bool] = mapped_column(default=False)


class RouteStage(Base):
    """One body of a plan's route, as it was when the plan entered the committee stage."""

    __tablename__ = "route_stage"
    __table_args__ = (
        UniqueConstraint("plan_id", "round", "stage", "body_id"),
        Index("route_stage_item", "item_id"),
        CheckConstraint("status IN ('ahead','open','decided','waived','ended')", name="status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    round: Mapped[int]
    stage: Mapped[int]
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    verb: Mapped[str] = mapped_column(Text)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_item.id"))
    status: Mapped[str] = mapped_column(Text, default="ahead")
    outcome: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[MaybeMoment]
    # Of the last decision, an executive's: the day after call-in, on which the plan is approved.
    takes_effect_on: Mapped[date | None]


class Waiver(Base):
    """A named person recorded why a body's stage was passed without it. Sealed."""

    __tablename__ = "waiver"

    id: Mapped[int] = mapped_column(primary_key=True)
    route_stage_id: Mapped[int] = mapped_column(ForeignKey("route_stage.id"), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]


class OfficerComment(Base):
    """Finance or constitutional comments on a report to one body (I13, I14). Sealed.

    ``scope`` is canonical JSON: what of the report and plans it covers, with their digests; the
    comment is out of date when a digest in the scope no longer matches.
    """

    __tablename__ = "officer_comment"
    __table_args__ = (Index("officer_comment_item", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    kind: Mapped[str] = mapped_column(Text)  # finance | constitutional | s25
    wording: Mapped[str] = mapped_column(Text)
    no_implications: Mapped[bool]
    initials: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_on: Mapped[date]
    scope: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]


class Decision(Base):
    """What a body resolved on one recommendation (G18). Sealed; a correction is a new row that
    supersedes, with its reason (INV-28). ``effect`` is false where it changes nothing. A correction
    of outcome or effect names who agreed to it, what shows it and, after signed minutes, the minute
    of the later meeting; ``recorded_by_id`` is who proposed it (fault R4)."""

    __tablename__ = "decision"
    __table_args__ = (
        Index(
            "decision_current_once",
            "recommendation_id",
            unique=True,
            postgresql_where=text("supersedes_id IS NULL"),
        ),
        Index("decision_item", "item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id"))
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    outcome: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    without_vote: Mapped[bool]
    effect: Mapped[bool] = mapped_column(default=True)
    deferred_to_on: Mapped[date | None]
    versions: Mapped[str] = mapped_column(Text)  # canonical JSON: plan reference -> version SHA-256
    decided_on: Mapped[date]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    evidence: Mapped[str | None] = mapped_column(Text)
    later_meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    later_minute: Mapped[str | None] = mapped_column(Text)
