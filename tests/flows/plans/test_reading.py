"""What the pages ask: All plans, where a plan is, the rows of all plans.

Sue (support) sees everything; Mo (Housing) his own; Pat (Parks) never Mo's text; Mem is a member.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from cycle import clock, people
from cycle.db import Database
from cycle.models import Plan, PlanningYear, Step, Unit
from tests import build
from tests.build import Cast
from workflows.cycles import cycles
from workflows.plans import (
    entry_table,
    overview,
    sheets,
    status,
)
from workflows.plans.creation import ImportedRow
from workflows.plans.overview import Filters
from workflows.record import history

HOUSING, PARKS = "SVP-2028-HOUSING", "SVP-2028-PARKS"


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire in June 2027, Year 1 open, both services writing their profiles."""
    with clock.set_to(build.SPRING):
        yield both_writing(db)


@build.once
def both_writing(db: Database) -> None:
    """Year 1 open, both services writing their profiles."""
    build.year_one(db)
    for ref in ("SPR-2028-HOUSING", "SPR-2028-PARKS"):
        build.act(db, ref, "start", None)


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """Every statement sent while the block runs, but those that only open a transaction."""
    sent: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(("SET", "SHOW")):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def board(db: Database, person: int, filters: Filters | None = None) -> list[overview.OverviewRow]:
    return db.read(lambda s: overview.plan_rows(s, people.actor(s, person), filters))


def row(db: Database, person: int, ref: str) -> overview.OverviewRow:
    return next(each for each in board(db, person) if each.ref == ref)


def year(session: Session) -> PlanningYear:
    return session.scalars(select(PlanningYear).where(PlanningYear.ref == "Y-2027-1")).one()


# All plans ------------------------------------------------------------------------------------


def test_the_overview_says_where_each_plan_is_and_with_whom(db: Database, who: Cast) -> None:
    profile = row(db, who.sue, "SPR-2028-HOUSING")
    assert (profile.stage, profile.state_label) == ("Drafting", "Drafting")
    assert [each.person_id for each in profile.holders] == [who.mo]
    assert profile.next_step == "Bring the profile up to date"
    assert profile.due_on == db.read(
        lambda s: s.scalar(
            select(Step.due_on)
            .join(Plan, Plan.id == Step.plan_id)
            .where(Plan.ref == "SPR-2028-HOUSING", Step.rule == "service_profile_draft")
        )
    )
    assert profile.days_in_hand is not None
    assert profile.days_in_hand > 0
    assert profile.department == "Place"


def test_a_plan_that_waits_says_for_what(db: Database, who: Cast) -> None:
    plan = row(db, who.sue, HOUSING)
    assert plan.stage == "Not started"
    assert plan.who == ""
    assert "The draft outcomes of the Strategic Plan are not issued yet." in plan.blocks
    assert plan.next_step == "Service plan: proposals submitted"


def test_the_board_of_every_plan_takes_four_statements(db: Database, who: Cast) -> None:
    board(db, who.sue)  # the framework is read once per process
    actor = db.read(lambda s: people.actor(s, who.sue))
    with statements(db) as sent:
        shown = db.read(lambda s: overview.plan_rows(s, actor))
    few = len(sent)
    assert len(shown) == 17
    assert few <= 4
    add_services(db, who, 6)
    with statements(db) as sent:
        more = db.read(lambda s: overview.plan_rows(s, actor))
    assert len(more) == 17 + 12
    assert len(sent) == few


def add_services(db: Database, who: Cast, count: int) -> None:
    """More services, each with its plans."""

    def work(session: Session) -> None:
        housing = session.scalars(select(Unit).where(Unit.key == "housing")).one()
        for number in range(count):
            unit = Unit(
                key=f"extra-{number}",
                name=f"Extra {number}",
                level="service",
                parent_id=housing.parent_id,
                from_on=clock.today(),
                path=[],
            )
            session.add(unit)
            session.flush()
            unit.path = [*housing.path[:-1], unit.id]
            session.flush()
            cycles.add_plan_for_unit(
                session, build.actor(session, who.sue), year(session).id, unit.id
            )

    db.run(work)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(plan_type="service_plan"), {HOUSING, PARKS}),
        (Filters(stage="Drafting"), {"SPR-2028-HOUSING", "SPR-2028-PARKS"}),
        (Filters(late=True), {"TT-2028"}),
        (Filters(stage="Drafting", plan_type="service_plan"), set()),
    ],
)
def test_the_board_is_filtered(db: Database, who: Cast, filters: Filters, found: set[str]) -> None:
    assert {each.ref for each in board(db, who.sue, filters)} == found


def test_the_board_is_filtered_by_year_department_and_person(db: Database, who: Cast) -> None:
    place = db.read(lambda s: s.scalar(select(Unit.id).where(Unit.key == "place")))
    assert {each.unit for each in board(db, who.sue, Filters(department=place))} == {
        "Housing",
        "Parks",
    }
    assert [each.ref for each in board(db, who.sue, Filters(person=who.pat))] == ["SPR-2028-PARKS"]
    assert board(db, who.sue, Filters(year=0)) == []


