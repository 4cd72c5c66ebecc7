"""From step rules and meetings to dates with reasons and room. Pure: no database, no clock.

The rule that lives here: a step is due so many working, clear or calendar days before or after a
meeting, a day of the year, an outside event or another step, and says why in plain sentences. What
cannot be dated, or has a date on which nobody could do it, is a problem in a sentence, never an
exception.

Several bodies may share a framework key (the four service committees): each one's meeting is chosen
by the same condition; a step before them hangs on the first, a step on or after them on the last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from graphlib import TopologicalSorter

from config.circles import circles
from config.council import Event
from config.dates import long_date, parse_time, parse_yearly
from config.framework import Limit
from config.rules import Condition, StepRule, counted_from
from cycle import schedule_checks
from cycle.calendar import Calendar
from cycle.errors import BadInput
from cycle.schedule_count import counted
from cycle.schedule_limits import Limits
from cycle.schedule_meetings import Meetings, Undatable, window
from cycle.schedule_parts import Dated, Meeting, Problem, Severity, Solution
from cycle.schedule_passes import Link, Passes, Point, usual_begin
from cycle.schedule_sentences import reasons

__all__ = ["Dated", "Meeting", "Problem", "Severity", "Solution", "counted", "solve", "window"]


def solve(
    steps: Sequence[StepRule],
    meetings: Sequence[Meeting],
    events: Sequence[Event],
    calendar: Calendar,
    *,
    year: int,
    bodies: Mapping[str, str] | None = None,
    limits: Sequence[Limit] = (),
    public: Collection[str] = (),
    as_of: date | None = None,
    done: Collection[str] = (),
) -> Solution:
    """Date every step of the planning year that begins in May of ``year``.

    ``bodies`` names the framework's body keys that the council has, with their titles, so that a
    body without meetings differs from a body that nobody knows; those with meetings are known.
    ``limits`` are those of the law that hold for the council (``config.choices``), and ``public``
    the bodies whose decisions the public sees. A second meeting that a limit asks for is a step of
    its own. ``as_of`` also shows what can no longer be reached from that day on, when only the
    steps whose keys are in ``done`` are done.
    """
    titles = {each.body: each.title for each in meetings} | dict(bodies or {})
    solver = _Solver(steps, Meetings(meetings, titles, year), events, calendar, year)
    solver.date_all()
    solver.keep_to(limits, public)
    return solver.solution(as_of, done)


class _Solver:
    """The state of one run: what is dated so far and what went wrong."""

    def __init__(
        self,
        steps: Sequence[StepRule],
        meetings: Meetings,
        events: Sequence[Event],
        calendar: Calendar,
        year: int,
    ):
        self.rules: dict[str, StepRule] = {}
        for rule in steps:
            self.rules.setdefault(rule.key, rule)
        self.repeated = sorted({rule.key for rule in steps if self.rules[rule.key] is not rule})
        self.meetings = meetings
        self.events_given = events
        self.events = {event.key: event for event in events}
        self.calendar = calendar
        self.open_calendar = calendar.without_closures()
        self.year = year
        self.dated: dict[str, Dated] = {}
        self.problems: list[Problem] = []
        self.last_days: dict[str, date] = {}
        self.more_links: list[Link] = []

    def date_all(self) -> None:
        """A date for each step that can have one; a problem for each that cannot."""
        for key in self.repeated:
            self._block(key, f"Two steps have the key “{key}”; only the first is dated.")
        for key in self._in_order():
            try:
                self.dated[key] = self._date(self.rules[key])
            except (Undatable, ValueError, BadInput) as problem:
                self._block(key, f"{self._title(key)} has no date. {problem}")
        self.problems += schedule_checks.needs_that_cannot_be(self.rules)

    def keep_to(self, given: Sequence[Limit], public: Collection[str]) -> None:
        """Check what the law fixes, and add the meetings that it may ask for."""
        limits = Limits(given, self.rules, self.dated, self.year)
        self.last_days = limits.last_days()
        self.problems += limits.too_late()
        self.problems += limits.sensitive(self.events_given, public, self.calendar)
        for found in list(limits.seconds(self.meetings, self.calendar)):
            if isinstance(found, Problem):
                self.problems.append(found)
            else:
                self.rules[found.rule.key] = found.rule
                self.dated[found.rule.key] = found.dated
                self.more_links.append(
                    Link(found.after.anchor, found.rule.key, "after", found.after)
                )

    def solution(self, as_of: date | None, done: Collection[str]) -> Solution:
        """Everything that is known by now, with the room that each step has."""
        passes = Passes(self._points(), self._links(), self.calendar)
        self.problems += schedule_checks.out_of_order(passes.broken(), self.rules, self.dated)
        rooms = passes.rooms(as_of, done, self._meets_next)
        late = schedule_checks.out_of_reach(self.rules, self.dated, rooms, passes.missed)
        self.problems += late
        in_order = {
            key: replace(self.dated[key], **vars(rooms[key]))
            for key in self.rules
            if key in self.dated
        }
        return Solution(in_order, tuple(self.problems), passes.chains(), dict(self.rules))

    # Order ---------------------------------------------------------------------------------

    def _in_order(self) -> list[str]:
        """Step keys so that what a step is counted from comes first; circles are told and left."""
        graph = {key: counted_from(rule) & self.rules.keys() for key, rule in self.rules.items()}
        for circle in circles(graph):
            names = " → ".join(self._title(key) for key in (*circle, circle[0]))
            for key in circle:
                self._block(key, f"{self._title(key)} is counted from itself: {names}.")
                del graph[key]
        left = {key: sorted(names & graph.keys()) for key, names in graph.items()}
        return list(TopologicalSorter(left).static_order())

    # One step ------------------------------------------------------------------------------

    def _date(self, rule: StepRule) -> Dated:
        from_on, told, chosen, further = self._anchor(rule)
        due_on = counted(rule, from_on, self.calendar)
        because = reasons(rule, told, from_on, due_on, self.calendar, self.open_calendar)
        self.problems += schedule_checks.closed_day(
            rule, from_on, due_on, self.calendar, self.open_calendar
        )
        at = parse_time(rule.at) if rule.at else None
        return Dated(rule.key, due_on, (*because, *further), chosen, due_on, due_on, at=at)

    def _anchor(self, rule: StepRule) -> tuple[date, str, tuple[Meeting, ...], tuple[str, ...]]:
        """The day to count from, how to say it, its meetings, and the reasons it has itself."""
        if rule.anchor_kind == "meeting":
            chosen = self.meetings.choose(rule, self._when)
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
                raise Undatable(f"Nobody has said when “{rule.anchor}” is.")
            return event.on, f"{event.title} on {long_date(event.on)}", (), ()
        fixed_on = parse_yearly(rule.anchor).in_year(self.year)
        return fixed_on, long_date(fixed_on), (), ()

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

    # The graph -----------------------------------------------------------------------------

    def _points(self) -> dict[str, Point]:
        return {
            key: point_of(self.rules[key], each, self.calendar, self.last_days.get(key))
            for key, each in self.dated.items()
        }

    def _links(self) -> list[Link]:
        second = {link.after for link in self.more_links}
        first = [self.rules[key] for key in self.dated if key not in second]
        links = [link for rule in first for link in links_of(rule)]
        return links + self.more_links

    def _meets_next(self, key: str, ready_on: date) -> date | None:
        """The day on which all bodies of the step can have met, when its papers come that late."""
        met = [self.meetings.ready_for(each, ready_on) for each in self.dated[key].meetings]
        days = [day for day in met if day is not None]
        return max(days) if days and len(days) == len(met) else None

    def _title(self, key: str) -> str:
        return self.rules[key].title if key in self.rules else key

    def _block(self, key: str, sentence: str) -> None:
        self.problems.append(Problem("blocker", key, sentence))


def point_of(
    rule: StepRule, dated: Dated, calendar: Calendar, last_on: date | None = None
) -> Point:
    """A dated step as the passes see it: what it asks of the steps before it, and from when."""
    at_meeting = rule.anchor_kind == "meeting" and rule.offset == 0
    asks_on = None
    if at_meeting:
        asks_on = min(each.report_due_on or each.on for each in dated.meetings)
    elif rule.anchor_kind in ("fixed", "event"):
        asks_on = dated.due_on
    by_itself = rule.role == "system"
    begins = dated.due_on if by_itself or at_meeting else usual_begin(dated.due_on, calendar)
    return Point(dated.due_on, asks_on, last_on, by_itself, begins)


def links_of(rule: StepRule) -> list[Link]:
    """What comes before the step, and what the step comes before: its needs and its anchor."""
    links = [Link(need, rule.key, "need") for need in rule.needs]
    if rule.anchor_kind == "step" and rule.offset > 0:
        links.append(Link(rule.anchor, rule.key, "after", rule))
    elif rule.anchor_kind == "step":
        links.append(Link(rule.key, rule.anchor, "before"))
    return links
