"""Two different acts on one thing at the same instant, by eight people (fault X12, T-RACE).

Each pair has its allowed ends written down; any other end fails. Every racer is a process with a
connection of its own and starts at a barrier.
"""

from dataclasses import replace
from datetime import date, time
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import people
from cycle.db import Database
from tests import build
from tests.build import Cast
from tests.flows import committees
from tests.flows.committees import AUTUMN, HOUSING, STP, on
from tests.flows.core.test_races import RACERS, _share_rays_queue, race
from workflows.core.attempt import Evidence, Remarked
from workflows.cycles import cycles
from workflows.meetings import agenda, meetings
from workflows.plans import comments, plans, versions
from workflows.queues import claims
from workflows.record.verify import verify

LOST = {"NotAvailable", "OutOfDate"}
ENDS_OF_REVIEW = {("proposals_with_group", 1, 0), ("proposals_returned", 0, 1)}


@pytest.fixture
def who(db: Database) -> Cast:
    """The housing proposals in Ray's queue, which seven colleagues share."""
    found = build.council(db)
    build.cycle(db, found)
    build.issue_outcomes(db, found)
    build.act(db, HOUSING, "start", None)
    build.fill(db, HOUSING, found.mo)
    build.act(db, HOUSING, "submit", found.mo)
    db.run(_share_rays_queue)
    return build.cast(db)


def directors(who: Cast) -> list[int]:
    """Ray and seven who share his queue."""
    return [who.ray, *(who.ids[f"director-{number}"] for number in range(RACERS - 1))]


def housing(db: Database) -> tuple[int, int]:
    """The id of Housing's plan and the version that everybody's page shows."""

    def work(session: Session) -> tuple[int, int]:
        plan = build.plan(session, HOUSING)
        return plan.id, plan.version

    return db.read(work)


def whole(db: Database) -> bool:
    """Whether the record holds everything that it promises."""
    return db.read(verify.check).ok


def count(db: Database, sql: str, **values: object) -> int:
    """One number from the database."""
    return int(db.read(lambda s: s.scalar(text(sql), values)) or 0)


def acts(db: Database, action: str) -> int:
    """How often an act stands on the record."""
    return count(db, "SELECT count(*) FROM event WHERE action = :action", action=action)


def test_eight_people_claim_one_task(db: Database, who: Cast) -> None:
    """INV-07, SR-79: one has it, seven read that somebody is on it."""
    task = count(db, "SELECT task.id FROM task JOIN subject ON subject.id = subject_id "
                 "WHERE ref = :ref AND closed_at IS NULL", ref=HOUSING)  # fmt: skip
    sharing = directors(who)

    def work(session: Session, number: int) -> str:
        return claims.claim(session, people.actor(session, sharing[number], lock=True), task)

    found = race(db.url, work)
    assert found.count("done") == 1
    assert set(found) - {"done"} == {"NotAvailable"}
    winner = sharing[found.index("done")]
    assert count(db, "SELECT claimed_by_id FROM task WHERE id = :id", id=task) == winner
    assert whole(db)


def test_four_pass_a_plan_on_while_four_return_it(db: Database, who: Cast) -> None:
    """INV-01, INV-02, INV-31: it is passed on or returned, once; seven are told that it moved."""
    plan_id, version = db.read(
        lambda s: (build.plan(s, HOUSING).id, build.plan(s, HOUSING).version)
    )
    remark = db.read(lambda s: build.remark(s, build.plan(s, HOUSING)))
    back = Evidence("Not clear who benefits.", (remark,))
    sharing = directors(who)

    def work(session: Session, number: int) -> str:
        actor = people.actor(session, sharing[number], lock=True)
        action, evidence = ("pass_on", build.ALL_THE_SAME) if number % 2 else (
            "return_for_changes", back)  # fmt: skip
        return plans.act(session, actor, plan_id, action, evidence, version).state

    found = race(db.url, work)
    assert found.count("done") == 1
    assert set(found) - {"done"} <= LOST
    end = (build.state(db, HOUSING), acts(db, "pass_on"), acts(db, "return_for_changes"))
    assert end in ENDS_OF_REVIEW
    assert whole(db)


@pytest.mark.parametrize("later", ["write", "pass on"])
def test_a_plan_is_passed_on_while_its_text_is_changed(db: Database, who: Cast, later: str) -> None:
    """INV-20, INV-22: either the text was saved first, and nobody passes on what their page did not
    show; or the plan was passed on, and its text stays as it was."""
    plan_id, version = housing(db)
    shown = db.read(versions.working_sha256, plan_id)
    as_shown = replace(build.ALL_THE_SAME, shown_sha256=shown)
    key = db.read(lambda s: build.remark(s, build.plan(s, HOUSING)).section_key)
    section = count(db, "SELECT version FROM section WHERE plan_id = :plan AND key = :key",
                    plan=plan_id, key=key)  # fmt: skip
    sharing = directors(who)

    def work(session: Session, number: int) -> str:
        # Both ends are met: those of one kind come a moment later than the others.
        sleep(0.05 if later == ("pass on" if number % 2 else "write") else 0)
        actor = people.actor(session, sharing[number], lock=True)
        if number % 2:
            return plans.act(session, actor, plan_id, "pass_on", as_shown, version).state
        words = f"Written by director {number}."
        plans.write_section(session, actor, plan_id, key, words, section, knows_four_eyes=True)
        return "saved"

    found = race(db.url, work)
    saved = [found[number] for number in range(0, RACERS, 2)].count("done")
    passed = [found[number] for number in range(1, RACERS, 2)].count("done")
    assert (saved, passed) in {(1, 0), (0, 1)}
    assert set(found) - {"done"} <= LOST | {"NotPermitted", "NotFound", "Blocked"}
    assert acts(db, "pass_on") == passed
    if passed:
        sealed = text(
            "SELECT sha256 FROM plan_version JOIN plan ON shown_version_id = plan_version.id "
            "WHERE plan.id = :plan"
        )
        assert db.read(lambda s: s.scalar(sealed, {"plan": plan_id})) == shown
    assert whole(db)


