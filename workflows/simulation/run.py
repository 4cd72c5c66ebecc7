"""``simulate``: a whole cycle through the real verbs, with made-up people and a clock of its own.

The rules that live here: nothing is set up behind the verbs' backs; every working day begins with
the same sweep that runs in production, then everybody does what is theirs that day, in the morning
and, where papers are urgent, again in the afternoon; it ends with every invariant checked.
"""

import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from config import framework_loader
from config.council import Council
from config.dates import long_date
from config.framework import Framework
from config.lifecycles.phases import DONE
from config.settings import Settings
from cycle import clock
from cycle.db import Database
from cycle.errors import BadInput
from notifications import dispatch
from workflows import sweep
from workflows.council import loading
from workflows.cycles import cycles
from workflows.record import checkpoints
from workflows.record.verify import verify
from workflows.simulation import meetings, plans, timetables
from workflows.simulation.database import opened
from workflows.simulation.invented_council import simulated
from workflows.simulation.report import document, expected_approved, figures
from workflows.simulation.text import Words
from workflows.simulation.world import Counted, Habit, Stuck, Task, World

Progress = Callable[[int, int], None]
MORNING, AFTERNOON, EVENING = (8, 0), (14, 0), (17, 30)
FIRST_DAY = (5, 4)
HABITS = plans.HABITS | meetings.HABITS | timetables.HABITS
FAMILIES = plans.FAMILIES | meetings.FAMILIES
# In the afternoon papers go on, since a report often has a week from one body to the next.
PAPERS = ("write_report", "comment_", "list_item", "freeze", "publish")

_CLOSABLE = text("""
SELECT planning_year.id FROM planning_year JOIN subject ON subject.id = planning_year.id
WHERE subject.phase = 'in_force' AND planning_year.writes_from < :writes_before
  AND NOT EXISTS (
    SELECT 1 FROM plan JOIN subject AS s ON s.id = plan.id
    WHERE plan.planning_year_id = planning_year.id AND s.phase <> ALL(:done))
ORDER BY planning_year.id
""")
_LEFT = text("""
SELECT count(*) FROM planning_year JOIN subject ON subject.id = planning_year.id
WHERE planning_year.number <= :years AND subject.phase <> 'ended'
""")
_SUPPORT = text("""
SELECT appointment.person_id FROM appointment JOIN post ON post.id = appointment.post_id
JOIN queue ON queue.id = post.queue_id
JOIN council_setting AS granted ON granted.key = 'permissions'
WHERE granted.value -> queue.role ? 'take_vacancies' AND appointment.during @> CAST(:today AS date)
ORDER BY appointment.id DESC LIMIT 1
""")


