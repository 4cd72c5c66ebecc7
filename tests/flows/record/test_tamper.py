"""T-TAMPER: whoever changes the record past the triggers is found.

Every test works as the database's owner with triggers off, within a transaction that is rolled
back, on one Smallshire with rows in every sealed table.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.models import SEALED, Checkpoint
from cycle.record import canonical
from tests import kit
from tests.flows import world
from tests.flows.world import checked, places
from workflows.record import checkpoints

COLUMNS = [
    pytest.param(model, column, id=f"{model.__tablename__}.{column.name}")
    for model in SEALED
    for column in model.__table__.columns
]


def other(column: Column[Any], value: Any) -> Any:
    """A value of the column's type that is not the one it has."""
    kind = column.type.python_type
    if kind is bool:
        return not value
    if kind is int:
        return (value or 0) + 1_000_000
    if kind is datetime:
        return value + timedelta(microseconds=1)
    if kind is date:
        return value + timedelta(days=1) if value else date(2028, 1, 1)
    return f"{value or ''}."


@pytest.mark.parametrize("which", ["ASC", "DESC"], ids=["first", "last"])
@pytest.mark.parametrize(("model", "column"), COLUMNS)
def test_a_changed_column_is_found_and_named(
    intruder: Session, model: Any, column: Column[Any], which: str
) -> None:
    """INV-10, INV-21: Dora, who runs the database, changes one column of one sealed row."""
    table = model.__table__
    keys = [each.name for each in table.primary_key]
    order = ", ".join(f"{key} {which}" for key in keys)
    row = intruder.execute(text(f"SELECT * FROM {table.name} ORDER BY {order} LIMIT 1")).mappings()
    before = dict(row.one())
    at = " AND ".join(f"{key} = :at_{key}" for key in keys)
    intruder.execute(
        text(f"UPDATE {table.name} SET {column.name} = :other WHERE {at}"),
        {"other": other(column, before[column.name])} | {f"at_{key}": before[key] for key in keys},
    )
    report = checked(intruder)
    named = {place.table for place in places(report)}
    # Names and leaves stand beside events and checkpoints, which is where they are missed.
    beside = {"attribution": "event", "checkpoint_leaf": "checkpoint"}.get(table.name, table.name)
    assert not report.ok
    assert named & {table.name, beside}


@pytest.mark.parametrize("model", SEALED, ids=lambda model: model.__tablename__)
def test_a_row_taken_away_is_found(intruder: Session, model: Any) -> None:
    """Every sealed table, its last row."""
    name = model.__tablename__
    intruder.execute(
        text(f"DELETE FROM {name} WHERE ctid = (SELECT ctid FROM {name} ORDER BY 1 DESC LIMIT 1)")
    )
    assert not checked(intruder).ok


def test_a_row_slipped_in_is_found(intruder: Session) -> None:
    """A decision that no act recorded."""
    intruder.execute(
        text(
            "INSERT INTO milestone (plan_id, gate, version_id, at) "
            "SELECT plan_id, 'proposals_agreed', version_id, at FROM milestone LIMIT 1"
        )
    )
    found = places(checked(intruder))
    assert [(place.table, place.says) for place in found] == [
        ("milestone", "No event lists this row.")
    ]


PLAN = "(SELECT id FROM subject WHERE ref = :ref)"
AT = {"ref": world.PROFILE}


def test_a_deleted_event_is_found_at_its_place(intruder: Session) -> None:
    """The return for changes disappears from the middle of the chain."""
    intruder.execute(
        text(
            "DELETE FROM attribution WHERE event_id = "
            f"(SELECT id FROM event WHERE subject_id = {PLAN} AND seq = 4)"
        ),
        AT,
    )
    intruder.execute(text(f"DELETE FROM event WHERE subject_id = {PLAN} AND seq = 4"), AT)
    report = checked(intruder)
    gap = next(check for check in report.broken if check.key == "INV-10-dense").rows[0]
    assert (gap.subject, gap.seq, gap.says) == (world.PROFILE, 5, "Event 4 should stand here.")


def test_two_swapped_events_are_found(intruder: Session) -> None:
    """Their numbers are exchanged, so that the return seems to come before the submission."""
    for now, then in ((3, -1), (4, 3), (-1, 4)):
        intruder.execute(
            text(f"UPDATE event SET seq = :then WHERE subject_id = {PLAN} AND seq = :now"),
            AT | {"now": now, "then": then},
        )
    found = {(check.key, place.seq) for check in checked(intruder).broken for place in check.rows}
    assert {("INV-10-columns", 3), ("INV-10-columns", 4), ("INV-11-linked", 3)} <= found


def outside_text(session: Session) -> str:
    """The newest checkpoint as the auditor has it in her mail."""
    newest = checkpoints.newest(session)
    assert newest is not None
    return newest.text


def cut_tail(session: Session) -> None:
    """The last act on the profile, a waiver, is made never to have been, without a trace."""
    head = session.execute(
        text(f"SELECT * FROM event WHERE subject_id = {PLAN} ORDER BY seq DESC LIMIT 1"), AT
    ).one()
    session.execute(text("DELETE FROM attribution WHERE event_id = :id"), {"id": head.id})
    session.execute(text("DELETE FROM event WHERE id = :id"), {"id": head.id})
    session.execute(text("DELETE FROM waiver"))
    session.execute(
        text(
            "UPDATE subject SET head_seq = head_seq - 1, version = version - 1, head_hash = :was "
            "WHERE id = :id"
        ),
        {"was": head.prev_hash, "id": head.subject_id},
    )


