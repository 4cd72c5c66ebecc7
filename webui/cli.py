"""The command ``plancycle``: exit 0 done, 1 the answer is no, 2 used wrongly or bad input.

Whatever goes wrong is one plain sentence on stderr and nothing has changed; there is never a
traceback for something that a person can mend.
"""

import sys

import click

from webui.commands import (
    bench,
    dates,
    planning,
    proof,
    serving,
    storage,
    structure,
    timetables,
    wording,
)

BAD_INPUT = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def plancycle() -> None:
    """Plancycle runs a council's four-year planning cycle and keeps its record."""


for module in (serving, structure, planning, dates, timetables, proof, storage, bench):
    for command in module.COMMANDS:
        plancycle.add_command(command)


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
        sentence = wording.of(failure)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(BAD_INPUT)
