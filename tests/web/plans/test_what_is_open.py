"""What is open of plans and reports before and after publication, told with people.

The Strategic Plan was published for the People Committee, which referred it back; Hana has written
on, and Vera has returned it to her with a reason and a comment. Sue supports, Monty is monitoring
officer, Aud audits; Mo manages Housing, Cy clerks, Adam runs accounts, Mem is a member.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access
from cycle.db import Database
from cycle.seen import NO_PAGE
from tests import build, kit
from tests.flows import committees
from tests.flows.committees import ANSWERS, AUTUMN, STP, on
from tests.flows.meetings.test_committee import resolve
from tests.web.browsing import Browser
from workflows.core.attempt import Evidence, Remarked
from workflows.meetings import agenda
from workflows.plans import plans
from workflows.reports import writing

Signed = Callable[[str], Browser]
PEOPLE, PLACE = f"{STP}-PEOPLE", f"{STP}-PLACE"
PUBLISHED, REDRAFT, REMARK = "Kirschbaumwort", "Nachtfalterwort", "Randnotizwort"
RETURNED, RESOLVED, OPENED = "Rueckgabewort", "Beschlusswort", "Vertagungswort"
REPORT = "Berichtswort"
WORKS_ON_IT = ("hana", "vera", "sue", "aud", "monty")
OTHERS = ("mo", "cy", "adam", "mem", "lee")


def first_section(session: Session) -> str:
    """The key of the plan's first section, which is a text."""
    return str(
        session.scalar(
            text(
                "SELECT key FROM section JOIN subject ON subject.id = plan_id "
                "WHERE ref = :ref AND section.kind = 'text' ORDER BY position LIMIT 1"
            ),
            {"ref": STP},
        )
    )


def write(db: Database, who: build.Cast, words: str) -> None:
    """Hana writes the plan's first section."""

    def work(session: Session) -> None:
        plan, hana = build.plan(session, STP), build.actor(session, who.hana)
        key = first_section(session)
        plans.write_section(session, hana, plan.id, key, words, NO_PAGE, knows_four_eyes=True)

    db.run(work)


def _published(db: Database, folder: Path) -> None:
    who = committees.council(db, folder)
    with on(AUTUMN):
        build.act(db, STP, "start", None)
        build.fill(db, STP, who.hana)
        build.act(db, STP, "issue_outcomes", who.hana)
        write(db, who, f"What was shown to the committee, {PUBLISHED}.")
        committees.again(db, who, STP)
    committees.ready(db, who, PLACE)
    words = {**ANSWERS, "purpose": f"To consider the {REPORT}."}
    with on(AUTUMN):
        db.run(
            lambda s: writing.write_report(
                s, build.actor(s, who.sue), committees.item(s, PLACE).id, words
            )
        )
    committees.published(db, who, PEOPLE, AUTUMN)


@pytest.fixture
def who(db: Database, tmp_path: Path) -> build.Cast:
    """The plan is published for one committee, its report to the other is written."""
    kit.made_once(db, "open_published", lambda each: _published(each, tmp_path))
    return build.cast(db)


@pytest.fixture
def back(db: Database, who: build.Cast) -> build.Cast:
    """The plan is referred back, rewritten and returned."""
    day = committees.next_meeting(db, PEOPLE, AUTUMN).on_date
    resolve(db, who.cy, PEOPLE, day, "referred_back", f"It needs more, {RESOLVED}.")
    with on(day):
        write(db, who, f"What nobody was shown, {REDRAFT}.")
        build.act(db, STP, "submit", who.hana)
        key = db.read(first_section)
        why = Evidence(f"Not yet, {RETURNED}.", (Remarked(key, f"See the {REMARK}."),))
        build.act(db, STP, "return_for_changes", who.vera, why)
    return who


def plain(reply: object) -> str:
    """A page without what is new in every reply."""
    return re.sub(r'nonce="[^"]*"|value="[^"]*"', "", reply.text)  # type: ignore[attr-defined]


def item_id(db: Database, ref: str) -> int:
    return committees.item_id(db, ref)


def test_who_does_not_work_on_a_plan_reads_the_published_version_and_nothing_else(
    db: Database, back: build.Cast, signed: Signed
) -> None:
    """Fault R3: after a referral back everybody signed in reads what was published, never the
    redraft, and no remark; whoever works on the plan reads everything."""
    key = db.read(first_section)
    for name in OTHERS:
        browser = signed(name)
        for path in ("", "/print"):
            page = browser.get(f"/plans/{STP}{path}").text
            assert PUBLISHED in page, (name, path)
            assert not [word for word in (REDRAFT, REMARK, RETURNED) if word in page], (name, path)
        assert ", as it was published by" in browser.get(f"/plans/{STP}").text, name
        nothing = browser.get("/plans/SVP-2028-NOPLAN/print")
        hidden = (f"/sections/{key}", "/compare", "/comment", "/print?version=1", "/ask")
        for path in hidden:
            reply = browser.get(f"/plans/{STP}{path}")
            assert (reply.status_code, plain(reply)) == (404, plain(nothing)), (name, path)
    for name in WORKS_ON_IT:
        page = signed(name).get(f"/plans/{STP}").text
        assert ", as it was published by" not in page, name
        assert REDRAFT in page, name
        assert REMARK in page, name
        assert RETURNED in page, name


