"""Fault R4, in the long run: corrections of corrections, of words, of what is to take effect."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import permissions
from config.dates import long_date
from cycle.db import Database
from cycle.errors import Blocked, OwnWork, Refused
from cycle.models import CorrectionPlan, Outbox
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from tests.flows.core.test_races import race
from tests.flows.meetings.test_committee import decisions
from tests.flows.meetings.test_corrections import (
    BACK,
    PEOPLE,
    PLACE,
    POLICY,
    agree,
    newest_in,
    propose,
    settle,
    whole,
)
from workflows.meetings import corrections, dependents, resolutions
from workflows.plans import by_date, reading
from workflows.record import approval
from workflows.reports import agenda_items, writing

COUNCIL = "STP-2028-COUNCIL"


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire in September 2027, its Strategic Plan with the committees."""
    found = co.council(db, tmp_path)
    co.to_committees(db, found, STP)
    return found


@pytest.fixture
def decided(db: Database, who: Cast) -> date:
    """People Committee is recorded as having considered it; gives the day of its meeting."""
    return co.through(db, who, PEOPLE, AUTUMN)


@pytest.fixture
def approved(db: Database, who: Cast) -> date:
    """Council is recorded as having approved it; gives the day of its meeting."""
    after = AUTUMN
    for ref in (PEOPLE, PLACE, POLICY, COUNCIL):
        after = co.through(db, who, ref, after)
    return after


def test_the_mail_on_what_was_kept_tells_nothing_of_an_exempt_plan(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: neither the plan nor the reason leaves the house; both are on the record, for readers."""
    exempt = text("UPDATE subject SET exempt = true WHERE ref IN (:plan, :report)")

    def keep(session: Session, correction: int) -> None:
        session.execute(exempt, {"plan": STP, "report": PEOPLE})
        plan = build.plan(session, STP).id
        cy = build.actor(session, who.cy)
        reading = [  # as the clerks of most frameworks
            replace(each, permissions=each.permissions | {permissions.READ_EVERY_TEXT})
            for each in cy.posts_held
        ]
        cy = replace(cy, posts_held=type(cy.posts_held)(reading))
        dependents.settle(
            session, cy, correction, plan, "kept", "The buyer of the site knows already."
        )

    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)
        agree(db, who.monty, correction)
        db.run(keep, correction)
    sent = db.read(lambda s: s.scalars(select(Outbox).where(Outbox.key.like("kept:%"))).one())
    whole_mail = f"{sent.subject} {sent.body}"
    assert "buyer" not in whole_mail
    assert "STP" not in whole_mail
    assert "The reason is open only to those who work on it." in whole_mail


def test_what_an_earlier_correction_left_open_is_settled_before_the_next(
    db: Database, who: Cast, approved: date
) -> None:
    """R4: “Lost” was a mistake too; nobody may follow it once the record says “Adopted” again."""
    with on(approved + timedelta(days=1)):
        wrong = propose(db, who.cy, "STP-2028-COUNCIL", replace(BACK, outcome="lost"))
        agree(db, who.monty, wrong)
        with pytest.raises(Blocked, match="last correction is still to be settled"):
            propose(db, who.cy, "STP-2028-COUNCIL", replace(BACK, outcome="adopted"))
        settle(db, who.cy, wrong, "kept", "The correction was the mistake.")
        right = propose(db, who.cy, "STP-2028-COUNCIL", replace(BACK, outcome="adopted"))
        agree(db, who.monty, right)
    assert build.state(db, STP) == "approved"
    assert whole(db)


def test_who_agreed_to_an_outcome_has_not_agreed_to_other_words(
    db: Database, who: Cast, approved: date
) -> None:
    """R4: Monty agreed to “Lost” as Cy wrote it; what Clara makes of its words is hers alone, and
    the certificate still says when the outcome was corrected."""
    ref = "STP-2028-COUNCIL"
    with on(approved + timedelta(days=1)):
        lost = propose(db, who.cy, ref, replace(BACK, outcome="lost"))
        agree(db, who.monty, lost)
        settle(db, who.cy, lost, "kept")
    with on(approved + timedelta(days=9)):
        db.run(
            lambda s: resolutions.correct(
                s, build.actor(s, who.clara), newest_in(s, ref), "Lost on a vote.", "So minuted."
            )
        )
    newest = decisions(db, ref)[-1]
    assert (newest.words, newest.recorded_by_id) == ("Lost on a vote.", who.clara)
    assert (newest.agreed_by_id, newest.evidence, newest.later_minute) == (None, None, None)
    found = db.read(lambda s: approval.approval_of(s, build.plan(s, STP)))
    assert found is not None
    day = long_date(approved + timedelta(days=1))
    assert found.corrected.startswith(f"The outcome was corrected on {day}: ")
    assert whole(db)


def test_a_plan_does_not_take_effect_while_a_correction_of_its_approval_is_open(
    db: Database, who: Cast, approved: date
) -> None:
    """R4: once it is in force it could not go back; so the day waits for who settles."""

    def due() -> list[str]:
        with on(date(2028, 4, 1)):
            acts = db.read(by_date.acts_due)
        return [each.action for each in acts if each.ref == STP]

    assert due() == ["take_effect"]
    with on(approved + timedelta(days=1)):
        wrong = propose(db, who.cy, "STP-2028-COUNCIL", replace(BACK, outcome="lost"))
        assert due() == []
        agree(db, who.monty, wrong)
    assert due() == []
    with (
        on(date(2028, 4, 1)),
        pytest.raises(Refused, match="correction of a decision on it is open"),
    ):
        build.act(db, STP, "take_effect", None)
    with on(approved + timedelta(days=2)):
        settle(db, who.cy, wrong, "kept")
    assert due() == ["take_effect"]


def test_only_the_newest_decision_is_corrected_and_agreed_to(
    db: Database, who: Cast, decided: date
) -> None:
    """R4, INV-28: neither is an older row proposed, nor one agreed whose words changed since."""
    first = decisions(db, PEOPLE)[0].id

    def reword(session: Session) -> None:
        cy = build.actor(session, who.cy)
        resolutions.correct(session, cy, newest_in(session, PEOPLE), "Considered, 5 to 2.", "So.")

    def old(session: Session) -> None:
        cy, version = build.actor(session, who.cy), co.item(session, PEOPLE).version
        corrections.propose(session, cy, first, BACK, version)

    with on(decided + timedelta(days=1)):
        waiting = propose(db, who.cy)
        db.run(reword)
        with pytest.raises(Blocked, match="Correct the newest one"):
            agree(db, who.monty, waiting)
        db.run(lambda s: corrections.withdraw(s, build.actor(s, who.cy), waiting))
        with pytest.raises(Blocked, match="Correct the newest one"):
            db.run(old)
    assert [each.outcome for each in decisions(db, PEOPLE)] == ["considered", "considered"]
    assert whole(db)


def test_for_whom_a_correction_was_proposed_does_not_agree_to_it(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: who covered for Monty proposed it, so that Monty is no second person."""
    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)
        covered = text("UPDATE decision_correction SET acted_for_id = :monty")
        db.run(lambda s: s.execute(covered, {"monty": who.monty}))
        with pytest.raises(OwnWork):
            agree(db, who.monty, correction)
    assert len(decisions(db, PEOPLE)) == 1


