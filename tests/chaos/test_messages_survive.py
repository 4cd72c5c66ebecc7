"""Workers are killed in the middle of their work and Redis forgets everything, again and again:
no message is lost, and none is there twice."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import redis

from cycle import clock
from cycle.db import Database
from cycle.server import embedded
from notifications import dispatch, notices, outbox
from notifications.channels import message_id
from notifications.notices import Notice
from tests import build
from tests.flows.posting import mail_in, post_office, rows, settings_in, states, task_for
from tests.kit import TestDatabase
from workflows import sweep

MESSAGES = 150
BEFORE_EACH_KILL = 25
MOST_ROUNDS = 14
PATIENCE = 15.0
MORNING = clock.at_local(date(2027, 11, 15), 8)
SENDER = "plancycle@localhost"

WORKER = """
import sys
from datetime import datetime
from cycle import clock
from notifications import dispatch
with clock.set_to(datetime.fromisoformat(sys.argv[1])):
    dispatch.work(sys.argv[2])
"""


@pytest.fixture
def own_valkey() -> Iterator[str]:
    """A Valkey of this test's own: FLUSHALL would empty the other tests' databases too."""
    # Not pytest's own folder: it is closed to the account of the servers.
    folder = Path(tempfile.mkdtemp(prefix="plancycle-chaos-"))
    folder.chmod(0o711)
    servers = embedded.start(folder, own=True, postgres=False)
    try:
        yield servers.redis_url
    finally:
        servers.stop()
        embedded.erase(servers.place)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def worker(redis_url: str, environ: dict[str, str], moment: datetime) -> Iterator[None]:
    """A worker process that is killed, without a chance to tidy up, when the block ends."""
    command = [sys.executable, "-c", WORKER, moment.isoformat(), redis_url]
    running = subprocess.Popen(command, env={**os.environ, **environ}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.kill()
        running.wait()


def sent(db: Database) -> int:
    """How many mails the database knows to have left."""
    return int(rows(db, "SELECT count(*) AS n FROM outbox WHERE state = 'sent'")[0].n)


def ring_until(db: Database, redis_url: str, enough: int) -> None:
    """Ring, and let Redis forget, until so many have left."""
    until = time.monotonic() + PATIENCE
    while sent(db) < enough and time.monotonic() < until:
        dispatch.ring(redis_url)
        time.sleep(0.03)


def post_everything(db: Database, redis_url: str, environ: dict[str, str]) -> int:
    """Kill a worker after each few mails, and flush Redis, until all have left; the kills."""
    wanted = MESSAGES
    for kills in range(MOST_ROUNDS):
        # The next worker starts when the leases of the one before have run out.
        moment = MORNING + kills * (outbox.LEASE + timedelta(minutes=1))
        before = sent(db)
        if before >= wanted:
            return kills
        with worker(redis_url, environ, moment):
            ring_until(db, redis_url, min(before + BEFORE_EACH_KILL, wanted))
        with redis.Redis.from_url(redis_url) as line:
            line.flushall()
    return MOST_ROUNDS


def written(db: Database) -> list[str]:
    """Messages to everyone and reminders of forty tasks; the keys of the messages."""
    with clock.set_to(MORNING):
        who = build.council(db)
        people = [who.sue, who.mo, who.ray, who.cy, who.pat]
        keys = [f"note:{n}" for n in range(MESSAGES)]
        for n, key in enumerate(keys):
            person = people[n % len(people)]
            db.run(notices.add, Notice(key, "flagged", person, key, "Hello.\n"))
        for n in range(40):
            post = ("manager-housing", "support", "manager-parks")[n % 3]
            task_for(db, post, date(2027, 11, 16), f"Job {n:03d}.")
    return keys


def test_no_message_is_lost_or_doubled(
    db: Database, database: TestDatabase, own_valkey: str, tmp_path: Path
) -> None:
    """INV-41: what a killed worker held is taken up again; each has left once."""
    keys = written(db)
    environ = {"DATABASE_URL": database.app_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40}
    kills = post_everything(db, own_valkey, environ)
    settings = settings_in(tmp_path)
    for hours in (4, 5):  # whatever the last worker held comes back when its lease has run out
        with clock.set_to(MORNING + timedelta(hours=hours)):
            sweep.sweep(db, settings)
    assert kills >= 3
    mails = mail_in(tmp_path)
    found = Counter(str(mail["Message-ID"]) for mail in mails)
    assert {message_id(key, SENDER) for key in keys} <= set(found)
    assert set(found.values()) == {1}
    assert set(states(db).values()) == {"sent", "gathered"}
    jobs = Counter(job for mail in mails for job in re.findall(r"Job \d{3}\.", mail.get_content()))
    assert len(jobs) == 40
    assert set(jobs.values()) == {1}


def test_over_bare_smtp_only_a_letter_called_uncertain_may_come_twice(
    db: Database, database: TestDatabase, own_valkey: str, tmp_path: Path
) -> None:
    """INV-42: with the same Message-ID, and the row says so."""
    keys = written(db)
    with post_office() as office:
        environ = {
            "DATABASE_URL": database.app_url,
            "DATA_DIR": str(tmp_path),
            "SECRET_KEY": "k" * 40,
            "SMTP_URL": f"smtp://127.0.0.1:{office.port}",
        }
        kills = post_everything(db, own_valkey, environ)
        settings = settings_in(tmp_path, SMTP_URL=environ["SMTP_URL"])
        for hours in (4, 5):
            with clock.set_to(MORNING + timedelta(hours=hours)):
                sweep.sweep(db, settings)
    assert kills >= 3
    found = Counter(str(letter["Message-ID"]) for _, letter in office.letters)
    assert {message_id(key, SENDER) for key in keys} <= set(found)
    uncertain = {
        message_id(row.key, SENDER)
        for row in rows(db, "SELECT key FROM outbox WHERE why LIKE 'uncertain%'")
    }
    twice = {each for each, times in found.items() if times > 1}
    assert twice <= uncertain
    assert len(twice) <= kills
    assert set(states(db).values()) == {"sent", "gathered"}
