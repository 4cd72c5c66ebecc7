"""Whoever watches over the service learns whether its database answers, and whether it is ready."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from config.settings import Settings
from cycle.db import Database
from cycle.server import migrate
from notifications import outbox
from tests import build, kit
from webui.application import create_app


@pytest.fixture
def watcher(database: kit.TestDatabase, tmp_path: object) -> Iterator[FlaskClient]:
    """Somebody unknown, at an installation that is just set up."""
    environ = {"DATABASE_URL": database.app_url, "SECRET_KEY": "k" * 40, "DATA_DIR": str(tmp_path)}
    app = create_app(Settings.load(environ))
    yield app.test_client()
    app.extensions["db"].dispose()


def asked(client: FlaskClient, path: str) -> tuple[int, object, bool]:
    """Status, document, and whether it says when to come back."""
    reply = client.get(path)
    return reply.status_code, reply.json, "Retry-After" in reply.headers


def test_health_says_ok_while_the_database_answers(watcher: FlaskClient) -> None:
    assert asked(watcher, "/health") == (200, {"status": "ok"}, False)


def test_both_say_503_when_it_does_not(bare: FlaskClient) -> None:
    assert asked(bare, "/health") == (503, {"status": "unavailable"}, True)
    reason = "The database does not answer."
    assert asked(bare, "/ready") == (503, {"status": "unavailable", "reason": reason}, True)


def test_an_installation_before_its_set_up_is_ready(watcher: FlaskClient) -> None:
    assert asked(watcher, "/ready") == (200, {"status": "ready"}, False)


def test_and_so_it_is_with_a_council(who: build.Cast, watcher: FlaskClient) -> None:
    assert asked(watcher, "/ready") == (200, {"status": "ready"}, False)


def test_a_restored_record_is_not_ready_until_it_is_released(
    watcher: FlaskClient, db: Database
) -> None:
    """INV-61: a restored record sends nothing, and says so."""
    db.run(outbox.hold, "Sue's own words stay inside.")
    status, body, again = asked(watcher, "/ready")
    assert (status, again) == (503, True)
    assert "Run plancycle release" in body["reason"]
    assert "The record was restored and nothing is sent." in body["reason"]
    assert "Sue" not in body["reason"]
    assert asked(watcher, "/health")[0] == 200
    db.run(outbox.release)
    assert asked(watcher, "/ready")[0] == 200


def test_a_database_of_another_version_is_not_ready(
    watcher: FlaskClient, database: kit.TestDatabase, owner_db: Database
) -> None:
    newest = owner_db.read(lambda s: s.scalar(text("SELECT version_num FROM alembic_version")))
    move = text("UPDATE alembic_version SET version_num = :to")
    owner_db.run(lambda s: s.execute(move, {"to": "9999"}))
    status, body, _again = asked(watcher, "/ready")
    assert (status, body["reason"].split(" (")[0]) == (
        503,
        "A newer version of Plancycle has changed the database",
    )
    owner_db.run(lambda s: s.execute(move, {"to": newest}))
    migrate.downgrade(database.owner_url, "-1")
    assert asked(watcher, "/ready") == (
        503,
        {
            "status": "unavailable",
            "reason": "The database is not up to date. Run plancycle migrate.",
        },
        True,
    )
    migrate.upgrade(database.owner_url)
    assert asked(watcher, "/ready")[0] == 200
