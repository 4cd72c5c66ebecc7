"""The database and the one place that commits: ``Database.run`` is a whole unit of work.

A unit of work is retried as a whole (INV-33) when PostgreSQL says that it lost a race (deadlock,
serialization failure, lock timeout) or the connection was lost before COMMIT was sent.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from cycle.errors import Unreachable

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 5
LONGEST = 10.0
RETRIED = {"40001", "40P01", "55P03", "57P01", "57P03", "08006", "08001"}


class Base(DeclarativeBase):
    """The base of every table."""


class Database:
    """One PostgreSQL database. ``run`` for changes, ``read`` for pages.

    ``patient`` false lets a commit return before it is on the disk: for a simulation or the demo,
    which are made anew when the machine fails, never for what people enter.
    """

    def __init__(self, url: str, *, pool_size: int = 5, patient: bool = True):
        self.url = url
        options = "-c timezone=UTC" + ("" if patient else " -c synchronous_commit=off")
        self.engine: Engine = create_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=10,
            connect_args={"options": options, "prepare_threshold": 2},
        )
        event.listen(self.engine, "connect", _guard_connection)

    def run(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do ``work(session, ...)`` and commit it, all or nothing.

        Raises what ``work`` raises (nothing is kept), or Unreachable after the bounded retries.
        """
        began = time.monotonic()
        for attempt in range(1, TRIES + 1):
            session = Session(self.engine, expire_on_commit=False)
            try:
                result = work(session, *args, **kwargs)
                session.commit()
            except DBAPIError as failure:
                session.rollback()
                if not _may_retry(failure):
                    raise
                if attempt == TRIES or time.monotonic() - began > LONGEST:
                    raise Unreachable(
                        "The service is busy just now and nothing was saved. Try again in a minute."
                    ) from failure
                # Jitter keeps losers of one race from meeting again at the same instant.
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
            else:
                return result
            finally:
                session.close()
        raise AssertionError("the loop always returns or raises")

    def read(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do ``work(session, ...)`` on one snapshot in a read-only transaction.

        A pooled connection that died meanwhile is noticed here and the read is done again on a new
        one: asking each connection first would cost a statement every time.
        """
        try:
            return self._read(work, *args, **kwargs)
        except DBAPIError as failure:
            if not failure.connection_invalidated:
                raise
            return self._read(work, *args, **kwargs)

    def _read(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options=options)
            return work(session, *args, **kwargs)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@contextmanager
def at_once(url: str) -> Iterator[psycopg.Connection]:
    """A plain connection on which every statement stands by itself: what cannot be in a
    transaction (CREATE DATABASE, VACUUM) on a scratch server, never the council's acts."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def sqlalchemy_url(url: str) -> str:
    """A libpq URL as SQLAlchemy wants it: the psycopg driver named."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _guard_connection(connection: object, _record: object) -> None:
    """Bounds of security.md, so that no request can hold the database for ever."""
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SET statement_timeout = '15s'")
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
    connection.commit()  # type: ignore[attr-defined]


def _may_retry(failure: DBAPIError) -> bool:
    if getattr(failure.orig, "sqlstate", None) in RETRIED:
        return True
    # A lost connection has no state; INV-30's request key makes the repeat safe.
    return bool(failure.connection_invalidated)
