"""How made-up people write, review, agree and check plans.

The rules that live here: nobody retypes what came from last year or from a parent plan; about one
plan in six is returned once at each gate, with a reason and a comment.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import ItemType, SectionTemplate
from cycle import clock
from cycle.errors import Blocked
from cycle.models import Plan
from cycle.people import Actor
from cycle.seen import NO_PAGE
from workflows.core.attempt import Evidence, Given, Remarked
from workflows.plans import agreements, plans
from workflows.plans.new_entries import NewEntry, add_entries
from workflows.simulation.text import Row, parent_of
from workflows.simulation.timing import (
    before_due,
    just_before_due,
    soon,
    soon_unless_asked,
    when_they_meet,
)
from workflows.simulation.world import Habit, Task, World
from workflows.simulation.written import About

RETURNED, RETURNED_BY_GROUP, RETURNED_AT_CHECK = 0.17, 0.06, 0.06
ASKED, DECLINED = 0.12, 0.1

_SECTIONS = text("SELECT key, body FROM section WHERE plan_id = :plan")
_ROWS = text("""
SELECT section_key, type, uid, coalesce(fields ->> 'text', '') AS words,
       coalesce(fields ->> 'service', '') AS service
FROM item WHERE plan_id = :plan ORDER BY position, id
""")
_DATED = text("""
SELECT uid, type, fields, parent_uid FROM item
WHERE plan_id = :plan AND section_key = :section AND NOT inherited ORDER BY position, id
""")
_REMARKED = text("""
SELECT DISTINCT section_key FROM remark JOIN plan ON plan.id = remark.plan_id
WHERE plan.id = :plan AND remark.version_id = plan.shown_version_id
""")
_SERVICES = text("""
SELECT name FROM unit WHERE level = :level AND from_on <= :today
AND (until_on IS NULL OR until_on > :today) ORDER BY path
""")
_TEAM_QUEUE = text("""
SELECT queue.id FROM queue JOIN unit ON unit.id = queue.unit_id
WHERE unit.parent_id = :unit ORDER BY queue.id LIMIT 1
""")
_ASKED = text("""
SELECT id FROM contribution
WHERE plan_id = :plan AND section_key = :key AND queue_id = :queue AND answered_at IS NULL
""")


# What ---------------------------------------------------------------------------------------------


def write_and_submit(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Write what is missing and hand it in; now and then ask a team manager first."""
    if _asks_team(session, actor, world, task):
        return
    gate = "proposals" if "proposals" in task.kind else "final"
    write_missing(session, actor, world, task, gate)
    if task.kind.startswith("change"):
        _answer_remarks(session, actor, world, task)
    plans.act(session, actor, task.subject_id, "submit")


def _asks_team(session: Session, actor: Actor, world: World, task: Task) -> bool:
    dice = world.words.dice(task.ref, task.kind, "asks")
    if task.kind.startswith("change") or dice.random() > ASKED:
        return False
    queue = session.scalar(_TEAM_QUEUE, {"unit": task.unit_id})
    if queue is None or queue in actor.queue_ids or not world.once(task.ref, task.kind, "asked"):
        return False
    section = next(
        each
        for each in _template(world, task).sections
        if each.required and each.inherit is None and each.kind == "text" or each.key == "links"
    )
    plans.ask(
        session,
        actor,
        task.subject_id,
        section.key,
        queue,
        "Please write this from your team's side.",
        world.working(clock.today(), 3),
    )
    return True


def write_missing(session: Session, actor: Actor, world: World, task: Task, gate: str) -> None:
    """Every section that the gate asks for gets its words or rows, those in it already stay."""
    bodies = {row.key: row.body for row in session.execute(_SECTIONS, {"plan": task.subject_id})}
    rows = _rows_of(session, task)
    for section in _template(world, task).sections:
        asked = section.gate in ("", gate) or gate == "final"
        news = world.words.has_news(_about(world, task), section.key)
        chance = world.words.dice(task.ref, section.key).random() < 0.4
        likes = section.required or news or chance
        if asked and section.kind == "items" and section.inherit is None:
            _bring_dates_up_to_date(session, actor, world, task, section, rows)
        if not (asked and likes) or section.inherit is not None:
            continue
        if section.kind == "text":
            begun = bodies.get(section.key, "").strip()
            if not begun or news:
                _write(session, actor, world, task, section)
        elif not any(row.section == section.key for row in rows):
            _add_rows(session, actor, world, task, section, rows)


