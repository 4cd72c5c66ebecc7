"""The report to one body: written, commented on, and kept in step with its plans.

The rules that live here: who writes the report and who comments on it; a comment is a named
person's, with initials, a date and the parts it covers; the section 25 report is the chief finance
officer's own (Local Government Act 2003 s.25). Its way on to the agenda is ``agenda``.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.framework import CommentKind
from config.lifecycles.phases import Phase
from cycle import access, clock
from cycle.errors import BadInput, Blocked, NotAvailable, NotFound, NotPermitted
from cycle.models import (
    AgendaItem,
    ItemPlan,
    OfficerComment,
    Plan,
    Recommendation,
    RouteStage,
)
from cycle.people import Actor, Capacity, PostHeld
from cycle.seen import NO_PAGE, Seen
from workflows.core import audit, engine
from workflows.core.audit import Act
from workflows.core.internal_acts import internal_act
from workflows.framework import pinned
from workflows.reports import (
    agenda_items,
    comment_scope,
    report_form,
    report_requests,
)
from workflows.reports.report_requests import request
from workflows.reports.report_status import needed

CLOSED = "This report is final, so comments can no longer be added to it."
LONGEST = 20_000
MOST_RECOMMENDATIONS = 30


@internal_act("item", "write_report")
def write_report(
    session: Session,
    actor: Actor,
    item_id: int,
    fields: Mapping[str, str],
    recommendations: Sequence[str] | None = None,
    seen_version: Seen = NO_PAGE,
) -> AgendaItem:
    """Save the words of a report and its numbered recommendations; the first one decides.

    Fields that are not given stay as they are. Comments that cover what changes go out of date.
    Raises NotPermitted to those who do not write reports, NotAvailable once it is closed.
    """
    item, _ = agenda_items.locked(session, actor, item_id, seen_version)
    capacity = writer(session, item, actor)
    known = {box.key: box.title for box in report_form.boxes(pinned.of(item))}
    _check_lengths(fields, recommendations or ())
    written = {key: words.strip() for key, words in fields.items() if key in known}
    report_form.check(pinned.of(item), written)
    changed = [key for key, words in written.items() if item.report.get(key, "") != words]
    item.report = {**item.report, **written}
    renumbered = recommendations is not None and _renumber(session, item, recommendations)
    session.flush()
    if changed or renumbered:
        titles = [known[key] for key in changed] + (["Recommendations"] if renumbered else [])
        engine.record(
            session, item, actor, Act("write_report", details={"changed": titles}), capacity
        )
    return item


def writer(
    session: Session, item: AgendaItem, actor: Actor, action: str = "write_report"
) -> Capacity:
    """The capacity in which this person writes the report, or does another act of whoever writes
    it. Raises NotAvailable, NotPermitted."""
    closed = NotAvailable(
        "This report is final. The clerk can open it again until it is published."
        if item.phase == Phase.SETTLED
        else "This report can no longer be changed."
    )
    return engine.capacity_for(session, item, actor, action, closed=closed)


def _check_lengths(fields: Mapping[str, str], recommendations: Sequence[str]) -> None:
    if any(len(words) > LONGEST for words in [*fields.values(), *recommendations]):
        raise BadInput(f"Each part of the report can hold {LONGEST:,} characters. Shorten it.")
    if len(recommendations) > MOST_RECOMMENDATIONS:
        raise BadInput(f"A report can have {MOST_RECOMMENDATIONS} recommendations at most.")


def _renumber(session: Session, item: AgendaItem, wanted: Sequence[str]) -> bool:
    words = [each.strip() for each in wanted if each.strip()]
    if not words:
        raise Blocked("A report needs at least one recommendation: what is the body asked to do?")
    current = agenda_items.recommendations(session, item)
    if [each.words for each in current] == words:
        return False
    for number, text_now in enumerate(words, 1):
        if number <= len(current):
            current[number - 1].words = text_now
        else:
            session.add(Recommendation(item_id=item.id, number=number, words=text_now))
    session.execute(
        delete(Recommendation).where(
            Recommendation.item_id == item.id, Recommendation.number > len(words)
        )
    )
    return True


@internal_act("item", "refresh_versions")
def refresh_versions(
    session: Session, actor: Actor, item_id: int, seen_version: Seen = NO_PAGE
) -> AgendaItem:
    """Let the report carry the newest sealed version of each plan.

    Comments whose scope holds a section that changed go out of date. Raises Blocked when the
    report has the newest versions already.
    """
    item, plans = agenda_items.locked(session, actor, item_id, seen_version)
    capacity = writer(session, item, actor, "refresh_versions")
    carried = {
        row.plan_id: row
        for row in session.scalars(select(ItemPlan).where(ItemPlan.item_id == item.id))
    }
    moved = []
    for plan in plans:
        if plan.shown_version_id and plan.shown_version_id != carried[plan.id].version_id:
            carried[plan.id].version_id = plan.shown_version_id
            moved.append(plan.ref)
    if not moved:
        raise Blocked("The report has the newest version of every plan already.")
    session.flush()
    engine.record(session, item, actor, Act("refresh_versions", details={"plans": moved}), capacity)
    return item


def take_plan_off(
    session: Session,
    actor: Actor,
    item_id: int,
    plan_ref: str,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> AgendaItem:
    """Take one plan out of a report on many; the body is asked about it in a report of its own.

    Gives that new report.
    """
    item, plans = agenda_items.locked(session, actor, item_id, seen_version)
    capacity = writer(session, item, actor)
    plan = next((each for each in plans if each.ref == plan_ref), None)
    if plan is None:
        raise NotFound(access.GONE)
    if len(plans) == 1:
        raise Blocked("This report carries no other plan. Withdraw the report instead.")
    if not reason.strip():
        raise Blocked("Say why: a reason is needed here.")
    stage = stage_of(session, plan, item)
    report_requests.release(session, actor, capacity, plan, item.id, reason.strip())
    if stage is None:
        raise Blocked("This plan is no longer before that committee.")
    session.refresh(stage)
    return request(session, actor, capacity, plan, stage, alone=True, earlier=None)


def stage_of(session: Session, plan: Plan, item: AgendaItem) -> RouteStage | None:
    """The open stage of a plan's route that a report is for."""
    return session.scalars(
        select(RouteStage)
        .where(
            RouteStage.plan_id == plan.id,
            RouteStage.item_id == item.id,
            RouteStage.status == "open",
        )
        .execution_options(populate_existing=True)
    ).first()


