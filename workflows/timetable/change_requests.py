"""Changes of dates as people make them: proposed from facts, asked for as more time, acted on.

The rules that live here: a fact is recorded at once by whoever it belongs to, and what follows from
it is saved first and counts only when it has been approved and applied; one proposal waits for a
year at a time; more time is asked for by whoever has the task, with a reason, and never beyond the
last day; where too few days in hand would be left only whoever issues the timetable grants it.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config.choices import DAYS_IN_HAND_FLOOR
from config.dates import long_date
from config.lifecycles.phases import Phase
from cycle import access, clock, council_facts
from cycle.errors import Blocked, NotAvailable, NotFound, NotPermitted
from cycle.models import DateChange, Plan, PlanningYear, Step, Subject, Task
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, Seen
from workflows.core import engine, together
from workflows.core.attempt import Evidence
from workflows.core.audit import Act
from workflows.framework import pinned, post_permissions
from workflows.timetable import rescheduling, timetable
from workflows.timetable.rescheduling import Move

FLOOR = DAYS_IN_HAND_FLOOR
OPEN = (Phase.IN_REVIEW, Phase.SETTLED)
MOVES = ("apply", "grant", "grant_below", "revert")
LONGEST = 2_000


def propose(
    session: Session, actor: Actor, year_id: int, reason: str, seen_version: Seen = NO_PAGE
) -> DateChange:
    """Save the dates that follow from today's facts as a proposal; nothing moves.

    Raises NotPermitted without ``plan_cycle``, Blocked without a reason, when nothing follows or
    when a proposal for this year is waiting already.
    """
    capacity = post_permissions.require(session, actor, "plan_cycle")
    year = access.changeable(session, actor, PlanningYear, year_id, seen_version)
    _reason(reason)
    waiting = session.scalar(
        select(DateChange.ref).where(
            DateChange.planning_year_id == year.id,
            DateChange.about == "facts",
            DateChange.phase.in_(OPEN),
        )
    )
    if waiting is not None:
        raise Blocked(f"The proposal {waiting} for this year is waiting. Finish that one first.")
    found = rescheduling.of_facts(session, year)
    if not any(each.is_redated for each in found):
        raise Blocked("No date has to change: the timetable fits the meetings as they are.")
    change = _new(session, year, actor, "date_change", reason, found)
    change.title = f"New dates for the {year.title[:1].lower()}{year.title[1:]}"
    change.unit_id = council_facts.top(session).id
    _begin(session, change, actor, capacity)
    return change


def ask_for_more_time(
    session: Session, actor: Actor, task_id: int, wanted_on: date, reason: str
) -> DateChange:
    """Ask for a later day for one's own task on a plan.

    Raises NotPermitted to those who do not have the task, NotAvailable when it is closed or has no
    step, Blocked for a day that is not later, not a working day or beyond the last one.
    """
    task, step, plan, capacity = _task(session, actor, task_id)
    _reason(reason)
    _later_day(session, step, wanted_on)
    year = session.get_one(PlanningYear, step.planning_year_id)
    waiting = session.scalar(
        select(DateChange.ref).where(DateChange.plan_id == plan.id, DateChange.phase.in_(OPEN))
    )
    if waiting is not None:
        raise Blocked(f"The request {waiting} for this plan is waiting for its answer already.")
    before = rescheduling.written(session, year.id)[step.key]
    because = [*before["because"], timetable.more_time_sentence(wanted_on)]
    day = wanted_on.isoformat()
    after = before | {"due_on": day, "granted_on": day, "because": because}
    change = _new(session, year, actor, "more_time", reason, [Move(step.key, before, after)])
    change.plan_id, change.unit_id = plan.id, plan.unit_id
    change.framework_version_id = plan.framework_version_id
    change.title = f"More time for “{step.title}”, {access.title_outside(plan)}"
    change.above = _goes_above(session, actor, plan, task, step, wanted_on)
    _begin(session, change, actor, capacity)
    return change


def days_left(session: Session, step: Step, wanted_on: date) -> tuple[int, int]:
    """Working days in hand that a later day uses up, and those that are left after it."""
    calendar = council_facts.calendar(session)
    return calendar.in_hand(step.due_on, wanted_on), calendar.in_hand(wanted_on, step.latest_on)


def days_that_can_be(session: Session, step: Step) -> tuple[date, date] | None:
    """The first and the last day until which more time can be asked for a step today: working days
    after the one on which it is due, up to its last one; None when there is none (fault S8)."""
    calendar = council_facts.calendar(session)
    first_on = calendar.next_working(max(step.due_on + timedelta(days=1), clock.today()))
    last_on = calendar.last_working(step.latest_on)
    return (first_on, last_on) if first_on <= last_on else None


def no_day_sentence(step: Step) -> str:
    """Why no later day can be accepted, and what to do instead."""
    passed = step.latest_on < clock.today()
    why = "has passed" if passed else "leaves no later one"
    return (
        f"No later day can be accepted: the last day, {long_date(step.latest_on)}, {why}. Hand it "
        "in as soon as you can, and ask the support service whether the meeting that needs it can "
        "move, whether one can be called, or whether papers can follow."
    )


def act(
    session: Session,
    actor: Actor,
    change_id: int,
    action: str,
    evidence: Evidence | None = None,
    seen_version: Seen = NO_PAGE,
) -> DateChange:
    """Approve, apply, grant, refuse, withdraw or take back. Raises what ``engine.perform`` does."""
    known = session.get(DateChange, change_id)
    if known is None:
        raise NotFound(access.GONE)
    # Both are locked by id before either is looked at.
    access.lock(session, [known.planning_year_id, change_id])
    change = access.changeable(session, actor, DateChange, change_id, seen_version)
    capacity = engine.perform(session, change, action, actor, evidence)
    if action in MOVES:
        year = session.get_one(PlanningYear, change.planning_year_id)
        dated = [each for each in rescheduling.read(change.moves) if each.is_redated]
        details = {"change": change.ref, "dates": len(dated), "taken_back": action == "revert"}
        what = Act("replan", reason=change.reason, details=details)
        engine.record(session, year, actor, what, capacity)
    return change


def _new(
    session: Session,
    year: PlanningYear,
    actor: Actor,
    lifecycle: str,
    reason: str,
    found: list[Move],
) -> DateChange:
    count = session.scalar(select(func.count()).where(DateChange.planning_year_id == year.id))
    return DateChange(
        kind="change",
        ref=f"DC-{year.writes_from}-{int(count or 0) + 1}",
        lifecycle=lifecycle,
        state=pinned.of(year).lifecycles[lifecycle].initial,
        state_since_at=clock.now(),
        framework_version_id=year.framework_version_id,
        planning_year_id=year.id,
        about="facts" if lifecycle == "date_change" else "more_time",
        reason=reason.strip(),
        moves=rescheduling.as_text(found),
        done="",
        above=False,
        proposed_by_id=actor.person_id,
        saved_at=clock.now(),
    )


def _begin(session: Session, change: DateChange, actor: Actor, capacity: Capacity) -> None:
    details: dict[str, Any] = {
        "reason": change.reason,
        "moved": [
            {"step": each.title, "key": each.key, "from": each.from_on, "to": each.to_on}
            for each in rescheduling.read(change.moves)
            if each.is_redated
        ],
    }
    together.begin(session, [change], actor, "propose_dates", capacity, details)


def _reason(reason: str) -> None:
    if not reason.strip():
        raise Blocked("Say why the dates are changed: a reason is needed here.")
    if len(reason) > LONGEST:
        raise Blocked(f"The reason can hold {LONGEST:,} characters. Shorten it a little.")


_TASK = text("""
SELECT task.id, task.subject_id, task.step_id, task.queue_id, task.closed_at IS NULL AS open
FROM task JOIN subject ON subject.id = task.subject_id AND subject.kind = 'plan'
WHERE task.id = :task
""")


def _task(session: Session, actor: Actor, task_id: int) -> tuple[Task, Step, Plan, Capacity]:
    """The task with its step and its plan, the year and the plan locked by id, and the capacity in
    which the person has it. Raises as told in ``ask_for_more_time``."""
    row = session.execute(_TASK, {"task": task_id}).first()
    if row is None:
        raise NotFound(access.GONE)
    step = session.get(Step, row.step_id) if row.step_id else None
    ids = [row.subject_id, *([step.planning_year_id] if step else [])]
    access.lock(session, ids)
    plan = access.changeable(session, actor, Plan, row.subject_id, NO_PAGE)
    task = session.get_one(Task, task_id, populate_existing=True)
    post = actor.post_serving([task.queue_id])
    if post is None:
        raise NotPermitted("More time is asked for by whoever has the task.")
    if task.closed_at is not None or step is None:
        raise NotAvailable("This task is done, or has no date of the timetable, so it cannot move.")
    session.refresh(step)
    return task, step, plan, Capacity.of(post)


def _later_day(session: Session, step: Step, wanted_on: date) -> None:
    calendar = council_facts.calendar(session)
    if days_that_can_be(session, step) is None:
        raise Blocked(no_day_sentence(step))
    if wanted_on <= step.due_on:
        raise Blocked(f"It is due on {long_date(step.due_on)}. Give a later day.")
    if wanted_on < clock.today():
        raise Blocked(f"{long_date(wanted_on)} is in the past. Give a day to come.")
    why = calendar.why_not_working(wanted_on)
    if why:
        raise Blocked(f"{long_date(wanted_on)} is not a working day ({why}). Give another day.")
    if wanted_on > step.latest_on:
        raise Blocked(
            f"The last day is {long_date(step.latest_on)}: after it what follows would be late. "
            "Give a day until then, or ask the support service to move the meeting."
        )


def _goes_above(
    session: Session, actor: Actor, plan: Subject, task: Task, step: Step, wanted_on: date
) -> bool:
    """Whether whoever issues the timetable answers: few days would be left, or the one who asks
    is the one who would answer."""
    framework = pinned.of(plan)
    usual = framework.settings[FLOOR].default if FLOOR in framework.settings else 0
    floor = int(council_facts.fact(session, FLOOR, usual))
    if days_left(session, step, wanted_on)[1] < floor:
        return True
    attempt, _ = engine.attempt_on(session, plan, actor)
    return task.queue_id in attempt.queues_of("@reviewer")
