"""Rehearsals of a timetable: who asked for one, how far it is, and what it showed."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cycle.db import Base
from cycle.models.types import MaybeMoment, Moment

UNDER_WAY = ("waiting", "running")


class Rehearsal(Base):
    """A planning year played through with made-up people, in a copy; nothing of it is an act.

    ``days_done`` of ``days_total`` have been played. Whoever plays it holds the row until
    ``lease_until_at``, and after that it may be taken up anew; ``tries`` counts how often it was.
    ``found`` is what it showed, and ``why`` the sentence when it could not be played to its end.
    """

    __tablename__ = "rehearsal"
    __table_args__ = (
        Index("rehearsal_year", "planning_year_id"),
        # One at a time: it takes a processor for itself.
        Index(
            "rehearsal_under_way",
            text("(true)"),
            unique=True,
            postgresql_where=text("status IN ('waiting', 'running')"),
        ),
        CheckConstraint(
            "status IN ('waiting','running','done','failed','stopped')", name="rehearsal_status"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    planning_year_id: Mapped[int] = mapped_column(ForeignKey("planning_year.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[Moment]
    status: Mapped[str] = mapped_column(Text)
    days_done: Mapped[int] = mapped_column(default=0)
    days_total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    lease_until_at: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]
    found: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    why: Mapped[str] = mapped_column(Text, default="")
