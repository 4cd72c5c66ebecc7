"""Promises on reports to bodies: written by Sue, commented by Fin and Connie, listed by Cy."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import people
from cycle.db import Database
from cycle.errors import Blocked, NotAvailable, NotPermitted, OutOfDate, Refused
from cycle.models import AgendaItem, Meeting, OfficerComment, Task
from cycle.seen import NO_PAGE, Seen
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from workflows.core import audit
from workflows.meetings import agenda, resolutions, standstill
from workflows.meetings.agenda import Urgency
from workflows.people import appointments
from workflows.record.verify import verify
from workflows.reports import agenda_items, writing

PEOPLE = "STP-2028-PEOPLE"
PLACE = "STP-2028-PLACE"


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """The Strategic Plan is before the two service committees."""
    cast = co.council(db, tmp_path)
    co.to_committees(db, cast, STP)
    return cast


def test_each_committee_is_asked_for_its_own_report_in_plain_words(db: Database, who: Cast) -> None:
    item = db.read(lambda s: co.item(s, PEOPLE))
    (first,) = db.read(lambda s: agenda_items.recommendations(s, co.item(s, PEOPLE)))
    title = db.read(lambda s: build.plan(s, STP).title)
    assert first.words == f"People Committee is asked to consider the {title} and give its views."
    assert first.decides
    assert item.report["purpose"].startswith("To ask People Committee to consider")
    assert co.refs(db) == [PEOPLE, PLACE]
    assert co.tasks(db, PEOPLE) == ["comment_constitutional", "comment_finance", "write_report"]


def test_the_tasks_of_a_report_follow_what_is_missing(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        assert co.status(db, PEOPLE) == "Awaiting comments"
        co.write(db, who, PEOPLE)
        assert co.tasks(db, PEOPLE) == ["comment_constitutional", "comment_finance"]
        co.comment(db, who.fin, PEOPLE, "finance")
        co.comment(db, who.connie, PEOPLE, "constitutional")
        assert co.tasks(db, PEOPLE) == ["list_item"]
        assert co.status(db, PEOPLE) == "Ready for agenda"
    meeting = co.next_meeting(db, PEOPLE, AUTUMN)
    with on(AUTUMN):
        db.run(
            lambda s: agenda.list_on(s, build.actor(s, who.cy), co.item(s, PEOPLE).id, meeting.id)
        )
    assert co.status(db, PEOPLE) == "On the agenda"
    assert co.tasks(db, PEOPLE) == ["freeze"]


def test_an_edit_within_its_scope_puts_a_comment_out_of_date_and_asks_again(
    db: Database, who: Cast
) -> None:
    with on(AUTUMN):
        co.write(db, who, PEOPLE)
        co.comment(db, who.fin, PEOPLE, "finance", covered=["report:reasons", "recommendations"])
        co.comment(db, who.connie, PEOPLE, "constitutional", covered=["recommendations"])

        edit(db, who, {"background": "Written between May and October."})
        assert co.status(db, PEOPLE) == "Ready for agenda", "nobody signed the background"

        edit(db, who, {"reasons": "Policy Committee asked for it."})
        assert co.status(db, PEOPLE) == "Comments out of date"
        assert co.tasks(db, PEOPLE) == ["comment_finance"]
        with pytest.raises(Blocked, match="out of date since the text changed: finance comments"):
            co.listed_now(db, who, PEOPLE)

        co.comment(db, who.fin, PEOPLE, "finance")
        assert co.status(db, PEOPLE) == "Ready for agenda"


def edit(db: Database, who: Cast, fields: dict[str, str]) -> None:
    """Sue changes a part of the report."""
    db.run(
        lambda s: writing.write_report(s, build.actor(s, who.sue), co.item(s, PEOPLE).id, fields)
    )


def test_a_comment_keeps_who_signed_it_and_what_it_covers(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        co.write(db, who, PEOPLE)
        co.comment(db, who.fin, PEOPLE, "finance", wording="", no_implications=True, initials="FC")
    kept = db.read(lambda s: s.scalars(select(OfficerComment)).one())
    assert (kept.person_id, kept.initials, kept.signed_on) == (who.fin, "FC", AUTUMN)
    assert kept.no_implications
    assert {"report:reasons", "recommendations", "plans"} <= set(json.loads(kept.scope))


def test_comments_come_from_those_who_give_them(db: Database, who: Cast) -> None:
    for outsider in (who.pat, who.sue, who.connie, who.hana, who.cy):
        with pytest.raises(NotPermitted):
            co.comment(db, outsider, PEOPLE, "finance")
    with pytest.raises(Refused):
        co.comment(db, who.mem, PEOPLE, "finance")
    co.comment(db, who.selma, PEOPLE, "finance")
    co.comment(db, who.monty, PEOPLE, "constitutional")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"wording": "  "}, "No implications"),
        ({"signed_on": date(2099, 1, 1)}, "day to come"),
        ({"initials": "A" * 13}, "initials"),
        ({"covered": ["report:weather"]}, "at least one part"),
        ({"covered": []}, "at least one part"),
    ],
)
def test_a_comment_that_says_nothing_is_not_taken(
    db: Database, who: Cast, given: dict[str, object], why: str
) -> None:
    with pytest.raises(Blocked, match=why):
        co.comment(db, who.fin, PEOPLE, "finance", **given)


def test_the_section_25_report_is_the_officers_own(db: Database, tmp_path: Path) -> None:
    who = co.council(db, tmp_path)
    after = co.budget_to_council(db, who)
    ref = "BUD-2028-COUNCIL"
    assert "comment_s25" in co.tasks(db, ref)
    for other in (who.fin, who.fred, who.vera):
        with pytest.raises(NotPermitted, match="own; nobody can write it for them"):
            co.comment(db, other, ref, "s25", wording="The estimates are robust.")
    cover_for_selma(db, who, after)
    with on(after), pytest.raises(NotPermitted, match="own"):
        co.comment(db, who.fin, ref, "s25", wording="The estimates are robust.")
    with pytest.raises(Blocked, match="Write the section 25 report"):
        co.comment(db, who.selma, ref, "s25", wording="", no_implications=True)
    with pytest.raises(Blocked, match="the section 25 report"):
        co.listed(db, who, ref, after)
    co.comment(db, who.selma, ref, "s25", wording="The estimates are robust.")
    assert "comment_s25" not in co.tasks(db, ref)
    co.through(db, who, ref, after)
    assert build.state(db, "BUD-2028") == "approved"


def cover_for_selma(db: Database, who: Cast, day: date) -> None:
    """Fin acts in Selma's post for a fortnight."""

    def work(session: Session) -> None:
        actor = build.actor(session, who.selma)
        until = day + timedelta(days=14)
        post_id = actor.posts_held[0].post_id
        appointments.set_cover(session, actor, post_id, who.fin, day, until, "Leave.")

    with on(day):
        db.run(work)


