"""Two questions for whoever watches over the service; anybody may ask them.

``GET /health``: 200 ``{"status": "ok"}`` while the database answers. ``GET /ready``: 200
``{"status": "ready"}`` when people can be sent here as well: the schema is this version's, and
nothing is held back since a restore (INV-61). An installation without a council is ready, since its
set-up is done here. Otherwise both say 503 with Retry-After, ``/ready`` with one sentence of
``reason``, which tells nothing of the record or of the machine.
"""

from flask import Flask, Response, current_app, jsonify

from cycle.db import Database, answers
from cycle.errors import Unreachable
from notifications import readiness
from webui.http import errors, policies

Answer = tuple[Response, int, dict[str, str]]

NO_DATABASE = "The database does not answer."


@policies.policy(policies.PUBLIC)
def health() -> Answer:
    """200 when the database answers, 503 otherwise."""
    try:
        _database().read(answers)
    except Unreachable:
        return jsonify(status="unavailable"), 503, errors.RETRY
    return jsonify(status="ok"), 200, {}


@policies.policy(policies.PUBLIC)
def ready() -> Answer:
    """200 when the service can do its work, 503 with the reason otherwise."""
    try:
        reason = _database().read(readiness.why_not)
    except Unreachable:
        reason = NO_DATABASE
    if reason:
        return jsonify(status="unavailable", reason=reason), 503, errors.RETRY
    return jsonify(status="ready"), 200, {}


def _database() -> Database:
    database: Database = current_app.extensions["db"]
    return database


def register(app: Flask) -> None:
    """Answer both at their addresses."""
    app.add_url_rule("/health", view_func=health)
    app.add_url_rule("/ready", view_func=ready)
