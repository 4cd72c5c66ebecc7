"""One planning year played through with the council's own structure and made-up people.

The rules that live here: it is the same play as ``simulate``, in scratch servers, from the days
before the year begins until the year is closed; a council that joins the cycle there brings along
what is then in force. What it showed is ``rehearsal_found``.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import framework_loader
from cycle import clock, people
from cycle.models import Council, DayRuleChange
from workflows.core import audit, engine
from workflows.core.audit import Act
from workflows.cycles import joining
from workflows.rehearsal import findings as rehearsal_found
from workflows.rehearsal.council_copy import Given
from workflows.rehearsal.findings import Found
from workflows.simulation import run as simulate
from workflows.simulation.database import opened
from workflows.simulation.plans_in_force import import_all
from workflows.simulation.run import MORNING, Progress
from workflows.simulation.world import World

SEED = 1
BEGINS = (4, 28)
IN_FORCE_BY = (4, 15)  # of the next calendar year; then most years are closed
_WHY = "As if it had been planned before; this is a rehearsal."

_OPEN = text("""
SELECT count(*) FROM planning_year JOIN subject ON subject.id = planning_year.id
WHERE planning_year.writes_from = :year AND subject.phase <> 'ended'
""")


def first_day(writes_from: int) -> date:
    """The day on which the rehearsal of a year begins."""
    return date(writes_from, *BEGINS)


def rehearse(given: Given, progress: Progress) -> Found:
    """Play the year; ``progress`` is told (days done, days in all) and may end it by raising.

    Raises Refused with a sentence when somebody could not go on (Stuck), or when the council cannot
    be played as it stands (Problems).
    """
    first_on = first_day(given.writes_from)
    total = (date(given.writes_from + 1, *IN_FORCE_BY) - first_on).days
    with opened() as (db, settings):
        framework = framework_loader.parse(dict(given.framework))
        world = simulate.world_of(db, settings, framework, SEED)
        world.in_turn = True
        _begin(world, given, first_on)
        days = simulate.play(
            world,
            first_on,
            date(given.writes_from + 1, 12, 31),
            lambda done, _: progress(min(done, total), total),
            lambda: not db.read(lambda s: s.scalar(_OPEN, {"year": given.writes_from})),
        )
        with clock.set_to(clock.at_local(first_on)):
            found = db.read(rehearsal_found.find, world, given.writes_from, first_on, days)
    return replace(found, left_out=given.left_out)


def _begin(world: World, given: Given, first_on: date) -> None:
    """The council, its cycle, and what is in force where the cycle is joined after Year 1."""
    start = given.writes_from - given.number + 1
    ours = f"Y-{start}-{given.number}"
    world.branch = lambda _year: given.branch
    world.left_alone = lambda task: task.ref.startswith(f"Y-{start}-") and task.ref != ours
    cycle_id = simulate.found(world, given.council, given.framework, start, first_on, given.choice)
    with clock.set_to(clock.at_local(first_on - timedelta(days=2), *MORNING)):
        world.db.run(_change_rules, given.rules)
        if given.number > 1:
            who = simulate.support(world)
            world.act(who, joining.join_midway, cycle_id, given.number, _WHY)
            world.act(who, import_all, world, given.writes_from, start)


def _change_rules(session: Session, changes: Iterable[Any]) -> None:
    """The rules of days as the council has changed them."""
    system = people.system(session)
    council = session.scalars(select(Council)).one()
    for each in changes:
        what = Act("change_day_rule", each["reason"], details={"rule": each["rule"]})
        audit.seal(session, what, DayRuleChange, **each, person_id=system.person_id)
        engine.record(session, council, system, what, people.SYSTEM)
