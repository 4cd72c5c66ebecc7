"""The chain of bodies that a plan passes: snapshotted as rows when it enters the committee stage.

Stage n+1 opens when all of stage n are decided or waived (G14). What the framework says later does
not change a route that is under way.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from config import permissions
from config.framework import Lifecycle, RouteStep
from cycle.models import Body, Plan, RouteStage, Unit
from workflows.core.attempt import Attempt

_BODIES = text("""
SELECT body.id FROM body
WHERE body.framework_key = :key AND body.from_on <= :on
  AND (body.until_on IS NULL OR body.until_on > :on)
  AND (NOT :remit OR EXISTS (
    SELECT 1 FROM body_remit JOIN unit ON unit.id = CAST(:unit AS int)
    WHERE body_remit.body_id = body.id AND body_remit.unit_id = ANY(unit.path)))
ORDER BY body.id
""")


_ASKED = text("SELECT 1 FROM route_stage WHERE plan_id = :plan AND status = 'open' LIMIT 1")
_OPEN_STAGES = text("""
SELECT count(*) AS stages, count(*) FILTER (WHERE item_id IS NULL) > 0 AS without_report
FROM route_stage WHERE plan_id = :plan AND status = 'open'
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


def without_a_body(attempt: Attempt) -> list[str]:
    """What is missing on the plan's way, in sentences: stages for which there is no body today."""
    found = []
    for step in attempt.route:
        if bodies_of(attempt, step):
            continue
        kind = attempt.framework.bodies[step.body].title
        setters = permissions.roles_with(attempt.framework, permissions.MANAGE_COUNCIL)
        who = " or the ".join(attempt.framework.roles[each].title for each in setters)
        unit = attempt.session.get(Unit, attempt.subject.unit_id or 0)
        if step.choose == "remit" and unit is not None:
            found.append(
                f"No {kind} has “{unit.name}” in its remit, so nobody would be asked to "
                f"{step.verb} this plan. Ask the {who} to add it to what one of them considers, "
                "in the council’s files."
            )
        else:
            found.append(
                f"The council has no {kind}, which is to {step.verb} this plan. Ask the {who} to "
                "add it to the council’s files."
            )
    return found


def awaits_a_body(lifecycle: Lifecycle, state: str) -> bool:
    """Whether a plan stands where only the resolution of a body leads on."""
    return any(
        transition.kind == "outcome" and state in transition.from_
        for transition in lifecycle.transitions
    )


def asks_somebody(attempt: Attempt) -> bool:
    """Whether a body of the plan's way is asked for its decision now."""
    return bool(attempt.session.scalar(_ASKED, {"plan": attempt.subject.id}))


def waits_for_nobody(attempt: Attempt) -> bool:
    """Whether a plan that awaits a body has none that is asked, or one without its report.

    Not while the act is going on that begins its way: that asks them itself.
    """
    if not isinstance(attempt.subject, Plan) or "route" in attempt.act.details:
        return False
    if not awaits_a_body(attempt.lifecycle, attempt.subject.state):
        return False
    row = attempt.session.execute(_OPEN_STAGES, {"plan": attempt.subject.id}).one()
    return bool(row.stages == 0 or row.without_report)


def open_route(attempt: Attempt) -> None:
    """Write the stages of the plan's route; the first is open, the others lie ahead."""
    _write(attempt, last_round(attempt.session, attempt.subject.id) + 1, attempt.route)


def complete(attempt: Attempt) -> None:
    """Write the stages for which there was no body when the plan came to its committees, and open
    the first that is not settled."""
    rows = [stage for stage, _ in stages(attempt.session, attempt.plan)]
    ahead = any(row.status == "ahead" for row in rows)
    number = last_round(attempt.session, attempt.subject.id) + (0 if ahead else 1)
    known = {(row.stage, row.body_id) for row in rows} if ahead else set()
    _write(attempt, number, attempt.route, known)


def _write(
    attempt: Attempt,
    round_number: int,
    steps: Sequence[RouteStep],
    known: Collection[tuple[int, int]] = (),
) -> None:
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
        if (step.stage, body_id) not in known
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
