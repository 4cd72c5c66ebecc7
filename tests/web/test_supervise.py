"""``plancycle run`` starts everything, says when it is ready, and leaves nothing behind.

The parts are small real programs here, so that each way of ending can be brought about at will.
"""

import http.client
import os
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

from cycle import embedded

PROGRAM = """
import sys
from config.settings import Settings
from cycle.errors import BadInput
from webui import supervise

SERVER = '''
import http.server, os, socket, sys
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["DATABASE_URL"].encode())
handed_on = socket.socket(fileno=int(sys.argv[1]))
server = http.server.HTTPServer(handed_on.getsockname(), Answers, bind_and_activate=False)
server.socket = handed_on
handed_on.listen()
server.serve_forever()
'''
LOITERER = "import time; time.sleep(600)"

def parts(listener, workers):
    number = listener.fileno()
    return [
        supervise.Part("worker", [sys.executable, "-c", LOITERER]),
        supervise.Part("scheduler", [sys.executable, "-c", sys.argv[1] or LOITERER]),
        supervise.Part("web", [sys.executable, "-c", SERVER, str(number)], (number,)),
    ]

supervise._parts = parts
try:
    import os
    sys.exit(supervise.supervise(Settings.load(os.environ), demo=None, workers=1))
except BadInput as refusal:
    print(refusal, file=sys.stderr)
    sys.exit(2)
"""

Run = Callable[..., subprocess.Popen[str]]


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
def run(folder: Path) -> Iterator[Run]:
    """Start ``run`` as its own process; what still runs at the end of the test is ended."""
    started: list[subprocess.Popen[str]] = []

    def begin(*, scheduler: str = "", **environ: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, scheduler],
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "PORT": "0"} | environ,
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


def ready_port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready http://127.0.0.1:"), line
    return int(line.rsplit(":", 1)[1])


def asked(port: int) -> str:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/")
        return line.getresponse().read().decode()
    finally:
        line.close()


def children_of(process: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(word) for word in listed.split()]


def gone(pid: int) -> bool:
    """Ended, or ended and waiting for whoever adopted it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_it_is_ready_on_one_line_and_stops_all_that_it_started(
    run: Run, folder: Path, word: signal.Signals
) -> None:
    process = run()
    assert "plancycle_app" in asked(ready_port(process))
    children = children_of(process)
    assert len(children) == 3
    assert len({os.getpgid(pid) for pid in children}) == 1
    process.send_signal(word)
    assert process.wait() == 0
    assert all(gone(pid) for pid in children)
    assert embedded.live(folder) is None


def test_a_part_that_dies_ends_the_run_with_a_sentence(run: Run, folder: Path) -> None:
    process = run(scheduler="import sys, time; time.sleep(2); sys.exit(3)")
    ready_port(process)
    _out, said = process.communicate()
    assert process.returncode == 1
    assert said.startswith("The scheduler ended by itself (status 3), so the run stopped;")
    assert embedded.live(folder) is None


def test_a_part_that_cannot_start_is_told_before_ready(run: Run, folder: Path) -> None:
    process = run(scheduler="import sys; sys.exit(4)")
    out, said = process.communicate()
    assert process.returncode in (1, 2)
    assert "The scheduler ended by itself (status 4)" in said
    assert out == "" or out.startswith("ready")
    assert embedded.live(folder) is None


def test_a_killed_run_takes_its_parts_along_and_the_next_run_starts(run: Run) -> None:
    first = run()
    ready_port(first)
    children = children_of(first)
    first.kill()
    first.wait()
    while not all(gone(pid) for pid in children):
        time.sleep(0.05)
    second = run()
    ready_port(second)
    second.terminate()
    assert second.wait() == 0


def test_a_port_in_use_is_told_in_one_sentence(run: Run, folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = run(PORT=str(taken.getsockname()[1]))
        _out, said = process.communicate()
    assert process.returncode == 2
    assert "cannot be used" in said
    assert "choose another with PORT=" in said
    assert not folder.joinpath("servers").exists()


def test_two_runs_do_not_share_a_data_folder(run: Run) -> None:
    ready_port(run())
    second = run()
    _out, said = second.communicate()
    assert second.returncode == 2
    assert said.startswith("Plancycle is already running with the data folder")
