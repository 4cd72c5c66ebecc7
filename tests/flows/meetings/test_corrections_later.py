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
from cycle.errors import Blocked, Refused
from cycle.models import Outbox
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
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
from workflows.meetings import dependents, resolutions
from workflows.plans import by_date
from workflows.record import approval

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
