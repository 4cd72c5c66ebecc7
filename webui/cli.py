"""The command ``plancycle``: exit 0 done, 1 the answer is no, 2 used wrongly or bad input.

Whatever goes wrong is one plain sentence on stderr and nothing has changed; there is never a
traceback for something that a person can mend. A command's module, with all that it needs, is
imported when the command is typed.
"""

import importlib
import sys

import click

BAD_INPUT = 2
# What is typed: the module, its command there, and what ``--help`` says of it.
COMMANDS = {
    "backup": ("storage", "backup", "Write the whole record to FILE."),
    "bench": (
        "bench",
        "bench_command",
        "Measure acts against the very statements they send, replayed by pgbench; and pages.",
    ),
    "checkpoint": (
        "proof",
        "checkpoint",
        "Seal the heads of all records now and print the checkpoint's text.",
    ),
    "council": (
        "structure",
        "council",
        "The council's units, posts, people, bodies and meetings.",
    ),
    "cycle": ("planning", "cycle_group", "Planning cycles."),
    "dates": (
        "dates",
        "dates_command",
        "The deadlines of a meeting: which days were counted, which were skipped and why.",
    ),
    "db": ("storage", "db", "The database in use."),
    "demo-users": ("structure", "demo_users_command", "Who can sign in to the demo council."),
    "framework": ("frameworks", "framework", "Planning frameworks."),
    "invite": (
        "structure",
        "invite",
        "Print a one-time link with which a person sets a password.",
    ),
    "meetings": (
        "meetings",
        "meetings_group",
        "Calendars of meetings: what the import of a file would make of it.",
    ),
    "migrate": ("serving", "migrate", "Bring the database up to date."),
    "rehearsals": (
        "background",
        "play_rehearsals",
        "The player of rehearsals alone: one after the other, behind everything else.",
    ),
    "release": ("storage", "release", "Let a restored system send again."),
    "restore": (
        "storage",
        "restore",
        "Put a backup into an empty database; nothing is sent until plancycle release.",
    ),
    "run": (
        "running",
        "run",
        "Start everything on this machine, with the demo council where the database is empty.",
    ),
    "scheduler": (
        "background",
        "scheduler",
        "The scheduler alone: it rings every minute, and does the work itself when nobody hears.",
    ),
    "simulate": (
        "planning",
        "simulate_command",
        "Run a whole cycle through the real verbs, with made-up people and a clock of its own.",
    ),
    "tick": (
        "planning",
        "tick",
        "One sweep: what happens by date, reminders, the daily mail, search.",
    ),
    "timetable": (
        "timetables",
        "timetable",
        "The dates of four planning years, each with its reasons and its days in hand.",
    ),
    "verify": (
        "proof",
        "verify",
        "Run every check of the record; exit 1 names the first that fails, and where.",
    ),
    "web": ("serving", "web", "The web server alone, for production."),
    "worker": ("background", "worker", "The worker alone: it answers the doorbell."),
}


class Commands(click.Group):
    """The commands of ``COMMANDS``, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _help = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(f"webui.commands.{module}"), name)
        assert isinstance(found, click.Command)  # noqa: S101
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of ``--help``, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in self.list_commands(ctx)])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def plancycle() -> None:
    """Plancycle runs a council's four-year planning cycle and keeps its record."""


def main() -> None:
    """Run the command line; turn every refusal into its sentence and exit code 2."""
    try:
        sys.exit(plancycle.main(standalone_mode=False))
    except click.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as alone:
        alone.show()
        sys.exit(BAD_INPUT)
    except Exception as failure:
        sentence = importlib.import_module("webui.commands.wording").of(failure)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(BAD_INPUT)