def test_what_is_overdue_has_days_below_nought(db: Database, who: Cast) -> None:
    due = row(db, who.sue, "SPR-2028-HOUSING").due_on
    assert due
    with clock.set_to(clock.at_local(due + timedelta(days=1))):
        late = board(db, who.sue, Filters(late=True))
    assert {each.ref for each in late} >= {"SPR-2028-HOUSING"}
    assert all(each.days_in_hand is not None and each.days_in_hand < 0 for each in late)


def test_a_member_sees_no_plan_before_it_is_published(db: Database, who: Cast) -> None:
    assert board(db, who.mem) == []
    assert {each.ref for each in board(db, who.pat)} >= {HOUSING}  # its status, not its text


# One plan -------------------------------------------------------------------------------------


def test_the_plans_page_knows_where_who_since_what_and_when(db: Database, who: Cast) -> None:
    def read(session: Session) -> status.PlanStatus:
        return status.where_is(session, build.plan(session, "SPR-2028-HOUSING"))

    here = db.read(read)
    facts = dict(here.facts)
    assert facts["Where it is"] == "Drafting"
    assert "Mo" in facts["Who has it"]
    assert facts["Since"] == "9 June 2027"
    assert "in hand" in facts["By when"]
    assert [(each.label, each.stands) for each in here.stages] == [
        ("Not started", "done"),
        ("Drafting", "current"),
        ("Review", "ahead"),
        ("In force", "ahead"),
    ]
    with statements(db) as sent:
        db.read(read)
    assert len(sent) <= 5


def test_committees_are_no_stage_of_service_plans_that_end_with_officers(
    db: Database, who: Cast
) -> None:
    here = db.read(lambda s: status.where_is(s, build.plan(s, HOUSING)))
    assert "Committees" not in [each.label for each in here.stages]
    plan = db.read(lambda s: status.where_is(s, build.plan(s, "DP-2028")))
    assert "Committees" in [each.label for each in plan.stages]


def test_only_a_plan_that_takes_effect_by_its_day_names_the_day(db: Database, who: Cast) -> None:
    """A timetable is in force from its issue, not from 1 April."""

    def note(ref: str) -> str:
        here = db.read(lambda s: status.where_is(s, build.plan(s, ref)))
        return next(each.note for each in here.stages if each.label == status.IN_FORCE)

    assert note("TT-2028") == ""
    assert note(HOUSING) == "from 1 April 2028"


def test_the_history_reads_as_sentences(db: Database, who: Cast) -> None:
    entries = db.read(lambda s: history.entries(s, build.plan(s, "SPR-2028-HOUSING")))
    assert [each.sentence for each in entries] == [
        "Sue Support created the plan.",
        "Plancycle (by the calendar) started it. It moved from “Not started” to “Drafting”.",
    ]


# The rows of all plans ------------------------------------------------------------------------


def with_rows(db: Database, who: Cast) -> None:
    """A plan in force that holds a choice, a bid and an action without an outcome."""
    rows = [
        ImportedRow("commissioning", "commissioning", {"service": "housing", "choice": "Share"}),
        ImportedRow("proposals", "bid", {"text": "=SUM(A1)", "kind": "growth", "amount": "1200"}),
    ]
    db.run(
        lambda s: cycles.import_in_force(
            s,
            build.actor(s, who.sue),
            "service_plan",
            s.scalars(select(Unit.id).where(Unit.key == "housing")).one(),
            2027,
            {},
            rows,
            "From the old system.",
        )
    )


def test_all_bids_and_choices_stand_in_one_table_for_those_who_may_read(
    db: Database, who: Cast
) -> None:
    with_rows(db, who)

    def lines(person: int) -> list[str]:
        return db.read(
            lambda s: [
                each.words for each in entry_table.bids_actions_choices(s, people.actor(s, person))
            ]
        )

    assert sorted(lines(who.sue)) == ["=SUM(A1)", "housing"]
    with statements(db) as sent:
        actor = db.read(lambda s: people.actor(s, who.sue))
        found = db.read(lambda s: entry_table.bids_actions_choices(s, actor))
    assert len(sent) <= 2
    bid = next(each for each in found if each.type_key == "bid")
    assert bid.amount == 1200
    assert bid.choice == "growth"


def test_a_service_without_a_choice_is_not_yet_reviewed(db: Database, who: Cast) -> None:
    def names() -> list[str]:
        return db.read(
            lambda s: [
                each.name
                for each in entry_table.services_not_reviewed(s, people.actor(s, who.sue), year(s))
            ]
        )

    assert names() == ["Housing", "Parks"]
    db.run(
        lambda s: s.execute(
            text(
                "INSERT INTO item (plan_id, section_key, uid, type, fields, position, inherited, "
                "version) SELECT id, 'commissioning', 'u1', 'commissioning', "
                """'{"service": "PARKS", "choice": "Provide"}', 0, false, 1 """
                "FROM subject WHERE ref = 'DP-2028'"
            )
        )
    )
    assert names() == ["Housing"]


