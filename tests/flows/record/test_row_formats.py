"""A sealed table that gains a column: rows listed before it verify as ever, new rows with it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Table, text
from sqlalchemy.orm import DeclarativeBase, Session

from cycle import clock
from cycle.db import Database
from cycle.models import LISTED, SectionComment
from cycle.people import Capacity
from cycle.record import formats
from tests import build, kit, old_record
from tests.flows import committees
from tests.flows.committees import HOUSING
from workflows.core import audit, engine
from workflows.core.audit import Act
from workflows.record.verify import rows as verify_rows, verify

ONE = formats.ROW_FORMATS["remark"][0]
NEW_ROW = "(SELECT max(id) FROM remark)"


@pytest.fixture
def later(
    database: kit.TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Database, Any]]:
    """The old record, in a later version of the product in which a remark has a tone."""
    old_record.restore(database)
    owner = Database(database.owner_url)
    owner.run(lambda s: s.execute(text("ALTER TABLE remark ADD COLUMN tone text")))
    monkeypatch.setitem(formats.ROW_FORMATS, "remark", (ONE, f"{ONE} tone"))

    class Later(DeclarativeBase):
        pass

    class RemarkWithTone(Later):
        __table__ = Table("remark", Later.metadata, autoload_with=owner.engine)
        __tablename__ = "remark"

    models = tuple(RemarkWithTone if each is SectionComment else each for each in LISTED)
    monkeypatch.setattr(verify_rows, "LISTED", models)
    owner.dispose()
    db = Database(database.app_url)
    with committees.on(old_record.LAST_DAY):
        yield db, RemarkWithTone
    db.dispose()


def seal(session: Session, model: Any, ray: int) -> None:
    """Ray remarks in a kind tone."""
    plan, actor, act = build.plan(session, HOUSING), build.actor(session, ray), Act("comment")
    audit.seal(
        session,
        act,
        model,
        plan_id=plan.id,
        version_id=plan.shown_version_id,
        section_key="purpose",
        person_id=ray,
        body="Well said.",
        suggestion="",
        answers_id=None,
        at=clock.now(),
        tone="kind",
    )
    own = next(post for post in actor.posts_held if post.for_person_id is None)
    engine.record(session, plan, actor, act, Capacity.of(own))


def says(db: Database) -> list[str]:
    """What verify finds of the rows."""
    found = {check.key: check for check in db.read(verify.check).broken}
    assert found.keys() <= {"INV-10-listed"}
    return [row.says for check in found.values() for row in check.rows]


def listing(session: Session) -> list[Any]:
    """What the newest event on the plan lists."""
    return list(committees.last_payload(session, HOUSING)["rows"])


def tamper(owner_db: Database, statement: str) -> None:
    """An intruder with the triggers off."""

    def work(session: Session) -> None:
        session.execute(text("SET LOCAL session_replication_role = 'replica'"))
        session.execute(text(statement))

    owner_db.run(work)


def test_old_rows_verify_as_they_were_listed_and_new_ones_with_the_column(
    later: tuple[Database, Any],
) -> None:
    db, model = later
    assert says(db) == []
    db.run(seal, model, build.cast(db).ray)
    assert [(entry[0], entry[3:]) for entry in db.read(listing)] == [("remark", [2])]
    assert says(db) == []


def test_the_new_column_is_sealed_like_every_other(
    later: tuple[Database, Any], owner_db: Database
) -> None:
    db, model = later
    db.run(seal, model, build.cast(db).ray)
    tamper(owner_db, f"UPDATE remark SET tone = 'cross' WHERE id = {NEW_ROW}")
    assert says(db) == ["A column of this row was changed after the event listed it."]


def test_nothing_is_put_into_the_new_column_of_an_old_row(
    later: tuple[Database, Any], owner_db: Database
) -> None:
    """Its digest does not cover that column, so only emptiness can be true of it."""
    db, _ = later
    tamper(owner_db, "UPDATE remark SET tone = 'cross' WHERE id = 1")
    assert says(db) == ["This row was listed before it had these columns: tone."]


def test_a_format_of_a_later_version_is_told_as_such(
    later: tuple[Database, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older version of the product does not call a newer record changed."""
    db, model = later
    db.run(seal, model, build.cast(db).ray)
    monkeypatch.setitem(formats.ROW_FORMATS, "remark", (ONE,))
    assert says(db) == ["It is listed in format 2, which this version does not know."]


def test_every_sealed_table_lists_all_its_columns_in_its_newest_format() -> None:
    """A column added to a sealed table without a format of its own would turn old records red."""
    now = {m.__tablename__: tuple(column.name for column in m.__table__.columns) for m in LISTED}
    assert {
        table: formats.columns(table, formats.newest(table)) for table in formats.ROW_FORMATS
    } == now
    for table, known in formats.ROW_FORMATS.items():
        for number in range(1, len(known) + 1):
            assert set(formats.columns(table, number)) <= set(now[table]), (table, number)


def test_format_1_is_listed_as_it_always_was() -> None:
    row = {"id": 3, "plan_id": 7, "gate": "approved", "version_id": 2, "at": None}
    listed = formats.listed("milestone", [3], row)
    assert json.loads(json.dumps(listed))[:2] == ["milestone", [3]]
    assert len(listed) == 3
    assert formats.listing(listed).format == 1
    for wrong in (["milestone", [3]], ["milestone", [3], "x", "1"], ["milestone", [3], "x", 1, 1]):
        with pytest.raises(ValueError, match="unpack|a listing is"):
            formats.listing(wrong)


def test_manifests_are_read_by_their_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """Format 1 is the plain list; a later one says its number; another is not guessed at."""
    assert formats.manifest('[["purpose","ab"]]') == [formats.Sealed("purpose", "ab")]
    with pytest.raises(LookupError):
        formats.manifest('{"format":2,"parts":[["section","purpose","ab"]]}')
    monkeypatch.setitem(
        formats.MANIFEST_FORMATS, 2, lambda body: [formats.Sealed(*p[1:]) for p in body["parts"]]
    )
    later = formats.manifest('{"format":2,"parts":[["section","purpose","ab"]]}')
    assert later == [formats.Sealed("purpose", "ab")]
