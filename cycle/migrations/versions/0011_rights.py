"""Proposals that wait for a second administrator, who has ever signed in, and former addresses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whoever has a password is taken to have signed in with it."""
    op.add_column(
        "person", sa.Column("first_signed_in_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("UPDATE person SET first_signed_in_at = now() WHERE password_hash IS NOT NULL")
    op.add_column("outbox", sa.Column("to_email", sa.Text(), nullable=True))
    op.create_table(
        "rights_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("holding_id", sa.Integer(), nullable=True),
        sa.Column("for_person_id", sa.Integer(), nullable=True),
        sa.Column("during", postgresql.DATERANGE(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("knows_four_eyes", sa.Boolean(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("acted_for_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('hold_post','change_role','set_cover')", name="kind"),
        sa.CheckConstraint(
            "status IN ('waiting','agreed','refused','withdrawn','overtaken')", name="status"
        ),
        sa.CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", name="settled"),
        sa.CheckConstraint(
            "status <> 'agreed' OR settled_by_id <> proposed_by_id", name="agreed_by_another"
        ),
        sa.ForeignKeyConstraint(["acted_for_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["for_person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"]),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "rights_proposal_once",
        "rights_proposal",
        ["kind", "person_id", "post_id"],
        unique=True,
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    """What waits is forgotten; what was done stays on the record."""
    op.drop_table("rights_proposal")
    op.drop_column("outbox", "to_email")
    op.drop_column("person", "first_signed_in_at")
