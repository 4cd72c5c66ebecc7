"""What is open of plans in tables, tasks, mails and requests; the pages are asked in ``tests/web``.

Mo manages Housing, Ray is his director, Pat manages Parks and must never get in; Sue supports.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access, clock, people
from cycle.db import Database
from cycle.errors import NotFound
from cycle.models import Plan, PlanVersion, Task, Unit
from notifications import digests, dispatch
from notifications.channels.file import FileChannel
from tests import build
from tests.build import Cast
from tests.flows import committees
from tests.flows.plans.test_reading import statements, with_rows
from tests.flows.posting import at, mail_in
from tests.flows.timetable.test_date_changes import move, year_id
from workflows.cycles import cycles
from workflows.plans import entry_table, reading_version
from workflows.queues import chase_list, my_work
from workflows.timetable import baselines, change_requests, reading_changes

PROFILE = "SPR-2028-HOUSING"
EXEMPT = text("UPDATE subject SET exempt = true WHERE ref = :ref")
BASE = "https://plans.smallshire.example"


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire in June 2027; Mo writes Housing's profile."""
    with clock.set_to(build.SPRING):
        found = build.year_one(db)
        build.act(db, PROFILE, "start", None)
        yield found


def lines(db: Database, person: int) -> set[str]:
    """The words of the table of all bids, actions and choices."""
    found = db.read(lambda s: entry_table.bids_actions_choices(s, people.actor(s, person)))
    return {each.words for each in found}


def test_the_table_of_all_entries_holds_what_is_in_force_and_no_working_copy(
    db: Database, who: Cast
) -> None:
    """Fault R3: of a plan in force Pat reads the entries as they were sealed; Mo also what stands
    in the working copy."""
    with_rows(db, who)
    assert lines(db, who.pat) == lines(db, who.mo) == {"=SUM(A1)", "housing"}
    db.run(
        lambda s: s.execute(
            text("UPDATE item SET fields = fields || '{\"text\": \"Later\"}' WHERE type = 'bid'")
        )
    )
    assert lines(db, who.mo) == {"Later", "housing"}
    assert lines(db, who.pat) == lines(db, who.mem) == {"=SUM(A1)", "housing"}
    with statements(db) as sent:
        lines(db, who.pat)
    assert len(sent) <= 4


def test_what_an_entry_contributes_to_is_told_only_to_who_may_read_it(
    db: Database, who: Cast
) -> None:
    """Fault R3: the words of an outcome that is still drafted stand behind no action of another."""
    with_rows(db, who)
    add = text(
        "INSERT INTO item (plan_id, section_key, uid, type, fields, position, inherited, version) "
        "SELECT id, 'outcomes', 'o9', 'community_outcome', '{\"text\": \"Warm homes\"}', 0, false, "
        "1 FROM subject WHERE ref = 'STP-2028'"
    )
    db.run(lambda s: s.execute(add))
    db.run(lambda s: s.execute(text("UPDATE item SET parent_uid = 'o9' WHERE type = 'bid'")))

    def parent(person: int) -> str:
        found = db.read(lambda s: entry_table.bids_actions_choices(s, people.actor(s, person)))
        return next(each.parent for each in found if each.type_key == "bid")

    assert parent(who.sue) == "Warm homes"
    assert parent(who.mo) == "An entry that is not open to you"


