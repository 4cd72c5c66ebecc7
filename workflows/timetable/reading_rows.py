"""The steps of a year as rows: each once for all plans that share its day, filtered, with who.

The rule that lives here: which steps a person is shown. A step of a plan is shown to those who may
know of the plan; the steps of the year itself are shown to everyone. Set-based: as many statements
for eight thousand steps as for eight.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config import permissions
from config.framework import Framework
from config.rules import StepRule
from cycle import access, clock, council_facts
from cycle.access import KnownPlans
from cycle.calendar import Calendar
from cycle.models import Body, Meeting, Plan, PlanningYear, Step, Unit
from cycle.people import Actor
from workflows.framework import pinned
from workflows.framework.deadline_rules import days_in_hand
from workflows.timetable import baselines, timetable

BY_ITSELF = "Happens by itself"
STILL_TO_DO = ("late", "open", "ahead")

_WORK = text("""
SELECT task.step_id, count(*) FILTER (WHERE task.closed_at IS NULL) AS left_over,
       count(*) FILTER (WHERE task.closed_at IS NOT NULL) AS done
FROM task JOIN step ON step.id = task.step_id
WHERE step.planning_year_id = :year GROUP BY task.step_id
""")
_POSTHOLDERS = text("""
SELECT queue.role, queue.unit_id, queue.body_id, person.id, person.name
FROM queue JOIN post ON post.queue_id = queue.id
JOIN appointment ON appointment.post_id = post.id AND appointment.during @> CAST(:today AS date)
JOIN person ON person.id = appointment.person_id AND person.active
ORDER BY person.name
""")


@dataclass(frozen=True)
class Choice:
    """What a person looks for in a timetable; empty texts and None are everything."""

    plan_type: str = ""
    department: int | None = None
    body: int | None = None
    person: int | None = None
    open_only: bool = False


@dataclass(frozen=True)
class PlanMark:
    """One plan that a step is for, and who does it there; ``step`` is the id of its own date, of a
    ``kind``, ``called`` its title in a calendar, which others may see."""

    ref: str
    title: str
    who: str
    called: str
    step: int
    kind: str = "step"


@dataclass
class Row:
    """A step, once for all plans that share its day.

    ``starts_on`` to ``latest_on``: the days in which it may be done without harm. ``in_hand``:
    working days from today to ``due_on``; ``float_days``: those from ``due_on`` to ``latest_on``.
    ``was_on`` is its day in the issued timetable, where that was another one.
    """

    rule: str
    title: str
    due_on: date
    role: str
    because: Sequence[str]
    kind: str = ""
    body: str = ""
    meeting_on: date | None = None
    plans: list[PlanMark] = field(default_factory=list)
    step: int = 0
    who: str = ""
    starts_on: date = date.min
    latest_on: date = date.max
    critical: bool = False
    was_on: date | None = None
    left_over: int = 0
    done: int = 0
    in_hand: int = 0
    float_days: int = 0

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


def rows(
    session: Session,
    actor: Actor,
    year: PlanningYear,
    choice: Choice,
    rules: Mapping[str, StepRule] | None = None,
) -> tuple[list[Row], int]:
    """The rows that were asked for in date order, and how many steps the year has.

    ``rules`` are those of the year's forecast, where it is known already.
    """
    reader = _Reader(session, actor, year, rules or timetable.forecast(session, year).rules)
    found: dict[tuple[str, date], Row] = {}
    steps = session.execute(
        select(Step, Meeting.on_date, Body.framework_key, Body.name)
        .outerjoin(Meeting, Meeting.id == Step.meeting_id)
        .outerjoin(Body, Body.id == Meeting.body_id)
        .where(Step.planning_year_id == year.id)
        .order_by(Step.due_on, Step.id)
    ).all()
    # A step at the service committees hangs on one of their meetings and is a date of each.
    wanted = session.scalar(select(Body.framework_key).where(Body.id == choice.body))
    for step, meeting_on, kind, body in steps:
        plan = reader.plans.get(step.plan_id) if step.plan_id else None
        if (step.plan_id and plan is None) or (choice.body and kind != wanted):
            continue
        if reader.wanted(choice, step, plan):
            row = found.get((step.rule, step.due_on))
            if row is None:
                row = found[step.rule, step.due_on] = reader.row(step, plan)
                row.body, row.meeting_on = body or "", meeting_on
            reader.add(row, step, plan)
    kept = found.values()
    return [row for row in kept if not choice.open_only or row.stands in STILL_TO_DO], len(steps)


def withheld(session: Session, known: KnownPlans) -> int:
    """How many dates of a year are those of plans of which the reader may not know, whatever was
    filtered for. No statement for none."""
    if not known.hidden:
        return 0
    hidden = Step.plan_id.in_(known.hidden)
    return session.scalar(select(func.count()).where(hidden)) or 0


class _Reader:
    """What all rows of a year are made with, read once."""

    def __init__(
        self, session: Session, actor: Actor, year: PlanningYear, rules: Mapping[str, StepRule]
    ):
        seen = access.plans(actor).where(Plan.planning_year_id == year.id)
        self.plans: Mapping[int, Plan] = {each.id: each for each in session.scalars(seen)}
        self.edition: Framework = pinned.of(year)
        self.rules = rules
        self.postholders = Postholders(session)
        self.work = {row.step_id: row for row in session.execute(_WORK, {"year": year.id})}
        self.issued = baselines.of_year(session, year.id)
        self.calendar: Calendar = council_facts.calendar(session)
        self.today = clock.today()

    def wanted(self, choice: Choice, step: Step, plan: Plan | None) -> bool:
        """Whether a step fits what was asked for."""
        rule = self.rules.get(step.rule)
        kind = plan.plan_type if plan else rule.plan_type if rule else ""
        if choice.plan_type and kind != choice.plan_type:
            return False
        unit = plan.unit_id if plan else None
        if choice.department and choice.department not in self.postholders.path(unit):
            return False
        return choice.person is None or choice.person in self.postholders.people(
            role_of(self.edition, rule, plan), unit
        )

    def row(self, step: Step, plan: Plan | None) -> Row:
        """A new row for the day of a step."""
        rule = self.rules.get(step.rule)
        role = role_of(self.edition, rule, plan)
        kind = plan.plan_type if plan else rule.plan_type if rule else ""
        title = title_of(self.edition, role)
        row = Row(step.rule, step.title, step.due_on, title, step.because, kind)
        row.step = step.id
        row.in_hand = days_in_hand(self.calendar, self.today, step.due_on)
        row.who = self.postholders.names(role, None) if plan is None else ""
        row.starts_on, row.latest_on = step.starts_on, step.latest_on
        row.float_days = self.calendar.in_hand(step.due_on, step.latest_on)
        return row

    def add(self, row: Row, step: Step, plan: Plan | None) -> None:
        """Put one more plan, and its tasks, into a row."""
        row.critical = row.critical or step.critical
        issued_on = self.issued.get(step.key, step.due_on)
        if issued_on != step.due_on:
            row.was_on = min(issued_on, row.was_on or issued_on)
        if plan is not None:
            role = role_of(self.edition, self.rules.get(step.rule), plan)
            who = self.postholders.names(role, plan.unit_id)
            row.plans.append(
                PlanMark(plan.ref, plan.title, who, access.title_outside(plan), step.id)
            )
        at = self.work.get(step.id)
        row.left_over += at.left_over if at else 0
        row.done += at.done if at else 0


def role_of(framework: Framework, rule: StepRule | None, plan: Plan | None) -> str:
    """The role that does a step; a plan role (``@author``) is the one of the plan's type."""
    if rule is None:
        return ""
    return framework.role_at(rule.role, plan.plan_type if plan else rule.plan_type)


