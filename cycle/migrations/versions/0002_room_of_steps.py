"""When a step can start, its last day, and whether it is critical."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Steps that are there begin and end on the day when they are due; a re-plan says more."""
    op.add_column("step", sa.Column("starts_on", sa.Date()))
    op.add_column("step", sa.Column("latest_on", sa.Date()))
    op.add_column("step", sa.Column("critical", sa.Boolean()))
    op.execute("UPDATE step SET starts_on = due_on, latest_on = due_on, critical = false")
    for name in ("starts_on", "latest_on", "critical"):
        op.alter_column("step", name, nullable=False)


def downgrade() -> None:
    """Forget them; the dates stay."""
    for name in ("critical", "latest_on", "starts_on"):
        op.drop_column("step", name)
