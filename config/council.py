"""The typed shape of a council: units, posts, people, bodies, meetings, closures.

What a council *is* lives here; reading files is ``council_files``, checks are in ``checks``,
and the rhythm of bodies is ``rhythm``. Spans are half open, ``[from_on, until_on)``: the last day
is the one before ``until_on``; nothing means without end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from types import MappingProxyType

from config.governance import Governed
from config.rhythm import Meeting, Rhythm, generate_meetings

__all__ = [
    "BODY_KINDS", "COUNCILS", "MEETING_KINDS", "Appointment", "Body", "Closure", "Council", "Cover",
    "Event", "Meeting", "PapersRule", "Person", "Post", "Rhythm", "Span", "Unit",
    "council_warnings", "municipal_year",
]  # fmt: skip

COUNCILS = Path(__file__).parent / "councils"

MEETING_KINDS = ("ordinary", "extraordinary", "budget", "annual")
BODY_KINDS = ("council", "cabinet", "committee", "board", "group")


@dataclass(frozen=True, kw_only=True)
class Span:
    """From a day until the day before another one; either end may be open."""

    from_on: date | None = None
    until_on: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the day lies in the span."""
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day < self.until_on
        )

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one day."""
        return (
            self.until_on is None or other.from_on is None or other.from_on < self.until_on
        ) and (other.until_on is None or self.from_on is None or self.from_on < other.until_on)


@dataclass(frozen=True, kw_only=True)
class Unit(Span):
    """The council itself, a department, division, service or team."""

    key: str
    name: str
    level: str
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Post(Span):
    """A post with a role, in one unit or one body; ``line`` is the post that it answers to."""

    key: str
    title: str
    role: str
    unit: str | None = None
    body: str | None = None
    line: str | None = None


@dataclass(frozen=True, kw_only=True)
class Appointment(Span):
    """A person in a post for a time."""

    post: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with a log-in. ``is_member``: a councillor, who is not an officer."""

    key: str
    name: str
    email: str
    posts: tuple[Appointment, ...] = ()
    active: bool = True
    is_member: bool = False


@dataclass(frozen=True)
class PapersRule:
    """When papers are due: so many days before the meeting, at a time if there is one."""

    days: int
    unit: str
    at: time | None = None


@dataclass(frozen=True, kw_only=True)
class Body(Span):
    """A body that meets. ``framework_key`` is the framework's word for it; several may share one.

    ``considers`` names the units (with all below them) whose plans come to it; empty means all.
    ``agenda``, ``final_report`` and ``briefing`` are its papers rules; a body that is not public
    has no clear-days rule.
    """

    key: str
    name: str
    short_name: str
    framework_key: str
    kind: str
    public: bool
    size: int | None = None
    quorum: int | None = None
    considers: tuple[str, ...] = ()
    rhythm: Rhythm | None = None
    agenda: PapersRule | None = None
    final_report: PapersRule | None = None
    briefing: PapersRule | None = None
    secretary: str | None = None
    chair: str | None = None


@dataclass(frozen=True)
class Closure:
    """Days on which the council's offices are closed; both ends count."""

    first_on: date
    last_on: date
    why: str = ""


@dataclass(frozen=True)
class Event:
    """Something outside on which dates hang, such as the election; each has its own key: the name
    of its kind, with the year or more after it where there are several (``election_2027``)."""

    key: str
    on: date
    title: str

    def named(self, kind: str) -> bool:
        """Whether it is one of a kind: ``election_2027`` is an ``election``."""
        return self.key == kind or self.key.startswith(f"{kind}_")


@dataclass(frozen=True, kw_only=True)
class Cover(Span):
    """Who acts for whom, and why; in one post, or in all of them when none is named."""

    person: str
    covered_by: str
    post: str | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Council:
    """Everything a council's files say, checked. Keys are unique within each kind."""

    key: str
    name: str
    nation: str = "england"
    cycles: tuple[int, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    governance: tuple[Governed, ...] = ()
    units: Mapping[str, Unit] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    bodies: Mapping[str, Body] = field(default_factory=dict)
    meetings: tuple[Meeting, ...] = ()
    closures: tuple[Closure, ...] = ()
    recesses: tuple[Closure, ...] = ()
    extra_holidays: Mapping[date, str] = field(default_factory=dict)
    covers: tuple[Cover, ...] = ()
    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        for name in ("settings", "units", "posts", "people", "bodies", "extra_holidays"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def roles_used(self) -> list[str]:
        """The roles that posts have, for the framework to check that it knows them."""
        return sorted({post.role for post in self.posts.values()})

    def levels_used(self) -> list[str]:
        """The levels that units have, for the framework to check that it knows them."""
        return sorted({unit.level for unit in self.units.values()})

    def framework_bodies(self) -> dict[str, list[Body]]:
        """The council's bodies by the framework's key for them."""
        found: dict[str, list[Body]] = {}
        for body in self.bodies.values():
            found.setdefault(body.framework_key, []).append(body)
        return found

    def line_of(self, unit: str) -> list[Unit]:
        """The unit and all above it, nearest first."""
        found = []
        key: str | None = unit
        while key is not None:
            found.append(self.units[key])
            key = self.units[key].parent
        return found

    def meetings_between(
        self, from_on: date, until_on: date, is_working: Callable[[date], bool]
    ) -> list[Meeting]:
        """Every meeting in ``[from_on, until_on)``: published ones, else those of the rhythm.

        A body's published meetings replace its rhythm for the whole municipal year (May to April)
        in which it has any.
        """
        published = {(each.body, municipal_year(each.on)) for each in self.meetings}
        found = [each for each in self.meetings if from_on <= each.on < until_on]
        for body in self.bodies.values():
            found += [
                each
                for each in generate_meetings(
                    body.key, body.rhythm, from_on, until_on, is_working, self._recess_days
                )
                if (body.key, municipal_year(each.on)) not in published and body.covers(each.on)
            ]
        return sorted(found, key=lambda each: (each.on, each.at, each.body))

    def _recess_days(self, day: date) -> bool:
        return any(each.first_on <= day <= each.last_on for each in self.recesses)


def municipal_year(day: date) -> int:
    """The year in whose May the municipal year of this day began."""
    return day.year if day.month >= 5 else day.year - 1


def council_warnings(council: Council, why_not_working: Callable[[date], str | None]) -> list[str]:
    """Published meetings on days on which nobody works: possible, but worth a look."""
    found = []
    for meeting in council.meetings:
        why = why_not_working(meeting.on)
        if why:
            name = council.bodies[meeting.body].name
            found.append(
                f"{name} meets on {meeting.on.isoformat()}, which is not a working day ({why})."
            )
    return found