def _bring_dates_up_to_date(
    session: Session,
    actor: Actor,
    world: World,
    task: Task,
    section: SectionTemplate,
    rows: list[Row],
) -> None:
    """What came from last year's plan gets dates in this one, and a row of this one to contribute
    to where its own is gone."""
    asked = {"plan": task.subject_id, "section": section.key}
    for row in session.execute(_DATED, asked).all():
        kind = world.framework.item_types[row.type]
        dates = [each.key for each in kind.fields if each.kind == "date" and row.fields[each.key]]
        old = {key: date.fromisoformat(row.fields[key]) for key in dates}
        later = max((task.year_of_effect - day.year for day in old.values()), default=0)
        if later <= 0:
            continue
        parents = [each.uid for each in rows if each.kind in kind.parents]
        usual = parents[0] if parents else None
        moved = {key: day.replace(year=day.year + later).isoformat() for key, day in old.items()}
        plans.write_item(
            session,
            actor,
            task.subject_id,
            section.key,
            row.type,
            {**row.fields, **moved},
            uid=row.uid,
            parent_uid=row.parent_uid if row.parent_uid in parents else usual,
            knows_four_eyes=True,
        )


def _write(
    session: Session, actor: Actor, world: World, task: Task, section: SectionTemplate
) -> None:
    words = world.words.section(_about(world, task), section.key, _services(session, world))
    plans.write_section(
        session, actor, task.subject_id, section.key, words, NO_PAGE, knows_four_eyes=True
    )


def _add_rows(
    session: Session,
    actor: Actor,
    world: World,
    task: Task,
    section: SectionTemplate,
    rows: list[Row],
) -> None:
    services = _services(session, world)
    for key in section.item_types:
        kind = world.framework.item_types[key]
        named = _named(services, world, task, kind, section)
        there = {(row.words, row.service) for row in rows if row.section == section.key}
        written = [
            each
            for each in world.words.rows(_about(world, task), section.key, kind, services, named)
            if (each.values.get("text", ""), each.values.get("service", "")) not in there
        ]
        given = [
            NewEntry(each.values, parent_of(rows, kind, each, number))
            for number, each in enumerate(written)
        ]
        made = add_entries(
            session, actor, task.subject_id, section.key, kind.key, given, knows_four_eyes=True
        )
        rows += [
            Row.of(section.key, kind.key, uid, each)
            for uid, each in zip(made, written, strict=True)
        ]


def _about(world: World, task: Task) -> About:
    own = world.framework.plan_types[task.plan_type].per == "unit"
    return About(task.ref, task.plan_type, task.year_of_effect, task.unit if own else "")


def _rows_of(session: Session, task: Task) -> list[Row]:
    return [Row(*row) for row in session.execute(_ROWS, {"plan": task.subject_id})]


def _services(session: Session, world: World) -> Sequence[str]:
    """The services of today, whose plans the council's are made of."""
    level = next(each.level for each in world.framework.plan_types.values() if each.per == "unit")
    return session.scalars(_SERVICES, {"level": level, "today": clock.today()}).all()


def _named(
    services: Sequence[str], world: World, task: Task, kind: ItemType, section: SectionTemplate
) -> Sequence[str]:
    """For which service each row is: a plan of the council has one for every service where the
    row names a service, since their plans take theirs from it."""
    whole = world.framework.plan_types[task.plan_type].per != "unit"
    if whole and any(each.key == "service" and each.required for each in kind.fields):
        return services
    return [task.unit or "the council"] * world.words.rows_of(task.ref, section)


