"""The outcome of a decision is corrected by two people; a decision takes effect after call-in."""

import sqlalchemy as sa
from alembic import op

from cycle.errors import BadInput

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_CORRECTED = sa.text("SELECT EXISTS (SELECT 1 FROM decision WHERE agreed_by_id IS NOT NULL)")


def upgrade() -> None:
    """No outcome is corrected yet; rows of decisions keep the format in which they were listed."""
    op.add_column("decision", sa.Column("agreed_by_id", sa.Integer(), nullable=True))
    op.add_column("decision", sa.Column("evidence", sa.Text(), nullable=True))
    op.add_column("decision", sa.Column("later_meeting_id", sa.Integer(), nullable=True))
    op.add_column("decision", sa.Column("later_minute", sa.Text(), nullable=True))
    op.create_foreign_key(None, "decision", "person", ["agreed_by_id"], ["id"])
    op.create_foreign_key(None, "decision", "meeting", ["later_meeting_id"], ["id"])
    op.add_column("route_stage", sa.Column("takes_effect_on", sa.Date(), nullable=True))
    _proposals()
    op.create_table(
        "correction_plan",
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("choice IN ('kept','reopened')", name="choice"),
        sa.CheckConstraint(
            "(choice IS NULL) = (settled_at IS NULL) "
            "AND (choice IS NULL) = (settled_by_id IS NULL)",
            name="settled",
        ),
        sa.ForeignKeyConstraint(["correction_id"], ["decision_correction.id"]),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"]),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("correction_id", "plan_id"),
    )


def _proposals() -> None:
    op.create_table(
        "decision_correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("deferred_to_on", sa.Date(), nullable=True),
        sa.Column("effect", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("minutes_signed", sa.Boolean(), nullable=False),
        sa.Column("later_meeting_id", sa.Integer(), nullable=True),
        sa.Column("later_minute", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("acted_for_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('waiting','agreed','refused','withdrawn')", name="status"),
        sa.CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name="settled"),
        sa.CheckConstraint(
            "status <> 'agreed' OR settled_by_id <> proposed_by_id", name="agreed_by_another"
        ),
        sa.CheckConstraint(
            "NOT minutes_signed OR (later_meeting_id IS NOT NULL AND later_minute <> '')",
            name="later_minute",
        ),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"]),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.ForeignKeyConstraint(["later_meeting_id"], ["meeting.id"]),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["acted_for_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "decision_correction_once",
        "decision_correction",
        ["decision_id"],
        unique=True,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index("decision_correction_item", "decision_correction", ["item_id"])


def downgrade() -> None:
    """What waits is forgotten. Raises BadInput once an outcome was corrected: who agreed to it and
    what shows it is on the sealed record, of which nothing is ever dropped (INV-62)."""
    if op.get_bind().scalar(_CORRECTED):
        raise BadInput(
            "An outcome was corrected by two people, and an older version has no place for who "
            "agreed. The database stays as it is: restore a backup from before, or stay with this "
            "version."
        )
    op.drop_table("correction_plan")
    op.drop_table("decision_correction")
    op.drop_column("route_stage", "takes_effect_on")
    for name in ("later_minute", "later_meeting_id", "evidence", "agreed_by_id"):
        op.drop_column("decision", name)
