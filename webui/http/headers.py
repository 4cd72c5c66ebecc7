"""The headers of every reply, refusals and downloads included (SR-21, SR-40 to SR-45).

No reply may be kept by a cache but static files, no page may be framed, and only scripts with the
nonce of that very reply run. Other origins are never answered: no Access-Control header.
"""

import secrets
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, g, request, url_for

YEAR = 365 * 24 * 3600
_FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "fullscreen", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
)  # fmt: skip
_FIXED = {
    "Strict-Transport-Security": f"max-age={2 * YEAR}; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
}


def csp_nonce() -> str:
    """The nonce of this reply's inline script: made once, new for every reply."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def content_policy(nonce: str) -> str:
    """The Content-Security-Policy of a page (SR-43)."""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def without_page() -> dict[str, str]:
    """The headers of a reply that is no page of ours: a sentence without scripts, for nobody's
    cache. It is what the web server says by itself."""
    return {
        **_FIXED,
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Cookie",
    }


def secure(response: Response) -> Response:
    """Put the headers on a reply. A view's own stricter referrer rule stands."""
    for name, value in _FIXED.items():
        response.headers[name] = value
    response.headers["Content-Security-Policy"] = content_policy(csp_nonce())
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        _cache_static(response)
    else:
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Cookie")
    return response


def _cache_static(response: Response) -> None:
    """A file asked for by its content's mark never changes; without the mark it is asked again."""
    response.headers.pop("Vary", None)
    if "v" in request.args:
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"


class StaticFiles:
    """The addresses of static files, each with a mark of its content."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._marks: dict[str, str] = {}

    def url(self, name: str) -> str:
        """The address of a static file; a file not built yet has no mark."""
        if name not in self._marks:
            path = self.folder / name
            if not path.is_file():
                return url_for("static", filename=name)
            self._marks[name] = sha256(path.read_bytes()).hexdigest()[:12]
        return url_for("static", filename=name, v=self._marks[name])


def register(app: Flask) -> None:
    """Make every reply of ``app`` carry these headers."""
    files = StaticFiles(Path(app.static_folder or ""))
    app.add_template_global(files.url, "static_url")
    app.add_template_global(csp_nonce)
    app.after_request(secure)
