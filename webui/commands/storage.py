"""The database as a thing to keep: its address, backup, restore, release."""

from pathlib import Path

import click

from cycle.server import backup as keeping, migrate
from webui.commands.connection import connected, embedded_database, settings_for
from webui.commands.options import data_dir_option


@click.group()
def db() -> None:
    """The database in use."""


@db.command()
@data_dir_option
def url(data_dir: Path | None) -> None:
    """Print the owner's URL, for psql and pg_dump; starts the embedded server if need be."""
    settings = settings_for(data_dir)
    if settings.migration_url:
        click.echo(keeping.libpq(settings.migration_url))
        return
    servers = embedded_database(settings.data_dir)
    migrate.upgrade(servers.owner_url)
    click.echo(servers.owner_url)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_dir_option
def backup(file: Path, data_dir: Path | None) -> None:
    """Write the whole record to FILE."""
    with connected(data_dir, make=False) as settings:
        size = keeping.backup(str(settings.migration_url), file)
    click.echo(f"{file} holds the whole record ({size:,} bytes).")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@data_dir_option
def restore(file: Path, data_dir: Path | None) -> None:
    """Put a backup into an empty database; nothing is sent until plancycle release."""
    with connected(data_dir, current=False) as settings:
        keeping.restore(str(settings.migration_url), file)
    click.echo("Restored. Nothing is sent until you run plancycle release.")


@click.command()
@data_dir_option
def release(data_dir: Path | None) -> None:
    """Let a restored system send again."""
    with connected(data_dir, make=False) as settings:
        held = keeping.release(str(settings.migration_url))
    click.echo("Messages leave again." if held else "Nothing was held.")
