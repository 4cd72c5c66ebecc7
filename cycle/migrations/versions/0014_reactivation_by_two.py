"""An account with posts that need two administrators is opened again by two."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BEFORE = "'hold_post','change_role','set_cover'"


def upgrade() -> None:
    """Let proposals of a fourth kind wait."""
    _kinds(f"{BEFORE},'reactivate'")


def downgrade() -> None:
    """Forget what waits or waited of that kind; what was done stays on the record."""
    op.execute("DELETE FROM rights_proposal WHERE kind = 'reactivate'")
    _kinds(BEFORE)


def _kinds(allowed: str) -> None:
    op.drop_constraint("kind", "rights_proposal", type_="check")
    op.create_check_constraint("kind", "rights_proposal", f"kind IN ({allowed})")
