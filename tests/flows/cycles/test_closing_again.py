"""Fault L3: what opening a year brings is said before; one opened by mistake closes again."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked, NotAvailable, NotPermitted, OutOfDate
from cycle.models import Event, Outbox, Plan, PlanningYear, Step
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.core.test_races import race
from workflows.core.commands import command
from workflows.core.foreseen import Undone
from workflows.cycles import closing_again, cycles, opening
from workflows.plans import by_date, plans
from workflows.record.verify import verify

MISTAKE = "It was opened six months early."
NOVEMBER = date(2026, 11, 30)


@pytest.fixture
def who(db: Database) -> Cast:
    """Smallshire with its cycle, no year of which is open yet."""
    found = build.council(db)
    with co.on(NOVEMBER):
        db.run(lambda s: cycles.create_cycle(s, build.actor(s, found.sue), build.FRAMEWORK, 2027))
    return found


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with clock.set_to(clock.at_local(NOVEMBER)):
        yield


def year_id(db: Database, number: int = 1) -> int:
    """The planning year of this number."""
    return int(
        db.read(lambda s: s.scalar(select(PlanningYear.id).where(PlanningYear.number == number)))
        or 0
    )


def opened(db: Database, who: Cast) -> int:
    """Year 1 open, with what starts at once started; gives how many plans that were."""
    db.run(lambda s: cycles.open_year(s, build.actor(s, who.sue), year_id(db)))
    acts = db.read(by_date.acts_due)
    for act in acts:
        build.act(db, act.ref, act.action, None)
    return len(acts)


def close(db: Database, by: int, reason: str = MISTAKE, number: int = 1) -> None:
    """Somebody closes a year again."""
    year = year_id(db, number)
    db.run(lambda s: closing_again.close_again(s, build.actor(s, by), year, reason))


def refs(db: Database) -> dict[str, tuple[int, str]]:
    """Every plan by its reference: its id and where it stands."""
    rows = db.read(lambda s: s.execute(select(Plan.ref, Plan.id, Plan.state)).all())
    return {row.ref: (row.id, row.state) for row in rows}


def open_tasks(db: Database) -> int:
    """How many tasks of plans are open."""
    statement = text(
        "SELECT count(*) FROM task JOIN plan ON plan.id = subject_id WHERE closed_at IS NULL"
    )
    return int(db.read(lambda s: s.scalar(statement)) or 0)


def test_what_opening_brings_is_told_and_nothing_of_it_stays(db: Database, who: Cast) -> None:
    """L3: how many plans, whose tasks, by when, how early, what is wrong; and no trace of it."""
    before = db.read(lambda s: s.scalar(text("SELECT count(*) FROM event")))

    def attempt(session: Session) -> None:
        sue = build.actor(session, who.sue)
        version = session.get_one(PlanningYear, year_id(db)).version
        open_it = command(cycles.open_year, year_id(db), seen_version=version)
        raise Undone(opening.foresee(session, sue, open_it))

    with pytest.raises(Undone) as tried:
        db.run(attempt)
    found = tried.value.found
    assert isinstance(found, opening.Opening)
    made = [each for each in found.foreseen.moved if each.kind == "plan"]
    assert refs(db) == {}
    assert db.read(lambda s: s.scalar(text("SELECT count(*) FROM event"))) == before
    assert found.early.startswith("The timetable opens this year on ")
    assert "months from now" in found.early

    started = opened(db, who)
    assert len(made) == len(refs(db)) > 10
    assert found.starts == started > 1
    assert sum(each.count for each in found.foreseen.opened) == open_tasks(db) > 1


def test_a_year_opened_by_mistake_closes_again_and_opens_with_the_same_plans(
    db: Database, who: Cast
) -> None:
    """L3, INV-08: “not started”, tasks withdrawn, people told; then the same subjects again."""
    opened(db, who)
    first = refs(db)
    assert open_tasks(db) > 0
    with pytest.raises(NotPermitted):
        close(db, who.mo)
    with pytest.raises(Blocked, match="Say why"):
        close(db, who.sue, " ")
    close(db, who.sue)
    assert build.state(db, "Y-2027-1") == "planned"
    assert {state for _, state in refs(db).values()} == {"not_started"}
    assert open_tasks(db) == 0
    assert db.read(by_date.acts_due) == [], "nothing starts while the year is not open"
    notified = db.read(
        lambda s: s.scalars(select(Outbox.person_id).where(Outbox.kind == "closed_again")).all()
    )
    assert who.sue not in notified
    assert len(notified) == len(set(notified)) > 3
    by = select(Event.person_id).where(Event.action.in_(("put_back", "close_again"))).distinct()
    assert db.read(lambda s: s.scalars(by).all()) == [who.sue]
    assert db.read(verify.check).ok

    opened(db, who)
    again = refs(db)
    assert {ref: plan for ref, (plan, _) in again.items()} == {
        ref: plan for ref, (plan, _) in first.items()
    }
    assert again == first
    assert db.read(verify.check).ok


def test_the_dates_of_plans_that_are_taken_up_again_are_those_of_the_day(
    db: Database, who: Cast
) -> None:
    opened(db, who)
    close(db, who.sue)
    db.run(
        lambda s: s.execute(
            text("UPDATE step SET due_on = due_on - 3 WHERE plan_id IS NOT NULL AND id % 2 = 0")
        )
    )
    opened(db, who)
    due = db.read(lambda s: {each.key: each.due_on for each in s.scalars(select(Step))})
    close(db, who.sue)
    opened(db, who)
    assert db.read(lambda s: {each.key: each.due_on for each in s.scalars(select(Step))}) == due


def test_it_stays_open_once_somebody_has_worked_on_a_plan(db: Database, who: Cast) -> None:
    """L3: until somebody wrote; the page says on which plan."""
    opened(db, who)
    ref = next(ref for ref, (_, state) in refs(db).items() if ref.startswith("SPR-")
               and state != "not_started")  # fmt: skip
    build.fill(db, ref, who.pat if ref.endswith("PARKS") else who.mo)
    with pytest.raises(Blocked, match=f"worked on {ref} already"):
        close(db, who.sue)
    assert build.state(db, "Y-2027-1") == "open"


def test_a_year_that_is_not_open_cannot_be_closed_again(db: Database, who: Cast) -> None:
    with pytest.raises(NotAvailable):
        close(db, who.sue)
    opened(db, who)
    seen = db.read(lambda s: s.get_one(PlanningYear, year_id(db)).version)
    with pytest.raises(OutOfDate):
        db.run(
            lambda s: closing_again.close_again(
                s, build.actor(s, who.sue), year_id(db), MISTAKE, seen - 1
            )
        )


def test_closing_again_races_with_the_first_who_writes(db: Database, who: Cast) -> None:
    """L3, T-RACE: either the year is closed again and nobody wrote, or somebody wrote."""
    opened(db, who)
    year = year_id(db)
    ref = next(ref for ref, (_, state) in refs(db).items() if ref.startswith("SPR-")
               and state != "not_started")  # fmt: skip
    author = who.pat if ref.endswith("PARKS") else who.mo

    def work(session: Session, number: int) -> str:
        with clock.set_to(clock.at_local(NOVEMBER)):
            if number % 2:
                sue = build.actor(session, who.sue)
                return closing_again.close_again(session, sue, year, MISTAKE).state
            plan = build.plan(session, ref)
            actor = build.actor(session, author)
            section = text_section(session, plan.id)
            plans.write_section(session, actor, plan.id, section, "Homes.", 1)
            return "wrote"

    found = race(db.url, work, 2)
    assert found.count("done") == 1, found
    state = build.state(db, "Y-2027-1")
    wrote = db.read(lambda s: s.scalar(text("SELECT count(*) FROM editor")))
    assert (state, wrote) in (("planned", 0), ("open", 1))
    assert db.read(verify.check).ok


def text_section(session: Session, plan_id: int) -> str:
    """The first text section of a plan."""
    found = session.scalar(
        text(
            "SELECT key FROM section WHERE plan_id = :p AND kind = 'text' ORDER BY position LIMIT 1"
        ),
        {"p": plan_id},
    )
    return str(found)
