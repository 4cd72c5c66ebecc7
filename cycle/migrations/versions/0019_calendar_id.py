"""A random word of the council's own stands in each identifier of its calendar entries."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_DRAW = """
INSERT INTO council_setting (key, value)
SELECT 'calendar_id', to_jsonb(replace(gen_random_uuid()::text, '-', ''))
WHERE EXISTS (SELECT 1 FROM council)
ON CONFLICT (key) DO NOTHING
"""


def upgrade() -> None:
    """Draw it for a council that is loaded already; loading draws it for others."""
    op.execute(_DRAW)


def downgrade() -> None:
    """Without it, as before."""
    op.execute("DELETE FROM council_setting WHERE key = 'calendar_id'")
