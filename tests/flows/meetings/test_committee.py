"""Promises of the committee stage, told with Sue, Hana, Cy, Clara, Monty and Dora."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle.db import Database
from cycle.errors import Blocked, NotPermitted
from cycle.models import Decision, RouteStage
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, DP, STP, on
from workflows.core.attempt import Evidence, Remarked
from workflows.meetings import resolutions
from workflows.meetings.resolutions import Resolved
from workflows.plans import comments
from workflows.reports import agenda_items

COUNCIL = "STP-2028-COUNCIL"
POLICY = "STP-2028-POLICY"
PEOPLE = "STP-2028-PEOPLE"
PLACE = "STP-2028-PLACE"


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire in September 2027."""
    return co.council(db, tmp_path)


def resolve(
    db: Database, by: int, ref: str, day: date, outcome: str, words: str = "", **more: object
) -> None:
    """One outcome for every recommendation."""

    def work(session: Session) -> None:
        item = co.item(session, ref)
        resolved = [
            Resolved(each.id, outcome, words, more.get("deferred_to_on"))  # type: ignore[arg-type]
            for each in agenda_items.recommendations(session, item)
        ]
        resolutions.record_resolution(
            session,
            build.actor(session, by),
            item.id,
            resolved,
            insists=bool(more.get("insists")),
            taken_out=more.get("taken_out", ()),  # type: ignore[arg-type]
        )

    with on(day):
        db.run(work)


def adopted(db: Database, who: Cast) -> date:
    """The Strategic Plan all the way to Council."""
    co.to_committees(db, who, STP)
    first = co.through(db, who, PEOPLE, AUTUMN)
    second = co.through(db, who, PLACE, AUTUMN)
    third = co.through(db, who, POLICY, max(first, second))
    return co.through(db, who, COUNCIL, third)


def route_stage(db: Database, ref: str, body_key: str) -> int:
    """The id of a body's stage on a plan's current route."""

    def work(session: Session) -> int:
        found = session.scalar(
            text(
                "SELECT max(route_stage.id) FROM route_stage "
                "JOIN body ON body.id = body_id WHERE plan_id = :plan AND body.key = :body"
            ),
            {"plan": build.plan(session, ref).id, "body": body_key},
        )
        return int(found)

    return db.read(work)


def decisions(db: Database, ref: str) -> list[Decision]:
    """Every decision on a report, the oldest first."""

    def work(session: Session) -> list[Decision]:
        return list(
            session.scalars(
                select(Decision)
                .where(Decision.item_id == co.item(session, ref).id)
                .order_by(Decision.id)
            )
        )

    return db.read(work)


def test_the_strategic_plan_goes_through_three_kinds_of_body_to_council(
    db: Database, who: Cast
) -> None:
    co.to_committees(db, who, STP)
    assert co.refs(db) == [PEOPLE, PLACE]

    first = co.through(db, who, PEOPLE, AUTUMN)
    assert co.refs(db) == [PLACE], "Policy Committee is not asked while Place has not considered it"
    second = co.through(db, who, PLACE, AUTUMN)
    assert co.refs(db) == [POLICY]
    assert build.state(db, STP) == "with_committees"

    third = co.through(db, who, POLICY, max(first, second))
    co.through(db, who, COUNCIL, third)

    assert build.state(db, STP) == "approved"
    (decision,) = decisions(db, COUNCIL)
    sealed = db.read(
        lambda s: s.scalar(
            text(
                "SELECT sha256 FROM plan_version JOIN milestone "
                "ON version_id = plan_version.id WHERE gate = 'approved'"
            )
        )
    )
    assert json.loads(decision.versions) == {STP: sealed}
    assert (decision.outcome, decision.without_vote, decision.effect) == ("adopted", True, True)


def test_the_delivery_plan_is_approved_by_policy_committee_after_the_service_committees(
    db: Database, who: Cast
) -> None:
    after = adopted(db, who)
    co.to_committees(db, who, DP)
    assert co.refs(db) == ["DP-2028-PEOPLE", "DP-2028-PLACE"]
    first = co.through(db, who, "DP-2028-PEOPLE", after)
    second = co.through(db, who, "DP-2028-PLACE", after)
    day = co.published(db, who, "DP-2028-POLICY", max(first, second)).on_date
    resolve(
        db,
        who.clara,
        "DP-2028-POLICY",
        day,
        "approved_with_amendments",
        "With the addition of rural bus services to action 4.",
    )
    assert build.state(db, DP) == "approved_with_amendments"
    assert co.status(db, "DP-2028-POLICY") == "Approved with amendments"


def test_a_committee_that_did_not_meet_is_passed_over_by_a_named_person(
    db: Database, who: Cast
) -> None:
    co.to_committees(db, who, STP)
    co.through(db, who, PEOPLE, AUTUMN)
    stage = route_stage(db, STP, "place_committee")

    def waive(session: Session, by: int, reason: str) -> None:
        resolutions.waive(session, build.actor(session, by), stage, reason)

    with pytest.raises(NotPermitted):
        db.run(waive, who.sue, "They did not meet.")
    with pytest.raises(Blocked, match="Say why"):
        db.run(waive, who.dora, " ")
    db.run(waive, who.dora, "Place Committee did not meet in September.")

    assert co.refs(db) == [POLICY]
    assert co.refs(db, "withdrawn") == [PLACE]
    with pytest.raises(Blocked, match="settled this already"):
        db.run(waive, who.monty, "Again.")


