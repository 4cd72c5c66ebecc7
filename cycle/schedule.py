"""From step rules and meetings to dates with reasons. Pure: no database, no clock.

The rule that lives here: a step is due so many working, clear or calendar days before or after a
meeting, a day of the year, an outside event or another step, and says why in plain sentences. What
cannot be dated, or has a date on which nobody could do it, is a problem in a sentence, never an
exception.

Several bodies may share a framework key (the four service committees): each one's meeting is chosen
by the same condition; a step before them hangs on the first, a step on or after them on the last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from config.council import Event
from config.dates import long_date, parse_yearly
from config.rules import Condition, StepRule, parse_which
from cycle.calendar import Calendar
from cycle.errors import BadInput
from cycle.schedule_sentences import reasons, why_closed

Severity = Literal["blocker", "warning"]


@dataclass(frozen=True)
class Meeting:
    """One meeting of one body. ``body`` is the framework's key, ``title`` this very body's name."""

    body: str
    on: date
    title: str
    kind: str = "ordinary"
    report_due_on: date | None = None


@dataclass(frozen=True)
class Dated:
    """One step with its date, the reasons for it, and the meetings that it hangs on."""

    key: str
    due_on: date
    because: tuple[str, ...]
    meetings: tuple[Meeting, ...] = ()


@dataclass(frozen=True)
class Problem:
    """Why a step has no date (blocker), or a date that will not do (warning)."""

    severity: Severity
    step: str
    sentence: str


@dataclass(frozen=True)
class Solution:
    """Dates by step key, in the order of the rules, and what is wrong."""

    dated: Mapping[str, Dated]
    problems: tuple[Problem, ...]


class _Undatable(Exception):
    """Inside this file only: why one step cannot be dated."""


def solve(
    steps: Sequence[StepRule],
    meetings: Sequence[Meeting],
    events: Sequence[Event],
    calendar: Calendar,
    *,
    year: int,
    bodies: Mapping[str, str] | None = None,
) -> Solution:
    """Date every step of the planning year that begins in May of ``year``.

    ``bodies`` names the framework's body keys that the council has, with their titles, so that a
    body without meetings differs from a body that nobody knows; those with meetings are known.
    """
    titles = {each.body: each.title for each in meetings} | dict(bodies or {})
    solver = _Solver(steps, meetings, events, calendar, year, titles)
    return solver.solution()


def window(year: int) -> tuple[date, date]:
    """The first and last day on which a planning year looks for meetings.

    Planning years overlap (model.md): it ends with the July in which the year's results are told.
    """
    return date(year, 4, 1), date(year + 2, 7, 31)


class _Solver:
    """The state of one run: what is dated so far and what went wrong."""

    def __init__(
        self,
        steps: Sequence[StepRule],
        meetings: Sequence[Meeting],
        events: Sequence[Event],
        calendar: Calendar,
        year: int,
        titles: Mapping[str, str],
    ):
        self.rules: dict[str, StepRule] = {}
        for rule in steps:
            self.rules.setdefault(rule.key, rule)
        self.repeated = sorted({rule.key for rule in steps if self.rules[rule.key] is not rule})
        self.events = {event.key: event for event in events}
        self.calendar = calendar
        self.year = year
        self.titles = titles
        first, last = window(year)
        self.meetings = sorted(
            (each for each in meetings if first <= each.on <= last), key=lambda each: each.on
        )
        self.dated: dict[str, Dated] = {}
        self.problems: list[Problem] = []

    def solution(self) -> Solution:
        for key in self.repeated:
            self._block(key, f"Two steps have the key “{key}”; only the first is dated.")
        for key in self._in_order():
            try:
                self.dated[key] = self._date(self.rules[key])
            except (_Undatable, ValueError, BadInput) as problem:
                self._block(key, f"{self._title(key)} has no date. {problem}")
        self._check_needs()
        in_order = {key: self.dated[key] for key in self.rules if key in self.dated}
        return Solution(in_order, tuple(self.problems))

    # Order ---------------------------------------------------------------------------------

    def _in_order(self) -> list[str]:
        """Step keys so that what a step is counted from comes first; circles are told and left."""
        graph = {key: self._counted_from(rule) for key, rule in self.rules.items()}
        for circle in _circles(graph):
            names = " → ".join(self._title(key) for key in (*circle, circle[0]))
            for key in circle:
                self._block(key, f"{self._title(key)} is counted from itself: {names}.")
                del graph[key]
        left = {key: sorted(names & graph.keys()) for key, names in graph.items()}
        return list(TopologicalSorter(left).static_order())

    def _counted_from(self, rule: StepRule) -> set[str]:
        try:
            named_steps = {each.when for each in parse_which(rule.which) if not each.is_day}
        except ValueError:
            return set()  # _date tells the same sentence at the step
        if rule.anchor_kind == "step":
            named_steps.add(rule.anchor)
        return named_steps & self.rules.keys()

    # One step ------------------------------------------------------------------------------

    def _date(self, rule: StepRule) -> Dated:
        from_on, told, chosen, further = self._anchor(rule)
        due_on = counted(rule, from_on, self.calendar)
        because = reasons(rule, told, from_on, due_on, self.calendar)
        self._check_open(rule, from_on, due_on)
        return Dated(rule.key, due_on, (*because, *further), chosen)

    def _anchor(self, rule: StepRule) -> tuple[date, str, tuple[Meeting, ...], tuple[str, ...]]:
        """The day to count from, how to say it, its meetings, and the reasons it has itself."""
        if rule.anchor_kind == "meeting":
            chosen = self._choose(rule)
            pick = min if rule.offset < 0 else max
            meeting = pick(chosen, key=lambda each: each.on)
            return meeting.on, f"{meeting.title} on {long_date(meeting.on)}", chosen, ()
        if rule.anchor_kind == "step":
            before = self._dated_step(rule.anchor)
            told = f"“{self._title(rule.anchor)}” on {long_date(before.due_on)}"
            return before.due_on, told, (), before.because
        if rule.anchor_kind == "event":
            event = self.events.get(rule.anchor)
            if event is None:
                raise _Undatable(f"Nobody has said when “{rule.anchor}” is.")
            return event.on, f"{event.title} on {long_date(event.on)}", (), ()
        fixed_on = parse_yearly(rule.anchor).in_year(self.year)
        return fixed_on, long_date(fixed_on), (), ()

    # Meetings ------------------------------------------------------------------------------

    def _choose(self, rule: StepRule) -> tuple[Meeting, ...]:
        """One meeting of each body with this key, by the rule's conditions, in order of date."""
        if rule.anchor not in self.titles:
            raise _Undatable(f"The council has no body “{rule.anchor}”.")
        conditions = parse_which(rule.which)
        mine = [each for each in self.meetings if each.body == rule.anchor]
        fitting = [each for each in mine if all(self._fits(each, one) for one in conditions)]
        if not fitting:
            raise _Undatable(self._no_meeting(rule, conditions, bool(mine)))
        last = bool(conditions) and conditions[0].word == "last_before"
        by_title: dict[str, Meeting] = {}
        for meeting in fitting:
            if last or meeting.title not in by_title:
                by_title[meeting.title] = meeting
        return tuple(sorted(by_title.values(), key=lambda each: each.on))

    def _fits(self, meeting: Meeting, condition: Condition) -> bool:
        when = self._when(condition)
        if condition.word == "first_after":
            return meeting.on >= when
        if condition.word == "last_before":
            return meeting.on <= when
        if condition.word == "on":
            return meeting.on == when
        return (meeting.report_due_on or meeting.on) > when

    def _when(self, condition: Condition) -> date:
        if condition.is_day:
            return parse_yearly(condition.when).in_year(self.year)
        return self._dated_step(condition.when).due_on

    def _no_meeting(self, rule: StepRule, conditions: Sequence[Condition], meets: bool) -> str:
        title = self.titles[rule.anchor]
        first, last = window(self.year)
        if not meets:
            return f"{title} does not meet between {long_date(first)} and {long_date(last)}."
        words = {
            "first_after": "on or after",
            "last_before": "on or before",
            "on": "on",
            "report_after": "with a report deadline after",
        }
        said = " and ".join(f"{words[c.word]} {long_date(self._when(c))}" for c in conditions)
        return f"{title} has no meeting {said}."

    def _dated_step(self, key: str) -> Dated:
        if key not in self.rules:
            raise _Undatable(f"There is no step “{key}”.")
        if key not in self.dated:
            raise _Undatable(f"It is counted from “{self._title(key)}”, which has no date.")
        return self.dated[key]

    # Checks --------------------------------------------------------------------------------

    def _check_open(self, rule: StepRule, from_on: date, due_on: date) -> None:
        """A step on which nobody is there, or that only a closure has moved, is worth a look.

        What happens by its date alone (plans take effect on 1 April) needs nobody to be there.
        """
        if rule.role == "system":
            return
        plain_on = counted(rule, from_on, self.calendar.without_closures())
        closed = why_closed(self.calendar, plain_on)
        if plain_on != due_on and closed:
            self._warn(
                rule.key,
                f"{rule.title} would fall on {long_date(plain_on)}, but {closed}; it is due on "
                f"{long_date(due_on)} instead.",
            )
        closed = why_closed(self.calendar, due_on)
        if closed:
            better = long_date(self.calendar.last_working(due_on))
            self._warn(
                rule.key,
                f"{rule.title} falls on {long_date(due_on)}, but {closed}. The last working day "
                f"before it is {better}.",
            )

    def _check_needs(self) -> None:
        """A step must not be due before what it needs; needs in a circle can never be met."""
        graph = {key: set(rule.needs) & self.rules.keys() for key, rule in self.rules.items()}
        for circle in _circles(graph):
            names = " → ".join(self._title(key) for key in (*circle, circle[0]))
            self._block(circle[0], f"These steps wait for each other: {names}.")
        for key, rule in self.rules.items():
            for need in rule.needs:
                self._check_need(key, need)

    def _check_need(self, key: str, need: str) -> None:
        if need not in self.rules:
            self._block(key, f"{self._title(key)} needs “{need}”, but there is no such step.")
            return
        mine, its = self.dated.get(key), self.dated.get(need)
        if mine and its and mine.due_on < its.due_on:
            self._warn(
                key,
                f"{self._title(key)} is due on {long_date(mine.due_on)}, before "
                f"“{self._title(need)}” on {long_date(its.due_on)}, which it needs.",
            )

    def _title(self, key: str) -> str:
        return self.rules[key].title if key in self.rules else key

    def _block(self, key: str, sentence: str) -> None:
        self.problems.append(Problem("blocker", key, sentence))

    def _warn(self, key: str, sentence: str) -> None:
        self.problems.append(Problem("warning", key, sentence))


def counted(rule: StepRule, from_on: date, calendar: Calendar) -> date:
    """The day so many of the rule's days before or after ``from_on``; an offset of 0 is that day.

    Raises BadInput for a day outside the years that the calendar knows.
    """
    if rule.offset == 0:
        return from_on
    if rule.unit == "calendar":
        return calendar.add_calendar(from_on, rule.offset)
    if rule.unit == "working":
        return calendar.add_working(from_on, rule.offset)
    if rule.offset < 0:
        return calendar.clear_days_before(from_on, -rule.offset)
    return calendar.clear_days_after(from_on, rule.offset)


def _circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Every circle, each told once, found by taking a found one out and looking again."""
    left = {key: set(names) for key, names in graph.items()}
    found: list[list[str]] = []
    while True:
        try:
            # Sorted, so that the same rules always tell the same story.
            TopologicalSorter({key: sorted(left[key]) for key in sorted(left)}).prepare()
        except CycleError as circle:
            # graphlib gives the circle with its first member repeated at the end.
            members = list(circle.args[1][:-1])
            found.append(members)
            for key in members:
                left.pop(key, None)
            for names in left.values():
                names.difference_update(members)
        else:
            return found
