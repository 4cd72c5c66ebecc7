"""The first place in a planning year where one late task costs a committee date.

The rules that live here: a task is late by so many working days and everything else is done when
it is due; it costs a date when a meeting of a public body can then no longer be reached, which
could be reached before. The first such task in order of days is named, with as few days late as
will do it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import choices
from config.rules import StepRule
from cycle import access
from cycle.models import PlanningYear
from cycle.schedule import solve as schedule
from cycle.schedule.graph import links_of
from cycle.schedule.solve import Dated, Solution
from workflows.framework import applicable, pinned
from workflows.timetable.inputs import Facts, facts

MOST_DAYS = 20  # working days; what stands four weeks of lateness is no pinch point

_NEXT = text("""
SELECT min(meeting.on_date) FROM meeting JOIN body ON body.id = meeting.body_id
WHERE body.framework_key = :body AND meeting.status <> 'cancelled' AND meeting.on_date >= :ready
""")
_PLAN = text(f"""
SELECT {access.TITLE_OUTSIDE} AS title, subject.ref
FROM step JOIN subject ON subject.id = step.plan_id
WHERE step.planning_year_id = :year AND step.rule = :rule ORDER BY step.due_on, subject.ref LIMIT 1
""")  # noqa: S608


@dataclass(frozen=True)
class PinchPoint:
    """A step that is done so many working days late, on ``late_on`` instead of ``due_on``, and the
    meeting that it costs.

    ``rule`` and ``step`` are its key and title; ``plan`` and ``ref`` are the plan that is due first
    there, "" for the year itself; ``lost`` is what the meeting of ``lost_on`` would have done, and
    ``next_on`` the next meeting of that body that can be reached, if there is one.
    """

    rule: str
    step: str
    plan: str
    days: int
    due_on: date
    late_on: date
    lost: str
    lost_on: date
    next_on: date | None
    ref: str = ""


def find(session: Session, year: PlanningYear) -> PinchPoint | None:
    """The first pinch point of a year by the facts of today; None when there is none."""
    known = facts(session, year)
    first_on, _ = schedule.window(year.writes_from)
    loss = first_loss(known, resolutions(session, year), first_on)
    if loss is None:
        return None
    plan = session.execute(_PLAN, {"year": year.id, "rule": loss.rule.key}).first()
    ready = {"body": loss.meets.anchor, "ready": loss.meeting.reached_on}
    return PinchPoint(
        rule=loss.rule.key,
        step=loss.rule.title,
        plan=plan.title if plan else "",
        ref=plan.ref if plan else "",
        days=loss.days,
        due_on=loss.due_on,
        late_on=loss.late_on,
        lost=loss.meets.title,
        lost_on=loss.meeting.due_on,
        next_on=session.scalar(_NEXT, ready),
    )


def _at_meeting(rule: StepRule) -> bool:
    return rule.anchor_kind == "meeting" and rule.offset == 0


def resolutions(session: Session, year: PlanningYear) -> list[str]:
    """The steps at which a public body resolves on a plan, which is on its route (not what somebody
    else does on that day)."""
    framework, pattern = pinned.of(year), applicable.pattern_of(year)
    public, model = choices.public_bodies(framework), applicable.model_of(session, year)
    return [
        rule.key
        for rule in pattern.steps
        if _at_meeting(rule)
        and rule.plan_type
        and rule.lifecycle_task
        and rule.anchor in public
        and rule.anchor
        in {stop.body for stop in framework.route(rule.plan_type, pattern.key, model)}
    ]


@dataclass(frozen=True)
class Loss:
    """A step that is due on a day and done so many working days later, and the step at a meeting
    (``meets``, dated as ``meeting``) that is lost by it."""

    rule: StepRule
    days: int
    due_on: date
    late_on: date
    meets: StepRule
    meeting: Dated


def first_loss(known: Facts, meets: Sequence[str], begins_on: date) -> Loss | None:
    """Pure: the first step that costs one of the steps ``meets`` its meeting, by as few days as
    cost any; a meeting that cannot be reached from ``begins_on`` on is no loss."""
    plain = known.solve()
    after = _after(plain)
    hopeless = _lost(known.solve(as_of=begins_on), meets)
    reachable = [key for key in meets if key not in hopeless]
    in_order = sorted(plain.dated.values(), key=lambda each: (each.due_on, each.key))
    for days in range(1, MOST_DAYS + 1):
        for step in in_order:
            rule = plain.rules[step.key]
            if not rule.lifecycle_task or _at_meeting(rule) or step.float_days >= days:
                continue
            late_on = known.calendar.add_working(step.due_on, days)
            waiting = {step.key, *after[step.key]}
            done = {each.key for each in in_order if each.due_on <= late_on} - waiting
            lost = _lost(known.solve(as_of=late_on, done=done), reachable)
            if lost:
                meeting = min(lost.values(), key=lambda each: each.due_on)
                return Loss(rule, days, step.due_on, late_on, plain.rules[meeting.key], meeting)
    return None


def _lost(solution: Solution, meets: Sequence[str]) -> dict[str, Dated]:
    found = {key: solution.dated[key] for key in meets if key in solution.dated}
    return {
        key: each
        for key, each in found.items()
        if each.late_days and each.reached_on and each.reached_on > each.due_on
    }


def _after(solution: Solution) -> Mapping[str, set[str]]:
    """Everything that comes after each step, however far."""
    direct: dict[str, set[str]] = {key: set() for key in solution.rules}
    for rule in solution.rules.values():
        for link in links_of(rule):
            direct.setdefault(link.before, set()).add(link.after)
    found: dict[str, set[str]] = {}
    for key in direct:
        seen, waiting = set[str](), [key]
        while waiting:
            new = direct.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        found[key] = seen
    return found
