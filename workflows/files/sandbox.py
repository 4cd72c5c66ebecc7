"""Files that people hand in are parsed in a process of their own, with limits (fault C8).

The rules that live here: the bytes of an upload are understood by a child process that has no
settings, no secrets and no connection of ours, little memory, little time and no right to write; it
answers in JSON, at most so long. Whatever becomes of it, the person gets one sentence. A reader is
named as ``module:function``: it is given the file's bytes and a few words, gives what JSON can say,
and refuses with BadInput.
"""

import importlib
import json
import logging
import os
import resource
import select
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from cycle.errors import BadInput

SECONDS = 20.0  # by the clock on the wall; of the processor's time a child has half
MEMORY = 768 * 1024 * 1024  # bytes of addresses, the interpreter's own included
MOST_ANSWER = 20_000_000  # bytes of JSON
TOO_LONG = (
    "This file takes too long to read. Take out what is not needed, such as entries that repeat, "
    "and upload it again."
)
TOO_MUCH = (
    "This file cannot be read within the memory that a file may take. Split it, and hand in one "
    "part at a time."
)
BROKEN = "This file cannot be read. Save it again in its program, and upload the new file."
_ROOT = Path(__file__).resolve().parents[2]
_OUT_OF_MEMORY = 3  # or the answer is too long
_TIME_IS_UP = (-signal.SIGKILL, -signal.SIGXCPU)
_NO_MEMORY = (_OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGSEGV)
_PART = 65_536  # bytes that are read at a time
_COMPLAINT = 2_000  # bytes of the end of what a child complains of
_logger = logging.getLogger(__name__)


def parse(reader: str, contents: bytes, *words: str) -> Any:
    """What the reader makes of a file, read in a process of its own.

    Raises BadInput with the reader's sentence, or with one of ours when a limit was met.
    """
    try:
        code, answered, complaint = _ask(
            [sys.executable, "-m", "workflows.files.sandbox", reader, *words], contents
        )
    except subprocess.TimeoutExpired:
        raise BadInput(TOO_LONG) from None
    if len(answered) > MOST_ANSWER:
        raise BadInput(TOO_MUCH)
    if code in _TIME_IS_UP:
        raise BadInput(TOO_LONG)
    if code in _NO_MEMORY:
        raise BadInput(TOO_MUCH)
    if code:
        _logger.warning("a file was not read: %s", complaint.decode(errors="replace"))
        raise BadInput(BROKEN)
    answer = json.loads(answered)
    if "refused" in answer:
        raise BadInput(str(answer["refused"]))
    return answer["read"]


def _ask(command: list[str], contents: bytes) -> tuple[int, bytes, bytes]:
    """How the child ended, its answer, of which no more is read than an answer may have and one
    byte, and the end of what it complained of. Raises TimeoutExpired; the child is ended then."""
    ends = time.monotonic() + SECONDS
    with subprocess.Popen(
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={"PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8"},
    ) as child:
        try:
            answered, complaint = _talk(child, contents, ends)
            if len(answered) > MOST_ANSWER:
                child.kill()
            return child.wait(max(ends - time.monotonic(), 0.1)), answered, complaint
        finally:
            child.kill()


def _talk(child: subprocess.Popen[bytes], contents: bytes, ends: float) -> tuple[bytes, bytes]:
    """Give the child the file and take what it says, until it is silent or has said too much."""
    assert child.stdin and child.stdout and child.stderr  # noqa: S101, PT018
    unsent, answered, complaint = memoryview(contents), bytearray(), bytearray()
    with selectors.DefaultSelector() as open_pipes:
        open_pipes.register(child.stdin, selectors.EVENT_WRITE)
        open_pipes.register(child.stdout, selectors.EVENT_READ)
        open_pipes.register(child.stderr, selectors.EVENT_READ)
        while open_pipes.get_map() and len(answered) <= MOST_ANSWER:
            if (left := ends - time.monotonic()) <= 0:
                raise subprocess.TimeoutExpired(child.args, SECONDS)
            for key, _ in open_pipes.select(left):
                if key.fileobj is child.stdin:
                    unsent = _sent(key.fd, unsent)
                    if not unsent:
                        open_pipes.unregister(child.stdin)
                        child.stdin.close()
                    continue
                pipe = answered if key.fileobj is child.stdout else complaint
                part = os.read(key.fd, min(_PART, MOST_ANSWER + 1 - len(answered)))
                if not part:
                    open_pipes.unregister(key.fileobj)
                pipe += part
                del complaint[:-_COMPLAINT]
    return bytes(answered), bytes(complaint)


def _sent(pipe: int, unsent: memoryview) -> memoryview:
    """Send as much as a pipe that is ready takes without waiting; gives what is still to be sent,
    nothing to a child that listens no longer."""
    try:
        return unsent[os.write(pipe, unsent[: select.PIPE_BUF]) :]
    except BrokenPipeError:
        return unsent[:0]


def _limit() -> None:
    """Bind this process for good; a system that lacks a limit goes without it."""
    seconds = int(SECONDS / 2)
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    os.nice(5)


def main(reader: str, *words: str) -> None:
    """The child: read the file on stdin and answer on stdout."""
    module, _, function = reader.partition(":")
    read = getattr(importlib.import_module(module), function)
    _limit()
    try:
        answer = json.dumps({"read": read(sys.stdin.buffer.read(), *words)})
    except BadInput as refusal:
        answer = json.dumps({"refused": str(refusal)})
    except (MemoryError, RecursionError):
        sys.exit(_OUT_OF_MEMORY)
    if len(answer) > MOST_ANSWER:  # in letters of one byte each, as JSON writes them here
        sys.exit(_OUT_OF_MEMORY)
    sys.stdout.write(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
