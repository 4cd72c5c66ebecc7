"""The cycle from the command line: create, simulate, tick."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from cycle import clock
from cycle.errors import BadInput
from webui.commands.connection import connected, database
from webui.commands.options import framework_option, json_option, say_json, when
from workflows import sweep
from workflows.cycles import by_operator
from workflows.simulation import run as simulate

START = click.option("--start", type=click.IntRange(1950, 2199), required=True)


@click.group("cycle")
def cycle_group() -> None:
    """Planning cycles."""


@cycle_group.command("create")
@framework_option
@START
@click.option("--meetings", type=click.Path(path_type=Path, dir_okay=False), help="A meetings CSV.")
@click.option("--pattern", default="", help="How Year 1 runs, such as fast; else as usual.")
@json_option
def cycle_create(
    framework: str, start: int, meetings: Path | None, pattern: str, as_json: bool
) -> None:
    """Create a four-year cycle with its planning years."""
    with database() as db:
        made = db.run(by_operator.create_cycle, framework, start, meetings, pattern)
    if as_json:
        years = [{"ref": ref, "title": title} for ref, title in made.years]
        say_json({"ref": made.ref, "title": made.title, "start": start, "years": years})
        return
    click.echo(f"{made.title} is created.")
    for ref, title in made.years:
        click.echo(f"  {ref}: {title}")


@click.command("simulate")
@framework_option
@START
@click.option("--years", type=click.IntRange(1, 4), default=4, show_default=True)
@click.option("--units", type=click.IntRange(1, 300), default=40, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--until", help="Stop on this date, such as 2026-11-16.")
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep it as a data folder."
)
@json_option
def simulate_command(
    framework: str,
    start: int,
    years: int,
    units: int,
    seed: int,
    until: str | None,
    keep: Path | None,
    as_json: bool,
) -> None:
    """Run a whole cycle through the real verbs, with made-up people and a clock of its own."""
    with _bar(shown=not as_json) as advance:
        report = simulate.simulate(
            framework,
            start,
            years=years,
            units=units,
            seed=seed,
            until=when(until),
            keep=keep,
            progress=advance,
        )
    if as_json:
        say_json(report)
    else:
        for key, value in report.items():
            click.echo(f"{key.replace('_', ' '):20} {value}")
    if report["invariants"]["broken"]:
        raise click.exceptions.Exit(1)


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal; nothing where the output goes elsewhere."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Days", file=sys.stderr) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield advance


@click.command()
@click.option("--now", "moment", help="Sweep as if it were this moment (ISO 8601).")
def tick(moment: str | None) -> None:
    """One sweep: what happens by date, reminders, the daily mail, search. Safe to run twice."""
    with connected() as settings, database() as db:
        with clock.set_to(_moment(moment)):
            done = sweep.sweep(db, settings)
    click.echo(str(done))


def _moment(words: str | None) -> datetime:
    if words is None:
        return clock.now()
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        raise BadInput(f"“{words}” is not a moment. Write it like 2027-11-10T09:00.") from None
    return at if at.tzinfo else at.replace(tzinfo=clock.LONDON).astimezone(UTC)
