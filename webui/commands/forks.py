"""A part of the run that goes on in a copy of this process, so that what was loaded is shared.

The rules that live here: a copy keeps no file, socket or lock of its parent but those it is given;
it never returns into the parent's work; it dies with its parent. Nothing may run in a thread when
it is made.
"""

import ctypes
import gc
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
GLANCE = 0.05  # seconds
Work = Callable[[], object]


class Forked:
    """A child process, in the manner of ``subprocess.Popen``."""

    def __init__(self, pid: int):
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended (below nought: by that signal); None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, seconds: float | None = None) -> int:
        """How it ended. Raises TimeoutExpired when it still runs after so long."""
        until = None if seconds is None else time.monotonic() + seconds
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), seconds or 0)
            time.sleep(GLANCE)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def fork(
    work: Work,
    name: str,
    environment: Mapping[str, str],
    words: int,
    group: int,
    inherits: Collection[int] = (),
) -> Forked:
    """Go on with ``work`` in a child of the process group ``group`` (0: a new one).

    ``words`` is the open file to which it speaks, ``inherits`` what else it keeps open. It ends
    with 0 after ``work``, as ``sys.exit`` says, or with 1 and the traceback.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    # What stands so far is shared for as long as nobody writes to it, the collector included.
    gc.collect()
    gc.freeze()
    pid = os.fork()
    if pid:
        return Forked(pid)
    code = 1
    try:
        _settle(name, environment, words, group, inherits)
        work()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _settle(
    name: str, environment: Mapping[str, str], words: int, group: int, inherits: Collection[int]
) -> None:
    try:
        os.setpgid(0, group)
    except (PermissionError, ProcessLookupError):
        os.setpgid(0, 0)  # the group ended in this very moment
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        libc.prctl(PR_SET_NAME, f"plan:{name}"[:15].encode())
    for heard in (signal.SIGINT, signal.SIGTERM):
        signal.signal(heard, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(words, 1)
    os.dup2(words, 2)
    for number in map(int, os.listdir("/dev/fd")):
        if number > 2 and number not in inherits:
            with suppress(OSError):  # one of them was the listing's own
                os.close(number)
    for kept in inherits:
        os.set_inheritable(kept, True)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environment)
