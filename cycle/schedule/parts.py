"""What a timetable is made of: meetings, dated steps, problems, and the solution that holds them.

Nothing is worked out here; ``cycle.schedule.solve`` makes these, everyone else reads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from config.rules import TO_FOLLOW, StepRule

MISSED_PROMISE = "missed_promise"
Severity = Literal["blocker", "warning"]


@dataclass(frozen=True)
class Meeting:
    """One meeting of one body. ``body`` is the framework's key, ``title`` this very body's name.

    ``supplement_due_on``: until when papers "to follow" can be published.
    """

    body: str
    on: date
    title: str
    kind: str = "ordinary"
    report_due_on: date | None = None
    supplement_due_on: date | None = None

    def papers_due_on(self, papers: str = "") -> date:
        """The last day for what a step needs there: its report deadline, or that of a supplement
        where its papers follow the agenda (``StepRule.papers``)."""
        due_on = self.report_due_on or self.on
        if papers == TO_FOLLOW:
            return max(due_on, self.supplement_due_on or due_on)
        return due_on


@dataclass(frozen=True)
class Gone:
    """A meeting that is not held on its day, and why: “is cancelled”, “has moved to 8 December”."""

    meeting: Meeting
    why: str


@dataclass(frozen=True)
class Dated:
    """One step with its date, the reasons for it, and the meetings that it hangs on.

    ``starts_on`` is the day on which what it needs is there, ``latest_on`` the last day that harms
    nothing that is fixed after it, and ``float_days`` the working days from ``due_on`` to that day,
    below nought when a date after it cannot hold. ``critical``: it has no day to spare and lies on
    the tightest way to one of those dates. ``at`` is the local time of day, where the rule has one.
    ``reached_on`` is the first day on which it can be done as things stand, and ``late_days`` the
    working days that it then comes after ``latest_on``; both only when it was asked as of a day.
    """

    key: str
    due_on: date
    because: tuple[str, ...]
    meetings: tuple[Meeting, ...] = ()
    starts_on: date = date.min
    latest_on: date = date.max
    float_days: int = 0
    critical: bool = False
    at: time | None = None
    reached_on: date | None = None
    late_days: int = 0


@dataclass(frozen=True)
class StepInstance:
    """A step for one unit ("" is the whole council), at one body where there are several.

    ``rule`` is the key of the step; ``predecessors`` names the copies that it waits for, or the
    step that all of them belong to. Its reasons, date and float are its own.
    """

    key: str
    rule: str
    unit: str
    body: str
    dated: Dated
    predecessors: tuple[str, ...]


@dataclass(frozen=True)
class Problem:
    """Why a step has no date (blocker), or a date that will not do (blocker or warning).

    ``also`` is the key of another step that the sentence names; ``about`` what kind of fault it is,
    where somebody asks.
    """

    severity: Severity
    step: str
    sentence: str
    also: str = ""
    about: str = ""


@dataclass(frozen=True)
class Solution:
    """Dates by step key, in the order of the rules, and what is wrong.

    ``tightest`` names for a step the one before it that leaves the fewest days; following it from
    a fixed date back gives the chain that decides about that date. ``rules`` are those of all
    steps, with the second meetings that the law may ask for; ``copies`` are there when they were
    asked for, in the order of the rules.
    """

    dated: Mapping[str, Dated]
    problems: tuple[Problem, ...]
    tightest: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, StepRule] = field(default_factory=dict)
    copies: tuple[StepInstance, ...] = ()

    def chain(self, key: str) -> tuple[str, ...]:
        """The steps that decide whether ``key`` holds its date, the first one first."""
        found = [key]
        while (before := self.tightest.get(found[-1])) and before not in found:
            found.append(before)
        return tuple(reversed(found))
