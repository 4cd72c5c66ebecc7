"""Start, ask and stop the embedded PostgreSQL of one data folder.

The rules that live here: unix sockets only; the cluster, the two roles and the database are each
made where missing, so that a killed start is mended; a killed server comes back even while
processes of it live on.
"""

import shutil
import time
from urllib.parse import quote

import psycopg
from psycopg import sql

from cycle.errors import BadInput
from cycle.record.seals import APP_ROLE
from cycle.server.folders import Place
from cycle.server.processes import (
    GLANCE,
    PATIENCE,
    end_left_over,
    postmaster,
    run_as_account,
    write_as_account,
)

OWNER = "plancycle_owner"
APP = APP_ROLE
DATABASE = "plancycle"
SUPERUSER = "postgres"
PORT = "5432"

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


def url_of(place: Place, role: str, database: str) -> str:
    """The libpq URL of a database for a role."""
    return f"postgresql://{role}@/{database}?host={quote(str(place.sockets), safe='')}&port={PORT}"


def start_postgres(place: Place, *, fsync: bool) -> bool:
    """Start it where it does not run; whether that was needed. Raises BadInput when it fails."""
    if postgres_answers(place) or _starts_already(place):
        return False
    end_left_over(place)
    if not place.pgdata.exists():
        _make_cluster(place, fsync=fsync)
    text = SETTINGS.format(port=PORT, sockets=_quoted(f'"{place.sockets}"'))
    write_as_account(place, "postgres/plancycle.conf", text + ("" if fsync else UNSAFE))
    _forget_stale_pid(place)
    log = place.home / "postgres.log"
    # -D and -l are relative to cwd, since pg_ctl goes through a shell that would read them.
    command = ["pg_ctl", "start", "-w", "-t", str(int(PATIENCE)), "-D", "postgres", "-l", log.name]
    failure = run_as_account(place, command)
    if failure is not None and not postgres_answers(place):
        raise BadInput(f"PostgreSQL did not start; the reason is at the end of {log}.")
    _make_roles(place)
    return True


def _make_cluster(place: Place, *, fsync: bool) -> None:
    part = place.home / "postgres.part"
    shutil.rmtree(part, ignore_errors=True)
    command = ["initdb", "-D", part.name, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
    # The builtin provider sorts the same on every machine; the C library's locales do not.
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    failure = run_as_account(place, command if fsync else [*command, "--no-sync"])
    if failure is not None:
        raise BadInput(f"The database in {place.home} could not be made: {failure}")
    write_as_account(place, f"{part.name}/postgresql.conf", "include 'plancycle.conf'\n", ">>")
    part.rename(place.pgdata)


def _make_roles(place: Place) -> None:
    """The two roles and the database, each made where missing, so that a killed start is mended."""
    with psycopg.connect(url_of(place, SUPERUSER, "postgres"), autocommit=True) as admin:
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


def postgres_answers(place: Place) -> bool:
    """Whether it takes a connection now."""
    try:
        with psycopg.connect(url_of(place, SUPERUSER, "postgres"), connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _starts_already(place: Place) -> bool:
    """Wait for a PostgreSQL that runs and does not answer yet; whether it answers now."""
    until = time.monotonic() + PATIENCE
    while postmaster(place) is not None and time.monotonic() < until:
        if postgres_answers(place):
            return True
        time.sleep(GLANCE)
    return False


def _forget_stale_pid(place: Place) -> None:
    """A pid file whose pid is some other program's by now, or a dead process that nobody has
    collected, would keep PostgreSQL from starting; so would the same beside its socket."""
    if postmaster(place) is None:
        (place.pgdata / "postmaster.pid").unlink(missing_ok=True)
        (place.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def stop_postgres(place: Place) -> None:
    """Let it end, and what was left over of one that died. Raises BadInput when it does not."""
    if not (place.pgdata / "postmaster.pid").exists():
        return
    if postmaster(place) is None:
        end_left_over(place)
        _forget_stale_pid(place)
        return
    command = ["pg_ctl", "stop", "-w", "-t", str(int(PATIENCE)), "-m", "fast", "-D", "postgres"]
    failure = run_as_account(place, command)
    if failure is not None and postgres_answers(place):
        raise BadInput(f"PostgreSQL in {place.home} did not stop: {failure}")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
