"""Malformed requests by five people against a real server: never a 5xx, and the record stays whole
(faults X6, X12). The choices are random; their seed is printed."""

import os
import random
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from config.settings import Settings
from cycle.db import Database
from cycle.server.embedded import APP, Servers
from tests.chaos import proving
from tests.web import browsing, town
from webui.application import create_app
from workflows.record.verify import verify

REQUESTS = 1000 * proving.TIMES
PEOPLE = ("sue", "mo", "cy", "adam", "")  # the last is a stranger
NEW_SESSION_AFTER = 100
KEY = "k" * 40
PIECES = (
    "", "0", "-1", "1", "x", "NaN", "1e9", "2147483648", "9" * 40, "2027-13-45", "0001-01-01",
    "9999-12-31", "\0", "\r\nSet-Cookie: a=b", "é", "\ud800", "١٢", "%", "%zz", "'", '"><b>', "{}",
    "[[]]", "../..", "a" * 3000, "true", "SVP-2028-HOUSING", "submit", "2027", "\u202e", "\t",
)  # fmt: skip
TYPES = (
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
    "application/json", "text/plain", "", "application/x-www-form-urlencoded; charset=utf-16",
)  # fmt: skip
HEADERS = (
    "Origin: http://[", "Origin: null", "Origin: https://evil", "Host: evil", "Host:", "Range: x",
    "Cookie: __Host-sid=zz", "Cookie: a=" + "b" * 4000, "Sec-Fetch-Site: cross-site",
    "X-Forwarded-For: 1, 2", "If-None-Match: x", "Accept: ;;;", "Content-Encoding: gzip",
    "Transfer-Encoding: chunked", "Expect: 100-continue", "Referer: \xff",
    "X-HTTP-Method-Override: DELETE",
)  # fmt: skip
METHODS = ("GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO")
# What a server says of another protocol than its own: a version or a coding that there is not.
NOT_HTTP = (501, 505)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Server:
    """A real server on the town's database, and who is signed in to it."""

    port: int
    app: Flask
    db: Database
    log: Path

    def session(self, name: str) -> tuple[str, str]:
        """The cookie and form token of a new session; both empty for a stranger."""
        if not name:
            return "", ""
        person = self.db.read(
            lambda s: s.scalar(text("SELECT id FROM person WHERE key = :key"), {"key": name})
        )
        browser = browsing.signed_in(self.app, self.db, int(person or 0))
        found = _TOKEN.search(browser.get("/account").text)
        return browser.cookie(), found[1] if found else ""

    def ask(self, raw: bytes) -> int:
        """The status of the reply to these bytes; 0 for a line that was closed without one."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            with suppress(OSError):
                line.sendall(raw)
                line.shutdown(socket.SHUT_WR)
            head = b""
            with suppress(OSError):
                while b"\r\n" not in head and (more := line.recv(4096)):
                    head += more
        words = head.split(b" ", 2)
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


@pytest.fixture
def server(servers: Servers, worker: str, tmp_path: Path) -> Iterator[Server]:
    name = f"malformed_{worker}"
    town.made(servers, name, tmp_path)
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = int(asked.getsockname()[1])
    environ = {
        "DATABASE_URL": servers.url(APP, name),
        "SECRET_KEY": KEY,
        "DATA_DIR": str(tmp_path),
        "PORT": str(port),
    }
    log = tmp_path / "web.txt"
    with log.open("w") as out:
        web = subprocess.Popen(
            [sys.executable, "-m", "webui", "web", "--workers", "2"],
            env={"PATH": os.environ["PATH"], **environ}, stdout=out, stderr=out,
        )  # fmt: skip
    with proving.ended(web):
        app = create_app(Settings.load(environ))
        app.config["PREFERRED_URL_SCHEME"] = "https"
        db = Database(environ["DATABASE_URL"])
        found = Server(port, app, db, log)
        _until_it_answers(found, web)
        yield found
        app.extensions["db"].dispose()
        db.dispose()


def _until_it_answers(server: Server, web: subprocess.Popen[bytes]) -> None:
    while True:
        assert web.poll() is None, server.log.read_text()
        with suppress(OSError):
            if server.ask(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") == 200:
                return
        time.sleep(0.1)


def made_up(chance: random.Random, app: Flask, cookie: str, token: str) -> bytes:
    """One request, nearly right or not right at all."""
    method = chance.choice(METHODS)
    path = _path(chance, app)
    body = _body(chance, token) if method not in ("GET", "HEAD", "OPTIONS") else b""
    lines = [f"{method} {path} HTTP/1.{chance.choice('1110')}"]
    lines.append("Host: localhost")
    if cookie:
        lines.append(f"Cookie: __Host-sid={cookie}")
    if body or chance.random() < 0.2:
        kind = TYPES[0] if chance.random() < 0.6 else chance.choice(TYPES)
        lines.append(f"Content-Type: {kind}")
        wrong = chance.choice(("-1", "x", str(len(body) + 5), "99999999999"))
        lines.append(f"Content-Length: {len(body) if chance.random() < 0.9 else wrong}")
    lines += chance.sample(HEADERS, chance.choice((0, 0, 0, 1, 2)))
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + body


def _path(chance: random.Random, app: Flask) -> str:
    rule = chance.choice(list(app.url_map.iter_rules())).rule
    path = re.sub(r"<any\(([^)]*)\):[^>]+>", lambda m: chance.choice(m[1].split(",")).strip(), rule)
    path = re.sub(r"<[^>]+>", lambda _m: _quoted(chance.choice(PIECES)), path)
    if chance.random() < 0.3:
        names = ("q", "page", "after", "year", "next", "stage", "ended", chance.choice(PIECES))
        path += f"?{_quoted(chance.choice(names))}={_quoted(chance.choice(PIECES))}"
    return (
        path if chance.random() < 0.97 else path + chance.choice((" x", "%", "\x7f", "#a", "?&&="))
    )


def _quoted(piece: str) -> str:
    return quote(piece.encode("utf-8", "surrogatepass"), safe="")


def _body(chance: random.Random, token: str) -> bytes:
    names = (
        "title", "body", "reason", "seen_version", "shown", "on-day", "on-month", "on-year", "name",
        "email", "password", "until-year", "plans", "decision", "start", "words", "note", "at",
        "file", chance.choice(PIECES),
    )  # fmt: skip
    pairs = [(chance.choice(names), chance.choice(PIECES)) for _ in range(chance.randrange(8))]
    if token and chance.random() < 0.8:
        pairs.append(("csrf_token", token))
        pairs.append(("form_key", str(UUID(int=chance.getrandbits(128), version=4))))
    encoded = [(k.encode("utf-8", "surrogatepass"), v.encode("utf-8", "surrogatepass"))
               for k, v in pairs]  # fmt: skip
    if chance.random() < 0.1:
        return bytes(chance.getrandbits(8) for _ in range(chance.randrange(300)))
    return urlencode(encoded).encode()


@pytest.mark.timeout(300 * proving.TIMES)
def test_no_malformed_request_is_a_failure(server: Server) -> None:
    """Each is answered with 2xx to 4xx, or the line is closed; nothing stands in the log."""
    chance, failures = proving.chances("malformed"), []
    sessions: dict[str, tuple[str, str]] = {}
    answered = 0
    for number in range(REQUESTS):
        if number % NEW_SESSION_AFTER == 0:
            sessions = {name: server.session(name) for name in PEOPLE}
        name = chance.choice(PEOPLE)
        raw = made_up(chance, server.app, *sessions[name])
        status = server.ask(raw)
        answered += status > 0
        if status >= 500 and status not in NOT_HTTP:
            failures.append((number, name, status, raw[:200]))
    assert failures == [], f"PROVE_SEED={proving.SEED}"
    assert answered > REQUESTS * 0.9
    assert "Traceback" not in server.log.read_text()
    report = server.db.read(verify.check)
    assert report.ok, report.lines()
