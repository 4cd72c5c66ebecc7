"""The database that the tests and the product get: two roles, sealed tables, a clean start."""

import json

import psycopg
import pytest
import redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.errors import BadInput, Rejected
from cycle.models import Person
from cycle.server import migrate
from tests import build, old_record
from tests.kit import TestDatabase


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_starts_from_the_migrated_template(owner_db: Database, time: str) -> None:
    owner_db.run(lambda session: session.execute(text(f"CREATE TABLE left_behind_{time} ()")))
    tables = "SELECT relname FROM pg_class WHERE relname LIKE 'left_behind%'"
    assert owner_db.read(lambda session: session.scalars(text(tables)).all()) == [
        f"left_behind_{time}"
    ]


@pytest.mark.parametrize(
    "change", ["UPDATE event SET seq = 1", "DELETE FROM event", "TRUNCATE event CASCADE"]
)
def test_the_product_may_add_to_the_record_and_never_change_it(db: Database, change: str) -> None:
    with pytest.raises(Rejected, match="permission denied"):
        db.run(lambda session: session.execute(text(change)))


def test_nothing_is_pending_after_a_migration(database: TestDatabase) -> None:
    assert migrate.pending(database.app_url) == []


def test_the_schema_can_be_taken_down_and_put_up_again(database: TestDatabase) -> None:
    migrate.downgrade(database.owner_url, "base")
    assert migrate.pending(database.owner_url)[0] == "0001"
    migrate.upgrade(database.owner_url)
    assert migrate.pending(database.owner_url) == []


def test_a_state_without_a_phase_stops_migrate_and_nothing_is_changed(
    database: TestDatabase,
) -> None:
    """evolving.md: a state that only a council's own edition has stops here, never on a page."""
    migrate.downgrade(database.owner_url, "0015")
    contents = json.loads(old_record.edition(build.FRAMEWORK))
    limbo = {"label": "In limbo", "stage": "Review"}
    contents["lifecycles"]["profile"]["states"]["in_limbo"] = limbo
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "INSERT INTO framework_version (key, number, body, sha256, published_at) "
            "VALUES ('ours', 7, %s, 'x', now())",
            [json.dumps(contents)],
        )
    words = "Edition 7 of ours: the state “In limbo” .profile.in_limbo. has no phase"
    with pytest.raises(BadInput, match=words):
        migrate.upgrade(database.owner_url)
    assert migrate.pending(database.owner_url)[0] == "0016"


def test_a_subject_in_a_state_that_its_edition_lacks_stops_migrate(
    db: Database, database: TestDatabase
) -> None:
    """With rows in the table the phase goes and comes back, and one that nobody can say is told."""
    build.council(db)
    migrate.downgrade(database.owner_url, "0015")
    migrate.upgrade(database.owner_url)
    assert db.read(lambda s: s.scalar(text("SELECT DISTINCT phase FROM subject"))) == "in_force"
    migrate.downgrade(database.owner_url, "0015")
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE subject SET state = 'in_limbo' WHERE kind = 'council'")
    with pytest.raises(BadInput, match="stands in the state council.in_limbo"):
        migrate.upgrade(database.owner_url)


def test_the_product_cannot_make_tables(database: TestDatabase) -> None:
    with (
        psycopg.connect(database.app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (n int)")


def test_each_test_finds_valkey_empty(valkey: str) -> None:
    with redis.Redis.from_url(valkey) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_a_connection_that_died_is_noticed_and_the_work_done_again(
    db: Database,
) -> None:
    """INV-33: PostgreSQL ends every connection here; the next read and change go through."""

    def end_all(session: Session) -> None:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = current_user AND datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
        )

    other = Database(db.url)

    assert db.read(lambda s: s.scalar(text("SELECT 1"))) == 1
    other.run(end_all)
    assert db.read(lambda s: s.scalar(text("SELECT 2"))) == 2
    other.run(end_all)
    assert db.run(lambda s: s.scalar(text("SELECT 3"))) == 3
    other.dispose()


def test_a_read_keeps_what_the_server_has_prepared_and_writes_nothing(
    db: Database,
) -> None:
    """A ROLLBACK would make the driver forget it, and each page would be planned anew."""
    who = build.council(db)

    def rename(session: Session) -> None:
        session.get_one(Person, who.mo).name = "Somebody Else"

    ask = text("SELECT name FROM person WHERE id = :id")
    for _ in range(4):
        db.read(lambda s: s.execute(ask, {"id": who.mo}).scalar())
    known = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM person%'")
    assert db.read(lambda s: s.scalar(known)) == 1
    db.read(rename)
    assert db.read(lambda s: s.execute(ask, {"id": who.mo}).scalar()) == "Mo Manager"
