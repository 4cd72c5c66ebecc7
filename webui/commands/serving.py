"""Starting the product: all of it on one machine, or part by part in production."""

import os
from pathlib import Path

import click

from config.council import COUNCILS
from cycle.errors import BadInput
from cycle.server import migrate as migrations
from webui.commands import supervise
from webui.commands.connection import connected, settings_for
from webui.commands.demo import DEMO, prepare
from webui.commands.options import data_dir_option


@click.command()
@click.option("--host", help="Where to listen; 127.0.0.1 unless named.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 8000 unless named.")
@data_dir_option
@click.option("--demo", "demo", default=DEMO, show_default=True, help="The demo council's key.")
@click.option("--no-demo", is_flag=True, help="Start empty.")
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True)
def run(
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    demo: str,
    no_demo: bool,
    workers: int,
) -> None:
    """Start everything on this machine, with the demo council where the database is empty."""
    if host:
        os.environ["HOST"] = host
    if port is not None:
        os.environ["PORT"] = str(port)
    if not no_demo and not (COUNCILS / demo).is_dir():
        known = ", ".join(sorted(each.name for each in COUNCILS.iterdir() if each.is_dir()))
        raise BadInput(f"There is no demo council “{demo}”. There is: {known}.")
    settings = settings_for(data_dir)
    status = supervise.supervise(
        settings, demo=None if no_demo else demo, workers=workers, prepare=prepare
    )
    raise click.exceptions.Exit(status)


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
        migrations.upgrade(str(settings.migration_url))
    click.echo("The database is up to date.")
