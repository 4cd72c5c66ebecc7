"""What the web server answers by itself, before any page of ours is asked (SR-41 to 45, fault X9).

A request that cannot be read gets one plain sentence with the headers of every other reply, and one
line in the log. Nothing of what was sent is repeated, and nothing says which server this is.
"""

import socket
from http import HTTPStatus
from typing import Any

from gunicorn import util  # type: ignore[import-untyped]
from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from cycle.logfiles import say_when
from webui import headers

# The first that fits counts, so that what is special comes before what is general.
_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (errors.InvalidResponseHeader, HTTPStatus.INTERNAL_SERVER_ERROR),
    (errors.InvalidResponseHeaderName, HTTPStatus.INTERNAL_SERVER_ERROR),
    (errors.LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG),
    (errors.LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
    (errors.InvalidHTTPVersion, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED),
    (errors.UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED),
    (errors.ExpectationFailed, HTTPStatus.EXPECTATION_FAILED),
    (errors.ParseException, HTTPStatus.BAD_REQUEST),
)
_SENTENCES = {
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
    said = {
        **headers.without_page(),
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(words)),
        "Connection": "close",
    }
    lines += [f"{name}: {value}" for name, value in said.items()]
    return "\r\n".join([*lines, "", ""]).encode() + words


class Worker(ThreadWorker):  # gunicorn has no types
    """gunicorn's worker with threads, whose own replies are ours."""

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
            # Whoever still sends would otherwise lose the reply to a reset.
            util.close_graceful(client)
        except OSError:
            self.log.debug("nobody waited for the reply")

    def _keepalive_after(self, conn: Any, keepalive: bool) -> bool:
        """A body whose rest cannot be read ends the connection; its request has been answered, and
        whoever still sends it is listened to a moment, so that the answer is not lost."""
        try:
            whole = bool(super()._keepalive_after(conn, keepalive))
        except (errors.ParseException, OSError):
            whole = False
        if keepalive and not whole:
            util.close_graceful(conn.sock, max_drain=MOST_LEFT)
        return whole
