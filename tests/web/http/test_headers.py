"""Every reply carries the headers, whatever it is."""

import re

import pytest

from tests.web.http.test_every_reply import wrong_with

EVERY_KIND = [
    ("GET", "/form", 200),
    ("GET", "/health", 503),
    ("GET", "/ready", 503),
    ("GET", "/nowhere", 404),
    ("GET", "/refused/not-permitted", 403),
    ("GET", "/refused/out-of-date", 409),
    ("GET", "/refused/unreachable", 503),
    ("GET", "/broken", 500),
    ("GET", "/mine", 303),
    ("GET", "/slow-down", 429),
    ("POST", "/form", 400),
    ("PUT", "/form", 405),
    ("TRACE", "/form", 405),
    ("OPTIONS", "/form", 200),
    ("GET", "/static/", 404),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/.git/config", 404),
    ("GET", "/console", 404),
    ("GET", "/.env", 404),
    ("GET", "/backup.sql", 404),
    ("GET", "/static/../webui/auth.py", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), EVERY_KIND)
def test_every_reply_has_the_headers(bare, method, path, status):
    """Pages, refusals, failures and nothing: SR-21, SR-40, SR-41, SR-43 to SR-47."""
    reply = bare.open(path, method=method, headers={"Origin": "http://localhost"})
    assert reply.status_code == status
    assert wrong_with(reply) == []
    assert reply.headers["Referrer-Policy"] == "same-origin"
    assert "Cookie" in reply.headers["Vary"]
    assert "charset=utf-8" in reply.headers["Content-Type"] or reply.is_json


def test_the_nonce_differs_and_is_the_one_on_the_page(bare):
    """SR-43: a new nonce in every reply."""
    seen = set()
    for _ in range(3):
        reply = bare.get("/form")
        nonce = re.search("'nonce-([^']+)'", reply.headers["Content-Security-Policy"])[1]
        assert f'<script nonce="{nonce}">' in reply.text
        seen.add(nonce)
    assert len(seen) == 3


def test_no_page_has_inline_style_or_a_script_without_nonce(bare):
    """SR-43: the policy needs no unsafe word."""
    page = bare.get("/form").text
    assert "style=" not in page
    assert "<style" not in page
    assert not re.search(r"<script>|\son\w+=", page)


def test_static_files_may_be_kept_and_change_their_address_with_their_content(bare):
    link = re.search(r'href="(/static/brand\.css\?v=[0-9a-f]{12})"', bare.get("/form").text)[1]
    with bare.get(link) as marked, bare.get("/static/brand.css") as bare_address:
        assert marked.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert bare_address.headers["Cache-Control"] == "no-cache"
        assert "Set-Cookie" not in marked.headers


def test_the_cookie_is_bound_to_the_host(bare):
    cookie = bare.get("/form").headers["Set-Cookie"]
    assert cookie.startswith("__Host-sid=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize("broken", ["x" * 8000, "a.b.c", "", "é", "."])
def test_a_broken_cookie_is_somebody_unknown(bare, broken):
    assert bare.get("/form", headers={"Cookie": f"__Host-sid={broken}"}).status_code == 200
