"""What is done for every service at once sends as many statements for forty as for ten.

Opening a year, carrying plans over, following the structure and reorganising; and what they leave
is a record that verifies, with an event, a digest and tasks for each plan.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.models import Event, Plan, PlanningYear, Queue, Step, Task, Unit
from tests import build
from tests.build import Cast
from workflows.council import reorganisation
from workflows.cycles import carrying_over, cycles
from workflows.record.verify import verify
from workflows.timetable.inputs import Facts

FEW, MANY = 10, 40


@pytest.fixture
def who(db: Database) -> Cast:
    return build.council(db)


@contextmanager
def statements(db: Database) -> Iterator[Counter[str]]:
    """Every statement sent while the block runs, one for each row that is sent on its own."""
    sent: Counter[str] = Counter()

    def note(_conn: Any, _cursor: Any, words: str, given: Any, _context: Any, many: bool) -> None:
        if not words.lstrip().upper().startswith(("SET", "SHOW")):
            # Of an INSERT of many rows the text names each of them.
            sent[" ".join(words.split())[:70]] += (
                len(given) if many and isinstance(given, list) else 1
            )

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def services(db: Database, count: int) -> None:
    """Make it so many services, below the department of Housing."""
    db.run(_services, count)


def _services(session: Session, count: int) -> None:
    housing = session.scalars(select(Unit).where(Unit.key == "housing")).one()
    from_on, parent = clock.today(), housing.parent_id
    known = len(session.scalars(select(Unit.id).where(Unit.level == "service")).all())
    units = [
        Unit(key=f"s{n}", name=f"S{n}", level="service", parent_id=parent, path=[], from_on=from_on)
        for n in range(known, count)
    ]
    session.add_all(units)
    session.flush()
    for unit in units:
        unit.path = [*housing.path[:-1], unit.id]


def year(db: Database, ref: str) -> int:
    """The id of a planning year."""
    asked = select(PlanningYear.id).where(PlanningYear.ref == ref)
    return int(db.read(lambda s: s.scalars(asked).one()))


def by_sue(db: Database, who: Cast, verb: Callable[..., Any], *args: Any) -> Counter[str]:
    """One verb of Sue's, and what it sent."""
    with statements(db) as sent:
        db.run(lambda s: verb(s, build.actor(s, who.sue), *args))
    return sent


def cycle(db: Database, who: Cast, start: int) -> None:
    """A cycle that begins in May of a year."""
    db.run(lambda s: cycles.create_cycle(s, build.actor(s, who.sue), build.FRAMEWORK, start))


def opened(db: Database, who: Cast, start: int, count: int) -> Counter[str]:
    """What opening Year 1 of a cycle of its own sends for so many services."""
    services(db, count)
    cycle(db, who, start)
    return by_sue(db, who, cycles.open_year, year(db, f"Y-{start}-1"))


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often the dates of each year were worked out, by the year in which it begins."""
    count: Counter[int] = Counter()
    solve = Facts.solve

    def counted(facts: Facts, *args: Any, **kwargs: Any) -> Any:
        count[facts.year] += 1
        return solve(facts, *args, **kwargs)

    monkeypatch.setattr(Facts, "solve", counted)
    return count


def test_a_year_is_opened_with_as_many_statements_and_dated_once(
    db: Database, who: Cast, solved: Counter[int]
) -> None:
    few, many = opened(db, who, 2031, FEW), opened(db, who, 2035, MANY)
    assert many == few, (few - many, many - few)
    # Once when the cycle was created, once when it was opened.
    assert (solved[2031], solved[2035]) == (2, 2)
    ids = plans(db, "Y-2035-1")
    begun = db.read(
        lambda s: Counter(s.scalars(select(Event.subject_id).where(Event.action == "create_plan")))
    )
    assert {begun[each] for each in ids} == {1}
    assert len(ids) > 2 * MANY
    assert db.read(verify.check).broken == ()


def plans(db: Database, ref: str) -> list[int]:
    """The plans of a planning year."""
    asked = select(Plan.id).where(Plan.planning_year_id == year(db, ref)).order_by(Plan.id)
    return list(db.read(lambda s: s.scalars(asked)))


def test_plans_are_carried_over_with_as_many_statements_and_dated_once(
    db: Database, who: Cast, solved: Counter[int]
) -> None:
    opened(db, who, 2031, 2 * FEW + MANY)
    year_id, ids = year(db, "Y-2031-1"), plans(db, "Y-2031-1")
    late = "The election was late."

    def carry(chosen: list[int]) -> Counter[str]:
        return by_sue(db, who, carrying_over.carry_over_plans, year_id, chosen, late)

    solved.clear()
    few, many = carry(ids[:FEW]), carry(ids[FEW:])
    assert many == few, (few - many, many - few)
    assert solved == {2032: 2}
    assert plans(db, "Y-2031-1") == []
    assert set(plans(db, "Y-2031-2")) == set(ids)
    dated = select(Step.planning_year_id).where(Step.plan_id.in_(ids))
    assert set(db.read(lambda s: s.scalars(dated).all())) == {year(db, "Y-2031-2")}
    assert db.read(verify.check).broken == ()


def ended(db: Database, keys: list[str]) -> None:
    """These services were merged into Housing today, by a file of the council's."""
    merge = text(
        "UPDATE unit SET until_on = :today, merged_into_id = "
        "(SELECT id FROM unit WHERE key = 'housing') WHERE key = ANY(:keys)"
    )
    db.run(lambda s: s.execute(merge, {"today": clock.today(), "keys": keys}))


