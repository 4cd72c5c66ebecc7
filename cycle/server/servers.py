"""Start, join and stop the embedded PostgreSQL and Valkey of one data folder.

The rules that live here: unix sockets only; one lock file in the data folder, dropped by the system
when its holder dies, so a killed owner leaves nothing stuck; whoever comes second joins; the owner
(``run``) keeps the lock, adopts servers that another command left running, and starts again what
has gone. A killed PostgreSQL comes back even while processes of it live on.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from cycle.errors import BadInput
from cycle.record.seals import APP_ROLE
from cycle.server.folders import Place, find_place, has_place
from cycle.server.processes import end_left_over, postmaster

OWNER = "plancycle_owner"
APP = APP_ROLE
DATABASE = "plancycle"
LOCK = "servers.lock"
SUPERUSER = "postgres"
PORT = "5432"
POSTGRESQL, VALKEY = "PostgreSQL", "Valkey"
PATIENCE = 60.0
GLANCE = 0.1

SETTINGS = """\
# Written by Plancycle at each start.
listen_addresses = ''
port = {port}
unix_socket_directories = {sockets}
unix_socket_permissions = 0700
shared_buffers = 128MB
max_connections = 60
max_wal_size = 512MB
dynamic_shared_memory_type = posix
jit = off
log_min_messages = warning
log_line_prefix = '%m [%p] '
timezone = 'UTC'
log_timezone = 'UTC'
"""
UNSAFE = """\
fsync = off
synchronous_commit = off
full_page_writes = off
"""


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
        return _url(self.place, role, database)

    @property
    def logs(self) -> dict[str, Path]:
        """The log of each server that was asked for, by its name."""
        logs = {POSTGRESQL: self.place.home / "postgres.log", VALKEY: _valkey_log(self.place)}
        return {name: logs[name] for name in self.names}

    def runs(self, name: str) -> bool:
        """Whether a server's process is there. One that is starting or busy runs, too."""
        if name == VALKEY:
            return _valkey_runs(self.place)
        return postmaster(self.place) is not None or _postgres_answers(self.place)

    def start_again(self, name: str) -> None:
        """Start a server whose process has gone; only for the owner. Raises BadInput with one
        sentence when it does not start."""
        if name == VALKEY:
            _start_valkey(self.place)
        else:
            _start_postgres(self.place, fsync=self.fsync)

    def stop(self) -> bool:
        """Stop both and give up the lock; False (nothing done) when another process owns them."""
        lock = self._lock or _take(self.place.data_dir)
        if lock is None:
            return False
        try:
            _stop_valkey(self.place)
            _stop_postgres(self.place)
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
            servers.started = _start_postgres(place, fsync=fsync)
        if valkey:
            servers.started = _start_valkey(place) or servers.started
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
    return (not postgres or _postgres_answers(place)) and (not valkey or _valkey_answers(place))


def _url(place: Place, role: str, database: str) -> str:
    return f"postgresql://{role}@/{database}?host={quote(str(place.sockets), safe='')}&port={PORT}"


# PostgreSQL


def _start_postgres(place: Place, *, fsync: bool) -> bool:
    if _postgres_answers(place) or _starts_already(place):
        return False
    end_left_over(place)
    if not place.pgdata.exists():
        _make_cluster(place, fsync=fsync)
    text = SETTINGS.format(port=PORT, sockets=_quoted(f'"{place.sockets}"'))
    _write(place, "postgres/plancycle.conf", text + ("" if fsync else UNSAFE))
    _forget_stale_pid(place)
    log = place.home / "postgres.log"
    # -D and -l are relative to cwd, since pg_ctl goes through a shell that would read them.
    command = ["pg_ctl", "start", "-w", "-t", str(int(PATIENCE)), "-D", "postgres", "-l", log.name]
    said = _run(place, command)
    if said is not None and not _postgres_answers(place):
        raise BadInput(f"PostgreSQL did not start; the reason is at the end of {log}.")
    _make_roles(place)
    return True


def _make_cluster(place: Place, *, fsync: bool) -> None:
    part = place.home / "postgres.part"
    shutil.rmtree(part, ignore_errors=True)
    command = ["initdb", "-D", part.name, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
    # The builtin provider sorts the same on every machine; the C library's locales do not.
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    said = _run(place, command if fsync else [*command, "--no-sync"])
    if said is not None:
        raise BadInput(f"The database in {place.home} could not be made: {said}")
    _write(place, f"{part.name}/postgresql.conf", "include 'plancycle.conf'\n", ">>")
    part.rename(place.pgdata)


def _make_roles(place: Place) -> None:
    """The two roles and the database, each made where missing, so that a killed start is mended."""
    with psycopg.connect(_url(place, SUPERUSER, "postgres"), autocommit=True) as admin:
        for role, right in ((OWNER, "CREATEDB"), (APP, "NOCREATEDB")):
            if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                statement = f"CREATE ROLE {{}} LOGIN {right}"
                admin.execute(sql.SQL(statement).format(sql.Identifier(role)))
        # For the owner's own restores and the tests; the app's role has no such right.
        admin.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}")
        found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not found.fetchone():
            admin.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
            admin.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
            admin.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP}")


