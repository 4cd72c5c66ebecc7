"""What the terminal lists, and that a command loads no more than it uses."""

import subprocess
import sys

import click
import pytest

from webui import cli


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_the_list_says_of_each_command_what_it_says_of_itself(name: str) -> None:
    command = cli.plancycle.get_command(click.Context(cli.plancycle), name)
    assert command is not None
    assert command.name == name
    assert cli.COMMANDS[name][2] == command.get_short_help_str(1000)


def test_what_counts_days_needs_neither_database_nor_web() -> None:
    """The list of commands, and the days of a meeting, load only what they use."""
    look = "import sys; from webui.cli import COMMANDS, plancycle; {}; print(*sys.modules)"
    for more in ("0", "plancycle.get_command(None, 'dates')"):
        run = [sys.executable, "-c", look.format(more)]
        loaded = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
        assert {"sqlalchemy", "flask", "redis", "workflows"}.isdisjoint(loaded), more