def test_the_body_that_decides_cannot_be_passed_over(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    stage = route_stage(db, STP, "council")
    with pytest.raises(Blocked, match="decides on this plan"):
        db.run(lambda s: resolutions.waive(s, build.actor(s, who.monty), stage, "No time."))


def test_a_plan_that_is_referred_back_returns_to_the_first_committees(
    db: Database, who: Cast
) -> None:
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    with pytest.raises(Blocked, match="why it was referred back"):
        resolve(db, who.cy, PEOPLE, day, "referred_back")
    resolve(db, who.cy, PEOPLE, day, "referred_back", "It says nothing of rural areas.")

    assert build.state(db, STP) == "referred_back"
    assert co.refs(db, "withdrawn") == [PLACE], "the other committee's report is cancelled"
    assert [each.outcome for each in decisions(db, PEOPLE)] == ["referred_back"]

    with on(day + timedelta(days=1)):
        co.again(db, who, STP)
    assert co.refs(db) == ["STP-2028-PEOPLE-2", "STP-2028-PLACE-2"]
    assert co.stages(db, STP)[-4:] == [
        (2, 1, "people_committee", "open"),
        (2, 1, "place_committee", "open"),
        (2, 2, "policy_committee", "ahead"),
        (2, 3, "council", "ahead"),
    ]


def test_a_named_person_may_say_why_earlier_committees_need_not_see_it_again(
    db: Database, who: Cast
) -> None:
    co.to_committees(db, who, STP)
    plan_id = db.read(lambda s: build.plan(s, STP).id)

    def resume(session: Session, by: int) -> None:
        resolutions.resume_after(
            session, build.actor(session, by), plan_id, 1, "Only a misprint was changed."
        )

    with pytest.raises(Blocked, match="first time"):
        db.run(resume, who.monty)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    resolve(db, who.cy, PEOPLE, day, "referred_back", "A misprint on page 2.")
    with on(day + timedelta(days=1)):
        co.again(db, who, STP)
        with pytest.raises(NotPermitted):
            db.run(resume, who.hana)
        db.run(resume, who.monty)
    assert co.refs(db) == [POLICY]
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM waiver"))) == 2


def test_a_deferred_plan_comes_back_to_the_same_committee_with_its_report(
    db: Database, who: Cast
) -> None:
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    with pytest.raises(Blocked, match="day after the meeting"):
        resolve(db, who.cy, PEOPLE, day, "deferred", deferred_to_on=day)
    later = day + timedelta(days=28)
    resolve(db, who.cy, PEOPLE, day, "deferred", "For the figures.", deferred_to_on=later)

    assert co.refs(db) == ["STP-2028-PEOPLE-2", PLACE]
    assert build.state(db, STP) == "with_committees"
    assert decisions(db, PEOPLE)[0].deferred_to_on == later
    carried = db.read(lambda s: co.item(s, "STP-2028-PEOPLE-2").report)
    assert carried["reasons"] == co.ANSWERS["reasons"]
    assert co.status(db, "STP-2028-PEOPLE-2") == "Awaiting comments"


def test_a_plan_that_is_lost_ends_there(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    resolve(db, who.cy, PEOPLE, day, "lost", "Lost by 4 votes to 3.")
    assert build.state(db, STP) == "withdrawn"
    assert co.refs(db) == []


def test_a_plan_that_is_withdrawn_takes_its_reports_along(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    co.published(db, who, PEOPLE, AUTUMN)
    build.act(db, STP, "withdraw", who.sue, Evidence(reason="The council is abolished."))
    assert co.refs(db, "withdrawn") == [PEOPLE, PLACE]
    statuses = db.read(lambda s: set(s.scalars(select(RouteStage.status))))
    assert statuses == {"ended"}


def test_after_publication_the_author_cannot_take_the_plan_back(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    co.published(db, who, PEOPLE, AUTUMN)
    with pytest.raises(Blocked, match="already published, so the plan cannot be taken back"):
        build.act(db, STP, "take_back", who.hana, Evidence(reason="A slip."))
    assert co.refs(db, "published") == [PEOPLE]


def test_a_comment_on_the_plan_does_not_change_what_the_committee_is_shown(
    db: Database, who: Cast
) -> None:
    co.to_committees(db, who, STP)

    def say(session: Session) -> None:
        plan = build.plan(session, STP)
        remark = build.remark(session, plan)
        actor = build.actor(session, who.vera)
        comments.comment(session, actor, plan.id, [Remarked(remark.section_key, "Well put.")])

    db.run(say)
    behind = db.read(lambda s: agenda_items.behind(s, co.item(s, PEOPLE)))
    assert behind == []
