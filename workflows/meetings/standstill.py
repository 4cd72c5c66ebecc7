"""A plan before committees that waits for nobody: seen, given to somebody, and set going again.

The rules that live here: a plan in a state that only a resolution leaves has a body that is asked
and has its report; where it has not (no committee has its unit in its remit, or its report was
withdrawn), asking one is a task of whoever takes what would reach nobody (INV-01).
"""

from collections.abc import Iterator

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import permissions
from cycle import access, people
from cycle.errors import Blocked, OutOfDate
from cycle.models import AgendaItem, FrameworkVersion, Plan
from cycle.people import SYSTEM, Actor
from cycle.seen import NO_PAGE, Seen, current
from workflows.core import engine
from workflows.core.attempt import Attempt
from workflows.core.audit import Act
from workflows.core.tasks import Wanted, task_beside
from workflows.framework import versions as pinned
from workflows.meetings import approval_route as routes
from workflows.reports import agenda_items, requests as report_requests

_STANDING = text("""
SELECT subject.id, subject.ref, subject.state, subject.lifecycle, subject.framework_version_id
FROM subject JOIN plan ON plan.id = subject.id
WHERE NOT EXISTS (SELECT 1 FROM task WHERE subject_id = subject.id AND closed_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM route_stage WHERE plan_id = subject.id AND status = 'open'
                  AND item_id IS NOT NULL)
ORDER BY subject.id
""")


def plans_that_wait_for_nobody(session: Session) -> list[tuple[int, str]]:
    """The plans, by id and reference, that have come to a stop without anybody's task."""
    lifecycles = {
        version.id: pinned.of_version(version).lifecycles
        for version in session.scalars(select(FrameworkVersion))
    }
    return [
        (row.id, row.ref)
        for row in session.execute(_STANDING)
        if routes.awaits_a_body(lifecycles[row.framework_version_id][row.lifecycle], row.state)
    ]


_WITHOUT_REPORT = text("""
SELECT body.name FROM route_stage JOIN body ON body.id = route_stage.body_id
WHERE route_stage.plan_id = :plan AND route_stage.status = 'open' AND route_stage.item_id IS NULL
ORDER BY body.name
""")


def give_to_somebody(session: Session, plan_id: int) -> None:
    """Open the task of a plan that waits for nobody: an act of the system, on the plan's record."""
    access.lock(session, [plan_id])
    (plan,) = agenda_items.fresh_plans(session, [plan_id])
    engine.record(session, plan, people.system(session), Act("came_to_a_stop"), SYSTEM)


@task_beside
def _ask_a_body(attempt: Attempt) -> Iterator[Wanted]:
    """While a plan waits for no body, asking one is a task of the last resort (INV-01)."""
    queues = attempt.queues_of(attempt.last_resort)
    if queues and routes.waits_for_nobody(attempt):
        yield Wanted("ask_a_body", "", "Ask a committee about it", queues[0])


def may_ask_again(session: Session, plan: Plan, actor: Actor) -> bool:
    """Whether this person may set a plan going that waits for nobody."""
    attempt, _ = engine.attempt_on(session, plan, actor)
    return _may(actor, plan) and routes.waits_for_nobody(attempt)


def without_report(session: Session, plan: Plan) -> list[str]:
    """The bodies that are asked about a plan and have no report on it: theirs was withdrawn."""
    return list(session.scalars(_WITHOUT_REPORT, {"plan": plan.id}))


def missing(session: Session, actor: Actor, plan: Plan) -> list[str]:
    """What a plan that waits for nobody lacks, in sentences; none when a body can be asked.

    Raises NotPermitted when it is not this person's to ask.
    """
    may = pinned.roles_with(plan, permissions.REQUEST_REPORTS)
    engine.require_desk(session, plan, actor, may)
    attempt, _ = engine.attempt_on(session, plan, actor)
    return routes.without_a_body(attempt) if routes.waits_for_nobody(attempt) else []


def _may(actor: Actor, plan: Plan) -> bool:
    return bool(actor.roles & set(pinned.roles_with(plan, permissions.REQUEST_REPORTS)))


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
    may = pinned.roles_with(plan, permissions.REQUEST_REPORTS)
    capacity = engine.require_desk(session, plan, actor, may)
    attempt, _ = engine.attempt_on(session, plan, actor)
    if routes.awaits_a_body(attempt.lifecycle, plan.state) and not routes.asks_somebody(attempt):
        lacking = routes.without_a_body(attempt)
        if lacking:
            raise Blocked(lacking)
        routes.complete(attempt)
    asked = report_requests.request_open(session, actor, capacity, plan)
    if not asked:
        raise Blocked("Every committee that still has to decide has its report already.")
    what = Act("request_again", details={"items": [each.ref for each in asked]})
    what.details.update(attempt.act.details)
    engine.record(session, plan, actor, what, capacity)
    return asked
