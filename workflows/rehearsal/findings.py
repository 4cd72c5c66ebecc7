"""What a rehearsal showed: what was approved when, how much each post had to do, where it is tight.

The rule that lives here: what a rehearsal is asked afterwards. Everything is counted from the
database that it has left behind, but for the first pinch point, which the dates alone give.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import parse_date
from config.lifecycles.phases import APPROVED
from cycle.access import KnownPlans
from cycle.models import PlanningYear
from workflows.simulation.world import Wait, World
from workflows.timetable import pinch_point
from workflows.timetable.pinch_point import PinchPoint

LONG = timedelta(days=7)

_PLANS = text("""
SELECT count(*) AS plans, count(*) FILTER (WHERE subject.phase = ANY(:phases)) AS approved,
       count(*) FILTER (WHERE NOT EXISTS (
         SELECT 1 FROM milestone WHERE milestone.plan_id = plan.id AND milestone.gate = 'approved'
         AND CAST(milestone.at AT TIME ZONE 'Europe/London' AS date) <= plan.in_force_from_on)
       ) AS too_late
FROM plan JOIN subject ON subject.id = plan.id
JOIN planning_year ON planning_year.id = plan.planning_year_id
WHERE planning_year.writes_from = :year
""")
# A step at a meeting of a body whose resolution on the plan came at a later one.
_LOST = text("""
SELECT step.rule, step.title, max(step.due_on) AS planned_on, max(decision.decided_on) AS played_on
FROM step JOIN meeting ON meeting.id = step.meeting_id AND meeting.on_date = step.due_on
JOIN body AS planned ON planned.id = meeting.body_id
JOIN item_plan ON item_plan.plan_id = step.plan_id
JOIN subject ON subject.id = item_plan.item_id
JOIN body ON body.id = subject.body_id AND body.framework_key = planned.framework_key
JOIN decision ON decision.item_id = subject.id
WHERE step.rule = ANY(:rules)
GROUP BY step.rule, step.title HAVING max(decision.decided_on) > max(step.due_on)
ORDER BY max(step.due_on), step.title
""")
# Everybody holds one post in a rehearsal, so whoever did a task says whose post it was.
_WORK = text("""
SELECT post.title, coalesce(unit.name, body.name) AS place,
       CAST(date_trunc('week', task.closed_at AT TIME ZONE 'Europe/London') AS date) AS week,
       count(*) AS tasks
FROM task JOIN appointment ON appointment.person_id = task.closed_by_id
JOIN post ON post.id = appointment.post_id JOIN queue ON queue.id = post.queue_id
LEFT JOIN unit ON unit.id = queue.unit_id LEFT JOIN body ON body.id = queue.body_id
WHERE task.outcome = 'done'
GROUP BY post.id, unit.id, body.id, week ORDER BY post.id, week
""")


@dataclass(frozen=True)
class Load:
    """The work of one post: how many tasks were done in each week, by its Monday."""

    post: str
    place: str
    weeks: dict[date, int]

    @property
    def tasks(self) -> int:
        """All of its tasks."""
        return sum(self.weeks.values())

    @property
    def busiest_on(self) -> date:
        """The Monday of the week with most tasks, the first one of several."""
        return max(self.weeks, key=lambda day: (self.weeks[day], -day.toordinal()))

    @property
    def most(self) -> int:
        """How many tasks there were in that week."""
        return self.weeks[self.busiest_on]


@dataclass(frozen=True)
class Lost:
    """A resolution that came at a later meeting than the timetable says; ``rule`` is the key of
    its step, "" in a rehearsal of before it was kept."""

    title: str
    planned_on: date
    played_on: date
    rule: str = ""


@dataclass(frozen=True)
class Found:
    """What a rehearsal showed. ``as_dict`` and ``of_dict`` carry it through the database.

    ``too_late`` counts the plans that were not approved by the day on which they take effect;
    ``lost`` are the committee dates that were not kept, ``waits`` what could not be done for a week
    or longer, and why; ``left_out`` the units without which it was played, in words.
    """

    first_on: date
    last_on: date
    plans: int
    approved: int
    too_late: int
    lost: tuple[Lost, ...]
    waits: tuple[Wait, ...]
    loads: tuple[Load, ...]
    place: PinchPoint | None
    left_out: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return dict(_plain(asdict(self)))

    def known_to(self, known: KnownPlans, rules: Collection[str]) -> tuple["Found", bool]:
        """What is told to whoever may know of some plans of the year alone, and whether anything
        is left out; ``rules`` are the keys of the steps that are hidden from her."""
        if not known.hidden:
            return self, False
        refs = tuple(known.hidden.values())
        place = self.place
        if place and place.rule in rules:
            place = None
        elif place and place.ref in ("", *refs):
            place = replace(place, plan="", ref="")
        known_part = replace(
            self,
            lost=tuple(each for each in self.lost if each.rule not in ("", *rules)),
            waits=tuple(each for each in self.waits if each.ref and not each.ref.startswith(refs)),
            place=place,
        )
        return known_part, known_part != self

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> "Found":
        """What ``as_dict`` gave."""
        place = data["place"]
        return cls(
            first_on=parse_date(data["first_on"]),
            last_on=parse_date(data["last_on"]),
            plans=data["plans"],
            approved=data["approved"],
            too_late=data["too_late"],
            lost=tuple(Lost(**_read(each)) for each in data["lost"]),
            waits=tuple(Wait(**_read(each)) for each in data["waits"]),
            loads=tuple(
                Load(each["post"], each["place"], _by_day(each["weeks"])) for each in data["loads"]
            ),
            place=PinchPoint(**_read(place)) if place else None,
            left_out=tuple(data.get("left_out", ())),
        )


def _plain(value: Any) -> Any:
    """The same with each day as its text."""
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _by_day(weeks: Mapping[str, int]) -> dict[date, int]:
    return {parse_date(day): count for day, count in weeks.items()}


def _read(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same with each day as a date again."""
    return {
        key: parse_date(value) if key.endswith("_on") and value else value
        for key, value in data.items()
    }


def find(session: Session, world: World, writes_from: int, first_on: date, days: int) -> Found:
    """What the rehearsal of a year showed that was played for so many days."""
    asked = {"year": writes_from, "phases": list(APPROVED)}
    count = session.execute(_PLANS, asked).one()
    year = session.scalars(
        select(PlanningYear).where(PlanningYear.writes_from == writes_from)
    ).one()
    rules = {"rules": pinch_point.resolutions(session, year)}
    return Found(
        first_on=first_on,
        last_on=first_on + timedelta(days=days - 1),
        plans=count.plans,
        approved=count.approved,
        too_late=count.too_late,
        lost=tuple(Lost(**row._mapping) for row in session.execute(_LOST, rules)),
        waits=tuple(_long(world)),
        loads=tuple(_loads(session)),
        place=pinch_point.find(session, year),
    )


def _long(world: World) -> Iterable[Wait]:
    """What could not be done for a week or longer, the longest first."""
    found = [each for each in world.waits.values() if each.until_on - each.from_on >= LONG]
    return sorted(found, key=lambda each: (each.from_on - each.until_on, each.from_on, each.title))


def _loads(session: Session) -> Iterable[Load]:
    found: dict[tuple[str, str], Load] = {}
    for row in session.execute(_WORK):
        load = found.setdefault((row.title, row.place), Load(row.title, row.place, {}))
        load.weeks[row.week] = load.weeks.get(row.week, 0) + row.tasks
    return found.values()