def test_a_year_follows_the_structure_with_as_many_statements(db: Database, who: Cast) -> None:
    opened(db, who, 2031, FEW + MANY)
    year_id = year(db, "Y-2031-1")
    keys = [f"s{n}" for n in range(2, FEW + MANY)]

    def follow(gone: list[str], services_in_all: int) -> Counter[str]:
        ended(db, gone)
        services(db, services_in_all)
        return by_sue(db, who, cycles.follow_structure, year_id, "The services were merged.")

    few = follow(keys[:FEW], FEW + MANY + FEW)
    many = follow(keys[FEW : FEW + 30], FEW + MANY + FEW + MANY)
    assert many == few, (few - many, many - few)
    assert db.read(verify.check).broken == ()


def test_a_division_is_merged_with_as_many_statements(db: Database, who: Cast) -> None:
    """However many services stand below it, and however many tasks wait in its queues."""
    db.run(_division, "few", FEW)
    db.run(_division, "many", MANY)
    cycle(db, who, 2031)
    by_sue(db, who, cycles.open_year, year(db, "Y-2031-1"))
    for name, count in (("few", FEW), ("many", MANY)):
        for n in range(count):
            build.act(db, f"SPR-2032-{name}-{n}".upper(), "start", None)

    few, many = (merged(db, who, name, "homes") for name in ("few", "many"))
    assert many == few, (few - many, many - few)
    moved = select(Task.id).join(Queue, Queue.id == Task.queue_id)
    moved = moved.join(Unit, Unit.id == Queue.unit_id).where(Unit.key == "homes")
    ids = db.read(lambda s: s.scalars(moved).all())
    assert len(ids) >= FEW + MANY
    assert db.read(verify.check).broken == ()


def _division(session: Session, name: str, count: int) -> None:
    """A division with a group manager's post of its own, for so many services without one."""
    place = session.scalars(select(Unit).where(Unit.key == "place")).one()
    division = _unit(session, place, name, "division")
    session.add(Queue(role="group_manager", unit_id=division.id))
    for n in range(count):
        _unit(session, division, f"{name}-{n}", "service")


def _unit(session: Session, parent: Unit, key: str, level: str) -> Unit:
    unit = Unit(key=key, name=key, level=level, parent_id=parent.id, path=[], from_on=clock.today())
    session.add(unit)
    session.flush()
    unit.path = [*parent.path, unit.id]
    session.flush()
    return unit


def merged(
    db: Database, who: Cast, key: str, into: str, open_plans: str = reorganisation.WITHDRAW
) -> Counter[str]:
    """What it sends to merge a unit into another today."""
    ids = db.read(lambda s: {unit.key: unit.id for unit in s.scalars(select(Unit))})
    with statements(db) as sent:
        db.run(
            lambda s: reorganisation.merge_units(
                s,
                build.actor(s, who.adam),
                ids[key],
                ids[into],
                clock.today(),
                "One of them will do.",
                open_plans=open_plans,
            )
        )
    return sent


@pytest.mark.parametrize("open_plans", [reorganisation.WITHDRAW, reorganisation.CARRY])
def test_a_service_is_merged_with_as_many_statements(
    db: Database, who: Cast, open_plans: str
) -> None:
    """However many of its plans are open."""
    opened(db, who, 2031, 4)
    few = merged(db, who, "s2", "housing", open_plans)
    for number in (2, 3, 4):
        year_id = year(db, f"Y-2031-{number}")
        by_sue(db, who, cycles.open_year, year_id)
        by_sue(db, who, cycles.decide, year_id, "as_is", "Priorities hold.", "The leader")
    many = merged(db, who, "s3", "housing", open_plans)
    assert many == few, (few - many, many - few)
    own = select(Plan.state).join(Unit, Unit.id == Plan.unit_id).where(Unit.key == "s3")
    states = db.read(lambda s: list(s.scalars(own)))
    assert states == ["withdrawn"] * (8 if open_plans == reorganisation.WITHDRAW else 0)
    assert db.read(verify.check).broken == ()
