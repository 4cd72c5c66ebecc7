"""From step rules and meetings to dates with reasons and float. Pure: no database, no clock.

The rule that lives here: a step is due so many working, clear or calendar days before or after a
meeting, a day of the year, an outside event or another step, and says why in plain sentences. What
cannot be dated, or has a date on which nobody could do it, is a problem in a sentence, never an
exception. Beside it: choosing meetings (``meetings``), dating (``dating``), the law (``limits``),
the passes (``passes``), checks (``checks``) and copies for units and bodies (``per_unit``).

Several bodies may share a framework key (the four service committees): each one's meeting is chosen
by the same condition; a step before them hangs on the first, a step on or after them on the last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from config.council import Event
from config.governance import Limit
from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule import checks as schedule_checks, promises
from cycle.schedule.checks import Late
from cycle.schedule.count import counted
from cycle.schedule.dating import Dating
from cycle.schedule.graph import links_of, point_of
from cycle.schedule.limits import Limits
from cycle.schedule.meetings import Meetings, window
from cycle.schedule.parts import Dated, Gone, Meeting, Problem, Severity, Solution, StepInstance
from cycle.schedule.passes import Link, Passes
from cycle.schedule.per_unit import PlanUnit, expand_per_unit

__all__ = [
    "Dated", "Gone", "Meeting", "PlanUnit", "Problem", "Severity", "Solution", "StepInstance",
    "counted", "solve", "window",
]  # fmt: skip


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
    units: Mapping[str, Sequence[PlanUnit]] | None = None,
    as_of: date | None = None,
    done: Collection[str] = (),
    gone: Sequence[Gone] = (),
) -> Solution:
    """Date every step of the planning year that begins in May of ``year``.

    ``bodies`` names the framework's body keys that the council has, with their titles, so that a
    body without meetings differs from a body that nobody knows; those with meetings are known.
    ``limits`` are those of the law that hold for the council (``config.choices``), and ``public``
    the bodies whose decisions the public sees. A second meeting that a limit asks for is a step of
    its own. ``units``, by plan type, also gives a copy of each step for each unit and each body.
    ``as_of`` also shows what can no longer be reached from that day on, when only the steps (or
    copies) whose keys are in ``done`` are done. ``gone`` are meetings that are not held on their
    day, to be named where a promise of the pattern is missed for want of one.
    """
    titles = {each.body: each.title for each in meetings} | dict(bodies or {})
    dating = Dating(steps, Meetings(meetings, titles, year), events, calendar, year, gone)
    dating.date_all()
    solving = _Solving(dating)
    solving.keep_to(limits, public, events)
    return solving.solution(units, as_of, done)


class _Solving:
    """One run over steps that are dated: the law, the passes, the copies."""

    def __init__(self, dating: Dating):
        self.dating = dating
        self.rules = dating.rules
        self.dated = dating.dated
        self.calendar = dating.calendar
        self.problems = list(dating.problems)
        self.links = [link for rule in dating.rules.values() for link in links_of(rule)]
        self.last_days: dict[str, date] = {}

    def keep_to(
        self, given: Sequence[Limit], public: Collection[str], events: Sequence[Event]
    ) -> None:
        """Check what the law fixes, and add the meetings that it may ask for."""
        limits = Limits(given, self.rules, self.dated, self.dating.year)
        self.last_days = limits.last_days()
        self.problems += limits.too_late()
        self.problems += promises.missed(self.dating)
        self.problems += limits.sensitive(events, public, self.calendar)
        for found in list(limits.seconds(self.dating.meetings, self.calendar)):
            if isinstance(found, Problem):
                self.problems.append(found)
                continue
            key = found.rule.key
            self.rules[key], self.dated[key] = found.rule, found.dated
            self.links.append(Link(found.after.anchor, key, "after", found.after))

    def solution(
        self,
        units: Mapping[str, Sequence[PlanUnit]] | None,
        as_of: date | None,
        done: Collection[str],
    ) -> Solution:
        """Everything that is known by now, with the float that each step has."""
        points = {
            key: point_of(self.rules[key], each, self.calendar, self.last_days.get(key))
            for key, each in self.dated.items()
        }
        passes = Passes(points, self.links, self.calendar)
        self.problems += schedule_checks.out_of_order(
            passes.broken(), self.rules, self.dated, self.dating.passed_over
        )
        floats = passes.floats(as_of, done, self._meets_next)
        in_order = {
            key: replace(self.dated[key], **vars(floats[key]))
            for key in self.rules
            if key in self.dated
        }
        if units is None:
            late = [
                Late(rule, each, passes.missed.get(key), _any_late(rule.predecessors, in_order))
                for key, each in in_order.items()
                if each.late_days and (rule := self.rules[key])
            ]
            self.problems += schedule_checks.out_of_reach(late, {})
            return Solution(in_order, tuple(self.problems), passes.chains(), self.rules)
        found = expand_per_unit(self.dating, units, self.last_days, self.links, as_of, done)
        self.problems += found.problems
        self.problems += schedule_checks.out_of_reach(found.late, found.units)
        problems = tuple(self.problems)
        return Solution(in_order, problems, passes.chains(), self.rules, found.copies)

    def _meets_next(self, key: str, ready_on: date) -> date | None:
        return self.dating.meetings.all_ready(
            self.dated[key].meetings, ready_on, self.rules[key].papers
        )


def _any_late(predecessors: Collection[str], dated: Mapping[str, Dated]) -> bool:
    return any(key in dated and dated[key].late_days for key in predecessors)