def _answer_remarks(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Every section with a comment gets a sentence more, or a row more."""
    sections = {each.key: each for each in _template(world, task).sections}
    for key in session.scalars(_REMARKED, {"plan": task.subject_id}).all():
        section = sections[key]
        if section.kind == "text":
            texts = session.execute(_SECTIONS, {"plan": task.subject_id})
            body = next(row.body for row in texts if row.key == key)
            plans.write_section(
                session,
                actor,
                task.subject_id,
                key,
                f"{body} {world.words.answer(task.ref, key)}",
                NO_PAGE,
                knows_four_eyes=True,
            )
        elif section.inherit is None:
            _add_rows(session, actor, world, task, section, _rows_of(session, task))


def review(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Return it once, or pass it on; a warning is overridden with a reason."""
    given = _given_by_another(actor, world, task)
    if _returns(world, task, RETURNED):
        evidence = replace(_why(world, task), given=given)
        plans.act(session, actor, task.subject_id, "return_for_changes", evidence)
        return
    transitions = world.framework.lifecycles[task.lifecycle].transitions
    known = {transition.action for transition in transitions if task.state in transition.from_}
    action = "pass_on" if "pass_on" in known else "publish"
    why = "The profile is being brought up to date; the plan does not depend on it."
    plans.act(session, actor, task.subject_id, action, Evidence(override=why, given=given))


def _given_by_another(actor: Actor, world: World, task: Task) -> Given:
    """What a reviewer records for somebody who could sign here in person, and did by e-mail."""
    signs = {
        rule.args["role"]
        for transition in world.framework.lifecycles[task.lifecycle].transitions
        if task.state in transition.from_
        for rule in transition.evidence_guards
        if rule.name == "own_or_by_mail"
    }
    if not signs or signs & actor.roles:
        return Given()
    (role,) = signs
    title = world.framework.roles[role].title
    return Given(by_mail_on=clock.today(), by=f"The {title.lower()}")


def record_group(session: Session, actor: Actor, world: World, task: Task) -> None:
    """What a body that meets in private said: of one service's plan now and then that it should be
    changed."""
    kind = world.framework.plan_types[task.plan_type]
    if kind.per == "unit" and _returns(world, task, RETURNED_BY_GROUP):
        plans.act(session, actor, task.subject_id, "record_returned", _why(world, task))
        return
    plan = session.get_one(Plan, task.subject_id)
    (transition,) = [
        each
        for each in world.framework.lifecycles[task.lifecycle].transitions
        if each.action == "record_agreed" and task.state in each.from_
    ]
    (rule,) = [each for each in transition.evidence_guards if each.name == "agreed_by_group"]
    held = agreements.meetings(session, plan, rule.args["body"])
    why = "The group did not meet in time, and each of its members answered."
    evidence = Evidence(reason=why, given=Given(by_mail_on=clock.today()))
    if held:
        evidence = Evidence(given=Given(held[0].id))
    plans.act(session, actor, task.subject_id, "record_agreed", evidence)


def check(session: Session, actor: Actor, world: World, task: Task) -> None:
    """The standards check, every question ticked; seldom back to the author."""
    kind = world.framework.plan_types[task.plan_type]
    route = world.framework.route(kind.key)
    if len(route) < 2 and kind.per == "unit" and _returns(world, task, RETURNED_AT_CHECK):
        plans.act(session, actor, task.subject_id, "return_to_author", _why(world, task))
        return
    template = _template(world, task)
    action = "pass_check"
    if kind.route_setting and _setting(session, world, kind.route_setting):
        action = "pass_check_to_members"
    plans.act(session, actor, task.subject_id, action, Evidence(checklist=template.checklist))


def _setting(session: Session, world: World, key: str) -> bool:
    chosen = session.scalar(
        text("SELECT value FROM council_setting WHERE key = :key"), {"key": key}
    )
    return bool(world.framework.settings[key].default if chosen is None else chosen)


def issue_outcomes(session: Session, actor: Actor, world: World, task: Task) -> None:
    """The draft outcomes, so that services can plan."""
    write_missing(session, actor, world, task, "")
    plans.act(session, actor, task.subject_id, "issue_outcomes")


def contribute(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Write the section that was asked for, or decline with a note."""
    key = task.slot.split(":")[0]
    asked = session.scalar(_ASKED, {"plan": task.subject_id, "key": key, "queue": task.queue_id})
    if asked is None:
        raise Blocked("This request has been answered already.")
    if world.words.dice(task.ref, task.slot, "declined").random() < DECLINED:
        plans.answer(session, actor, asked, "declined", "We have no figures for this yet.")
        return
    section = next(each for each in _template(world, task).sections if each.key == key)
    if section.kind == "text":
        _write(session, actor, world, task, section)
    else:
        _add_rows(session, actor, world, task, section, _rows_of(session, task))
    plans.answer(session, actor, asked, "given")


def report_progress(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Progress was reported to whom it is due."""
    plans.act(session, actor, task.subject_id, "report_progress")


def _returns(world: World, task: Task, share: float) -> bool:
    """By chance, and only once at each gate of each plan. Asked again after a refusal it says the
    same, since only an act that was done counts."""
    key = (task.ref, task.kind, "returned", str(task.id))
    if key not in world.done:
        if world.words.dice(task.ref, task.kind, "returns").random() >= share:
            return False
        if not world.once(task.ref, task.kind, "returned"):
            return False
        world.done.add(key)
    return True


def _why(world: World, task: Task) -> Evidence:
    stage = world.framework.lifecycles[task.lifecycle].states[task.state].stage
    gate = "proposals" if stage == "Proposals" else "final"
    fitting = [
        each
        for each in _template(world, task).sections
        if each.required and each.inherit is None and each.gate in ("", gate)
    ]
    section = world.words.dice(task.ref, task.kind, "section").choice(fitting)
    remark = Remarked(section.key, world.words.remark(task.ref, section.key))
    return Evidence(reason=world.words.reason(task.ref), remarks=(remark,))


def _template(world: World, task: Task) -> Any:
    return world.framework.templates[world.framework.plan_types[task.plan_type].template]


# How the kinds of task are done whose names begin so: a framework adds its own words to them.
FAMILIES = {
    "draft": Habit(before_due, write_and_submit),
    "change": Habit(soon_unless_asked, write_and_submit),
    "review": Habit(soon, review),
    "record_": Habit(when_they_meet, record_group),
}
HABITS = {
    "draft_proposals": FAMILIES["draft"],
    "record_group": FAMILIES["record_"],
    "check": Habit(soon, check),
    "issue_outcomes": Habit(just_before_due, issue_outcomes),
    "contribute": Habit(soon, contribute),
    "report_progress": Habit(just_before_due, report_progress),
}
