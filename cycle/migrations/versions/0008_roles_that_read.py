"""Which roles read every text is the framework's to say, and stands with the council's facts."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# As it was before frameworks said it; loading the council brings what its framework says.
BEFORE = """
INSERT INTO council_setting (key, value)
SELECT 'read_every_text', CAST('["auditor", "chief_executive", "clt_secretary",
  "constitutional_commenter", "finance_commenter", "head_of_democratic_services",
  "head_of_strategy", "monitoring_officer", "performance_group_secretary", "s151_officer",
  "support_service"]' AS jsonb) FROM council
"""


def upgrade() -> None:
    """Whoever could read every text can do so still."""
    op.execute(BEFORE)


def downgrade() -> None:
    """The roles stand in the code again."""
    op.execute("DELETE FROM council_setting WHERE key = 'read_every_text'")
