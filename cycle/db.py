"""The database and the one place that commits: ``Database.run`` is a whole unit of work.

A unit of work is retried as a whole (INV-33) when PostgreSQL says that it lost a race (deadlock,
serialization failure, lock timeout) or the connection was lost. A database that does not answer is
told once for each process and outage, as ``Away``, whichever way the driver found it (X5).
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError, TimeoutError
from sqlalchemy.orm import DeclarativeBase, Session

from cycle.errors import Away, Rejected, Unreachable, Unsure
from cycle.outages import Outage

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 5
LONGEST = 10.0
RACES = {"40001", "40P01", "55P03"}
# Classes of SQLSTATE: no connection, no room for one more, an operator's shutdown or a crash.
GONE = ("08", "53", "57P")
TOO_SLOW = "57014"
# Seconds that a connection, and a free one of the pool, are waited for.
CONNECT_PATIENCE = 5
POOL_PATIENCE = 10
# Milliseconds after which a machine that swallows our words counts as gone (TCP only).
SILENCE = 20_000

AWAY = "The service is not available just now and nothing was saved. Try again in a minute."
BUSY = "The service is busy just now and nothing was saved. Try again in a minute."
SLOW = "This took too long and nothing was saved. Try again in a minute."
UNSURE = (
    "The database went away while this was being saved, so it may be saved or not. Wait a minute, "
    "go back and send the same form again: what was saved is not done twice."
)

_log = logging.getLogger(__name__)


class Base(DeclarativeBase):
    """The base of every table."""


class Database:
    """One PostgreSQL database. ``run`` for changes, ``read`` for pages.

    ``patient`` false lets a commit return before it is on the disk: for a simulation or the demo,
    which are made anew when the machine fails, never for what people enter.
    """

    def __init__(self, url: str, *, pool_size: int = 5, patient: bool = True):
        self.url = url
        self.outage = Outage("The database", _log)
        self.engine: Engine = create_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=10,
            pool_timeout=POOL_PATIENCE,
            connect_args=_connect_args(url, patient),
        )
        event.listen(self.engine, "connect", _guard_connection)

    def run(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do ``work(session, ...)`` and commit it, all or nothing.

        Raises what ``work`` raises (nothing is kept), Rejected for a statement that was not taken,
        Away when the database does not answer, Unsure when it went in the middle of COMMIT, or
        Unreachable after the bounded retries. After
        a COMMIT that was lost, too, the work is done again: the request key in it gives the first
        outcome (INV-30).
        """
        began = time.monotonic()
        unsure = False
        for attempt in range(1, TRIES + 1):
            committing = False
            session = Session(self.engine, expire_on_commit=False)
            try:
                result = work(session, *args, **kwargs)
                committing = True
                session.commit()
            except SQLAlchemyError as failure:
                session.rollback()
                refusal = _refusal(failure)
                if refusal is None:
                    raise _rejected(failure) from failure
                unsure = unsure or (committing and isinstance(refusal, Away))
                if attempt == TRIES or _too_long(began) or not self._may_retry(refusal, failure):
                    raise self._refused(refusal, failure, unsure=unsure) from failure
                # Jitter keeps losers of one race from meeting again at the same instant.
                time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
            else:
                self.outage.over()
                return result
            finally:
                session.close()
        raise AssertionError("the loop always returns or raises")

    def read(
        self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do ``work(session, ...)`` on one snapshot in a read-only transaction.

        A pooled connection that died meanwhile is noticed here and the read is done again on a new
        one: asking each connection first would cost a statement every time. Raises Away when the
        database does not answer, Unreachable when it took too long, Rejected for a statement that
        was not taken.
        """
        with self._watched():
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
            result = work(session, *args, **kwargs)
            # The driver forgets every prepared statement at a ROLLBACK, and the server would plan
            # each page anew; nothing was changed, and what was only thought of is not sent.
            session.expunge_all()
            session.commit()
            return result

    @contextmanager
    def line(self) -> Iterator[Connection]:
        """A connection on which every statement stands by itself, for advisory locks. Raises Away
        when the database does not answer."""
        with (
            self._watched(),
            self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as line,
        ):
            yield line

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Turn what the library and the driver say into our own words."""
        try:
            yield
        except SQLAlchemyError as failure:
            refusal = _refusal(failure)
            if refusal is None:
                raise _rejected(failure) from failure
            raise self._refused(refusal, failure) from failure
        self.outage.over()

    def _may_retry(self, refusal: Unreachable, failure: Exception) -> bool:
        """Whether the work may be done again at once: it lost a race, or its connection for the
        first time. In an outage everybody who waited would hold up the others."""
        if isinstance(refusal, Away):
            return not self.outage.known
        return _state(failure) in RACES

    def _refused(
        self, refusal: Unreachable, failure: Exception, *, unsure: bool = False
    ) -> Unreachable:
        """The refusal to raise; the log learns of an outage once."""
        if isinstance(refusal, Away):
            self.outage.met(getattr(failure, "orig", None) or failure)
        return Unsure(UNSURE) if unsure else refusal

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def answers(session: Session) -> None:
    """Ask the database for nothing but an answer."""
    session.execute(text("SELECT 1"))


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


def _connect_args(url: str, patient: bool) -> dict[str, Any]:
    """What each connection is opened with; what the URL says itself stands.

    Planning our longer statements takes as long as they do, so a statement's plan is made once for
    each connection and not for each set of values (docs/performance.md).
    """
    options = "-c timezone=UTC -c plan_cache_mode=force_generic_plan"
    options += "" if patient else " -c synchronous_commit=off"
    bounds = {"connect_timeout": CONNECT_PATIENCE, "tcp_user_timeout": SILENCE}
    named = make_url(sqlalchemy_url(url)).query
    own = {name: bound for name, bound in bounds.items() if name not in named}
    return {"options": options, "prepare_threshold": 2} | own


def rejection(failure: Exception) -> Rejected | None:
    """What the database did not take, also where its own library said so; None for another kind of
    failure."""
    if isinstance(failure, Rejected):
        return failure
    return _rejected(failure) if isinstance(failure, SQLAlchemyError) else None


def _rejected(failure: SQLAlchemyError) -> Rejected:
    cause = getattr(failure, "orig", None) or failure
    return Rejected(
        str(cause),
        sqlstate=_state(failure) or "",
        rule=getattr(getattr(cause, "diag", None), "constraint_name", None) or "",
        operational=isinstance(failure, OperationalError),
    )


def _too_long(began: float) -> bool:
    return time.monotonic() - began > LONGEST


def _refusal(failure: Exception) -> Unreachable | None:
    """What to say of a failure that is the database's and not the statement's; None for another."""
    if isinstance(failure, TimeoutError):
        return Unreachable(BUSY)  # no connection of the pool came free
    state = _state(failure)
    if state == TOO_SLOW:
        return Unreachable(SLOW)
    if state in RACES:
        return Unreachable(BUSY)
    if state is not None:
        return Away(AWAY) if state.startswith(GONE) else None
    # What libpq says of a connection that it has not got, or has lost, bears no state.
    lost = isinstance(failure, DBAPIError) and failure.connection_invalidated
    return Away(AWAY) if lost or isinstance(failure, OperationalError) else None


def _state(failure: Exception) -> str | None:
    """PostgreSQL's code for what happened, where it has said one."""
    return getattr(getattr(failure, "orig", None), "sqlstate", None)
