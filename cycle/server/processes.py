"""Which processes of the embedded PostgreSQL are there, whatever its pid file says.

The rules that live here: a pid file may be stale and its pid some other program's by now, or a dead
process that nobody has collected; what outlived a killed server is ended before a new one starts.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from cycle.server.folders import Place

GLANCE = 0.1
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
