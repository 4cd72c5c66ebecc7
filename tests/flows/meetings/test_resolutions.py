"""What a committee resolves: who records it, once, for each recommendation and with authority."""

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import people
from cycle.db import Database
from cycle.errors import Blocked, NotAvailable, NotFound, NotPermitted, OutOfDate, Refused
from cycle.models import Outbox
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from tests.flows.meetings.test_committee import decisions, resolve
from workflows.core.attempt import Evidence
from workflows.meetings import resolutions
from workflows.meetings.resolutions import Resolved
from workflows.plans import plans, reading_actions
from workflows.reports import agenda_items, writing

PEOPLE, PLACE = "STP-2028-PEOPLE", "STP-2028-PLACE"
OUTCOMES_OF_A_PLAN = ("body_resolved", "approve", "approve_with_amendments", "refer_back", "lose")
WHY = Evidence(reason="It was said so.")


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire in September 2027."""
    return co.council(db, tmp_path)


def test_a_correction_supersedes_and_both_stay_visible(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    co.through(db, who, PEOPLE, AUTUMN)
    (first,) = decisions(db, PEOPLE)

    def correct(session: Session, by: int, words: str, reason: str) -> None:
        resolutions.correct(session, build.actor(session, by), first.id, words, reason)

    with pytest.raises(Blocked, match="Say why"):
        db.run(correct, who.cy, "Considered, with thanks.", "")
    with pytest.raises(NotPermitted):
        db.run(correct, who.sue, "Considered, with thanks.", "A word was missing.")
    db.run(correct, who.cy, "Considered, with thanks.", "A word was missing.")

    shown = db.read(lambda s: resolutions.register(s, people.actor(s, who.mem)))
    assert [(each.words, each.corrected) for each in shown] == [
        ("Considered, with thanks.", False),
        ("Considered.", True),
    ]
    with pytest.raises(Blocked, match="Correct the newest"):
        db.run(correct, who.cy, "Considered again.", "Another word.")


def test_a_resolution_without_authority_is_recorded_without_effect_and_flagged(
    db: Database, who: Cast
) -> None:
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    with pytest.raises(Blocked, match="terms of reference") as asked:
        resolve(db, who.cy, PEOPLE, day, "adopted")
    same = (
        "record it all the same: it will have no effect, and the Monitoring Officer will be told."
    )
    assert same in str(asked.value)
    assert decisions(db, PEOPLE) == [], "asked first: nothing is written"
    resolve(db, who.cy, PEOPLE, day, "adopted", insists=True)

    assert [each.effect for each in decisions(db, PEOPLE)] == [False]
    assert build.state(db, STP) == "with_committees"
    assert co.refs(db) == ["STP-2028-PEOPLE-2", PLACE], "the committee is asked again"
    notified = db.read(
        lambda s: s.scalars(select(Outbox.person_id).where(Outbox.kind == "flagged")).all()
    )
    assert list(notified) == [who.monty]


def test_whoever_may_record_a_resolution_is_not_refused_what_follows_of_it(
    db: Database, who: Cast
) -> None:
    """Dora, head of democratic services, records that a plan is referred back, as a clerk may."""
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    none = "The meeting took none of these plans: record the report as withdrawn."
    with pytest.raises(Blocked, match=none):
        resolve(db, who.dora, PEOPLE, day, "referred_back", words="More.", taken_out=[STP])
    assert decisions(db, PEOPLE) == []
    resolve(db, who.dora, PEOPLE, day, "referred_back", words="Say more about housing.")
    assert build.state(db, STP) == "referred_back"


@pytest.mark.parametrize("action", OUTCOMES_OF_A_PLAN)
def test_no_outcome_is_walked_without_its_resolution(db: Database, who: Cast, action: str) -> None:
    """Neither by who may record resolutions nor by a form: nobody would know what was resolved."""
    co.to_committees(db, who, STP)
    plan_id = db.read(lambda s: build.plan(s, STP).id)
    for name in ("cy", "dora", "sue", "hana"):
        with pytest.raises(Refused):
            db.run(lambda s, by: plans.act(s, by_name(s, who, by), plan_id, action, WHY), name)
    with pytest.raises(NotFound):
        db.read(lambda s: reading_actions.act_page(s, by_name(s, who, "dora"), STP, action))
    assert build.state(db, STP) == "with_committees"


def by_name(session: Session, who: Cast, name: str) -> people.Actor:
    """Somebody as they act."""
    return build.actor_of(session, getattr(who, name))


def test_a_meeting_still_to_come_has_resolved_nothing(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    with pytest.raises(Blocked, match="still to come"):
        co.agree(db, who.cy, PEOPLE, day - timedelta(days=1))


def test_a_report_that_was_never_published_has_no_effect(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    day = co.listed(db, who, PEOPLE, AUTUMN).on_date
    with pytest.raises(Blocked, match="five clear days") as refused:
        co.agree(db, who.cy, PEOPLE, day)
    assert "The report was not published in time before the meeting" in str(refused.value)


def test_every_recommendation_needs_its_outcome(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    words = ["People Committee is asked to consider the plan.", "That officers report in May."]
    with on(AUTUMN):
        db.run(
            lambda s: writing.write_report(
                s, build.actor(s, who.sue), co.item(s, PEOPLE).id, {}, words
            )
        )
    day = co.published(db, who, PEOPLE, AUTUMN).on_date

    def only_first(session: Session) -> None:
        item = co.item(session, PEOPLE)
        first = agenda_items.recommendations(session, item)[0]
        resolved = [Resolved(first.id, "considered")]
        resolutions.record_resolution(session, build.actor(session, who.cy), item.id, resolved)

    with on(day), pytest.raises(Blocked, match="Recommendation 2 has no outcome yet"):
        db.run(only_first)
    co.agree(db, who.cy, PEOPLE, day)
    assert len(decisions(db, PEOPLE)) == 2


def test_only_a_clerk_records_and_only_what_the_page_showed(db: Database, who: Cast) -> None:
    """INV-20: the versions that the report carries, or nothing is recorded."""
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    for outsider in (who.pat, who.sue, who.hana, who.monty):
        with pytest.raises(NotPermitted):
            co.agree(db, outsider, PEOPLE, day)
    with pytest.raises(Refused):
        co.agree(db, who.mem, PEOPLE, day)
    with on(day), pytest.raises(OutOfDate, match="other versions"):
        db.run(
            lambda s: resolutions.agree_all(
                s, build.actor(s, who.cy), co.item(s, PEOPLE).id, shown={STP: "0" * 64}
            )
        )


def test_two_clerks_at_once_record_one_outcome(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    item_id, seen = db.read(lambda s: (co.item(s, PEOPLE).id, co.item(s, PEOPLE).version))
    together, came = Barrier(2), []

    def record(by: int) -> None:
        def work(session: Session) -> None:
            resolutions.agree_all(session, build.actor(session, by), item_id, seen_version=seen)

        with on(day):
            together.wait()
            try:
                db.run(work)
                came.append("recorded")
            except (OutOfDate, NotAvailable):
                came.append("too late")

    both = [Thread(target=record, args=(by,)) for by in (who.cy, who.clara)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(came) == ["recorded", "too late"]
    assert len(decisions(db, PEOPLE)) == 1


def test_the_second_clerk_without_a_version_is_told_that_it_is_decided(
    db: Database, who: Cast
) -> None:
    co.to_committees(db, who, STP)
    day = co.through(db, who, PEOPLE, AUTUMN)
    with pytest.raises(NotAvailable, match="Decided"):
        co.agree(db, who.clara, PEOPLE, day)


def test_the_system_does_not_resolve_for_a_committee(db: Database, who: Cast) -> None:
    co.to_committees(db, who, STP)
    day = co.published(db, who, PEOPLE, AUTUMN).on_date
    with on(day), pytest.raises(NotPermitted):
        db.run(lambda s: resolutions.agree_all(s, people.system(s), co.item(s, PEOPLE).id))
