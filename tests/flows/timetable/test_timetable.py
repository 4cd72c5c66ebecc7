"""The dates of a year: the demo council's rhythm, and what follows when a meeting moves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.council import COUNCILS
from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked, NotPermitted, OutOfDate
from cycle.models import Event, PlanningYear, Step
from tests import build
from tests.build import Cast
from tests.flows import committees
from workflows.council import loading
from workflows.cycles import cycles
from workflows.meetings import meetings
from workflows.timetable import (
    change_requests,
    rescheduling,
    timetable,
)

# The rhythm of Year 1 as demo-council.md tells it: step, day.
RHYTHM = {
    "issue_timetable": date(2027, 6, 9),
    "service_profile_review": date(2027, 7, 16),
    "engagement_opens": date(2027, 7, 26),
    "engagement_closes": date(2027, 9, 17),
    "strategic_plan_issue_outcomes": date(2027, 8, 27),
    "service_plan_draft_proposals": date(2027, 9, 30),
    "service_plan_review_proposals": date(2027, 10, 8),
    "service_plan_record_group": date(2027, 10, 14),
    "clt_proposals": date(2027, 10, 19),
    "strategic_plan_service_committees": date(2027, 10, 19),
    "strategic_plan_policy_committee": date(2027, 11, 10),
    "strategic_plan_council": date(2027, 12, 9),
    "budget_consultation": date(2027, 12, 8),
    "budget_service_committees": date(2028, 1, 18),
    "budget_policy_committee": date(2028, 2, 9),
    "budget_council": date(2028, 2, 24),
    "delivery_plan_service_committees": date(2028, 2, 15),
    "delivery_plan_policy_committee": date(2028, 3, 8),
    "service_plan_check": date(2028, 3, 24),
    "go_live": date(2028, 4, 1),
    "epdrs": date(2028, 5, 31),
}


@pytest.fixture
def june() -> Iterator[None]:
    """The morning on which Year 1 is opened."""
    with clock.set_to(build.SPRING):
        yield


@pytest.fixture
def who(db: Database, june: None) -> Cast:
    return build.year_one(db)


def dates(db: Database) -> dict[str, date]:
    return db.read(
        lambda s: {row.rule: row.due_on for row in s.execute(select(Step.rule, Step.due_on))}
    )


def year(session: Session) -> PlanningYear:
    return session.scalars(select(PlanningYear).where(PlanningYear.ref == "Y-2027-1")).one()


@pytest.fixture
def may() -> Iterator[None]:
    """In good time: nothing is out of reach yet."""
    with clock.set_to(datetime(2027, 5, 10, 8, tzinfo=UTC)):
        yield


def test_the_demo_councils_year_has_the_rhythm_of_its_story(db: Database, may: None) -> None:
    loaded = load_council(COUNCILS / "borsetshire")
    db.run(loading.load, None, loaded, build.framework_data())
    who = db.read(
        lambda s: s.execute(
            text(
                "SELECT person_id FROM appointment JOIN post ON post.id = post_id "
                "JOIN queue ON queue.id = queue_id WHERE role = 'support_service' LIMIT 1"
            )
        ).scalar_one()
    )
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who), build.FRAMEWORK, 2027))
    db.run(lambda s: cycles.open_year(s, build.actor(s, who), year(s).id))
    found = dates(db)
    assert {key: found.get(key) for key in RHYTHM} == RHYTHM
    assert found["budget_council"] < date(2028, 3, 11)
    # The report for 12 January falls in the closure, and the step says so.
    blockers = db.read(
        lambda s: [p.sentence for p in timetable.problems(s, year(s)) if p.severity == "blocker"]
    )
    assert blockers == []


def test_every_open_task_copies_the_date_of_its_step(db: Database, who: Cast) -> None:
    build.act(db, "SPR-2028-HOUSING", "start", None)
    due, step = db.read(
        lambda s: s.execute(
            text(
                "SELECT task.due_on, step.due_on FROM task JOIN step ON step.id = task.step_id "
                "JOIN subject ON subject.id = subject_id WHERE ref = 'SPR-2028-HOUSING'"
            )
        ).one()
    )
    assert due == step == dates(db)["service_profile_draft"]


def redated(session: Session) -> list[rescheduling.Move]:
    return [each for each in rescheduling.of_facts(session, year(session)) if each.is_redated]


def group_meeting(db: Database) -> int:
    return int(
        db.read(
            lambda s: s.execute(
                text("SELECT meeting_id FROM step WHERE rule = 'service_plan_record_group'")
            ).scalar()
        )
    )


def move(db: Database, meeting: int, days: int) -> None:
    """The fact alone: the meeting is on another day."""
    db.run(
        lambda s: s.execute(
            text("UPDATE meeting SET on_date = on_date + :days WHERE id = :id"),
            {"days": days, "id": meeting},
        )
    )


def open_task(db: Database, ref: str) -> date:
    return db.read(
        lambda s: s.execute(
            text(
                "SELECT due_on FROM task JOIN subject ON subject.id = subject_id "
                "WHERE ref = :ref AND task.kind = 'draft' AND closed_at IS NULL"
            ),
            {"ref": ref},
        ).scalar_one()
    )


def test_a_moved_meeting_moves_nothing_until_new_dates_are_applied(db: Database, who: Cast) -> None:
    before = dates(db)
    move(db, group_meeting(db), 7)
    assert dates(db) == before
    shown = db.read(redated)
    assert {each.key.split(":")[0] for each in shown} >= {
        "service_plan_record_group",
        "service_plan_draft_proposals",
    }
    assert all(each.from_on != each.to_on for each in shown)
    assert "instead of" in shown[0].sentence


def test_new_dates_move_the_steps_and_the_open_tasks_together_and_keeps_the_old_dates(
    db: Database, who: Cast
) -> None:
    build.act(db, "STP-2028", "start", None)
    before = dates(db)
    task = open_task(db, "STP-2028")
    committee = db.read(
        lambda s: s.execute(
            text("SELECT meeting_id FROM step WHERE rule = 'strategic_plan_record_clt'")
        ).scalar_one()
    )
    db.run(
        lambda s: s.execute(
            text("UPDATE meeting SET status = 'cancelled' WHERE id = :id"), {"id": committee}
        )
    )
    moved = db.read(redated)
    build.new_dates(db, who, "CLT does not meet.")
    after = dates(db)
    assert after["strategic_plan_record_clt"] < before["strategic_plan_record_clt"]
    assert open_task(db, "STP-2028") == after["strategic_plan_draft"] != task
    changes = {each.key.split(":")[0]: (each.from_on, each.to_on) for each in moved}
    assert changes["strategic_plan_draft"] == (task, after["strategic_plan_draft"])
    payload = db.read(
        lambda s: s.scalars(select(Event.payload).where(Event.action == "apply")).one()
    )
    assert task.isoformat() in payload
    assert "CLT does not meet." in db.read(
        lambda s: s.scalars(select(Event.payload).where(Event.action == "replan")).one()
    )
    with pytest.raises(Blocked, match="No date has to change"):
        build.new_dates(db, who, "Again.")


def test_new_dates_need_a_reason_and_somebody_who_plans(db: Database, who: Cast) -> None:
    move(db, group_meeting(db), 7)
    before = dates(db)
    with pytest.raises(Blocked, match="Say why"):
        build.new_dates(db, who, " ")
    with pytest.raises(NotPermitted):
        db.run(lambda s: change_requests.propose(s, build.actor(s, who.pat), year(s).id, "I want."))
    assert dates(db) == before


def test_a_closure_that_takes_the_day_away_is_told(db: Database, who: Cast) -> None:
    due = dates(db)["service_profile_review"]
    db.run(
        lambda s: s.execute(
            text("INSERT INTO closure (first_on, last_on, why) VALUES (:day, :day, 'Burst pipe')"),
            {"day": due},
        )
    )
    shown = db.read(redated)
    review = [each for each in shown if each.key.startswith("service_profile_review")]
    assert review
    assert all(each.to_on < due for each in review)
    sentences = db.read(lambda s: [p.sentence for p in timetable.problems(s, year(s))])
    assert any("the council is closed" in sentence for sentence in sentences)


def test_an_older_page_of_the_year_cannot_propose(db: Database, who: Cast) -> None:
    version = db.read(lambda s: year(s).version)
    move(db, group_meeting(db), 7)
    build.new_dates(db, who)
    move(db, group_meeting(db), 7)
    with pytest.raises(OutOfDate, match="Someone has changed this"):
        db.run(
            lambda s: change_requests.propose(
                s, build.actor(s, who.sue), year(s).id, "Twice.", version
            )
        )


def paper_dates(db: Database, ref: str) -> dict[str, date]:
    return db.read(
        lambda s: {
            row.kind: row.due_on
            for row in s.execute(
                text(
                    "SELECT task.kind, task.due_on FROM task "
                    "JOIN subject ON subject.id = task.subject_id "
                    "WHERE subject.ref = :ref AND closed_at IS NULL"
                ),
                {"ref": ref},
            )
        }
    )


def test_the_papers_of_a_report_follow_its_meeting(db: Database, tmp_path: Path) -> None:
    """Fault P7."""
    who = committees.council(db, tmp_path)
    committees.to_committees(db, who, committees.STP)
    ref = committees.refs(db)[0]
    with committees.on(committees.AUTUMN):
        expected = db.read(
            lambda s: s.execute(
                text(
                    "SELECT step.due_on, meeting.id, meeting.on_date, meeting.at_time FROM step "
                    "JOIN meeting ON meeting.id = step.meeting_id "
                    "WHERE step.rule = 'strategic_plan_report_service_committees'"
                )
            ).one()
        )
        before = paper_dates(db, ref)
        assert before["write_report"] == expected.due_on
        assert before["comment_finance"] == before["comment_constitutional"] < expected.due_on
        others = db.read(
            lambda s: s.scalars(
                text(
                    "SELECT meeting.id FROM meeting JOIN body ON body.id = body_id "
                    "WHERE framework_key = 'service_committee' AND on_date = :day"
                ),
                {"day": expected.on_date},
            ).all()
        )
        for meeting in others:
            db.run(
                lambda s, m=meeting: meetings.move_meeting(
                    s,
                    build.actor(s, who.cy),
                    m,
                    expected.on_date + timedelta(days=7),
                    expected.at_time,
                    "The room is not free.",
                )
            )
        after = paper_dates(db, ref)  # at once, before the council's own dates follow
        build.new_dates(db, who)
        assert paper_dates(db, ref) == after
    assert all(after[kind] > before[kind] for kind in before)
