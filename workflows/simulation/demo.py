"""The demo: its council from joining its cycle in spring 2026 to 12 November, with incidents.

The rule that lives here: which plans are held back, so that every kind of queue has something.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config import framework_loader
from config.council import COUNCILS
from config.council_loading import load_council
from config.incidents import Incident, load_incidents
from config.settings import Settings
from cycle import clock
from cycle.db import Database
from cycle.models import Council, Person, Plan, Unit
from cycle.people import Actor
from cycle.seen import NO_PAGE
from workflows.core.attempt import Evidence, Remarked
from workflows.council import loading, reorganisation
from workflows.cycles import cycles, joining
from workflows.plans import plans
from workflows.record import checkpoints
from workflows.simulation.incidents import acting, days_of, person_of, queue_of, unit_of
from workflows.simulation.plans_in_force import import_all
from workflows.simulation.run import Kept, make_world, play
from workflows.simulation.world import Habit, Task, World
from workflows.simulation.written import About, Written

FRAMEWORK = framework_loader.USUAL
SEED = 2026
JOINED_ON, LAST_DAY = date(2026, 4, 27), date(2026, 11, 12)
FIRST_CYCLE, NEXT_CYCLE, YEAR = 2023, 2027, 4
NEXT_CYCLE_ON = date(2026, 10, 12)
MAIL_KEPT_FROM = date(2026, 11, 5)
# Members see the financial strategy before the settlement, long before its last day.
FINANCIAL_STRATEGY, FINANCIAL_STRATEGY_ON = "mtfs", date(2026, 10, 26)
NEVER = date.max

# From which day on somebody takes up a task; until then it waits in its queue.
HELD: Mapping[tuple[str, str], date] = {
    ("SVP-2027-HOUSING", "draft_proposals"): NEVER,
    ("SVP-2027-HOUSING", "contribute"): NEVER,
    ("SVP-2027-LIVING-WELL", "draft_proposals"): NEVER,
    ("SVP-2027-PLANNING", "draft_proposals"): date(2026, 11, 10),
    ("SVP-2027-PLANNING", "review_proposals"): NEVER,
    ("SVP-2027-EDUCATION", "draft_proposals"): date(2026, 11, 9),
    ("SVP-2027-EDUCATION", "record_group"): NEVER,
    ("SVP-2027-HIGHWAYS", "draft_proposals"): date(2026, 11, 4),
    ("SVP-2027-HIGHWAYS", "change_proposals"): NEVER,
    ("SVP-2027-WASTE", "draft_proposals"): date(2026, 10, 30),
    ("SVP-2027-WASTE", "review_proposals"): NEVER,
    ("SVP-2027-WASTE", "change_proposals"): NEVER,
    ("MTFS-2027-POLICY", "comment_finance"): NEVER,
    ("MTFS-2027-POLICY", "comment_constitutional"): NEVER,
    # Policy Committee met on the day before the last one; its clerk has still to record it.
    ("STP-2027-POLICY", "record_resolution"): NEVER,
    ("BUD-2027", "draft"): NEVER,
    ("DC-2026-2", "approve_dates"): NEVER,
}
RETURNED_BY_GROUP = "SVP-2027-HIGHWAYS"


def build(db: Database, settings: Settings, key: str) -> None:
    """Fill an empty database with the demo council; which then stands at 12 November 2026."""
    folder = COUNCILS / key
    world = make_world(db, settings, FRAMEWORK, SEED, keeps_mail=False)
    world.left_alone = _is_held
    world.as_planned = False
    world.habits = {**world.habits, **_own_habits(world)}
    world.branch = lambda _year: "refresh"
    world.words = replace(world.words, written=_written(folder))
    _join(world, folder)
    incidents = load_incidents(folder)
    channels = (world.channel, Kept(settings))

    def happens(day: date) -> None:
        world.channel = channels[day >= MAIL_KEPT_FROM]
        for each in _EVENTS.get(day, ()):
            each(world)
        for incident in incidents:
            for on, do in days_of(incident):
                if on == day:
                    world.db.run(do, incident)

    play(world, JOINED_ON + timedelta(days=1), LAST_DAY, events=happens)
    with clock.set_to(clock.at_local(LAST_DAY, 18)):
        sealed = db.run(checkpoints.make)
        checkpoints.write_outside(sealed, settings.data_dir / "checkpoints")


def council_there(session: Session) -> str | None:
    """The title of the council that the database holds; None for an empty one."""
    return session.scalar(select(Council.title))


def set_passwords(session: Session, hashes: Mapping[str, str]) -> None:
    """Give everybody who has no password yet theirs: hash by the person's key."""
    for person, kept in hashes.items():
        session.execute(
            update(Person)
            .where(Person.key == person, Person.password_hash.is_(None))
            .values(password_hash=kept)
        )


