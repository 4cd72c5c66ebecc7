"""How long a search takes at the server, in a council that ``simulate --keep`` has made.

    plancycle simulate --framework nottinghamshire-smf --start 2027 --units 150 --keep FOLDER
    python benchmarks/search.py FOLDER

Whole WSGI calls of a manager and of who reads every text, signed in and warm: milliseconds of the
clock (fastest and median of 20) and of the processor, client and server together, which another
program's load changes little. The refresh is that of each minute: from nothing, and with nothing to
do.
"""

import argparse
import os
import statistics
import time
from datetime import date
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from config.settings import Settings
from cycle import clock
from cycle.db import Database
from cycle.models import Person
from cycle.server import embedded, migrate
from webui.application import create_app
from workflows.people import sessions
from workflows.search import indexing

TIMES, WARM = 20, 5
ON = date(2030, 12, 2)
SEARCHES = (
    "housing", "service plan", "council", "people committee", "straegic", "quaffles",
    "plan -housing",
)  # fmt: skip
_SIZES = text("SELECT count(*) AS entries, count(DISTINCT kind) AS kinds FROM search_entry")
_BACKENDS = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
_SOMEBODY = text("""
SELECT person.id FROM person JOIN appointment ON appointment.person_id = person.id
JOIN post ON post.id = appointment.post_id JOIN queue ON queue.id = post.queue_id
WHERE queue.role = :role AND person.active AND appointment.during @> CAST(:on AS date)
ORDER BY person.id LIMIT 1
""")


def timed(work: object) -> float:
    """Milliseconds that a call takes."""
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return (time.perf_counter() - began) * 1000


def refreshes(db: Database) -> None:
    """The index made from nothing, and looked through when nothing has changed."""
    db.run(lambda s: s.execute(text("TRUNCATE search_entry, search_word")))
    first = timed(lambda: db.run(indexing.refresh))
    again = statistics.median(timed(lambda: db.run(indexing.refresh)) for _ in range(5))
    db.run(lambda s: s.execute(text("ANALYZE search_entry, search_word")))
    size = db.read(lambda s: s.execute(_SIZES).one())
    print(f"{size.entries:,} entries of {size.kinds} kinds")
    print(f"refresh from nothing {first:7.0f} ms, with nothing to do {again:5.0f} ms")


def processor(db: Database) -> float:
    """Milliseconds of processor time that this process and its backends have had so far."""
    ticks = 0
    for pid in db.read(lambda s: s.scalars(_BACKENDS).all()):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return (time.process_time() + ticks / os.sysconf("SC_CLK_TCK")) * 1000


def pages(app: Flask, db: Database, role: str) -> None:
    """Every search as the page that one person gets."""
    who = db.read(lambda s: s.scalar(_SOMEBODY, {"role": role, "on": ON}))
    token = db.run(lambda s: sessions.begin(s, s.get_one(Person, who), "bench"))
    browser = app.test_client()
    with browser.session_transaction(base_url="https://localhost") as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True

    def call(words: str) -> float:
        asked = {"query_string": {"q": words}, "base_url": "https://localhost"}
        return timed(lambda: browser.get("/search", **asked))

    for words in SEARCHES:
        for _ in range(WARM):
            call(words)
        before = processor(db)
        took = [call(words) for _ in range(TIMES)]
        busy = (processor(db) - before) / TIMES
        middle = statistics.median(took)
        print(f"{role:16} {words:17} {min(took):6.1f} {middle:6.1f} ms, processor {busy:5.1f} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long a search takes.")
    parser.add_argument("folder", type=Path, help="what simulate --keep has made")
    servers = embedded.start(parser.parse_args().folder, own=True)
    try:
        migrate.upgrade(servers.owner_url)
        given = {"DATABASE_URL": servers.app_url, "SECRET_KEY": "k" * 40}
        given |= {"DATA_DIR": str(servers.place.data_dir), "TRUSTED_HOSTS": "localhost"}
        app = create_app(Settings.load(given))
        with clock.set_to(clock.at_local(ON)):
            refreshes(Database(servers.owner_url))
            for role in ("group_manager", "support_service"):
                pages(app, app.extensions["db"], role)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
