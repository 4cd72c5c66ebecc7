"""A plan before committees that waits for nobody: seen, given to somebody, and set going again.

The rules that live here: a plan in a state that only a resolution leaves has a body that is asked
and has its report; where it has not (no committee has its unit in its remit, or its report was
withdrawn), asking one is a task of whoever takes what would reach nobody (INV-01).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.lifecycles.shape import Lifecycle
from cycle import access, people
from cycle.errors import Blocked, OutOfDate
from cycle.models import AgendaItem, Plan
from cycle.people import Actor
from cycle.seen import NO_PAGE, Seen, current
from workflows.core import engine
from workflows.core.attempt import Attempt
from workflows.core.audit import Act
from workflows.core.internal_acts import internal_act
from workflows.core.tasks import Wanted, task_beside
from workflows.core.together import read_ahead
from workflows.framework import pinned
from workflows.meetings import approval_route
from workflows.reports import agenda_items, report_requests

ALL_ASKED = "Every committee that still has to decide has its report already."

_WITHOUT_TASK = text(f"""
SELECT subject.id, subject.ref, subject.state, subject.lifecycle, subject.framework_version_id,
       framework_version.sha256
FROM subject JOIN plan ON plan.id = subject.id
JOIN framework_version ON framework_version.id = subject.framework_version_id
WHERE NOT EXISTS (SELECT 1 FROM task WHERE subject_id = subject.id AND closed_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM route_stage WHERE plan_id = subject.id AND status = 'open'
                  AND item_id IS NOT NULL)
  AND NOT {approval_route.CALL_IN_RUNS.format(plan="subject.id")}
ORDER BY subject.id
""")  # noqa: S608  # a constant


def plans_that_wait_for_nobody(session: Session) -> list[tuple[int, str]]:
    """The plans, by id and reference, that have come to a stop without anybody's task."""
    return [
        (row.id, row.ref)
        for row in session.execute(_WITHOUT_TASK)
        if approval_route.awaits_a_body(_lifecycle(session, row), row.state)
    ]


def _lifecycle(session: Session, row: Any) -> Lifecycle:
    framework = pinned.of_row(session, row.framework_version_id, row.sha256)
    return framework.lifecycles[row.lifecycle]


_WITHOUT_REPORT = text("""
SELECT body.name FROM route_stage JOIN body ON body.id = route_stage.body_id
WHERE route_stage.plan_id = :plan AND route_stage.status = 'open' AND route_stage.item_id IS NULL
ORDER BY body.name
""")


@internal_act("plan", "came_to_a_stop")
def give_to_somebody(session: Session, plan_id: int) -> None:
    """Open the task of a plan that waits for nobody: an act of the system, on the plan's record."""
    access.lock(session, [plan_id])
    (plan,) = agenda_items.fresh_plans(session, [plan_id])
    system = people.system(session)
    capacity = engine.capacity_for(session, plan, system, "came_to_a_stop")
    engine.record(session, plan, system, Act("came_to_a_stop"), capacity)


@read_ahead
def _stages(session: Session, attempts: Sequence[Attempt]) -> None:
    approval_route.read_open_stages(session, attempts)


@task_beside
def _ask_a_body(attempt: Attempt) -> Iterator[Wanted]:
    """While a plan waits for no body, asking one is a task of the last resort (INV-01)."""
    queues = attempt.queues_of(attempt.last_resort)
    if queues and approval_route.waits_for_nobody(attempt):
        yield Wanted("ask_a_body", "", "Ask a committee about it", queues[0])


def without_report(session: Session, plan: Plan) -> list[str]:
    """The bodies that are asked about a plan and have no report on it: theirs was withdrawn."""
    return list(session.scalars(_WITHOUT_REPORT, {"plan": plan.id}))


def missing(session: Session, actor: Actor, plan: Plan) -> list[str] | None:
    """What a plan that waits for nobody lacks, in sentences, empty when a body can be asked; None
    of a plan that waits for somebody.

    Raises NotPermitted when it is not this person's to ask, NotAvailable where no body is asked.
    """
    attempt, definition = engine.attempt_on(session, plan, actor)
    engine.capacity_in(attempt, definition, "request_again")
    return approval_route.lacking(attempt) if approval_route.waits_for_nobody(attempt) else None


@internal_act("plan", "request_again")
def request_again(
    session: Session, actor: Actor, plan_id: int, seen_version: Seen = NO_PAGE
) -> list[AgendaItem]:
    """Ask the bodies that still have to decide and have no report: those whose report was
    withdrawn, and those that have got the plan into their remit since.

    Raises OutOfDate when the page was older, Blocked when every body that is waited for has its
    report, and with what is missing where there is still no body to ask.
    """
    access.lock(session, [plan_id])
    (plan,) = agenda_items.fresh_plans(session, [plan_id])
    if not current(plan.version, seen_version):
        raise OutOfDate(agenda_items.CHANGED)
    attempt, definition = engine.attempt_on(session, plan, actor)
    capacity = engine.capacity_in(attempt, definition, "request_again")
    if approval_route.awaits_a_body(
        attempt.lifecycle, plan.state
    ) and not approval_route.asks_somebody(attempt):
        lacking = approval_route.lacking(attempt)
        if lacking:
            raise Blocked(lacking)
        approval_route.complete(attempt)
    asked = report_requests.request_open(session, actor, capacity, plan)
    if not asked:
        raise Blocked(ALL_ASKED)
    what = Act("request_again", details={"items": [each.ref for each in asked]})
    what.details.update(attempt.act.details)
    engine.record(session, plan, actor, what, capacity)
    return asked
