"""The headers of every reply, on every address there is, to its person and to nobody: not only on
the pages that were thought of. The walk is that of ``test_bad_values``."""

import re
from typing import Any

from tests.web.browsing import Browser
from tests.web.http.test_bad_values import FORM, Walk, rules, walk

__all__ = ["walk"]

POLICY = re.compile(
    "default-src 'self'; script-src 'self' 'nonce-[A-Za-z0-9_-]{22}'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# What a page of ours may not use, by its name in the header.
FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "fullscreen", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
)  # fmt: skip
HEADERS = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SCRIPT = re.compile(r"<script(?![^>]*\b(?:nonce|src)=)|\son[a-z]+=\"|<style|\sstyle=\"")


def wrong_with(reply: Any) -> list[str]:
    """What a reply lacks."""
    found = [
        f"no {name}" for name, value in HEADERS.items() if value not in reply.headers.get(name, "")
    ]
    policy = reply.headers.get("Content-Security-Policy", "")
    found += [] if POLICY.fullmatch(policy) else [f"another policy: {policy}"]
    closed = {each.strip() for each in reply.headers.get("Permissions-Policy", "").split(",")}
    found += [f"may use {each}" for each in FEATURES if f"{each}=()" not in closed]
    if reply.headers.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        found.append("no referrer rule")
    if reply.headers.get("Cache-Control") != "no-store":
        found.append("may be kept")
    found += ["answers another origin"] if "Access-Control" in str(reply.headers) else []
    if reply.mimetype == "text/html":
        if found_script := _SCRIPT.search(reply.text):
            found.append(f"a script or style without nonce: {found_script[0]}")
        nonces = set(re.findall(r"<script[^>]*\bnonce=\"([^\"]*)\"", reply.text))
        found += ["a nonce that is not the policy's" for each in nonces if each not in policy]
    return found


def test_every_address_answers_with_every_header(walk: Walk) -> None:
    """SR-40, SR-41, SR-43, SR-44, SR-45: read, and sent without a form."""
    wrong, nonces = [], []
    stranger = Browser(walk.town.app)
    for method in ("GET", "POST"):
        for rule in rules(walk.town.app, method):
            path = walk.path(rule)
            for browser in (walk.browser(rule.endpoint), stranger):
                reply = browser.client.open(
                    path, method=method, headers={"Origin": "http://localhost"}, content_type=FORM
                )
                wrong += [f"{method} {path} {reply.status_code}: {e}" for e in wrong_with(reply)]
                nonces += re.findall(
                    r"'nonce-([^']+)'", reply.headers.get("Content-Security-Policy", "")
                )
    assert not wrong, "\n".join(wrong)
    assert len(set(nonces)) == len(nonces) > 100
