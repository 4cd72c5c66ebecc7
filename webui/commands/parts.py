"""What ``run`` keeps running: its own parts and the embedded servers, each started again when it
ends.

The rules that live here: the pauses before a start grow (1, 2, 4 ... seconds); some steady minutes
let them begin anew; what ends too often in a row is given up with a sentence that says what to do.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import click

from cycle.errors import BadInput
from cycle.server.embedded import Servers
from cycle.server.logfiles import last_words
from webui.commands.forks import PR_SET_PDEATHSIG, Forked, Work, fork

# Seconds.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY = 120.0
GRACE = 15.0
# So many ends in a row, each before the thing had run steadily, are too many.
MOST = 6


class GaveUp(Exception):
    """Something ends again and again; ``str()`` says what, why, and what to do."""


class Interrupts:
    """SIGINT and SIGTERM: each raises KeyboardInterrupt, at once or at the end of ``held``."""

    def __init__(self) -> None:
        self._asked = False
        self._held = False

    def hear(self, _number: int, _frame: FrameType | None) -> None:
        """The handler of both signals."""
        self._asked = True
        if not self._held:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait with the interrupt until something that is being started can be stopped."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            if self._asked:
                raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interrupts]:
    """SIGTERM ends the run just as Ctrl-C does; both are as before afterwards."""
    interrupts = Interrupts()
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, interrupts.hear) for name in names]
    try:
        yield interrupts
    finally:
        for name, was in zip(names, before, strict=True):
            signal.signal(name, was)


@dataclass
class Part:
    """One child process of the run: ``work`` in a copy of this process, else a command."""

    name: str
    command: list[str]
    inherits: tuple[int, ...] = ()
    work: Work | None = None
    running: subprocess.Popen[bytes] | Forked | None = field(default=None, repr=False)

    def start(self, environment: Mapping[str, str], log: Path, group: int) -> None:
        """Start it in a process group (0: a new one); its words go to the end of ``log``."""
        words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if self.work is not None:
                self.running = fork(self.work, self.name, environment, words, group, self.inherits)
                return
            self.running = subprocess.Popen(
                self.command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                pass_fds=self.inherits,
                process_group=group,
                preexec_fn=_die_with_parent(),  # no thread runs in this process
            )
        finally:
            os.close(words)

    @property
    def lives(self) -> bool:
        """Whether it runs."""
        return self.running is not None and self.running.poll() is None

    def ended(self) -> str | None:
        """How it ended; None while it runs."""
        if self.lives:
            return None
        status = (self.running.returncode if self.running else 0) or 0
        return f"signal {-status}" if status < 0 else f"status {status}"

    def stop(self) -> None:
        """Ask it to end, and end it when it does not in time."""
        if self.running is None:
            return
        self.running.terminate()
        try:
            self.running.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()


@dataclass
class Kept:
    """Something that is kept running: a part, or a server.

    ``title`` begins a sentence about it; ``ended`` says how it ended, or nothing while it runs.
    """

    title: str
    log: Path
    ended: Callable[[], str | None]
    start: Callable[[], None]
    falls: int = 0
    up_since: float = field(default_factory=time.monotonic)
    due_at: float | None = None

    def look(self) -> None:
        """See whether it runs, and start it again when its pause is over. Raises GaveUp."""
        if self.due_at is None:
            how = self.ended()
            if how is not None:
                self._fell(how)
        elif time.monotonic() >= self.due_at:
            self.due_at = None
            try:
                self.start()
            except (BadInput, OSError):
                pass  # the next look finds that it does not run
            self.up_since = time.monotonic()

    def _fell(self, how: str) -> None:
        now = time.monotonic()
        if now - self.up_since >= STEADY:
            self.falls = 0
        self.falls += 1
        if self.falls >= MOST:
            raise GaveUp(self._farewell(how))
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.falls - 1))
        self.due_at = now + pause
        click.echo(
            f"{self.title} ended by itself ({how}); it is started again in {pause:.0f} s. "
            f"Its words are in {self.log}.",
            err=True,
        )

    def _farewell(self, how: str) -> str:
        words = last_words(self.log)
        ending = f"Its last words: “{words}”." if words else "It said nothing."
        return (
            f"{self.title} ended {self.falls} times in a row (at last with {how}), so everything "
            f"was stopped. {ending} All of them are in {self.log}. Put right what they say and "
            "start plancycle run again."
        )


def kept_parts(
    parts: list[Part], start: Callable[[Part], None], log: Callable[[Part], Path]
) -> list[Kept]:
    """The parts as things to keep running."""

    def again(part: Part) -> Callable[[], None]:
        return lambda: start(part)

    return [Kept(f"The {part.name}", log(part), part.ended, again(part)) for part in parts]


def kept_servers(servers: Servers, interrupts: Interrupts) -> list[Kept]:
    """The embedded servers that this run started or adopted. A server of somebody else's is not
    among them: it is only waited for."""

    def ended(name: str) -> Callable[[], str | None]:
        return lambda: None if servers.runs(name) else "its process gone"

    def again(name: str) -> Callable[[], None]:
        def start() -> None:
            # Whoever interrupts a start could not know what has been started.
            with interrupts.held():
                servers.start_again(name)

        return start

    return [Kept(name, log, ended(name), again(name)) for name, log in servers.logs.items()]


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux, what makes the kernel stop a part when this process is killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