def test_a_report_goes_on_an_agenda_while_its_meeting_moves(db: Database, tmp_path: Path) -> None:
    """The report is on the agenda, and either the meeting moved, once and with it, or all
    who wanted to move it are told that its agenda has changed since they looked."""
    who = committees.council(db, tmp_path)
    committees.to_committees(db, who, STP)
    ref = f"{STP}-PEOPLE"
    with on(AUTUMN):
        committees.ready(db, who, ref)
        meeting = committees.next_meeting(db, ref, date(2027, 10, 1))
    item = committees.item_id(db, ref)
    version = count(db, "SELECT version FROM meeting WHERE id = :id", id=meeting.id)
    later = date(2027, 10, 27)

    def work(session: Session, number: int) -> str:
        with on(AUTUMN):
            actor = people.actor(session, (who.cy, who.clara)[number // 2 % 2], lock=True)
            if number % 2:
                agenda.list_on(session, actor, item, meeting.id)
            else:
                meetings.move_meeting(
                    session, actor, meeting.id, later, time(10, 30), "The hall is let.", version
                )
        return "done"

    found = race(db.url, work)
    moved = [found[number] for number in range(0, RACERS, 2)].count("done")
    listed = [found[number] for number in range(1, RACERS, 2)].count("done")
    assert (moved, listed) in {(1, 1), (0, 1)}, found
    assert set(found) - {"done"} <= LOST | {"Blocked"}
    assert build.state(db, ref) == "listed"
    on_day = "SELECT count(*) FROM meeting JOIN agenda_item ON meeting_id = meeting.id " \
             "WHERE agenda_item.id = :item AND on_date = :day"  # fmt: skip
    assert count(db, on_day, item=item, day=later if moved else meeting.on_date) == 1
    assert whole(db)


def test_eight_people_create_the_same_cycle(db: Database) -> None:
    """Fault X6: one cycle; seven are told that it is there, and none meets a failure."""
    who = build.council(db)

    def work(session: Session, _number: int) -> str:
        actor = people.actor(session, who.sue, lock=True)
        return cycles.create_cycle(session, actor, build.FRAMEWORK, 2027).ref

    found = race(db.url, work)
    assert found.count("done") == 1
    assert not any(each.startswith("FAILED") for each in found)
    assert count(db, "SELECT count(*) FROM cycle") == 1
    assert count(db, "SELECT count(*) FROM planning_year") == 4
    assert whole(db)


def test_eight_clerks_call_the_same_meeting(db: Database) -> None:
    """Fault X6: one meeting of a body on a day; the others are told so in a sentence."""
    who = build.council(db)
    body = count(db, "SELECT id FROM body WHERE key = 'policy_committee'")

    def work(session: Session, _number: int) -> str:
        actor = people.actor(session, who.dora, lock=True)
        with on(AUTUMN):
            return str(
                meetings.add_meeting(session, actor, body, date(2027, 10, 21), time(10)).meeting.id
            )

    found = race(db.url, work)
    assert found.count("done") == 1
    assert not any(each.startswith("FAILED") for each in found)
    assert count(db, "SELECT count(*) FROM meeting WHERE body_id = :body AND on_date = :day",
                 body=body, day=date(2027, 10, 21)) == 1  # fmt: skip
    assert whole(db)


def test_four_comment_while_four_pass_on(db: Database, who: Cast) -> None:
    """INV-20, INV-31: a comment names the version that it was made on; nobody passes on a plan of
    which another version was shown."""
    plan_id, version = db.read(
        lambda s: (build.plan(s, HOUSING).id, build.plan(s, HOUSING).version)
    )
    key = db.read(lambda s: build.remark(s, build.plan(s, HOUSING)).section_key)
    sharing = directors(who)

    def work(session: Session, number: int) -> str:
        actor = people.actor(session, sharing[number], lock=True)
        if number % 2:
            return plans.act(session, actor, plan_id, "pass_on", build.ALL_THE_SAME, version).state
        remarks = [Remarked(key, f"Comment {number}.")]
        return comments.comment(session, actor, plan_id, remarks, version).state

    found = race(db.url, work)
    assert found.count("done") == 1
    assert set(found) - {"done"} <= LOST
    assert acts(db, "pass_on") + acts(db, "comment") == 1
    assert whole(db)
