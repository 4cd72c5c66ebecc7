"""Parts of the service are killed under people who work: no act that was acknowledged is missing,
none is there twice, and nobody meets a failure (T-KILL, T-PGR; fault X12)."""

import http.client
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
import redis
from sqlalchemy import text

from config.settings import Settings
from cycle.db import Database
from cycle.server import embedded
from cycle.server.embedded import APP
from cycle.server.folders import find_place
from tests import build
from tests.chaos import proving
from tests.web import browsing
from webui.application import create_app
from webui.commands.parts import MOST
from workflows.record.verify import verify

ACTS = 300 * proving.TIMES
KILLS = 3 * proving.TIMES
CLIENTS = 4
PATIENCE = 60.0
KEY = "k" * 40
# Run gives up what ends again and again, and rightly so: each of these is killed fewer times than
# that, and what is left of the kills meets workers of the web server, which keeps those itself.
KEPT = ("postgres", "valkey", "web", "worker", "scheduler")
MOST_OF_EACH = MOST // 2
_FIELD = re.compile(r'name="(csrf_token|form_key|seen_version)"[^>]*value="([^"]*)"')
_COOKIE = re.compile(r"__Host-sid=([^;]*)")
_BOX = re.compile(r'<textarea[^>]*name="(beside_[a-z_]+)"')


@pytest.fixture
def service(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "webui", "run", "--no-demo", "--port", "0", "--workers", "2"],
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "SECRET_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with proving.ended(process):
        yield process


@dataclass
class Answers:
    """What the service told its people."""

    acknowledged: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    retries: int = 0
    enough: threading.Event = field(default_factory=threading.Event)


@dataclass
class Client:
    """Somebody who comments on a plan, again and again, and sends again what was not answered."""

    port: int
    cookie: str
    ref: str
    answers: Answers

    def work(self, name: str, acts: int) -> None:
        """So many acts at least, each with words of its own, and more until it is enough."""
        number = 0
        while not self.answers.failures and (number < acts or not self.answers.enough.is_set()):
            self.act(f"Comment {number} of {name}.")
            number += 1

    def act(self, words: str) -> None:
        """Until it is acknowledged; the same form as long as nobody says that it is out of date."""
        self.answers.tried.add(words)
        until = time.monotonic() + PATIENCE
        form = ""
        while time.monotonic() < until and not self.answers.failures:
            form = form or self.form(words)
            status, location = (
                self.ask("POST", f"/plans/{self.ref}/comment", form) if form else (0, "")
            )
            if status in (302, 303) and location == f"/plans/{self.ref}":
                self.answers.acknowledged.add(words)
                return
            if status == 409:
                form = ""  # the page was older; look again
            elif status in (0, 503):
                self.answers.retries += 1
                time.sleep(0.05)
            else:
                self.answers.failures.append(f"{status} for {words}")
                return
        if not self.answers.failures:
            self.answers.failures.append(f"no answer for {words}")

    def form(self, words: str) -> str:
        """The page's form with the comment in its first box; empty while nobody answers."""
        status, page = self.ask("GET", f"/plans/{self.ref}/comment")
        if status != 200:
            if status not in (0, 503):
                self.answers.failures.append(f"{status} for the page of {self.ref}")
            return ""
        box = next(_BOX.finditer(page))
        return urlencode({**dict(_FIELD.findall(page)), box[1]: words})

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        """Status, and the page or where to go from here; 0 when the line broke."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": f"__Host-sid={self.cookie}"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            line.request(method, path, body or None, headers)
            reply = line.getresponse()
            page = reply.read().decode()
            if given := _COOKIE.match(reply.getheader("Set-Cookie", "")):
                self.cookie = given[1]  # the secret of the forms is in it
            return reply.status, reply.getheader("Location", page)
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            line.close()


def prepared(folder: Path) -> tuple[list[str], list[str]]:
    """Smallshire in the service's own database; the cookies of four sessions and four plans."""
    servers = embedded.live(folder)
    assert servers is not None
    url = servers.url(APP, "plancycle")
    db = Database(url)
    build.council.__wrapped__(db)  # type: ignore[attr-defined]  # not a copy: this very database
    who = build.cast(db)
    refs = build.cycle(db, who)[:CLIENTS]
    settings = {"DATABASE_URL": url, "SECRET_KEY": KEY, "DATA_DIR": str(folder)}
    app = create_app(Settings.load(settings))
    cookies = [browsing.signed_in(app, db, who.sue).cookie() for _ in refs]
    app.extensions["db"].dispose()
    db.dispose()
    return cookies, refs


