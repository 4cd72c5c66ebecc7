"""Statements that every act sends: written once, and handed to the driver as they are.

SQLAlchemy works out for each execution what the statement looks like and what its rows are; for the
few statements of an act that took longer than the database needs to answer them. What it does
beside that is kept here: whoever listens for what cursors execute hears of each statement, and a
failure is the same ``DBAPIError``, with a connection that was lost taken out of the pool.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

# A parameter is ``:name``; a cast ``::type`` and a slice ``[2:20]`` stay.
_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_CURSOR = "cursor of statements"


class Statement:
    """SQL with ``:name`` parameters and the names of the columns that it gives.

    It is sent within the session's transaction, and nothing that the session remembers is written
    before it, as with ``text``.
    """

    def __init__(self, sql: str, columns: str):
        self.sql = _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))
        shape: Any = namedtuple  # the columns are not written out where it is made
        self._row: Callable[[Sequence[Any]], Any] = shape("Row", columns.split())._make

    def all(self, session: Session, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Every row, its columns as attributes. Raises DBAPIError."""
        connection = session.connection()
        cursor = _cursor(connection)
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, self.sql, parameters, None, False)
        try:
            rows = cursor.execute(self.sql, parameters).fetchall()
        except psycopg.Error as failure:
            raise _error(connection, cursor, self.sql, parameters, failure) from failure
        for listener in connection.dispatch.after_cursor_execute:
            listener(connection, cursor, self.sql, parameters, None, False)
        return [self._row(row) for row in rows]

    def first(self, session: Session, parameters: Mapping[str, Any]) -> Any:
        """The first row, or None. Raises DBAPIError."""
        rows = self.all(session, parameters)
        return rows[0] if rows else None


def _cursor(connection: Connection) -> "psycopg.Cursor[Any]":
    """One cursor for each connection of the pool: all rows are read before it is used again."""
    pooled = connection.connection
    if _CURSOR not in pooled.info:
        pooled.info[_CURSOR] = pooled.cursor()
    return cast("psycopg.Cursor[Any]", pooled.info[_CURSOR])


def _error(
    connection: Connection,
    cursor: "psycopg.Cursor[Any]",
    sql: str,
    parameters: Mapping[str, Any],
    failure: psycopg.Error,
) -> BaseException:
    """The failure as SQLAlchemy tells it."""
    pooled = connection.connection
    dialect: Any = connection.dialect
    lost = dialect.is_disconnect(failure, pooled.dbapi_connection, cursor)
    error = DBAPIError.instance(
        sql,
        dict(parameters),
        failure,
        psycopg.Error,
        connection_invalidated=lost,
        dialect=dialect,
    )
    if lost:
        connection.invalidate(failure)
    return error
