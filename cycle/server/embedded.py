"""Start, join and stop the embedded PostgreSQL and Valkey of one data folder.

The rules that live here: unix sockets only; one lock file in the data folder, dropped by the system
when its holder dies, so a killed owner leaves nothing stuck; whoever comes second joins; the owner
(``run``) keeps the lock, adopts servers that another command left running, and starts again what
has gone.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

from cycle.errors import BadInput
from cycle.server.folders import Place, find_place, has_place
from cycle.server.postgresql import (
    APP,
    DATABASE,
    OWNER,
    postgres_answers,
    start_postgres,
    stop_postgres,
    url_of,
)
from cycle.server.processes import GLANCE, PATIENCE, postmaster
from cycle.server.valkey import start_valkey, stop_valkey, valkey_answers, valkey_log, valkey_runs

__all__ = ["APP", "DATABASE", "OWNER", "Servers", "erase", "live", "scratch", "start"]

LOCK = "servers.lock"
POSTGRESQL, VALKEY = "PostgreSQL", "Valkey"


@dataclass
class Servers:
    """The running servers of one data folder; ``started`` when this call started one of them."""

    place: Place
    started: bool
    notes: tuple[str, ...] = ()
    fsync: bool = True
    names: tuple[str, ...] = (POSTGRESQL, VALKEY)
    _lock: IO[str] | None = field(default=None, repr=False)

    @property
    def owner_url(self) -> str:
        """The URL of the role that owns every table: migrations, psql, pg_dump."""
        return self.url(OWNER)

    @property
    def app_url(self) -> str:
        """The URL of the product's own role, which cannot change a sealed table."""
        return self.url(APP)

    @property
    def redis_url(self) -> str:
        """The URL of Valkey as redis-py wants it."""
        return f"unix://{quote(str(self.place.valkey_socket))}?db=0"

    def url(self, role: str, database: str = DATABASE) -> str:
        """The libpq URL of ``database`` for ``role``."""
        return url_of(self.place, role, database)

    @property
    def logs(self) -> dict[str, Path]:
        """The log of each server that was asked for, by its name."""
        logs = {POSTGRESQL: self.place.home / "postgres.log", VALKEY: valkey_log(self.place)}
        return {name: logs[name] for name in self.names}

    def runs(self, name: str) -> bool:
        """Whether a server's process is there. One that is starting or busy runs, too."""
        if name == VALKEY:
            return valkey_runs(self.place)
        return postmaster(self.place) is not None or postgres_answers(self.place)

    def start_again(self, name: str) -> None:
        """Start a server whose process has gone; only for the owner. Raises BadInput with one
        sentence when it does not start."""
        if name == VALKEY:
            start_valkey(self.place)
        else:
            start_postgres(self.place, fsync=self.fsync)

    def stop(self) -> bool:
        """Stop both and give up the lock; False (nothing done) when another process owns them."""
        lock = self._lock or _take(self.place.data_dir)
        if lock is None:
            return False
        try:
            stop_valkey(self.place)
            stop_postgres(self.place)
        finally:
            self._lock = None
            lock.close()
        return True


def start(
    data_dir: Path,
    *,
    fsync: bool = True,
    own: bool = False,
    postgres: bool = True,
    valkey: bool = True,
) -> Servers:
    """Start the servers of ``data_dir``, or join those that run.

    ``own`` keeps the lock until ``stop``: the servers are this process's to stop. ``fsync=False``
    is for tests and scratch databases only. Raises BadInput with one sentence when they do not
    start, or when ``own`` is asked for and another process owns them.
    """
    place = find_place(data_dir)
    lock = _lock_unless_live(place, own=own, postgres=postgres, valkey=valkey)
    names = tuple(name for name, asked in ((POSTGRESQL, postgres), (VALKEY, valkey)) if asked)
    servers = Servers(place, False, place.notes, fsync, names, _lock=lock)
    if lock is None:
        return servers
    try:
        if postgres:
            servers.started = start_postgres(place, fsync=fsync)
        if valkey:
            servers.started = start_valkey(place) or servers.started
    except BaseException:
        if own:
            servers.stop()
        lock.close()
        raise
    if not own:
        servers._lock = None
        lock.close()
    return servers


def _lock_unless_live(place: Place, *, own: bool, postgres: bool, valkey: bool) -> IO[str] | None:
    """The lock, or None when another process holds it and its servers answer."""
    until = time.monotonic() + PATIENCE
    while (lock := _take(place.data_dir)) is None:
        if _all_live(place, postgres, valkey):
            if own:
                raise BadInput(
                    f"Plancycle is already running with the data folder {place.data_dir}; "
                    "stop it first, or name another folder with DATA_DIR."
                )
            return None
        if time.monotonic() > until:
            raise BadInput(
                f"Another command holds {place.data_dir / LOCK} and its servers do not answer; "
                "end that command and try again."
            )
        time.sleep(GLANCE)
    return lock


def live(data_dir: Path, *, valkey: bool = True) -> Servers | None:
    """The servers of ``data_dir`` when both answer (PostgreSQL alone, where no ``valkey`` is asked
    for), or None. Makes no folder that is not there."""
    if not has_place(data_dir):
        return None
    place = find_place(data_dir)
    return Servers(place, started=False) if _all_live(place, True, valkey) else None


@contextmanager
def scratch(*, fsync: bool = False, valkey: bool = True) -> Iterator[Servers]:
    """Servers in a folder of their own that vanishes at the end, for simulations and benchmarks."""
    folder = Path(tempfile.mkdtemp(prefix="plancycle-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    servers: Servers | None = None
    try:
        servers = start(folder, fsync=fsync, own=True, valkey=valkey)
        yield servers
    finally:
        if servers is not None:
            servers.stop()
            erase(servers.place)
        shutil.rmtree(folder, ignore_errors=True)


def erase(place: Place) -> None:
    """Remove what stopped servers keep, wherever it is. There is no way back."""
    for folder in (place.sockets, place.home):
        shutil.rmtree(folder, ignore_errors=True)


def _take(data_dir: Path) -> IO[str] | None:
    lock = (data_dir / LOCK).open("a", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _all_live(place: Place, postgres: bool, valkey: bool) -> bool:
    return (not postgres or postgres_answers(place)) and (not valkey or valkey_answers(place))
