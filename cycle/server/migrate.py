"""Bring a database to the schema of this version, and say what it still lacks.

The rule that lives here: the schema is changed by the role that owns it, the product connects as
``plancycle_app``, and that role exists before any revision grants it anything.
"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from cycle.db import sqlalchemy_url
from cycle.errors import BadInput
from cycle.record.seals import APP_ROLE as APP

FOLDER = Path(__file__).parents[1] / "migrations"


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
    """The revisions, oldest first, that the database at ``url`` has not had. Raises BadInput when
    a newer version of the product has been there."""
    engine = create_engine(sqlalchemy_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        return _lacking(connection)


def lacking(session: Session) -> list[str]:
    """``pending`` of the database behind a session; cheap enough to be asked every second."""
    return _lacking(session.connection())


def _lacking(connection: Connection) -> list[str]:
    steps = _steps()
    had = set(MigrationContext.configure(connection).get_current_heads())
    if unknown := had - set(steps):
        raise BadInput(
            f"A newer version of Plancycle has changed the database (revision {min(unknown)}); "
            "install that version again."
        )
    done = {step for head in had for step in [head, *steps[head]]}
    return [revision for revision in steps if revision not in done]


@cache
def _steps() -> dict[str, list[str]]:
    """Every revision of this version, oldest first, with those before it."""
    script = ScriptDirectory.from_config(_config())
    steps = [step.revision for step in script.walk_revisions()]
    return {
        revision: [step.revision for step in script.walk_revisions("base", revision)]
        for revision in reversed(steps)
    }


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