def reseal(session: Session) -> None:
    """Make every checkpoint anew over the chains as they now are, as an intruder would."""
    before = checkpoints.NONE_BEFORE
    for row in session.query(Checkpoint).order_by(Checkpoint.id):
        session.execute(
            text(
                "UPDATE checkpoint_leaf AS l SET head_hash = e.hash, seq = e.seq FROM event AS e "
                "WHERE l.checkpoint_id = :number AND e.subject_id = l.subject_id AND e.seq = "
                "(SELECT max(seq) FROM event WHERE subject_id = l.subject_id AND seq <= l.seq)"
            ),
            {"number": row.id},
        )
        leaves = session.execute(
            text("SELECT * FROM checkpoint_leaf WHERE checkpoint_id = :number ORDER BY position"),
            {"number": row.id},
        ).all()
        written = checkpoints.read(row.text)
        sealed = checkpoints.Sealed(
            written.origin,
            written.number,
            written.count,
            checkpoints.root_of(leaves),
            before,
            written.made_at,
        )
        for name, value in checkpoints.columns_of(sealed).items():
            setattr(row, name, value)
        before = row.sha256
    session.flush()


def test_a_cut_tail_is_found_by_the_checkpoint_inside(intruder: Session) -> None:
    """INV-13: the chain without its last event is whole in itself; the sealed head is not there."""
    cut_tail(intruder)
    report = checked(intruder)
    assert {check.key for check in report.broken} == {"INV-13-heads"}
    assert "the chain's tail was cut" in places(report)[0].says


def test_a_cut_tail_with_new_checkpoints_is_found_by_the_one_kept_outside(
    intruder: Session,
) -> None:
    """Nothing inside is wrong any more; Aud's mail still shows it."""
    kept = outside_text(intruder)
    cut_tail(intruder)
    reseal(intruder)
    assert checked(intruder).broken == ()
    report = checked(intruder, kept)
    assert [check.key for check in report.broken] == ["INV-13-outside"]
    assert "was replaced" in places(report)[0].says


def test_a_record_cut_back_behind_a_checkpoint_is_found_by_the_one_kept_outside(
    intruder: Session,
) -> None:
    """The newest checkpoint itself is taken away as well."""
    kept = outside_text(intruder)
    cut_tail(intruder)
    intruder.execute(text("DELETE FROM checkpoint_leaf WHERE checkpoint_id = 2"))
    intruder.execute(text("DELETE FROM checkpoint WHERE id = 2"))
    assert checked(intruder).broken == ()
    assert "has no checkpoint 2" in places(checked(intruder, kept))[0].says


def rebuild(session: Session, change: Callable[[dict[str, Any]], None]) -> None:
    """Write the profile's whole chain anew with other contents, hashes and all."""
    rows = session.execute(text(f"SELECT * FROM event WHERE subject_id = {PLAN} ORDER BY seq"), AT)
    before = ""
    for row in rows.all():
        contents = json.loads(row.payload)
        contents["prev"] = before
        change(contents)
        payload = canonical.dumps(contents)
        now = canonical.event_hash(payload)
        session.execute(
            text("UPDATE event SET payload = :p, prev_hash = :b, hash = :h WHERE id = :id"),
            {"p": payload, "b": before, "h": now, "id": row.id},
        )
        before = now
    session.execute(
        text(f"UPDATE subject SET head_hash = :h WHERE id = {PLAN}"), AT | {"h": before}
    )


def new_reason(payload: dict[str, Any]) -> None:
    """Ray is made to have given another reason for his return."""
    if payload["action"] == "return_for_changes":
        payload["reason"] = "Too expensive."


def test_a_rebuilt_chain_is_found_by_the_checkpoint_inside(intruder: Session) -> None:
    """Every hash fits the next, and none is the one that was sealed."""
    rebuild(intruder, new_reason)
    report = checked(intruder)
    assert {check.key for check in report.broken} == {"INV-13-heads"}
    assert world.PROFILE in {place.subject for place in places(report)}


def test_a_rebuilt_chain_with_new_checkpoints_is_found_by_the_one_kept_outside(
    intruder: Session,
) -> None:
    """INV-13: the whole record agrees with itself; only what was kept elsewhere does not."""
    kept = outside_text(intruder)
    rebuild(intruder, new_reason)
    reseal(intruder)
    assert checked(intruder).broken == ()
    says = [place.says for place in places(checked(intruder, kept))]
    assert "Checkpoint 2 was replaced" in says[0]


def test_a_rebuilt_chain_is_named_by_the_checkpoint_kept_outside(intruder: Session) -> None:
    """Where the leaves still stand, the outside text says which chain it was."""
    kept = outside_text(intruder)
    rebuild(intruder, new_reason)
    assert checkpoints.against(intruder, kept) == [
        f"{world.PROFILE}: event 7 is not the one that was sealed; the chain was made anew."
    ]


def test_an_old_checkpoint_still_holds_after_the_record_has_grown(intruder: Session) -> None:
    """What was sealed first is still there, so the oldest text finds nothing."""
    first = intruder.get_one(Checkpoint, 1)
    assert checkpoints.against(intruder, first.text) == []


CHANGES = [
    pytest.param(change, id=change)
    for model in SEALED
    for table, column in [(model.__tablename__, next(iter(model.__table__.columns)).name)]
    for change in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    )
]


@pytest.mark.parametrize("who", ["product", "owner"])
@pytest.mark.parametrize("change", CHANGES)
def test_neither_the_product_nor_the_owner_changes_a_sealed_row(
    sealed_smallshire: kit.TestDatabase, change: str, who: str
) -> None:
    """INV-12: grants refuse the product's role, triggers the owner."""
    url = sealed_smallshire.app_url if who == "product" else sealed_smallshire.owner_url
    opened = Database(url)
    with (
        Session(opened.engine) as session,
        pytest.raises(DBAPIError, match="permission denied|are sealed"),
    ):
        session.execute(text(change))
    opened.dispose()
