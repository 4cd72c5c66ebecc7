"""Guards that stand behind another one, or that the usual way never meets: each says no here."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import people
from cycle.db import Database
from cycle.errors import Blocked
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from workflows.core import engine
from workflows.core.attempt import HIDDEN, Evidence
from workflows.meetings import agenda
from workflows.plans import overview
from workflows.reports import writing

HOUSING = "SVP-2028-HOUSING"
PEOPLE = "STP-2028-PEOPLE"
POLICY = "STP-2028-POLICY"


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire with two service committees, and the Strategic Plan on its way to them."""
    made = co.council(db, tmp_path)
    co.to_committees(db, made, STP)
    return made


@pytest.mark.parametrize("to_members", [True, False])
def test_a_checked_service_plan_goes_on_in_the_one_way_that_the_council_chose(
    db: Database, tmp_path: Path, to_members: bool
) -> None:
    """Sue is offered either members or the end of the way, and the other one is refused."""
    made = co.council(db, tmp_path, services_to_members=to_members)
    build.put(db, HOUSING, "standards_check")
    ways = ["pass_check_to_members", "pass_check"]
    right, wrong = ways if to_members else reversed(ways)

    def offered(session: Session) -> list[str]:
        plan, sue = build.plan(session, HOUSING), build.actor_of(session, made.sue)
        return [each.action for each in engine.choices(session, plan, sue)]

    with on(AUTUMN):
        assert [each for each in db.read(offered) if each in ways] == [right]
        with pytest.raises(Blocked, match=HIDDEN):
            build.act(db, HOUSING, wrong, made.sue, co.checked(db, HOUSING))


def test_the_standards_check_is_passed_with_every_question_ticked(
    db: Database, tmp_path: Path
) -> None:
    """F16: Sue ticked none, or left the last one out."""
    made = co.council(db, tmp_path)
    build.put(db, STP, "standards_check")
    every = co.checked(db, STP).checklist
    with on(AUTUMN):
        for ticked in ((), every[:-1]):
            with pytest.raises(Blocked) as refused:
                build.act(db, STP, "pass_check", made.sue, Evidence(checklist=ticked))
            (left,) = [each for each in refused.value.reasons if each.startswith("Not ticked yet")]
            assert every[-1] in left


def test_no_plan_takes_effect_before_its_day(db: Database, who: Cast) -> None:
    """The sweep looks for plans whose day has come; an act of the system before it is refused."""
    build.put(db, STP, "approved")
    starts_on = db.read(lambda s: build.plan(s, STP).in_force_from_on)

    def take_effect(session: Session) -> None:
        engine.perform(session, build.plan(session, STP), "take_effect", people.system(session))

    with on(starts_on - timedelta(days=1)), pytest.raises(Blocked, match="takes effect later"):
        db.run(take_effect)
    with on(starts_on):
        db.run(take_effect)
    assert build.state(db, STP) == "in_force"


def test_a_report_is_not_closed_with_a_version_that_is_not_the_newest(
    db: Database, who: Cast
) -> None:
    """INV-20: the body is shown what is in the plan, or the report is brought up to date first."""
    meeting = co.listed(db, who, PEOPLE, AUTUMN)
    db.run(_as_if_an_older_one_were_carried)

    def freeze(session: Session) -> None:
        cy = build.actor(session, who.cy)
        agenda.freeze(session, cy, co.item(session, PEOPLE).id)

    with on(meeting.on_date - timedelta(days=20)):
        with pytest.raises(Blocked, match=f"There is a newer version of {STP}"):
            db.run(freeze)


def _as_if_an_older_one_were_carried(session: Session) -> None:
    session.execute(text("UPDATE plan SET shown_version_id = NULL"))