def test_a_reason_is_withheld_and_said_to_be(
    db: Database, back: build.Cast, signed: Signed
) -> None:
    """Fault X3: that a plan came back, by whom and when, every officer may know; why, only who
    works on it. What a committee resolved is public."""
    for name in OTHERS:
        for path in ("", "/history"):
            page = signed(name).get(f"/plans/{STP}{path}").text
            assert RETURNED not in page, (name, path)
            assert "returned" in page.lower()
            assert access.WITHHELD in page, (name, path)
        assert RESOLVED in signed(name).get(f"/plans/{STP}/history").text
    for name in WORKS_ON_IT:
        page = signed(name).get(f"/plans/{STP}/history").text
        assert RETURNED in page, name
        assert access.WITHHELD not in page, name


def test_the_words_of_a_report_are_open_once_it_is_published(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Fault X3: before publication its line, writers, commenters, clerks, support and auditor read
    a report; other officers see that there is one; members nothing."""
    waiting = f"/items/{item_id(db, PLACE)}"
    readers = ("sue", "hana", "vera", "fin", "connie", "cy", "clara", "monty", "aud")
    for name in readers:
        assert REPORT in signed(name).get(waiting).text, name
    for name in ("mo", "adam", "pat", "tess"):
        page = signed(name).get(waiting)
        assert page.status_code == 200
        assert "Place Committee" in page.text
        assert "The plan carries out the framework of 2013." not in page.text, name
        assert REPORT not in page.text, name
        assert "Within" not in page.text
    for name in ("mem", "chas", "lee"):
        assert signed(name).get(waiting).status_code == 404, name
    published = f"/items/{item_id(db, PEOPLE)}"
    for name in ("mo", "adam", "mem", "lee"):
        assert "The plan carries out the framework of 2013." in signed(name).get(published).text


def test_a_chair_is_briefed_on_the_agenda_of_her_body_and_no_other_member_is(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Fault X3: members see nothing before publication except a chair's briefing (model.md)."""
    chair = text(
        "UPDATE queue SET body_id = (SELECT id FROM body WHERE key = 'place_committee') "
        "WHERE role = 'chair'"
    )
    db.run(lambda s: s.execute(chair))
    waiting = f"/items/{item_id(db, PLACE)}"
    assert signed("chas").get(waiting).status_code == 404
    with on(AUTUMN):
        committees.ready(db, who, PLACE)
        committees.listed_now(db, who, PLACE)
    assert REPORT in signed("chas").get(waiting).text
    for name in ("mem", "lee"):
        assert signed(name).get(waiting).status_code == 404, name


def test_why_a_report_was_put_off_is_for_those_who_work_on_it(
    db: Database, who: build.Cast, signed: Signed
) -> None:
    """Fault X3: a report that goes back loses its readers, and its reason is theirs alone."""
    number = item_id(db, PEOPLE)
    with on(AUTUMN):
        db.run(
            lambda s: agenda.postpone(s, build.actor(s, who.cy), number, f"Not ready, {OPENED}.")
        )
    for name in ("sue", "cy", "aud"):
        assert OPENED in signed(name).get(f"/items/{number}/history").text
    for name in ("mo", "adam"):
        page = signed(name).get(f"/items/{number}/history").text
        assert OPENED not in page
        assert access.WITHHELD in page
    assert signed("mem").get(f"/items/{number}/history").status_code == 404
    assert signed("mem").get(f"/plans/{STP}").status_code == 404


EXEMPT = text("UPDATE subject SET exempt = true WHERE ref = :ref")


def test_an_exempt_report_is_on_no_page_of_those_who_may_not_read_it(
    db: Database, back: build.Cast, signed: Signed
) -> None:
    """Fault R2: Cy, who gets 404 on an exempt report, does not read its title, words and outcome
    on the page that corrects its decision, nor on any other (SR-23, SR-24)."""
    number = item_id(db, PEOPLE)
    decision, meeting = db.read(
        lambda s: s.execute(
            text("SELECT id, meeting_id FROM decision WHERE item_id = :item"), {"item": number}
        ).one()
    )
    title = str(db.read(lambda s: committees.item(s, PEOPLE).title))
    db.run(lambda s: s.execute(EXEMPT, {"ref": PEOPLE}))
    paths = (
        "", "/history", "/report", "/comments/finance", "/publish", "/record_resolution",
        "/correct", f"/decisions/{decision}/correct",
    )  # fmt: skip
    for name in ("cy", "mo", "mem"):
        browser = signed(name)
        browser.get("/account")
        for path in paths:
            reply, nothing = (browser.get(f"/items/{each}{path}") for each in (number, 99999))
            if name != "cy" and "decisions" in path:  # correcting is for those who record them
                assert (reply.status_code, nothing.status_code) == (403, 403), (name, path)
            else:
                assert (reply.status_code, plain(reply)) == (404, plain(nothing)), (name, path)
        for path in ("/decisions", f"/meetings/{meeting}", "/work-programme", f"/plans/{STP}",
                     f"/plans/{STP}/history"):  # fmt: skip
            page = browser.get(path).text
            assert title not in page, (name, path)
            assert RESOLVED not in page, (name, path)
    for name in ("sue", "hana", "aud"):
        assert title in signed(name).get(f"/items/{number}").text