def title_of(framework: Framework, role: str) -> str:
    """What a role is called."""
    if role == permissions.BY_ITSELF:
        return BY_ITSELF
    return framework.roles[role].title if role in framework.roles else "–"


class Postholders:
    """Who holds which role where today, read once for a page."""

    def __init__(self, session: Session):
        paths = session.execute(select(Unit.id, Unit.path))
        self._paths: Mapping[int, Sequence[int]] = dict(paths.all())
        self._held: dict[str, dict[int, list[int]]] = {}
        self.persons: dict[int, str] = {}
        self._names: dict[tuple[str, int | None], str] = {}
        for row in session.execute(_POSTHOLDERS, {"today": clock.today()}):
            at = self._held.setdefault(row.role, {})
            at.setdefault(row.unit_id or 0, []).append(row.id)
            self.persons[row.id] = row.name

    def path(self, unit_id: int | None) -> Sequence[int]:
        """The unit and everything above it, the council first."""
        return self._paths.get(unit_id or 0, ())

    def people(self, role: str, unit_id: int | None) -> list[int]:
        """The nearest holders up the line, or those of the council's one queue."""
        at = self._held.get(role, {})
        nearest = next((at[unit] for unit in reversed(self.path(unit_id)) if unit in at), None)
        found = nearest or [person for persons in at.values() for person in persons]
        return list(dict.fromkeys(found))

    def names(self, role: str, unit_id: int | None) -> str:
        """Their names; nothing when there are more than two, since their role then says more."""
        key = (role, unit_id)
        if key not in self._names:
            people = self.people(role, unit_id)
            names = ", ".join(self.persons[each] for each in people) if len(people) <= 2 else ""
            self._names[key] = names
        return self._names[key]

    def holders(self, roles: Iterable[str]) -> list[tuple[int, str]]:
        """Everyone who holds one of these roles somewhere, by name."""
        found = {
            person for role in roles for at in self._held.get(role, {}).values() for person in at
        }
        return sorted(((each, self.persons[each]) for each in found), key=lambda pair: pair[1])
