"""What search looks into: entries, their words, and when they were last brought up to date."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty: the next sweep fills them from the record."""
    op.create_table(
        "search_entry",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("about", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("lexemes", postgresql.TSVECTOR(), nullable=False),
        sa.Column("words", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"]),
        sa.ForeignKeyConstraint(["version_id"], ["plan_version.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    for column in ("lexemes", "words"):
        op.create_index(f"search_entry_{column}", "search_entry", [column], postgresql_using="gin")
    op.create_index("search_entry_kind", "search_entry", ["kind", "key"])
    op.create_index("search_entry_version", "search_entry", ["version_id"])
    op.create_table(
        "search_word",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("trigrams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("word"),
    )
    op.create_index("search_word_trigrams", "search_word", ["trigrams"], postgresql_using="gin")
    op.create_table(
        "search_refresh",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Nothing of the record is lost."""
    op.drop_table("search_refresh")
    op.drop_table("search_word")
    op.drop_table("search_entry")
