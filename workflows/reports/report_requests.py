"""Asking a body for its decision: the report is requested when a stage of a route opens.

The rules that live here: two bodies are two reports; one report may carry many plans of a type
when the framework says so (``one_report``); a report that nobody needs any more is withdrawn.
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from config.dates import year_name
from config.framework import Framework, PlanType
from cycle import access, clock, people
from cycle.errors import NotAvailable
from cycle.models import AgendaItem, Body, ItemPlan, Plan, Recommendation, RouteStage
from cycle.people import Actor, Capacity
from workflows.core import engine, together
from workflows.core.attempt import Evidence
from workflows.core.audit import Act
from workflows.framework import pinned
from workflows.reports import agenda_items, report_form
from workflows.reports.report_status import OPEN

_ASKS = {
    "consider": "consider {what} and give its views",
    "recommend": "recommend {what} to {then}",
    "approve": "approve {what}",
    "adopt": "adopt {what}",
    "note": "note {what}",
}


def request_open(
    session: Session, actor: Actor, capacity: Capacity, plan: Plan
) -> list[AgendaItem]:
    """Ask every body whose stage is open and that has no report yet. The plan is locked.

    ``capacity``, here and below, is that of the act from which it follows.
    """
    stages = session.scalars(
        select(RouteStage)
        .where(
            RouteStage.plan_id == plan.id,
            RouteStage.status == "open",
            RouteStage.item_id.is_(None),
        )
        .order_by(RouteStage.id)
    ).all()
    return [request(session, actor, capacity, plan, stage) for stage in stages]


def request(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    plan: Plan,
    stage: RouteStage,
    *,
    alone: bool = False,
    earlier: AgendaItem | None = None,
) -> AgendaItem:
    """The report to one body on a plan: a new one, or the open one that carries its type.

    ``alone`` keeps a plan out of a shared report; ``earlier`` is the report whose words are the
    starting point (a deferred item comes back with what was written).
    """
    kind = pinned.of(plan).plan_types[plan.plan_type]
    body = session.get_one(Body, stage.body_id)
    if kind.one_report and not alone:
        # Two plans that pass their check at the same moment must meet in one report.
        name = f"report:{body.id}:{plan.plan_type}:{plan.year_of_effect}"
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )
        shared = _shared_report(session, plan, stage)
        if shared is not None:
            return _join(session, actor, capacity, plan, stage, shared)
    what = _what(plan, kind, shared=kind.one_report and not alone)
    asked = _asks(session, plan, stage, body, what)
    item = AgendaItem(
        ref=_free_ref(session, _base_ref(plan, kind, body, alone)),
        title=access.EXEMPT_REPORT if plan.exempt else f"{what[0].upper()}{what[1:]}: {body.name}",
        lifecycle="item",
        state=pinned.of(plan).lifecycles["item"].initial,
        state_since_at=clock.now(),
        framework_version_id=plan.framework_version_id,
        body_id=body.id,
        exempt=plan.exempt,
        verb=stage.verb,
        report=_first_words(pinned.of(plan), earlier, f"To ask {body.name} to {asked}."),
    )
    session.add(item)
    session.flush()
    words = [f"{body.name} is asked to {asked}."]
    if earlier is not None:
        words = [each.words for each in agenda_items.recommendations(session, earlier)]
    for number, each in enumerate(words, 1):
        session.add(Recommendation(item_id=item.id, number=number, words=each, decides=number == 1))
    _carry(session, plan, stage, item)
    together.begin(session, [item], actor, "request_report", capacity)
    return item


def _first_words(framework: Framework, earlier: AgendaItem | None, sentence: str) -> dict[str, str]:
    begun = report_form.first_words(framework, sentence)
    return begun if earlier is None else {**begun, **earlier.report}


def _carry(session: Session, plan: Plan, stage: RouteStage, item: AgendaItem) -> None:
    if plan.shown_version_id is None:
        raise NotAvailable("This plan has no version yet that a committee could be shown.")
    session.add(ItemPlan(item_id=item.id, plan_id=plan.id, version_id=plan.shown_version_id))
    stage.item_id = item.id
    session.flush()


def _shared_report(session: Session, plan: Plan, stage: RouteStage) -> AgendaItem | None:
    """The open report to this body that carries plans of the same type and year."""
    found = session.scalar(
        text("""
        SELECT agenda_item.id FROM agenda_item
        JOIN subject ON subject.id = agenda_item.id
        WHERE subject.body_id = :body AND agenda_item.verb = :verb
          AND subject.phase IN ('draft', 'in_review') AND subject.exempt = :exempt
          AND subject.ref LIKE :prefix
          AND EXISTS (
            SELECT 1 FROM item_plan JOIN plan ON plan.id = item_plan.plan_id
            WHERE item_plan.item_id = agenda_item.id
              AND plan.plan_type = :type AND plan.year_of_effect = :year)
        ORDER BY agenda_item.id LIMIT 1"""),
        {
            "body": stage.body_id,
            "verb": stage.verb,
            "exempt": plan.exempt,
            "type": plan.plan_type,
            "year": plan.year_of_effect,
            "prefix": _base_ref(
                plan,
                pinned.of(plan).plan_types[plan.plan_type],
                session.get_one(Body, stage.body_id),
                alone=False,
            )
            + "%",
        },
    )
    if found is None:
        return None
    access.lock(session, [found])
    item = agenda_items.fresh_item(session, found)
    return item if item.phase in OPEN else None


def _join(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    plan: Plan,
    stage: RouteStage,
    item: AgendaItem,
) -> AgendaItem:
    _carry(session, plan, stage, item)
    what = Act("plan_added", details={"plan": plan.ref})
    engine.record(session, item, actor, what, capacity)
    return item


def _what(plan: Plan, kind: PlanType, *, shared: bool) -> str:
    if shared:
        return f"the {kind.plural} {year_name(plan.year_of_effect)} named in this report"
    return f"the {plan.title}"


def _asks(session: Session, plan: Plan, stage: RouteStage, body: Body, what: str) -> str:
    """What the body is asked to do, in the words of its verb (G19)."""
    then = session.scalar(
        select(Body.name)
        .join(RouteStage, RouteStage.body_id == Body.id)
        .where(
            RouteStage.plan_id == plan.id,
            RouteStage.round == stage.round,
            RouteStage.stage > stage.stage,
        )
        .order_by(RouteStage.stage, Body.name)
        .limit(1)
    )
    return _ASKS[stage.verb].format(what=what, then=then or f"the body after {body.name}")


def _base_ref(plan: Plan, kind: PlanType, body: Body, alone: bool) -> str:
    short = body.key.removesuffix("_committee").replace("_", "-").upper()
    shared = kind.one_report and not alone
    return f"{kind.prefix}-{plan.year_of_effect}-{short}" if shared else f"{plan.ref}-{short}"


def _free_ref(session: Session, base: str) -> str:
    """The reference, with -2, -3 … when a body is asked again."""
    used = session.scalar(
        text(
            "SELECT count(*) FROM subject WHERE ref = :base OR ref ~ ('^' || :base || '-[0-9]+$')"
        ),
        {"base": base},
    )
    return f"{base}-{used + 1}" if used else base


def release(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    plan: Plan,
    item_id: int,
    reason: str,
) -> None:
    """A plan leaves a report for good: taken off when it carries others, else it is withdrawn."""
    access.lock(session, [item_id])
    item = agenda_items.fresh_item(session, item_id)
    session.execute(
        update(RouteStage)
        .where(RouteStage.plan_id == plan.id, RouteStage.item_id == item_id)
        .where(RouteStage.status.in_(("open", "ahead")))
        .values(item_id=None)
    )
    others = session.scalar(
        select(func.count()).where(ItemPlan.item_id == item_id, ItemPlan.plan_id != plan.id)
    )
    if others:
        session.execute(
            delete(ItemPlan).where(ItemPlan.item_id == item_id, ItemPlan.plan_id == plan.id)
        )
        what = Act("plan_taken_off", reason=reason, details={"plan": plan.ref})
        engine.record(session, item, actor, what, capacity)
    else:
        engine.perform(session, item, "withdraw", people.system(session), Evidence(reason=reason))


def cancel_for(
    session: Session, actor: Actor, plans: Sequence[tuple[Plan, Capacity]], reason: str
) -> None:
    """Reports on plans that go back, are withdrawn or lost, and that no body has decided. Each plan
    with the capacity of the act on it."""
    by_id = {plan.id: (plan, capacity) for plan, capacity in plans}
    rows = session.execute(
        text(
            "SELECT plan_id, item_id FROM item_plan JOIN subject ON subject.id = item_id "
            "WHERE plan_id = ANY(:plans) AND phase NOT IN ('ended', 'withdrawn') "
            "ORDER BY plan_id, item_id"
        ),
        {"plans": list(by_id)},
    ).all()
    access.lock(session, sorted({row.item_id for row in rows}))
    for row in rows:
        plan, capacity = by_id[row.plan_id]
        why = reason or f"{plan.ref} is no longer before members."
        release(session, actor, capacity, plan, row.item_id, why)
