"""Where and when a report was published: what its clerk records of it."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty for reports of before: nobody was asked."""
    op.add_column("agenda_item", sa.Column("published_where", sa.Text(), nullable=True))
    op.add_column(
        "agenda_item", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    """Where and when stays on the record of each report."""
    op.drop_column("agenda_item", "published_at")
    op.drop_column("agenda_item", "published_where")
