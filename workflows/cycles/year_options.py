"""What each variant of a first year would bring, before a cycle is made.

The rule that lives here: a variant is told by the days on which the council's bodies would decide
what it plans, by the meetings that are published and by each body's rhythm where none are.
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
from cycle.schedule.parts import MISSED_PROMISE
from cycle.schedule.solve import Solution
from workflows.calendar import rhythm
from workflows.council import framework_publishing
from workflows.framework import applicable, pinned
from workflows.plans import creation
from workflows.timetable import timetable


@dataclass(frozen=True)
class Decided:
    """The last body on a plan type's route, and the day on which it meets for it; None: no such
    meeting is known."""

    plan_type: str
    title: str
    body: str
    on: date | None


@dataclass(frozen=True)
class YearVariant:
    """One variant of a planning year, in words and days, and where the days miss what the words
    promise."""

    choice: str
    title: str
    description: str
    decided: tuple[Decided, ...]
    missed: tuple[str, ...] = ()


def of_new_cycle(session: Session, framework_key: str, start: int) -> list[YearVariant]:
    """The variants of Year 1 of a cycle from ``start``, the usual one first.

    Each tells of the plans that the council itself decides, and of those that the variants decide
    on different days. Raises BadInput for a framework that is not published.
    """
    version = framework_publishing.current(session, framework_key)
    if version is None:
        raise BadInput(f"There is no published framework “{framework_key}”. Publish it first.")
    framework = pinned.of_version(version)
    found = [_variant(session, version, pattern, start) for pattern in framework.year_variants(1)]
    shown = _worth_telling(framework, found)
    return [
        YearVariant(
            variant.choice,
            variant.title,
            variant.description,
            tuple(each for each in variant.decided if each.plan_type in shown),
            variant.missed,
        )
        for variant in found
    ]


def _variant(
    session: Session, version: FrameworkVersion, pattern: YearPattern, start: int
) -> YearVariant:
    solution, model = _solved(session, version, pattern, start)
    return YearVariant(
        pattern.choice,
        pattern.title,
        pattern.description,
        _decided(pinned.of_version(version), pattern, solution, model),
        tuple(each.sentence for each in solution.problems if each.about == MISSED_PROMISE),
    )


def _solved(
    session: Session, version: FrameworkVersion, pattern: YearPattern, start: int
) -> tuple[Solution, str]:
    """The dates of a year that follows the pattern, and the governance model that it would have."""
    year = PlanningYear(number=1, writes_from=start, choice=pattern.choice, framework=version)
    extra = [
        SimpleNamespace(
            id=None,
            key=body.key,
            framework_key=body.framework_key,
            name=body.name,
            on_date=each.on,
            kind=each.kind,
            kind_of_body=body.kind,
        )
        for body, each in rhythm.by_rhythm(session, *schedule.window(start))
    ]
    return timetable.preview(session, year, extra), applicable.model_of(session, year)


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


def _worth_telling(framework: Framework, found: Sequence[YearVariant]) -> set[str]:
    """The plan types on which people choose."""
    top = {body.title for body in framework.bodies.values() if body.kind == "council"}
    differing: set[str] = set()
    for kind in framework.plan_types.values():
        mine = [
            [each for each in variant.decided if each.plan_type == kind.key] for variant in found
        ]
        by_council = any(each.body in top for its in mine for each in its)
        if by_council or any(its != mine[0] for its in mine):
            differing.add(kind.key)
    return differing
