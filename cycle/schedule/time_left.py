"""How much working time an outside event leaves for what waits for it. Pure.

The rule that lives here: what needs an event has the working days from the day of the event until
its own day, at a meeting until its papers are due; a later event takes days away also where no date
moves. Looked at is each step that waits for it, up to the next meetings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.parts import Dated, Solution


@dataclass(frozen=True)
class TimeLeft:
    """Working days that a step has after an event: ``was`` before the change, ``days`` now (below
    nought: the event comes so many working days too late). ``until_on``: its day, or that on which
    papers are due."""

    key: str
    title: str
    until_on: date
    was: int
    days: int


def time_left(
    before: Solution, after: Solution, event: str, calendar: Calendar
) -> tuple[TimeLeft, ...]:
    """Each step that has less working time after the event than it had, in order of date."""
    found: dict[str, TimeLeft] = {}
    for key in _event_steps(after.rules, event):
        if key not in before.dated or key not in after.dated:
            continue
        first, then = before.dated[key].due_on, after.dated[key].due_on
        for waiting in _waiting(after.rules, key):
            mine, its = before.dated.get(waiting), after.dated.get(waiting)
            if mine is None or its is None:
                continue
            was = calendar.in_hand(first, papers_on(after.rules[waiting], mine))
            days = calendar.in_hand(then, papers_on(after.rules[waiting], its))
            if days < was and (waiting not in found or days < found[waiting].days):
                until_on = papers_on(after.rules[waiting], its)
                found[waiting] = TimeLeft(waiting, after.rules[waiting].title, until_on, was, days)
    return tuple(sorted(found.values(), key=lambda each: (each.until_on, each.key)))


def at_meeting(rule: StepRule) -> bool:
    """Whether the step is what a body does at its meeting."""
    return rule.anchor_kind == "meeting" and rule.offset == 0


def papers_on(rule: StepRule, dated: Dated) -> date:
    """Until when what a step needs must be there: at a meeting the day on which papers are due."""
    if at_meeting(rule) and dated.meetings:
        return min(each.papers_due_on(rule.papers) for each in dated.meetings)
    return dated.due_on


def _event_steps(rules: Mapping[str, StepRule], event: str) -> list[str]:
    return [
        key for key, rule in rules.items() if rule.anchor_kind == "event" and rule.anchor == event
    ]


def _waiting(rules: Mapping[str, StepRule], first: str) -> Iterator[str]:
    """What waits for a step, each once; nothing beyond a meeting."""
    seen, queue = {first}, [first]
    for key in queue:  # grows while it is read
        for rule in rules.values():
            counted = rule.anchor_kind == "step" and rule.anchor == key and rule.offset >= 0
            if rule.key in seen or not (key in rule.predecessors or counted):
                continue
            seen.add(rule.key)
            yield rule.key
            if not at_meeting(rule):
                queue.append(rule.key)
