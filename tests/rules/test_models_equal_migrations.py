"""What the models say and what the migrations make is the same, triggers and grants included."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from cycle.db import Base, Database, sqlalchemy_url
from cycle.models import SEALED
from cycle.record.seals import APP_ROLE
from tests.kit import TestDatabase


def test_models_and_migrations_make_the_same_tables(database: TestDatabase) -> None:
    engine = create_engine(sqlalchemy_url(database.owner_url))
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_models_and_migrations_make_the_same_constraints_and_indexes(
    database: TestDatabase, owner_db: Database
) -> None:
    """Autogenerate does not see checks, exclusions or conditions of indexes; the server does."""
    migrated = owner_db.read(fingerprint, "public")

    def make_from_models(session: Session) -> None:
        session.execute(text("CREATE SCHEMA from_models"))
        session.execute(text("SET LOCAL search_path TO from_models"))
        Base.metadata.create_all(session.connection())

    owner_db.run(make_from_models)
    assert owner_db.read(fingerprint, "from_models") == migrated


def fingerprint(session: Session, schema: str) -> list[tuple[str, str, str]]:
    """Every constraint and index of a schema as the server words it, without the schema's name."""
    # Shown without a schema's name only while that schema is on the path.
    session.execute(text("SELECT set_config('search_path', :schema, true)"), {"schema": schema})
    constraints = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = CAST(:schema AS regnamespace) AND contype <> 'n'"
    )
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = :schema"
    found = [
        *session.execute(text(constraints), {"schema": schema}),
        *session.execute(text(indexes), {"schema": schema}),
    ]
    return sorted(
        (table, key, definition.replace(f"{schema}.", ""))
        for table, key, definition in found
        if table != "alembic_version"
    )


def test_every_sealed_table_refuses_change_by_trigger_and_by_right(owner_db: Database) -> None:
    triggers = text(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
        "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    )
    found = {(str(table), str(trigger)) for table, trigger in owner_db.read(rows, triggers)}
    tables = [model.__tablename__ for model in SEALED]
    assert [table for table in tables if (table, "sealed_rows") not in found] == []
    assert [table for table in tables if (table, "sealed_table") not in found] == []
    rights = text(
        "SELECT table_name, privilege_type FROM information_schema.table_privileges "
        f"WHERE grantee = '{APP_ROLE}' AND table_schema = 'public'"
    )
    granted = {(str(table), str(right)) for table, right in owner_db.read(rows, rights)}
    for table in tables:
        assert {right for name, right in granted if name == table} == {"SELECT", "INSERT"}


def rows(session: Session, statement: object) -> list[tuple[object, object]]:
    """The rows of a two-column query."""
    return [(first, second) for first, second in session.execute(statement)]  # type: ignore[call-overload]
