"""Faults X6 and X9, over raw sockets on the real web server: what cannot be read is 4xx with the
headers of every other reply, also where the server answers by itself, and without signing in."""

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import kit
from tests.web.commands.test_run import free_port, status

HEADERS = (
    "strict-transport-security",
    "x-content-type-options",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "content-security-policy",
    "referrer-policy",
    "cache-control",
)
HOST = b"Host: localhost\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
MULTIPART = b"Content-Type: multipart/form-data; boundary=b\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
POST = b"POST /sign-in HTTP/1.1\r\n" + HOST
PART = b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\nx'

# What the server refuses by itself, before any page of ours is asked.
ITS_OWN: dict[str, tuple[bytes, int]] = {
    "a long address": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "a large header": (b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 20000 + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\r\n" * 300 + b"\r\n", 431),
    "no request at all": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    "an unknown version": (b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", 505),
    "a broken line": (b"GET\r\n\r\n", 400),
    "a control character": (b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\x00b\r\n\r\n", 400),
    "a header of two lines": (b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\r\n b\r\n\r\n", 400),
    "a name with a blank": (b"GET / HTTP/1.1\r\n" + HOST + b"X A: a\r\n\r\n", 400),
    "a length of words": (POST + FORM + b"Content-Length: ten\r\n\r\nabc", 400),
    "a negative length": (POST + FORM + b"Content-Length: -1\r\n\r\n", 400),
    "two lengths": (POST + FORM + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "an unknown coding": (POST + FORM + b"Transfer-Encoding: nonsense\r\n\r\n", 501),
}
# What our own pages refuse.
OURS: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "an origin that is no address": (
        POST + FORM + b"Origin: http://[\r\nContent-Length: 3\r\n\r\na=b",
        (400,),
    ),
    "an origin with a bad port": (
        POST + FORM + b"Origin: http://a:b:c]\r\nContent-Length: 3\r\n\r\na=b",
        (400,),
    ),
    "a chunk of a bad size": (POST + FORM + CHUNKED + b"\r\nzz\r\nabc\r\n0\r\n\r\n", (400,)),
    "a chunk without its end": (POST + FORM + CHUNKED + b"\r\n3\r\nabcdefgh\r\n0\r\n\r\n", (400,)),
    "a bad chunk in a form of parts": (
        POST + MULTIPART + CHUNKED + b"\r\n2a\r\n" + PART[:42] + b"\r\nxx\r\n\r\n",
        (400,),
    ),
    "a part that never ends": (
        POST + MULTIPART + b"Content-Length: %d\r\n\r\n" % len(PART) + PART,
        (400,),
    ),
    "parts without a boundary": (
        POST + b"Content-Type: multipart/form-data\r\nContent-Length: 3\r\n\r\na=b",
        (400,),
    ),
    "bytes that are no words in a form": (
        POST + FORM + b"Content-Length: 6\r\n\r\na=%ff\xff",
        (400,),
    ),
    "bytes that are no words in a cookie": (
        b"GET /sign-in HTTP/1.1\r\n" + HOST + b"Cookie: __Host-sid=\xff%ff%zz\r\n\r\n",
        (200,),
    ),
    "bytes that are no words in an address": (
        b"GET /%ff%zz?q=%ff HTTP/1.1\r\n" + HOST + b"\r\n",
        (303, 400, 404),
    ),
    "a strange host": (b"GET /sign-in HTTP/1.1\r\nHost: evil.example\r\n\r\n", (400,)),
    "a broken host": (b"GET /sign-in HTTP/1.1\r\nHost: [\r\n\r\n", (400,)),
    "trace": (b"TRACE /sign-in HTTP/1.1\r\n" + HOST + b"\r\n", (405,)),
    "options": (b"OPTIONS /sign-in HTTP/1.1\r\n" + HOST + b"\r\n", (200,)),
    "an unheard of method": (b"BREW /sign-in HTTP/1.1\r\n" + HOST + b"\r\n", (405,)),
    "head": (b"HEAD /sign-in HTTP/1.1\r\n" + HOST + b"\r\n", (200,)),
}


@dataclass(frozen=True)
class Served:
    """The real web server on a port, and the file of its words."""

    port: int
    log: Path

    def ask(self, sent: bytes) -> tuple[int, dict[str, str], str]:
        """What is answered to these bytes: status, headers with small names, body; all of it, to
        the end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            try:
                line.sendall(sent)
                line.shutdown(socket.SHUT_WR)
            except BrokenPipeError:
                pass  # it has heard enough, and has answered
            reply = b""
            while part := line.recv(65536):
                reply += part
        head, _, body = reply.decode("latin-1").partition("\r\n\r\n")
        first, *rest = head.split("\r\n")
        pairs = (each.partition(": ") for each in rest)
        return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, body


@pytest.fixture
def served(database: kit.TestDatabase, valkey: str, tmp_path: Path) -> Iterator[Served]:
    """``plancycle web`` as in production, with one worker."""
    port, log = free_port(), tmp_path / "web.log"
    environ = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": database.app_url,
        "REDIS_URL": valkey,
        "SECRET_KEY": "k" * 40,
        "PORT": str(port),
    }
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", "webui", "web", "--workers", "1"],
            env=environ,
            stdout=words,
            stderr=subprocess.STDOUT,
        )
    try:
        while status(port, "/health") != 200:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield Served(port, log)
    finally:
        process.terminate()
        process.wait(30)


def wrong(
    what: str, reply: tuple[int, dict[str, str], str], statuses: tuple[int, ...]
) -> list[str]:
    """What is not as it should be in a reply."""
    code, headers, body = reply
    found = [f"{what}: {code}"] if code not in statuses else []
    found += [f"{what}: no {name}" for name in HEADERS if name not in headers]
    if "frame-ancestors 'none'" not in headers.get("content-security-policy", ""):
        found.append(f"{what}: may be framed")
    if headers.get("cache-control") != "no-store":
        found.append(f"{what}: may be kept")
    if any(character.isdigit() for character in headers.get("server", "")):
        found.append(f"{what}: says its version")
    if "HTTP/1." in body or "gunicorn" in body.lower() or "Traceback" in body:
        found.append(f"{what}: says too much, or says it twice")
    return found


def test_what_the_server_answers_by_itself_has_the_headers_and_a_sentence(served: Served) -> None:
    """Fault X9, SR-41, SR-44, SR-45: 400, 414, 431, 501, 505; one line in the log for each."""
    found = []
    for what, (sent, code) in ITS_OWN.items():
        before = served.log.read_text()
        reply = served.ask(sent)
        found += wrong(what, reply, (code,))
        if reply[1].get("content-type") != "text/plain; charset=utf-8" or len(reply[2]) < 20:
            found.append(f"{what}: no sentence")
        lines = served.log.read_text().removeprefix(before).splitlines()
        if len(lines) > 1:
            found.append(f"{what}: {len(lines)} lines in the log")
    assert not found, "\n".join(found)


def test_what_our_pages_refuse_is_4xx_without_signing_in(served: Served) -> None:
    """Faults X6 and X9: a broken origin, body, cookie, address or host; one line at most each."""
    found = []
    for what, (sent, codes) in OURS.items():
        before = served.log.read_text()
        reply = served.ask(sent)
        found += wrong(what, reply, codes)
        if what in ("head",) and reply[2]:
            found.append("head: has a body")
        lines = served.log.read_text().removeprefix(before).splitlines()
        if len(lines) > 1:
            found.append(f"{what}: {len(lines)} lines in the log: {lines[:3]}")
    assert not found, "\n".join(found)


def test_a_body_without_length_and_without_end_is_refused_soon(served: Served) -> None:
    """SR-59: 26 MB in chunks, as form and as file; the reply is that it is too big."""
    chunk = b"%x\r\n" % (1 << 20) + b"a" * (1 << 20) + b"\r\n"
    for kind in (FORM, MULTIPART):
        start = PART + b"\r\n" if kind == MULTIPART else b""
        first = b"%x\r\n" % len(start) + start + b"\r\n" if start else b""
        reply = served.ask(POST + kind + CHUNKED + b"\r\n" + first + chunk * 26 + b"0\r\n\r\n")
        assert not wrong("26 MB", reply, (413,)), reply


def test_slow_requests_stop_nobody_else_and_end_with_a_sentence(served: Served) -> None:
    """SR-59: forty that begin and do not go on, in the address, in the headers, in a
    form; one of which drips. Nothing is timed: each reply is waited for."""
    begun = (
        b"GET /sign-in HT",
        b"GET /sign-in HTTP/1.1\r\n" + HOST,
        POST + FORM + b"Content-Length: 5000\r\n\r\na",
        POST + MULTIPART + b"Content-Length: 5000\r\n\r\n" + PART,
    )
    with ExitStack() as held:
        lines = []
        for number in range(40):
            line = socket.create_connection(("127.0.0.1", served.port), timeout=60)
            held.enter_context(line)
            line.sendall(begun[number % len(begun)])
            lines.append(line)
        assert [status(served.port, path) for path in ("/health", "/sign-in")] == [200, 200]
        _drip(lines[2])
        for line in lines:
            reply = _rest(line)
            assert reply.startswith(b"HTTP/1.1 408 "), reply[:60]
            assert "did not arrive in time, so nothing was done." in reply.decode()
            assert b"Content-Security-Policy" in reply
    assert "Traceback" not in served.log.read_text()
    assert status(served.port, "/health") == 200


def _drip(line: socket.socket) -> None:
    """Send a byte now and again until there is an answer."""
    for _ in range(4000):
        if select.select([line], [], [], 0.02)[0]:
            return
        line.sendall(b"a")
    raise AssertionError("whoever drips is listened to for ever")


def _rest(line: socket.socket) -> bytes:
    """All that comes, to the end of the connection."""
    reply = b""
    try:
        while part := line.recv(65536):
            reply += part
    except ConnectionResetError:
        pass  # it was closed while we still sent
    return reply


def test_nothing_of_what_was_sent_is_sent_back_by_trace(served: Served) -> None:
    """Fault X9: TRACE is no mirror for cookies."""
    sent = b"TRACE / HTTP/1.1\r\n" + HOST + b"Cookie: __Host-sid=secretsecret\r\n\r\n"
    _code, headers, body = served.ask(sent)
    assert "secretsecret" not in body + str(headers)
