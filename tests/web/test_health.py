"""Whoever watches over the service learns whether its database answers."""

from config.settings import Settings
from webui import create_app


def test_health_says_ok_while_the_database_answers(database, tmp_path):
    environ = {"DATABASE_URL": database.app_url, "SECRET_KEY": "k" * 40, "DATA_DIR": str(tmp_path)}
    app = create_app(Settings.load(environ))
    reply = app.test_client().get("/health")
    app.extensions["db"].dispose()
    assert (reply.status_code, reply.json) == (200, {"status": "ok"})


def test_health_says_503_when_it_does_not(bare):
    reply = bare.get("/health")
    assert (reply.status_code, reply.json) == (503, {"status": "unavailable"})
