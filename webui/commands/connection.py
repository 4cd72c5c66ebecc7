"""How a command finds its database: the URL that is set, a live embedded server, or one started
for the length of the command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from config.settings import Settings
from cycle.db import Database
from cycle.errors import BadInput
from cycle.server import embedded, migrate


def settings_for(data_dir: Path | None = None) -> Settings:
    """The settings of the environment, with another data folder where one is named."""
    environ = dict(os.environ)
    if data_dir is not None:
        environ["DATA_DIR"] = str(data_dir)
    return Settings.load(environ)


@contextmanager
def connected(
    data_dir: Path | None = None, *, make: bool = True, current: bool = True
) -> Iterator[Settings]:
    """Settings whose database answers and, where ``current``, is up to date.

    Without ``DATABASE_URL`` the embedded server is joined, or started and stopped again, and
    brought up to date. Raises BadInput when ``make`` is false and the data folder holds no
    database, or when the database of ``DATABASE_URL`` lacks a change of this version.
    """
    if not make:
        _look_for_database(data_dir)
    settings = settings_for(data_dir)
    if settings.database_url is not None:
        if current and migrate.pending(settings.database_url):
            raise BadInput("The database is not up to date. Run plancycle migrate.")
        yield settings
        return
    servers = embedded_database(settings.data_dir)
    try:
        migrate.upgrade(servers.owner_url)
        yield replace(
            settings,
            database_url=servers.app_url,
            migration_url=servers.owner_url,
            redis_url=settings.redis_url or servers.redis_url,
        )
    finally:
        if servers.started:
            servers.stop()


def embedded_database(data_dir: Path) -> embedded.Servers:
    """The embedded PostgreSQL of a data folder, joined or started. No command needs the doorbell:
    what it does is in the database, and the scheduler of the service finds it."""
    found = embedded.live(data_dir, valkey=False)
    return found or embedded.start(data_dir, valkey=False)


def _look_for_database(data_dir: Path | None) -> None:
    """Before anything is written: looking at a folder does not make one."""
    if any(os.environ.get(name, "").strip() for name in ("DATABASE_URL", "DATABASE_URL_FILE")):
        return
    folder = data_dir or Path(os.environ.get("DATA_DIR", "").strip() or "data").expanduser()
    if not (folder / embedded.LOCK).exists():
        raise BadInput(
            f"There is no database in {folder.absolute()}. Name its folder with DATA_DIR."
        )


@contextmanager
def database(data_dir: Path | None = None, *, make: bool = True) -> Iterator[Database]:
    """The database of ``connected``, as the product's own role."""
    with connected(data_dir, make=make) as settings:
        opened = Database(str(settings.database_url))
        try:
            yield opened
        finally:
            opened.dispose()
