"""Frameworks in the terminal: listed, checked, shown, compared, drawn and published."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from config import framework_diff, framework_loader
from config.problems import Problems
from config.published import PUBLISHED, load_published, published_keys
from cycle.errors import NotFound
from cycle.schedule.published import Line, published, regenerate
from webui.commands.connection import database
from webui.commands.options import framework_folder, json_option, say_json
from webui.council import framework_pages
from workflows.council import framework_publishing


@click.group()
def framework() -> None:
    """Planning frameworks."""


@framework.command("list")
def framework_list() -> None:
    """The frameworks that come with the product."""
    for key in framework_loader.available():
        click.echo(f"{key}: {framework_loader.load(key).title}")


@framework.command("check")
@click.argument("path")
def framework_check(path: str) -> None:
    """Print every problem of a framework as file:key: sentence."""
    folder = framework_folder(path)
    try:
        found = framework_publishing.check(framework_loader.read_folder(folder))
        problems = framework_loader.with_origins(folder, found)
    except Problems as unreadable:
        problems = unreadable.problems
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.exceptions.Exit(1)
    click.echo("No problems found.")


@framework.command("show")
@click.argument("key")
@json_option
def framework_show(key: str, as_json: bool) -> None:
    """What a framework holds."""
    data = framework_loader.read_folder(framework_folder(key))
    if as_json:
        say_json(data)
        return
    shown = framework_loader.parse(data)
    click.echo(f"{shown.title} ({shown.key}, edition {shown.number})\n{shown.source}")
    for kind in shown.plan_types.values():
        route = " → ".join(
            f"{shown.bodies[step.body].title} {step.verb}s" for step in shown.route(kind.key)
        )
        click.echo(f"  {kind.prefix:5} {kind.title}{': ' + route if route else ''}")


@framework.command("published")
@click.argument("key", required=False)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=PUBLISHED,
    help="A folder of timetables with its patterns; else those that come with the product.",
)
@json_option
def framework_published(key: str | None, folder: Path, as_json: bool) -> None:
    """Timetables that councils have published: all of them, or one worked out again.

    What does not come out as published is said, with the reason, and the exit code is 1.
    """
    lines, wrong = _listed(folder) if key is None else _worked_out(key, folder)
    if as_json:
        say_json(lines)
    else:
        for line in lines:
            click.echo(": ".join(str(value) for value in line.values() if value is not None))
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        raise click.exceptions.Exit(1)


def _listed(folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Every timetable, and what is wrong with those that cannot be read; one does not hide the
    others."""
    lines: list[dict[str, Any]] = []
    wrong: list[str] = []
    for key in published_keys(folder):
        try:
            head = load_published(key, folder).head
        except Problems as problems:
            wrong += problems.problems
        else:
            lines.append({"key": head.key, "council": head.council, "title": head.title})
    return lines, wrong


def _worked_out(key: str, folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Each published row beside the day that comes out, and what does not agree and why."""
    found = regenerate(load_published(key, folder))
    return [_line(line) for line in found.lines], found.disagreements


def _line(line: Line) -> dict[str, Any]:
    return {
        "step": line.title,
        "published": published(line.row),
        "comes_out": line.on.isoformat() if line.on else None,
        "by_rhythm": "by rhythm" if line.by_rhythm else None,
        "decides": line.row.decides or None,
    }


@framework.command("publish")
@click.argument("path")
def framework_publish(path: str) -> None:
    """Publish a framework as its next edition; what runs keeps the edition that it started with."""
    data = framework_loader.read_folder(framework_folder(path))
    with database() as db:
        key, number = db.run(framework_publishing.publish_by_operator, data)
    click.echo(f"{key} is published as edition {number}.")


@framework.command("diff")
@click.argument("a")
@click.argument("b")
@json_option
def framework_diff_command(a: str, b: str, as_json: bool) -> None:
    """What differs from framework A to framework B (keys or folders), in sentences."""
    before, after = (
        framework_loader.parse(framework_loader.read_folder(framework_folder(each)))
        for each in (a, b)
    )
    found = framework_diff.differences(before, after)
    if as_json:
        changes = [asdict(each) for each in found]
        say_json({"from": before.key, "to": after.key, "changes": changes})
        return
    part = ""
    for each in found:
        if each.part != part:
            part = each.part
            click.echo(f"{part}")
        click.echo(f"  {each.key}: {each.sentence}")
    if not found:
        click.echo("Nothing differs.")


@framework.command("diagram")
@click.argument("key")
@click.argument("lifecycle")
def framework_diagram(key: str, lifecycle: str) -> None:
    """Print a lifecycle as an SVG picture."""
    shown = framework_loader.parse(framework_loader.read_folder(framework_folder(key)))
    if lifecycle not in shown.lifecycles:
        known = ", ".join(shown.lifecycles)
        raise NotFound(f"There is no lifecycle “{lifecycle}” in {key}. There is: {known}.")
    click.echo(framework_pages.picture_of(shown.lifecycles[lifecycle]).svg)
