"""Fault R4: the outcome of a decision is corrected by two people, and nothing moves by itself."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked, NotFound, NotPermitted, OutOfDate, OwnWork, Rejected
from cycle.models import CorrectionPlan, Decision, DecisionCorrection, Outbox
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from tests.flows.core.test_races import race
from tests.flows.meetings.test_committee import decisions
from workflows.meetings import corrections, dependents, reading_corrections, resolutions
from workflows.meetings.corrections import Wanted
from workflows.record.verify import verify

PEOPLE, PLACE, POLICY = "STP-2028-PEOPLE", "STP-2028-PLACE", "STP-2028-POLICY"
BACK = Wanted(
    outcome="referred_back",
    words="Say more about housing.",
    deferred_to_on=None,
    effect=True,
    reason="The wrong line was clicked.",
    evidence="Draft minute 27/41, and the recording from 10:52, kept by Democratic Services.",
    minutes_signed=False,
)


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire in September 2027."""
    return co.council(db, tmp_path)


@pytest.fixture
def decided(db: Database, who: Cast) -> date:
    """People Committee is recorded as having considered the Strategic Plan; it had referred it
    back. Gives the day of its meeting."""
    co.to_committees(db, who, STP)
    return co.through(db, who, PEOPLE, AUTUMN)


def newest(db: Database, ref: str) -> int:
    """The decision on a report that nothing supersedes."""
    return max(each.id for each in decisions(db, ref))


def propose(
    db: Database, by: int, ref: str = PEOPLE, wanted: Wanted = BACK, seen: int | None = None
) -> int:
    """Somebody proposes a correction; gives its number."""

    def work(session: Session) -> int:
        last = session.scalars(
            select(Decision.id).where(Decision.item_id == co.item(session, ref).id)
            .order_by(Decision.id.desc())
        ).first()  # fmt: skip
        version = co.item(session, ref).version if seen is None else seen
        actor = build.actor(session, by)
        return corrections.propose(session, actor, int(last or 0), wanted, version).id

    return db.run(work)


def agree(db: Database, by: int, correction: int) -> None:
    """Somebody agrees to a correction."""
    db.run(lambda s: corrections.agree(s, build.actor(s, by), correction))


def settle(
    db: Database, by: int, correction: int, choice: str, reason: str = "The body resolved so."
) -> None:
    """Somebody keeps or reopens the Strategic Plan after a correction."""
    db.run(
        lambda s: dependents.settle(
            s, build.actor(s, by), correction, build.plan(s, STP).id, choice, reason
        )
    )


def whole(db: Database) -> bool:
    """Whether the record holds everything that it promises."""
    return db.read(verify.check).ok


