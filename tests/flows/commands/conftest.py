"""A terminal at the test's own database, in which each command runs in a process of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import kit
from tests.flows.terminal import Output, Terminal, Type


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    opened = Terminal(tmp_path_factory.mktemp("terminal"))
    yield opened
    opened.close()


@pytest.fixture
def plancycle(terminal: Terminal, database: kit.TestDatabase, tmp_path: Path) -> Type:
    """``plancycle("verify", "--json")`` on this test's database."""

    def typed(*words: str, **environ: str) -> Output:
        usual = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.app_url,
            "MIGRATION_URL": database.owner_url,
            "SECRET_KEY": "k" * 40,
            "DATA_DIR": str(tmp_path / "data"),
        }
        return terminal(*words, environ=usual | environ)

    return typed
