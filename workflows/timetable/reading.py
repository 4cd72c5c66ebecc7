"""What the pages of the timetable show: a year's steps in date order, whose, and why that day."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.framework import Framework
from config.lifecycles.phases import WORKING, Phase
from config.rules import StepRule
from cycle import access, clock
from cycle.access import KnownPlans
from cycle.errors import NotFound
from cycle.models import Body, Cycle, Meeting, Plan, PlanningYear, Step, Unit
from cycle.people import Actor
from cycle.schedule import solve as schedule
from workflows.framework import applicable, pinned, post_permissions
from workflows.timetable import rescheduling, timetable
from workflows.timetable.progress_rows import progress_rows
from workflows.timetable.reading_rows import Choice, Postholders, Row, rows, withheld
from workflows.timetable.rescheduling import Move

THE_YEAR = "The planning year"


@dataclass
class Month:
    """The steps of one month."""

    first: date
    rows: list[Row] = field(default_factory=list)

    @property
    def key(self) -> str:
        """2027-11."""
        return f"{self.first:%Y-%m}"

    @property
    def title(self) -> str:
        """November 2027."""
        return f"{self.first:%B %Y}"

    @property
    def short(self) -> str:
        """Nov, or Jan 2028 where a year begins."""
        return f"{self.first:%b %Y}" if self.first.month == 1 else f"{self.first:%b}"

    @property
    def late(self) -> int:
        """How many of its steps are late."""
        return sum(row.stands == "late" for row in self.rows)


@dataclass(frozen=True)
class MeetingLine:
    """A meeting that matters to the year; ``was_on`` when it was moved."""

    on: date
    at: time
    body: str
    kind: str
    status: str
    was_on: date | None


@dataclass(frozen=True)
class MoveLine:
    """A step that would move, once for all plans that share both days."""

    title: str
    before: date | None
    after: date
    because: tuple[str, ...]
    count: int


@dataclass
class YearFrame:
    """What every page of a planning year's timetable stands in: its title, the other years, how
    many dates are to move (``withheld_moves``: of plans of which the reader may not know).
    ``over``: nothing is still to come in it."""

    year_id: int
    version: int
    ref: str
    cycle_ref: str
    title: str
    others: list[tuple[str, str]]
    moves: list[MoveLine]
    withheld_moves: int
    may_plan: bool
    over: bool
    known: KnownPlans


@dataclass
class YearTimetable(YearFrame):
    """The timetable of one planning year."""

    rows: list[Row]
    lanes: list[tuple[str, str]]
    problems: list[str]
    steps: int
    withheld: int

    @property
    def months(self) -> list[Month]:
        """The rows by month, in order."""
        return by_month(self.rows)

    @property
    def meetings(self) -> list[tuple[date, str]]:
        """The meetings on which these rows hang."""
        return meetings_of(self.rows)


def by_month(found: Iterable[Row]) -> list[Month]:
    """Rows by month, in their order."""
    months: dict[date, Month] = {}
    for row in found:
        first = row.due_on.replace(day=1)
        months.setdefault(first, Month(first)).rows.append(row)
    return list(months.values())


def meetings_of(found: Iterable[Row]) -> list[tuple[date, str]]:
    """The meetings on which rows hang: (day, body), in order, each once."""
    return sorted({(row.meeting_on, row.body) for row in found if row.meeting_on})


def lanes_of(framework: Framework) -> list[tuple[str, str]]:
    """The kinds of work as (key of the plan type, title), in order: the year itself comes first."""
    return [("", THE_YEAR), *((each.key, each.plural) for each in framework.plan_types.values())]


def years(session: Session) -> list[tuple[str, str, bool]]:
    """The planning years with dates: (reference, title, whether work is going on in it)."""
    found = session.scalars(select(PlanningYear).order_by(PlanningYear.writes_from)).all()
    return [(each.ref, each.title, each.phase in WORKING) for each in found]


def first_ref(session: Session) -> str | None:
    """The year that the timetable opens with: the earliest in which work is going on, else the
    next one to be opened, else the last."""
    found = session.execute(
        select(PlanningYear.ref, PlanningYear.phase).order_by(PlanningYear.writes_from)
    ).all()
    for wanted in (WORKING, (Phase.NOT_STARTED,), (Phase.ENDED,)):
        at = [each.ref for each in found if each.phase in wanted]
        if at:
            return str(at[-1] if wanted == (Phase.ENDED,) else at[0])
    return None


def year_of(session: Session, ref: str) -> PlanningYear:
    """A planning year by its reference. Raises NotFound."""
    found = session.scalars(select(PlanningYear).where(PlanningYear.ref == ref)).first()
    if found is None:
        raise NotFound(access.GONE)
    return found


def year_timetable(session: Session, actor: Actor, ref: str, choice: Choice) -> YearTimetable:
    """The timetable of a year, filtered. Raises NotFound."""
    year = year_of(session, ref)
    frame = year_frame(session, actor, ref)
    forecast = timetable.forecast(session, year, frame.known)
    found, steps = rows(session, actor, year, choice, forecast.rules)
    found += progress_rows(session, actor, year, choice)
    found.sort(key=lambda row: row.due_on)
    return YearTimetable(
        **vars(frame),
        rows=found,
        lanes=lanes_of(pinned.of(year)),
        problems=[each.sentence for each in forecast.problems] if _is_running(year) else [],
        steps=steps,
        withheld=withheld(session, frame.known),
    )


def year_frame(session: Session, actor: Actor, ref: str) -> YearFrame:
    """What the pages of a year's timetable have in common. Raises NotFound."""
    year = year_of(session, ref)
    known = access.known_plans(session, actor, year.id)
    redated = [each for each in _moves(session, year) if each.is_redated]
    visible = [each for each in redated if known.has(each.after["plan_id"])]
    return YearFrame(
        year_id=year.id,
        version=year.version,
        ref=ref,
        cycle_ref=session.scalars(select(Cycle.ref).where(Cycle.id == year.cycle_id)).one(),
        title=year.title,
        others=[(other, title) for other, title, _ in years(session)],
        moves=_grouped(visible),
        withheld_moves=len(redated) - len(visible),
        may_plan="plan_cycle" in post_permissions.of(session, actor),
        over=applicable.is_over(year),
        known=known,
    )


