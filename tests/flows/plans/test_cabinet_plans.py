"""Plans of councils with leader and cabinet, told with people: who sees them, in which order."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import framework_loader
from cycle import access
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotAvailable
from cycle.models import AgendaItem, Item
from tests import build, cabinet, kit
from tests.build import Cast
from tests.flows import committees
from workflows.framework import pinned
from workflows.meetings import call_in
from workflows.plans import carry_over
from workflows.reports import report_form
from workflows.timetable import baselines


@pytest.fixture
def stockton(db: Database) -> Cast:
    """A council of Stockton's framework with Year 1 open."""
    kit.made_once(db, "cabinet_stockton", lambda each: cabinet.year_one(each, "stockton-pmf"))
    return build.cast(db)


@pytest.fixture
def bromsgrove(db: Database) -> Cast:
    """A council of Bromsgrove's framework with Year 1 open."""
    kit.made_once(db, "cabinet_bromsgrove", lambda each: cabinet.year_one(each, "bromsgrove-pms"))
    return build.cast(db)


HOUSING, PARKS = "SVP-2028-HOUSING", "SVP-2028-PARKS"


def issue_outcomes(db: Database, who: Cast, ref: str) -> None:
    """Hana starts the council's own plan, writes it and issues the draft outcomes."""
    build.act(db, ref, "start", None)
    build.fill(db, ref, who.hana)
    build.act(db, ref, "issue_outcomes", who.hana)


def test_a_plan_brings_in_the_rows_of_its_own_service_and_of_no_other(
    db: Database, stockton: Cast
) -> None:
    """Mo's appraisals begin with the actions of Housing's plan, though Pat's is the newer one."""
    issue_outcomes(db, stockton, "CP-2028")
    for ref, author in ((HOUSING, stockton.mo), (PARKS, stockton.pat)):
        build.act(db, ref, "start", None)
        build.fill(db, ref, author)
    appraisals = "PDA-2028-HOUSING"
    assert db.run(lambda s: brought(s, appraisals)) == HOUSING
    own = rows(db, HOUSING, "own_actions")
    assert len(own) == 1
    assert rows(db, appraisals, "actions") == own


def brought(session: Session, ref: str) -> str:
    """Bring the inherited rows of a plan up to date; gives the plan from which they come."""
    plan = build.plan(session, ref)
    framework = pinned.of(plan)
    template = framework.templates[framework.plan_types[plan.plan_type].template]
    section = next(each for each in template.sections if each.inherit is not None)
    assert section.inherit is not None
    return carry_over.inherit(session, plan, section, section.inherit)


def rows(db: Database, ref: str, section: str) -> list[str]:
    """The ids of the rows of a section."""
    return db.read(
        lambda s: [
            str(each.uid)
            for each in s.scalars(
                select(Item)
                .where(Item.plan_id == build.plan(s, ref).id, Item.section_key == section)
                .order_by(Item.position)
            )
        ]
    )


# The way through officers and members -------------------------------------------------------------

AUTUMN = date(2027, 9, 1)


def test_a_council_plan_goes_from_officers_to_cabinet_to_scrutiny_to_council(
    db: Database, stockton: Cast
) -> None:
    """Hana writes; the management team, the portfolio holder and then members see it, in turn."""
    plan = "CP-2028"
    with committees.on(AUTUMN):
        issue_outcomes(db, stockton, plan)
        build.act(db, plan, "submit", stockton.hana)
        build.act(db, plan, "pass_on", stockton.vera, committees.OVERRIDE)
        assert build.state(db, plan) == "with_cmt"
        assert committees.tasks(db, plan) == ["record_cmt"]
        with pytest.raises(NotAvailable):
            build.act(db, plan, "pass_on", stockton.vera)
        build.act(db, plan, "record_agreed", stockton.sec)
        assert committees.tasks(db, plan) == ["review_portfolio_holder"]
        build.act(db, plan, "pass_on", stockton.vera)
        with pytest.raises(Blocked, match="not adopted the Sustainable Community Strategy yet"):
            build.act(db, plan, "pass_check", stockton.sue, committees.checked(db, plan))
    adopted_on = adopted(db, stockton, "SCS-2028", partners=True)
    with committees.on(adopted_on):
        build.act(db, plan, "pass_check", stockton.sue, committees.checked(db, plan))
    adopted(db, stockton, plan, after=adopted_on, at_members=True)


def adopted(
    db: Database,
    who: Cast,
    ref: str,
    *,
    after: date = AUTUMN,
    partners: bool = False,
    at_members: bool = False,
) -> date:
    """A plan taken through Cabinet, Executive Scrutiny and Council, each only when it is asked."""
    if not at_members:
        with committees.on(after):
            build.act(db, ref, "start", None)
            build.fill(db, ref, who.hana)
            build.act(db, ref, "submit", who.hana)
            build.act(db, ref, "pass_on", who.vera, committees.OVERRIDE)
            build.act(db, ref, "record_agreed", who.sec)
            build.act(db, ref, "pass_on", who.vera)
            if partners:
                assert committees.tasks(db, ref) == ["record_stockton_renaissance"]
                build.act(db, ref, "record_agreed", who.gus)
            build.act(db, ref, "pass_check", who.sue, committees.checked(db, ref))
    bodies = ["cabinet", "executive_scrutiny", "council"]
    for number, body in enumerate(bodies):
        waiting = [status for _, _, _, status in committees.stages(db, ref)]
        assert waiting == ["decided"] * number + ["open"] + ["ahead"] * (2 - number)
        report = f"{ref}-{body.upper().replace('_', '-')}"
        after = cabinet.through(db, who, report, "stockton-pmf", after)
    assert build.state(db, ref) == "approved"
    return after


