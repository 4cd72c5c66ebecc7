"""A plan before committees always waits for somebody (fault R10)."""

from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.council_loading import load_council
from config.settings import Settings
from cycle import clock, people
from cycle.db import Database
from cycle.errors import Blocked, NotPermitted
from cycle.models import RouteStage
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from tests.flows.timetable import test_own_committees as own
from workflows import sweep
from workflows.core import engine
from workflows.council import loading
from workflows.meetings import agenda, standstill, waivers
from workflows.plans import guards
from workflows.record.verify import verify

PEOPLE, PLACE = "STP-2028-PEOPLE", "STP-2028-PLACE"
END = text("UPDATE body SET until_on = :day WHERE framework_key = 'service_committee'")


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    return co.council(db, tmp_path)


def tasks_of(db: Database, person: int, ref: str = STP) -> list[str]:
    """The kinds of a person's open tasks on a plan."""

    def read(session: Session) -> list[str]:
        queues = list(build.actor_of(session, person).queue_ids)
        rows = session.execute(
            text(
                "SELECT task.kind FROM task JOIN subject ON subject.id = subject_id "
                "WHERE ref = :ref AND closed_at IS NULL AND queue_id = ANY(:queues)"
            ),
            {"ref": ref, "queues": queues},
        )
        return [row.kind for row in rows]

    return db.read(read)


def withdrawn(db: Database, who: Cast, *refs: str) -> None:
    """Cy withdraws reports."""
    for ref in refs:
        db.run(
            lambda s, ref=ref: agenda.withdraw_item(
                s, build.actor(s, who.cy), co.item(s, ref).id, "Filed twice."
            )
        )


def again(db: Database, by: int) -> None:
    """Ask the committees anew about the Strategic Plan."""
    db.run(lambda s: standstill.request_again(s, build.actor(s, by), build.plan(s, STP).id))


def broken(db: Database) -> set[str]:
    """The keys of the checks that do not hold."""
    return {each.key for each in db.read(verify.check).broken}


def test_a_plan_goes_to_no_committees_while_there_is_none_for_a_stage(
    db: Database, who: Cast
) -> None:
    """Fault R10: the step says why not and who mends it; then it goes."""
    db.run(lambda s: s.execute(END, {"day": AUTUMN}))
    with pytest.raises(Blocked, match="The council has no Service committee, which is to consider"):
        co.to_committees(db, who, STP)
    assert build.state(db, STP) == "standards_check"
    with on(AUTUMN):
        offered = db.read(
            lambda s: engine.choice(s, build.plan(s, STP), build.actor_of(s, who.sue), "pass_check")
        )
        assert "Ask the Administrator to add it" in offered.reasons[0]
        db.run(lambda s: s.execute(END, {"day": None}))
        build.act(db, STP, "pass_check", who.sue, co.checked(db, STP))
    assert build.state(db, STP) == "with_committees"
    assert broken(db) == set()


def test_a_service_in_no_committees_remit_is_told_before(db: Database, tmp_path: Path) -> None:
    """Fault R10: the sentence names the service and what has to be added where."""
    with clock.set_to(build.SPRING):
        council = load_council(own.with_two_committees(tmp_path))
        db.run(loading.load, None, council, own.framework_data())
        db.run(build._meetings)
        build.cycle(db, build.cast(db))
        db.run(
            lambda s: s.execute(
                text(
                    "DELETE FROM body_remit USING unit "
                    "WHERE unit.id = unit_id AND unit.key = 'green'"
                )
            )
        )

        def sentence_for(session: Session, ref: str) -> str | None:
            system = people.system(session)
            return guards.has_route(engine.attempt_on(session, build.plan(session, ref), system)[0])

        nobody = (
            "No Service committee has “Parks” in its remit, so nobody would be asked to consider "
            "this plan."
        )
        assert nobody not in (db.read(sentence_for, co.HOUSING) or "")
        assert db.read(sentence_for, co.HOUSING) is None
        sentence = db.read(sentence_for, co.PARKS) or ""
    assert nobody in sentence
    assert "Ask the Administrator to add it" in sentence


def test_a_plan_whose_report_was_withdrawn_is_sues_to_ask_for_again(
    db: Database, who: Cast
) -> None:
    """Fault R10, its sibling: it stood with the committees, and nobody had a task."""
    co.to_committees(db, who, STP)
    assert tasks_of(db, who.sue) == []
    with on(AUTUMN):
        withdrawn(db, who, PEOPLE)
        assert tasks_of(db, who.sue) == ["ask_a_body"]
        with pytest.raises(NotPermitted):
            again(db, who.mo)
        again(db, who.sue)
        assert tasks_of(db, who.sue) == []
        assert co.refs(db) == ["STP-2028-PEOPLE-2", PLACE]
    assert broken(db) == set()


def test_a_plan_that_stands_so_already_is_given_to_somebody_and_set_going(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """Fault R10, INV-01: what older editions of the product left behind has a way out."""
    co.to_committees(db, who, STP)
    with on(AUTUMN):
        withdrawn(db, who, PEOPLE, PLACE)
        db.run(_as_it_was_left)
        assert {"INV-01-somebody", "INV-01-required"} <= broken(db)
        settings = Settings.load({"DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40})
        sweep.sweep(db, settings)
        assert tasks_of(db, who.sue) == ["ask_a_body"]
        assert broken(db) == set()
        sweep.sweep(db, settings)
        db.run(lambda s: s.execute(END, {"day": AUTUMN}))
        with pytest.raises(Blocked, match="The council has no Service committee"):
            again(db, who.sue)
        db.run(lambda s: s.execute(END, {"day": None}))
        again(db, who.sue)
        rows = db.read(
            lambda s: s.execute(
                select(RouteStage.stage, RouteStage.status)
                .where(RouteStage.plan_id == build.plan(s, STP).id)
                .order_by(RouteStage.stage)
            ).all()
        )
        assert [tuple(row) for row in rows] == [
            (1, "open"),
            (1, "open"),
            (2, "ahead"),
            (3, "ahead"),
        ]
        assert len(co.refs(db)) == 2
    assert broken(db) == set()


def _as_it_was_left(session: Session) -> None:
    plan = build.plan(session, STP).id
    session.execute(text("DELETE FROM route_stage WHERE plan_id = :plan"), {"plan": plan})
    session.execute(
        text(
            "UPDATE task SET closed_at = opened_at, outcome = 'done', "
            "closed_by_id = (SELECT id FROM person WHERE is_system) WHERE subject_id = :plan "
            "AND closed_at IS NULL"
        ),
        {"plan": plan},
    )


def test_the_last_committee_on_a_plans_way_cannot_be_passed_over(db: Database, who: Cast) -> None:
    """Fault R10, its sibling: with all bodies waived the plan would wait for nobody."""
    co.to_committees(db, who, STP)

    def stages(session: Session) -> list[RouteStage]:
        found = select(RouteStage).where(RouteStage.plan_id == build.plan(session, STP).id)
        return list(session.scalars(found.order_by(RouteStage.stage, RouteStage.id)))

    def shorten(session: Session) -> None:
        """A way that ends with views, as a framework may have it."""
        for row in stages(session):
            if row.stage > 1:
                session.delete(row)

    def waive(stage: int) -> None:
        db.run(lambda s: waivers.waive(s, build.actor(s, who.monty), stage, "No meeting.").id)

    with on(AUTUMN):
        db.run(shorten)
        first, last = db.read(lambda s: [row.id for row in stages(s)])
        waive(first)
        with pytest.raises(Blocked, match="No other committee is left"):
            waive(last)
