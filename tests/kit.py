"""The test kit's database part: one server per run, a migrated template, a database per worker.

xdist workers share the server through a folder that is named after the run and guarded by a lock;
each database is a copy of the template, made anew for each test that asks for one. A copy is some
600 files, so the folder is kept in memory where the machine has the room.
"""

import atexit
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import psycopg
import redis
from psycopg import sql
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.server import embedded, migrate
from cycle.server.embedded import APP, OWNER, Servers

TEMPLATE = "template_of_tests"
MEMORY = Path("/dev/shm")  # noqa: S108  # each folder made in it is private to its maker
ROOM = 4 * 2**30  # bytes; a run of every test takes about a quarter of it
# Open for as long as this process has to do with a run: nobody takes its folder for a left-over.
_alive: dict[Path, IO[str]] = {}


def use_memory() -> None:
    """Keep what this process and its children make for a while in memory, where there is room.

    To a disk, each copy of a database costs twenty times as much. TMPDIR, where it is set, stands;
    what pytest keeps for three runs stays on the disk.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    room = os.statvfs(MEMORY)
    if min(room.f_bavail * room.f_frsize, _free_memory()) < ROOM:
        return
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _free_memory() -> int:
    """Bytes that programs could still get, as Linux says it; 0 where it is not told."""
    try:
        parts = Path("/proc/meminfo").read_text(encoding="utf-8").split("MemAvailable:", 1)
    except OSError:
        return 0
    return int(parts[1].split()[0]) * 1024 if len(parts) == 2 else 0


def run_folder(run_uid: str) -> Path:
    """The data folder of one test run; pytest's own folders are closed to the servers' account."""
    folder = Path(tempfile.gettempdir()) / f"{_OURS}{run_uid[:12]}"
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder not in _alive:
        _alive[folder] = _mark_of(folder)
        atexit.register(_alive[folder].close)
        fcntl.flock(_alive[folder], fcntl.LOCK_SH)
    return folder


_OURS = f"plancycle-tests-{os.getuid()}-"


def _mark_of(folder: Path) -> IO[str]:
    return (folder / "alive.lock").open("a", encoding="utf-8")


def _clear_left_over(mine: Path) -> None:
    """Remove the folders of runs that were killed, and end their servers."""
    for folder in mine.parent.glob(f"{_OURS}*"):
        if folder == mine or not (folder / "alive.lock").exists():
            continue
        with suppress(OSError), _mark_of(folder) as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _erase(folder)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one worker at a time."""
    with (folder / "workers.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def started(run_uid: str) -> Servers:
    """The server of this run with the migrated template in it; the first worker makes both."""
    folder = run_folder(run_uid)
    with locked(folder):
        servers = embedded.start(folder, fsync=False)
        mark = folder / "template-is-ready"
        if not mark.exists():
            _clear_left_over(folder)
            make_database(servers, TEMPLATE, "template1")
            migrate.upgrade(servers.url(OWNER, TEMPLATE))
            mark.touch()
    return servers


def ended(run_uid: str) -> None:
    """Stop the server of this run and remove its folder; called once, by pytest's own process."""
    folder = run_folder(run_uid)
    _erase(folder)
    _alive.pop(folder).close()


def _erase(folder: Path) -> None:
    servers = embedded.live(folder)
    if servers is not None:
        servers.stop()
        embedded.erase(servers.place)
    shutil.rmtree(folder, ignore_errors=True)


def make_database(servers: Servers, name: str, template: str = TEMPLATE) -> None:
    """Make (or remake) the database ``name`` as a copy of ``template``."""
    with psycopg.connect(servers.url(OWNER, "postgres"), autocommit=True) as owner:
        copy_database(owner, name, template)


def copy_database(owner: psycopg.Connection, name: str, template: str) -> None:
    """Make (or remake) a database as a copy of another, over a connection of the owner."""
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    try:
        owner.execute(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**names))
    except psycopg.errors.InsufficientPrivilege:
        # PostgreSQL is vacuuming it, which only a plain DROP may interrupt. Whose session is left
        # open by a test is not ended here: the owner may not, and the test is to close it.
        owner.execute(sql.SQL("DROP DATABASE {name}").format(**names))
    copy = sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    owner.execute(copy.format(**names))


def digests(db: Database, *but: str) -> dict[str, str]:
    """What stands in every table but these, as one digest for each."""

    def work(session: Session) -> dict[str, str]:
        tables = session.scalars(
            text(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' "
                "AND table_type = 'BASE TABLE' AND table_name <> ALL(:but)"
            ),
            {"but": [*but, "alembic_version"]},
        ).all()
        digest = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} AS t"
        return {name: str(session.scalar(text(digest.format(f'"{name}"')))) for name in tables}

    return db.read(work)


def made_once(db: Database, name: str, make: Callable[[Database], object]) -> None:
    """Do ``make(db)`` once in a run; whoever asks again gets a copy of what it made.

    A database that holds a council already is not replaced: there ``make`` does its work. What was
    made at one moment is not given to a test whose clock stands at another.
    """
    if db.read(lambda session: session.scalar(text("SELECT 1 FROM council"))):
        make(db)
        return
    moment = clock.now()
    real = abs(moment - datetime.now(UTC)) < timedelta(minutes=1)
    kept = f"made_{name}_{'now' if real else format(moment, '%Y%m%d%H%M%S')}"
    db.dispose()
    copy_of_once(db.url, kept, make)


def copy_of_once(url: str, kept: str, make: Callable[[Database], object]) -> None:
    """Make the database of ``url`` a copy of the one that ``make`` fills, once in a run."""
    own = make_url(url)
    admin = own.set(drivername="postgresql", username=OWNER, database="postgres")
    with psycopg.connect(admin.render_as_string(False), autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(hashtext(%s))", [kept])
        known = owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [kept])
        if not known.fetchone():
            _make_and_keep(owner, url, kept, make)
        copy_database(owner, str(own.database), kept)


def _make_and_keep(
    owner: psycopg.Connection, url: str, kept: str, make: Callable[[Database], object]
) -> None:
    """Renamed at the end, so that what failed half-way is nobody's template."""
    part = f"part_{kept}"
    copy_database(owner, part, TEMPLATE)
    making = Database(make_url(url).set(database=part).render_as_string(False))
    try:
        make(making)
    finally:
        making.dispose()
    names = {"part": sql.Identifier(part), "kept": sql.Identifier(kept)}
    owner.execute(sql.SQL("ALTER DATABASE {part} RENAME TO {kept}").format(**names))


@dataclass(frozen=True)
class TestDatabase:
    """One database of its own, as its owner and as the product see it."""

    __test__ = False

    name: str
    owner_url: str
    app_url: str


def fresh_database(servers: Servers, name: str) -> TestDatabase:
    """The database ``name`` in the template's state, whatever was in it before.

    Copying the template again takes 14 ms with 46 tables; TRUNCATE of all of them took 17 ms and
    would leave behind what a test did to the schema.
    """
    make_database(servers, name)
    return TestDatabase(name, servers.url(OWNER, name), servers.url(APP, name))


def new_run_uid() -> str:
    """A name for this run that no other run on this machine has."""
    return secrets.token_hex(6)


def empty_valkey(servers: Servers, worker: str) -> str:
    """The URL of this worker's own numbered Valkey database, emptied."""
    number = int(worker.removeprefix("gw")) + 1 if worker.startswith("gw") else 0
    url = servers.redis_url.replace("?db=0", f"?db={number}")
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