def test_who_proposed_it_takes_it_back_and_does_not_refuse_it(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: also where the same person is monitoring officer since."""
    became = text(
        "UPDATE appointment SET person_id = :cy FROM post "
        "WHERE post.id = post_id AND post.key = 'monitoring-officer'"
    )
    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)
        db.run(lambda s: s.execute(became, {"cy": who.cy}))
        with pytest.raises(Blocked, match="Take it back instead"):
            db.run(lambda s: corrections.refuse(s, build.actor(s, who.cy), correction, "No."))


def test_nothing_is_deferred_to_the_day_of_its_own_meeting(
    db: Database, who: Cast, decided: date
) -> None:
    deferred = replace(BACK, outcome="deferred", deferred_to_on=decided)
    with on(decided + timedelta(days=1)), pytest.raises(Blocked, match="only be deferred to a day"):
        propose(db, who.cy, wanted=deferred)


def test_a_plan_that_came_before_the_bodies_again_does_not_go_back(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: what they have before them now is a newer version, and stays there."""
    with on(decided + timedelta(days=1)):
        back = propose(db, who.cy)
        agree(db, who.monty, back)
        settle(db, who.cy, back, "reopened")
        co.again(db, who, STP)
        asked = co.refs(db)
        right = propose(db, who.cy, wanted=replace(BACK, outcome="considered", words=""))
        agree(db, who.monty, right)
        with pytest.raises(Blocked, match="come before the bodies again"):
            settle(db, who.cy, right, "reopened")
        settle(db, who.cy, right, "kept", "It is before them again.")
    assert build.state(db, STP) == "with_committees"
    assert co.refs(db) == asked
    assert whole(db)


def test_two_who_settle_the_same_plan_choose_once(db: Database, who: Cast, decided: date) -> None:
    """R4, T-RACE: four keep and four reopen at once; one does, and the plan stands as it says."""
    day = decided + timedelta(days=1)
    with on(day):
        correction = propose(db, who.cy)
        agree(db, who.monty, correction)
    plan_id = db.read(lambda s: build.plan(s, STP).id)

    def work(session: Session, number: int) -> str:
        with on(day):
            cy = build.actor(session, who.cy)
            choice = "kept" if number % 2 else "reopened"
            dependents.settle(session, cy, correction, plan_id, choice, "So it was.")
        return choice

    found = race(db.url, work)
    assert found.count("done") == 1
    assert set(found) - {"done"} <= {"Blocked", "OutOfDate", "NotPermitted"}
    chosen = db.read(lambda s: s.scalars(select(CorrectionPlan.choice)).one())
    then = {"kept": "with_committees", "reopened": "referred_back"}
    assert build.state(db, STP) == then[str(chosen)]
    assert whole(db)


def test_a_correction_beside_the_decision_on_the_plan_asks_nothing_of_the_plan(
    db: Database, who: Cast
) -> None:
    """R4: the first recommendation decides; the second one thanked the officers."""

    def write(session: Session) -> None:
        item = co.item(session, PEOPLE)
        words = [agenda_items.recommendations(session, item)[0].words, "To thank the officers."]
        sue = build.actor(session, who.sue)
        writing.write_report(session, sue, item.id, co.ANSWERS, recommendations=words)

    with on(AUTUMN):
        db.run(write)
    day = co.through(db, who, PEOPLE, AUTUMN)
    assert len(decisions(db, PEOPLE)) == 2
    with on(day + timedelta(days=1)):
        agree(db, who.monty, propose(db, who.cy))
    assert [each.outcome for each in decisions(db, PEOPLE)] == [
        "considered", "considered", "referred_back",
    ]  # fmt: skip
    assert co.tasks(db, PEOPLE) == []
    assert db.read(lambda s: s.scalars(select(CorrectionPlan)).all()) == []
    with on(day + timedelta(days=2)):
        found = db.read(lambda s: reading.plan_page(s, build.actor_of(s, who.sue), STP))
    assert not any("correction" in each.status for each in found.bodies)
    assert whole(db)
