"""How made-up clerks, commenters and committees do their part, and the support service the years.

The rules that live here: a report is written before it is commented on, goes on the first agenda
for which its papers can be published in time, and is published on the last lawful day but one;
nearly everything is agreed without a vote, and in each year that makes resource strategies one of
them is deferred once and another referred back once.
"""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.errors import Blocked
from cycle.people import Actor
from workflows.cycles import cycles
from workflows.framework import deadline_rules
from workflows.framework.outcomes import AGREED
from workflows.meetings import agenda, resolutions
from workflows.meetings.agenda import Publication, Urgency
from workflows.meetings.outcomes import Resolved
from workflows.reports import agenda_items, report_form, writing
from workflows.simulation.world import Habit, Task, World, later

AMENDED, URGENT = 0.1, 0.5

_MEETINGS = text("""
SELECT meeting.id, meeting.on_date FROM meeting
WHERE meeting.body_id = :body AND meeting.status = 'planned' AND meeting.on_date >= :from_
ORDER BY meeting.on_date LIMIT 12
""")
_PLANNED = text("""
SELECT min(meeting.on_date) FROM item_plan
JOIN step ON step.plan_id = item_plan.plan_id AND step.rule = ANY(:steps)
JOIN meeting ON meeting.id = step.meeting_id
WHERE item_plan.item_id = :item
""")


# When ---------------------------------------------------------------------------------------------


def _at_once(_world: World, task: Task) -> date:
    return task.opened_on


def _once_written(world: World, task: Task) -> date | None:
    """Comments are given on what is written."""
    return None if world.waits_for(task, "write_report") else task.opened_on


def _at_the_deadline(world: World, task: Task) -> date:
    """A report is closed when its final version is due."""
    return task.due_on if task.is_dated else task.opened_on


def _before_the_last_day(world: World, task: Task) -> date:
    return world.working(task.due_on, -1) if task.is_dated else task.opened_on


def _when_they_met(_world: World, task: Task) -> date | None:
    return task.meets_on


def _in_good_time(world: World, task: Task) -> date:
    if not task.is_dated:
        return world.working(task.opened_on, 1)
    return later(task.opened_on, world.working(task.due_on, -3))


# Reports ------------------------------------------------------------------------------------------


