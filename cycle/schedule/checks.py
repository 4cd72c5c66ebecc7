"""What is wrong with a timetable that has dates: each in one sentence, with how bad it is. Pure.

The rules that live here: nobody can work on a closed day (a warning); what waits for each other
can never be done, and what comes after the step that needs it cannot be used (blockers); papers
that a body hands on after the next one's report deadline miss that meeting (a blocker), other
things that come after a report deadline are worth a look.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from config import permissions
from config.dates import long_date
from config.loops import loops
from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.count import counted
from cycle.schedule.parts import Dated, Problem
from cycle.schedule.passes import Link
from cycle.schedule.sentences import why_closed, working_days


def closed_day(
    rule: StepRule, from_on: date, due_on: date, calendar: Calendar, open_calendar: Calendar
) -> Iterator[Problem]:
    """A step on which nobody is there, or that only a closure has moved, is worth a look.

    What happens by its date alone (plans take effect on 1 April) needs nobody to be there.
    ``open_calendar`` is the calendar as if the council never closed.
    """
    if rule.role == permissions.BY_ITSELF:
        return
    plain_on = counted(rule, from_on, open_calendar)
    closed = why_closed(calendar, plain_on) if plain_on != due_on else None
    if closed:
        yield Problem(
            "warning",
            rule.key,
            f"{rule.title} would fall on {long_date(plain_on)}, but {closed}; it is due on "
            f"{long_date(due_on)} instead.",
        )
    closed = why_closed(calendar, due_on)
    if closed:
        better = long_date(calendar.last_working(due_on))
        yield Problem(
            "warning",
            rule.key,
            f"{rule.title} falls on {long_date(due_on)}, but {closed}. The last working day "
            f"before it is {better}.",
        )


def impossible_predecessors(rules: Mapping[str, StepRule]) -> Iterator[Problem]:
    """Predecessors that are no step, and steps that wait for each other."""
    graph = {key: set(rule.predecessors) & rules.keys() for key, rule in rules.items()}
    for loop in loops(graph):
        names = " → ".join(rules[key].title for key in (*loop, loop[0]))
        yield Problem("blocker", loop[0], f"These steps wait for each other: {names}.")
    for key, rule in rules.items():
        for predecessor in rule.predecessors:
            if predecessor not in rules:
                sentence = f"{rule.title} needs “{predecessor}”, but there is no such step."
                yield Problem("blocker", key, sentence)


def out_of_order(
    broken: Iterable[tuple[Link, date]],
    rules: Mapping[str, StepRule],
    dated: Mapping[str, Dated],
    passed_over: Callable[[str], str] = lambda _key: "",
) -> Iterator[Problem]:
    """A need that is due after the step that needs it, or after that meeting's report deadline.

    ``passed_over`` says which nearer meeting a step could not take: where there is one, it is the
    cause (fault T7).
    """
    for link, asked in broken:
        mine, its = dated[link.after], dated[link.before]
        title, predecessor = rules[link.after].title, rules[link.before].title
        if mine.due_on < its.due_on:
            yield Problem(
                "blocker",
                link.after,
                f"{title} is due on {long_date(mine.due_on)}, before “{predecessor}” on "
                f"{long_date(its.due_on)}, which it needs."
                f"{_because(passed_over(link.before))}",
                link.before,
            )
            continue
        papers = rules[link.after].papers
        meeting = min(mine.meetings, key=lambda each: each.papers_due_on(papers))
        what = "last day for papers to follow" if papers else "report deadline"
        yield Problem(
            "blocker" if its.meetings and rules[link.before].offset == 0 else "warning",
            link.after,
            f"“{predecessor}” is on {long_date(its.due_on)}, after {long_date(asked)}, the {what} "
            f"of {meeting.title} on {long_date(meeting.on)}, which needs it.",
            link.before,
        )


def _because(sentence: str) -> str:
    return f" {sentence}" if sentence else ""


@dataclass(frozen=True)
class Late:
    """A step, or one unit's copy of it, that can no longer be done in time.

    ``ready_on``: it is at a meeting that is out of reach, and its papers are ready on that day.
    ``follows``: something that it needs is late, so that it is late as a matter of course.
    """

    rule: StepRule
    dated: Dated
    ready_on: date | None
    follows: bool


def out_of_reach(found: Iterable[Late], units: Mapping[str, int]) -> Iterator[Problem]:
    """What can no longer be done in time, as things stand: each step once, for its latest unit.

    Meetings out of reach are blockers. Of the rest only that is told, as a warning, which needs
    nothing that is late itself. ``units`` says how many units have a step.
    """
    by_rule: dict[str, list[Late]] = {}
    for each in found:
        if each.ready_on is not None or not each.follows:
            by_rule.setdefault(each.rule.key, []).append(each)
    for key, late in by_rule.items():
        worst = max(late, key=lambda each: (each.ready_on is not None, each.dated.late_days))
        many = units.get(key, 1)
        of = f" ({len(late)} of {many})" if many > 1 else ""
        blocked = worst.ready_on is not None
        sentence = _missed(worst, of) if blocked else _too_late(worst, of)
        yield Problem("blocker" if blocked else "warning", key, sentence)


def _missed(late: Late, of: str) -> str:
    step, ready_on = late.dated, late.ready_on or date.min
    papers = late.rule.papers
    out = [each for each in step.meetings if each.papers_due_on(papers) < ready_on]
    listed = ", ".join(f"{each.title} on {long_date(each.on)}" for each in out or step.meetings)
    sentence = (
        f"{late.rule.title}{of}: {listed} can no longer be reached; it is "
        f"{working_days(step.late_days)} too late."
    )
    if step.reached_on and step.reached_on > step.due_on:
        sentence += f" The first meeting in reach is on {long_date(step.reached_on)}."
    return sentence


def _too_late(late: Late, of: str) -> str:
    step = late.dated
    return (
        f"{late.rule.title}{of} can no longer be done by {long_date(step.latest_on)}. The first "
        f"day in reach is {long_date(step.reached_on or step.due_on)}, "
        f"{working_days(step.late_days)} too late."
    )
