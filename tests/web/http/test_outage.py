"""Fault X5: while the database is away every page and form says so, and loses nothing.

The database is really away here: its connections are ended and it takes no new ones.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.errors import Away, Unreachable, Unsure
from cycle.server.embedded import Servers
from tests import build, kit
from tests.web.browsing import Browser, prefilled

TYPED = "Forty families wait for a home in the north of the district."
# What needs no database, so that it answers as ever: everything else is 503.
WITHOUT_A_DATABASE = {
    ("GET", "/sign-in"), ("GET", "/forgot-password"), ("GET", "/static/<path:filename>"),
}  # fmt: skip


@pytest.fixture
def away(servers: Servers, database: kit.TestDatabase) -> Iterator[Callable[[], object]]:
    """``with away():`` the database of this test takes no connection and has none."""

    @contextmanager
    def gone() -> Iterator[None]:
        _allow(servers, database.name, "false")
        yield
        _allow(servers, database.name, "true")

    yield gone
    _allow(servers, database.name, "true")


def _allow(servers: Servers, name: str, allowed: str) -> None:
    with psycopg.connect(servers.url("postgres", "postgres"), autocommit=True) as admin:
        say = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS " + allowed)
        admin.execute(say.format(sql.Identifier(name)))
        if allowed == "false":
            end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
            admin.execute(end, [name])


def _addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, rule, and an address of it, of everything that the service answers."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<int:[^>]+>", "1", path)
        path = re.sub(r"<[^>]+>", "x", path)
        for method in sorted(rule.methods & {"GET", "POST"}):
            yield method, rule.rule, path


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert all(each.exc_info is None for each in found)  # no stack is written
    return [each.getMessage() for each in found]


def test_every_page_and_form_is_503_with_one_line_in_the_log_and_then_comes_back(
    app: Flask,
    signed: Callable[[str], Browser],
    away: Callable[[], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    mo = signed("mo")
    mo.get("/account")
    token = prefilled(mo.page, "/account/password")["csrf_token"]
    wrong = []
    with away():
        for method, rule, path in _addresses(app):
            if (method, rule) in WITHOUT_A_DATABASE:
                continue
            data = {"csrf_token": token, "body": TYPED} if method == "POST" else None
            reply = mo.client.open(path, method=method, data=data)
            fine = reply.status_code == 503 and int(reply.headers["Retry-After"]) > 0
            plain = not re.search("Traceback|psycopg|sqlalchemy|FATAL", reply.text)
            kept = method == "GET" or TYPED in reply.text
            if not (fine and plain and kept):
                wrong.append((method, rule, reply.status_code))
    assert wrong == []
    (line,) = _warnings(caplog)
    assert line.startswith("The database does not answer; waiting for it: ")
    assert mo.get("/account").status_code == 200
    assert [each[:26] for each in _warnings(caplog)[1:]] == ["The database answers again"]


def test_the_page_is_the_ordinary_one_and_shows_what_mo_typed(
    signed: Callable[[str], Browser], away: Callable[[], object]
) -> None:
    mo = signed("mo")
    mo.get("/account")
    token = prefilled(mo.page, "/account/password")["csrf_token"]
    with away():
        page = mo.post("/account/password", {"csrf_token": token, "body": TYPED}).text
    assert "The service is not available just now and nothing was saved." in page
    assert "It was not saved. Copy it before you leave this page." in page
    assert "app.css" in page


def test_a_stranger_who_signs_in_meanwhile_reads_the_same(
    anyone: Browser, away: Callable[[], object]
) -> None:
    anyone.get("/sign-in")
    token = prefilled(anyone.page, "/sign-in")["csrf_token"]
    with away():
        boxes = {"csrf_token": token, "email": "mo@smallshire.example", "password": "x" * 20}
        assert anyone.post("/sign-in", boxes).status_code == 503
        assert anyone.get("/sign-in").status_code == 200


def _end_me(session: Session) -> None:
    session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_a_connection_that_is_ended_in_the_middle_of_an_act_is_a_refusal(db: Database) -> None:
    """T-PGR: pg_terminate_backend, on every try."""
    with pytest.raises(Away, match="nothing was saved"):
        db.run(_end_me)
    with pytest.raises(Away, match="nothing was saved"):
        db.read(_end_me)
    assert db.read(lambda s: s.scalar(text("SELECT 1"))) == 1


def test_a_statement_that_takes_too_long_is_a_refusal_and_no_outage(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def slow(session: Session) -> None:
        session.execute(text("SET LOCAL statement_timeout = '1ms'"))
        session.execute(text("SELECT pg_sleep(5)"))

    for door in (db.run, db.read):
        with pytest.raises(Unreachable, match="took too long and nothing was saved") as raised:
            door(slow)
        assert not isinstance(raised.value, Away)
    assert _warnings(caplog) == []


def test_a_pool_without_a_free_connection_is_a_refusal(db: Database) -> None:
    small = Database(db.url, pool_size=1)
    small.engine.pool._max_overflow, small.engine.pool._timeout = 0, 0.01
    with small.line(), pytest.raises(Unreachable, match="busy just now and nothing was saved"):
        small.read(lambda s: s.scalar(text("SELECT 1")))
    assert small.read(lambda s: s.scalar(text("SELECT 1"))) == 1
    small.dispose()


def test_where_commit_may_have_been_heard_nobody_says_that_nothing_was_saved(
    db: Database, who: build.Cast, away: Callable[[], object]
) -> None:
    """INV-30: the same form, sent again, gives the first outcome; until then the page says so."""

    def lost_in_commit(_session: object) -> None:
        gone.__enter__()

    gone = away()
    event.listen(Session, "before_commit", lost_in_commit, once=True)
    with pytest.raises(Unsure, match="may be saved or not"):
        db.run(lambda s: s.execute(text("UPDATE person SET name = name")))
    gone.__exit__(None, None, None)
