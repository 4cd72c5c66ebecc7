"""The web server alone, for production; and bringing the database up to date."""

import os

import click

from cycle.errors import BadInput
from cycle.server.migrate import upgrade
from webui.commands import supervise
from webui.commands.connection import connected, settings_for


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
def web(workers: int) -> None:
    """The web server alone, for production."""
    settings = settings_for()
    if settings.database_url is None:
        raise BadInput("DATABASE_URL is not set. Set it, or start with plancycle run.")
    command = supervise.web_command(f"{settings.host}:{settings.port}", workers)
    os.execv(command[0], command)  # noqa: S606  the same program, in this process's place


@click.command()
def migrate() -> None:
    """Bring the database up to date."""
    with connected(current=False) as settings:
        upgrade(str(settings.migration_url))
    click.echo("The database is up to date.")
