"""The whole service, its database and its doorbell killed under it (fault X5, T-PGR).

Nobody starts anything again by hand, no page is a 500, and the logs tell each outage once.
"""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from cycle.server import embedded
from cycle.server.folders import find_place

KILLS = 2  # of each
PARTS = ("web", "worker", "scheduler", "rehearsals")


@pytest.fixture
def service(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "webui", "run", "--no-demo", "--port", "0"],
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def status(port: int, path: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        line.request("GET", path)
        return line.getresponse().status
    finally:
        line.close()


def children_of(process: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(word) for word in listed.split()]


def log_of(folder: Path, part: str) -> str:
    return (folder / "logs" / f"{part}.log").read_text("utf-8")


def _waits(log: str) -> bool:
    """Whether a part has told of an outage and not yet of its end."""
    return log.count("The database does not answer") > log.count("The database answers again")


def test_the_service_outlives_its_database_and_its_bell(
    service: subprocess.Popen[str], folder: Path
) -> None:
    assert service.stdout is not None
    port = int(service.stdout.readline().rsplit(":", 1)[1])
    assert status(port, "/ready") == 200
    parts = children_of(service)
    assert len(parts) == len(PARTS)
    pid_file = find_place(folder).pgdata / "postmaster.pid"
    for kill in range(1, KILLS + 1):
        os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)
        seen = [status(port, "/health")]
        while seen[-1] != 200 or 503 not in seen:
            assert service.poll() is None
            seen.append(status(port, "/ready"))
        assert set(seen) == {200, 503}
        assert log_of(folder, "web").count("The database does not answer") == kill
        while _waits(log_of(folder, "rehearsals")):
            time.sleep(0.05)
        _kill_the_bell(service, folder)
    assert children_of(service) == parts
    for part in PARTS:
        log = log_of(folder, part)
        assert "Traceback" not in log, (part, log)
        for away in ("The database", "Valkey"):
            gone, back = log.count(f"{away} does not answer"), log.count(f"{away} answers again")
            assert gone <= KILLS, (part, log)
            assert back <= gone, (part, log)
    assert log_of(folder, "worker").count("Valkey does not answer") > 0
    service.terminate()
    service.communicate()
    assert service.returncode == 0
    assert embedded.live(folder, valkey=False) is None


def _kill_the_bell(service: subprocess.Popen[str], folder: Path) -> None:
    """SIGKILL; it is there again, and the worker is at it, before this comes back."""
    servers = embedded.live(folder)
    assert servers is not None
    with redis.Redis.from_url(servers.redis_url) as bell:
        while not any(each["cmd"].startswith("bl") for each in bell.client_list()):
            assert service.poll() is None
            time.sleep(0.05)
        os.kill(int(bell.info("server")["process_id"]), signal.SIGKILL)
    while embedded.live(folder) is None:
        assert service.poll() is None
        time.sleep(0.05)
