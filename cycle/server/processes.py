"""How programs of the embedded servers are run, and which processes of PostgreSQL are there.

The rules that live here: a program runs as the account of the servers and gets nothing of the
caller's environment; a pid file may be stale and its pid some other program's by now, or a dead
process that nobody has collected; what outlived a killed server is ended before a new one starts.
"""

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from cycle.errors import BadInput
from cycle.server.folders import Place

PATIENCE = 60.0  # seconds that a server has to start or to stop
GLANCE = 0.1  # seconds between two looks
LAST_WORDS = 5.0  # seconds that a process has between being asked to end and being ended


def postmaster(place: Place) -> int | None:
    """The pid of the server that runs in the cluster's folder, or None."""
    try:
        words = (place.pgdata / "postmaster.pid").read_text(encoding="utf-8")
        pid = int(words.split("\n", 1)[0])
        os.kill(pid, 0)
    except PermissionError:
        return None  # a stranger's process by now
    except (OSError, ValueError):
        return None
    return pid if _may_be_of(place, pid) else None


def _may_be_of(place: Place, pid: int) -> bool:
    """Whether a process works in the cluster's folder, as far as the system tells: a dead one that
    nobody has collected does not."""
    process = Path(f"/proc/{pid}")
    if not Path("/proc/self").exists():
        return True
    try:
        if (process / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z":
            return False
        return os.readlink(process / "cwd") == str(place.pgdata.resolve())
    except PermissionError:
        return True
    except OSError:
        return False


def _left_over(place: Place) -> list[int]:
    """Processes of a PostgreSQL whose first one was killed (on Linux; elsewhere they are not
    found, and only waited for)."""
    if postmaster(place) is not None:
        return []
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if Path(os.readlink(process / "exe")).name.split(" ")[0] == "postgres" and (
                os.readlink(process / "cwd") == str(place.pgdata.resolve())
            ):
                found.append(int(process.name))
    return found


def end_left_over(place: Place) -> None:
    """End what outlived a killed server: it holds the old memory, and no new server starts beside
    it. To the database this is a crash like any other, which it recovers from."""
    for word in (signal.SIGQUIT, signal.SIGKILL):
        for pid in _left_over(place):
            with suppress(ProcessLookupError):
                os.kill(pid, word)
        until = time.monotonic() + LAST_WORDS
        while _left_over(place) and time.monotonic() < until:
            time.sleep(GLANCE)


def run_as_account(place: Place, command: list[str], cwd: Path | None = None) -> str | None:
    """Run a program of the servers as their account. None when it went well, else its last line.

    The answer goes through a file: a daemon keeps a pipe open and a reader would wait for ever.
    """
    program = command[0] if "/" in command[0] else str(place.postgres_bin / command[0])
    account = place.account
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=cwd or place.home,
            # Nothing of the caller's PG* variables may reach the server.
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            check=False,
        )
        output.seek(0)
        lines = output.read().strip().splitlines()
    if done.returncode == 0:
        return None
    return lines[-1] if lines else f"it ended with status {done.returncode}"


def write_as_account(place: Place, name: str, text: str, how: str = ">") -> None:
    """Write a file of the servers' folder as their account: root would follow a link left there."""
    failure = run_as_account(
        place, ["/bin/sh", "-c", f'printf %s "$1" {how} "$2"', "sh", text, name]
    )
    if failure is not None:
        raise BadInput(f"The file {place.home / name} cannot be written: {failure}")