def test_a_report_asks_only_for_the_comments_it_needs(db: Database, who: Cast) -> None:
    with pytest.raises(Blocked, match="does not ask for comments of that kind"):
        co.comment(db, who.selma, PEOPLE, "s25")


def test_a_report_that_is_closed_is_not_changed(db: Database, who: Cast) -> None:
    meeting = co.listed(db, who, PEOPLE, AUTUMN)
    with on(meeting.on_date - timedelta(days=12)):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), co.item(s, PEOPLE).id))
    with pytest.raises(NotAvailable, match="This report is final"):
        edit(db, who, {"reasons": "None"})
    with pytest.raises(NotAvailable, match="This report is final"):
        co.comment(db, who.fin, PEOPLE, "finance")
    db.run(
        lambda s: agenda.reopen(
            s, build.actor(s, who.cy), co.item(s, PEOPLE).id, "A figure is wrong."
        )
    )
    edit(db, who, {"reasons": "None"})
    assert co.status(db, PEOPLE) == "Comments out of date"


def test_an_answer_may_be_none_but_never_nothing(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        co.comment(db, who.fin, PEOPLE, "finance")
        co.comment(db, who.connie, PEOPLE, "constitutional")
        with pytest.raises(Blocked, match="Other options considered"):
            co.listed_now(db, who, PEOPLE)


def test_only_the_support_service_writes_and_on_the_newest_page(db: Database, who: Cast) -> None:
    def write(session: Session, by: int, seen: Seen) -> None:
        item = co.item(session, PEOPLE)
        writing.write_report(session, build.actor(session, by), item.id, co.ANSWERS, None, seen)

    with pytest.raises(NotPermitted):
        db.run(write, who.pat, NO_PAGE)
    with pytest.raises(OutOfDate):
        db.run(write, who.sue, 99)
    with pytest.raises(Blocked, match="at least one recommendation"):
        db.run(
            lambda s: writing.write_report(
                s, build.actor(s, who.sue), co.item(s, PEOPLE).id, {}, ["  "]
            )
        )


def test_a_report_goes_only_to_a_meeting_of_its_own_body_to_come(db: Database, who: Cast) -> None:
    place = co.next_meeting(db, PLACE, AUTUMN)
    with on(AUTUMN):
        co.ready(db, who, PEOPLE)
        with pytest.raises(Blocked, match="This report is for People Committee"):
            co.listed_now(db, who, PEOPLE, place.id)
    past = co.next_meeting(db, PEOPLE, date(2027, 5, 1))
    with on(AUTUMN), pytest.raises(Blocked, match="Choose one to come"):
        co.listed_now(db, who, PEOPLE, past.id)


def test_papers_that_are_late_need_the_chairs_reason(db: Database, who: Cast) -> None:
    meeting = co.listed(db, who, PEOPLE, AUTUMN)

    def publish(session: Session, urgency: Urgency | None) -> AgendaItem:
        actor = build.actor(session, who.cy)
        item = co.item(session, PEOPLE)
        return agenda.publish(session, actor, item.id, co.on_the_web(), urgency)

    with on(meeting.on_date - timedelta(days=2)):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), co.item(s, PEOPLE).id))
        with pytest.raises(Blocked, match="five clear days, Local Government Act 1972"):
            db.run(publish, None)
        with pytest.raises(Blocked, match="name of the chair"):
            db.run(publish, Urgency("", "The grant lapses on Friday."))
        db.run(publish, Urgency("Cllr Chas Chair", "The grant lapses on Friday."))
    assert co.status(db, PEOPLE) == "Published"


