"""The way in which a planning year runs, and the pattern of the year that a plan was made in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Years that are there run in the usual way, and their plans take the usual route."""
    op.add_column("planning_year", sa.Column("choice", sa.Text(), server_default=""))
    op.add_column("plan", sa.Column("pattern", sa.Text(), server_default=""))
    for table, name in (("planning_year", "choice"), ("plan", "pattern")):
        op.alter_column(table, name, nullable=False, server_default=None)


def downgrade() -> None:
    """Forget them: every year runs in the usual way."""
    op.drop_column("plan", "pattern")
    op.drop_column("planning_year", "choice")
