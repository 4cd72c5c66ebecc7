"""Cycles and years: what opening makes, the three-way decision, units that change, imported plans.

Told with Smallshire (Housing and Parks) and, for the numbers, with the demo council Borsetshire.
"""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.council import COUNCILS
from config.council_loading import load_council
from cycle import clock
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotAvailable, NotPermitted
from cycle.models import Event, Item, Plan, PlanningYear, PlanVersion, Section, Step, Unit
from tests import build
from tests.build import Cast
from workflows.council import loading
from workflows.cycles import carrying_over, cycles, reading_import
from workflows.plans import creation
from workflows.plans.creation import ImportedRow


@pytest.fixture
def who(db: Database) -> Cast:
    return build.council(db)


def create(db: Database, who: Cast, start: int = 2027) -> None:
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, start))


def year_id(db: Database, ref: str) -> int:
    return int(
        db.read(lambda s: s.scalars(select(PlanningYear.id).where(PlanningYear.ref == ref)).one())
    )


def open_year(db: Database, who: Cast, ref: str) -> None:
    year = year_id(db, ref)
    db.run(lambda s: cycles.open_year(s, build.actor(s, who.sue), year))


def decide(db: Database, who: Cast, branch: str) -> None:
    year = year_id(db, "Y-2027-2")
    db.run(
        lambda s: cycles.decide(
            s, build.actor(s, who.sue), year, branch, "Priorities hold.", "The leader, 7 June 2028"
        )
    )


def refs(db: Database, like: str) -> list[str]:
    return list(
        db.read(lambda s: s.scalars(select(Plan.ref).where(Plan.ref.like(like)).order_by(Plan.ref)))
    )


def test_before_a_council_is_loaded_nothing_can_be_imported(db: Database) -> None:
    none = "No framework is published yet."
    with pytest.raises(BadInput, match=none):
        db.read(reading_import.import_kit)
    with pytest.raises(Blocked, match=none):
        db.read(creation._newest_framework)
    build.council(db)
    assert db.read(reading_import.import_kit)
    assert db.read(lambda s: creation._newest_framework(s).id)


def test_sue_creates_a_cycle_of_four_years_each_with_its_own_record(
    db: Database, who: Cast
) -> None:
    create(db, who)
    with_years = db.read(
        lambda s: s.execute(
            select(PlanningYear.ref, PlanningYear.lifecycle, PlanningYear.state).order_by(
                PlanningYear.number
            )
        ).all()
    )
    assert [tuple(row) for row in with_years] == [
        ("Y-2027-1", "year_one", "planned"),
        ("Y-2027-2", "year_later", "planned"),
        ("Y-2027-3", "year_later", "planned"),
        ("Y-2027-4", "year_later", "planned"),
    ]
    assert build.state(db, "C-2027") == "planned"
    opening = db.read(
        lambda s: s.execute(
            text("SELECT due_on FROM task WHERE kind = 'open_year' AND closed_at IS NULL")
        ).scalar_one()
    )
    assert opening == date(2027, 5, 28)


@pytest.mark.parametrize("start", [2027, 2025, 2030])
def test_no_planning_year_belongs_to_two_cycles(db: Database, who: Cast, start: int) -> None:
    create(db, who)
    with pytest.raises(Blocked, match="There is a cycle already"):
        create(db, who, start)


def test_a_start_or_framework_that_cannot_be_is_told_in_a_sentence(db: Database, who: Cast) -> None:
    with pytest.raises(BadInput, match="from 2000 to 2150"):
        create(db, who, 27)
    with pytest.raises(BadInput, match="no published framework"):
        db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), "elsewhere", 2027))


def test_only_those_who_plan_the_cycle_create_and_open_it(db: Database, who: Cast) -> None:
    with pytest.raises(NotPermitted):
        db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.mo), build.FRAMEWORK, 2027))
    create(db, who)
    year = year_id(db, "Y-2027-1")
    with pytest.raises(NotPermitted):
        db.run(lambda s: cycles.open_year(s, build.actor(s, who.mo), year))
    assert refs(db, "%") == []


def test_opening_year_one_makes_every_plan_with_its_sections(db: Database, who: Cast) -> None:
    create(db, who)
    open_year(db, who, "Y-2027-1")
    assert refs(db, "SVP-%") == ["SVP-2028-HOUSING", "SVP-2028-PARKS"]
    assert refs(db, "STP-%") == ["STP-2028"]
    assert refs(db, "DP-%") == ["DP-2028"]
    plan = db.read(lambda s: build.plan(s, "STP-2028"))
    assert (plan.in_force_from_on, plan.until_on) == (date(2028, 4, 1), date(2032, 4, 1))
    assert plan.title == "Strategic Plan 2028 to 2032"
    keys = db.read(
        lambda s: list(
            s.scalars(
                select(Section.key).where(Section.plan_id == plan.id).order_by(Section.position)
            )
        )
    )
    assert keys == [each["key"] for each in plan.template["sections"]]
    assert build.state(db, "C-2027") == "running"
    assert build.state(db, "STP-2028") == "not_started"
    with pytest.raises(NotAvailable):
        open_year(db, who, "Y-2027-1")