def test_an_outcome_is_corrected_by_two_and_nothing_moves(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: Cy clicked the wrong line; Monty agrees to what the meeting did; the plan stays."""
    with on(decided + timedelta(days=1)):
        with pytest.raises(NotPermitted):
            propose(db, who.sue)
        correction = propose(db, who.cy)
        assert [each.outcome for each in decisions(db, PEOPLE)] == ["considered"]
        assert co.tasks(db, PEOPLE) == ["agree_correction"]
        with pytest.raises(NotPermitted):
            agree(db, who.clara, correction)
        agree(db, who.monty, correction)

    old, new = decisions(db, PEOPLE)
    assert (old.outcome, new.outcome, new.supersedes_id) == ("considered", "referred_back", old.id)
    assert (new.recorded_by_id, new.agreed_by_id) == (who.cy, who.monty)
    assert new.evidence == BACK.evidence
    assert build.state(db, STP) == "with_committees"
    assert [status for *_, status in co.stages(db, STP)].count("decided") == 1
    assert co.tasks(db, PEOPLE) == ["settle_correction"]
    assert whole(db)


def test_nobody_agrees_to_their_own_correction(db: Database, who: Cast, decided: date) -> None:
    """R4: neither in another post of their own nor for somebody whom they cover."""
    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)
        db.run(
            lambda s: s.execute(
                text(
                    "UPDATE appointment SET person_id = :cy FROM post "
                    "WHERE post.id = post_id AND post.key = 'monitoring-officer'"
                ),
                {"cy": who.cy},
            )
        )
        with pytest.raises(OwnWork, match="You or somebody you act for"):
            agree(db, who.cy, correction)
    assert len(decisions(db, PEOPLE)) == 1


def test_the_database_holds_that_two_have_agreed(db: Database, who: Cast, decided: date) -> None:
    """R4: also without the verb."""
    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)
        alone = text(
            "UPDATE decision_correction SET status = 'agreed', settled_by_id = proposed_by_id, "
            "settled_at = now() WHERE id = :id"
        )
        with pytest.raises(Rejected, match="agreed_by_another"):
            db.run(lambda s: s.execute(alone, {"id": correction}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reason": " "}, "Say why it is corrected"),
        ({"evidence": ""}, "Say what shows"),
        ({"outcome": "considered", "words": "So."}, "Correct the words instead"),
        ({"words": ""}, "Write why it was referred back"),
        ({"outcome": "adopted"}, "terms of reference"),
        ({"minutes_signed": True}, "only a later minute"),
    ],
)
def test_what_is_missing_is_said(
    db: Database, who: Cast, decided: date, change: dict[str, object], says: str
) -> None:
    with on(decided + timedelta(days=1)), pytest.raises(Blocked, match=says):
        propose(db, who.cy, wanted=replace(BACK, **change))  # type: ignore[arg-type]


def test_signed_minutes_are_corrected_by_a_later_minute_of_the_body(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: a meeting that was held, of the same body, after the decision."""
    with on(decided + timedelta(days=1)):
        other = co.extra_meeting(db, who, "place_committee", decided + timedelta(days=20))
        later = co.extra_meeting(db, who, "people_committee", decided + timedelta(days=20))
    signed = replace(BACK, minutes_signed=True, later_minute="27/60")
    with on(decided + timedelta(days=10)), pytest.raises(Blocked, match="only a later minute"):
        propose(db, who.cy, wanted=replace(signed, later_meeting_id=later.id))
    with on(decided + timedelta(days=21)):
        with pytest.raises(Blocked, match="only a later minute"):
            propose(db, who.cy, wanted=replace(signed, later_meeting_id=other.id))
        with pytest.raises(Blocked, match="number of the later minute"):
            propose(db, who.cy, wanted=replace(signed, later_meeting_id=later.id, later_minute=" "))
        agree(db, who.monty, propose(db, who.cy, wanted=replace(signed, later_meeting_id=later.id)))
    assert decisions(db, PEOPLE)[-1].later_minute == "27/60"


def test_one_correction_waits_at_a_time_and_can_be_refused_or_taken_back(
    db: Database, who: Cast, decided: date
) -> None:
    with on(decided + timedelta(days=1)):
        first = propose(db, who.cy)
        with pytest.raises(Blocked, match="waiting already"):
            propose(db, who.clara)
        with pytest.raises(Blocked, match="Say why"):
            db.run(lambda s: corrections.refuse(s, build.actor(s, who.monty), first, " "))
        db.run(lambda s: corrections.refuse(s, build.actor(s, who.monty), first, "No minute yet."))
        with pytest.raises(Blocked, match="refused already"):
            agree(db, who.monty, first)
        second = propose(db, who.cy)
        with pytest.raises(Blocked, match="Only who proposed"):
            db.run(lambda s: corrections.withdraw(s, build.actor(s, who.clara), second))
        db.run(lambda s: corrections.withdraw(s, build.actor(s, who.cy), second))
    assert co.tasks(db, PEOPLE) == []
    assert len(decisions(db, PEOPLE)) == 1
    assert whole(db)


def test_what_followed_is_reopened_and_what_the_body_resolved_is_followed(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: the plan goes back to before People Committee's decision, and from there to Hana."""
    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)
        agree(db, who.monty, correction)
        with pytest.raises(NotPermitted):
            settle(db, who.sue, correction, "reopened")
        with pytest.raises(Blocked, match="Say why"):
            settle(db, who.cy, correction, "reopened", " ")
        settle(db, who.cy, correction, "reopened")
    assert build.state(db, STP) == "referred_back"
    assert co.refs(db) == [], "Place Committee is no longer asked"
    assert co.tasks(db, PEOPLE) == []
    with on(decided + timedelta(days=1)), pytest.raises(Blocked, match="settled already"):
        settle(db, who.cy, correction, "kept")
    assert whole(db)


def test_what_depended_is_told_as_it_was_when_it_was_settled(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: afterwards nothing that came of the correction is told as come of the decision."""
    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)
        agree(db, who.monty, correction)
        before = depended(db, who.cy, correction)
        settle(db, who.cy, correction, "reopened")
        after = depended(db, who.cy, correction)
    assert [each.split(" on it ")[0] for each in before] == ["The body counts as having resolved"]
    assert [each.split(" on it ")[0] for each in after] == ["The body counted as having resolved"]


def depended(db: Database, person: int, correction: int) -> list[str]:
    """What the page of a correction says of what depended on the decision."""
    read = reading_corrections.correction_page
    return db.run(lambda s: read(s, build.actor(s, person), correction)).plans[0].depended


def test_what_followed_is_kept_with_a_reason_and_the_monitoring_officer_is_told(
    db: Database, who: Cast, decided: date
) -> None:
    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)
        agree(db, who.monty, correction)
        settle(db, who.cy, correction, "kept", "The committee looked at it again on the day.")
    assert build.state(db, STP) == "with_committees"
    chosen = db.read(lambda s: s.scalars(select(CorrectionPlan)).one())
    assert (chosen.choice, chosen.settled_by_id) == ("kept", who.cy)
    notified = db.read(
        lambda s: s.scalars(select(Outbox.person_id).where(Outbox.key.like("kept:%"))).all()
    )
    assert list(notified) == [who.monty]
    assert whole(db)


@pytest.fixture
def approved(db: Database, who: Cast) -> date:
    """Council is recorded as having approved the Strategic Plan; gives the day of its meeting."""
    co.to_committees(db, who, STP)
    after = AUTUMN
    for ref in (PEOPLE, PLACE, POLICY, "STP-2028-COUNCIL"):
        after = co.through(db, who, ref, after)
    assert build.state(db, STP) == "approved"
    return after


@pytest.mark.parametrize(
    ("outcome", "then"),
    [
        ("referred_back", "referred_back"),
        ("lost", "withdrawn"),
        ("deferred", "with_committees"),
        ("approved_with_amendments", "approved_with_amendments"),
    ],
)
def test_an_approval_that_was_none_is_taken_back(
    db: Database, who: Cast, approved: date, outcome: str, then: str
) -> None:
    """R4: from “Approved” to what Council did resolve, whichever it was."""
    with on(approved + timedelta(days=1)):
        wanted = replace(BACK, outcome=outcome)
        correction = propose(db, who.cy, "STP-2028-COUNCIL", wanted)
        agree(db, who.monty, correction)
        assert build.state(db, STP) == "approved"
        settle(db, who.cy, correction, "reopened")
    assert build.state(db, STP) == then
    assert whole(db)


def test_a_plan_that_was_lost_by_one_click_comes_back(
    db: Database, who: Cast, approved: date
) -> None:
    """R4: one click on “Lost” is not for ever."""
    with on(approved + timedelta(days=1)):
        wrong = propose(db, who.cy, "STP-2028-COUNCIL", replace(BACK, outcome="lost"))
        agree(db, who.monty, wrong)
        settle(db, who.cy, wrong, "reopened")
        assert build.state(db, STP) == "withdrawn"
        right = propose(db, who.cy, "STP-2028-COUNCIL", replace(BACK, outcome="adopted"))
        agree(db, who.monty, right)
        settle(db, who.cy, right, "reopened")
    assert build.state(db, STP) == "approved"
    assert [each.outcome for each in decisions(db, "STP-2028-COUNCIL")] == [
        "adopted", "lost", "adopted",
    ]  # fmt: skip
    assert whole(db)


def test_a_decision_that_is_found_to_be_without_effect_is_asked_for_again(
    db: Database, who: Cast, approved: date
) -> None:
    with on(approved + timedelta(days=1)):
        none = replace(BACK, outcome="adopted", effect=False)
        correction = propose(db, who.cy, "STP-2028-COUNCIL", none)
        agree(db, who.monty, correction)
        settle(db, who.cy, correction, "reopened")
    assert build.state(db, STP) == "with_committees"
    assert co.refs(db) == ["STP-2028-COUNCIL-2"]
    assert co.status(db, "STP-2028-COUNCIL") == "Adopted, without effect"
    assert whole(db)


def test_a_plan_does_not_go_back_with_another_text_than_the_body_saw(
    db: Database, who: Cast, decided: date
) -> None:
    """R4: Hana has changed the text since it was referred back."""
    with on(decided + timedelta(days=1)):
        back = propose(db, who.cy)
        agree(db, who.monty, back)
        settle(db, who.cy, back, "reopened")
        build.fill(db, STP, who.hana)
        db.run(
            lambda s: s.execute(
                text(
                    "UPDATE section SET body = body || ' More.' WHERE plan_id = :p AND kind='text'"
                ),
                {"p": build.plan(s, STP).id},
            )
        )
        again = propose(
            db, who.cy, wanted=replace(BACK, outcome="considered", words="", reason="It was so.")
        )
        agree(db, who.monty, again)
        with pytest.raises(Blocked, match="text has been changed since"):
            settle(db, who.cy, again, "reopened")
        settle(db, who.cy, again, "kept", "It comes again with its new text.")
    assert whole(db)


def test_of_two_who_agree_at_once_one_has_an_effect(db: Database, who: Cast, decided: date) -> None:
    """R4, T-RACE: four agree and four refuse; one does, the others read that it is settled."""
    with on(decided + timedelta(days=1)):
        correction = propose(db, who.cy)

    def work(session: Session, number: int) -> str:
        with clock.set_to(clock.at_local(decided + timedelta(days=1))):
            monty = build.actor(session, who.monty)
            if number % 2:
                corrections.agree(session, monty, correction)
            else:
                corrections.refuse(session, monty, correction, "Not so.")
        return "done"

    found = race(db.url, work)
    assert found.count("done") == 1
    assert set(found) - {"done"} <= {"Blocked", "OutOfDate"}
    status = db.read(lambda s: s.get_one(DecisionCorrection, correction).status)
    assert (status, len(decisions(db, PEOPLE))) in (("agreed", 2), ("refused", 1))
    assert whole(db)


def test_a_page_that_is_out_of_date_corrects_nothing(
    db: Database, who: Cast, decided: date
) -> None:
    with on(decided + timedelta(days=1)):
        seen = db.read(lambda s: co.item(s, PEOPLE).version)
        db.run(
            lambda s: resolutions.correct(
                s, build.actor(s, who.cy), newest_in(s, PEOPLE), "Considered, with thanks.", "So."
            )
        )
        with pytest.raises(OutOfDate):
            propose(db, who.cy, seen=seen)
        with pytest.raises(NotFound):
            db.run(lambda s: corrections.agree(s, build.actor(s, who.monty), 999))


def newest_in(session: Session, ref: str) -> int:
    """The decision on a report that nothing supersedes."""
    own = Decision.item_id == co.item(session, ref).id
    return session.scalars(select(Decision.id).where(own).order_by(Decision.id.desc())).all()[0]
