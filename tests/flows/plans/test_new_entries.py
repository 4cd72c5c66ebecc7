"""Several entries of a section at once: Hana's priorities come from a table, all or none."""

from typing import Any

import pytest
from sqlalchemy import select

from cycle.db import Database
from cycle.errors import Blocked, NotFound, NotPermitted
from cycle.models import Editor, Item, Plan
from tests import build
from tests.build import Cast
from tests.flows.plans.test_reading import statements
from workflows.plans.new_entries import NewEntry, add_entries

STP = "STP-2028"


@pytest.fixture
def who(db: Database) -> Cast:
    """Hana writes the Strategic Plan, which has one ambition so far."""
    cast = build.year_one(db)
    build.act(db, STP, "start", None)
    add(db, cast.hana, "ambition", [NewEntry({"text": "A fair town"})], section="ambition")
    return cast


def add(
    db: Database, by: int, kind: str, rows: list[NewEntry], section: str = "priorities"
) -> list[str]:
    plan = db.read(lambda s: build.plan(s, STP)).id
    return db.run(lambda s: add_entries(s, build.actor(s, by), plan, section, kind, rows))


def current(db: Database) -> list[Any]:
    """The entries of the plan in their order."""
    asked = select(Item).join(Plan, Plan.id == Item.plan_id).where(Plan.ref == STP)
    return list(db.read(lambda s: s.scalars(asked.order_by(Item.section_key, Item.position)).all()))


def test_entries_stand_in_their_order_and_hang_on_what_they_contribute_to(
    db: Database, who: Cast
) -> None:
    (ambition,) = current(db)
    named = [NewEntry({"text": each}, ambition.uid) for each in ("Homes", " Parks ")]
    with statements(db) as few:
        uids = add(db, who.hana, "priority", named)
    with statements(db) as many:
        uids += add(db, who.hana, "priority", named * 10)
    found = current(db)[1:]
    assert [each.uid for each in found] == uids
    assert [each.fields["text"] for each in found[:3]] == ["Homes", "Parks", "Homes"]
    assert [each.position for each in found] == list(range(1, 23))
    assert {each.parent_uid for each in found} == {ambition.uid}
    assert len(few) == len(many)
    editors = db.read(lambda s: s.scalars(select(Editor.person_id)).all())
    assert set(editors) == {who.hana}


def test_one_that_cannot_be_keeps_all_of_them_out(db: Database, who: Cast) -> None:
    good = NewEntry({"text": "Homes"})
    with pytest.raises(Blocked, match="Fill in"):
        add(db, who.hana, "priority", [good, NewEntry({"text": " "})])
    with pytest.raises(Blocked, match="contributes to"):
        add(db, who.hana, "priority", [good, NewEntry({"text": "Parks"}, "elsewhere")])
    with pytest.raises(NotFound):
        add(db, who.hana, "risk", [good])
    with pytest.raises(NotPermitted):
        add(db, who.sue, "priority", [good])
    assert [each.type for each in current(db)] == ["ambition"]
