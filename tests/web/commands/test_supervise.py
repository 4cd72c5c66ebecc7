"""``plancycle run`` starts everything, says when it is ready, keeps it running (fault X5), and
leaves nothing behind.

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
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from cycle.server import embedded
from cycle.server.folders import find_place

PROGRAM = """
import sys
from config.settings import Settings
from cycle.errors import BadInput
from webui.commands import parts as keeping
from webui.commands import supervise

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
keeping.FIRST_PAUSE = 0.05
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


# It runs well until it is told to go, and then ends as often as it is started.
TRIPS = """
import os, sys, time
while not os.path.exists(os.environ["DATA_DIR"] + "/go"):
    time.sleep(0.02)
print("I trip over a wire.", flush=True)
sys.exit(3)
"""
# It says a little over 5 MB, in as many words as a day of trouble, and then rests.
TALKS = """
import os, time
for number in range(100):
    os.write(1, b"Something is wrong again. " * 2048)
    time.sleep(0.01)
open(os.environ["DATA_DIR"] + "/said", "w").close()
time.sleep(600)
"""


def test_a_part_that_dies_is_started_again_and_the_others_go_on(run: Run) -> None:
    process = run()
    port = ready_port(process)
    before = children_of(process)
    os.kill(before[1], signal.SIGKILL)
    while len(after := children_of(process)) < 3 or before[1] in after:
        time.sleep(0.02)
    assert {before[0], before[2]} < set(after)
    while len({os.getpgid(pid) for pid in after}) > 1:  # until the new one has joined the others
        time.sleep(0.02)
    assert "plancycle_app" in asked(port)
    process.terminate()
    _out, errors = process.communicate()
    assert process.returncode == 0
    assert errors.startswith("The scheduler ended by itself (signal 9); it is started again in ")
    assert all(gone(pid) for pid in after)


def test_a_part_that_dies_again_and_again_ends_the_run_with_what_to_do(
    run: Run, folder: Path
) -> None:
    process = run(scheduler=TRIPS)
    ready_port(process)
    children = children_of(process)
    (folder / "go").touch()
    _out, errors = process.communicate()
    assert process.returncode == 1
    *tries, farewell = errors.splitlines()
    assert len(tries) == 5
    assert farewell == (
        "The scheduler ended 6 times in a row (at last with status 3), so everything was stopped. "
        "Its last words: “I trip over a wire. / I trip over a wire. / I trip over a wire.”. "
        f"All of them are in {folder / 'logs' / 'scheduler.log'}. "
        "Put right what they say and start plancycle run again."
    )
    assert all(gone(pid) for pid in children)
    assert embedded.live(folder) is None


def test_a_part_that_cannot_start_is_told_before_ready(run: Run, folder: Path) -> None:
    process = run(scheduler="import sys; sys.exit('There is no scheduler today.')")
    out, errors = process.communicate()
    assert process.returncode in (1, 2)
    assert "The scheduler ended" in errors
    assert "There is no scheduler today." in errors
    assert out == "" or out.startswith("ready")
    assert embedded.live(folder) is None


def postgres_of(folder: Path) -> list[int]:
    """Every process of PostgreSQL that works in this data folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.readlink(process / "cwd") == str(find_place(folder).pgdata):
                found.append(int(process.name))
    return found


def postmaster_of(folder: Path) -> int:
    return int((find_place(folder).pgdata / "postmaster.pid").read_text().split()[0])


def works_for_ever(url: str) -> None:
    """A statement that never looks whether its server still lives."""
    with suppress(psycopg.Error), psycopg.connect(url) as line:
        line.execute("DO $$ BEGIN LOOP END LOOP; END $$")


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5) as line:
            return line.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_killed_servers_come_back_and_nothing_else_is_started_again(run: Run, folder: Path) -> None:
    """PostgreSQL although a process of it lives on and its pid file is there; Valkey with it."""
    process = run()
    port = ready_port(process)
    before, servers = children_of(process), embedded.live(folder)
    assert servers is not None
    busy = threading.Thread(target=works_for_ever, args=[servers.owner_url], daemon=True)
    busy.start()
    asks = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO $$%'"
    with psycopg.connect(servers.owner_url, autocommit=True) as line:
        while line.execute(asks).fetchone() != (1,):
            time.sleep(0.02)
    with redis.Redis.from_url(servers.redis_url) as bell:
        valkey = int(bell.info("server")["process_id"])
    os.kill(postmaster_of(folder), signal.SIGKILL)
    os.kill(valkey, signal.SIGKILL)
    while embedded.live(folder) is None or not answers(servers.app_url):
        assert process.poll() is None
        time.sleep(0.05)
    busy.join(30)
    assert not busy.is_alive()
    assert children_of(process) == before
    assert "plancycle_app" in asked(port)
    process.terminate()
    _out, errors = process.communicate()
    assert process.returncode == 0
    assert {line.split(" ended")[0] for line in errors.splitlines()} == {"PostgreSQL", "Valkey"}
    assert postgres_of(folder) == []


@pytest.mark.parametrize("after", [0.1, 0.6])
def test_ctrl_c_while_a_server_is_started_again_leaves_no_process(
    run: Run, folder: Path, after: float
) -> None:
    process = run()
    ready_port(process)
    children = children_of(process)
    os.kill(postmaster_of(folder), signal.SIGKILL)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 0
    assert all(gone(pid) for pid in children)
    assert [pid for pid in postgres_of(folder) if not gone(pid)] == []
    assert embedded.live(folder) is None


def test_a_talkative_part_cannot_fill_the_disk(run: Run, folder: Path) -> None:
    mega, name = 1024 * 1024, "scheduler.log"
    process = run(scheduler=TALKS, LOG_MEGABYTES="1", LOGS_KEPT="2")
    ready_port(process)
    logs = folder / "logs"
    while not (folder / "said").exists() or (logs / name).stat().st_size > mega:
        assert process.poll() is None
        time.sleep(0.05)
    written = sorted(logs.glob(f"{name}*"))
    assert [each.name for each in written] == [name, f"{name}.1", f"{name}.2"]
    assert all(each.stat().st_size <= mega for each in written)


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
        _out, errors = process.communicate()
    assert process.returncode == 2
    assert "cannot be used" in errors
    assert "choose another with PORT=" in errors
    assert not folder.joinpath("servers").exists()


def test_two_runs_do_not_share_a_data_folder(run: Run) -> None:
    ready_port(run())
    second = run()
    _out, errors = second.communicate()
    assert second.returncode == 2
    assert errors.startswith("Plancycle is already running with the data folder")
