"""Whether the open tasks are those that ``engine.required`` wants, for every live subject (INV-01).

The engine's own function answers, so that the rule is in one place. Only subjects that stand in a
state with tasks, or have an open one, are looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.checks.lifecycle import STAYS
from config.framework import Framework
from cycle import people
from cycle.models import AgendaItem, Council, Cycle, DateChange, Plan, PlanningYear, Subject
from cycle.people import Actor
from workflows.core import engine, facts
from workflows.core.attempt import ASKED, Attempt, load
from workflows.meetings import approval_route
from workflows.record.verify.findings import Findings

KEY = "INV-01-required"
IDLE = "INV-01-somebody"
TITLES = {
    KEY: "The open tasks of every plan are those that its state requires, and no other",
    IDLE: "Every plan that does not wait for its day is somebody's task",
}

_OPEN = text("SELECT subject_id, kind, slot FROM task WHERE closed_at IS NULL")
_STATES = text("SELECT id, framework_version_id AS framework_id, lifecycle, state FROM subject")
_IDLE = text(f"""
SELECT subject.id, subject.ref, subject.framework_version_id AS framework_id, subject.lifecycle,
       subject.state
FROM plan JOIN subject ON subject.id = plan.id
WHERE NOT EXISTS (SELECT 1 FROM task WHERE subject_id = subject.id AND closed_at IS NULL)
  AND NOT EXISTS (
    SELECT 1 FROM item_plan JOIN task ON task.subject_id = item_plan.item_id
    WHERE item_plan.plan_id = subject.id AND task.closed_at IS NULL)
  AND NOT {approval_route.CALL_IN_RUNS.format(plan="subject.id")}
ORDER BY subject.id
""")  # noqa: S608  # a constant
_ASKED = text(
    "SELECT plan_id, section_key, queue_id, due_on FROM contribution "
    "WHERE answered_at IS NULL ORDER BY id"
)
# What is required depends on nobody, and an empty database has not even the system's own person.
NOBODY = Actor(0, "", "", "", (), is_system=True)

Slots = set[tuple[str, str]]


def check(session: Session, findings: Findings, frameworks: Mapping[int, Framework]) -> None:
    """Compare what is open with what is required, subject by subject."""
    opened: dict[int, Slots] = {}
    for row in session.execute(_OPEN):
        opened.setdefault(row.subject_id, set()).add((row.kind, row.slot))
    ids = {
        row.id
        for row in session.execute(_STATES)
        if row.id in opened or _has_tasks(frameworks.get(row.framework_id), row)
    }
    reading = _Reading(session, findings)
    for subject in _subjects(session, ids):
        reading.compare(subject, opened.pop(subject.id, set()))
    _somebody_has_it(session, findings, frameworks)
    for subject_id in opened:
        says = "Tasks are open for something that is not there."
        findings.add(KEY, says, table="task", key=f"subject {subject_id}")


def _somebody_has_it(
    session: Session, findings: Findings, frameworks: Mapping[int, Framework]
) -> None:
    """A plan that does not wait for its day has an open task, its own or one of a report on it."""
    for row in session.execute(_IDLE):
        framework = frameworks.get(row.framework_id)
        lifecycle = framework.lifecycles.get(row.lifecycle) if framework else None
        state = lifecycle.states.get(row.state) if lifecycle else None
        if lifecycle is None or state is None or state.final:
            continue
        if any(
            transition.kind == "system" and row.state in transition.from_ and transition.to != STAYS
            for transition in lifecycle.transitions
        ):
            continue
        says = "This plan waits for nobody: it has no open task, and no report on it has one."
        findings.add(IDLE, says, subject=row.ref, table="plan", key=str(row.id))


def _has_tasks(framework: Framework | None, row: Any) -> bool:
    lifecycle = framework.lifecycles.get(row.lifecycle) if framework else None
    state = lifecycle.states.get(row.state) if lifecycle else None
    if lifecycle is None or state is None:
        return True
    return bool(state.tasks) or approval_route.awaits_a_body(lifecycle, row.state)


def _subjects(session: Session, ids: set[int]) -> Iterator[Subject]:
    """The subjects with their own columns: one statement for each kind."""
    for model in (Council, Cycle, PlanningYear, Plan, AgendaItem, DateChange):
        statement = select(model).where(model.id.in_(ids)).order_by(model.id)
        yield from session.scalars(statement, execution_options={"yield_per": 500})


class _Reading:
    """What many subjects share is read once: the queues of a place, who was asked for sections."""

    def __init__(self, session: Session, findings: Findings):
        self.session, self.findings = session, findings
        self.queues: dict[tuple[int, int | None, int | None], dict[str, tuple[int, ...]]] = {}
        self.asked: dict[int, list[Any]] = {}
        for row in session.execute(_ASKED):
            self.asked.setdefault(row.plan_id, []).append(row)

    def compare(self, subject: Subject, opened: Slots) -> None:
        """One subject's open tasks against what the engine requires of it."""
        try:
            required = self.required(subject)
        except (LookupError, ValueError, TypeError, AttributeError) as problem:
            # Only a framework, state or comment that was tampered with cannot be read.
            says = f"What is required here cannot be read ({type(problem).__name__})."
            self.fail(subject, says, "subject", str(subject.id))
            return
        for kind, slot in sorted(required - opened):
            says = "The task that must be open here is not."
            self.fail(subject, says, "task", f"{kind} {slot}".strip())
        for kind, slot in sorted(opened - required):
            says = "This task is open and nothing asks for it."
            self.fail(subject, says, "task", f"{kind} {slot}".strip())

    def fail(self, subject: Subject, says: str, table: str, key: str) -> None:
        """Note a failure at a subject."""
        self.findings.add(KEY, says, subject=subject.ref, table=table, key=key)

    def required(self, subject: Subject) -> Slots:
        """What the engine's own function wants open."""
        attempt, _ = engine.attempt_on(self.session, subject, NOBODY)
        # The attempt would ask the same for each subject; here it finds the answers ready.
        attempt.__dict__["queues"] = self.queues_at(attempt)
        attempt.__dict__["contributions"] = self.asked.get(subject.id, [])
        load([attempt], [name for name in facts.of_tasks(attempt.state) if name != ASKED])
        return {(each.kind, each.slot) for each in engine.required(attempt)}

    def queues_at(self, attempt: Attempt) -> dict[str, tuple[int, ...]]:
        """The queues of every role at the subject's place: one statement for each place."""
        subject, place = attempt.subject, attempt.place
        key = (subject.framework_version_id, place.unit_id, place.body_id)
        if key not in self.queues:
            scopes = attempt.scopes
            self.queues[key] = people.queues_for(self.session, set(scopes), place, scopes)
        return self.queues[key]
