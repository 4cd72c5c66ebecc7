"""Parts of the service are killed under people who work: no act that was acknowledged is missing,
none is there twice, and nobody meets a failure (INV-30, INV-32, T-KILL, T-PGR; fault X12)."""

import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
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
from cycle import embedded
from cycle.db import Database
from cycle.embedded import APP
from cycle.server_folders import find_place
from tests import build
from tests.chaos import proving
from tests.web import browsing
from webui import create_app
from workflows import verify

ACTS = 300 * proving.TIMES
KILLS = 3 * proving.TIMES
CLIENTS = 4
PATIENCE = 60.0
KEY = "k" * 40
# What is killed, in turn; a part that ends again and again is given up, and rightly so.
VICTIMS = (
    "web worker", "postgres", "web worker", "valkey", "web worker", "worker", "web worker",
    "scheduler",
)  # fmt: skip
_FIELD = re.compile(r'name="(csrf_token|form_key|seen_version)"[^>]*value="([^"]*)"')
_BOX = re.compile(r'<textarea[^>]*name="(beside_[a-z_]+)"')


@pytest.fixture
def folder() -> Iterator[Path]:
    base = Path(tempfile.mkdtemp(prefix="plancycle-"))
    base.chmod(0o711)
    yield base / "data"
    left = embedded.live(base / "data", valkey=False)
    if left is not None:
        left.stop()
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def service(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "webui", "run", "--no-demo", "--port", "0", "--workers", "2"],
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "SECRET_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.terminate()
    process.communicate()


@dataclass
class Told:
    """What the service told its people."""

    acknowledged: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    retries: int = 0


@dataclass
class Client:
    """Somebody who comments on a plan, again and again, and sends again what was not answered."""

    port: int
    cookie: str
    ref: str
    told: Told

    def work(self, name: str, acts: int) -> None:
        """So many acts, each with words of its own."""
        for number in range(acts):
            self.act(f"Comment {number} of {name}.")

    def act(self, words: str) -> None:
        """Until it is acknowledged; the same form as long as nobody says that it is out of date."""
        self.told.tried.add(words)
        until = time.monotonic() + PATIENCE
        form = ""
        while time.monotonic() < until:
            form = form or self.form(words)
            status, _ = self.ask("POST", f"/plans/{self.ref}/comment", form) if form else (0, "")
            if status in (302, 303):
                self.told.acknowledged.add(words)
                return
            if status in (409, 422, 400):
                form = ""  # the page was older; look again
            elif status in (0, 503):
                self.told.retries += 1
                time.sleep(0.05)
            else:
                self.told.failures.append(f"{status} for {words}")
                return
        self.told.failures.append(f"no answer for {words}")

    def form(self, words: str) -> str:
        """The page's form with the comment in its first box; empty while nobody answers."""
        status, page = self.ask("GET", f"/plans/{self.ref}/comment")
        if status != 200:
            if status not in (0, 503):
                self.told.failures.append(f"{status} for the page of {self.ref}")
            return ""
        box = _BOX.search(page)
        assert box is not None
        return urlencode({**dict(_FIELD.findall(page)), box[1]: words})

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        """Status and page; 0 when the line broke."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": f"__Host-sid={self.cookie}"}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            line.request(method, path, body or None, headers)
            reply = line.getresponse()
            return reply.status, reply.read().decode()
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
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if name.encode() in words or (name == "web" and b"gunicorn" in b" ".join(words)):
                return pid
    raise LookupError(name)


def victim(run: subprocess.Popen[str], folder: Path, name: str) -> int:
    """The process that is to be killed."""
    if name == "web worker":
        return children(part(run, "web"))[0]
    if name == "postgres":
        return int((find_place(folder).pgdata / "postmaster.pid").read_text().split()[0])
    if name == "valkey":
        servers = embedded.live(folder)
        assert servers is not None
        with redis.Redis.from_url(servers.redis_url) as bell:
            return int(bell.info("server")["process_id"])
    return part(run, name)


def killed(run: subprocess.Popen[str], folder: Path, name: str) -> None:
    """SIGKILL, as soon as there is something to kill."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(LookupError, OSError, IndexError, AssertionError, redis.RedisError):
            os.kill(victim(run, folder, name), signal.SIGKILL)
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing to kill: {name}")


@pytest.mark.timeout(300 * proving.TIMES)
def test_no_acknowledged_act_is_lost_or_doubled(
    service: subprocess.Popen[str], folder: Path
) -> None:
    assert service.stdout is not None
    port = int(service.stdout.readline().rsplit(":", 1)[1])
    cookies, refs = prepared(folder)
    told = Told()
    clients = [
        threading.Thread(target=Client(port, cookie, ref, told).work, args=(ref, ACTS // CLIENTS))
        for cookie, ref in zip(cookies, refs, strict=True)
    ]
    for each in clients:
        each.start()
    for number in range(KILLS):
        wanted = (number + 1) * ACTS // (KILLS + 1)
        while len(told.acknowledged) < wanted and any(each.is_alive() for each in clients):
            time.sleep(0.02)
        killed(service, folder, VICTIMS[number % len(VICTIMS)])
    for each in clients:
        each.join()
    assert service.poll() is None, "the service is still there"
    assert told.failures == []
    assert len(told.acknowledged) == len(told.tried) == ACTS
    servers = embedded.live(folder)
    assert servers is not None
    db = Database(servers.url(APP, "plancycle"))
    written = db.read(lambda s: list(s.scalars(text("SELECT body FROM remark"))))
    report = db.read(verify.check)
    db.dispose()
    assert sorted(written) == sorted(told.acknowledged), "0 missing, 0 doubled"
    assert report.ok, report.lines()
    said = (folder / "logs" / "web.log").read_text("utf-8")
    assert "Traceback" not in said, said
