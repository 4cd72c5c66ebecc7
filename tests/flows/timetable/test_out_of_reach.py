"""From today the timetable tells what can no longer be reached, knowing what has been done."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import Plan, PlanningYear
from cycle.schedule.solve import Problem
from tests import build
from tests.build import Cast
from workflows.framework import pinned
from workflows.timetable import plan_units, timetable

JUNE = datetime(2027, 6, 4, 9, tzinfo=UTC)
LATE_OCTOBER = datetime(2027, 10, 20, 9, tzinfo=UTC)


@pytest.fixture
def who(db: Database) -> Cast:
    with clock.set_to(build.SPRING):
        return build.year_one(db)


def year(session: Session) -> PlanningYear:
    return session.scalars(select(PlanningYear).where(PlanningYear.ref == "Y-2027-1")).one()


def out_of_reach(db: Database, on: datetime) -> dict[str, Problem]:
    def problems_by_step(session: Session) -> dict[str, Problem]:
        found = timetable.problems(session, year(session))
        return {each.step: each for each in found if "can no longer" in each.sentence}

    with clock.set_to(on):
        return db.read(problems_by_step)


def test_in_june_everything_can_still_be_reached(db: Database, who: Cast) -> None:
    assert out_of_reach(db, JUNE) == {}


def test_in_october_proposals_that_were_not_begun_miss_the_groups_meeting(
    db: Database, who: Cast
) -> None:
    late = out_of_reach(db, LATE_OCTOBER)
    problem = late["service_plan_record_group"]
    assert problem.severity == "blocker"
    assert (
        "on 14 October 2027 can no longer be reached; it is eight working days" in problem.sentence
    )
    assert "The first meeting in reach is on 11 November 2027." in problem.sentence
    # What no task asks for is not late: engagement is taken as opened when its day has passed.
    assert "engagement_opens" not in late
    assert "budget_council" not in late


def test_a_profile_that_is_submitted_is_not_among_the_late_ones(db: Database, who: Cast) -> None:
    late = out_of_reach(db, LATE_OCTOBER)["service_profile_draft"]
    assert late.sentence.startswith("Service profile brought up to date (2 of 2) can no longer")
    ref = db.read(
        lambda s: s.scalars(
            select(Plan.ref).where(Plan.plan_type == "service_profile", Plan.ref.like("%HOUSING"))
        ).one()
    )
    with clock.set_to(JUNE):
        if build.state(db, ref) == "not_started":
            build.act(db, ref, "start", None)
        build.fill(db, ref, who.mo)
        build.act(db, ref, "submit", who.mo)
    late = out_of_reach(db, LATE_OCTOBER)["service_profile_draft"]
    assert late.sentence.startswith("Service profile brought up to date (1 of 2) can no longer")


def test_a_plan_goes_by_the_committees_whose_remit_holds_its_unit(db: Database, who: Cast) -> None:
    def units(session: Session) -> tuple[object, object]:
        one = year(session)
        framework = pinned.of(one)
        usual = plan_units.of_year(session, framework, one, "year_one")
        kind = framework.plan_types["service_plan"]
        stop = replace(kind.route[0], body="service_committee", choose="remit")
        changed = replace(
            framework,
            plan_types={**framework.plan_types, "service_plan": replace(kind, route=(stop,))},
        )
        own = plan_units.of_year(session, changed, one, "year_one")
        return usual["service_plan"], own["service_plan"]

    usual, own = db.read(units)
    assert all(not each.remit for each in usual)
    assert {each.key: dict(each.remit) for each in own}["SVP-2028-HOUSING"] == {
        "service_committee": ["Place Committee"]
    }
