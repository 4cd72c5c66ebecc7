"""Start, ask and stop the embedded Valkey of one data folder.

The rules that live here: its unix socket only; it keeps nothing on disk and stops with nothing
saved; who listens runs, also while busy.
"""

import socket
import time
from pathlib import Path

from cycle.errors import BadInput
from cycle.server.folders import Place
from cycle.server.processes import GLANCE, PATIENCE, run_as_account


def start_valkey(place: Place) -> bool:
    """Start it where it does not run; whether that was needed. Raises BadInput when it fails."""
    if valkey_runs(place):
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
        "logfile": valkey_log(place).name,
        "daemonize": "yes",
    }
    command = [str(place.valkey)]
    for name, value in options.items():
        command += [f"--{name}", value]
    failure = run_as_account(place, command, cwd=place.sockets)
    until = time.monotonic() + PATIENCE
    while not valkey_answers(place):
        if failure is not None or time.monotonic() > until:
            log = valkey_log(place)
            raise BadInput(f"Valkey did not start; the reason is at the end of {log}.")
        time.sleep(GLANCE)
    return True


def valkey_log(place: Place) -> Path:
    """Where it writes its log."""
    return place.sockets / "valkey.log"


def valkey_runs(place: Place) -> bool:
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


def valkey_answers(place: Place) -> bool:
    """Whether it answers now; one that is starting or busy does not."""
    return _ask_valkey(place, b"PING\r\n").startswith(b"+PONG")


def stop_valkey(place: Place) -> None:
    """Let it end, if it answers; what it holds is not saved."""
    if not valkey_answers(place):
        return
    _ask_valkey(place, b"SHUTDOWN NOSAVE\r\n")
    until = time.monotonic() + PATIENCE
    while valkey_answers(place) and time.monotonic() < until:
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
