"""Who once had an administrator's post, kept for good."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody yet: what holdings there are still says it."""
    op.add_column(
        "person",
        sa.Column("was_administrator", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Holdings that have left no row behind count no longer."""
    op.drop_column("person", "was_administrator")
