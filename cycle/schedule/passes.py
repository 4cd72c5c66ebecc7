"""How much float each step has: the passes over the graph of dated steps. Pure.

The rules that live here:

- *backward*: a step's latest day is the earliest of what follows it: the report deadline of the
  meeting that needs it (model.md: the earlier body meets before the later one's report deadline,
  not its meeting), the fixed day that needs it, what is counted from it, or the law's last day.
  What is fixed asks for the same day whatever follows it; what is not moves with what follows.
- *critical*: on the tightest way to each fixed date, the steps that have no day to spare.
- *forward*: the first day on which a step can be done when what is not done begins today.

Each pass looks once at each step and each link, so the work grows as the timetable does.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.count import counted, counted_back

# What a step needs beforehand when nothing says it: two working weeks to do it.
USUAL_DAYS = 10

LinkKind = Literal["need", "before", "after"]


@dataclass(frozen=True)
class Point:
    """A dated step as the passes see it.

    ``asks_on``: the day by which a fixed step must have what it needs (a meeting its report
    deadline); None when the step moves with what follows. ``last_on``: the law's last day for it.
    ``by_itself``: it happens by its date alone, on any day, and never slips. ``begins_on``: from
    when it is worked on when it needs nothing. ``meets``: it is what a meeting does, so when its
    papers are late it waits for the next one. ``joins``: it is no step, it only stands for many.
    """

    due_on: date
    asks_on: date | None = None
    last_on: date | None = None
    by_itself: bool = False
    begins_on: date = date.min
    meets: bool = False
    joins: bool = False

    @property
    def fixed(self) -> bool:
        """Whether it stands on its day whatever follows: a meeting, a fixed day, an event."""
        return self.asks_on is not None


@dataclass(frozen=True)
class Link:
    """``before`` comes first: ``after`` needs it, or one is counted from the other.

    ``predecessor``: named by the framework. ``before``: so many days before ``after``. ``after``:
    so many days (those of ``rule``) after ``before``.
    """

    before: str
    after: str
    kind: LinkKind
    rule: StepRule | None = None


@dataclass(frozen=True)
class StepFloat:
    """What the passes found about one step; see ``parts.Dated``."""

    starts_on: date
    latest_on: date
    float_days: int
    critical: bool
    reached_on: date | None = None
    late_days: int = 0


class Passes:
    """The graph of one timetable, in order, and the passes over it."""

    def __init__(self, points: Mapping[str, Point], links: Iterable[Link], calendar: Calendar):
        self.points = points
        self.calendar = calendar
        self.into: dict[str, list[Link]] = {key: [] for key in points}
        self.out_of: dict[str, list[Link]] = {key: [] for key in points}
        for link in links:
            if link.before in points and link.after in points and link.before != link.after:
                self.into[link.after].append(link)
                self.out_of[link.before].append(link)
        self.order = self._in_order()
        self.latest: dict[str, date] = {}
        self.missed: dict[str, date] = {}  # meetings out of reach, and when their needs are met
        # Many steps fall on few days, so each question is put to the calendar once.
        self._working: dict[date, date] = {}
        self._days: dict[tuple[date, date], int] = {}
        self._backward()
        self.tightest = {key: self._tightest(key) for key in self.order}

    def floats(
        self,
        as_of: date | None = None,
        done: Collection[str] = (),
        meets_next: Callable[[str, date], date | None] = lambda _key, _day: None,
    ) -> dict[str, StepFloat]:
        """The float of every step; as of a day also when it can be reached, knowing what is done.

        ``meets_next`` gives for a step at a meeting the next one that can be reached by papers that
        are ready on a day.
        """
        critical = self._critical()
        reached: dict[str, date] = {}
        late: dict[str, int] = {}
        if as_of is not None:
            reached, late = self._forward(as_of, done, meets_next)
        return {
            key: StepFloat(
                self._starts_on(key),
                self.latest[key],
                self.in_hand(key),
                key in critical,
                reached.get(key),
                late.get(key, 0),
            )
            for key in self.points
        }

    def chains(self) -> dict[str, str]:
        """For each step the one before it that leaves the fewest days, where there is one."""
        return {key: before for key, before in self.tightest.items() if before is not None}

    def broken(self) -> list[tuple[Link, date]]:
        """The needs that come too late for what needs them, with the day that was the last."""
        found = []
        for links in self.into.values():
            for link in links:
                after = self.points[link.after]
                if link.kind == "need" and after.fixed:
                    asked = min(after.asks_on or after.due_on, after.due_on)
                elif link.kind == "need":
                    asked = after.due_on
                else:
                    continue
                if self.points[link.before].due_on > asked:
                    found.append((link, asked))
        return found

    def in_hand(self, key: str) -> int:
        """Working days from the step's date to its latest one, below nought when it is past it."""
        return self._between(self.points[key].due_on, self.latest[key])

    def _between(self, first: date, last: date) -> int:
        if first == last:
            return 0
        days = self._days.get((first, last))
        if days is None:
            days = self._days[first, last] = self.calendar.in_hand(first, last)
        return days

    # Order ---------------------------------------------------------------------------------

    def _in_order(self) -> list[str]:
        """The steps so that what comes before stands before; those in a loop stand last."""
        waits = {key: len(links) for key, links in self.into.items()}
        order = [key for key, count in waits.items() if count == 0]
        for key in order:  # grows while it is read
            for link in self.out_of[key]:
                waits[link.after] -= 1
                if waits[link.after] == 0:
                    order.append(link.after)
        known = set(order)
        return [*order, *(key for key in self.points if key not in known)]

    # Backward ------------------------------------------------------------------------------

    def _backward(self) -> None:
        for key in reversed(self.order):
            point = self.points[key]
            asked = [self._asked(link) for link in self.out_of[key]]
            if point.last_on is not None:
                asked.append(point.last_on)
            bound = point.due_on if point.by_itself else min(asked, default=point.due_on)
            self.latest[key] = self._worked(point, bound)

    def _asked(self, link: Link) -> date:
        """The last day for ``link.before`` that still suits ``link.after``."""
        after = self.points[link.after]
        if link.after not in self.latest:  # in a loop, which is told elsewhere
            return after.due_on
        if link.kind == "after" and link.rule is not None:
            until_on = after.due_on if after.fixed else self.latest[link.after]
            return counted_back(link.rule, until_on, self.calendar)
        if after.asks_on is None:
            return self.latest[link.after]
        return after.asks_on if link.kind == "need" else after.due_on

    def _worked(self, point: Point, bound: date) -> date:
        """The last day up to the bound on which somebody is there to do it."""
        last = self._working.get(bound)
        if last is None:
            last = self._working[bound] = self.calendar.last_working(bound)
        return point.due_on if last < point.due_on <= bound else last

    # Critical ------------------------------------------------------------------------------

    def _tightest(self, key: str) -> str | None:
        """The step before this one with the fewest days to what this one asks.

        What is only counted from this one (changes, if it was returned) decides nothing while there
        is something that it needs; what happens by its date alone is never late.
        """
        links = [each for each in self.into[key] if not self.points[each.before].by_itself]
        needed = [link for link in links if link.kind != "before"]
        tightest = min(
            needed or links,
            key=lambda link: (
                self._between(self.points[link.before].due_on, self._asked(link)),
                -self.points[link.before].due_on.toordinal(),
                link.before,
            ),
            default=None,
        )
        return tightest.before if tightest else None

    def _critical(self) -> set[str]:
        """On the chains to fixed dates, the steps that have no day to spare."""
        on_chains: set[str] = set()
        for key in self.order:
            before = self.tightest[key] if self.points[key].fixed else None
            while before is not None and before not in on_chains:
                on_chains.add(before)
                before = self.tightest[before]
        return {key for key in on_chains if self.in_hand(key) <= 0}

    # Forward -------------------------------------------------------------------------------

    def _starts_on(self, key: str) -> date:
        point = self.points[key]
        known = [
            self.points[link.before].due_on for link in self.into[key] if link.kind != "before"
        ]
        return min(max(known, default=point.begins_on), point.due_on)

    def _forward(
        self,
        as_of: date,
        done: Collection[str],
        meets_next: Callable[[str, date], date | None],
    ) -> tuple[dict[str, date], dict[str, int]]:
        today = self.calendar.next_working(as_of)
        reached: dict[str, date] = {}
        late: dict[str, int] = {}
        for key in self.order:
            point = self.points[key]
            if key in done or (point.by_itself and point.due_on <= as_of):
                reached[key] = point.due_on
                continue
            ready = self._ready(key, reached, today)
            asked = min(point.asks_on or point.due_on, point.due_on)
            if not point.meets or (ready <= asked and today <= point.due_on):
                reached[key] = max(ready, point.due_on) if point.fixed else ready
                late[key] = self._between(self.latest[key], reached[key])
                continue
            self.missed[key] = ready
            reached[key] = meets_next(key, ready) or max(ready, point.due_on)
            late[key] = self._between(asked if ready > asked else point.due_on, max(ready, today))
        return reached, {key: days for key, days in late.items() if days > 0}

    def _ready(self, key: str, reached: Mapping[str, date], today: date) -> date:
        """When all is there that the step needs; what is fixed asks nobody today for itself."""
        found = [
            counted(link.rule, reached[link.before], self.calendar)
            if link.kind == "after" and link.rule is not None
            else reached[link.before]
            for link in self.into[key]
            if link.before in reached and link.kind != "before"
        ]
        point = self.points[key]
        if not point.joins and (not point.fixed or point.due_on < today):
            found.append(today)
        return max(found, default=date.min)


def usual_begin(due_on: date, calendar: Calendar) -> date:
    """From when a step that needs nothing is worked on: two working weeks before it is due."""
    return calendar.add_working(due_on, -USUAL_DAYS)
