"""What a council changed in its rules of days, each with its source and from when it counts."""

from datetime import date

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from cycle.db import Base
from cycle.models.types import Moment


class DayRuleChange(Base):
    """Another number of days for a rule of the framework, for meetings in [from_on, until_on).

    ``hour`` is a local time of day, or "" for the rule's own. Of two changes of one rule for the
    same day the later one counts. Sealed.
    """

    __tablename__ = "day_rule_change"
    __table_args__ = (Index("day_rule_change_rule", "rule"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(Text)
    days: Mapped[int]
    unit: Mapped[str] = mapped_column(Text)
    hour: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[Moment]