def test_a_report_is_not_published_while_an_earlier_body_still_has_to_decide(
    db: Database, who: Cast
) -> None:
    """G14: what Place said belongs in the report to Policy."""
    first = co.through(db, who, PEOPLE, AUTUMN)
    second = co.through(db, who, "STP-2028-PLACE", AUTUMN)
    meeting = co.listed(db, who, POLICY, max(first, second))
    reopened = text(
        "UPDATE route_stage SET status = 'open' WHERE stage = 1 AND body_id = "
        "(SELECT id FROM body WHERE key = 'place_committee')"
    )
    with on(meeting.on_date - timedelta(days=20)):
        db.run(lambda s: s.execute(reopened))

        def close_and_publish(session: Session) -> None:
            cy, item = build.actor(session, who.cy), co.item(session, POLICY)
            agenda.freeze(session, cy, item.id)
            agenda.publish(session, cy, item.id, co.on_the_web())

        with pytest.raises(Blocked, match="must decide first; what they said belongs in this"):
            db.run(close_and_publish)


def test_draft_outcomes_are_asked_for_until_they_are_issued(db: Database, tmp_path: Path) -> None:
    """Hana's task is there while she writes, and gone with the milestone."""
    made = co.council(db, tmp_path)
    with on(AUTUMN):
        build.act(db, STP, "start", None)
        build.fill(db, STP, made.hana)
        assert "issue_outcomes" in co.tasks(db, STP)
        build.act(db, STP, "issue_outcomes", made.hana)
        assert "issue_outcomes" not in co.tasks(db, STP)


def test_a_plan_can_begin_on_29_february(db: Database, who: Cast) -> None:
    """What it waits for is looked for from the 28th of the year before."""
    leap = text("UPDATE plan SET in_force_from_on = '2028-02-29' WHERE id = :plan")
    plan_id = db.read(lambda s: build.plan(s, co.HOUSING).id)
    db.run(lambda s: s.execute(leap, {"plan": plan_id}))
    with on(AUTUMN):
        rows = db.read(lambda s: overview.plan_rows(s, build.actor_of(s, who.sue)))
        assert co.HOUSING in [row.ref for row in rows]
        kind = build.framework_data()["plan_types"]["service_plan"]["title"]
        assert kind in [row.type_title for row in rows]


def test_no_service_plan_starts_before_the_outcomes_are_issued(
    db: Database, tmp_path: Path
) -> None:
    """The sweep does not try what waits; whoever does is told what is missing."""
    who = co.council(db, tmp_path)
    with on(AUTUMN), pytest.raises(Blocked, match="draft outcomes of the Strategic Plan are not"):
        build.act(db, co.HOUSING, "start", None)
    assert build.state(db, co.HOUSING) == "not_started"
    with on(AUTUMN):
        build.issue_outcomes(db, who)
        build.act(db, co.HOUSING, "start", None)
    assert build.state(db, co.HOUSING) == "proposals_drafting"


def test_no_final_service_plan_is_begun_before_budget_and_delivery_plan(
    db: Database, tmp_path: Path
) -> None:
    """B22: the sweep asks first; an act of the system is refused as well."""
    co.council(db, tmp_path)
    build.put(db, HOUSING, "proposals_agreed")
    with on(AUTUMN), pytest.raises(Blocked, match="has not set the budget yet"):
        build.act(db, HOUSING, "start_final", None)


def test_no_report_goes_on_an_agenda_with_a_heading_unanswered(db: Database, who: Cast) -> None:
    """I8: all have commented; then Sue empties a heading that nobody has signed."""
    with on(AUTUMN):
        co.write(db, who, PEOPLE)
        signed = ["report:reasons", "recommendations"]
        co.comment(db, who.fin, PEOPLE, "finance", covered=signed)
        co.comment(db, who.connie, PEOPLE, "constitutional", covered=["recommendations"])
        assert co.tasks(db, PEOPLE) == ["list_item"]
        empty = {"background": ""}
        db.run(
            lambda s: writing.write_report(s, build.actor(s, who.sue), co.item(s, PEOPLE).id, empty)
        )
        assert co.tasks(db, PEOPLE) == ["write_report"]
