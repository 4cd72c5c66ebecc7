"""What changes beside a plan's state, in the same act and on its record."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import people
from cycle.db import Database
from cycle.models import Contribution, PlanVersion
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from workflows.core import engine
from workflows.core.attempt import Evidence
from workflows.plans import plans, versions

HOUSING = "SVP-2028-HOUSING"


@pytest.fixture
def who(db: Database) -> Cast:
    """Smallshire with its first year open and the draft outcomes issued."""
    made = build.year_one(db)
    build.issue_outcomes(db, made)
    return made


def details(db: Database, ref: str) -> dict[str, object]:
    """What the newest event of a plan says beside its action."""
    return dict(db.read(lambda s: co.last_payload(s, ref))["details"])


def test_a_plan_begins_with_what_comes_from_the_plans_above_it(db: Database, who: Cast) -> None:
    """Nobody types again what the Strategic Plan says; the event names where it came from."""
    build.act(db, "DP-2028", "start", None)
    assert details(db, "DP-2028")["brought"] == {"outcomes_communities": "STP-2028"}
    there = text(
        "SELECT count(*) FROM item JOIN subject ON subject.id = plan_id "
        "WHERE ref = 'DP-2028' AND section_key = 'outcomes_communities'"
    )
    assert db.read(lambda s: s.scalar(there)) > 0


def test_what_is_handed_in_is_sealed_as_a_version(db: Database, who: Cast) -> None:
    """INV-20: Ray reads the very text that Mo submitted, and the event names its digest."""
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, who.mo)
    build.act(db, HOUSING, "submit", who.mo)

    def sealed(session: Session) -> tuple[list[str], str]:
        plan = build.plan(session, HOUSING)
        found = select(PlanVersion.sha256).where(PlanVersion.plan_id == plan.id)
        return list(session.scalars(found)), versions.digest(
            versions.working(session, plan.id).texts
        )

    (version,), working = db.read(sealed)
    assert version == working
    assert db.read(lambda s: co.last_payload(s, HOUSING))["version"] == version


def test_who_was_asked_is_asked_no_more_when_the_plan_ends(db: Database, who: Cast) -> None:
    """Fred was asked for a section; the plan is withdrawn, and his task goes with it."""
    build.act(db, HOUSING, "start", None)

    def ask(session: Session) -> None:
        plan = build.plan(session, HOUSING)
        (queue, *_) = build.actor(session, who.fred).queue_ids
        plans.ask(session, build.actor(session, who.mo), plan.id, "purpose", queue, "Please.")

    db.run(ask)
    assert "contribute" in co.tasks(db, HOUSING)
    build.act(db, HOUSING, "withdraw", who.sue, Evidence(reason="The service ends."))
    asked = db.read(lambda s: s.scalars(select(Contribution)).one())
    assert (asked.outcome, asked.answered_at is not None) == ("withdrawn", True)
    assert co.tasks(db, HOUSING) == []


def test_the_record_says_which_plan_another_takes_the_place_of(db: Database, who: Cast) -> None:
    """The sweep lets the one before go as an act of its own."""
    ref = "STP-2028"
    build.put(db, ref, "approved")

    def take_effect(session: Session) -> None:
        engine.perform(session, build.plan(session, ref), "take_effect", people.system(session))

    with co.on(date(2028, 6, 1)):
        db.run(take_effect)
    assert "supersedes" in details(db, ref)