def _moves(session: Session, year: PlanningYear) -> list[Move]:
    return rescheduling.of_facts(session, year) if _is_running(year) else []


def _is_running(year: PlanningYear) -> bool:
    return year.phase in WORKING


@dataclass
class Lists:
    """What can be filtered for in a year."""

    plan_types: list[tuple[str, str]]
    departments: list[tuple[str, str]]
    bodies: list[tuple[str, str]]
    people: list[tuple[str, str]]


def lists(session: Session, actor: Actor, ref: str) -> Lists:
    """What can be filtered for: plan types, departments, bodies, people. Raises NotFound."""
    year = year_of(session, ref)
    keys = session.scalars(
        access.plans(actor)
        .where(Plan.planning_year_id == year.id)
        .with_only_columns(Plan.plan_type)
        .distinct()
    )
    present, framework = set(keys), pinned.of(year)
    departments = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.level == "department", Unit.from_on <= clock.today())
        .order_by(Unit.name)
    )
    used = (
        select(Body.framework_key)
        .join(Meeting, Meeting.body_id == Body.id)
        .join(Step, Step.meeting_id == Meeting.id)
        .where(Step.planning_year_id == year.id)
    )
    bodies = session.execute(
        select(Body.id, Body.name).where(Body.framework_key.in_(used)).order_by(Body.name)
    )
    roles = {name for rule in timetable.pattern_of(year).steps for name in _roles(framework, rule)}
    people = Postholders(session).holders(roles)
    mine = [(str(actor.person_id), f"{actor.name} (me)")]
    return Lists(
        [(kind.key, kind.title) for kind in framework.plan_types.values() if kind.key in present],
        [(str(row.id), row.name) for row in departments],
        [(str(row.id), row.name) for row in bodies],
        mine + [(str(key), name) for key, name in people if key != actor.person_id],
    )


def _roles(framework: Framework, rule: StepRule) -> list[str]:
    """The roles that may do a step of some plan."""
    return [framework.role_at(rule.role, kind) for kind in framework.plan_types]


def _grouped(moved: Iterable[Move]) -> list[MoveLine]:
    groups: dict[tuple[str, date | None, date, tuple[str, ...]], int] = {}
    for each in moved:
        key = (each.title, each.from_on, each.to_on, tuple(each.after["because"]))
        groups[key] = groups.get(key, 0) + 1
    lines = [MoveLine(*key, count=count) for key, count in groups.items()]
    return sorted(lines, key=lambda each: (each.after, each.title))


def meetings(session: Session, ref: str) -> list[MeetingLine]:
    """The meetings of the public and inner bodies that dates of the year hang on."""
    year = year_of(session, ref)
    first, last = schedule.window(year.writes_from)
    used = set(
        session.scalars(
            select(Step.meeting_id).where(
                Step.planning_year_id == year.id, Step.meeting_id.is_not(None)
            )
        )
    )
    found = session.execute(
        select(Meeting, Body.name, Body.public)
        .join(Body, Body.id == Meeting.body_id)
        .where(Meeting.on_date.between(first, last))
        .order_by(Meeting.on_date, Meeting.at_time, Body.name)
    )
    return [
        MeetingLine(
            each.on_date,
            each.at_time,
            name,
            each.kind,
            each.status,
            each.first_on_date if each.first_on_date != each.on_date else None,
        )
        for each, name, public in found
        if public or each.id in used or each.first_on_date != each.on_date
    ]
