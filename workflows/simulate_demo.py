"""The demo: Borsetshire from joining its cycle in spring 2026 until mid-November, with its trouble.

The rules that live here: which plans are held back so that every kind of desk has something on it,
and how each kind of trouble in ``trouble.toml`` is acted out, by the verbs that people use.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import framework_loader
from config.council import COUNCILS
from config.council_loading import load_council
from config.settings import Settings
from config.trouble import Trouble, load_trouble
from cycle import clock, people
from cycle.db import Database
from cycle.models import AgendaItem, Body, ItemPlan, Meeting, Person, Plan, Post, Unit
from cycle.people import Actor
from workflows import (
    checkpoints,
    council_load,
    cycles,
    holdings,
    joining,
    meetings,
    plans,
    reports,
    units,
)
from workflows.attempt import Evidence, Remarked
from workflows.simulate import Kept, make_world, play
from workflows.simulate_import import take_in_all
from workflows.simulate_world import Habit, Task, World

FRAMEWORK = "nottinghamshire-smf"
SEED = 2026
JOINED_ON, LAST_DAY = date(2026, 4, 27), date(2026, 11, 16)
FIRST_CYCLE, NEXT_CYCLE, YEAR = 2023, 2027, 4
NEXT_CYCLE_ON = date(2026, 10, 12)
MAIL_KEPT_FROM = date(2026, 11, 9)
# The Delivery Plan goes to members in autumn: after March there is no meeting before the election.
DELIVERY_PLAN_ON = date(2026, 9, 7)
NEVER = date.max

# From which day on somebody takes up a task; until then it waits on its desk.
HELD: Mapping[tuple[str, str], date] = {
    ("SVP-2027-HOUSING", "draft_proposals"): NEVER,
    ("SVP-2027-HOUSING", "contribute"): NEVER,
    ("SVP-2027-LIVING-WELL", "draft_proposals"): NEVER,
    ("SVP-2027-PLANNING", "draft_proposals"): date(2026, 11, 12),
    ("SVP-2027-PLANNING", "review_proposals"): NEVER,
    ("SVP-2027-EDUCATION", "draft_proposals"): date(2026, 11, 11),
    ("SVP-2027-HIGHWAYS", "draft_proposals"): date(2026, 11, 4),
    ("SVP-2027-HIGHWAYS", "change_proposals"): NEVER,
    ("SVP-2027-WASTE", "draft_proposals"): date(2026, 10, 30),
    ("SVP-2027-WASTE", "review_proposals"): NEVER,
    ("SVP-2027-WASTE", "change_proposals"): NEVER,
    ("DP-2027-POLICY", "comment_finance"): NEVER,
    ("DP-2027-POLICY", "comment_constitutional"): NEVER,
    ("BUD-2027", "draft"): NEVER,
}
RETURNED_BY_GROUP = "SVP-2027-HIGHWAYS"


def build(db: Database, settings: Settings, key: str) -> None:
    """Fill an empty database with the demo council; the clock stands at mid-November after it."""
    folder = COUNCILS / key
    world = make_world(db, settings, FRAMEWORK, SEED, keeps_mail=False)
    world.left_alone = _is_held
    world.as_planned = False
    world.habits = {**world.habits, **_own_habits(world)}
    _join(world, folder)
    troubles = load_trouble(folder)
    channels = (world.channel, Kept(settings))

    def happens(day: date) -> None:
        world.channel = channels[day >= MAIL_KEPT_FROM]
        for each in _EVENTS.get(day, ()):
            each(world)
        for trouble in troubles:
            for on, do in _days_of(trouble):
                if on == day:
                    world.db.run(do, trouble)

    play(world, JOINED_ON + timedelta(days=1), LAST_DAY, events=happens)
    with clock.set_to(clock.at_local(LAST_DAY, 18)):
        sealed = db.run(checkpoints.make)
        checkpoints.write_outside(sealed, settings.data_dir / "checkpoints")


def _is_held(task: Task) -> bool:
    return clock.today() < HELD.get((task.ref, task.kind), date.min)


def _own_habits(world: World) -> dict[str, Habit]:
    """What differs from the usual: the early Delivery Plan and what the group said of one plan."""
    draft, group = world.habits["draft"], world.habits["record_group"]

    def when(world: World, task: Task) -> date | None:
        if task.plan_type == "delivery_plan":
            return DELIVERY_PLAN_ON
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


# Joining ------------------------------------------------------------------------------------------


def _join(world: World, folder: Path) -> None:
    data = framework_loader.read_folder(framework_loader.FRAMEWORKS / FRAMEWORK)
    with clock.set_to(clock.at_local(JOINED_ON)):
        world.db.run(council_load.load, None, load_council(folder), data)
        for trouble in load_trouble(folder):
            if trouble.kind == "services_merged":
                world.db.run(_add_former, trouble)
        support = world.db.read(_person, "suzanne-kelleher")
        cycle = world.act(support, cycles.create_cycle, FRAMEWORK, FIRST_CYCLE)
        why = "These years were planned before Plancycle was introduced."
        world.act(support, joining.join_midway, cycle.id, YEAR, why)
        world.act(support, take_in_all, world, FIRST_CYCLE + YEAR - 1, FIRST_CYCLE)


def _add_former(session: Session, trouble: Trouble) -> None:
    units.add_unit(
        session,
        _as(session, trouble.text("recorded_by")),
        trouble.text("former_key"),
        trouble.text("former_name"),
        "service",
        _unit(session, trouble.text("former_parent")),
        trouble.day("former_from"),
    )


# Trouble ------------------------------------------------------------------------------------------


def _cover(session: Session, trouble: Trouble) -> None:
    post = session.scalars(select(Post).where(Post.key == trouble.text("post"))).one()
    holdings.set_cover(
        session,
        _as(session, trouble.text("recorded_by")),
        post.id,
        _person(session, trouble.text("covered_by")),
        trouble.day("from"),
        trouble.day("until"),
        trouble.text("reason"),
    )


def _merge(session: Session, trouble: Trouble) -> None:
    units.merge_units(
        session,
        _as(session, trouble.text("recorded_by")),
        _unit(session, trouble.text("former_key")),
        _unit(session, trouble.text("into")),
        trouble.happens_on,
        trouble.text("reason"),
    )


def _cancel(session: Session, trouble: Trouble) -> None:
    found = _meeting(session, trouble.text("body"), trouble.day("meeting"))
    clerk = _as(session, trouble.text("recorded_by"))
    meetings.cancel_meeting(session, clerk, found, trouble.text("reason"))


def _return(session: Session, trouble: Trouble) -> None:
    plan = session.scalars(
        select(Plan).where(
            Plan.plan_type == trouble.text("plan_type"),
            Plan.unit_id == _unit(session, trouble.text("unit")),
            Plan.year_of_effect == LAST_DAY.year + 1,
        )
    ).one()
    said = trouble.values["comments"]
    comments = said if isinstance(said, list) else [said]
    remarks = tuple(
        Remarked(section, str(words))
        for section, words in zip(("proposals", "pressures"), comments, strict=False)
    )
    director = _as(session, trouble.text("returned_by"))
    why = Evidence(trouble.text("reason"), remarks)
    plans.act(session, director, plan.id, "return_for_changes", why)


def _comment(session: Session, trouble: Trouble) -> None:
    item = _report(session, trouble)
    officer = _as(session, trouble.text("commented_by"))
    reports.comment(session, officer, item, trouble.text("comment"), trouble.text("wording"))
    law = _as(session, "mei-ling-foster")
    words = "The recommendation falls within the terms of reference of the committee."
    reports.comment(session, law, item, "constitutional", words, covered=["recommendations"])


def _change(session: Session, trouble: Trouble) -> None:
    support = _as(session, "isaac-boateng")
    words = {"background": trouble.text("changed_text")}
    reports.write_report(session, support, _report(session, trouble), words)


def _nothing(_session: Session, _trouble: Trouble) -> None:
    """A deadline in a closure needs nobody to do anything: the dates themselves show it."""


_ACTED: Mapping[str, Callable[[Session, Trouble], None]] = {
    "deadline_in_closure": _nothing,
    "meeting_cancelled": _cancel,
    "cover": _cover,
    "comment_out_of_date": _change,
    "plan_returned": _return,
    "services_merged": _merge,
}


def _days_of(trouble: Trouble) -> list[tuple[date, Callable[[Session, Trouble], None]]]:
    found = [(trouble.happens_on, _ACTED[trouble.kind])]
    if trouble.kind == "comment_out_of_date":
        found.append((trouble.day("commented_on"), _comment))
    return found


def _next_cycle(world: World) -> None:
    """The next cycle stands in the plan before the election."""
    head = world.db.read(_person, "sian-llewellyn")
    world.act(head, cycles.create_cycle, FRAMEWORK, NEXT_CYCLE)


def _housing_asks(world: World) -> None:
    """Jerome Baptiste has written most of it and waits for two sections."""
    world.act(world.db.read(_person, "jerome-baptiste"), _half_written, world)


def _half_written(session: Session, actor: Actor, world: World) -> None:
    plan = session.scalars(select(Plan).where(Plan.ref == "SVP-2027-HOUSING")).one()
    unit = session.get_one(Unit, plan.unit_id)
    words = world.words.text(plan.ref, "purpose", unit.name)
    plans.write_section(session, actor, plan.id, "purpose", words, None)
    due_on = date(2026, 11, 20)
    for section, queue, note in (
        (
            "evaluation",
            _queue(session, "manager-housing-options"),
            "Please write how Options went last year, with the figures of the second half.",
        ),
        (
            "proposals",
            _queue(session, "finance-partner"),
            "Please check the amounts of the two bids against the draft budget.",
        ),
    ):
        plans.ask(session, actor, plan.id, section, queue, note, due_on)


def _budget_begun(world: World) -> None:
    """The finance partner has begun to write the budget."""
    world.act(world.db.read(_person, "bethan-prosser"), _begin_budget, world)


def _begin_budget(session: Session, actor: Actor, world: World) -> None:
    plan = session.scalars(select(Plan).where(Plan.ref == "BUD-2027")).one()
    words = world.words.text(plan.ref, "assumptions", "the council")
    plans.write_section(session, actor, plan.id, "assumptions", words, None)


_EVENTS: Mapping[date, tuple[Callable[[World], None], ...]] = {
    NEXT_CYCLE_ON: (_next_cycle,),
    date(2026, 11, 10): (_housing_asks, _budget_begun),
}


# Look-ups -----------------------------------------------------------------------------------------


def _as(session: Session, key: str) -> Actor:
    return people.actor(session, _person(session, key), lock=True)


def _person(session: Session, key: str) -> int:
    return session.scalars(select(Person.id).where(Person.key == key)).one()


def _unit(session: Session, key: str) -> int:
    return session.scalars(select(Unit.id).where(Unit.key == key)).one()


def _queue(session: Session, post: str) -> int:
    return session.scalars(select(Post.queue_id).where(Post.key == post)).one()


def _meeting(session: Session, body: str, on: date) -> int:
    return session.scalars(
        select(Meeting.id)
        .join(Body, Body.id == Meeting.body_id)
        .where(Body.key == body, Meeting.on_date == on)
    ).one()


def _report(session: Session, trouble: Trouble) -> int:
    return session.scalars(
        select(AgendaItem.id)
        .join(Body, Body.id == AgendaItem.body_id)
        .where(
            Body.key == trouble.text("body"),
            AgendaItem.id.in_(
                select(ItemPlan.item_id)
                .join(Plan, Plan.id == ItemPlan.plan_id)
                .where(Plan.plan_type == trouble.text("plan_type"))
            ),
        )
    ).one()