def children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(w) for w in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def part(run: subprocess.Popen[str], name: str) -> int:
    """The process of one part of the run."""
    for pid in children(run.pid):
        with suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().strip() == f"plan:{name}":
                return pid
    raise LookupError(name)


def victim(run: subprocess.Popen[str], folder: Path, name: str) -> int:
    """The process that is to be killed; LookupError while it does not run."""
    if name == "web worker":
        pid = children(part(run, "web"))[0]
    elif name == "postgres":
        pid = int((find_place(folder).pgdata / "postmaster.pid").read_text().split()[0])
    elif name == "valkey":
        servers = embedded.live(folder)
        if servers is None:
            raise LookupError(name)
        with redis.Redis.from_url(servers.redis_url) as bell:
            pid = int(bell.info("server")["process_id"])
    else:
        pid = part(run, name)
    expected = {"postgres": b"postgres", "valkey": b"valkey"}.get(name, b"python")
    if expected not in Path(f"/proc/{pid}/cmdline").read_bytes():
        raise LookupError(name)  # it is dead already, and its number may be another's
    return pid


def killed(run: subprocess.Popen[str], folder: Path, name: str) -> None:
    """SIGKILL, as soon as there is something to kill."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(LookupError, OSError, redis.RedisError):
            os.kill(victim(run, folder, name), signal.SIGKILL)
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing to kill: {name}")


def chosen(chance: random.Random) -> list[str]:
    """What is killed, in an order that the seed decides."""
    names = list(KEPT * MOST_OF_EACH)[: KILLS * 2 // 3]
    names += ["web worker"] * (KILLS - len(names))
    chance.shuffle(names)
    return names


def back(folder: Path) -> embedded.Servers:
    """The servers, once both answer: the last one that was killed is started again as well."""
    until = time.monotonic() + PATIENCE
    while (found := embedded.live(folder)) is None:
        assert time.monotonic() < until, "what was killed is started again"
        time.sleep(0.1)
    return found


def kill_them(run: subprocess.Popen[str], folder: Path, answers: Answers) -> None:
    """Each kill after some more acts were acknowledged, and some more after the last."""
    chance = proving.chances("kills")
    for name in [*chosen(chance), ""]:
        wanted = len(answers.acknowledged) + chance.randrange(1, 2 * ACTS // KILLS)
        while len(answers.acknowledged) < wanted and not answers.failures:
            assert run.poll() is None, "the service is still there"
            time.sleep(0.02)
        if name and not answers.failures:
            killed(run, folder, name)


@pytest.mark.timeout(300 * proving.TIMES)
def test_no_acknowledged_act_is_lost_or_doubled(
    service: subprocess.Popen[str], folder: Path
) -> None:
    """INV-32: what was answered is written, once; what was not is sent again with the same key."""
    assert service.stdout is not None
    port = int(service.stdout.readline().rsplit(":", 1)[1])
    cookies, refs = prepared(folder)
    answers = Answers()
    clients = [
        threading.Thread(
            target=Client(port, cookie, ref, answers).work, args=(ref, ACTS // CLIENTS), daemon=True
        )
        for cookie, ref in zip(cookies, refs, strict=True)
    ]
    for each in clients:
        each.start()
    kill_them(service, folder, answers)
    answers.enough.set()
    for each in clients:
        each.join()
    assert service.poll() is None, "the service is still there"
    assert answers.failures == [], f"PROVE_SEED={proving.SEED}"
    assert answers.retries > 0, "somebody noticed the kills"
    assert answers.acknowledged == answers.tried
    assert len(answers.tried) >= ACTS
    servers = back(folder)
    db = Database(servers.url(APP, "plancycle"))
    written = db.read(lambda s: list(s.scalars(text("SELECT body FROM remark"))))
    report = db.read(verify.check)
    db.dispose()
    assert sorted(written) == sorted(answers.acknowledged), "0 missing, 0 doubled"
    assert report.ok, report.lines()
    log = (folder / "logs" / "web.log").read_text("utf-8")
    assert "Traceback" not in log, log
