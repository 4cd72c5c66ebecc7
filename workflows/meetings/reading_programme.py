"""The work programme of a body: what is coming in the next year, for what, and from whom.

The rules that live here: a report that was asked for stands at the meeting on whose agenda it is; a
plan on its way whose report was not asked for yet is expected at the body's first meeting from the
day of its step in the timetable; a report on progress that is asked for, at the meeting whose
report deadline is its day (fault S14). A council with an executive calls it the forward plan.
Everybody reads what comes when and from whom, but for what is exempt and not theirs (fault S2).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import Framework, Reporting, RouteStep
from config.governance import EXECUTIVE
from config.lifecycles.phases import DONE
from cycle import access, clock, council_facts
from cycle.calendar import Calendar
from cycle.models import Body, Meeting, Plan
from cycle.people import Actor
from workflows.files.tables import Column
from workflows.framework import (
    applicable,
    deadline_rules,
    pinned,
    post_permissions,
)
from workflows.meetings import reading, registers
from workflows.timetable.progress_rows import in_force, reports_due
from workflows.timetable.reading_rows import Postholders, title_of

AHEAD = timedelta(days=365)
WORK_PROGRAMME, FORWARD_PLAN = "Work programme", "Forward plan"
NOT_ASKED = "Not asked for yet"
WRITERS = "permission:write_reports"
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
    ("Post or role", 28),
    ("Plans", 40),
    ("Report due", 18),
    ("Where the report is", 24),
)

_STEPS = text("""
SELECT step.plan_id, step.rule, meeting.on_date FROM step
JOIN meeting ON meeting.id = step.meeting_id
WHERE step.plan_id = ANY(:plans) AND meeting.on_date <= :last
""")
# Where a report is or was, and where a body's stage is over, nothing more is expected.
_THERE = text("""
SELECT item_plan.plan_id, subject.body_id FROM item_plan
JOIN subject ON subject.id = item_plan.item_id
WHERE item_plan.plan_id = ANY(:plans) AND subject.phase <> 'withdrawn'
UNION SELECT plan_id, body_id FROM route_stage
WHERE plan_id = ANY(:plans) AND status IN ('decided', 'waived')
""")
_REMIT = text("SELECT body_id, unit_id FROM body_remit")


@dataclass
class Line:
    """Something that comes to a body, from whoever writes reports. ``plans`` are (reference, title)
    of those that are open to the person who asked."""

    body_id: int
    what: str
    verb: str
    stands: str
    who: str = ""
    post: str = ""
    plans: list[tuple[str, str]] = field(default_factory=list)
    item_id: int | None = None
    due_on: date | None = None
    count: int = 1  # of the plans for which it stands
    is_report: bool = False  # a report that was asked for, whoever may open it


@dataclass
class Sitting:
    """A meeting with what comes to it; without a meeting, what waits for an agenda."""

    body: str
    meeting: Meeting | None
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Programme:
    """The work programme of a body, or of all."""

    title: str
    bodies: list[Body]
    body_id: int | None
    sittings: list[Sitting]


def programme(session: Session, actor: Actor, body_id: int | None) -> Programme:
    """What is coming to a body, or to all of them, in the next year, by meeting."""
    bodies = reading.bodies_of(session)
    shown = {body.id: body for body in bodies if body_id in (None, body.id)}
    framework = post_permissions.framework(session)
    reader = _Reader(session, shown)
    plans, known = _plans(session, actor)
    reader.known = known
    for row in registers.work_programme(session, actor, body_id):
        reader.add_report(row, plans)
    reader.add_expected(session, [p for p in plans.values() if p.phase not in DONE])
    reader.add_progress(session, actor)
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


def _plans(session: Session, actor: Actor) -> tuple[dict[str, Plan], frozenset[str]]:
    """The plans that come, by reference, and the references of those that are open to this
    person."""
    coming = access.forthcoming_plans(actor)
    rows = session.execute(coming.where(Plan.planning_year_id.is_not(None)).order_by(Plan.id)).all()
    return {plan.ref: plan for plan, _ in rows}, frozenset(p.ref for p, known in rows if known)


class _Reader:
    """The lines of a programme, put at their meetings; all that they need is read once."""

    def __init__(self, session: Session, bodies: Mapping[int, Body]):
        self.bodies, self.postholders, today = bodies, Postholders(session), clock.today()
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
        self.known: frozenset[str] = frozenset()

    def add_report(self, row: registers.Programmed, plans: Mapping[str, Plan]) -> None:
        """A report that was asked for."""
        item = row.item
        if item.body_id is None or item.body_id not in self.bodies:
            return
        known = [plans[ref] for ref in row.plans if ref in plans]
        line = Line(item.body_id, item.title, VERBS.get(item.verb, item.verb), row.status)
        line.item_id, line.is_report = item.id if row.is_open else None, True
        self._add_author(line, known)
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

    def add_progress(self, session: Session, actor: Actor) -> None:
        """Reports on progress that are asked for, on plans that are open to this person."""
        plans = {each.id: each for each in session.scalars(in_force(actor))}
        remit: dict[int, set[int]] = {}
        for row in session.execute(_REMIT):
            remit.setdefault(row.body_id, set()).add(row.unit_id)
        calendar: Calendar = council_facts.calendar(session)
        for task, plan, kind in reports_due(session, plans, clock.today(), self.last):
            papers = deadline_rules.PapersOf(session, pinned.of(plan), calendar)
            above = set(self.postholders.path(plan.unit_id))
            for body in self.bodies.values():
                mine = remit.get(body.id, set())
                if body.framework_key != kind.to or (mine and not above & mine):
                    continue
                for meeting in self.meetings[body.id]:
                    on = papers.report_due_on(body.framework_key, body.key, meeting.on_date)
                    if on == task.due_on:
                        self._add_progress(papers.ruled, plan, kind, meeting, task.label)
                        break

    def _add_progress(
        self, framework: Framework, plan: Plan, kind: Reporting, meeting: Meeting, label: str
    ) -> None:
        line = Line(meeting.body_id, label, VERBS["note"], NOT_ASKED)
        line.plans = self._named([plan])
        role = framework.role_at(kind.role, plan.plan_type)
        line.post, line.who = title_of(framework, role), self.postholders.names(role, plan.unit_id)
        self.lines.setdefault(meeting.id, []).append(line)

    def _bodies_for(
        self, step: RouteStep, plan: Plan, remit: Mapping[int, set[int]]
    ) -> Iterable[Body]:
        above = set(self.postholders.path(plan.unit_id))
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
            line.what = f"{kind.plural} ({line.count + 1})"
            line.count += 1
            line.plans += self._named([plan])
            return
        line = Line(body.id, plan.title, VERBS.get(step.verb, step.verb), NOT_ASKED)
        self._add_author(line, [plan])
        together[key] = line
        self.lines.setdefault(meeting.id, []).append(line)

    def _add_author(self, line: Line, plans: Sequence[Plan]) -> None:
        """From whom: who writes reports in the plans' framework (fault S9)."""
        line.plans = self._named(plans)
        if plans:
            framework = pinned.of(plans[0])
            for role in framework.roles_of(WRITERS, "")[:1]:
                line.post = title_of(framework, role)
                line.who = self.postholders.names(role, plans[0].unit_id)

    def _named(self, plans: Sequence[Plan]) -> list[tuple[str, str]]:
        return [(plan.ref, plan.title) for plan in plans if plan.ref in self.known]

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
