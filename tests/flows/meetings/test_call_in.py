"""Fault R9: what a cabinet decides takes effect when its call-in has ended, and not before."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from cycle.db import Database
from cycle.errors import Blocked
from cycle.models import Decision, Recommendation
from tests import build, cabinet, kit
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import on
from workflows import sweep
from workflows.core.attempt import Evidence
from workflows.meetings import (
    agenda,
    call_in,
    corrections,
    dependents,
    reading_resolutions,
    resolutions,
)
from workflows.meetings.corrections import Wanted
from workflows.meetings.resolutions import Resolved
from workflows.plans import reading
from workflows.record.verify import verify
from workflows.reports import agenda_items
from workflows.timetable import baselines

PLAN, SUMMER = "TT-2028", date(2027, 6, 10)
# Cabinet agrees the timetable on Thursday 8 July 2027. By hand: published on Friday 9 July; five
# working days after it are Monday 12 to Friday 16 July; the day after is Saturday 17 July.
DECIDED, ENDS, EFFECT = date(2027, 7, 8), date(2027, 7, 16), date(2027, 7, 17)


@pytest.fixture
def who(db: Database) -> Cast:
    """A council with a cabinet, and Year 1 open."""
    kit.made_once(db, "cabinet_stockton", lambda each: cabinet.year_one(each, "stockton-pmf"))
    return build.cast(db)


@pytest.fixture
def report(db: Database, who: Cast) -> str:
    """The report to Cabinet on the timetable, published for its meeting; gives its reference."""
    with on(SUMMER):
        build.act(db, PLAN, "start", None)
        build.fill(db, PLAN, who.sue)
        build.act(db, PLAN, "submit", who.sue)
        build.act(db, PLAN, "pass_on", who.hana)
        (ref,) = co.refs(db)
        cabinet.written(db, who, ref, "stockton-pmf")
        meeting = co.next_meeting(db, ref, SUMMER + timedelta(days=14))
        assert meeting.on_date == DECIDED
        co.listed_now(db, who, ref, meeting.id)
    with on(DECIDED - timedelta(days=12)):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), co.item(s, ref).id))
        db.run(
            lambda s: agenda.publish(s, build.actor(s, who.cy), co.item(s, ref).id, co.on_the_web())
        )
    return ref


def swept(db: Database, day: date, folder: Path) -> None:
    """What happens on a day by itself."""
    settings = Settings.load(
        {"DATABASE_URL": db.url, "SECRET_KEY": "k" * 40, "DATA_DIR": str(folder)}
    )
    with on(day):
        sweep.sweep(db, settings)


def issued(db: Database) -> int:
    """How many baselines the year of the timetable has."""

    def work(session: Session) -> int:
        return len(baselines.all_of(session, int(build.plan(session, PLAN).planning_year_id or 0)))

    return db.read(work)


def status(db: Database, who: Cast) -> tuple[str, str]:
    """What the plan's page says of its body, and of what comes next."""
    page = db.read(lambda s: reading.plan_page(s, build.actor_of(s, who.sue), PLAN))
    return page.bodies[0].status, page.status.next_step


def test_the_effect_waits_until_call_in_has_ended(
    db: Database, who: Cast, report: str, tmp_path: Path
) -> None:
    """R9: Cabinet agrees the timetable; it is in force on the day after call-in, by the sweep."""
    co.agree(db, who.cy, report, DECIDED)
    assert build.state(db, PLAN) == "with_committees"
    with on(DECIDED + timedelta(days=1)):
        shown, following = status(db, who)
    assert shown == (
        "Approved; takes effect on 17 July 2027, when call-in has ended, if it is not called in"
    )
    assert following == "Takes effect when call-in has ended, if it is not called in"
    assert db.read(verify.check).ok
    swept(db, ENDS, tmp_path)
    assert (build.state(db, PLAN), issued(db)) == ("with_committees", 0)
    assert co.tasks(db, PLAN) == [], "it waits for its day, not for somebody"
    swept(db, EFFECT, tmp_path)
    assert (build.state(db, PLAN), issued(db)) == ("in_force", 1)
    swept(db, EFFECT, tmp_path)
    assert issued(db) == 1
    with on(EFFECT):
        assert db.read(verify.check).ok


