"""What moves: subjects, and the cycles, years, plans and versions that are subjects."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.schema import SchemaItem

from cycle.db import Base
from cycle.models.types import MaybeMoment, Moment


class FrameworkVersion(Base):
    """A published framework, for ever as it was: JSON (``config.editions``) and its SHA-256.
    Sealed."""

    __tablename__ = "framework_version"
    __table_args__ = (UniqueConstraint("key", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    number: Mapped[int]
    body: Mapped[str] = mapped_column(Text, deferred=True)
    sha256: Mapped[str] = mapped_column(Text)
    published_at: Mapped[Moment]


class Subject(Base):
    """Anything a lifecycle moves. ``workflows.core`` is the only writer of ``state`` and ``phase``:
    ``engine`` of one, ``together`` of many.

    ``version`` counts acts (the optimistic lock), ``generation`` counts changes of state, and the
    chain of events ends in ``head_seq`` and ``head_hash``.
    """

    __tablename__ = "subject"
    __mapper_args__ = {"polymorphic_on": "kind"}
    __table_args__: tuple[SchemaItem, ...] = (
        Index("subject_kind_phase", "kind", "phase"),
        Index("subject_unit", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)  # council | cycle | year | plan | item | change
    ref: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    lifecycle: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    # What the pinned edition says of the state; written with it, checked by ``verify``.
    phase: Mapped[str] = mapped_column(Text, default="")
    state_since_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1)
    generation: Mapped[int] = mapped_column(default=1)
    framework_version_id: Mapped[int] = mapped_column(ForeignKey("framework_version.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    body_id: Mapped[int | None] = mapped_column(ForeignKey("body.id"))
    exempt: Mapped[bool] = mapped_column(default=False)
    head_seq: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[str] = mapped_column(Text, default="")

    framework: Mapped[FrameworkVersion] = relationship(lazy="joined", innerjoin=True)


class Council(Subject):
    """The council itself: structure, posts, roles and frameworks change as acts on it."""

    __tablename__ = "council"
    __mapper_args__ = {"polymorphic_identity": "council"}

    id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)


class Cycle(Subject):
    """Four planning years; ``start`` is the calendar year in whose May Year 1 begins (A1)."""

    __tablename__ = "cycle"
    __mapper_args__ = {"polymorphic_identity": "cycle"}

    id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    start: Mapped[int] = mapped_column(unique=True)


class PlanningYear(Subject):
    """One year of writing, ``writes_from`` (a calendar year: from May), for plans of the year
    after. ``decision`` is the branch taken in Years 2-4: new, refresh or as_is; ``choice`` the
    variant of the year (``fast``, ``autumn``), empty for the usual one; ``governance`` the model in
    force when it began, which its steps keep; empty until then."""

    __tablename__ = "planning_year"
    __mapper_args__ = {"polymorphic_identity": "year"}
    __table_args__: tuple[SchemaItem, ...] = (
        UniqueConstraint("cycle_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 4", name="year_number"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    number: Mapped[int]
    writes_from: Mapped[int] = mapped_column(unique=True)
    decision: Mapped[str | None] = mapped_column(Text)
    choice: Mapped[str] = mapped_column(Text, default="")
    governance: Mapped[str] = mapped_column(Text, default="")


class Plan(Subject):
    """One plan of one type for one unit and year of effect.

    ``in_force_from_on``/``until_on``: local dates, half open. ``supersedes_id``: the plan it
    replaces, and from which its first text came. ``shown_version_id``: the last sealed version.
    ``pattern``: the pattern of its planning year, which its route follows; ``governance``: the
    model in force when the plan was made, which it keeps to its end.
    """

    __tablename__ = "plan"
    __mapper_args__ = {"polymorphic_identity": "plan"}
    __table_args__: tuple[SchemaItem, ...] = (
        Index("plan_type_year", "plan_type", "year_of_effect"),
        Index("plan_planning_year", "planning_year_id"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    plan_type: Mapped[str] = mapped_column(Text)
    planning_year_id: Mapped[int | None] = mapped_column(ForeignKey("planning_year.id"))
    year_of_effect: Mapped[int]
    in_force_from_on: Mapped[date]
    until_on: Mapped[date]
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    pattern: Mapped[str] = mapped_column(Text, default="")
    governance: Mapped[str] = mapped_column(Text, default="")
    template: Mapped[dict[str, Any]] = mapped_column(JSONB)
    shown_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("plan_version.id", use_alter=True, name="plan_shown_version")
    )


class Section(Base):
    """The working copy of one section: saved while it is written, not history."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("plan_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)  # text | items
    position: Mapped[int]
    body: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[MaybeMoment]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    carried_from: Mapped[str] = mapped_column(Text, default="")