@internal_act("item", "comment")
def comment(
    session: Session,
    actor: Actor,
    item_id: int,
    kind: str,
    wording: str,
    *,
    no_implications: bool = False,
    initials: str = "",
    signed_on: date | None = None,
    covered: Sequence[str] | None = None,
    seen_version: Seen = NO_PAGE,
) -> AgendaItem:
    """Sign comments of one of the framework's kinds on a report to a body.

    ``covered`` limits the scope to some parts (``comment_scope.parts``); None covers all of them.
    ``no_implications`` is an answer by a named person and may stand without wording.
    """
    item, _ = agenda_items.locked(session, actor, item_id, seen_version)
    capacity = comment_capacity(session, item, actor, kind)
    _check_comment(session, item, kind, wording, no_implications)
    signed_on = signed_on or clock.today()
    if signed_on > clock.today():
        raise Blocked("Comments cannot be signed on a day to come. Give today’s date.")
    now = comment_scope.parts(session, item)
    if covered is not None and (not covered or not set(covered) <= set(now)):
        raise Blocked("Choose at least one part of this report that your comments cover.")
    letters = (initials or actor.initials).strip()
    if not letters or len(letters) > 12:
        raise Blocked("Give your initials, as they should stand beside the comments.")
    what = Act(
        "comment",
        details={
            "kind": kind,
            "no_implications": no_implications,
            "initials": letters,
            "signed_on": signed_on,
            "covers": "all of it" if covered is None else sorted(covered),
        },
    )
    audit.seal(
        session,
        what,
        OfficerComment,
        item_id=item.id,
        kind=kind,
        wording=wording.strip(),
        no_implications=no_implications,
        initials=letters,
        person_id=actor.person_id,
        for_person_id=capacity.for_person_id,
        signed_on=signed_on,
        scope=comment_scope.scope_of(now, covered),
        at=clock.now(),
    )
    engine.record(session, item, actor, what, capacity)
    return item


def may_comment(item: AgendaItem, actor: Actor, kind: str) -> bool:
    """Whether this person gives comments of a kind; what is an officer's own, under no cover."""
    found = report_form.comment_kind(item, kind)
    if found is None:
        return False
    return bool(_own_post(actor, found)) if found.own else bool(actor.roles & set(found.roles))


def _own_post(actor: Actor, kind: CommentKind) -> PostHeld | None:
    """The post by which somebody gives in person what nobody can give for them."""
    return actor.post_where(lambda each: each.role == kind.roles[0] and each.for_person_id is None)


def comment_capacity(session: Session, item: AgendaItem, actor: Actor, kind: str) -> Capacity:
    """The capacity in which this person comments on a report with a kind of comment. Raises
    NotFound, NotPermitted, or NotAvailable once the report is closed."""
    found = report_form.comment_kind(item, kind)
    if found is None:
        raise NotFound(access.GONE)
    if actor.is_system:
        raise NotPermitted("Comments are given by a named person.")
    own = _own_post(actor, found) if found.own else None
    if found.own and own is None:
        role = pinned.of(item).roles[found.roles[0]].title
        raise NotPermitted(
            f"The {report_form.in_sentence(found.title)} is the {role}’s own; nobody can write it "
            "for them."
        )
    attempt, definition = engine.attempt_on(session, item, actor)
    queues = {queue for role in found.roles for queue in attempt.queues_of(role)}
    closed = NotAvailable(CLOSED)
    try:
        capacity = engine.capacity_in(attempt, definition, "comment", within=queues, closed=closed)
    except NotPermitted:
        titles = " or ".join(attempt.framework.roles[role].title for role in found.roles)
        raise NotPermitted(f"This is for the {titles} to do.") from None
    return Capacity.of(own) if own else capacity


def _check_comment(
    session: Session, item: AgendaItem, kind: str, wording: str, no_implications: bool
) -> None:
    if kind not in needed(session, [item])[item.id]:
        raise Blocked("This report does not ask for comments of that kind.")
    if len(wording) > LONGEST:
        raise BadInput(f"Comments can hold {LONGEST:,} characters. Shorten them a little.")
    if not wording.strip() and not no_implications:
        raise Blocked("Write your comments, or choose “No implications”.")
    asked = report_form.comment_kind(item, kind)
    if asked is not None and asked.own and not wording.strip():
        title = report_form.in_sentence(asked.title)
        raise Blocked(f"Write the {title}: “No implications” is not an answer to it.")
