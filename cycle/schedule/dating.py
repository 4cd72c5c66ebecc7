"""A date for each step, with the reasons for it. Pure.

The rule that lives here: what a step is counted from is dated first; a step that is counted from
itself, or from what has no date, has none, and says so.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from datetime import date, timedelta
from graphlib import TopologicalSorter

from config.council import Event
from config.dates import long_date, parse_time, parse_yearly
from config.loops import loops
from config.rules import Condition, StepRule, counted_from, parse_which
from cycle.calendar import Calendar
from cycle.errors import BadInput
from cycle.schedule import checks as schedule_checks
from cycle.schedule.count import counted
from cycle.schedule.meetings import Meetings, Undatable
from cycle.schedule.parts import Dated, Gone, Meeting, Problem
from cycle.schedule.sentences import reasons

# By the framework's key for a kind of body, the titles of those that are asked.
Remit = Mapping[str, Collection[str]]
# An event so near to the day on which it was expected is the one of that planning year.
NEAR = timedelta(days=150)


class Dating:
    """The rules of one planning year, what is dated so far and what went wrong."""

    def __init__(
        self,
        steps: Sequence[StepRule],
        meetings: Meetings,
        events: Sequence[Event],
        calendar: Calendar,
        year: int,
        gone: Sequence[Gone] = (),
    ):
        self.rules: dict[str, StepRule] = {}
        for rule in steps:
            self.rules.setdefault(rule.key, rule)
        self.meetings = meetings
        self.events = events
        self.calendar = calendar
        self.open_calendar = calendar.without_closures()
        self.year = year
        self.gone = gone
        self.dated: dict[str, Dated] = {}
        self.problems: list[Problem] = []
        self.remit: Remit = {}
        for key in sorted({rule.key for rule in steps if self.rules[rule.key] is not rule}):
            self._block(key, f"Two steps have the key “{key}”; only the first is dated.")
        self.order = self._in_order()

    def date_all(self) -> None:
        """A date for each step that can have one; a problem for each that cannot."""
        self._date_these(self.order)
        self.problems += schedule_checks.impossible_predecessors(self.rules)

    def within(self, remit: Remit, keys: Collection[str]) -> "Dating":
        """The dates of these steps where only the bodies of the remit are asked; others stay."""
        other = copy(self)
        other.dated = {key: each for key, each in self.dated.items() if key not in keys}
        other.problems = []
        other.remit = remit
        other._date_these([key for key in self.order if key in keys])
        return other

    def at(self, rule: StepRule, meeting: Meeting) -> Dated:
        """The step at one body alone, of the several at which it is."""
        return self._counted(rule, meeting.on, _anchor_words(meeting), (meeting,), ())

    def would_have_done(self, rule: StepRule) -> list[Gone]:
        """The meetings that are gone and would have done for a step sooner than those it has."""
        dated = self.dated.get(rule.key)
        last_on = max((each.on for each in dated.meetings), default=None) if dated else None
        try:
            found = [
                each for each in self.gone if self.meetings.fits(rule, each.meeting, self._when)
            ]
        except (Undatable, ValueError):
            return []
        return [each for each in found if last_on is None or each.meeting.on < last_on]

    def passed_over(self, key: str) -> str:
        """Which nearer meeting a step could not take, and for want of what, in a sentence; ""."""
        rule, dated = self.rules[key], self.dated[key]
        if rule.anchor_kind != "meeting" or not dated.meetings:
            return ""
        for condition in parse_which(rule.which):
            waits = self.dated.get(condition.when)
            if condition.word != "report_after" or waits is None:
                continue
            nearer = self.meetings.before(rule, waits.due_on, dated.meetings[0])
            if nearer is not None:
                return (
                    f"{nearer.title} on {long_date(nearer.on)} is passed over: “"
                    f"{self._title(condition.when)}” on {long_date(waits.due_on)} is not before "
                    "its report deadline."
                )
        return ""

    def _date_these(self, keys: Sequence[str]) -> None:
        for key in keys:
            try:
                self.dated[key] = self._date(self.rules[key])
            except (Undatable, ValueError, BadInput) as problem:
                self._block(key, f"{self._title(key)} has no date. {problem}")

    def _in_order(self) -> list[str]:
        """Step keys so that what a step is counted from comes first; loops are told and left."""
        graph = {key: counted_from(rule) & self.rules.keys() for key, rule in self.rules.items()}
        for loop in loops(graph):
            names = " → ".join(self._title(key) for key in (*loop, loop[0]))
            for key in loop:
                self._block(key, f"{self._title(key)} is counted from itself: {names}.")
                del graph[key]
        left = {key: sorted(names & graph.keys()) for key, names in graph.items()}
        return list(TopologicalSorter(left).static_order())

    # One step ------------------------------------------------------------------------------

    def _date(self, rule: StepRule) -> Dated:
        from_on, anchor, chosen, extra = self._anchor(rule)
        dated = self._counted(rule, from_on, anchor, chosen, extra)
        self.problems += schedule_checks.closed_day(
            rule, from_on, dated.due_on, self.calendar, self.open_calendar
        )
        return dated

    def _counted(
        self,
        rule: StepRule,
        from_on: date,
        anchor: str,
        chosen: tuple[Meeting, ...],
        extra: tuple[str, ...],
    ) -> Dated:
        due_on = counted(rule, from_on, self.calendar)
        because = reasons(rule, anchor, from_on, due_on, self.calendar, self.open_calendar)
        at = parse_time(rule.at) if rule.at else None
        return Dated(rule.key, due_on, (*because, *extra), chosen, due_on, due_on, at=at)

    def _anchor(self, rule: StepRule) -> tuple[date, str, tuple[Meeting, ...], tuple[str, ...]]:
        """The day to count from, how to say it, its meetings, and the reasons it has itself."""
        if rule.anchor_kind == "meeting":
            chosen = self.meetings.choose(rule, self._when, self.remit.get(rule.anchor))
            pick = min if rule.offset < 0 else max
            meeting = pick(chosen, key=lambda each: each.on)
            return meeting.on, _anchor_words(meeting), chosen, ()
        if rule.anchor_kind == "step":
            before = self._dated_step(rule.anchor)
            anchor = f"“{self._title(rule.anchor)}” on {long_date(before.due_on)}"
            return before.due_on, anchor, (), before.because
        if rule.anchor_kind == "event":
            return (*self._event(rule), (), ())
        fixed_on = parse_yearly(rule.anchor).in_year(self.year)
        return fixed_on, long_date(fixed_on), (), ()

    def _event(self, rule: StepRule) -> tuple[date, str]:
        """The day of an event as somebody has said it, else as it is expected.

        Each year has its own settlement, so where one is expected only an event near that day is
        meant; without that the first one that the planning year looks at.
        """
        named = [each for each in self.events if each.named(rule.anchor)]
        if rule.expected:
            expected = parse_yearly(rule.expected).in_year(self.year)
            near = [each for each in named if abs(each.on - expected) <= NEAR]
            if not near:
                day = self.calendar.last_working(expected)
                anchor = f"the event “{rule.anchor}”, which is expected on {long_date(day)}"
                return day, anchor
            named = [min(near, key=lambda each: abs(each.on - expected))]
        first, last = self.meetings.first, self.meetings.last
        fitting = [each for each in named if each.key == rule.anchor or first <= each.on <= last]
        if not fitting:
            raise Undatable(f"Nobody has said when “{rule.anchor}” is.")
        event = min(fitting, key=lambda each: (each.key != rule.anchor, each.on))
        return event.on, f"{event.title} on {long_date(event.on)}"

    def _when(self, condition: Condition) -> date:
        if condition.is_day:
            return parse_yearly(condition.when).in_year(self.year)
        return self._dated_step(condition.when).due_on

    def _dated_step(self, key: str) -> Dated:
        if key not in self.rules:
            raise Undatable(f"There is no step “{key}”.")
        if key not in self.dated:
            raise Undatable(f"It is counted from “{self._title(key)}”, which has no date.")
        return self.dated[key]

    def _title(self, key: str) -> str:
        return self.rules[key].title if key in self.rules else key

    def _block(self, key: str, sentence: str) -> None:
        self.problems.append(Problem("blocker", key, sentence))


def _anchor_words(meeting: Meeting) -> str:
    return f"{meeting.title} on {long_date(meeting.on)}"
