"""One Smallshire with rows in every sealed table, for the tests that tamper and roll back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.server.embedded import Servers
from tests import kit
from tests.flows import world
from workflows.record.verify import verify


@pytest.fixture(scope="session")
def sealed_smallshire(servers: Servers, worker: str) -> kit.TestDatabase:
    """Made once for each worker; no test keeps what it does to it. Its record verifies."""
    database = kit.fresh_database(servers, f"sealed_{worker}")
    db = Database(database.app_url)
    world.made(db)
    broken = db.read(verify.check).broken
    db.dispose()
    assert broken == ()
    return database


@pytest.fixture
def intruder(sealed_smallshire: kit.TestDatabase) -> Iterator[Session]:
    """The owner's session with triggers off; rolled back at the end."""
    opened = Database(sealed_smallshire.owner_url)
    with Session(opened.engine) as session:
        session.execute(text("SET LOCAL session_replication_role = 'replica'"))
        yield session
        session.rollback()
    opened.dispose()
