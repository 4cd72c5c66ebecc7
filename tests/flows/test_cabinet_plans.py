"""Plans of councils with leader and cabinet, told with people: who sees them, in which order."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.models import Item
from tests import build, cabinet, kit
from tests.build import Cast
from workflows import carry_over, pinned


@pytest.fixture
def stockton(db: Database) -> Cast:
    """A council of Stockton's framework with Year 1 open."""
    kit.made_once(db, "cabinet_stockton", lambda each: cabinet.year_one(each, "stockton-pmf"))
    return build.cast(db)


@pytest.fixture
def bromsgrove(db: Database) -> Cast:
    """A council of Bromsgrove's framework with Year 1 open."""
    kit.made_once(db, "cabinet_bromsgrove", lambda each: cabinet.year_one(each, "bromsgrove-pms"))
    return build.cast(db)


HOUSING, PARKS = "SVP-2028-HOUSING", "SVP-2028-PARKS"


def issue_outcomes(db: Database, who: Cast, ref: str) -> None:
    """Hana starts the council's own plan, writes it and issues the draft outcomes."""
    build.act(db, ref, "start", None)
    build.fill(db, ref, who.hana)
    build.act(db, ref, "issue_outcomes", who.hana)


def test_a_plan_brings_in_the_rows_of_its_own_service_and_of_no_other(
    db: Database, stockton: Cast
) -> None:
    """Mo's appraisals begin with the actions of Housing's plan, though Pat's is the newer one."""
    issue_outcomes(db, stockton, "CP-2028")
    for ref, author in ((HOUSING, stockton.mo), (PARKS, stockton.pat)):
        build.act(db, ref, "start", None)
        build.fill(db, ref, author)
    appraisals = "PDA-2028-HOUSING"
    assert db.run(lambda s: brought(s, appraisals)) == HOUSING
    own = rows(db, HOUSING, "own_actions")
    assert len(own) == 1
    assert rows(db, appraisals, "actions") == own


def brought(session: Session, ref: str) -> str:
    """Bring the inherited rows of a plan up to date; gives the plan from which they come."""
    plan = build.plan(session, ref)
    framework = pinned.of(plan)
    template = framework.templates[framework.plan_types[plan.plan_type].template]
    section = next(each for each in template.sections if each.inherit is not None)
    assert section.inherit is not None
    return carry_over.inherit(session, plan, section, section.inherit)


def rows(db: Database, ref: str, section: str) -> list[str]:
    """The ids of the rows of a section."""
    return db.read(
        lambda s: [
            str(each.uid)
            for each in s.scalars(
                select(Item)
                .where(Item.plan_id == build.plan(s, ref).id, Item.section_key == section)
                .order_by(Item.position)
            )
        ]
    )