def test_nobody_lets_it_take_effect_before_its_day(db: Database, who: Cast, report: str) -> None:
    """R9: the verb asks again under the plan's lock."""
    co.agree(db, who.cy, report, DECIDED)
    nothing = "Nothing on this plan waits for the end of call-in."
    with on(ENDS), pytest.raises(Blocked, match=nothing):
        db.run(lambda s: call_in.take_effect(s, build.plan(s, PLAN).id))
    assert (build.state(db, PLAN), issued(db)) == ("with_committees", 0)


def test_what_is_not_subject_to_call_in_takes_effect_at_once_with_its_reason(
    db: Database, who: Cast, report: str
) -> None:
    def record(session: Session) -> None:
        item = co.item(session, report)
        first = agenda_items.recommendations(session, item)[0]
        resolutions.record_resolution(
            session,
            build.actor(session, who.cy),
            item.id,
            [Resolved(first.id, "approved")],
            no_call_in="Urgent: the chair of Executive Scrutiny agreed on 7 July.",
        )

    with on(DECIDED):
        db.run(record)
    assert build.state(db, PLAN) == "in_force"
    payload = db.read(lambda s: co.last_payload(s, PLAN))
    assert payload["details"]["no_call_in"].startswith("Urgent")


def test_an_urgent_decision_that_is_reopened_stays_without_call_in(
    db: Database, who: Cast, report: str
) -> None:
    """R4, R9: it was clicked as referred back; what Cabinet did was approve it, and urgently."""

    def record(session: Session) -> None:
        item = co.item(session, report)
        first = agenda_items.recommendations(session, item)[0]
        resolutions.record_resolution(
            session,
            build.actor(session, who.cy),
            item.id,
            [Resolved(first.id, "referred_back", "Earlier.")],
            no_call_in="Urgent: the chair of Executive Scrutiny agreed on 7 July.",
        )

    with on(DECIDED):
        db.run(record)
        assert build.state(db, PLAN) == "referred_back"
        correction = corrected(db, who, report, agreed=True, outcome="approved")
        plan_id = db.read(lambda s: build.plan(s, PLAN).id)
        cy = who.cy
        db.run(
            lambda s: dependents.settle(
                s, build.actor(s, cy), correction, plan_id, "reopened", "As minuted."
            )
        )
    assert build.state(db, PLAN) == "in_force"
    payload = db.read(lambda s: co.last_payload(s, PLAN))
    assert payload["details"]["no_call_in"].startswith("Urgent")


def test_the_page_says_when_it_takes_effect_before_it_is_recorded(
    db: Database, who: Cast, report: str
) -> None:
    def page(session: Session) -> str:
        item = co.item(session, report)
        actor = build.actor_of(session, who.cy)
        found = reading_resolutions.resolution_page(session, actor, item.meeting_id or 0, item.id)
        return found.call_in

    with on(DECIDED):
        assert "takes effect on 17 July 2027, when call-in has ended" in db.read(page)
    with on(EFFECT):
        assert "call-in ended on 16 July 2027, so the decision takes effect at once" in db.read(
            page
        )


def test_what_is_recorded_after_call_in_takes_effect_at_once(
    db: Database, who: Cast, report: str
) -> None:
    """R9: nothing is waited for that is over."""
    co.agree(db, who.cy, report, EFFECT)
    assert build.state(db, PLAN) == "in_force"


