"""Rehearsals of a timetable."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been rehearsed yet."""
    op.create_table(
        "rehearsal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("planning_year_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("days_done", sa.Integer(), nullable=False),
        sa.Column("days_total", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting','running','done','failed','stopped')", name="rehearsal_status"
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["planning_year_id"], ["planning_year.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rehearsal_year", "rehearsal", ["planning_year_id"])
    op.create_index(
        "rehearsal_under_way",
        "rehearsal",
        [sa.text("(true)")],
        unique=True,
        postgresql_where=sa.text("status IN ('waiting', 'running')"),
    )


def downgrade() -> None:
    """Forget what was rehearsed."""
    op.drop_table("rehearsal")
