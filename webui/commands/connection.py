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

ADDRESS = "address"


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
    if not has_database(data_dir):
        folder = _folder(data_dir).absolute()
        raise BadInput(f"There is no database in {folder}. Name its folder with DATA_DIR.")


def has_database(data_dir: Path | None = None) -> bool:
    """Whether a database is named, or the data folder holds one; none is started or made."""
    return _names("DATABASE_URL") or (_folder(data_dir) / embedded.LOCK).exists()


def _folder(data_dir: Path | None) -> Path:
    return data_dir or Path(os.environ.get("DATA_DIR", "").strip() or "data").expanduser()


def _names(*settings: str) -> bool:
    """Whether one of these settings is given, by itself or by a file."""
    asked = [name for each in settings for name in (each, f"{each}_FILE")]
    return any(os.environ.get(name, "").strip() for name in asked)


def keep_address(settings: Settings) -> None:
    """Remember where ``run`` serves, for links that other commands print."""
    (settings.data_dir / ADDRESS).write_text(f"{settings.base_url}\n", encoding="utf-8")


def address(settings: Settings) -> str:
    """Where the service is: as the settings say, else where ``run`` serves this data folder or
    served it last, else the usual port (fault S18)."""
    kept = settings.data_dir / ADDRESS
    if _names("BASE_URL", "HOST", "PORT") or not kept.exists():
        return settings.base_url
    return kept.read_text(encoding="utf-8").strip()


@contextmanager
def database(data_dir: Path | None = None, *, make: bool = True) -> Iterator[Database]:
    """The database of ``connected``, as the product's own role."""
    with connected(data_dir, make=make) as settings:
        opened = Database(str(settings.database_url))
        try:
            yield opened
        finally:
            opened.dispose()