def test_the_ten_are_asked_before_a_report_goes_on_an_agenda(
    db: Database, bromsgrove: Cast
) -> None:
    """Cy cannot list it while one of the ten is not answered for, or a yes says not where."""
    ref, report = "PMS-2028", "PMS-2028-CABINET"
    with committees.on(AUTUMN):
        build.act(db, ref, "start", None)
        build.fill(db, ref, bromsgrove.hana)
        build.act(db, ref, "submit", bromsgrove.hana)
        build.act(db, ref, "pass_on", bromsgrove.vera)
        build.act(db, ref, "record_agreed", bromsgrove.sec)
        assert committees.tasks(db, ref) == ["record_leaders_group"]
        build.act(db, ref, "record_agreed", bromsgrove.gus)
        build.act(db, ref, "pass_check", bromsgrove.sue, committees.checked(db, ref))
        cabinet.written(db, bromsgrove, report, "bromsgrove-pms")

        procurement = "consulted__10"
        for left_out, title in (
            ({procurement: ""}, "Corporate Procurement Team"),
            ({procurement: "yes", f"{procurement}_how": " "}, "Procurement Team, where or how"),
        ):
            cabinet.write(db, bromsgrove, report, left_out)
            assert "write_report" in committees.tasks(db, report)
            with pytest.raises(Blocked, match=f"Still to be answered in the report: .*{title}"):
                committees.listed_now(db, bromsgrove, report)
        with pytest.raises(BadInput, match="Corporate Procurement Team: answer yes or no"):
            cabinet.write(db, bromsgrove, report, {procurement: "perhaps"})
        # “No” is an answer, and then nobody asks where.
        cabinet.write(db, bromsgrove, report, {procurement: "no"})
        for by, kind in ((bromsgrove.fin, "finance"), (bromsgrove.connie, "legal")):
            committees.comment(db, by, report, kind)
        committees.listed_now(db, bromsgrove, report)
    assert committees.refs(db, "listed") == [report]


def test_a_row_of_the_grid_that_is_not_answered_keeps_the_report_off_the_agenda() -> None:
    """“None” is an answer for procurement or the environment; an empty row is not (S4 ¶11)."""
    framework = framework_loader.parse(cabinet.data("bromsgrove-pms"))
    report = cabinet.answers("bromsgrove-pms")
    assert report_form.unanswered(framework, report) == []
    environmental = "other_implications__6"
    assert report_form.unanswered(framework, report | {environmental: " "}) == [
        "Other implications: Environmental"
    ]


# The timetable as a report ------------------------------------------------------------------------


def test_cabinet_agrees_the_timetable_on_a_report_that_shows_its_dates(
    db: Database, stockton: Cast
) -> None:
    """Sue draws it up, Hana passes it on; what Cabinet was shown is what is kept as issued."""
    summer = date(2027, 6, 10)
    with committees.on(summer):
        build.act(db, "TT-2028", "start", None)
        build.fill(db, "TT-2028", stockton.sue)
        build.act(db, "TT-2028", "submit", stockton.sue)
        build.act(db, "TT-2028", "pass_on", stockton.hana)
        assert db.read(lambda s: baselines.all_of(s, year_of(s, "TT-2028"))) == []
    ref = committees.refs(db)[0]
    shown = db.read(lambda s: baselines.carried(s, item_id(s, ref)))
    ((title, body),) = shown
    assert title == "Planning timetable 2028/29"
    dates = baselines.dates_in(body)
    assert dates["timetable_cabinet:TT-2028"] == date(2027, 7, 8)
    day = cabinet.through(db, stockton, ref, "stockton-pmf", summer)
    with committees.on(day + timedelta(days=14)):
        db.run(lambda s: call_in.take_effect(s, build.plan(s, "TT-2028").id))
    assert build.state(db, "TT-2028") == "in_force"
    (issued,) = db.read(lambda s: baselines.all_of(s, year_of(s, "TT-2028")))
    assert issued.dates == dates


def year_of(session: Session, ref: str) -> int:
    return int(build.plan(session, ref).planning_year_id or 0)


def item_id(session: Session, ref: str) -> int:
    return session.scalars(select(AgendaItem.id).where(AgendaItem.ref == ref)).one()


def test_whoever_the_framework_lets_reads_every_text_and_nobody_else(
    db: Database, stockton: Cast
) -> None:
    """Sec of the Corporate Management Team reads Housing's draft, which Pat of Parks must not."""

    def reads(person: int) -> bool:
        return db.read(
            lambda s: access.may_read_text(s, build.actor_of(s, person), build.plan(s, HOUSING))
        )

    for reader in ("sec", "monty", "mo"):
        assert reads(stockton.ids[reader]), reader
    # Gus is of the partnership, whose people are not officers of the council.
    for other in ("pat", "cy", "lee", "gus"):
        assert not reads(stockton.ids[other]), other
