"""A year that was opened by mistake closes again, until somebody has worked on one of its plans.

The rules that live here (fault L3, evolving.md): nothing is deleted (INV-08); the plans go back to
“not started”, their tasks are withdrawn and who had them is told; opening the year again takes up
the same plans. In Years 2 to 4 it is the decision on the Strategic Plan that is taken back.
"""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.lifecycles.phases import Phase
from cycle import access, people
from cycle.errors import Blocked
from cycle.models import Plan, PlanningYear
from cycle.people import Actor
from cycle.seen import NO_PAGE, Seen
from notifications import notices
from notifications.notices import Notice
from workflows.core import engine, together
from workflows.core.attempt import Evidence
from workflows.cycles import cycles
from workflows.framework import pinned, post_permissions

BACK, CLOSE = "put_back", "close_again"


def close_again(
    session: Session, actor: Actor, year_id: int, reason: str, seen_version: Seen = NO_PAGE
) -> PlanningYear:
    """Close a year that was opened by mistake; its plans go back to “not started”.

    Raises NotPermitted without ``plan_cycle``, NotAvailable where the year is not open, Blocked
    without a reason and once somebody has worked on one of its plans.
    """
    post_permissions.require(session, actor, "plan_cycle")
    if not reason.strip():
        raise Blocked("Say why: a reason is needed here.")
    _, year = cycles.lock_both(session, actor, year_id, seen_version)
    ids = session.scalars(
        select(Plan.id)
        .where(Plan.planning_year_id == year.id, Plan.phase != Phase.WITHDRAWN)
        .order_by(Plan.id)
    ).all()
    plans = access.all_changeable(session, actor, Plan, ids)
    queues = list(session.scalars(_QUEUES, {"subjects": [year.id, *ids]}))
    evidence = Evidence(reason=reason.strip())
    was = year.decision
    year.decision = None
    evidence.details["plans"] = [plan.ref for plan in plans]
    if was:
        evidence.details["was"] = was
    capacity = engine.perform(session, year, CLOSE, actor, evidence)
    back = [plan for plan in plans if _goes_back(plan)]
    if back:
        together.perform(
            session, back, BACK, actor, Evidence(reason=reason.strip()), after=capacity
        )
    _tell(session, actor, year, queues, reason.strip())
    return year


_QUEUES = text("""
SELECT DISTINCT queue_id FROM task WHERE subject_id = ANY(:subjects) AND closed_at IS NULL
""")


def _goes_back(plan: Plan) -> bool:
    lifecycle = pinned.of(plan).lifecycles[plan.lifecycle]
    return any(t.action == BACK and plan.state in t.from_ for t in lifecycle.transitions)


def _tell(
    session: Session, actor: Actor, year: PlanningYear, queues: list[int], reason: str
) -> None:
    """Whoever had a task of the year or of its plans is told, once, and not who did it."""
    notified = {row.person_id for row in people.holders(session, queues)} - {actor.person_id}
    for person_id in sorted(notified):
        notices.add(
            session,
            Notice(
                key=f"closed_again:{year.id}:{year.head_seq}:{person_id}",
                kind="closed_again",
                person_id=person_id,
                subject=f"Closed again: {year.title}",
                body=(
                    f"{year.title} was opened by mistake and is closed again. Your tasks on its "
                    f"plans are withdrawn.\n\nThe reason given: {reason}"
                ),
            ),
        )
