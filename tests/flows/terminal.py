"""The command line as the tests use it: each command in a process of its own.

Starting Python with the whole product takes a second and a half. So one process imports it and
forks for each command; what runs is the same ``main``, with its own environment, arguments, output
and exit code.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORKS = """
import json, os, sys
from webui.cli import COMMANDS, main, plancycle

for name in COMMANDS:
    plancycle.get_command(None, name)

def child(asked, out, err):
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    os.dup2(os.open(err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["folder"])
    sys.argv = ["plancycle", *asked["words"]]
    main()

for line in sys.stdin:
    asked = json.loads(line)
    out, err = asked["out"], asked["err"]
    pid = os.fork()
    if pid == 0:
        child(asked, out, err)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(code, flush=True)
"""


@dataclass(frozen=True)
class Output:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


class Terminal:
    """Somewhere to type commands: ``terminal("verify", "--json")``."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._forks = subprocess.Popen(
            [sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, *words: str, environ: Mapping[str, str]) -> Output:
        """Run ``plancycle`` with these words and nothing in its environment but ``environ``."""
        out, err = self.folder / "out.txt", self.folder / "err.txt"
        asked = {
            "words": words,
            "environ": dict(environ),
            "folder": str(self.folder),
            "out": str(out),
            "err": str(err),
        }
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write(json.dumps(asked) + "\n")
        self._forks.stdin.flush()
        code = int(self._forks.stdout.readline())
        return Output(code, out.read_text("utf-8"), err.read_text("utf-8"))

    def close(self) -> None:
        """End the process."""
        self._forks.communicate()


Type = Callable[..., Output]


def one_sentence(output: Output) -> str:
    """Bad input: exit code 2, nothing on stdout, one line on stderr in plain words."""
    assert (output.code, output.out) == (2, ""), output
    (line,) = output.err.splitlines()
    assert line.endswith(".")
    for word in ("Traceback", "Error", "Exception", "invalid", "error", "Usage:"):
        assert word not in line
    return line
