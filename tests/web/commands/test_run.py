"""``plancycle run`` and its parts for real: the service answers, and everything ends when told."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cycle.server import embedded
from tests import build, kit

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def folder() -> Iterator[Path]:
    base = Path(tempfile.mkdtemp(prefix="plancycle-"))
    base.chmod(0o711)
    yield base / "data"
    left = embedded.live(base / "data")
    if left is not None:
        left.stop()
    shutil.rmtree(base)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Start a command as its own process; what still runs at the end of the test is ended."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str, **environ: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "webui", *words],
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder)} | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def done(process: subprocess.Popen[str]) -> str:
    """What a command printed that ended well."""
    out, err = process.communicate()
    assert process.returncode == 0, err
    return out


def ready_port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready http://127.0.0.1:"), line
    return int(line.rsplit(":", 1)[1])


def status(port: int, path: str) -> int:
    """The status of a page; 0 when nobody answers."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", path)
        return line.getresponse().status
    except OSError:
        return 0
    finally:
        line.close()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def test_a_run_serves_ends_on_ctrl_c_and_finds_its_council_again(
    start: Start, folder: Path
) -> None:
    first = start("run", "--no-demo", "--port", "0")
    port = ready_port(first)
    assert status(port, "/health") == 200
    assert status(port, "/sign-in") == 200
    assert status(port, "/plans/SVP-2028-HOUSING") in (302, 303, 401)
    done(start("council", "load", str(build.HERE / "data" / "smallshire.toml")))
    first.send_signal(signal.SIGINT)
    done(first)
    assert embedded.live(folder) is None
    assert status(port, "/health") == 0

    second = start("run", "--no-demo", "--port", "0")
    port = ready_port(second)
    # S18: the link leads to where the service runs, whoever named its port.
    link = done(start("invite", "mo@smallshire.example"))
    assert status(port, link.strip().removeprefix(f"http://127.0.0.1:{port}")) == 200
    second.terminate()
    done(second)
    assert done(start("invite", "mo@smallshire.example")).startswith(f"http://127.0.0.1:{port}/")
    other = done(start("invite", "mo@smallshire.example", BASE_URL="https://plans.example.org"))
    assert other.startswith("https://plans.example.org/")


@pytest.mark.parametrize("bell", ["there", "away"])
def test_the_parts_of_production_run_one_by_one_and_end_when_told(
    start: Start, database: kit.TestDatabase, valkey: str, folder: Path, bell: str
) -> None:
    """Fault X5: also while the bell is away, which the worker waits for."""
    environ = {
        "DATABASE_URL": database.app_url,
        "REDIS_URL": valkey if bell == "there" else "redis://127.0.0.1:9/0",
        "SECRET_KEY": "k" * 40,
        "PORT": str(free_port()),
    }
    commands = ["web", "--workers", "1"], ["worker"], ["scheduler"], ["rehearsals"]
    parts = [start(*words, **environ) for words in commands]
    while status(int(environ["PORT"]), "/health") != 200:
        assert all(part.poll() is None for part in parts)
        time.sleep(0.1)
    for part in parts:
        part.terminate()
    for part in parts:
        done(part)
    assert not (folder / "servers").exists()


def test_a_line_in_a_log_says_when_an_outage_began(start: Start) -> None:
    nobody = {
        "DATABASE_URL": "postgresql://app@127.0.0.1:9/gone",
        "REDIS_URL": "redis://127.0.0.1:9/0",
    }
    environ = nobody | {"SECRET_KEY": "k" * 40, "PORT": str(free_port())}
    web, worker = start("web", "--workers", "1", **environ), start("worker", **environ)
    while status(int(environ["PORT"]), "/health") != 503:
        assert web.poll() is None
        time.sleep(0.1)
    for part, away in ((web, "The database"), (worker, "Valkey")):
        assert part.stderr is not None
        line = part.stderr.readline()
        assert re.match(
            rf"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{{4}} WARNING .*: {away} does not", line
        )
        part.terminate()