def test_a_mail_and_a_task_name_no_exempt_plan_to_whom_it_is_not_open(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """INV-46, SR-30, SR-33: a mail leaves the house, so it has the neutral title for everybody and
    no reference; My work has it for a post that was given a task and not the plan."""
    due = db.read(lambda s: s.scalar(select(Task.due_on).join(Plan, Plan.id == Task.subject_id)
                                     .where(Plan.ref == PROFILE)))  # fmt: skip
    assert due
    title = str(db.read(lambda s: build.plan(s, PROFILE).title))
    db.run(lambda s: s.execute(EXEMPT, {"ref": PROFILE}))
    late = next(day for day in (due + timedelta(days=n) for n in range(1, 5)) if day.weekday() < 5)
    with at(late):
        db.run(digests.of_the_day, BASE)
        channel = FileChannel(tmp_path / "mail", "p@smallshire.example")
        dispatch.drain(db, channel, base_url=BASE)
    mails = "\n".join(str(each) for each in mail_in(tmp_path))
    assert "Exempt plan" in mails
    assert title not in mails
    assert PROFILE not in mails
    own = db.read(lambda s: my_work.my_work(s, people.actor(s, who.mo)))
    assert [(each.title, each.ref, each.withheld) for each in own.rows] == [(title, PROFILE, False)]


def test_my_work_of_a_clerk_names_no_exempt_report(db: Database, tmp_path: Path) -> None:
    """Fault R2, SR-30: Cy is to put an exempt report on an agenda, and her posts do not open it."""
    who = committees.council(db, tmp_path)
    committees.to_committees(db, who, committees.STP)
    ref = f"{committees.STP}-PLACE"
    with committees.on(committees.AUTUMN):
        committees.ready(db, who, ref)
        title = str(db.read(lambda s: committees.item(s, ref).title))
        shown = db.read(lambda s: my_work.my_work(s, people.actor(s, who.cy), "me")).rows
        assert title in {each.title for each in shown}
        db.run(lambda s: s.execute(EXEMPT, {"ref": ref}))
        rows = db.read(lambda s: my_work.my_work(s, people.actor(s, who.cy), "me")).rows
        (hidden,) = [each for each in rows if each.withheld]
    assert (hidden.title, hidden.ref, hidden.unit) == ("Exempt report", "", "")
    assert title not in {each.title for each in rows}


def test_why_more_time_is_asked_for_is_told_to_who_works_on_the_plan(
    db: Database, who: Cast
) -> None:
    """Fault X3: every officer may see that a day is asked for; why, the plan's line."""
    task, due = db.read(
        lambda s: s.execute(
            select(Task.id, Task.due_on).join(Plan, Plan.id == Task.subject_id)
            .where(Plan.ref == PROFILE)
        ).one()
    )  # fmt: skip
    later = next(day for day in (due + timedelta(days=n) for n in range(1, 9)) if day.weekday() < 5)
    ref = db.run(
        lambda s: (
            change_requests.ask_for_more_time(
                s, build.actor(s, who.mo), task, later, "Two are ill."
            ).ref
        )
    )

    def page(person: int) -> reading_changes.ChangePage:
        return db.read(lambda s: reading_changes.change_page(s, people.actor(s, person), ref))

    for name in ("mo", "ray", "sue"):
        assert page(who.ids[name]).reason == "Two are ill.", name
    for name in ("pat", "adam", "cy"):
        shown = page(who.ids[name])
        assert shown.reason == access.WITHHELD, name
        assert "Two are ill." not in repr(shown), name


@pytest.mark.parametrize(("exempt", "brought"), [(False, "Homes for all."), (True, "")])
def test_an_exempt_plan_hands_nothing_down_to_one_that_is_not(
    db: Database, who: Cast, exempt: bool, brought: str
) -> None:
    """SR-25: what is copied from a plan is as closed as the plan."""
    housing = db.read(lambda s: s.scalars(select(Unit.id).where(Unit.key == "housing")).one())
    db.run(
        lambda s: cycles.import_in_force(
            s, build.actor(s, who.sue), "service_plan", housing, 2027,
            {"purpose": "Homes for all."}, [], "From the old system.",
        )
    )  # fmt: skip
    follows = text(
        "UPDATE plan SET supersedes_id = (SELECT id FROM subject WHERE ref = 'SVP-2027-HOUSING') "
        "WHERE id = (SELECT id FROM subject WHERE ref = 'SVP-2028-HOUSING')"
    )
    db.run(lambda s: s.execute(follows))
    if exempt:
        db.run(lambda s: s.execute(EXEMPT, {"ref": "SVP-2027-HOUSING"}))
    build.issue_outcomes(db, who)
    build.act(db, "SVP-2028-HOUSING", "start", None)
    here = text(
        "SELECT body FROM section JOIN subject ON subject.id = plan_id "
        "WHERE ref = 'SVP-2028-HOUSING' AND key = 'purpose'"
    )
    assert db.read(lambda s: s.scalar(here)) == brought


def test_late_tasks_of_exempt_plans_are_on_no_list(db: Database, who: Cast) -> None:
    """Fault R2: the chase list and its count leave them out, for everybody."""
    with clock.set_to(clock.at_local(date(2028, 3, 1))):
        before = db.read(chase_list.count)
        rows = db.read(lambda s: chase_list.page(s, people.actor(s, who.sue))).rows
        assert PROFILE in {each.ref for each in rows}
        db.run(lambda s: s.execute(EXEMPT, {"ref": PROFILE}))
        assert db.read(chase_list.count) == before - 1
        rows = db.read(lambda s: chase_list.page(s, people.actor(s, who.sue))).rows
        assert PROFILE not in {each.ref for each in rows}


def test_every_issue_of_the_timetable_stays_open_and_no_other_version(
    db: Database, who: Cast
) -> None:
    """Fault R3: Mo prints what was issued, then and now; not what was commented on before."""
    build.act(db, "TT-2028", "start", None)
    build.fill(db, "TT-2028", who.sue)
    build.act(db, "TT-2028", "submit", who.sue)
    build.returned(db, "TT-2028", who.vera)
    build.fill(db, "TT-2028", who.sue)
    changed = "UPDATE section SET body = body || ' More.' WHERE kind = 'text' AND plan_id = " \
        "(SELECT id FROM subject WHERE ref = 'TT-2028')"  # fmt: skip
    db.run(lambda s: s.execute(text(changed)))
    build.act(db, "TT-2028", "submit", who.sue)
    build.act(db, "TT-2028", "issue", who.vera)
    move(db)
    build.new_dates(db, who)
    build.act(db, "TT-2028", "reissue", who.vera, build.Evidence("The group moved."))
    issued = {each.version for each in db.read(lambda s: baselines.all_of(s, year_id(s)))}
    plan_id = db.read(lambda s: build.plan(s, "TT-2028").id)
    numbers = select(PlanVersion.number).where(PlanVersion.plan_id == plan_id)
    last = max(db.read(lambda s: s.scalars(numbers).all()))
    assert len(issued) == 2
    assert set(range(1, last + 1)) - issued

    def opens(number: int) -> bool:
        def page(session: Session) -> object:
            actor = people.actor(session, who.pat)
            return reading_version.printed_page(session, actor, "TT-2028", str(number))

        try:
            return bool(db.read(page))
        except NotFound:
            return False

    assert {number for number in range(1, last + 1) if opens(number)} == issued
