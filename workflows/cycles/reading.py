"""Cycles and planning years: where they stand, their plans, what an act would bring."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from config.lifecycles.phases import DONE, Phase
from cycle import access, clock
from cycle.errors import NotFound
from cycle.models import Cycle, FrameworkVersion, Plan, PlanningYear
from cycle.people import Actor
from workflows.core import engine
from workflows.core.engine import Choice
from workflows.cycles import cycles
from workflows.framework import applicable, pinned, post_permissions
from workflows.plans import creation

DECISIONS = {
    "new": "A new Strategic Plan",
    "refresh": "The Strategic Plan is refreshed",
    "as_is": "The Strategic Plan stays as it is",
}


@dataclass(frozen=True)
class YearLine:
    """One planning year in a list."""

    ref: str
    number: int
    writes_from: int
    title: str
    phase: str
    state_label: str
    decision: str
    variant: str
    plans: int
    settled: int


@dataclass(frozen=True)
class CycleLine:
    """One cycle with its years."""

    ref: str
    title: str
    state_label: str
    framework: str
    years: list[YearLine]


@dataclass(frozen=True)
class PlanLine:
    """One plan of a year: where it stands."""

    plan_id: int
    ref: str
    title: str
    stage: str
    state_label: str
    since_at: Any
    settled: bool


@dataclass(frozen=True)
class YearPage:
    """A planning year: where it stands, its plans, what can be done with it."""

    year_id: int
    version: int
    line: YearLine
    cycle: CycleLine
    choices: dict[str, Choice]
    plans: list[PlanLine]
    stages: list[tuple[str, int]]
    missing: list[Plan]
    ended: list[Plan]
    may_plan: bool
    later: bool

    @property
    def unsettled(self) -> list[PlanLine]:
        """The plans that keep the year open."""
        return [each for each in self.plans if not each.settled]


def all_cycles(session: Session, actor: Actor) -> list[CycleLine]:
    """Every cycle, the newest first."""
    found = session.scalars(select(Cycle).order_by(Cycle.start.desc())).all()
    return [_cycle(session, actor, each) for each in found]


def one_cycle(session: Session, actor: Actor, ref: str) -> CycleLine:
    """One cycle by its reference. Raises NotFound."""
    found = session.scalars(select(Cycle).where(Cycle.ref == ref)).first()
    if found is None:
        raise NotFound(access.GONE)
    return _cycle(session, actor, found)


def _cycle(session: Session, actor: Actor, cycle: Cycle) -> CycleLine:
    years = session.scalars(
        select(PlanningYear).where(PlanningYear.cycle_id == cycle.id).order_by(PlanningYear.number)
    ).all()
    seen = access.plans(actor).subquery()
    rows = session.execute(
        select(
            seen.c.planning_year_id,
            func.count(),
            func.count().filter(seen.c.phase.in_(DONE)),
        )
        .where(seen.c.planning_year_id.in_([each.id for each in years]))
        .group_by(seen.c.planning_year_id)
    )
    counts = {year: (every, done) for year, every, done in rows}
    framework = pinned.of(cycle)
    return CycleLine(
        cycle.ref,
        cycle.title,
        framework.lifecycles[cycle.lifecycle].states[cycle.state].label,
        framework.title,
        [_line(each, *counts.get(each.id, (0, 0))) for each in years],
    )


def _line(year: PlanningYear, plans: int, settled: int) -> YearLine:
    states = pinned.of(year).lifecycles[year.lifecycle].states
    return YearLine(
        ref=year.ref,
        number=year.number,
        writes_from=year.writes_from,
        title=f"Year {year.number}: {year.title[:1].lower()}{year.title[1:]}",
        phase=year.phase,
        state_label=states[year.state].label,
        decision=DECISIONS.get(year.decision or "", ""),
        variant=applicable.pattern_of(year).title if year.choice else "",
        plans=plans,
        settled=settled,
    )


def frameworks(session: Session) -> list[tuple[str, str]]:
    """The published frameworks for a form: (key, title), each once."""
    rows = session.scalars(
        select(FrameworkVersion)
        .ext(distinct_on(FrameworkVersion.key))
        .order_by(FrameworkVersion.key, FrameworkVersion.number.desc())
    )
    return [(each.key, pinned.of_version(each).title) for each in rows]


def cycle_kit(session: Session) -> tuple[list[tuple[str, str]], str | None, int]:
    """For a new cycle: the published frameworks, the council's own one, the year that is next."""
    last = session.scalar(select(func.max(Cycle.start)))
    own = post_permissions.framework(session)
    start = last + cycles.YEARS if last else clock.today().year
    return frameworks(session), own.key if own else None, start


