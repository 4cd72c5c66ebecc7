"""A first year that does not run as usual: chosen with the cycle, dated, routed and recorded.

Sue sets the cycle up; Hana writes and Vera passes on; Cy records what the bodies resolve.
"""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from cycle.db import Database
from cycle.errors import BadInput
from cycle.models import Body, Event, Plan, PlanningYear, RouteStage, Step
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.cycles.test_cycles import open_year
from tests.flows.posting import settings_in
from workflows import sweep
from workflows.cycles import cycles
from workflows.framework import applicable, pinned

STP, INT = "STP-2028", "INT-2027"
BEGIN = date(2027, 5, 10)


def start(db: Database, variant: str) -> Cast:
    """Smallshire with this variant of its first year open, in May 2027."""
    who = build.council(db)
    with co.on(BEGIN):
        db.run(
            lambda s: cycles.create_cycle(
                s, build.actor(s, who.sue), build.FRAMEWORK, 2027, variant
            )
        )
        open_year(db, who, "Y-2027-1")
    return who


def refs(db: Database) -> set[str]:
    return set(db.read(lambda s: s.scalars(select(Plan.ref))))


def steps(db: Database) -> dict[str, date]:
    """The dates of Year 1 by rule."""

    def work(session: Session) -> dict[str, date]:
        rows = session.execute(
            select(Step.rule, Step.due_on)
            .join(PlanningYear, PlanningYear.id == Step.planning_year_id)
            .where(PlanningYear.number == 1)
        )
        return {row.rule: row.due_on for row in rows}

    return db.read(work)


def asked(db: Database, ref: str) -> list[tuple[int, str, str]]:
    """The bodies that a plan has been sent to: stage, body, verb."""

    def work(session: Session) -> list[tuple[int, str, str]]:
        rows = session.execute(
            select(RouteStage.stage, Body.framework_key, RouteStage.verb)
            .join(Body, Body.id == RouteStage.body_id)
            .where(RouteStage.plan_id == build.plan(session, ref).id)
            .order_by(RouteStage.stage)
        )
        return [(stage, body, verb) for stage, body, verb in rows]

    return db.read(work)


def to_committees(db: Database, who: Cast, ref: str, day: date, *, clt: bool) -> None:
    """A plan of the whole council from not started to the first body on its route."""
    with co.on(day):
        build.act(db, ref, "start", None)
        build.fill(db, ref, who.hana)
        build.act(db, ref, "submit", who.hana)
        build.act(db, ref, "pass_on", who.vera, co.OVERRIDE)
        if clt:
            build.act(db, ref, "record_agreed", who.sec)
        build.act(db, ref, "pass_check", who.sue, co.checked(db, ref))


def through_all(db: Database, who: Cast, after: date) -> date:
    """Every report that is asked for goes to its meeting and is agreed; gives the last day."""
    while asked_for := co.refs(db):
        after = max(co.through(db, who, ref, after) for ref in asked_for)
    return after


def test_a_fast_year_goes_from_policy_committee_to_council_in_july(db: Database) -> None:
    who = start(db, "fast")
    dates = steps(db)
    assert date(2027, 7, 1) <= dates["strategic_plan_council"] <= date(2027, 7, 31)
    assert "strategic_plan_service_committees" not in dates
    to_committees(db, who, STP, date(2027, 5, 14), clt=True)
    assert asked(db, STP) == [(1, "policy_committee", "recommend"), (2, "council", "adopt")]


def test_the_usual_year_asks_the_service_committees_first(db: Database) -> None:
    who = start(db, "autumn")
    to_committees(db, who, STP, date(2027, 5, 14), clt=True)
    assert {body for _, body, _ in asked(db, STP)} == {
        "service_committee",
        "policy_committee",
        "council",
    }
    assert INT not in refs(db), "interim priorities are made in an interim year alone"


def test_with_the_budget_the_financial_strategy_goes_to_the_same_council_meeting(
    db: Database,
) -> None:
    start(db, "with_budget")
    dates = steps(db)
    assert dates["mtfs_council"] == dates["budget_council"] == dates["strategic_plan_council"]


def test_interim_priorities_hold_until_the_new_strategic_plan_takes_effect(
    db: Database, tmp_path: Path
) -> None:
    settings = settings_in(tmp_path)
    who = build.council(db)
    db.run(
        lambda s: cycles.import_in_force(
            s, build.actor(s, who.sue), "strategic_plan", None, 2024, {}, reason="Council 2024"
        )
    )
    start(db, "interim")
    assert date(2027, 7, 1) <= steps(db)["interim_priorities_council"] <= date(2027, 7, 31)
    to_committees(db, who, INT, date(2027, 5, 20), clt=False)
    noted_on = through_all(db, who, date(2027, 6, 14))
    assert (build.state(db, INT), label(db, INT)) == ("in_force", "Interim")
    assert build.state(db, "STP-2024") == "in_force", "the old plan goes on"
    assert db.read(lambda s: build.plan(s, INT).in_force_from_on) == noted_on
    to_committees(db, who, STP, date(2027, 9, 1), clt=True)
    through_all(db, who, date(2027, 12, 1))
    assert build.state(db, STP) == "approved"
    swept(db, settings, date(2028, 3, 31))
    assert (build.state(db, INT), build.state(db, "STP-2024")) == ("in_force", "in_force")
    swept(db, settings, date(2028, 4, 1))
    assert build.state(db, STP) == "in_force"
    assert (build.state(db, INT), build.state(db, "STP-2024")) == ("superseded", "superseded")


def label(db: Database, ref: str) -> str:
    """The word for where a plan stands."""

    def work(session: Session) -> str:
        plan = build.plan(session, ref)
        return pinned.of(plan).lifecycles[plan.lifecycle].states[plan.state].label

    return db.read(work)


def swept(db: Database, settings: Settings, day: date) -> None:
    """The sweeps of a day."""
    with co.on(day):
        while sweep.sweep(db, settings).acts:
            pass


def test_a_year_that_cannot_run_so_is_refused_and_nothing_is_made(db: Database) -> None:
    who = build.council(db)
    with pytest.raises(BadInput, match="as “slow”. The variants are: autumn, fast, interim"):
        db.run(
            lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, 2027, "slow")
        )
    assert db.read(lambda s: s.scalar(select(PlanningYear.id))) is None


def test_the_choice_is_on_the_record_and_is_for_the_first_year_alone(db: Database) -> None:
    start(db, "fast")

    def work(session: Session) -> list[tuple[str, str]]:
        rows = session.scalars(select(PlanningYear).order_by(PlanningYear.number))
        return [(year.choice, applicable.pattern_of(year).key) for year in rows]

    assert db.read(work) == [("fast", "year_one_fast"), *[("", "year_later")] * 3]
    payload = db.read(
        lambda s: s.scalar(
            select(Event.payload)
            .join(PlanningYear, Event.subject_id == PlanningYear.id)
            .where(PlanningYear.number == 1, Event.action == "create_year")
        )
    )
    assert "Year 1, fast: the Strategic Plan in July" in str(payload)
