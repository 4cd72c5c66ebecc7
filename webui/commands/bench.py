"""The benchmark from the command line: the acts, the inbox, and the pages at the server."""

import secrets
import statistics
import time

import click
from flask.testing import FlaskClient

from config.settings import Settings
from webui.application import create_app
from webui.commands.options import json_option, say_json
from workflows.benchmark import inbox as bench_inbox, run as bench
from workflows.benchmark.run import Figures, Stage

RUNS, WARM = 40, 5


def pages(stage: Stage) -> Figures:
    """How long the server takes for a page, signed in and warm: medians in milliseconds.

    My work is of a person in three posts among the many tasks, the plan's page of its director.
    """
    app = create_app(
        Settings.load(
            {
                "DATABASE_URL": stage.servers.app_url,
                "SECRET_KEY": secrets.token_urlsafe(48),
                "DATA_DIR": str(stage.servers.place.data_dir),
                "TRUSTED_HOSTS": "localhost",
                "BASE_URL": "https://localhost",
            }
        )
    )
    app.config["PREFERRED_URL_SCHEME"] = "https"  # the cookie is for TLS only
    plan = stage.rounds[0]
    try:
        busy = _browser(stage, app.test_client(), bench_inbox.person_in_three_posts(stage.db))
        director = _browser(stage, app.test_client(), plan.reviewer)
        return {
            "my_work_page_ms": _page(busy, "/tasks"),
            "plan_page_ms": _page(director, f"/plans/{plan.ref}"),
            "board_page_ms": _page(director, "/board"),
        }
    finally:
        app.extensions["db"].dispose()


def _browser(stage: Stage, client: FlaskClient, person_id: int) -> FlaskClient:
    """Signed in: the session is a row, and its word is in the cookie."""
    token = stage.db.run(bench_inbox.signed_in, person_id)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return client


def _page(client: FlaskClient, path: str) -> float:
    took = []
    for _ in range(WARM + RUNS):
        began = time.perf_counter()
        reply = client.get(path)
        took.append((time.perf_counter() - began) * 1000)
        if reply.status_code != 200:
            raise RuntimeError(f"{path} answered {reply.status_code}")
    return round(statistics.median(took[WARM:]), 1)


@click.command("bench")
@click.option("--clients", type=click.IntRange(1, 16), default=4, show_default=True)
@click.option("--seconds", type=click.IntRange(1, 600), default=5, show_default=True)
@json_option
def bench_command(clients: int, seconds: int, as_json: bool) -> None:
    """Measure acts against the very statements they send, replayed by pgbench; and pages."""
    tell = (lambda words: click.echo(words, err=True)) if not as_json else (lambda _words: None)
    found = bench.bench(clients, seconds, tell=tell, also=pages)
    if as_json:
        say_json(found)
        return
    for key, value in found.items():
        click.echo(f"{key.replace('_', ' '):24} {value}")
