"""The record checked and sealed from the command line."""

from pathlib import Path

import click

from webui.commands.connection import connected, database
from webui.commands.options import data_dir_option, json_option, say_json
from workflows.record import checkpoints
from workflows.record.verify.verify import check


@click.command()
@data_dir_option
@click.option("--against", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@json_option
def verify(data_dir: Path | None, against: Path | None, as_json: bool) -> None:
    """Run every check of the record; exit 1 names the first that fails, and where."""
    with database(data_dir, make=False) as db:
        report = db.read(check)
        found = (
            db.read(checkpoints.against, against.read_text("utf-8", "replace")) if against else []
        )
    if as_json:
        document = report.as_json()
        if against:
            document["against"] = found
            document["ok"] = document["ok"] and not found
        say_json(document)
    else:
        for line in [*report.lines(), *found]:
            click.echo(line)
    if not report.ok or found:
        raise click.exceptions.Exit(1)


@click.command()
def checkpoint() -> None:
    """Seal the heads of all records now and print the checkpoint's text."""
    with connected() as settings, database() as db:
        made = db.run(checkpoints.make)
        checkpoints.write_outside(made, settings.data_dir / "checkpoints")
    click.echo(made.text)
