"""``plancycle run``: all of the product on one machine.

What its parts need is loaded here, once, before they are made as copies of this process.
"""

import os
from pathlib import Path

import click

from config.council import COUNCILS
from cycle.errors import BadInput
from webui import application as _application  # noqa: F401  shared by the web server's copies
from webui.commands import (
    background as _background,  # noqa: F401  shared by the copies that work behind the pages
    supervise,
)
from webui.commands.connection import settings_for
from webui.commands.demo import DEMO, prepare
from webui.commands.options import data_dir_option
from webui.http import server as _server  # noqa: F401  the web server's own worker


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
