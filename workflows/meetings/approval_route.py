"""The chain of bodies that a plan passes: snapshotted as rows when it enters the committee stage.

Stage n+1 opens when all of stage n are decided or waived (G14). What the framework says later does
not change a route that is under way.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from config import permissions
from config.framework import Framework, RouteStep
from config.lifecycles.shape import OUTCOME, Lifecycle
from cycle.models import Body, Plan, RouteStage
from workflows.core.attempt import Attempt, load
from workflows.core.facts import fact

# The bodies of today, and whether the subject's unit is in the remit of each; the unit's name.
BODIES = fact(
    "bodies",
    """SELECT jsonb_build_object('unit', home.name, 'bodies', (
  SELECT jsonb_agg(jsonb_build_array(body.id, body.framework_key, EXISTS (
      SELECT 1 FROM body_remit
      WHERE body_remit.body_id = body.id AND body_remit.unit_id = ANY(home.path))) ORDER BY body.id)
  FROM body WHERE body.from_on <= :today AND (body.until_on IS NULL OR body.until_on > :today)))
FROM (SELECT 1) AS once LEFT JOIN unit AS home ON home.id = subject.unit_id""",
)


# That a plan's last body has decided, and its call-in has still to end.
CALL_IN_RUNS = """EXISTS (SELECT 1 FROM route_stage AS way WHERE way.plan_id = {plan}
  AND way.takes_effect_on IS NOT NULL AND way.status = 'decided' AND way.round = (
    SELECT max(round) FROM route_stage AS last WHERE last.plan_id = {plan}))"""
# That a correction of a decision of a plan's last round waits for a second person, or that it was
# agreed and what becomes of the plan is still to be settled. Until then nothing takes effect that
# followed from the decision (faults R4, R9).
BEING_CORRECTED = """EXISTS (SELECT 1 FROM route_stage AS way
  JOIN decision_correction AS correction ON correction.item_id = way.item_id
  JOIN decision AS was ON was.id = correction.decision_id
  JOIN recommendation AS advice ON advice.id = was.recommendation_id AND advice.decides
  LEFT JOIN correction_plan AS settled
    ON settled.correction_id = correction.id AND settled.plan_id = way.plan_id
  WHERE way.plan_id = {plan} AND way.round = (
      SELECT max(round) FROM route_stage AS last WHERE last.plan_id = {plan})
    AND (correction.status = 'waiting'
      OR settled.correction_id IS NOT NULL AND settled.choice IS NULL))"""
CORRECTION_OPEN = fact("correction_open", f"SELECT {BEING_CORRECTED.format(plan='subject.id')}")
# The bodies that are asked now, or whose decision waits for the end of call-in, and how many of
# them have no report.
OPEN_STAGES = fact(
    "open_stages",
    "SELECT jsonb_build_array("  # noqa: S608  # a constant
    f"count(*) + CASE WHEN {CALL_IN_RUNS.format(plan='subject.id')} THEN 1 ELSE 0 END, "
    "count(*) FILTER (WHERE item_id IS NULL)) "
    "FROM route_stage WHERE route_stage.plan_id = subject.id AND status = 'open'",
)


def bodies_in(read: Mapping[str, Any], step: RouteStep) -> Sequence[int]:
    """The council's bodies that a step of the route means for a plan today, as the fact ``BODIES``
    has them."""
    return [
        body_id
        for body_id, key, in_remit in read["bodies"] or ()
        if key == step.body and (in_remit or step.choose != "remit")
    ]


def without_a_body(
    framework: Framework, route: Sequence[RouteStep], read: Mapping[str, Any]
) -> list[str]:
    """What is missing on a plan's route, in sentences: stages that have no body today (the fact
    ``BODIES``)."""
    found = []
    for step in route:
        if bodies_in(read, step):
            continue
        kind = framework.bodies[step.body].title
        setters = permissions.roles_with(framework, permissions.MANAGE_COUNCIL)
        who = " or the ".join(framework.roles[each].title for each in setters)
        if step.choose == "remit" and read["unit"] is not None:
            found.append(
                f"No {kind} has “{read['unit']}” in its remit, so nobody would be asked to "
                f"{step.verb} this plan. Ask the {who} to add it to what one of them considers, "
                "in the council’s files."
            )
        else:
            found.append(
                f"The council has no {kind}, which is to {step.verb} this plan. Ask the {who} to "
                "add it to the council’s files."
            )
    return found


def lacking(attempt: Attempt) -> list[str]:
    """The same of an attempt on a plan."""
    return without_a_body(attempt.framework, attempt.route, attempt.fact(BODIES))


def awaits_a_body(lifecycle: Lifecycle, state: str) -> bool:
    """Whether a plan stands where only the resolution of a body leads on."""
    return any(
        transition.kind == OUTCOME and state in transition.from_
        for transition in lifecycle.transitions
    )


def asks_somebody(attempt: Attempt) -> bool:
    """Whether a body of the plan's route is asked for its decision now."""
    asked, _ = attempt.fact(OPEN_STAGES)
    return bool(asked)


def waits_for_nobody(attempt: Attempt) -> bool:
    """Whether a plan that awaits a body has none that is asked, or one without its report.

    Not while the act is going on that begins its way: that asks them itself.
    """
    if not _awaits(attempt) or "route" in attempt.act.details:
        return False
    asked, without_report = attempt.fact(OPEN_STAGES)
    return not asked or bool(without_report)


def _awaits(attempt: Attempt) -> bool:
    subject = attempt.subject
    return isinstance(subject, Plan) and awaits_a_body(attempt.lifecycle, subject.state)


def read_open_stages(_session: Session, attempts: Sequence[Attempt]) -> None:
    """Look up for many plans at once whether those that await a body wait for nobody."""
    load([each for each in attempts if _awaits(each)], [OPEN_STAGES])


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
        for body_id in bodies_in(attempt.fact(BODIES), step)
        if (step.stage, body_id) not in known
    ]
    attempt.session.add_all(rows)
    attempt.session.flush()
    attempt.act.details["route"] = [[row.stage, row.body_id, row.verb] for row in rows]


def end_routes(attempts: Sequence[Attempt]) -> None:
    """Stages of these plans that nobody has decided end; items on them are cancelled by the
    committee verbs."""
    attempts[0].session.execute(
        update(RouteStage)
        .where(
            RouteStage.plan_id.in_([each.subject.id for each in attempts]),
            RouteStage.status.in_(("open", "ahead")),
        )
        .values(status="ended", ended_at=attempts[0].at)
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