class Item(Base):
    """A typed row of an ``items`` section. ``uid`` is stable across versions and years;
    ``parent_uid`` is the golden thread (C5); ``inherited`` rows come from another plan and are
    changed there, never here (B8)."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("plan_id", "uid"),
        Index("item_plan_section", "plan_id", "section_key", "position"),
        Index("item_type", "type"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    section_key: Mapped[str] = mapped_column(Text)
    uid: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    parent_uid: Mapped[str | None] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=0)
    inherited: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class Editor(Base):
    """Who has changed a plan's text: four eyes looks here, by person (INV-22)."""

    __tablename__ = "editor"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    section_key: Mapped[str] = mapped_column(Text, primary_key=True)
    first_at: Mapped[Moment]


class SealedSection(Base):
    """The text of a section as it once was, by its SHA-256. Sealed."""

    __tablename__ = "sealed_section"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    section_key: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class PlanVersion(Base):
    """A frozen manifest of (section key, SHA-256), made at submit, return, comment and decision.
    Sealed. ``manifest`` is canonical JSON text, ``sha256`` its digest."""

    __tablename__ = "plan_version"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        UniqueConstraint("id", "plan_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    number: Mapped[int]
    manifest: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    made_for: Mapped[str] = mapped_column(Text)  # the action at which it was sealed
    made_at: Mapped[Moment]


class SignOff(Base):
    """A named person passed one version on, for one gate or check. Sealed."""

    __tablename__ = "sign_off"
    __table_args__ = (Index("sign_off_plan", "plan_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    kind: Mapped[str] = mapped_column(Text)  # service_director, standards_check, clt, ...
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]


class SectionComment(Base):
    """A comment or suggested change beside a section of a version. Sealed.

    ``suggestion`` holds the proposed words; ``answers_id`` makes it a reply.
    """

    __tablename__ = "remark"
    __table_args__ = (Index("remark_plan", "plan_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    section_key: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    body: Mapped[str] = mapped_column(Text)
    suggestion: Mapped[str] = mapped_column(Text)
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("remark.id"))
    at: Mapped[Moment]


class CommentMark(Base):
    """That a comment was marked as dealt with (``settled``), or opened again; the last one counts.
    Sealed."""

    __tablename__ = "remark_mark"
    __table_args__ = (Index("remark_mark_remark", "remark_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    remark_id: Mapped[int] = mapped_column(ForeignKey("remark.id"))
    settled: Mapped[bool]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[Moment]


class Contribution(Base):
    """A section asked of another post; the task is slot ``section key`` of kind contribute."""

    __tablename__ = "contribution"
    __table_args__ = (
        Index(
            "contribution_open_once",
            "plan_id",
            "section_key",
            "queue_id",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    section_key: Mapped[str] = mapped_column(Text)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    note: Mapped[str] = mapped_column(Text)
    due_on: Mapped[date | None]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[Moment]
    answered_at: Mapped[MaybeMoment]
    outcome: Mapped[str | None] = mapped_column(Text)  # given | declined | withdrawn


class Milestone(Base):
    """A gate that a plan has passed with one version. Sealed."""

    __tablename__ = "milestone"
    __table_args__ = (UniqueConstraint("plan_id", "gate", "version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    gate: Mapped[str] = mapped_column(Text)
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    at: Mapped[Moment]


class Step(Base):
    """A dated step of a planning year, with the chain of reasons for its date.

    From ``starts_on`` what it needs is there; ``latest_on`` is the last day that harms nothing
    fixed after it; ``critical``: no day to spare on the tightest way to such a date.
    """

    __tablename__ = "step"
    __table_args__ = (
        UniqueConstraint("planning_year_id", "key"),
        Index("step_plan", "plan_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    planning_year_id: Mapped[int] = mapped_column(ForeignKey("planning_year.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    key: Mapped[str] = mapped_column(Text)  # rule key, or rule key ":" plan reference
    rule: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id"))
    due_on: Mapped[date]
    because: Mapped[list[str]] = mapped_column(JSONB)
    starts_on: Mapped[date]
    latest_on: Mapped[date]
    critical: Mapped[bool] = mapped_column(default=False)
    # A later day that was asked for and granted; it stands while the last day is not before it.
    granted_on: Mapped[date | None]
