"""A part of ``run`` goes on in a copy of its process: what it shares with it, and what it must not.

Each test has a program of its own that makes one copy, since a copy of the tests would be no test.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
import os, signal, socket, sys, time
from pathlib import Path
from webui.commands.parts import Part

lock = open(sys.argv[1] + "/lock", "w")
handed = socket.socket()
handed.bind(("127.0.0.1", 0))
kept = socket.socket()

def work():
    {work}

part = Part("worker", [], (handed.fileno(),), work)
log = Path(sys.argv[1]) / "worker.log"
part.start({{"SEEN": "only this", "HOME": "/"}}, log, 0)
print(part.running.pid, handed.fileno(), os.getpgid(0), flush=True)
{then}
"""


def run(folder: Path, work: str, then: str = "print(part.running.wait(20))") -> list[str]:
    """What a program said that made one copy of itself."""
    program = PROGRAM.format(work=work, then=then)
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


def test_a_copy_keeps_nothing_open_but_what_it_is_given(tmp_path: Path) -> None:
    """Neither the lock of the servers nor a connection: they would outlive their owner."""
    output = run(tmp_path, "print(*sorted(int(n) for n in os.listdir('/proc/self/fd')))")
    fds = [int(each) for each in (tmp_path / "worker.log").read_text().split()]
    # One more: the listing itself.
    assert len(set(fds) - {0, 1, 2, int(output[1])}) == 1
    assert int(output[1]) in fds
    assert output[-1] == "0"


def test_a_copy_has_the_surroundings_it_is_given_and_a_name_of_its_own(tmp_path: Path) -> None:
    run(
        tmp_path,
        "print(dict(os.environ), sys.stdin.read() == '', os.getpgid(0) == os.getpid(),"
        " open('/proc/self/comm').read())",
    )
    assert (tmp_path / "worker.log").read_text() == (
        "{'SEEN': 'only this', 'HOME': '/'} True True plan:worker\n\n"
    )


@pytest.mark.parametrize(
    ("work", "status", "words"),
    [
        ("sys.exit(3)", "3", ""),
        ("sys.exit()", "0", ""),
        ("sys.exit('No such thing.')", "1", ""),
        ("1 / 0", "1", "ZeroDivisionError"),
        ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(9)", "-15", ""),
    ],
)
def test_a_copy_ends_as_a_program_would(tmp_path: Path, work: str, status: str, words: str) -> None:
    assert run(tmp_path, work)[-1] == status
    assert words in (tmp_path / "worker.log").read_text()


def test_a_copy_is_asked_to_end_and_ended_when_it_does_not(tmp_path: Path) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    then = """
from webui.commands import parts
parts.GRACE = 0.5
while "up" not in log.read_text():
    time.sleep(0.05)
part.stop()
print(part.ended(), part.lives)
"""
    assert run(tmp_path, deaf, then)[-3:] == ["signal", "9", "False"]


def test_a_copy_dies_with_its_parent(tmp_path: Path) -> None:
    program = PROGRAM.format(work="time.sleep(60)", then="time.sleep(60)")
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    copy = int(parent.stdout.readline().split()[0])
    time.sleep(0.2)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    until = time.monotonic() + 10
    while Path(f"/proc/{copy}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{copy}").exists()
