"""The command ``plancycle``: exit 0 done, 1 the answer is no, 2 used wrongly or bad input.

Whatever goes wrong is one plain sentence on stderr and nothing has changed; there is never a
traceback for something that a person can mend.
"""

import sys

import click
from sqlalchemy.exc import OperationalError

from config.problems import Problems
from config.settings import BadSettings
from cycle.errors import Refused
from webui.commands import planning, proof, serving, storage, structure

BAD_INPUT = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def plancycle() -> None:
    """Plancycle runs a council's four-year planning cycle and keeps its record."""


for module in (serving, structure, planning, proof, storage):
    for command in module.COMMANDS:
        plancycle.add_command(command)


def main() -> None:
    """Run the command line; turn every refusal into its sentence and exit code 2."""
    try:
        plancycle.main(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as used_wrongly:
        used_wrongly.show()
        sys.exit(BAD_INPUT)
    except (Refused, BadSettings, Problems) as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(BAD_INPUT)
    except OperationalError:
        click.echo(
            "The database does not answer. Check DATABASE_URL, or start it with plancycle run.",
            err=True,
        )
        sys.exit(BAD_INPUT)
    except FileNotFoundError as missing:
        click.echo(f"There is no file {missing.filename}.", err=True)
        sys.exit(BAD_INPUT)