def _postgres_answers(place: Place) -> bool:
    try:
        with psycopg.connect(_url(place, SUPERUSER, "postgres"), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _starts_already(place: Place) -> bool:
    """Wait for a PostgreSQL that runs and does not answer yet; whether it answers now."""
    until = time.monotonic() + PATIENCE
    while postmaster(place) is not None and time.monotonic() < until:
        if _postgres_answers(place):
            return True
        time.sleep(GLANCE)
    return False


def _forget_stale_pid(place: Place) -> None:
    """A pid file whose pid is some other program's by now, or a dead process that nobody has
    collected, would keep PostgreSQL from starting; so would the same beside its socket."""
    if postmaster(place) is None:
        (place.pgdata / "postmaster.pid").unlink(missing_ok=True)
        (place.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def _stop_postgres(place: Place) -> None:
    if not (place.pgdata / "postmaster.pid").exists():
        return
    if postmaster(place) is None:
        end_left_over(place)
        _forget_stale_pid(place)
        return
    command = ["pg_ctl", "stop", "-w", "-t", str(int(PATIENCE)), "-m", "fast", "-D", "postgres"]
    said = _run(place, command)
    if said is not None and _postgres_answers(place):
        raise BadInput(f"PostgreSQL in {place.home} did not stop: {said}")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


# Valkey


def _start_valkey(place: Place) -> bool:
    if _valkey_runs(place):
        return False
    if place.valkey is None:
        raise BadInput(
            "There is no Valkey for this kind of machine in the installed wheels; "
            "run 'make setup', or set REDIS_URL to a server of your own."
        )
    place.valkey_socket.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": place.valkey_socket.name,
        "unixsocketperm": "700",
        "save": "",
        "appendonly": "no",
        "maxmemory": "64mb",
        "maxmemory-policy": "noeviction",
        "logfile": _valkey_log(place).name,
        "daemonize": "yes",
    }
    command = [str(place.valkey)]
    for name, value in options.items():
        command += [f"--{name}", value]
    said = _run(place, command, cwd=place.sockets)
    until = time.monotonic() + PATIENCE
    while not _valkey_answers(place):
        if said is not None or time.monotonic() > until:
            log = _valkey_log(place)
            raise BadInput(f"Valkey did not start; the reason is at the end of {log}.")
        time.sleep(GLANCE)
    return True


def _valkey_log(place: Place) -> Path:
    return place.sockets / "valkey.log"


def _valkey_runs(place: Place) -> bool:
    """Whether somebody listens at the socket; one that is busy does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1)
        try:
            line.connect(str(place.valkey_socket))
        except (BlockingIOError, TimeoutError):
            return True
        except OSError:
            return False
    return True


def _valkey_answers(place: Place) -> bool:
    return _ask_valkey(place, b"PING\r\n").startswith(b"+PONG")


def _stop_valkey(place: Place) -> None:
    if not _valkey_answers(place):
        return
    _ask_valkey(place, b"SHUTDOWN NOSAVE\r\n")
    until = time.monotonic() + PATIENCE
    while _valkey_answers(place) and time.monotonic() < until:
        time.sleep(GLANCE)


def _ask_valkey(place: Place, words: bytes) -> bytes:
    """What Valkey answers; nothing when it is not there. (``redis`` belongs to notifications.)"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(5)
        try:
            line.connect(str(place.valkey_socket))
            line.sendall(words)
            return line.recv(64)
        except OSError:
            return b""


# Both


def _run(place: Place, command: list[str], cwd: Path | None = None) -> str | None:
    """Run a program of the servers as their account. None when it went well, else its last line.

    The answer goes through a file: a daemon keeps a pipe open and a reader would wait for ever.
    """
    program = command[0] if "/" in command[0] else str(place.postgres_bin / command[0])
    account = place.account
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=cwd or place.home,
            # Nothing of the caller's PG* variables may reach the server.
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        said.seek(0)
        lines = said.read().strip().splitlines()
    if done.returncode == 0:
        return None
    return lines[-1] if lines else f"it ended with status {done.returncode}"


def _write(place: Place, name: str, text: str, how: str = ">") -> None:
    """Write a file of the servers' folder as their account: root would follow a link left there."""
    said = _run(place, ["/bin/sh", "-c", f'printf %s "$1" {how} "$2"', "sh", text, name])
    if said is not None:
        raise BadInput(f"The file {place.home / name} cannot be written: {said}")