def year_page(session: Session, actor: Actor, ref: str, number: int) -> YearPage:
    """One planning year. Raises NotFound."""
    cycle = one_cycle(session, actor, ref)
    year = _year(session, ref, number)
    lines = _plan_lines(session, actor, year)
    counted = Counter(each.stage for each in lines)
    made, ended = cycles.to_follow(session, year) if year.phase == Phase.IN_FORCE else ([], [])
    return YearPage(
        year_id=year.id,
        version=year.version,
        line=next(each for each in cycle.years if each.number == number),
        cycle=cycle,
        choices={each.action: each for each in engine.choices(session, year, actor)},
        plans=lines,
        stages=[(stage, counted[stage]) for stage in _stages(year) if counted[stage]],
        missing=made,
        ended=ended,
        may_plan="plan_cycle" in post_permissions.of(session, actor),
        later=_later(session, year),
    )


def _stages(year: PlanningYear) -> list[str]:
    """The stages of plans in their order."""
    found = {
        state.stage: None
        for lifecycle in pinned.of(year).lifecycles.values()
        if lifecycle.subject == "plan"
        for state in lifecycle.states.values()
    }
    return list(found)


def _year(session: Session, ref: str, number: int) -> PlanningYear:
    cycle_id = select(Cycle.id).where(Cycle.ref == ref).scalar_subquery()
    year = session.scalars(
        select(PlanningYear).where(PlanningYear.cycle_id == cycle_id, PlanningYear.number == number)
    ).first()
    if year is None:
        raise NotFound(access.GONE)
    return year


def _later(session: Session, year: PlanningYear) -> bool:
    """Whether there is a later year to which plans could be carried over."""
    found = session.scalar(
        select(PlanningYear.id)
        .where(PlanningYear.writes_from > year.writes_from, PlanningYear.phase != Phase.ENDED)
        .limit(1)
    )
    return found is not None


def _plan_lines(session: Session, actor: Actor, year: PlanningYear) -> list[PlanLine]:
    found = session.scalars(
        access.plans(actor).where(Plan.planning_year_id == year.id).order_by(Plan.ref)
    ).all()
    framework = pinned.of(year)
    kinds = list(framework.plan_types)
    lines = []
    for plan in sorted(found, key=lambda each: (kinds.index(each.plan_type), each.ref)):
        state = framework.lifecycles[plan.lifecycle].states[plan.state]
        lines.append(
            PlanLine(
                plan.id,
                plan.ref,
                plan.title,
                state.stage,
                state.label,
                plan.state_since_at,
                plan.phase in DONE,
            )
        )
    return lines


@dataclass(frozen=True)
class OpeningPage:
    """A year that is to be opened: ``made`` are the titles of the plans that this would make, by
    what is decided on the Strategic Plan ("" in Year 1, where nothing is)."""

    year: YearPage
    made: dict[str, list[str]]


def opening_page(session: Session, actor: Actor, ref: str, number: int) -> OpeningPage:
    """A year that is to be opened. Raises NotFound."""
    page = year_page(session, actor, ref, number)
    return OpeningPage(page, _to_make(session, session.get_one(PlanningYear, page.year_id)))


def _to_make(session: Session, year: PlanningYear) -> dict[str, list[str]]:
    # Apart from the session, so that trying the decisions out writes nothing.
    session.expunge(year)
    choices = [""] if year.number == 1 else list(cycles.BRANCHES)
    made = {}
    for branch in choices:
        year.decision = branch or None
        made[branch] = [plan.title for plan in creation.of_year(session, year)]
    return made


def place_of(session: Session, ref: str) -> tuple[str, int]:
    """The cycle's reference and the year's number in it. Raises NotFound."""
    of = aliased(Cycle, flat=True)  # both are subjects, so the same table comes twice
    row = session.execute(
        select(of.ref, PlanningYear.number)
        .join_from(PlanningYear, of, of.id == PlanningYear.cycle_id)
        .where(PlanningYear.ref == ref)
    ).first()
    if row is None:
        raise NotFound(access.GONE)
    return row.ref, row.number
