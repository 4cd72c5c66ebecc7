"""The council and its framework: load, invite, list, check, show, publish, draw."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import framework_diff, framework_loader
from config.council_loading import load_council
from config.problems import Problems
from config.published import load_published, published_keys
from cycle import people
from cycle.errors import BadInput, NotFound
from cycle.models import Council, FrameworkVersion
from cycle.schedule.published import Line, published, regenerate
from webui.commands.connection import connected, database, json_option, say_json
from webui.commands.demo import DEMO, demo_users
from webui.council import framework_pages
from workflows.council import framework_publishing as frameworks, loading as council_load
from workflows.people import accounts as people_verbs


@click.command("demo-users")
@json_option
def demo_users_command(as_json: bool) -> None:
    """Who can sign in to the demo council."""
    users = demo_users(DEMO)
    if as_json:
        say_json(users)
        return
    for user in users:
        click.echo(
            f"{user['sign_in']:48} {user['password']:24} {user['name']}: {', '.join(user['posts'])}"
        )


@click.command()
@click.argument("email")
def invite(email: str) -> None:
    """Print a one-time link with which a person sets a password."""
    with connected() as settings, database() as db:
        token = db.run(people_verbs.print_link, email)
        click.echo(f"{settings.base_url}/set-password/{token}")


@click.group()
def council() -> None:
    """The council's units, posts, people, bodies and meetings."""


@council.command("load")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Only say what would change.")
@click.option("--framework", default=framework_loader.USUAL, show_default=True)
def council_load_command(path: Path, check: bool, framework: str) -> None:
    """Load a council from a TOML file, or from a folder of TOML or CSV files."""
    loaded = load_council(path)
    data = framework_loader.read_folder(framework_folder(framework))
    with database() as db:
        report = db.run(council_load.load, None, loaded, data, check_only=check)
    for line in report.lines():
        click.echo(line)


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
        problems = frameworks.check(framework_loader.read_folder(folder))
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
@json_option
def framework_published(key: str | None, as_json: bool) -> None:
    """Timetables that councils have published: all of them, or one worked out again."""
    if key is None:
        heads = [load_published(each).head for each in published_keys()]
        lines = [{"key": h.key, "council": h.council, "title": h.title} for h in heads]
    else:
        told = load_published(key)
        found = regenerate(told)
        lines = [_line(line) for line in found.lines]
    if as_json:
        say_json(lines)
    else:
        for line in lines:
            click.echo(": ".join(str(said) for said in line.values()))
    if key is not None and found.disagreements:
        raise click.exceptions.Exit(1)


def _line(line: Line) -> dict[str, Any]:
    return {
        "step": line.title,
        "published": published(line.row),
        "comes_out": line.on.isoformat() if line.on else None,
    }


@framework.command("publish")
@click.argument("path")
def framework_publish(path: str) -> None:
    """Publish a framework as its next edition; what runs keeps the edition that it started with."""
    data = framework_loader.read_folder(framework_folder(path))
    with database() as db:
        key, number = db.run(_publish, data)
    click.echo(f"{key} is published as edition {number}.")


def _publish(session: Session, data: dict[str, object]) -> tuple[str, int]:
    found = session.scalars(select(Council)).first()
    if found is None:
        raise BadInput("Load a council first: plancycle council load FILE.")
    actor = people.system(session)
    version: FrameworkVersion = frameworks.publish(session, actor, people.SYSTEM, found, data)
    return version.key, version.number


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


def framework_folder(key_or_path: str) -> Path:
    """The folder of a framework that comes with the product, or one that is named. Raises BadInput
    when there is none."""
    own = framework_loader.FRAMEWORKS / key_or_path
    folder = own if own.is_dir() else Path(key_or_path)
    if not folder.is_dir():
        known = ", ".join(framework_loader.available())
        raise BadInput(
            f"There is no framework “{key_or_path}”. There is: {known}; or name a folder."
        )
    return folder


def when(words: str | None) -> date | None:
    """A date as ISO 8601. Raises BadInput."""
    if words is None:
        return None
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise BadInput(f"“{words}” is not a date. Write it like 2027-11-10.") from None


COMMANDS = [demo_users_command, invite, council, framework]
