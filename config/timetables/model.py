"""What a published timetable is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from config.council import Event
from config.governance import Limit
from config.rules import StepRule

# How a step was published that has no single day (``words.MANNERS``).
NO_DAY, EACH_MONTH, AND = "no day", "each month", " and "


@dataclass(frozen=True)
class PlanPart:
    """What a step is for: a plan or a part of one. ``branch``: made only if it is decided so."""

    key: str
    title: str
    branch: bool = False


@dataclass(frozen=True)
class Pattern:
    """The steps of a timetable without its days, and what the law fixes about them."""

    key: str
    title: str
    steps: tuple[StepRule, ...]
    plans: Mapping[str, PlanPart]
    extends: str = ""
    without: tuple[str, ...] = ()
    source: str = ""
    limits: Mapping[str, Limit] = field(default_factory=dict)


@dataclass(frozen=True)
class PublishedBody:
    """A body under its published name; ``stands_for`` is the pattern's word for such bodies.

    By ``weekday`` and ``rhythm`` it meets in the months for which no meeting is published.
    """

    key: str
    title: str
    weekday: str
    rhythm: str
    stands_for: str = ""

    @property
    def role(self) -> str:
        """The pattern's word for it."""
        return self.stands_for or self.key


@dataclass(frozen=True)
class PublishedRow:
    """One line of the published timetable; both ends count. ``words`` are how it was printed,
    ``at`` the hour, such as 10:30, where one was. ``days`` are the meetings that one step took
    where they were several; ``manner`` says of a step that it comes each month, or has no day."""

    step: str
    body: str  # of several that a step asks; empty for all of them
    first_on: date
    last_on: date
    who: str
    decides: str
    words: str
    at: str = ""
    days: tuple[date, ...] = ()
    manner: str = ""  # "", or ``NO_DAY`` or ``EACH_MONTH``

    def fits(self, on: date) -> bool:
        """Whether a day is what was published; of a step that comes each month it is the first."""
        if self.manner == NO_DAY:
            return True
        if self.manner == EACH_MONTH:
            first = self.first_on
            return (on.year, on.month) == (first.year, first.month)
        return on in self.days if self.days else self.first_on <= on <= self.last_on

    @property
    def is_day(self) -> bool:
        """Whether the very day was published."""
        return self.first_on == self.last_on


@dataclass(frozen=True)
class KnownMeeting:
    """A day on which a body meets or, not ``held``, days on which it does not; both ends count."""

    body: str
    first_on: date
    last_on: date
    held: bool = True
    was_on: date | None = None  # the day that a moved meeting had


@dataclass(frozen=True)
class Head:
    """``timetable.toml``: whose it is, when it begins (in May of ``year``), and who is asked.

    ``clear_days``: between the publication of an agenda and the meeting. ``to_follow``: the steps
    whose papers followed their agenda, in a supplement that was public ``supplement_days`` working
    days before the meeting. ``by_rhythm``: its days come out by rhythms alone, since no meeting is
    published. ``replaces``: the key of the timetable in whose place it was agreed.
    """

    key: str
    title: str
    council: str
    source: str
    pattern: str
    year: int
    nation: str
    governance: str
    clear_days: int
    bodies: Mapping[str, PublishedBody]
    decision: str = ""
    to_follow: tuple[str, ...] = ()
    supplement_days: int = 1
    by_rhythm: bool = False
    replaces: str = ""


@dataclass(frozen=True)
class PublishedTimetable:
    """One published timetable with the pattern that it follows.

    ``absent``: the spans of days, both ends included, in which a body is known not to meet.
    ``new_days``: those of the meetings that are the new day of one that is absent. ``events``: what
    happened outside, such as the settlement.
    """

    head: Head
    pattern: Pattern
    meetings: tuple[tuple[str, date], ...]
    rows: tuple[PublishedRow, ...]
    steps: tuple[StepRule, ...] = field(default=())
    absent: tuple[tuple[str, date, date], ...] = ()
    new_days: tuple[tuple[str, date], ...] = ()
    events: tuple[Event, ...] = ()
