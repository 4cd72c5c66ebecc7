"""What the pages of the timetable show: a year's steps in date order, whose, and why that day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import Framework
from config.rules import StepRule
from cycle import access, clock, schedule, structure
from cycle.errors import NotFound
from cycle.models import Body, Meeting, Plan, PlanningYear, Step, Unit
from cycle.people import Actor
from workflows import days, functions, pinned, timetable
from workflows.timetable import Moved

BY_ITSELF = "Happens by itself"

_WORK = text("""
SELECT task.step_id, count(*) FILTER (WHERE task.closed_at IS NULL) AS left_over,
       count(*) FILTER (WHERE task.closed_at IS NOT NULL) AS done
FROM task JOIN step ON step.id = task.step_id
WHERE step.planning_year_id = :year GROUP BY task.step_id
""")
_DESKS = text("""
SELECT queue.role, queue.unit_id, queue.body_id, person.name
FROM queue JOIN post ON post.queue_id = queue.id
JOIN holding ON holding.post_id = post.id AND holding.during @> CAST(:today AS date)
JOIN person ON person.id = holding.person_id AND person.active
ORDER BY person.name
""")


@dataclass(frozen=True)
class Choice:
    """What a person looks for in a timetable; empty texts are everything."""

    plan_type: str = ""
    department: int | None = None
    open_only: bool = False


@dataclass(frozen=True)
class PlanMark:
    """One plan that a step is for, and who does it there."""

    ref: str
    title: str
    who: str


@dataclass
class Row:
    """A step, once for all plans that share its day."""

    title: str
    due_on: date
    role: str
    because: Sequence[str]
    plans: list[PlanMark] = field(default_factory=list)
    who: str = ""
    left_over: int = 0
    done: int = 0
    in_hand: int = 0

    @property
    def names(self) -> str:
        """Who does it, where it is the same for all its plans."""
        names = {each.who for each in self.plans} if self.plans else {self.who}
        return names.pop() if len(names) == 1 else ""

    @property
    def stands(self) -> str:
        """done, late, open, past or ahead."""
        if self.left_over:
            return "late" if self.in_hand < 0 else "open"
        if self.done:
            return "done"
        return "past" if self.in_hand < 0 else "ahead"


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
class YearTimetable:
    """The timetable of one planning year."""

    year_id: int
    version: int
    ref: str
    title: str
    others: list[tuple[str, str]]
    rows: list[Row]
    problems: list[str]
    moves: list[MoveLine]
    may_plan: bool
    steps: int

    @property
    def months(self) -> list[Month]:
        """The rows by month, in order."""
        found: dict[date, Month] = {}
        for row in self.rows:
            first = row.due_on.replace(day=1)
            found.setdefault(first, Month(first)).rows.append(row)
        return list(found.values())


def short_title(year: PlanningYear) -> str:
    """Planning year 2027/28."""
    return f"Planning year {year.writes_from}/{(year.writes_from + 1) % 100:02d}"


def years(session: Session) -> list[tuple[str, str, bool]]:
    """The planning years with dates: (reference, title, whether work is going on in it)."""
    found = session.scalars(select(PlanningYear).order_by(PlanningYear.writes_from)).all()
    return [
        (each.ref, short_title(each), each.state not in ("planned", "closed")) for each in found
    ]


def first_ref(session: Session) -> str | None:
    """The year that the timetable opens with: the earliest in which work is going on, else the
    next one to be opened, else the last."""
    found = session.execute(
        select(PlanningYear.ref, PlanningYear.state).order_by(PlanningYear.writes_from)
    ).all()
    for wanted in (("open", "deciding"), ("planned",), ("closed",)):
        at = [each.ref for each in found if each.state in wanted]
        if at:
            return str(at[-1] if wanted == ("closed",) else at[0])
    return None


def _year(session: Session, ref: str) -> PlanningYear:
    found = session.scalars(select(PlanningYear).where(PlanningYear.ref == ref)).first()
    if found is None:
        raise NotFound(access.GONE)
    return found


def year_timetable(session: Session, actor: Actor, ref: str, choice: Choice) -> YearTimetable:
    """The timetable of a year, filtered. Raises NotFound."""
    year = _year(session, ref)
    framework = pinned.of(year)
    rows, steps = _rows(session, actor, year, framework, choice)
    started = year.state not in ("planned", "closed")
    return YearTimetable(
        year_id=year.id,
        version=year.version,
        ref=ref,
        title=short_title(year),
        others=[(other, title) for other, title, _ in years(session)],
        rows=rows,
        problems=[each.sentence for each in timetable.problems(session, year)] if started else [],
        moves=_grouped(timetable.proposed(session, year)) if started else [],
        may_plan="plan_cycle" in functions.of(session, actor),
        steps=steps,
    )


def lists(
    session: Session, actor: Actor, ref: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What can be filtered for: the plan types of the year, the departments. Raises NotFound."""
    year = _year(session, ref)
    keys = session.scalars(
        access.plans(actor)
        .where(Plan.planning_year_id == year.id)
        .with_only_columns(Plan.plan_type)
        .distinct()
    )
    present = set(keys)
    kinds = pinned.of(year).plan_types.values()
    found = session.scalars(
        select(Unit)
        .where(Unit.level == "department", Unit.from_on <= clock.today())
        .order_by(Unit.name)
    )
    return (
        [(kind.key, kind.title) for kind in kinds if kind.key in present],
        [(str(each.id), each.name) for each in found],
    )