def test_a_withdrawn_report_can_be_asked_for_again(db: Database, who: Cast) -> None:
    plan_id = db.read(lambda s: build.plan(s, STP).id)
    with pytest.raises(Blocked, match=r"has its report already\."):
        db.run(lambda s: standstill.request_again(s, build.actor(s, who.sue), plan_id))
    db.run(
        lambda s: agenda.withdraw_item(
            s, build.actor(s, who.cy), co.item(s, PEOPLE).id, "Filed twice."
        )
    )
    db.run(lambda s: standstill.request_again(s, build.actor(s, who.sue), plan_id))
    assert co.refs(db) == ["STP-2028-PEOPLE-2", PLACE]


def test_due_dates_come_from_the_meeting(db: Database, who: Cast) -> None:
    meeting = co.listed(db, who, PEOPLE, AUTUMN)
    with on(meeting.on_date - timedelta(days=12)):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), co.item(s, PEOPLE).id))
    due = db.read(
        lambda s: s.scalar(
            select(Task.due_on).where(
                Task.subject_id == co.item(s, PEOPLE).id, Task.closed_at.is_(None)
            )
        )
    )
    assert due == meeting.on_date - timedelta(days=10)


def test_fourteen_service_plans_go_in_one_report(db: Database, tmp_path: Path) -> None:
    """Here two, Housing and Parks: the council's setting sends service plans to members."""
    who = co.council(db, tmp_path, services_to_members=True)
    after = co.services_to_policy(db, who)
    (ref,) = co.refs(db)
    assert ref == "SVP-2028-POLICY"
    carried = db.read(lambda s: agenda_items.plan_ids(s, co.item(s, ref).id))
    assert len(carried) == 2

    day = co.published(db, who, ref, after).on_date

    def decide(session: Session) -> None:
        item = co.item(session, ref)
        (only,) = agenda_items.recommendations(session, item)
        resolutions.record_resolution(
            session,
            build.actor(session, who.cy),
            item.id,
            [resolutions.Resolved(only.id, "approved")],
            taken_out=["SVP-2028-PARKS"],
        )

    with on(day):
        db.run(decide)
    assert build.state(db, "SVP-2028-HOUSING") == "approved"
    assert build.state(db, "SVP-2028-PARKS") == "with_committees"
    assert co.refs(db) == ["SVP-2028-POLICY-2"]
    report = db.read(verify.check)
    assert [(each.key, each.rows[:2]) for each in report.broken] == []


