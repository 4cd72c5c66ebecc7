"""What years a plan of several years covers when it is made again in a later year of the cycle."""

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import framework_loader
from cycle.db import Database
from cycle.models import PlanningYear, Unit
from tests import build, cabinet
from workflows.council import loading
from workflows.cycles import cycles
from workflows.simulation.invented_council import simulated

KEY = "nottinghamshire-ppmf"
STRATEGY = "departmental_strategy"
_SUPPORT = text("""
SELECT appointment.person_id FROM appointment JOIN post ON post.id = appointment.post_id
JOIN queue ON queue.id = post.queue_id WHERE queue.role = 'support_service'
""")
WHY = "From the old system."


def _year(session: Session, number: int) -> int:
    wanted = select(PlanningYear.id).where(PlanningYear.ref == f"Y-{cabinet.START}-{number}")
    return session.scalars(wanted).one()


@dataclass(frozen=True)
class County:
    """Who runs the year, and the references under which two departments' strategies come."""

    sue: int
    old: str
    new: str


@pytest.fixture
def county(db: Database) -> County:
    """Year 2 waits for its decision; the Council Plan and the strategy of one department of two run
    from 2028 to 2032."""
    framework = framework_loader.parse(cabinet.data(KEY))
    given = simulated(framework, 20, cabinet.START, 2)
    db.run(loading.load, None, given, cabinet.data(KEY))
    sue = int(db.read(lambda s: s.scalar(_SUPPORT)))

    def in_force(session: Session) -> list[str]:
        who = build.actor(session, sue)
        cycles.create_cycle(session, who, KEY, cabinet.START)
        units = session.scalars(select(Unit).where(Unit.level == "department")).all()
        cycles.import_in_force(session, who, "council_plan", None, 2028, {}, (), WHY)
        cycles.import_in_force(session, who, STRATEGY, units[0].id, 2028, {}, (), WHY)
        cycles.open_year(session, who, _year(session, 2))
        return [f"DPS-2029-{unit.key.upper()}" for unit in units[:2]]

    old, new = db.run(in_force)
    return County(sue, old, new)


def decide(db: Database, county: County, branch: str) -> None:
    def work(session: Session) -> None:
        sue = build.actor(session, county.sue)
        cycles.decide(session, sue, _year(session, 2), branch, "Priorities hold.", "The leader")

    db.run(work)


@pytest.mark.parametrize(("branch", "until"), [("refresh", 2032), ("as_is", 2032), ("new", 2033)])
def test_a_departmental_strategy_covers_the_years_of_the_council_plan(
    db: Database, county: County, branch: str, until: int
) -> None:
    """S15. "The same four year planning timescale", refreshed each year (S2 paragraph 21)."""
    decide(db, county, branch)
    plan = db.read(lambda s: build.plan(s, county.old))
    assert plan.until_on == date(until, 4, 1)
    assert plan.title.startswith(f"Departmental Strategy 2029 to {until}")


def test_a_department_without_a_strategy_gets_one_for_the_years_of_the_others(
    db: Database, county: County
) -> None:
    """S15."""
    decide(db, county, "refresh")
    plan = db.read(lambda s: build.plan(s, county.new))
    assert plan.until_on == date(2032, 4, 1)


def test_a_plan_of_one_year_has_its_own_year(db: Database, county: County) -> None:
    """S15."""
    decide(db, county, "refresh")
    plan = db.read(lambda s: build.plan(s, "BUD-2029"))
    assert plan.until_on == date(2030, 4, 1)
