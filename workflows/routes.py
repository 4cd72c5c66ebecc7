"""The chain of bodies that a plan passes: snapshotted as rows when it enters the committee stage.

Stage n+1 opens when all of stage n are decided or waived (G14). What the framework says later does
not change a route that is under way.
"""

from collections.abc import Sequence

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from config.framework import RouteStep
from cycle.models import Body, Plan, RouteStage
from workflows.attempt import Attempt

_BODIES = text("""
SELECT body.id FROM body
WHERE body.framework_key = :key AND body.from_on <= :on
  AND (body.until_on IS NULL OR body.until_on > :on)
  AND (NOT :remit OR EXISTS (
    SELECT 1 FROM body_remit JOIN unit ON unit.id = CAST(:unit AS int)
    WHERE body_remit.body_id = body.id AND body_remit.unit_id = ANY(unit.path)))
ORDER BY body.id
""")


def bodies_of(attempt: Attempt, step: RouteStep) -> Sequence[int]:
    """The council's bodies that a step of the route means for this plan, today."""
    parameters = {
        "key": step.body,
        "on": attempt.today,
        "remit": step.choose == "remit",
        "unit": attempt.subject.unit_id,
    }
    return attempt.session.scalars(_BODIES, parameters).all()


def open_route(attempt: Attempt) -> None:
    """Write the stages of the plan's route; the first is open, the others lie ahead."""
    round_number = last_round(attempt.session, attempt.subject.id) + 1
    steps = attempt.route
    first = min(step.stage for step in steps)
    rows = [
        RouteStage(
            plan_id=attempt.subject.id,
            round=round_number,
            stage=step.stage,
            body_id=body_id,
            verb=step.verb,
            status="open" if step.stage == first else "ahead",
        )
        for step in steps
        for body_id in bodies_of(attempt, step)
    ]
    attempt.session.add_all(rows)
    attempt.session.flush()
    attempt.act.details["route"] = [[row.stage, row.body_id, row.verb] for row in rows]


def end_route(attempt: Attempt) -> None:
    """Stages that nobody has decided end; items on them are cancelled by the committee verbs."""
    attempt.session.execute(
        update(RouteStage)
        .where(
            RouteStage.plan_id == attempt.subject.id,
            RouteStage.status.in_(("open", "ahead")),
        )
        .values(status="ended", ended_at=attempt.at)
    )


def last_round(session: Session, plan_id: int) -> int:
    """How often the plan has gone to committees; 0 when never."""
    return (
        session.scalar(
            select(func.coalesce(func.max(RouteStage.round), 0)).where(
                RouteStage.plan_id == plan_id
            )
        )
        or 0
    )


def stages(session: Session, plan: Plan) -> list[tuple[RouteStage, Body]]:
    """The stages of the current round with their bodies, in order."""
    rows = session.execute(
        select(RouteStage, Body)
        .join(Body, Body.id == RouteStage.body_id)
        .where(
            RouteStage.plan_id == plan.id,
            RouteStage.round == last_round(session, plan.id),
        )
        .order_by(RouteStage.stage, Body.name)
        .execution_options(populate_existing=True)
    )
    return [(stage, body) for stage, body in rows]


def open_next(session: Session, plan: Plan) -> str:
    """Open the next stage when nobody of the open one is waited for (G14).

    Gives ``waiting`` (a body of the open stage has not decided), ``opened``, or ``finished`` when
    there is no stage left.
    """
    rows = [stage for stage, _ in stages(session, plan)]
    if any(row.status == "open" for row in rows):
        return "waiting"
    ahead = [row.stage for row in rows if row.status == "ahead"]
    if not ahead:
        return "finished"
    following = min(ahead)
    for row in rows:
        if row.stage == following and row.status == "ahead":
            row.status = "open"
    session.flush()
    return "opened"