def year_two(db: Database, who: Cast) -> None:
    """Year 1 in force, as the import of plans makes it, and Year 2 waiting for its decision."""
    create(db, who)

    def import_plan(session: Session) -> None:
        sue = build.actor(session, who.sue)
        for kind in ("strategic_plan", "mtfs", "delivery_plan"):
            cycles.import_in_force(session, sue, kind, None, 2028, {}, (), "From the old system.")

    db.run(import_plan)
    open_year(db, who, "Y-2027-2")
    assert build.state(db, "Y-2027-2") == "deciding"


def test_left_as_it_is_there_is_no_new_strategic_plan_and_the_budget_starts(
    db: Database, who: Cast
) -> None:
    year_two(db, who)
    decide(db, who, "as_is")
    assert refs(db, "STP-2029") == []
    assert refs(db, "MTFS-2029") == []
    assert refs(db, "BUD-2029") == ["BUD-2029"]
    assert len(refs(db, "SVP-2029-%")) == 2
    assert build.state(db, "Y-2027-2") == "open"
    steps = db.read(lambda s: set(s.scalars(select(Step.rule).join(Plan, Plan.id == Step.plan_id))))
    assert "budget_policy_committee" in steps
    assert "strategic_plan_council" not in steps


@pytest.mark.parametrize(("branch", "until"), [("refresh", 2032), ("new", 2033)])
def test_a_refresh_keeps_the_years_and_a_new_plan_begins_its_own(
    db: Database, who: Cast, branch: str, until: int
) -> None:
    year_two(db, who)
    decide(db, who, branch)
    fresh = db.read(lambda s: build.plan(s, "STP-2029"))
    old = db.read(lambda s: build.plan(s, "STP-2028"))
    assert fresh.supersedes_id == old.id
    assert fresh.until_on == date(until, 4, 1)
    assert db.read(lambda s: build.plan(s, "DP-2029")).supersedes_id is not None


def test_a_decision_needs_a_reason_and_who_decided(db: Database, who: Cast) -> None:
    year_two(db, who)
    year = year_id(db, "Y-2027-2")
    for reason, by in (("", "The leader"), ("Priorities hold.", " ")):
        with pytest.raises(Blocked):
            db.run(
                lambda s, r=reason, b=by: cycles.decide(
                    s, build.actor(s, who.sue), year, "as_is", r, b
                )
            )
    assert build.state(db, "Y-2027-2") == "deciding"
    assert db.read(lambda s: s.get_one(PlanningYear, year).decision) is None


def test_two_years_are_open_at_once(db: Database, who: Cast) -> None:
    create(db, who)
    open_year(db, who, "Y-2027-1")
    open_year(db, who, "Y-2027-2")
    decide(db, who, "as_is")
    assert build.state(db, "Y-2027-1") == build.state(db, "Y-2027-2") == "open"
    # Nothing was in force yet when Year 2 opened, so its plans replace nothing.
    assert db.read(lambda s: build.plan(s, "SVP-2029-PARKS")).supersedes_id is None


def test_a_merged_service_loses_its_plan_and_the_new_one_gets_one(db: Database, who: Cast) -> None:
    create(db, who)
    open_year(db, who, "Y-2027-1")
    year = year_id(db, "Y-2027-1")

    def merge(session: Session) -> None:
        parks = session.scalars(select(Unit).where(Unit.key == "parks")).one()
        fresh = Unit(
            key="places",
            name="Places",
            level="service",
            parent_id=parks.parent_id,
            from_on=clock.today(),
            path=[],
        )
        session.add(fresh)
        session.flush()
        fresh.path = [*parks.path[:-1], fresh.id]
        parks.until_on = clock.today()
        parks.merged_into_id = fresh.id

    db.run(merge)
    made, withdrawn = db.run(
        lambda s: cycles.follow_structure(s, build.actor(s, who.sue), year, "Parks merged.")
    )
    assert sorted(p.ref for p in made) == ["SPR-2028-PLACES", "SVP-2028-PLACES"]
    assert sorted(p.ref for p in withdrawn) == ["SPR-2028-PARKS", "SVP-2028-PARKS"]
    assert build.state(db, "SVP-2028-PARKS") == "withdrawn"
    assert build.state(db, "SVP-2028-HOUSING") == "not_started"
    with pytest.raises(Blocked, match="fit the services"):
        db.run(lambda s: cycles.follow_structure(s, build.actor(s, who.sue), year, "Again."))


def test_a_service_added_mid_year_gets_its_plans_once(db: Database, who: Cast) -> None:
    create(db, who)
    open_year(db, who, "Y-2027-1")
    year = year_id(db, "Y-2027-1")

    def add(session: Session) -> int:
        housing = session.scalars(select(Unit).where(Unit.key == "housing")).one()
        fresh = Unit(
            key="markets",
            name="Markets",
            level="service",
            parent_id=housing.parent_id,
            from_on=clock.today(),
            path=[],
        )
        session.add(fresh)
        session.flush()
        fresh.path = [*housing.path[:-1], fresh.id]
        return fresh.id

    unit = db.run(add)
    made = db.run(lambda s: cycles.add_plan_for_unit(s, build.actor(s, who.sue), year, unit))
    assert "SVP-2028-MARKETS" in [plan.ref for plan in made]
    dated = db.read(
        lambda s: s.scalars(select(Step.rule).where(Step.plan_id == made[-1].id)).first()
    )
    assert dated is not None
    with pytest.raises(Blocked, match="does not have already"):
        db.run(lambda s: cycles.add_plan_for_unit(s, build.actor(s, who.sue), year, unit))