def test_a_plan_can_leave_the_shared_report_for_one_of_its_own(
    db: Database, tmp_path: Path
) -> None:
    who = co.council(db, tmp_path, services_to_members=True)
    co.services_to_policy(db, who)

    def take_off(session: Session, by: int, reason: str) -> None:
        item = co.item(session, "SVP-2028-POLICY")
        writing.take_plan_off(session, build.actor(session, by), item.id, "SVP-2028-PARKS", reason)

    with pytest.raises(NotPermitted):
        db.run(take_off, who.pat, "Not ready.")
    with pytest.raises(Blocked, match="Say why"):
        db.run(take_off, who.sue, "")
    db.run(take_off, who.sue, "Its figures are being checked.")
    assert co.refs(db) == ["SVP-2028-PARKS-POLICY", "SVP-2028-POLICY"]
    with pytest.raises(Blocked, match="carries no other plan"):
        db.run(
            lambda s: writing.take_plan_off(
                s,
                build.actor(s, who.sue),
                co.item(s, "SVP-2028-POLICY").id,
                "SVP-2028-HOUSING",
                "Why not.",
            )
        )


def test_the_work_programme_shows_each_body_its_reports(db: Database, who: Cast) -> None:
    meeting = co.listed(db, who, PEOPLE, AUTUMN)

    def programme(session: Session, by: int) -> list[tuple[str, str, date | None, tuple[str, ...]]]:
        actor = people.actor(session, by)
        found = resolutions.work_programme(session, actor)
        return [(each.item.ref, each.status, each.meeting_on, each.plans) for each in found]

    assert db.read(programme, who.pat) == [
        (PEOPLE, "On the agenda", meeting.on_date, (STP,)),
        (PLACE, "Awaiting comments", None, (STP,)),
    ]
    # Members read what comes and when, and nothing of how it stands (fault S2).
    assert db.read(programme, who.mem) == [
        (PEOPLE, "Not published yet", meeting.on_date, (STP,)),
        (PLACE, "Not published yet", None, (STP,)),
    ]


def test_a_comment_that_was_sealed_is_on_the_chain_of_the_report(db: Database, who: Cast) -> None:
    """The event of the comment lists the sealed row with its digest (INV-10)."""
    co.comment(db, who.fin, PEOPLE, "finance")

    def listed(session: Session) -> tuple[list[object], tuple[str, list[object], str]]:
        payload = co.last_payload(session, PEOPLE)
        row = session.execute(select(OfficerComment.__table__)).mappings().one()
        return payload["rows"], audit.listed(OfficerComment, dict(row))

    rows, expected = db.read(listed)
    assert rows == [list(expected)]


def test_a_body_that_meets_after_the_next_ones_deadline_is_warned_of(
    db: Database, who: Cast
) -> None:
    first = co.through(db, who, PEOPLE, AUTUMN)
    second = co.through(db, who, PLACE, AUTUMN)
    policy, last = "STP-2028-POLICY", max(first, second)
    with on(last):
        soon = co.extra_meeting(db, who, "policy_committee", last + timedelta(days=3))

    def warnings(session: Session, meeting_id: int) -> list[str]:
        item = co.item(session, policy)
        return agenda.order_warnings(session, item, session.get_one(Meeting, meeting_id))

    sentences = db.read(warnings, soon.id)
    assert len(sentences) == 2
    assert "meets on" in sentences[0]
    assert f"Policy Committee on {long_date(soon.on_date)}" in sentences[0]
    later = co.next_meeting(db, policy, last + timedelta(days=30))
    assert db.read(warnings, later.id) == []
