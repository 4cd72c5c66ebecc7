"""What is wrong with a timetable that has dates: each in one sentence, with how bad it is. Pure.

The rules that live here: nobody can work on a closed day (a warning); what waits for each other
can never be done, and what comes after the step that needs it cannot be used (blockers); papers
that a body hands on after the next one's report deadline miss that meeting (a blocker), other
things that come after a report deadline are worth a look.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from config.circles import circles
from config.dates import long_date
from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule_count import counted
from cycle.schedule_parts import Dated, Problem
from cycle.schedule_passes import Link, Room
from cycle.schedule_sentences import why_closed, working_days


def closed_day(
    rule: StepRule, from_on: date, due_on: date, calendar: Calendar, open_calendar: Calendar
) -> Iterator[Problem]:
    """A step on which nobody is there, or that only a closure has moved, is worth a look.

    What happens by its date alone (plans take effect on 1 April) needs nobody to be there.
    ``open_calendar`` is the calendar as if the council never closed.
    """
    if rule.role == "system":
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


def needs_that_cannot_be(rules: Mapping[str, StepRule]) -> Iterator[Problem]:
    """Needs that name no step, and needs in a circle."""
    graph = {key: set(rule.needs) & rules.keys() for key, rule in rules.items()}
    for circle in circles(graph):
        names = " → ".join(rules[key].title for key in (*circle, circle[0]))
        yield Problem("blocker", circle[0], f"These steps wait for each other: {names}.")
    for key, rule in rules.items():
        for need in rule.needs:
            if need not in rules:
                sentence = f"{rule.title} needs “{need}”, but there is no such step."
                yield Problem("blocker", key, sentence)


def out_of_order(
    broken: Iterable[tuple[Link, date]],
    rules: Mapping[str, StepRule],
    dated: Mapping[str, Dated],
) -> Iterator[Problem]:
    """A need that is due after the step that needs it, or after that meeting's report deadline."""
    for link, asked in broken:
        mine, its = dated[link.after], dated[link.before]
        title, need = rules[link.after].title, rules[link.before].title
        if mine.due_on < its.due_on:
            yield Problem(
                "blocker",
                link.after,
                f"{title} is due on {long_date(mine.due_on)}, before “{need}” on "
                f"{long_date(its.due_on)}, which it needs.",
            )
            continue
        meeting = min(mine.meetings, key=lambda each: each.report_due_on or each.on)
        yield Problem(
            "blocker" if its.meetings and rules[link.before].offset == 0 else "warning",
            link.after,
            f"“{need}” is on {long_date(its.due_on)}, after {long_date(asked)}, the report "
            f"deadline of {meeting.title} on {long_date(meeting.on)}, which needs it.",
        )


def out_of_reach(
    rules: Mapping[str, StepRule],
    dated: Mapping[str, Dated],
    rooms: Mapping[str, Room],
    missed: Mapping[str, date],
) -> Iterator[Problem]:
    """What can no longer be done in time, as things stand.

    ``missed`` names the meetings that are out of reach, with the day on which their papers are
    ready: those are blockers, whatever else is late is a warning.
    """
    for key, room in rooms.items():
        if not room.late_days or room.reached_on is None:
            continue
        step, late = dated[key], working_days(room.late_days)
        if key in missed:
            out = [each for each in step.meetings if (each.report_due_on or each.on) < missed[key]]
            told = ", ".join(
                f"{each.title} on {long_date(each.on)}" for each in out or step.meetings
            )
            sentence = (
                f"{rules[key].title}: {told} can no longer be reached; it is {late} too late."
            )
            if room.reached_on > step.due_on:
                sentence += f" The first meeting in reach is on {long_date(room.reached_on)}."
            yield Problem("blocker", key, sentence)
            continue
        yield Problem(
            "warning",
            key,
            f"{rules[key].title} can no longer be done by {long_date(room.latest_on)}. The first "
            f"day in reach is {long_date(room.reached_on)}, {late} too late.",
        )