def write_report(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Answer every heading."""
    boxes = report_form.boxes(world.framework)
    texts = world.words.report(task.ref, task.plan_type, "the council", boxes)
    writing.write_report(session, actor, task.subject_id, texts)


def comment(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Comments of the kind that is asked for."""
    kind = task.kind.removeprefix("comment_")
    words = world.words.comments(task.ref, kind)
    writing.comment(session, actor, task.subject_id, kind, words)


def list_item(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Put it on the agenda of the first meeting for which its papers can be in time."""
    chosen = _meeting_for(session, world, task)
    if chosen is None:
        raise Blocked("No meeting is known for which the papers could be in time.")
    agenda.list_on(session, actor, task.subject_id, chosen)


def _meeting_for(session: Session, world: World, task: Task) -> int | None:
    steps = [
        each.step for route in world.framework.routes(task.plan_type) for each in route if each.step
    ]
    planned = session.scalar(_PLANNED, {"item": task.subject_id, "steps": steps})
    today = clock.today()
    rule = world.framework.day_rules["agenda_published"]
    # The plan's own step names the first body; a later body meets after it in any case.
    waits = planned is not None and world.as_planned and world.once(task.ref, "listed")
    from_ = later(today, planned) if waits else today
    for row in session.execute(_MEETINGS, {"body": task.body_id, "from_": from_}):
        if deadline_rules.counted_by(rule, row.on_date, world.calendar) > today:
            return int(row.id)
    return None


def freeze(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Close it for changes; what has missed its day waits for another meeting."""
    if _too_late(world, task):
        _another_meeting(session, actor, task)
        return
    agenda.freeze(session, actor, task.subject_id)


def publish(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Publish in time; otherwise with the chair's reasons for urgency, or at another meeting."""
    if not _too_late(world, task):
        agenda.publish(session, actor, task.subject_id, _publication(task))
        return
    before = task.meets_on is not None and task.meets_on > clock.today()
    if before and world.words.dice(task.ref, "urgent").random() < URGENT:
        chair = Urgency("The Chair", "The plan has to be settled before the year begins.")
        agenda.publish(session, actor, task.subject_id, _publication(task), chair)
        return
    _another_meeting(session, actor, task)


def _publication(task: Task) -> Publication:
    return Publication(f"https://democracy.example.gov.uk/{task.ref.lower()}", clock.now())


def _too_late(world: World, task: Task) -> bool:
    if task.meets_on is None:
        return False
    rule = world.framework.day_rules["agenda_published"]
    return clock.today() > deadline_rules.counted_by(rule, task.meets_on, world.calendar)


def _another_meeting(session: Session, actor: Actor, task: Task) -> None:
    agenda.postpone(session, actor, task.subject_id, "The papers could not be published in time.")


# Resolutions --------------------------------------------------------------------------------------


def record_resolution(session: Session, actor: Actor, world: World, task: Task) -> None:
    """What the meeting resolved: mostly as recommended, without a vote."""
    outcome, words = _outcome(world, task)
    if outcome == AGREED[task.verb]:
        resolutions.agree_all(session, actor, task.subject_id)
        return
    item = agenda_items.fresh_item(session, task.subject_id)
    next_one = world.meeting_from(task.body_id, world.working(clock.today(), 1))
    resolved = [
        Resolved(
            each.id,
            outcome if each.decides else AGREED[task.verb],
            words if each.decides else "",
            next_one if outcome == "deferred" and each.decides else None,
        )
        for each in agenda_items.recommendations(session, item)
    ]
    resolutions.record_resolution(session, actor, task.subject_id, resolved)


def _outcome(world: World, task: Task) -> tuple[str, str]:
    kind = world.framework.plan_types[task.plan_type]
    dice = world.words.dice(task.ref, "outcome")
    if kind.branch and len(world.framework.route(kind.key)) == 1:
        deferred, referred = _deferred_and_referred(world, clock.today().year)
        year = str(clock.today().year)
        if kind.key == deferred and _first_time(world, task, "deferred", year):
            return "deferred", "The committee asked for the costs of each choice."
        if kind.key == referred and _first_time(world, task, "referred_back", year):
            return "referred_back", "Say what each measure is to cost and when it begins."
    if task.verb in ("approve", "adopt") and dice.random() < AMENDED:
        return (
            "approved_with_amendments",
            "With the words “by March” in place of “in due course” in the summary.",
        )
    return AGREED[task.verb], ""


def _deferred_and_referred(world: World, year: int) -> tuple[str, str]:
    """Which resource strategy is deferred in a year and which is referred back."""
    kinds = sorted(
        each.key
        for each in world.framework.plan_types.values()
        if each.branch and len(world.framework.route(each.key)) == 1
    )
    first, second = world.words.dice("troubled", year).sample([*kinds, "", ""], 2)
    return first, second


def _first_time(world: World, task: Task, what: str, year: str) -> bool:
    """Once a year; asked again for the same report (after a refusal) it says the same."""
    key = (what, year, task.ref)
    if key in world.done:
        return True
    if not world.once(what, year):
        return False
    world.done.add(key)
    return True


# Years --------------------------------------------------------------------------------------------


def open_year(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Open Year 1."""
    cycles.open_year(session, actor, task.subject_id)


def decide(session: Session, actor: Actor, world: World, task: Task) -> None:
    """The decision of the leadership on the Strategic Plan."""
    year: Any = session.scalar(
        text("SELECT writes_from FROM planning_year WHERE id = :id"), {"id": task.subject_id}
    )
    reasons = {
        "new": "The council's position has changed so much that a new plan is needed.",
        "refresh": "The outcomes stand; some indicators and targets are out of date.",
        "as_is": "The plan still says what the council wants to achieve.",
    }
    branch = world.branch(int(year))
    boards = [each.title for each in world.framework.bodies.values() if each.kind == "board"]
    decided_by = boards[0] if boards else "The leadership"
    cycles.decide(session, actor, task.subject_id, branch, reasons[branch], decided_by)


FAMILIES = {"comment_": Habit(_once_written, comment)}
HABITS = {
    "write_report": Habit(_at_once, write_report),
    "list_item": Habit(_at_once, list_item),
    "freeze": Habit(_at_the_deadline, freeze),
    "publish": Habit(_before_the_last_day, publish),
    "record_resolution": Habit(_when_they_met, record_resolution),
    "open_year": Habit(_in_good_time, open_year),
    "decide": Habit(_in_good_time, decide),
}
