"""Unit tests reach no database and no Redis: whoever tries is told so."""

import socket
from typing import NoReturn

import psycopg
import pytest


def _refuse(*_args: object, **_kwargs: object) -> NoReturn:
    raise AssertionError("a unit test reached for a server; move it to tests/flows")


@pytest.fixture(autouse=True)
def no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to a server raises."""
    monkeypatch.setattr(psycopg, "connect", _refuse)
    monkeypatch.setattr(psycopg.Connection, "connect", _refuse)
    monkeypatch.setattr(socket.socket, "connect", _refuse)