def _is_held(task: Task) -> bool:
    return clock.today() < HELD.get((task.ref, task.kind), date.min)


def _own_habits(world: World) -> dict[str, Habit]:
    """What differs from the usual: the early Delivery Plan and what the group said of one plan."""
    draft, group = world.habits["draft"], world.habits["record_group"]

    def when(world: World, task: Task) -> date | None:
        if task.plan_type == FINANCIAL_STRATEGY:
            return FINANCIAL_STRATEGY_ON
        # Whoever comes late hands in as soon as nobody is waited for.
        held = HELD.get((task.ref, task.kind))
        if held is None or world.waits_for(task, "contribute"):
            return draft.when(world, task)
        return held

    def record(session: Session, actor: Actor, world: World, task: Task) -> None:
        if task.ref == RETURNED_BY_GROUP:
            why = Evidence(
                reason="The group asks for a second look at the cost of winter maintenance.",
                remarks=(Remarked("pressures", "Which price for salt was assumed?"),),
            )
            plans.act(session, actor, task.subject_id, "record_returned", why)
            return
        group.do(session, actor, world, task)

    return {
        "draft": Habit(when, draft.do),
        "draft_proposals": Habit(when, world.habits["draft_proposals"].do),
        "record_group": Habit(group.when, record),
    }


def _written(folder: Path) -> Written:
    former = {
        incident.text("former_name"): incident.text("former_key")
        for incident in load_incidents(folder)
        if incident.kind == "services_merged"
    }
    return Written.of(folder, load_council(folder), former)


# Joining ------------------------------------------------------------------------------------------


def _join(world: World, folder: Path) -> None:
    data = framework_loader.read_folder(framework_loader.FRAMEWORKS / FRAMEWORK)
    with clock.set_to(clock.at_local(JOINED_ON)):
        world.db.run(loading.load, None, load_council(folder), data)
        for incident in load_incidents(folder):
            if incident.kind == "services_merged":
                world.db.run(_add_former, incident)
        support = world.db.read(person_of, "suzanne-kelleher")
        cycle = world.act(support, cycles.create_cycle, FRAMEWORK, FIRST_CYCLE)
        why = "These years were planned before Plancycle was introduced."
        world.act(support, joining.join_midway, cycle.id, YEAR, why)
        world.act(support, import_all, world, FIRST_CYCLE + YEAR - 1, FIRST_CYCLE)


def _add_former(session: Session, incident: Incident) -> None:
    reorganisation.add_unit(
        session,
        acting(session, incident.text("recorded_by")),
        incident.text("former_key"),
        incident.text("former_name"),
        "service",
        unit_of(session, incident.text("former_parent")),
        incident.day("former_from"),
    )


# Other events ------------------------------------------------------------------------------------


def _next_cycle(world: World) -> None:
    """The next cycle stands in the plan before the election."""
    head = world.db.read(person_of, "sian-llewellyn")
    world.act(head, cycles.create_cycle, FRAMEWORK, NEXT_CYCLE)


def _housing_asks(world: World) -> None:
    """Jerome Baptiste has written most of it and waits for two sections."""
    world.act(world.db.read(person_of, "jerome-baptiste"), _half_written, world)


def _half_written(session: Session, actor: Actor, world: World) -> None:
    plan = session.scalars(select(Plan).where(Plan.ref == "SVP-2027-HOUSING")).one()
    unit = session.get_one(Unit, plan.unit_id)
    about = About(plan.ref, plan.plan_type, plan.year_of_effect, unit.name)
    words = world.words.section(about, "purpose", [unit.name])
    plans.write_section(session, actor, plan.id, "purpose", words, NO_PAGE)
    due_on = date(2026, 11, 20)
    for section, queue, note in (
        (
            "evaluation",
            queue_of(session, "manager-housing-options"),
            "Please write how Options went last year, with the figures of the second half.",
        ),
        (
            "proposals",
            queue_of(session, "finance-partner"),
            "Please put in our two bids, with the amounts that you have for the draft budget.",
        ),
    ):
        plans.ask(session, actor, plan.id, section, queue, note, due_on)


def _budget_begun(world: World) -> None:
    """The finance partner has begun to write the budget."""
    world.act(world.db.read(person_of, "bethan-prosser"), _begin_budget, world)


def _begin_budget(session: Session, actor: Actor, world: World) -> None:
    plan = session.scalars(select(Plan).where(Plan.ref == "BUD-2027")).one()
    about = About(plan.ref, plan.plan_type, plan.year_of_effect, "")
    words = world.words.section(about, "assumptions", [])
    plans.write_section(session, actor, plan.id, "assumptions", words, NO_PAGE)


_EVENTS: Mapping[date, tuple[Callable[[World], None], ...]] = {
    NEXT_CYCLE_ON: (_next_cycle,),
    date(2026, 11, 10): (_housing_asks, _budget_begun),
}
