"""Browsers in which a person has signed in before."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No browser is known yet; it is with the next sign-in."""
    op.create_table(
        "known_browser",
        sa.Column("word_sha256", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("word_sha256", "person_id"),
    )
    op.create_index("ix_known_browser_person_id", "known_browser", ["person_id"])
    # Tries were counted under other names, and matter for a quarter of an hour.
    op.execute("DELETE FROM sign_in_attempt")


def downgrade() -> None:
    """Forget which browsers are known."""
    op.drop_table("known_browser")
