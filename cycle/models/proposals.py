"""What an administrator has proposed and another one has to agree to."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from cycle.db import Base
from cycle.models.types import MaybeMoment, Moment

ONE_WAITING = text("status = 'waiting'")


class RightsProposal(Base):
    """A post or cover that counts only once a second administrator has agreed (SR-80).

    ``kind``: ``hold_post``, ``change_role`` (from ``appointment_id`` to the post), ``set_cover``
    (for ``for_person_id``) or ``reactivate`` (the account, with this post among what comes back).
    ``during`` is half open; without a beginning it begins when it is agreed. ``acted_for_id``: whom
    the proposer covered for. What was done with it stands on the record.
    """

    __tablename__ = "rights_proposal"
    __table_args__ = (
        Index(
            "rights_proposal_once",
            "kind",
            "person_id",
            "post_id",
            unique=True,
            postgresql_where=ONE_WAITING,
        ),
        CheckConstraint(
            "kind IN ('hold_post','change_role','set_cover','reactivate')", name="kind"
        ),
        CheckConstraint(
            "status IN ('waiting','agreed','refused','withdrawn','overtaken')", name="status"
        ),
        CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name="settled"),
        CheckConstraint(
            "status <> 'agreed' OR settled_by_id <> proposed_by_id", name="agreed_by_another"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    # The appointment may end meanwhile, and its row with it: then the proposal is overtaken.
    appointment_id: Mapped[int | None]
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    during: Mapped[Range[date]] = mapped_column(DATERANGE)
    reason: Mapped[str] = mapped_column(Text)
    knows_four_eyes: Mapped[bool] = mapped_column(default=False)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acted_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[Moment]
    status: Mapped[str] = mapped_column(Text, default="waiting")
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[MaybeMoment]
    why: Mapped[str] = mapped_column(Text, default="")
