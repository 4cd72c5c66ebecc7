"""The council and its framework: load, invite, list, check, show, publish, draw."""

from pathlib import Path

import click

from config import framework_loader
from config.council_loading import load_council
from webui.commands.connection import address, connected, database, has_database
from webui.commands.demo import DEMO, demo_users, look_for_demo
from webui.commands.options import framework_folder, json_option, say_json
from workflows.council import loading
from workflows.people import accounts


@click.command("demo-users")
@json_option
def demo_users_command(as_json: bool) -> None:
    """Who can sign in to the demo council, where this installation holds it or none yet."""
    made = has_database()
    if made:
        with database(make=False) as db:
            look_for_demo(db, DEMO)
    users = demo_users(DEMO)
    if as_json:
        say_json(users)
        return
    if not made:
        click.echo("These work once plancycle run has made the demo council:")
    for user in users:
        click.echo(
            f"{user['sign_in']:48} {user['password']:24} {user['name']}: {', '.join(user['posts'])}"
        )


@click.command()
@click.argument("email")
def invite(email: str) -> None:
    """Print a one-time link with which a person sets a password."""
    with connected() as settings, database() as db:
        token = db.run(accounts.print_link, email)
        click.echo(f"{address(settings)}/set-password/{token}")


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
        report = db.run(loading.load, None, loaded, data, check_only=check)
    for line in report.lines():
        click.echo(line)
