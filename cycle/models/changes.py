"""Changes of dates: what is proposed or asked for, and the ledger of every step that has moved."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from cycle.db import Base
from cycle.models.planning import Subject
from cycle.models.types import Moment


class DateChange(Subject):
    """New dates for steps of one planning year, which count only once they are applied.

    ``about``: ``facts`` (a meeting moved, a holiday, a late settlement) or ``more_time`` (somebody
    asks for a later day for one step). ``moves`` is what was saved and is agreed to, as canonical
    JSON: each step before and after. ``done`` is what applying it moved besides, for going back.
    ``above``: a request that only whoever issues the timetable may grant.
    """

    __tablename__ = "date_change"
    __mapper_args__ = {"polymorphic_identity": "change"}
    __table_args__: tuple[SchemaItem, ...] = (
        Index("date_change_year", "planning_year_id"),
        CheckConstraint("about IN ('facts','more_time')", name="about"),
    )

    id: Mapped[int] = mapped_column(ForeignKey("subject.id"), primary_key=True)
    planning_year_id: Mapped[int] = mapped_column(ForeignKey("planning_year.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    about: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    moves: Mapped[str] = mapped_column(Text)
    done: Mapped[str] = mapped_column(Text, default="")
    above: Mapped[bool] = mapped_column(default=False)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[Moment]


class StepChange(Base):
    """A step that was moved after the timetable was issued: from when to when, by whom, why, and
    how many working days in hand were left then. Sealed."""

    __tablename__ = "slip"
    __table_args__ = (Index("slip_year", "planning_year_id", "step_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    planning_year_id: Mapped[int] = mapped_column(ForeignKey("planning_year.id"))
    change_id: Mapped[int] = mapped_column(ForeignKey("date_change.id"))
    step_key: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    planned_on: Mapped[date | None]
    from_on: Mapped[date]
    to_on: Mapped[date]
    in_hand: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]