def simulate(
    framework: str,
    start: int,
    *,
    years: int = 4,
    units: int = 40,
    seed: int = 1,
    until: date | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run ``years`` planning years of a council with ``units`` services; gives the report of
    contracts.md.

    ``until`` (a local date) stops early. ``keep`` makes it a data folder, which must be empty of
    a council; without it everything is in scratch servers. ``progress`` is told (days done, days
    in all). Raises BadInput for what is not there, Stuck when somebody could not go on.
    """
    if framework not in framework_loader.available():
        known = ", ".join(framework_loader.available())
        raise BadInput(f"There is no framework “{framework}”. There is: {known}.")
    first, last = date(start, *FIRST_DAY), date(start + years, 12, 31)
    if until is not None and until < first:
        raise BadInput(f"The simulation begins on {first}; stop it on a later day.")
    began = time.monotonic()
    with opened(keep) as (db, settings):
        world = make_world(db, settings, framework, seed, keep is not None)
        council = simulated(world.framework, units, start, years)
        world.branch = lambda year: branch_of(world.words, start, year)
        world.left_alone = _beyond(start, years)
        data = framework_loader.read_folder(framework_loader.FRAMEWORKS / framework)
        found(world, council, data, start, first)
        stop = until or last
        days = play(world, first, stop, progress, lambda: until is None and _closed(world, years))
        with clock.set_to(clock.at_local(first + timedelta(days=days), *EVENING)):
            return _report(world, start, years, units, until, days, time.monotonic() - began)


def branch_of(words: Words, start: int, writes_from: int) -> str:
    """What the leadership decides in Years 2 to 4; each cycle has at least one refresh."""
    if writes_from == start:
        return "new"
    order = ["as_is", "refresh", "new"]
    words.dice("branches", start).shuffle(order)
    return order[(writes_from - start - 1) % len(order)]


def make_world(
    db: Database, settings: Settings, framework: str, seed: int, keeps_mail: bool
) -> World:
    """A world in which everybody has the usual habits."""
    return world_of(db, settings, framework_loader.load(framework), seed, keeps_mail=keeps_mail)


def world_of(
    db: Database, settings: Settings, loaded: Framework, seed: int, *, keeps_mail: bool = False
) -> World:
    """The same for a framework that is loaded already."""
    return World(
        db=db,
        settings=settings,
        framework=loaded,
        words=Words(seed),
        habits=habits_of(loaded),
        channel=Kept(settings) if keeps_mail else Counted(),
    )


def habits_of(framework: Framework) -> dict[str, Habit]:
    """How each kind of task of the framework is done: its own habit, or that of its family."""
    kinds = {
        task.kind
        for lifecycle in framework.lifecycles.values()
        for state in lifecycle.states.values()
        for task in state.tasks
    }
    found = dict(HABITS)
    for kind in kinds - found.keys():
        family = next((name for name in FAMILIES if kind.startswith(name)), None)
        if family is not None:
            found[kind] = FAMILIES[family]
    return found


class Kept(Counted):
    """A way out that counts what leaves and hands it on to the usual one."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._usual = dispatch.channel_for(settings)

    def send(self, mail: Any) -> None:
        """Taken by the usual way out."""
        self._usual.send(mail)
        super().send(mail)

    def close(self) -> None:
        """Closes the usual way out."""
        self._usual.close()


def play(
    world: World,
    first: date,
    last: date,
    progress: Progress | None = None,
    ended: Callable[[], bool] = lambda: False,
    events: Callable[[date], None] = lambda _day: None,
) -> int:
    """Live through the days from ``first`` to ``last``; gives how many.

    ``ended`` is asked on each day on which a year was closed, and ends it early. ``events`` is what
    else happens on a day, before people go to work.
    """
    total = (last - first).days + 1
    for number in range(total):
        day = first + timedelta(days=number)
        if world.calendar.is_working(day):
            closed = _live(world, day, events)
            if closed and ended():
                return number + 1
        if progress is not None:
            progress(number + 1, total)
    return total


def _live(world: World, day: date, events: Callable[[date], None]) -> int:
    """One working day; gives how many years were closed on it."""
    with clock.set_to(clock.at_local(day, *MORNING)):
        sweep.sweep(world.db, world.settings, world.channel)
        events(day)
        world.wake()
        done = world.go_to_work()
        closed = close_years(world)
    for hour, minute in (AFTERNOON, EVENING) if done else ():
        with clock.set_to(clock.at_local(day, hour, minute)):
            if not world.go_to_work(lambda task: task.kind.startswith(PAPERS)):
                break
    return closed


def close_years(world: World) -> int:
    """The support service closes each year whose plans run; how many."""
    today = clock.today()
    if (today.month, today.day) < (4, 1):
        writes_before = today.year - 1
    else:
        writes_before = today.year
    asked = {"writes_before": writes_before, "done": list(DONE)}
    closable = world.db.read(lambda s: s.scalars(_CLOSABLE, asked).all())
    for year_id in closable:
        world.act(support(world), cycles.close_year, year_id)
    return len(closable)


def _beyond(start: int, years: int) -> Callable[[Task], bool]:
    """Tasks of planning years that the simulation does not run."""
    refs = {f"Y-{start}-{number}" for number in range(years + 1, cycles.YEARS + 1)}
    return lambda task: task.ref in refs


def found(
    world: World,
    council: Council,
    data: Mapping[str, Any],
    start: int,
    first: date,
    choice: str = "",
) -> int:
    """The council with its framework, and the cycle, three days before ``first``; gives its id.
    ``choice`` is the variant of Year 1."""
    with clock.set_to(clock.at_local(first - timedelta(days=3), *MORNING)):
        world.db.run(loading.load, None, council, dict(data))
        key = world.framework.key
        return int(world.act(support(world), cycles.create_cycle, key, start, choice).id)


def support(world: World) -> int:
    """Somebody of the support service, by the clock's day. Raises Stuck when there is nobody."""
    today = clock.today()
    found: int | None = world.db.read(lambda s: s.scalar(_SUPPORT, {"today": today}))
    if found is None:
        raise Stuck(f"Nobody holds a post of the support service on {long_date(today)}.")
    return found


def _closed(world: World, years: int) -> bool:
    return not world.db.read(lambda s: s.scalar(_LEFT, {"years": years}))


def _report(
    world: World,
    start: int,
    years: int,
    units: int,
    until: date | None,
    days: int,
    seconds: float,
) -> dict[str, Any]:
    sealed = world.db.run(checkpoints.make)
    checkpoints.write_outside(sealed, world.settings.data_dir / "checkpoints")
    verified = world.db.read(verify.check)
    found = world.db.read(figures, world.framework, years)
    expected = expected_approved(world.framework, start, years, units, world.branch, until)
    return document(found, expected, world.channel.keys, world.refusals, verified, days, seconds)
