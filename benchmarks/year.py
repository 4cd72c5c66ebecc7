"""How long the year on one page takes at the server, on a council that ``simulate`` has kept.

    plancycle simulate --start 2027 --units 150 --until 2030-11-11 --keep FOLDER
    python benchmarks/year.py FOLDER 2030-11-11

The page, My work with the year on top, and All plans of the year, for somebody of the support
service: medians of whole WSGI calls, signed in and warm, and the statements of one.
"""

import argparse
import json
import secrets
import statistics
import time
from datetime import date
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event, text

from config.settings import Settings
from cycle import clock
from cycle.db import Database
from cycle.server import embedded
from webui.application import create_app
from workflows.benchmark.inbox import signed_in

RUNS, WARM = 40, 5
PAGES = ("/year", "/tasks", "/plans")


def main() -> None:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("on", type=date.fromisoformat)
    given = parser.parse_args()
    servers = embedded.start(given.folder.absolute(), valkey=False)
    try:
        with clock.set_to(clock.at_local(given.on)):
            print(json.dumps(_figures(servers), indent=2))
    finally:
        servers.stop()


def _figures(servers: embedded.Servers) -> dict[str, Any]:
    settings = {
        "DATABASE_URL": servers.app_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATA_DIR": str(servers.place.data_dir),
        "TRUSTED_HOSTS": "localhost",
        "BASE_URL": "https://localhost",
    }
    app = create_app(Settings.load(settings))
    app.config["PREFERRED_URL_SCHEME"] = "https"  # the cookie is for TLS only
    db: Database = app.extensions["db"]
    try:
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = db.run(signed_in, _support(db))
            cookie["_fresh"] = True
        counted = db.read(lambda s: dict(s.execute(_COUNTS).one()._mapping))
        return {**counted, **{page: _page(client, db, page) for page in PAGES}}
    finally:
        db.dispose()


_COUNTS = text("""
SELECT (SELECT count(*) FROM plan) AS plans, (SELECT count(*) FROM planning_year) AS years,
       (SELECT count(*) FROM task) AS tasks, (SELECT count(*) FROM event) AS events
""")
_SUPPORT = text("""
SELECT min(appointment.person_id) FROM appointment JOIN post ON post.id = appointment.post_id
JOIN queue ON queue.id = post.queue_id WHERE queue.role = 'support_service'
""")


def _support(db: Database) -> int:
    return int(db.read(lambda s: s.scalar(_SUPPORT)) or 0)


def _page(client: FlaskClient, db: Database, path: str) -> dict[str, float | int]:
    took, inside = [], []
    spans: list[float] = []
    began = 0.0

    def before(*_: object) -> None:
        nonlocal began
        began = time.perf_counter()

    def after(*_: object) -> None:
        spans.append((time.perf_counter() - began) * 1000)

    event.listen(db.engine, "before_cursor_execute", before)
    event.listen(db.engine, "after_cursor_execute", after)
    for _ in range(WARM + RUNS):
        spans.clear()
        start = time.perf_counter()
        reply = client.get(path)
        took.append((time.perf_counter() - start) * 1000)
        inside.append(sum(spans))
        if reply.status_code != 200:
            raise RuntimeError(f"{path} answered {reply.status_code}")
    return {
        "ms": round(statistics.median(took[WARM:]), 1),
        "in_statements_ms": round(statistics.median(inside[WARM:]), 1),
        "statements": len(spans),
    }


if __name__ == "__main__":
    main()