def _rows(
    session: Session, actor: Actor, year: PlanningYear, framework: Framework, choice: Choice
) -> tuple[list[Row], int]:
    """The rows that were asked for, and how many steps the year has."""
    seen = access.plans(actor).where(Plan.planning_year_id == year.id)
    plans = {each.id: each for each in session.scalars(seen)}
    steps = session.scalars(
        select(Step).where(Step.planning_year_id == year.id).order_by(Step.due_on, Step.id)
    ).all()
    work = {row.step_id: row for row in session.execute(_WORK, {"year": year.id})}
    rules = {rule.key: rule for rule in timetable.pattern_of(year).steps}
    desks = _Desks(session)
    calendar, today = structure.calendar(session), clock.today()
    rows: dict[tuple[str, date], Row] = {}
    for step in steps:
        plan = plans.get(step.plan_id) if step.plan_id else None
        rule = rules.get(step.rule)
        if (step.plan_id and plan is None) or not _wanted(choice, plan, desks, rule):
            continue
        row = rows.get((step.rule, step.due_on))
        if row is None:
            role = _role(framework, rule, plan)
            row = Row(step.title, step.due_on, _title(framework, role), step.because)
            row.in_hand = days.days_in_hand(calendar, today, step.due_on)
            row.who = desks.names(role, None) if plan is None else ""
            rows[(step.rule, step.due_on)] = row
        if plan is not None:
            who = desks.names(_role(framework, rule, plan), plan.unit_id)
            row.plans.append(PlanMark(plan.ref, plan.title, who))
        at = work.get(step.id)
        row.left_over += at.left_over if at else 0
        row.done += at.done if at else 0
    shown = [row for row in rows.values() if not choice.open_only or row.stands in _STILL]
    return shown, len(steps)


_STILL = ("late", "open", "ahead")


def _wanted(choice: Choice, plan: Plan | None, desks: "_Desks", rule: StepRule | None) -> bool:
    if choice.plan_type and (plan.plan_type if plan else rule and rule.plan_type) != (
        choice.plan_type
    ):
        return False
    if choice.department is None:
        return True
    return plan is not None and choice.department in desks.path(plan.unit_id)


def _role(framework: Framework, rule: StepRule | None, plan: Plan | None) -> str:
    """The role that does a step; an ``@desk`` is the one of the plan's type."""
    name = rule.role if rule else ""
    if not name.startswith("@"):
        return name
    kind = framework.plan_types.get(plan.plan_type if plan else rule.plan_type if rule else "")
    return kind.desks.get(name[1:], "") if kind else ""


def _title(framework: Framework, role: str) -> str:
    if role == "system":
        return BY_ITSELF
    return framework.roles[role].title if role in framework.roles else "–"


class _Desks:
    """Who holds which role where today, read once for a page."""

    def __init__(self, session: Session):
        paths = session.execute(select(Unit.id, Unit.path))
        self._paths: Mapping[int, Sequence[int]] = dict(paths.all())
        self._names: dict[str, dict[int, list[str]]] = {}
        for row in session.execute(_DESKS, {"today": clock.today()}):
            at = self._names.setdefault(row.role, {})
            at.setdefault(row.unit_id or 0, []).append(row.name)

    def path(self, unit_id: int | None) -> Sequence[int]:
        """The unit and everything above it, the council first."""
        return self._paths.get(unit_id or 0, ())

    def names(self, role: str, unit_id: int | None) -> str:
        """The nearest holders up the line, or those of the council's one desk; nothing when there
        are more than two, since their role then says more."""
        at = self._names.get(role, {})
        nearest = next((at[unit] for unit in reversed(self.path(unit_id)) if unit in at), None)
        found = nearest or [name for names in at.values() for name in names]
        people = list(dict.fromkeys(found))
        return ", ".join(people) if len(people) <= 2 else ""


def _grouped(moved: Iterable[Moved]) -> list[MoveLine]:
    groups: dict[tuple[str, date | None, date, tuple[str, ...]], int] = {}
    for each in moved:
        key = (each.title, each.before, each.after, each.because)
        groups[key] = groups.get(key, 0) + 1
    lines = [MoveLine(*key, count=count) for key, count in groups.items()]
    return sorted(lines, key=lambda each: (each.after, each.title))


def meetings(session: Session, ref: str) -> list[MeetingLine]:
    """The meetings of the public and inner bodies that dates of the year hang on."""
    year = _year(session, ref)
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
