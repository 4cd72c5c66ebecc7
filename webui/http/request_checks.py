"""What a request must look like before any view sees it (SR-34 to SR-39, SR-55, SR-59).

Only form posts from our own pages; only our own host; no hidden characters in addresses; numbers in
addresses small enough for a row id. ``safe_next`` is the one judge of where a sign-in may lead.
"""

import io
import re
from collections.abc import Callable
from typing import IO, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from flask import Flask, Request, abort, request
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    RequestTimeout,
)
from werkzeug.formparser import FormDataParser
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, ValidationError

from webui.http.server import TooSlow
from webui.page.characters import has_hidden

LARGEST_ID = 2**31 - 1
HOME = "/"
FORM_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data"}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
LIMITS: dict[str, Any] = {
    "MAX_CONTENT_LENGTH": 25 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
    "MAX_FORM_PARTS": 500,
}
_PATH = re.compile(r"/(?:[A-Za-z0-9_~!$&'()*+,;=:@.-]|%[0-9A-Fa-f]{2}|/(?!/))*")
_QUERY = re.compile(r"(?:[A-Za-z0-9_~!$&'()*+,;=:@./?\[\]-]|%[0-9A-Fa-f]{2})*")


class BoundedForms(FormDataParser):
    """Werkzeug's parser with the bounds of ``LIMITS`` for plain forms too, which it leaves open.

    Bytes that are no UTF-8 become U+FFFD, which the strict form refuses, instead of staying as
    percent signs that nobody typed.
    """

    def _parse_urlencoded(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str],
    ) -> tuple[IO[bytes], Any, Any]:
        longest = self.max_form_memory_size or LIMITS["MAX_FORM_MEMORY_SIZE"]
        body = stream.read(longest + 1)
        if len(body) > longest or body.count(b"&") >= (self.max_form_parts or 0):
            raise RequestEntityTooLarge
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, errors="replace")
        return stream, self.cls(pairs), self.cls()


class SentBody(io.RawIOBase):
    """The body of a request as it comes in; one that breaks off or is garbled is a 400 (fault X6),
    one that does not come in time a 408.

    The web server finds that out while a form is read, with failures of its own.
    """

    def __init__(self, sent: IO[bytes]):
        self._sent = sent

    def readable(self) -> bool:
        """It can be read, once."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, all of them without a size. Raises BadRequest."""
        return self._taken(self._sent.read, size)

    def readinto(self, buffer: Any) -> int:
        """Fill what is given, as far as there is something. Raises BadRequest."""
        taken = self.read(len(buffer))
        buffer[: len(taken)] = taken
        return len(taken)

    def readline(self, size: int | None = -1) -> bytes:
        """One line. Raises BadRequest."""
        return self._taken(self._sent.readline, -1 if size is None else size)

    def _taken(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except HTTPException:
            raise
        except TooSlow as slow:
            raise RequestTimeout from slow
        except Exception as broken:
            raise BadRequest from broken


class BoundedRequest(Request):
    """A request whose forms are bounded and whose body may break off."""

    form_data_parser_class = BoundedForms

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any):
        sent = environ.get("wsgi.input")
        if sent is not None and not isinstance(sent, SentBody):
            environ["wsgi.input"] = SentBody(sent)
        super().__init__(environ, *args, **kwargs)


class RowId(IntegerConverter):
    """A number in an address: plain digits, at most 2^31 - 1; anything else is not found."""

    regex = r"[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        """The id. Raises ValidationError, which is a 404."""
        found = int(value)
        if found > LARGEST_ID:
            raise ValidationError
        return found


def safe_next(value: str | None) -> str:
    """A path of ours from a ``next=`` value, else the front page (SR-38).

    It takes only what a browser cannot read as another host: one leading slash, no backslash, no
    control or blank, no second slash in any spelling of percent signs; query allowed, no fragment.
    """
    if not value or len(value) > 2000 or not value.isascii():
        return HOME
    path, _, query = value.partition("?")
    if not _PATH.fullmatch(path) or not _QUERY.fullmatch(query):
        return HOME
    for _round in range(3):
        if "\\" in path or "//" in path or "/.." in path or re.search(r"[\x00-\x20\x7f]", path):
            return HOME
        path = unquote(path)
    parts = urlsplit(value)
    return HOME if parts.scheme or parts.netloc else value


def _check_address() -> None:
    if has_hidden(request.path):
        abort(404)
    if any(has_hidden(text) for pair in request.args.items(multi=True) for text in pair):
        abort(400)


def _check_content_type() -> None:
    if request.method in SAFE_METHODS or request.url_rule is None:
        return
    bare = request.mimetype == "" and not request.content_length
    if request.mimetype not in FORM_TYPES and not bare:
        abort(415)


def _check_origin() -> None:
    """A change comes from a page of ours, which today's browsers say themselves."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in (None, "same-origin", "none"):
        abort(400, "This was sent from another site, so nothing was done.")
    # A page that hides its address (password reset) sends "null"; the browser's word above counts.
    if origin is None or (origin == "null" and site == "same-origin"):
        return
    if _host_of(origin) != request.host.lower():
        abort(400, "This was sent from another site, so nothing was done.")


def _host_of(origin: str) -> str | None:
    """The host of an Origin header; None for one that is no address (fault X6)."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def register(app: Flask, *, trusted_hosts: list[str], proxy_hops: int) -> None:
    """Put these checks before every view of ``app``.

    ``proxy_hops`` is the exact number of proxies in front; with 0 no X-Forwarded header counts.
    """
    app.config.update(LIMITS, TRUSTED_HOSTS=trusted_hosts or None)
    if proxy_hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxy_hops, x_proto=proxy_hops, x_host=proxy_hops
        )
    app.request_class = BoundedRequest
    app.url_map.converters["int"] = RowId
    for check in (_check_address, _check_content_type, _check_origin):
        app.before_request(check)
