"""Starting the product: all of it on one machine, or part by part in production."""

import os
import time
from functools import partial
from pathlib import Path

import click

from config.council import COUNCILS
from cycle.db import Database
from cycle.errors import Away, BadInput
from cycle.server import migrate as migrations
from cycle.server.logfiles import say_when
from notifications import dispatch
from webui.commands import supervise
from webui.commands.connection import connected, data_dir_option, settings_for
from webui.commands.demo import DEMO, prepare
from workflows import sweep
from workflows.rehearsal import jobs as rehearsals

LOOKS_EVERY = 2.0  # seconds


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
def worker() -> None:
    """The worker alone: it answers the doorbell."""
    say_when()
    settings = settings_for()
    if settings.redis_url is None:
        raise BadInput("REDIS_URL is not set. Set it, or let plancycle tick do the work.")
    dispatch.work(settings.redis_url)


@click.command()
def scheduler() -> None:
    """The scheduler alone: it rings every minute, and does the work itself when nobody hears."""
    say_when()
    dispatch.schedule(settings_for().redis_url, sweep.tick)


@click.command("rehearsals")
def play_rehearsals() -> None:
    """The player of rehearsals alone: one after the other, behind everything else."""
    say_when()
    # What people wait for comes first; the scratch servers of a rehearsal inherit this.
    os.nice(10)
    with supervise.interruptible(), connected(current=False) as settings:
        db = Database(str(settings.database_url))
        try:
            if _lacks(db):
                raise BadInput("The database is not up to date. Run plancycle migrate.")
            rehearsals.keep_playing(partial(rehearsals.play_next, db), LOOKS_EVERY)
        except KeyboardInterrupt:
            return
        finally:
            db.dispose()


def _lacks(db: Database) -> list[str]:
    """The revisions that the database has not had; one that is away is waited for."""
    while True:
        try:
            return db.read(lambda session: migrations.lacking(session.connection()))
        except Away:
            time.sleep(LOOKS_EVERY)


@click.command()
def migrate() -> None:
    """Bring the database up to date."""
    with connected(current=False) as settings:
        migrations.upgrade(str(settings.migration_url))
    click.echo("The database is up to date.")


COMMANDS = [run, web, worker, scheduler, play_rehearsals, migrate]
