"""The access log, and the salts of its digests."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = (
    "'sign_in','wrong_password','slowed','sign_out','session_ended','link_asked','password_set',"
    "'refused','forged','more','exempt_read'"
)


def upgrade() -> None:
    """Nothing is in the log yet."""
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("stranger", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="log_kind"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("access_log_at", "access_log", ["at"])
    op.create_index("access_log_network", "access_log", ["network", "at"])
    op.create_index("access_log_person", "access_log", ["person_id"])
    op.create_table(
        "access_log_salt",
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("on_date"),
    )


def downgrade() -> None:
    """Forget the log."""
    op.drop_table("access_log_salt")
    op.drop_table("access_log")
