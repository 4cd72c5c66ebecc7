"""What nobody may change: triggers and grants on the sealed tables (INV-12).

The tables belong to the owner; the application connects as ``APP_ROLE``, which may read and insert
but never UPDATE, DELETE or TRUNCATE a sealed row. Triggers say the same to the owner. The only
opening is the erasure of a person's name from ``attribution`` (INV-15).
"""

from sqlalchemy import Connection, text

APP_ROLE = "plancycle_app"

REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are sealed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""

REFUSE_BUT_ERASURE = """
CREATE OR REPLACE FUNCTION refuse_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.words IS NULL AND NEW.event_id = OLD.event_id AND NEW.person_id = OLD.person_id
     AND NEW.for_person_id IS NOT DISTINCT FROM OLD.for_person_id THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'rows of % are sealed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


def seal_table(connection: Connection, table: str) -> None:
    """Put the triggers on one table; ``attribution`` alone may lose its words."""
    erasable = table == "attribution"
    row_events = "DELETE" if erasable else "UPDATE OR DELETE"
    connection.execute(
        text(
            f"CREATE OR REPLACE TRIGGER sealed_rows BEFORE {row_events} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    )
    connection.execute(
        text(
            f"CREATE OR REPLACE TRIGGER sealed_table BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    )
    if erasable:
        connection.execute(
            text(
                f"CREATE OR REPLACE TRIGGER sealed_words BEFORE UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_but_erasure()"
            )
        )


def apply(connection: Connection, tables: list[str], role: str = APP_ROLE) -> None:
    """Make triggers and grants what they must be; run after every migration, safe to repeat."""
    connection.execute(text(REFUSE))
    connection.execute(text(REFUSE_BUT_ERASURE))
    for table in tables:
        seal_table(connection, table)
    if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
        return
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
    # Not ALL: that would let the role put triggers of its own on the sealed tables.
    rights = "SELECT, INSERT, UPDATE, DELETE"
    connection.execute(text(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}"))
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"))
    for table in [*tables, "alembic_version"]:
        connection.execute(text(f"REVOKE UPDATE, DELETE ON {table} FROM {role}"))
    connection.execute(text(f"REVOKE INSERT ON alembic_version FROM {role}"))
    connection.execute(text(f"GRANT UPDATE (words) ON attribution TO {role}"))
