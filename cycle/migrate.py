"""Bring a database to the schema of this version, and say what it still lacks.

The rule that lives here: the schema is changed by the role that owns it, the product connects as
``plancycle_app``, and that role exists before any revision grants it anything.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import ProgrammingError

from cycle.db import sqlalchemy_url
from cycle.errors import BadInput
from cycle.seals import APP_ROLE as APP

FOLDER = Path(__file__).parent / "migrations"


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Run every revision that the database at ``owner_url`` has not had, all or none.

    Raises BadInput when the product's role is missing and may not be made.
    """
    engine = create_engine(sqlalchemy_url(owner_url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        _make_app_role(connection)
        command.upgrade(_config(connection), revision)


def downgrade(owner_url: str, revision: str) -> None:
    """Undo the revisions after ``revision`` (``base`` for all of them)."""
    engine = create_engine(sqlalchemy_url(owner_url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        command.downgrade(_config(connection), revision)


def pending(url: str) -> list[str]:
    """The revisions, oldest first, that the database at ``url`` has not had."""
    engine = create_engine(sqlalchemy_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        had = MigrationContext.configure(connection).get_current_heads()
    script = ScriptDirectory.from_config(_config())
    done = {step.revision for head in had for step in script.walk_revisions("base", head)}
    steps = [step.revision for step in script.walk_revisions()]
    return [revision for revision in reversed(steps) if revision not in done]


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # Config reads % as the start of a variable.
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _make_app_role(connection: Connection) -> None:
    known = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    with connection.begin():
        if connection.execute(known, {"role": APP}).first():
            return
    try:
        with connection.begin():
            connection.execute(text(f"CREATE ROLE {APP} NOLOGIN"))
    except ProgrammingError as refused:
        raise BadInput(
            f"The database has no role named {APP} and this one may not make it; "
            "ask whoever runs the database to create it, then migrate again."
        ) from refused
