"""What each way of running a first year would bring, before a cycle is made.

The rule that lives here: a way is told by the days on which the council's bodies would decide what
it plans, by the meetings that are published and by each body's rhythm where none are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

from sqlalchemy.orm import Session

from config.framework import Framework, YearPattern
from cycle.errors import BadInput
from cycle.models import FrameworkVersion, PlanningYear
from cycle.schedule import solve as schedule
from cycle.schedule.solve import Solution
from workflows.calendar import rhythm
from workflows.council import framework_publishing
from workflows.framework import applicable, versions as pinned
from workflows.plans import creation
from workflows.timetable import steps as timetable


@dataclass(frozen=True)
class Decided:
    """The last body on a plan type's route, and the day on which it meets for it; None: no such
    meeting is known."""

    plan_type: str
    title: str
    body: str
    on: date | None


@dataclass(frozen=True)
class Way:
    """One way, in words and days."""

    choice: str
    title: str
    description: str
    decided: tuple[Decided, ...]


def of_new_cycle(session: Session, framework_key: str, start: int) -> list[Way]:
    """The ways in which Year 1 of a cycle from ``start`` can run, the usual one first.

    Each tells of the plans that the council itself decides, and of those that the ways decide on
    different days. Raises BadInput for a framework that is not published.
    """
    version = framework_publishing.current(session, framework_key)
    if version is None:
        raise BadInput(f"There is no published framework “{framework_key}”. Publish it first.")
    framework = pinned.of_version(version)
    found = [
        Way(
            pattern.choice,
            pattern.title,
            pattern.description,
            _decided(framework, pattern, *_solved(session, version, pattern, start)),
        )
        for pattern in framework.ways(1)
    ]
    shown = _worth_telling(framework, found)
    return [
        Way(
            way.choice,
            way.title,
            way.description,
            tuple(each for each in way.decided if each.plan_type in shown),
        )
        for way in found
    ]


def _solved(
    session: Session, version: FrameworkVersion, pattern: YearPattern, start: int
) -> tuple[Solution, str]:
    """The dates of a year that follows the pattern, and the governance model that it would have."""
    year = PlanningYear(number=1, writes_from=start, choice=pattern.choice, framework=version)
    further = [
        SimpleNamespace(
            id=None,
            key=body.key,
            framework_key=body.framework_key,
            name=body.name,
            on_date=each.on,
            kind=each.kind,
        )
        for body, each in rhythm.by_rhythm(session, *schedule.window(start))
    ]
    return timetable.preview(session, year, further), applicable.model_of(session, year)


def _decided(
    framework: Framework, pattern: YearPattern, solution: Solution, model: str
) -> tuple[Decided, ...]:
    found = []
    for kind in framework.plan_types.values():
        route = framework.route(kind.key, pattern.key, model)
        if not route or kind.route_setting or not creation.is_made(kind, 1, "", pattern.choice):
            continue
        last = max(route, key=lambda step: step.stage)
        dated = solution.dated.get(last.step)
        on = max((each.on for each in dated.meetings), default=None) if dated else None
        found.append(Decided(kind.key, kind.title, framework.bodies[last.body].title, on))
    return tuple(found)


def _worth_telling(framework: Framework, found: Sequence[Way]) -> set[str]:
    """The plan types on which people choose."""
    top = {body.title for body in framework.bodies.values() if body.kind == "council"}
    told: set[str] = set()
    for kind in framework.plan_types.values():
        mine = [[each for each in way.decided if each.plan_type == kind.key] for way in found]
        by_council = any(each.body in top for its in mine for each in its)
        if by_council or any(its != mine[0] for its in mine):
            told.add(kind.key)
    return told
