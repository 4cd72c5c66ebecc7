"""Whether the open tasks are those that ``engine.required`` wants, for every live subject (INV-01).

The engine's own function answers, so that the rule is in one place. Only subjects that stand in a
state with tasks, or have an open one, are looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import Framework
from cycle import people
from cycle.models import AgendaItem, Council, Cycle, Plan, PlanningYear, Subject
from cycle.people import Actor
from workflows import engine
from workflows.verify_report import Findings

KEY = "INV-01-required"
TITLES = {KEY: "The open tasks of every plan are those that its state requires, and no other"}

_OPEN = text("SELECT subject_id, kind, slot FROM task WHERE closed_at IS NULL")
_STANDING = text("SELECT id, framework_version_id AS framework_id, lifecycle, state FROM subject")

Slots = set[tuple[str, str]]


def check(session: Session, findings: Findings, frameworks: Mapping[int, Framework]) -> None:
    """Compare what is open with what is required, subject by subject."""
    opened: dict[int, Slots] = {}
    for row in session.execute(_OPEN):
        opened.setdefault(row.subject_id, set()).add((row.kind, row.slot))
    ids = {
        row.id
        for row in session.execute(_STANDING)
        if row.id in opened or _has_tasks(frameworks.get(row.framework_id), row)
    }
    system = people.system(session)
    for subject in _subjects(session, ids):
        _compare(session, findings, subject, system, opened.pop(subject.id, set()))
    for subject_id in opened:
        says = "Tasks are open for something that is not there."
        findings.add(KEY, says, table="task", key=f"subject {subject_id}")


def _has_tasks(framework: Framework | None, row: Any) -> bool:
    lifecycle = framework.lifecycles.get(row.lifecycle) if framework else None
    state = lifecycle.states.get(row.state) if lifecycle else None
    return state is None or bool(state.tasks)


def _subjects(session: Session, ids: set[int]) -> Iterator[Subject]:
    """The subjects with their own columns: one statement for each kind."""
    for model in (Council, Cycle, PlanningYear, Plan, AgendaItem):
        statement = select(model).where(model.id.in_(ids)).order_by(model.id)
        yield from session.scalars(statement, execution_options={"yield_per": 500})


def _compare(
    session: Session, findings: Findings, subject: Subject, system: Actor, opened: Slots
) -> None:
    try:
        attempt, _ = engine.attempt_on(session, subject, system)
        required = {(each.kind, each.slot) for each in engine.required(attempt)}
    except (LookupError, ValueError, TypeError, AttributeError) as problem:
        # Only a framework, state or comment that was tampered with cannot be read.
        says = f"What is required here cannot be read ({type(problem).__name__})."
        findings.add(KEY, says, subject=subject.ref, table="subject", key=str(subject.id))
        return
    for kind, slot in sorted(required - opened):
        says = "The task that must be open here is not."
        findings.add(KEY, says, subject=subject.ref, table="task", key=f"{kind} {slot}".strip())
    for kind, slot in sorted(opened - required):
        says = "This task is open and nothing asks for it."
        findings.add(KEY, says, subject=subject.ref, table="task", key=f"{kind} {slot}".strip())
