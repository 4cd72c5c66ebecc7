"""Migrations on a database in which people have worked (T-MIG, INV-62)."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from cycle.db import Database
from cycle.errors import BadInput
from cycle.server import migrate
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from tests.flows.meetings.test_committee import decisions
from tests.flows.meetings.test_corrections import PEOPLE, agree, propose, settle, whole
from tests.kit import TestDatabase
from workflows.search import indexing


@pytest.fixture
def older(db: Database, database: TestDatabase, tmp_path: Path) -> tuple[Database, int, int]:
    """A council whose People Committee has decided on the Strategic Plan; Cy and Monty."""
    who = co.council(db, tmp_path)
    co.to_committees(db, who, STP)
    co.through(db, who, PEOPLE, AUTUMN)
    return db, who.cy, who.monty


def test_search_and_publication_go_down_and_up_and_lose_nothing_of_the_record(
    older: tuple[Database, int, int], database: TestDatabase
) -> None:
    """INV-62: what was decided reads and verifies as before; search is filled anew."""
    db, _, _ = older
    before = [(each.id, each.words, each.outcome) for each in decisions(db, PEOPLE)]
    db.run(indexing.refresh)
    count = text("SELECT count(*) FROM search_entry")
    entries = db.read(lambda s: s.scalar(count))
    assert entries
    db.dispose()
    migrate.downgrade(database.owner_url, "0019")
    migrate.upgrade(database.owner_url)
    assert migrate.pending(database.owner_url) == []
    assert [(each.id, each.words, each.outcome) for each in decisions(db, PEOPLE)] == before
    assert db.read(lambda s: s.scalar(count)) == 0
    db.run(indexing.refresh)
    assert db.read(lambda s: s.scalar(count)) == entries
    assert whole(db)


def test_a_corrected_outcome_is_never_taken_from_the_record(
    older: tuple[Database, int, int], database: TestDatabase
) -> None:
    """INV-62, R4: going back would drop who agreed and what shows it; so it is refused, and
    nothing at all is changed."""
    db, cy, monty = older
    with on(AUTUMN + timedelta(days=60)):
        correction = propose(db, cy)
        agree(db, monty, correction)
        settle(db, cy, correction, "kept")
    db.dispose()
    with pytest.raises(BadInput, match="corrected by two people"):
        migrate.downgrade(database.owner_url, "0019")
    assert migrate.pending(database.owner_url) == []
    assert decisions(db, PEOPLE)[-1].agreed_by_id == monty
    assert whole(db)