def corrected(db: Database, who: Cast, report: str, *, agreed: bool, outcome: str = "lost") -> int:
    """Cy proposes what Cabinet did resolve; Monty agrees, or has not looked yet."""

    def work(session: Session) -> int:
        item = co.item(session, report)
        (decision,) = decisions_of_deciding(session, item.id)
        wanted = Wanted(outcome, "As minuted.", None, True, "Wrong line.", "Minute 12.", False)
        cy = build.actor(session, who.cy)
        return corrections.propose(session, cy, decision, wanted, item.version).id

    with on(DECIDED + timedelta(days=1)):
        found = db.run(work)
        if agreed:
            db.run(lambda s: corrections.agree(s, build.actor(s, who.monty), found))
    return found


def decisions_of_deciding(session: Session, item_id: int) -> list[int]:
    """The newest decision on the recommendation of a report that decides."""
    rows = session.scalars(
        select(Decision.id)
        .join(Recommendation, Recommendation.id == Decision.recommendation_id)
        .where(Decision.item_id == item_id, Recommendation.decides)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return list(rows)


@pytest.mark.parametrize("agreed", [True, False])
def test_what_is_being_corrected_does_not_take_effect_by_itself(
    db: Database, who: Cast, report: str, tmp_path: Path, agreed: bool
) -> None:
    """R4, R9: Cabinet had lost it; while that is being settled the end of call-in approves
    nothing; once it is kept, or the correction refused, the next sweep does."""
    co.agree(db, who.cy, report, DECIDED)
    correction = corrected(db, who, report, agreed=agreed)
    swept(db, EFFECT, tmp_path)
    assert (build.state(db, PLAN), issued(db)) == ("with_committees", 0)
    with on(EFFECT):
        shown = status(db, who)
        assert "only when a correction of a decision is settled" in shown[0]
        assert shown[1].startswith("Settle what" if agreed else "Agree to the correction")
        assert db.read(lambda s: call_in.waiting_on(s, co.item(s, report).id)) is None
        assert db.read(verify.check).ok
        with pytest.raises(Blocked, match="waits for the end of call-in"):
            db.run(lambda s: call_in.take_effect(s, build.plan(s, PLAN).id))
        if agreed:
            plan_id = db.read(lambda s: build.plan(s, PLAN).id)
            db.run(
                lambda s: dependents.settle(
                    s, build.actor(s, who.cy), correction, plan_id, "kept", "Agreed on Friday."
                )
            )
        else:
            monty = who.monty
            db.run(lambda s: corrections.refuse(s, build.actor(s, monty), correction, "Not so."))
    swept(db, EFFECT, tmp_path)
    assert (build.state(db, PLAN), issued(db)) == ("in_force", 1)


def test_a_plan_that_was_called_in_and_withdrawn_is_not_said_to_take_effect(
    db: Database, who: Cast, report: str, tmp_path: Path
) -> None:
    """R9: what its page promised while call-in ran it promises no more."""
    co.agree(db, who.cy, report, DECIDED)
    with on(DECIDED + timedelta(days=1)):
        build.act(db, PLAN, "withdraw", who.sue, Evidence(reason="It was called in."))
        shown, following = status(db, who)
    assert shown == "Approved"
    assert following == ""
    swept(db, EFFECT, tmp_path)
    assert build.state(db, PLAN) == "withdrawn"


@pytest.mark.parametrize(
    ("verb", "kind", "promised"),
    [("approve", "cabinet", True), ("recommend", "cabinet", False), ("approve", "council", False)],
)
def test_only_what_the_executive_itself_decides_is_called_in(
    db: Database, report: str, verb: str, kind: str, promised: bool
) -> None:
    """R9: neither what it only recommends, nor what Council or a committee decides."""

    def promise(session: Session) -> tuple[str, bool]:
        item = co.item(session, report)
        body = agenda_items.body_of(session, item)
        with session.no_autoflush:
            item.verb, body.kind = verb, kind
            waits = call_in.waits_until(session, item, DECIDED) is not None
            return call_in.sentence(session, item, DECIDED), waits

    with on(DECIDED):
        words, waits = db.read(promise)
    assert ("17 July 2027" in words, waits) == (promised, promised)
    assert promised or words == ""
