"""The real web server of these tests, on a database of Smallshire, with a clock that tests turn.

The clock is the product's own (``cycle.clock``), set around each request in the server's threads,
so that a journey takes place in the spring of its plan's year, whatever day it is run on.
"""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from config.settings import Settings
from cycle import clock
from cycle.db import Database
from cycle.server.embedded import Servers
from tests import build, kit
from webui.application import create_app
from workflows import sweep
from workflows.people import accounts

T = TypeVar("T")
PASSWORD = "violin harbour lantern mosaic"


class _Quiet(WSGIRequestHandler):
    """A request that is not written to the terminal."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: what goes wrong is in the reply."""


class Town:
    """The server, its database and its clock."""

    def __init__(self, servers: Servers, name: str, data_dir: Path):
        self.servers, self.name, self.data_dir = servers, name, data_dir
        self._moment, self._since = clock.at_local(date(2027, 6, 9)), time.monotonic()
        kit.make_database(servers, name)
        self.app, self.server = self._serve()
        self.db: Database = self.app.extensions["db"]
        self.who = build.Cast({})
        self._have_password: set[int] = set()

    def _serve(self) -> tuple[Flask, BaseWSGIServer]:
        holder: dict[str, Any] = {}

        def door(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            with clock.set_to(self.moment()):
                return holder["app"](environ, start)  # type: ignore[no-any-return]

        server = make_server("127.0.0.1", 0, door, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{server.port}"
        self.settings = Settings.load(
            {
                "DATABASE_URL": self.servers.url(kit.APP, self.name),
                "SECRET_KEY": "k" * 40,
                "DATA_DIR": str(self.data_dir),
                "BASE_URL": self.url,
                "IDLE_MINUTES": "1440",
                "ABSOLUTE_HOURS": "168",
            }
        )
        holder["app"] = create_app(self.settings)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return holder["app"], server

    def begins_as(self, template: str) -> None:
        """Put the database into the state of a prepared one."""
        self.db.dispose()
        kit.make_database(self.servers, self.name, template)
        self.who = build.cast(self.db)
        self._have_password = set()

    def close(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()
        self.db.dispose()

    def moment(self) -> datetime:
        """What time it is in Smallshire."""
        return self._moment + timedelta(seconds=time.monotonic() - self._since)

    def it_is(self, day: date, hour: int = 9) -> None:
        """Turn the clock; who was signed in long before has to sign in again."""
        self._moment, self._since = clock.at_local(day, hour), time.monotonic()

    def run(self, work: Callable[..., T], *args: Any, **more: Any) -> T:
        """One unit of work at Smallshire's time."""
        with clock.set_to(self.moment()):
            return self.db.run(work, *args, **more)

    def do(self, verb: Callable[..., T], by: str, *args: Any, **more: Any) -> T:
        """A verb by somebody from Smallshire, at Smallshire's time."""
        who: int = getattr(self.who, by)
        return self.run(lambda s: verb(s, build.actor(s, who), *args, **more))

    def sweep(self) -> None:
        """What the worker does every minute."""
        with clock.set_to(self.moment()):
            sweep.sweep(self.db, self.settings)

    def set_password(self, name: str) -> str:
        """The e-mail address of somebody who has chosen the tests' password."""
        person: int = getattr(self.who, name)
        if person not in self._have_password:
            self.run(self._choose_password, person)
            self._have_password.add(person)
        return f"{name}@smallshire.example"

    def _choose_password(self, session: Session, person: int) -> None:
        token = build.invited(session, self.who.adam, person)
        accounts.set_password(session, token, PASSWORD)

    def rule_of(self, url: str) -> str:
        """The rule of an address, such as /plans/<ref>: what its pages have in common."""
        path = urlsplit(url).path
        for method in ("GET", "POST"):
            try:
                rule, _ = self.app.url_map.bind("127.0.0.1").match(
                    path, method=method, return_rule=True
                )
                return str(rule)
            except HTTPException:
                continue
        return path
