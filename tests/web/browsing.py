"""A browser of somebody from Smallshire: it keeps cookies, opens pages and sends their forms."""

import re
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.settings import Settings
from cycle.db import Database
from cycle.models import Person
from webui.application import create_app
from workflows.people import sessions

_FIELD = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
KEPT = ("hidden", "text", "email")
_FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)


def application(database_url: str, folder: Path) -> Flask:
    """The service on a database, as if behind TLS, without a connection open."""
    settings = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "k" * 40,
        "DATA_DIR": str(folder),
        "TRUSTED_HOSTS": "localhost",
        "BASE_URL": "https://localhost",
    }
    made = create_app(Settings.load(settings))
    made.config["PREFERRED_URL_SCHEME"] = "https"  # the cookie is for TLS only
    made.extensions["db"].dispose()
    return made


class Browser:
    """One browser. ``page`` is the last page that it opened."""

    def __init__(self, app: Flask):
        self.client: FlaskClient = app.test_client()
        self.page = ""

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Open a page."""
        reply = self.client.get(path, **kwargs)
        self.page = reply.text if reply.mimetype == "text/html" else ""
        return reply

    def send(self, on: str, to: str | None = None, **boxes: Any) -> TestResponse:
        """Open the page ``on``, fill in boxes and send its form to ``to`` (the page itself).

        Fields that the page filled in go along. ``due_on_day`` stands for ``due_on-day``.
        """
        self.get(on)
        to = to or on
        filled = prefilled(self.page, to) | {
            re.sub(r"_(day|month|year)$", r"-\1", name): value for name, value in boxes.items()
        }
        return self.client.post(to, data=filled)

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Send a form as it is given."""
        return self.client.post(path, data=data or {}, **kwargs)

    def cookie(self) -> str:
        """The value of the one cookie."""
        found = self.client.get_cookie("__Host-sid")
        return found.value if found else ""

    def put_cookie(self, value: str) -> None:
        """Use this value from now on, as a thief would."""
        self.client.set_cookie("__Host-sid", value, secure=True)


def prefilled(page: str, to: str) -> dict[str, str]:
    """What the form that goes to an address holds already; all forms when none names it."""
    forms = _FORM.findall(page)
    named = [form for form in forms if f'action="{to}"' in unescape(form)] or forms or [page]
    found: dict[str, str] = {}
    for form in named:
        for field in _FIELD.findall(form):
            attributes = dict(_ATTRIBUTE.findall(field))
            if attributes.get("type", "text") in KEPT and "name" in attributes:
                found.setdefault(attributes["name"], unescape(attributes.get("value", "")))
    return found


def main(page: str) -> str:
    """A page without its head and foot, in one line."""
    return " ".join(page.split("<main", 1)[1].split("</main>", 1)[0].split())


def signed_in(app: Flask, db: Database, person_id: int) -> Browser:
    """A browser in which a person has signed in."""
    token = db.run(lambda s: sessions.begin(s, s.get_one(Person, person_id), "Firefox/1 Linux"))
    browser = Browser(app)
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
    return browser
