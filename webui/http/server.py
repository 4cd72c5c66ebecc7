"""How the web server reads requests, and what it answers by itself, before any page of ours is
asked (SR-41 to 45, SR-59, fault X9).

A request that cannot be read gets one plain sentence with the headers of every other reply, and one
line in the log. Nothing of what was sent is repeated, and nothing says which server this is.

A request that comes in slowly, or never ends, holds no thread for long: it has a time within which
it must be there, and half of the threads at most wait for anything of anybody, so that the others
answer those whose requests are there. Whoever sends nothing yet has no thread.
"""

import select
import socket
import threading
import time
from http import HTTPStatus
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.workers import gthread  # type: ignore[import-untyped]

from cycle.server.logfiles import say_when
from webui.http import headers

PATIENCE = 15.0  # seconds within which a request must be there
SLOWEST = 32 * 1024  # bytes that are worth one more second, for files on slow lines


class TooSlow(errors.ParseException):  # gunicorn has no types
    """The rest of a request did not come in time, or too many were being waited for."""


# The first that fits counts, so that what is special comes before what is general.
_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (errors.InvalidResponseHeader, HTTPStatus.INTERNAL_SERVER_ERROR),
    (errors.InvalidResponseHeaderName, HTTPStatus.INTERNAL_SERVER_ERROR),
    (errors.LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG),
    (errors.LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (errors.InvalidHTTPVersion, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED),
    (errors.UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED),
    (TooSlow, HTTPStatus.REQUEST_TIMEOUT),
    (errors.ExpectationFailed, HTTPStatus.EXPECTATION_FAILED),
    (errors.ParseException, HTTPStatus.BAD_REQUEST),
)
TOO_SLOW = "What you sent did not arrive in time, so nothing was done. Try again."
_SENTENCES = {
    HTTPStatus.REQUEST_TIMEOUT: TOO_SLOW,
    HTTPStatus.REQUEST_URI_TOO_LONG: "This address is too long. Open the page from its link.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "Your browser sent more along than this service reads. Delete its cookies for this site "
        "and try again."
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong. Try again in a few minutes.",
}
MOST_LEFT = 64 * 1024 * 1024  # bytes, for two seconds at most
_UNREADABLE = "What was sent could not be read. Open the page again and try again."


def status_of(failure: Exception) -> HTTPStatus:
    """The status with which a request is refused that could not be read; 500 for our own fault."""
    ours = HTTPStatus.INTERNAL_SERVER_ERROR
    return next((status for kind, status in _STATUS if isinstance(failure, kind)), ours)


def reply(status: HTTPStatus) -> bytes:
    """The whole reply, which ends the connection."""
    words = (_SENTENCES.get(status, _UNREADABLE) + "\n").encode()
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    own = {
        **headers.without_page(),
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(words)),
        "Connection": "close",
    }
    lines += [f"{name}: {value}" for name, value in own.items()]
    return "\r\n".join([*lines, "", ""]).encode() + words


class _Patient:
    """A connection while one request is read from it, in time. ``waits`` has a place for each
    thread that may wait."""

    def __init__(self, sock: socket.socket, waits: threading.BoundedSemaphore):
        self._sock = sock
        self._waits = waits
        self._until = time.monotonic() + PATIENCE

    def recv(self, size: int) -> bytes:
        """What is there, or the next that comes. Raises TooSlow."""
        left = self._until - time.monotonic()
        if left <= 0 or not (self._is_there(0) or self._comes(left)):
            raise TooSlow
        part = self._sock.recv(size)
        self._until += len(part) / SLOWEST
        return part

    def _comes(self, seconds: float) -> bool:
        if not self._waits.acquire(blocking=False):
            return False
        try:
            return self._is_there(seconds)
        finally:
            self._waits.release()

    def _is_there(self, seconds: float) -> bool:
        waiting = select.poll()
        waiting.register(self._sock, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Worker(gthread.ThreadWorker):  # gunicorn has no types
    """gunicorn's worker with threads, whose own replies are ours; it waits for nobody long."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._waits = threading.BoundedSemaphore(max(1, self.cfg.threads // 2))

    def handle(self, conn: Any) -> Any:
        """Read a request and answer it; who has sent nothing yet is waited for without a thread."""
        if not (conn.initialized or conn.wait_for_data(0)):
            return gthread._DEFER
        conn.init()
        conn.parser.unreader.sock = _Patient(conn.sock, self._waits)
        kept = super().handle(conn)
        if not kept:
            self._end(conn)
        return kept

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Count a connection that its thread has ended; gunicorn looks after the others."""
        if conn.sock.fileno() < 0:
            self.nr_conns -= 1
        else:
            super().finish_request(conn, fs)

    def _end(self, conn: Any) -> None:
        """Close a connection. Whoever still sends would lose the reply to a reset, so they are
        listened to a moment, as far as there is a place to wait."""
        if not self._waits.acquire(blocking=False):
            util.close(conn.sock)
            return
        try:
            util.close_graceful(conn.sock, max_drain=MOST_LEFT)
        finally:
            self._waits.release()

    def init_process(self) -> None:
        """Serve until asked to end; what our code logs says when."""
        say_when()
        super().init_process()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Answer a request that could not be served."""
        status = status_of(exc)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            self.log.error("a request could not be served", exc_info=exc)
        else:
            self.log.warning("a request could not be read: %s", type(exc).__name__)
        try:
            client.sendall(reply(status))
        except OSError:
            self.log.debug("nobody waited for the reply")

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """A body whose rest cannot be read ends the connection; its request has been answered."""
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except (errors.ParseException, OSError):
            return False
