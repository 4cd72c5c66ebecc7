"""The governance model under which a planning year and a plan began."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is there began under the model for which its framework was written."""
    for table in ("planning_year", "plan"):
        op.add_column(table, sa.Column("governance", sa.Text(), server_default=""))
        op.execute(
            f"UPDATE {table} SET governance = coalesce("  # noqa: S608  two names of ours
            "framework_version.body::jsonb->>'governance', 'committee_system') "
            "FROM subject JOIN framework_version "
            "ON framework_version.id = subject.framework_version_id "
            f"WHERE subject.id = {table}.id AND subject.state <> 'planned'"
        )
        op.alter_column(table, "governance", nullable=False, server_default=None)


def downgrade() -> None:
    """Forget it: every council then has the model of its framework."""
    for table in ("plan", "planning_year"):
        op.drop_column(table, "governance")
