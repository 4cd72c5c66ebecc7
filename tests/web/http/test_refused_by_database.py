"""Fault X6: what the database itself refuses is never a failure of ours to the person who asked.

The pages of these tests do what no page of ours does: they put rows in without looking first.
"""

import logging

import pytest
from flask import Blueprint, Flask
from sqlalchemy import text

from tests import build
from webui.http import auth
from webui.http.policies import policy

# What is put in unseen, and with which status and sentence it comes back.
UNSEEN_ROWS = {
    "unique": (
        "INSERT INTO body_remit SELECT * FROM body_remit LIMIT 1",
        409,
        "Somebody else was faster",
    ),
    "overlap": (
        "INSERT INTO appointment (post_id, person_id, during) "
        "SELECT post_id, person_id, during FROM appointment LIMIT 1",
        409,
        "Somebody else was faster",
    ),
    "gone": (
        "INSERT INTO body_remit (body_id, unit_id) SELECT 999999, id FROM unit LIMIT 1",
        409,
        "has been taken away meanwhile",
    ),
    "empty": ("UPDATE unit SET name = NULL", 422, "cannot be kept as it is"),
    "check": ("UPDATE queue SET unit_id = NULL, body_id = NULL", 422, "cannot be kept as it is"),
    "out of range": ("SELECT 2147483647 + 1 FROM unit", 422, "cannot be kept as it is"),
    "no number": ("SELECT CAST(name AS integer) FROM unit", 422, "cannot be kept as it is"),
}


@pytest.fixture
def careless(app: Flask, who: build.Cast) -> Flask:
    """The service with a page for each of these."""
    pages = Blueprint("careless", __name__)

    @pages.get("/careless/<kind>")
    @policy("public")
    def put(kind: str) -> str:
        statement = text(UNSEEN_ROWS[kind][0])
        auth.database().run(lambda session: session.execute(statement))
        return "done"

    app.register_blueprint(pages)
    return app


@pytest.mark.parametrize("kind", list(UNSEEN_ROWS))
def test_what_the_database_refuses_is_told_in_a_sentence_and_logged_once(
    careless: Flask, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """Fault X6: a race among rows is 409, a value that does not fit 422; one line, no trace."""
    _statement, status, sentence = UNSEEN_ROWS[kind]
    with caplog.at_level(logging.INFO):
        reply = careless.test_client().get(f"/careless/{kind}")
    assert reply.status_code == status
    assert sentence in reply.text
    assert "Nothing was saved." in reply.text or "Nothing of yours was saved." in reply.text
    assert "SELECT" not in reply.text
    warnings = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].exc_info is None
    assert "the database refused 2" in warnings[0].getMessage()
