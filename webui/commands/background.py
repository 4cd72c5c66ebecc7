"""The parts that work behind the pages, one process each."""

import os
import time
from functools import partial

import click

from cycle.db import Database
from cycle.errors import Away, BadInput
from cycle.server import migrate
from cycle.server.logfiles import say_when
from notifications import dispatch
from webui.commands.connection import connected, settings_for
from webui.commands.parts import interruptible
from workflows import sweep
from workflows.rehearsal import rehearsals

LOOKS_EVERY = 2.0  # seconds


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
    with interruptible(), connected(current=False) as settings:
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
            return db.read(migrate.lacking)
        except Away:
            time.sleep(LOOKS_EVERY)
