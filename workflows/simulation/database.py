"""Where a simulation lives: an empty database, in scratch servers that vanish or in a folder.

The rule that lives here: nothing that is simulated ever comes near a council's own database.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from config.settings import Settings
from cycle.db import Database
from cycle.errors import BadInput
from cycle.server import embedded, migrate
from cycle.server.embedded import Servers


@contextmanager
def opened(keep: Path | None = None) -> Iterator[tuple[Database, Settings]]:
    """An empty database with its settings: in scratch servers that vanish, or in ``keep``.

    Raises BadInput when ``keep`` holds a council already, or the servers do not start.
    """
    if keep is None:
        with embedded.scratch(fsync=False, valkey=False) as servers:
            yield from _opened(servers, servers.place.data_dir)
        return
    folder = keep.expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    servers = embedded.start(folder, own=True)
    try:
        yield from _opened(servers, folder)
    finally:
        servers.stop()


def _opened(servers: Servers, folder: Path) -> Iterator[tuple[Database, Settings]]:
    migrate.upgrade(servers.owner_url)
    db = Database(servers.app_url, patient=False)
    try:
        if db.read(lambda s: s.scalar(text("SELECT 1 FROM council LIMIT 1"))):
            raise BadInput(f"There is a council in {folder} already. Name an empty folder.")
        yield db, _settings(servers, folder)
    finally:
        db.dispose()


def _settings(servers: Servers, folder: Path) -> Settings:
    return Settings.load(
        {
            "DATA_DIR": str(folder),
            "DATABASE_URL": servers.app_url,
            "SECRET_KEY": secrets.token_urlsafe(48),
        }
    )
