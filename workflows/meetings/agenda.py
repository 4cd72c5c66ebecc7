"""A report on its way to the meeting: on the agenda, closed, published, moved or withdrawn.

The rules that live here: a report goes to a meeting of its own body that is still to come; papers
are published five clear days before it, or with the chair's reasons for urgency (Local Government
Act 1972 s.100B(3), (4)); a published report can be withdrawn, not taken back.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config.dates import clock_time, long_date
from config.lifecycles.phases import Phase
from cycle import clock, council_facts
from cycle.errors import Blocked, NotFound
from cycle.models import AgendaItem, Meeting
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, Seen
from workflows.core import engine
from workflows.core.attempt import Evidence
from workflows.core.audit import Act
from workflows.framework import deadline_rules, meeting_law, pinned
from workflows.reports import agenda_items


@dataclass(frozen=True)
class Urgency:
    """Why an item may be taken although its papers were late: the chair's opinion and reasons."""

    chair: str
    reason: str


@dataclass(frozen=True)
class Publication:
    """Where the council published a report, an address or a place, and the moment (UTC)."""

    where: str
    at: datetime


def list_on(
    session: Session,
    actor: Actor,
    item_id: int,
    meeting_id: int,
    position: int | None = None,
    seen_version: Seen = NO_PAGE,
) -> AgendaItem:
    """Put a report on the agenda of a meeting of its body (clerk).

    ``position`` is its place on the agenda, at the end when none is given. What
    ``warnings`` says is kept on the record. Raises Blocked for another body's meeting, one
    that is cancelled or over, or a report that is not ready.
    """
    item, _ = agenda_items.locked(session, actor, item_id, seen_version)
    meeting = _meeting_for(session, item, meeting_id)
    if position is not None and not 1 <= position <= 200:
        raise Blocked("The place on the agenda is a number from 1 to 200.")
    details = {
        "meeting": meeting.id,
        "body": agenda_items.body_of(session, item).name,
        "on": meeting.on_date,
        "warnings": warnings(session, item, meeting),
    }
    item.meeting_id = meeting.id
    item.position = position or _last_position(session, meeting.id) + 1
    session.flush()
    engine.perform(session, item, "list_item", actor, Evidence(details=details))
    return item