@pytest.mark.parametrize(
    ("reports", "left"),
    [("2029-03-31", ["Parks"]), ("2029-04-01", ["Housing", "Parks"]),
     ("2031-10-01", ["Housing", "Parks"]), ("", ["Housing", "Parks"])],
)  # fmt: skip
def test_a_review_that_is_planned_for_later_is_none_yet(
    db: Database, who: Cast, reports: str, left: list[str]
) -> None:
    """Fault S6: “every service has been reviewed”, by a review in four years."""
    fields = {"service": "Housing", "text": "How repairs are done", "reports": reports}
    entry(db, "DP-2028", "r1", "review", fields)
    rows = db.read(
        lambda s: entry_table.services_not_reviewed(s, people.actor(s, who.sue), year(s))
    )
    assert [each.name for each in rows] == left


def entry(
    db: Database, ref: str, uid: str, kind: str, fields: dict[str, str], parent: str | None = None
) -> None:
    """An entry of a plan."""
    sql = (
        "INSERT INTO item (plan_id, section_key, uid, type, fields, parent_uid, position, "
        "inherited, version) SELECT id, 'x', :uid, :kind, CAST(:fields AS jsonb), :parent, 0, "
        "false, 1 FROM subject WHERE ref = :ref"
    )
    given = {"ref": ref, "uid": uid, "kind": kind, "fields": json.dumps(fields), "parent": parent}
    db.run(lambda s: s.execute(text(sql), given))


def test_the_golden_thread_counts_what_stands_and_nothing_else(db: Database, who: Cast) -> None:
    """Fault S5: a child in an ended plan counted, a parent that was gone was no gap, and only plans
    of the chosen year were looked at."""
    entry(db, "STP-2028", "p1", "priority", {"text": "A fair county"})
    entry(db, "STP-2028", "o1", "community_outcome", {"text": "Warm homes"}, "p1")
    entry(db, "STP-2028", "o2", "community_outcome", {"text": "Clean air"}, "p1")
    entry(db, "DP-2028", "a1", "action", {"text": "Insulate"}, "o1")
    entry(db, "BUD-2028", "a2", "action", {"text": "Plant trees"}, "o2")
    entry(db, "DP-2028", "a3", "action", {"text": "Left over"}, "deleted")
    build.put(db, "BUD-2028", "superseded")

    def gaps() -> entry_table.Gaps:
        return db.read(
            lambda s: entry_table.golden_thread_gaps(s, people.actor(s, who.sue), year(s))
        )

    found = gaps()
    assert [each.words for each in found.without_children] == ["Clean air"]
    assert [(each.words, each.is_stale) for each in found.without_parent] == [("Left over", True)]
    # Another year's plan that runs then holds the thread too.
    db.run(lambda s: s.execute(text("UPDATE plan SET planning_year_id = NULL WHERE id IN "
           "(SELECT id FROM subject WHERE ref = 'STP-2028')")))  # fmt: skip
    assert [each.words for each in gaps().without_children] == ["Clean air"]


def test_the_golden_thread_shows_orphans_at_both_ends(db: Database, who: Cast) -> None:
    db.run(
        lambda s: s.execute(
            text(
                "INSERT INTO item (plan_id, section_key, uid, type, fields, parent_uid, position, "
                "inherited, version) SELECT id, 'x', made.uid, made.type, "
                "jsonb_build_object('text', made.uid), made.parent, 0, false, 1 FROM subject, "
                "(VALUES ('p1', 'priority', NULL), ('o1', 'community_outcome', 'p1'), "
                "('o2', 'community_outcome', 'p1'), ('i1', 'indicator', 'o1'), "
                "('a1', 'action', NULL)) AS made(uid, type, parent) WHERE ref = 'STP-2028'"
            )
        )
    )
    gaps = db.read(lambda s: entry_table.golden_thread_gaps(s, people.actor(s, who.sue), year(s)))
    assert [each.words for each in gaps.without_parent] == ["a1"]
    assert gaps.without_parent[0].sentence == "Action “a1” contributes to nothing yet."
    assert "“o2” has nothing under it yet" in gaps.without_children[0].sentence


# Spreadsheets ---------------------------------------------------------------------------------


def sheet(contents: bytes) -> str:
    with ZipFile(BytesIO(contents)) as book:
        return (
            book.read("xl/worksheets/sheet1.xml").decode()
            + book.read("xl/sharedStrings.xml").decode()
        )


def test_the_board_and_the_rows_come_as_spreadsheets_without_formulas(
    db: Database, who: Cast
) -> None:
    with_rows(db, who)
    everything = sheets.overview_xlsx(board(db, who.sue))
    assert "SVP-2028-HOUSING" in sheet(everything)
    lines = db.read(lambda s: entry_table.bids_actions_choices(s, people.actor(s, who.sue)))
    contents = sheet(sheets.items_xlsx(lines))
    assert "=SUM(A1)" in contents
    assert "<f>" not in contents
    assert "<v>1200</v>" in contents
