"""The access log: who signed in, was refused, read an exempt paper. No part of the record."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from cycle.db import Base
from cycle.models.types import Moment

KINDS = (
    "sign_in",
    "wrong_password",
    "slowed",
    "sign_out",
    "session_ended",
    "link_asked",
    "password_set",
    "refused",
    "forged",
    "more",
    "exempt_read",
)


class AccessLog(Base):
    """One line of the access log; an ordinary row, dropped when it is old.

    ``stranger``: the salted digest of an e-mail address that nobody has. ``network``: where it
    came from, emptied earlier than the line goes. ``address``: the page by the pattern of its
    address, never what stood in it. ``status``: what was answered.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        CheckConstraint(f"kind IN ({','.join(repr(each) for each in KINDS)})", name="log_kind"),
        Index("access_log_at", "at"),
        Index("access_log_network", "network", "at"),
        Index("access_log_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[Moment]
    kind: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    stranger: Mapped[str] = mapped_column(Text, default="")
    network: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[int | None] = mapped_column(SmallInteger)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))


class AccessLogSalt(Base):
    """With what the e-mail addresses of one day (UTC) are digested; destroyed after a set time."""

    __tablename__ = "access_log_salt"

    on_date: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(Text)