def _meeting_for(session: Session, item: AgendaItem, meeting_id: int) -> Meeting:
    # Locked: a meeting that is being cancelled or moved is waited for, and places do not collide.
    meeting = session.scalars(
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .with_for_update(of=Meeting, key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if meeting is None:
        raise NotFound("There is no such meeting. Choose one from the list.")
    if meeting.body_id != item.body_id:
        name = agenda_items.body_of(session, item).name
        raise Blocked(f"This report is for {name}. Choose one of that body’s meetings.")
    if meeting.status == "cancelled":
        raise Blocked("This meeting has been cancelled. Choose another one.")
    if meeting.on_date < clock.today():
        raise Blocked(f"This meeting was on {long_date(meeting.on_date)}. Choose one to come.")
    return meeting


def _last_position(session: Session, meeting_id: int) -> int:
    last = session.scalar(
        select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting_id)
    )
    return last or 0


_EARLIER = text("""
SELECT DISTINCT body.name, meeting.on_date FROM route_stage AS mine
JOIN route_stage AS before ON before.plan_id = mine.plan_id AND before.round = mine.round
  AND before.stage < mine.stage
JOIN body ON body.id = before.body_id
JOIN agenda_item ON agenda_item.id = before.item_id
JOIN meeting ON meeting.id = agenda_item.meeting_id
WHERE mine.item_id = :item ORDER BY meeting.on_date, body.name
""")


def warnings(session: Session, item: AgendaItem, meeting: Meeting) -> list[str]:
    """What is worth a look about a report on the agenda of a meeting, in sentences."""
    body = agenda_items.body_of(session, item)
    late = meeting_law.paper_warnings(session, pinned.of(item), body, meeting.on_date)
    return [*late, *order_warnings(session, item, meeting)]


def order_warnings(session: Session, item: AgendaItem, meeting: Meeting) -> list[str]:
    """Sentences on earlier bodies that meet after this meeting's report deadline.

    The earlier body must meet before the later one's report deadline, not its meeting: what it
    said belongs in the report (model.md).
    """
    body = agenda_items.body_of(session, item)
    rule = deadline_rules.papers_rule(
        deadline_rules.by_council(session, pinned.of(item)), body.framework_key
    )
    deadline = deadline_rules.counted_by(rule, meeting.on_date, council_facts.calendar(session))
    return [
        f"{row.name} meets on {long_date(row.on_date)}, after the report deadline of "
        f"{long_date(deadline)} for {body.name} on {long_date(meeting.on_date)}."
        for row in session.execute(_EARLIER, {"item": item.id})
        if row.on_date > deadline
    ]


def freeze(
    session: Session, actor: Actor, item_id: int, seen_version: Seen = NO_PAGE
) -> AgendaItem:
    """Close a report for changes, so that what is published is what was commented on (clerk)."""
    item, _ = agenda_items.locked(session, actor, item_id, seen_version)
    engine.perform(session, item, "freeze", actor)
    return item


def reopen(
    session: Session, actor: Actor, item_id: int, reason: str, seen_version: Seen = NO_PAGE
) -> AgendaItem:
    """Open a closed report again before it is published (clerk)."""
    item, _ = agenda_items.locked(session, actor, item_id, seen_version)
    engine.perform(session, item, "reopen", actor, Evidence(reason=reason))
    return item


def publish(
    session: Session,
    actor: Actor,
    item_id: int,
    publication: Publication,
    urgency: Urgency | None = None,
    seen_version: Seen = NO_PAGE,
) -> AgendaItem:
    """Record that the agenda item and its report were published (clerk): the product publishes
    nothing itself (fault S1). Who signs in may then read them.

    Published after the lawful moment it needs the chair's reasons for urgency, which go on the
    record and into the minutes. Raises Blocked with what is missing, for a moment that is still to
    come, and for one before the report was closed for changes: that was another text.
    """
    item, plans = agenda_items.locked(session, actor, item_id, seen_version)
    _check_publication(item, publication)
    details: dict[str, object] = {
        "plans": [plan.ref for plan in plans],
        "versions": agenda_items.shown_versions(session, item),
        "publication": {"where": publication.where.strip(), "at": publication.at.isoformat()},
    }
    item.published_where, item.published_at = publication.where.strip(), publication.at
    reason = ""
    if urgency is not None:
        if not urgency.chair.strip() or not urgency.reason.strip():
            raise Blocked("Give the name of the chair and the chair’s reason for urgency.")
        reason = urgency.reason.strip()
        details["urgency"] = {"chair": urgency.chair.strip(), "reason": reason}
    engine.perform(session, item, "publish", actor, Evidence(reason=reason, details=details))
    return item


def _check_publication(item: AgendaItem, publication: Publication) -> None:
    if not publication.where.strip():
        raise Blocked("Say where the report was published: its web address, or the place.")
    if publication.at > clock.now():
        raise Blocked(
            "The moment of publication is still to come. Record it once it was published."
        )
    closed_at = item.state_since_at
    if item.phase == Phase.SETTLED and publication.at < closed_at.replace(second=0, microsecond=0):
        raise Blocked(
            f"The report was made final on {long_date(clock.local_date(closed_at))} at "
            f"{clock_time(closed_at.astimezone(clock.LONDON).time())}. What was published before "
            "that was another text: give a later moment."
        )


def postpone(
    session: Session, actor: Actor, item_id: int, reason: str, seen_version: Seen = NO_PAGE
) -> AgendaItem:
    """Take a report off its meeting; it waits to be put on another agenda (clerk)."""
    item, _ = agenda_items.locked(session, actor, item_id, seen_version)
    take_off_meeting(session, actor, item, reason)
    return item


def take_off_meeting(
    session: Session,
    actor: Actor,
    item: AgendaItem,
    reason: str,
    after: Capacity | None = None,
) -> None:
    """The same for a report that is locked already; ``after`` as in ``engine.perform``."""
    meeting = session.get(Meeting, item.meeting_id) if item.meeting_id else None
    details = {"was_on": meeting.on_date} if meeting else {}
    item.meeting_id = None
    item.position = None
    item.published_where = item.published_at = None  # for its next meeting it is published anew
    session.flush()
    evidence = Evidence(reason=reason, details=details)
    engine.perform(session, item, "postpone", actor, evidence, after=after)


def withdraw_item(
    session: Session, actor: Actor, item_id: int, reason: str, seen_version: Seen = NO_PAGE
) -> AgendaItem:
    """Withdraw a report; its plans wait until the body is asked again (``request_again``)."""
    item, plans = agenda_items.locked(session, actor, item_id, seen_version)
    capacity = engine.perform(session, item, "withdraw", actor, Evidence(reason=reason))
    session.execute(
        text("UPDATE route_stage SET item_id = NULL WHERE item_id = :item AND status = 'open'"),
        {"item": item.id},
    )
    for plan in plans:
        what = Act("report_withdrawn", reason=reason, details={"report": item.ref})
        engine.record(session, plan, actor, what, capacity)
    return item
