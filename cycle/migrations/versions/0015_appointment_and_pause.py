"""A person in a post is an appointment, and what lets nothing leave is a pause."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Every name that PostgreSQL made from the name of the table goes with it.
_NAMES = """
DO $$
DECLARE each record;
BEGIN
  FOR each IN SELECT conname AS name FROM pg_constraint
    WHERE conrelid = '{new}'::regclass AND conname ~ '\\m{old}(_|$)|_{old}(_|$)'
  LOOP
    EXECUTE format('ALTER TABLE {new} RENAME CONSTRAINT %I TO %I', each.name,
                   replace(each.name, '{old}', '{new}'));
  END LOOP;
  FOR each IN SELECT relname AS name FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
    WHERE indrelid = '{new}'::regclass AND relname ~ '\\m{old}(_|$)|_{old}(_|$)'
  LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', each.name,
                   replace(each.name, '{old}', '{new}'));
  END LOOP;
  EXECUTE format('ALTER SEQUENCE %s RENAME TO {new}_id_seq',
                 pg_get_serial_sequence('{new}', 'id'));
END $$
"""


def upgrade() -> None:
    """Both tables keep what stands in them."""
    _rename("holding", "appointment")
    _rename("hold", "pause")
    op.alter_column("rights_proposal", "holding_id", new_column_name="appointment_id")


def downgrade() -> None:
    """The names of before."""
    _rename("appointment", "holding")
    _rename("pause", "hold")
    op.alter_column("rights_proposal", "appointment_id", new_column_name="holding_id")


def _rename(old: str, new: str) -> None:
    op.rename_table(old, new)
    op.execute(_NAMES.format(old=old, new=new))
