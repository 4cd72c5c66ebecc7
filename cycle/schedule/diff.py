"""What differs between two timetables of the same steps: what moves, who has less time, what
breaks, what falls together. Pure: the same answer for a command, a proposal and "what if".

The rules that live here: somebody has less time when a step is due earlier, or when what it needs
comes later and the day when it is due does not follow; a breach is a problem that was not there
before; two steps of one post clash when they fall on one day and did not share a day before, two
bodies when they meet on one day and did not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from config import permissions
from config.dates import long_date
from cycle.calendar import Calendar
from cycle.schedule.parts import Meeting, Problem
from cycle.schedule.sentences import working_days

NOBODY = ("", permissions.BY_ITSELF)


@dataclass(frozen=True)
class Entry:
    """A step of one timetable; ``role`` and ``unit`` say whose it is ("" is the whole council)."""

    key: str
    title: str
    role: str
    unit: str
    starts_on: date
    due_on: date
    latest_on: date
    float_days: int


@dataclass(frozen=True)
class Timetable:
    """All that is compared of one side."""

    entries: Sequence[Entry]
    problems: Sequence[Problem] = ()
    meetings: Sequence[Meeting] = ()


@dataclass(frozen=True)
class MovedStep:
    """A step with another date; None where one side has no date. ``days``: working days later
    (below nought: earlier), 0 where a side is missing."""

    key: str
    title: str
    role: str
    unit: str
    before: date | None
    after: date | None
    days: int

    @property
    def sentence(self) -> str:
        """Draft submitted: 3 October 2027 instead of 5 October 2027, two working days earlier."""
        if self.after is None:
            return f"{self.title}: no date any more."
        if self.before is None:
            return f"{self.title}: {long_date(self.after)}, new."
        how = f"{working_days(abs(self.days))} {'later' if self.days > 0 else 'earlier'}"
        return f"{self.title}: {long_date(self.after)} instead of {long_date(self.before)}, {how}."


@dataclass(frozen=True)
class LostDays:
    """One step for which there is less time, and by how many working days."""

    key: str
    title: str
    due_on: date
    days: int


@dataclass(frozen=True)
class LessTime:
    """A post that has less time; ``days`` is the most that it loses on one step."""

    role: str
    unit: str
    days: int
    steps: tuple[LostDays, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """What its steps are called, each once."""
        return tuple(dict.fromkeys(each.title for each in self.steps))


@dataclass(frozen=True)
class Clash:
    """What falls on one day now: steps of one post (``role`` says which), or bodies that meet."""

    on: date
    role: str
    unit: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """Everything that follows; ``mended`` are the problems that are gone.

    ``withheld``: so many dates move that are not told to the reader; ``more_breaks``: there are
    problems, new or gone, that are not told either.
    """

    moved: tuple[MovedStep, ...]
    less_time: tuple[LessTime, ...]
    breaches: tuple[Problem, ...]
    mended: tuple[Problem, ...]
    clashes: tuple[Clash, ...]
    withheld: int = 0
    more_breaks: bool = False

    @property
    def nothing(self) -> bool:
        """Whether both sides are the same, as far as the reader is told."""
        return not (self.moved or self.less_time or self.breaches or self.mended or self.clashes)


def compare(before: Timetable, after: Timetable, calendar: Calendar) -> Difference:
    """What changes from one timetable to the other; keys say which steps are the same."""
    old = {each.key: each for each in before.entries}
    new = {each.key: each for each in after.entries}
    was, now = set(before.problems), set(after.problems)
    return Difference(
        tuple(_moved(old, new, calendar)),
        tuple(_less_time(old, new, calendar)),
        tuple(each for each in dict.fromkeys(after.problems) if each not in was),
        tuple(each for each in dict.fromkeys(before.problems) if each not in now),
        (*_steps_together(old, new), *_bodies_together(before.meetings, after.meetings)),
    )


def _moved(
    old: Mapping[str, Entry], new: Mapping[str, Entry], calendar: Calendar
) -> Iterable[MovedStep]:
    for key in {**old, **new}:
        mine, its = old.get(key), new.get(key)
        step = its or mine
        first, then = mine.due_on if mine else None, its.due_on if its else None
        if step is None or first == then:
            continue
        days = calendar.in_hand(first, then) if first and then else 0
        yield MovedStep(key, step.title, step.role, step.unit, first, then, days)


def _less_time(
    old: Mapping[str, Entry], new: Mapping[str, Entry], calendar: Calendar
) -> list[LessTime]:
    lost: dict[tuple[str, str], list[LostDays]] = {}
    for key, its in new.items():
        mine = old.get(key)
        if mine is None or its.role in NOBODY:
            continue
        days = _lost(mine, its, calendar)
        if days > 0:
            steps = lost.setdefault((its.role, its.unit), [])
            steps.append(LostDays(key, its.title, its.due_on, days))
    found = [
        LessTime(role, unit, max(each.days for each in steps), tuple(steps))
        for (role, unit), steps in lost.items()
    ]
    return sorted(found, key=lambda each: (-each.days, each.role, each.unit))


def _lost(mine: Entry, its: Entry, calendar: Calendar) -> int:
    if (mine.starts_on, mine.due_on) == (its.starts_on, its.due_on):
        return 0
    earlier = calendar.in_hand(its.due_on, mine.due_on)
    shorter = calendar.in_hand(mine.starts_on, mine.due_on) - calendar.in_hand(
        its.starts_on, its.due_on
    )
    return max(earlier, shorter)


def _steps_together(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> list[Clash]:
    """Days on which a post now has steps together that stood on different days before."""
    days: dict[tuple[str, str, date], list[Entry]] = {}
    for each in new.values():
        if each.role not in NOBODY:
            days.setdefault((each.role, each.unit, each.due_on), []).append(each)
    found = []
    for (role, unit, on), entries in days.items():
        stood = {old[each.key].due_on if each.key in old else None for each in entries}
        if len(entries) > 1 and len(stood) > 1:
            titles = tuple(dict.fromkeys(each.title for each in entries))
            found.append(Clash(on, role, unit, titles))
    return sorted(found, key=lambda each: (each.on, each.role, each.unit))


def _bodies_together(before: Sequence[Meeting], after: Sequence[Meeting]) -> list[Clash]:
    """Days on which bodies now meet together and did not."""
    met, meet = _by_day(before), _by_day(after)
    return [
        Clash(on, "", "", tuple(sorted(titles)))
        for on, titles in sorted(meet.items())
        if len(titles) > 1 and not titles <= met.get(on, set())
    ]


def _by_day(meetings: Iterable[Meeting]) -> dict[date, set[str]]:
    found: dict[date, set[str]] = {}
    for each in meetings:
        found.setdefault(each.on, set()).add(each.title)
    return found
