"""The work programme of a body: what is coming in the next year, for what, and from whom.

The rules that live here: a report that was asked for stands at the meeting on whose agenda it is; a
plan on its way whose report was not asked for yet is expected at the body's first meeting from the
day of its step in the timetable. A council with an executive calls it the forward plan. A person
is shown the reports and plans that they may know of, nothing else.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import Framework, RouteStep
from config.governance import EXECUTIVE
from cycle import access, clock, council_facts
from cycle.calendar import Calendar
from cycle.models import Body, Meeting, Plan
from cycle.people import Actor
from webui.meetings import pages as meeting_pages
from webui.timetable.rows import Desks, title_of
from workflows.files.tables import Column
from workflows.framework import (
    applicable,
    deadline_rules,
    permissions,
    versions as pinned,
)
from workflows.meetings import registers

AHEAD = timedelta(days=365)
WORK_PROGRAMME, FORWARD_PLAN = "Work programme", "Forward plan"
NOT_ASKED = "Not asked for yet"
VERBS = {
    "consider": "To consider",
    "recommend": "To recommend to the next body",
    "approve": "To approve",
    "adopt": "To adopt",
    "note": "To note",
}
COLUMNS: Sequence[Column] = (
    ("Body", 28),
    ("Meeting", 18),
    ("What", 60),
    ("For", 24),
    ("From", 28),
    ("Post or desk", 28),
    ("Plans", 40),
    ("Report due", 18),
    ("Report stands at", 24),
)
_SETTLED = ("superseded", "withdrawn", "in_force")

_STEPS = text("""
SELECT step.plan_id, step.rule, meeting.on_date FROM step
JOIN meeting ON meeting.id = step.meeting_id
WHERE step.plan_id = ANY(:plans) AND meeting.on_date <= :last
""")
# Where a report is or was, and where a body's stage is over, nothing more is expected.
_THERE = text("""
SELECT item_plan.plan_id, subject.body_id FROM item_plan
JOIN subject ON subject.id = item_plan.item_id
WHERE item_plan.plan_id = ANY(:plans) AND subject.state <> 'withdrawn'
UNION SELECT plan_id, body_id FROM route_stage
WHERE plan_id = ANY(:plans) AND status IN ('decided', 'waived')
""")
_REMIT = text("SELECT body_id, unit_id FROM body_remit")


@dataclass
class Line:
    """Something that comes to a body. ``plans`` are (reference, title)."""

    body_id: int
    what: str
    verb: str
    stands: str
    who: str = ""
    post: str = ""
    plans: list[tuple[str, str]] = field(default_factory=list)
    item_id: int | None = None
    due_on: date | None = None


@dataclass
class Sitting:
    """A meeting with what comes to it; without a meeting, what waits for an agenda."""

    body: str
    meeting: Meeting | None
    lines: list[Line] = field(default_factory=list)


@dataclass
class Programme:
    """The work programme of a body, or of all."""

    title: str
    bodies: list[Body]
    body_id: int | None
    sittings: list[Sitting]


def programme(session: Session, actor: Actor, body_id: int | None) -> Programme:
    """What is coming to a body, or to all of them, in the next year, by meeting."""
    bodies = meeting_pages.bodies_of(session)
    shown = {body.id: body for body in bodies if body_id in (None, body.id)}
    framework = permissions.framework(session)
    reader = _Reader(session, shown)
    plans = _plans(session, actor)
    for row in registers.work_programme(session, actor, body_id):
        reader.add_report(row, plans)
    reader.add_expected(session, [p for p in plans.values() if p.state not in _SETTLED])
    if framework is not None:
        reader.date_reports(session, framework)
    return Programme(_title(session, framework, shown, body_id), bodies, body_id, reader.sittings())


def as_rows(page: Programme) -> Iterable[tuple[Any, ...]]:
    """The programme as rows of ``COLUMNS``."""
    for sitting in page.sittings:
        for line in sitting.lines:
            yield (
                sitting.body,
                sitting.meeting.on_date if sitting.meeting else None,
                line.what,
                line.verb,
                line.who,
                line.post,
                ", ".join(ref for ref, _title in line.plans),
                line.due_on,
                line.stands,
            )


def _title(
    session: Session,
    framework: Framework | None,
    shown: Mapping[int, Body],
    body_id: int | None,
) -> str:
    if framework is None or applicable.model_today(session, framework) != EXECUTIVE:
        return WORK_PROGRAMME
    kinds = {body.kind for body in shown.values()}
    return FORWARD_PLAN if body_id is None or "cabinet" in kinds else WORK_PROGRAMME


def _plans(session: Session, actor: Actor) -> dict[str, Plan]:
    """The plans of which this person may know, by reference."""
    seen = access.plans(actor).where(Plan.planning_year_id.is_not(None)).order_by(Plan.id)
    return {each.ref: each for each in session.scalars(seen)}


class _Reader:
    """The lines of a programme, put at their meetings; all that they need is read once."""

    def __init__(self, session: Session, bodies: Mapping[int, Body]):
        self.bodies, self.desks, today = bodies, Desks(session), clock.today()
        self.last = today + AHEAD
        self.meetings: dict[int, list[Meeting]] = {each: [] for each in bodies}
        for meeting in session.scalars(
            select(Meeting)
            .where(
                Meeting.body_id.in_(list(bodies)),
                Meeting.status != "cancelled",
                Meeting.on_date.between(today, self.last),
            )
            .order_by(Meeting.on_date, Meeting.id)
        ):
            self.meetings[meeting.body_id].append(meeting)
        self.lines: dict[int | None, list[Line]] = {}

    def add_report(self, row: registers.Programmed, plans: Mapping[str, Plan]) -> None:
        """A report that was asked for."""
        item = row.item
        if item.body_id is None or item.body_id not in self.bodies:
            return
        known = [plans[ref] for ref in row.plans if ref in plans]
        line = Line(item.body_id, item.title, VERBS.get(item.verb, item.verb), row.standing)
        line.item_id = item.id
        self._said_by(line, known)
        there = {each.id for each in self.meetings[item.body_id]}
        if item.meeting_id is None or item.meeting_id in there:
            self.lines.setdefault(item.meeting_id, []).append(line)

    def add_expected(self, session: Session, plans: Sequence[Plan]) -> None:
        """Plans on their way whose report to a body was not asked for yet."""
        ids = {"plans": [each.id for each in plans]}
        there = {tuple(row) for row in session.execute(_THERE, ids)}
        due: dict[tuple[int, str], date] = {
            (row.plan_id, row.rule): row.on_date
            for row in session.execute(_STEPS, {**ids, "last": self.last})
        }
        remit: dict[int, set[int]] = {}
        for row in session.execute(_REMIT):
            remit.setdefault(row.body_id, set()).add(row.unit_id)
        together: dict[tuple[int, str, str], Line] = {}
        for plan in plans:
            framework = pinned.of(plan)
            for step in applicable.route_of(framework, plan):
                on = due.get((plan.id, step.step))
                for body in self._bodies_for(step, plan, remit) if on else ():
                    if (plan.id, body.id) not in there and on:
                        self._expect(framework, plan, step, body, on, together)

    def _bodies_for(
        self, step: RouteStep, plan: Plan, remit: Mapping[int, set[int]]
    ) -> Iterable[Body]:
        above = set(self.desks.path(plan.unit_id))
        for body in self.bodies.values():
            fits = step.choose != "remit" or bool(above & remit.get(body.id, set()))
            if body.framework_key == step.body and fits:
                yield body

    def _expect(
        self,
        framework: Framework,
        plan: Plan,
        step: RouteStep,
        body: Body,
        on: date,
        together: dict[tuple[int, str, str], Line],
    ) -> None:
        held = self.meetings[body.id]
        place = bisect_left([each.on_date for each in held], on)
        if place == len(held) or on < clock.today():
            return
        meeting, kind = held[place], framework.plan_types[plan.plan_type]
        key = (meeting.id, step.verb, plan.plan_type)
        if kind.one_report and key in together:
            line = together[key]
            line.what = f"{kind.plural} ({len(line.plans) + 1})"
            line.plans.append((plan.ref, plan.title))
            return
        line = Line(body.id, plan.title, VERBS.get(step.verb, step.verb), NOT_ASKED)
        self._said_by(line, [plan])
        together[key] = line
        self.lines.setdefault(meeting.id, []).append(line)

    def _said_by(self, line: Line, plans: Sequence[Plan]) -> None:
        """From whom: the one who writes the first plan."""
        line.plans = [(plan.ref, plan.title) for plan in plans]
        if plans:
            framework = pinned.of(plans[0])
            role = framework.plan_types[plans[0].plan_type].desks.get("author", "")
            line.post = title_of(framework, role)
            line.who = self.desks.names(role, plans[0].unit_id)

    def date_reports(self, session: Session, framework: Framework) -> None:
        """By when each report is due, by the papers rule of its body."""
        calendar: Calendar = council_facts.calendar(session)
        framework = deadline_rules.by_council(session, framework)
        own = council_facts.fact(session, council_facts.PAPERS, {})
        for held in self.meetings.values():
            for meeting in held:
                body = self.bodies[meeting.body_id]
                rule = deadline_rules.papers_rule(framework, body.framework_key, own.get(body.key))
                for line in self.lines.get(meeting.id, []):
                    line.due_on = deadline_rules.counted_by(rule, meeting.on_date, calendar)

    def sittings(self) -> list[Sitting]:
        """Meetings with something to come, in order, then what waits for an agenda."""
        found = [
            Sitting(self.bodies[each.body_id].name, each, self.lines[each.id])
            for held in self.meetings.values()
            for each in held
            if each.id in self.lines
        ]
        found.sort(key=lambda each: (each.meeting.on_date, each.body) if each.meeting else ())
        waiting: dict[int, Sitting] = {}
        for line in self.lines.get(None, []):
            name = self.bodies[line.body_id].name
            waiting.setdefault(line.body_id, Sitting(name, None)).lines.append(line)
        return [*found, *sorted(waiting.values(), key=lambda each: each.body)]