def test_an_imported_plan_is_sealed_and_its_words_are_carried_over(db: Database, who: Cast) -> None:
    create(db, who)
    rows = [ImportedRow("values", "value", {"text": "Be fair", "meaning": "To all"})]

    def import_plan(session: Session) -> Plan:
        sections = {each.key: each.kind for each in _strategic_sections(session)}
        assert sections["values"] == "items"
        words = next(key for key, kind in sections.items() if kind == "text")
        return cycles.import_in_force(
            session,
            build.actor(session, who.sue),
            "strategic_plan",
            None,
            2026,
            {words: "A fair county."},
            rows,
            "Adopted on 4 December 2025.",
        )

    plan = db.run(import_plan)
    assert plan.ref == "STP-2026"
    assert build.state(db, "STP-2026") == "in_force"
    number = select(PlanVersion.number).where(PlanVersion.plan_id == plan.id)
    assert db.read(lambda s: s.scalars(number).all()) == [1]
    events = db.read(
        lambda s: s.execute(
            select(Event.action, Event.payload)
            .where(Event.subject_id == plan.id)
            .order_by(Event.seq)
        ).all()
    )
    assert [row.action for row in events] == ["import", "import_text"]
    assert "plan_version" in events[1].payload
    open_year(db, who, "Y-2027-1")
    assert db.read(lambda s: build.plan(s, "STP-2028")).supersedes_id == plan.id
    build.act(db, "STP-2028", "start", None)
    carried = db.read(
        lambda s: s.scalars(
            select(Item).join(Plan, Plan.id == Item.plan_id).where(Plan.ref == "STP-2028")
        ).all()
    )
    assert [row.fields["text"] for row in carried] == ["Be fair"]


def _strategic_sections(session: Session) -> list[object]:
    from_framework = build.pinned.of(session.scalars(select(PlanningYear).limit(1)).one())
    return list(from_framework.templates["strategic_plan"].sections)


@pytest.mark.parametrize(
    ("kind", "texts", "match"),
    [
        ("poem", {}, "no plan type"),
        ("strategic_plan", {"weather": "Fine"}, "no text section"),
    ],
)
def test_what_does_not_fit_the_framework_is_not_imported(
    db: Database, who: Cast, kind: str, texts: dict[str, str], match: str
) -> None:
    with pytest.raises(BadInput, match=match):
        db.run(
            lambda s: cycles.import_in_force(
                s, build.actor(s, who.sue), kind, None, 2026, texts, (), "From paper."
            )
        )
    assert refs(db, "%") == []


def test_a_year_closes_when_its_plans_are_settled_or_carried_over(db: Database, who: Cast) -> None:
    create(db, who)
    open_year(db, who, "Y-2027-1")
    year = year_id(db, "Y-2027-1")
    with pytest.raises(Blocked, match="not settled yet"):
        db.run(lambda s: cycles.close_year(s, build.actor(s, who.sue), year))
    ids = db.read(lambda s: list(s.scalars(select(Plan.id).order_by(Plan.id))))

    def carry(session: Session) -> None:
        sue, why = build.actor(session, who.sue), "The election was late."
        carrying_over.carry_over_plans(session, sue, year, ids, why)

    db.run(carry)
    db.run(lambda s: cycles.close_year(s, build.actor(s, who.sue), year, "All carried over."))
    assert build.state(db, "Y-2027-1") == "closed"
    housing = db.read(lambda s: build.plan(s, "SVP-2028-HOUSING"))
    assert housing.planning_year_id == year_id(db, "Y-2027-2")
    due = db.read(
        lambda s: s.scalars(
            select(Step.due_on).where(
                Step.plan_id == housing.id, Step.rule == "service_plan_draft_proposals"
            )
        ).one()
    )
    assert due.year == 2028


def test_the_demo_council_gets_a_plan_for_each_of_its_fourteen_services(db: Database) -> None:
    loaded = load_council(COUNCILS / "borsetshire")
    db.run(loading.load, None, loaded, build.framework_data())
    sian = db.read(
        lambda s: s.execute(
            text(
                "SELECT person_id FROM appointment JOIN post ON post.id = post_id "
                "JOIN queue ON queue.id = queue_id WHERE role = 'support_service' LIMIT 1"
            )
        ).scalar_one()
    )
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, sian), build.FRAMEWORK, 2027))
    year = year_id(db, "Y-2027-1")
    db.run(lambda s: cycles.open_year(s, build.actor(s, sian), year))
    assert len(refs(db, "SVP-2028-%")) == 14
    assert len(refs(db, "SPR-2028-%")) == 14
    assert len(refs(db, "%")) == 14 + 14 + 13
