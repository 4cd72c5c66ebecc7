"""Meetings added, moved and cancelled: facts, recorded at once on the council's chain.

The rules that live here: one meeting of a body on a day; what lies in the past is not planned any
more; a day that does not suit the law or on which nobody works is warned of, never refused
(``meeting_law``). What follows for the council's own
dates is for ``timetable`` to propose. Reports stay with a meeting that moves; when it is cancelled
they wait for another one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.dates import long_date
from config.lifecycles.phases import Phase
from cycle import access, clock, horizon
from cycle.errors import BadInput, Blocked, NotFound, NotPermitted, OutOfDate
from cycle.models import AgendaItem, Body, Council, ItemPlan, Meeting
from cycle.people import SYSTEM, Actor, Capacity, PostHeld
from cycle.seen import NO_PAGE, Seen, current
from workflows.core import engine
from workflows.core.audit import Act
from workflows.framework import meeting_law, pinned, post_permissions
from workflows.meetings import agenda
from workflows.reports import agenda_items, papers_follow

KINDS = {
    "ordinary": "Ordinary",
    "extraordinary": "Extraordinary",
    "budget": "Budget",
    "annual": "Annual",
}
MANAGES = "manage_meetings"
# A report on an agenda that is not decided yet.
ON_AGENDA = (Phase.IN_REVIEW, Phase.SETTLED, Phase.BEFORE_BODIES)


@dataclass(frozen=True)
class Noted:
    """A meeting as it now stands, and what is worth a look about it."""

    meeting: Meeting
    warnings: list[str] = field(default_factory=list)


def add_meeting(
    session: Session,
    actor: Actor,
    body_id: int,
    on: date,
    at: time,
    kind: str = "ordinary",
    reason: str = "",
) -> Noted:
    """Record that a body will meet. Raises Blocked for a day that is past or taken."""
    items = papers_follow.open_reports(session, [body_id])
    council = locked(session, actor, items)
    body = session.get(Body, body_id)
    if body is None or (body.until_on is not None and body.until_on <= on):
        raise NotFound("There is no such body on that day. Choose one from the list.")
    capacity = capacity_for(session, actor, body)
    if kind not in KINDS:
        raise BadInput(f"Choose one of these kinds of meeting: {', '.join(KINDS.values())}.")
    _check_day(session, body, on, None)
    meeting = Meeting(
        body_id=body.id, on_date=on, at_time=at, kind=kind, status="planned", first_on_date=on
    )
    session.add(meeting)
    session.flush()
    warnings = meeting_law.warnings(session, pinned.of(council), body, on, kind)
    words = f"{body.name} meets on {long_date(on)}"
    followed = _follow(session, actor, items, meeting, words, None)
    warnings += papers_follow.sentences(followed.get("papers", []))
    details = _details(meeting, body, warnings) | followed
    engine.record(
        session, council, actor, Act("add_meeting", reason.strip(), details=details), capacity
    )
    return Noted(meeting, warnings)


def move_meeting(
    session: Session,
    actor: Actor,
    meeting_id: int,
    on: date,
    at: time,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> Noted:
    """Record that a meeting has moved: a fact. Reports stay on its agenda, each told so.

    Raises Blocked for a meeting that is over or cancelled, a day in the past, or one on which the
    body meets already.
    """
    return move_one(session, actor, meeting_id, on, at, reason, seen_version, follows=None)


def move_one(
    session: Session,
    actor: Actor,
    meeting_id: int,
    on: date,
    at: time,
    reason: str,
    seen_version: Seen = NO_PAGE,
    *,
    follows: Collection[int] | None,
) -> Noted:
    """What ``move_meeting`` does, as one of several changes perhaps.

    ``follows``: the bodies whose reports follow with this one (empty: they follow with a later
    one); None are those of its own body.
    """
    items = item_ids(session, [meeting_id])
    every = _reports_of_body(session, meeting_id, follows)
    council = locked(session, actor, {*items, *every})
    meeting, body = _changeable(session, meeting_id, seen_version, items)
    capacity = capacity_for(session, actor, body)
    if not reason.strip():
        raise Blocked("Say why the meeting moved: a reason is needed here.")
    if (on, at) == (meeting.on_date, meeting.at_time):
        raise Blocked("That is when the meeting is already. Give its new day or time.")
    _check_day(session, body, on, meeting)
    was = meeting.on_date
    meeting.on_date, meeting.at_time = on, at
    meeting.version += 1
    session.flush()
    warnings = meeting_law.warnings(session, pinned.of(council), body, on, meeting.kind)
    words = f"{body.name} of {long_date(was)} is on {long_date(on)}"
    followed = _follow(session, actor, every, meeting, words, follows)
    warnings += papers_follow.sentences(followed.get("papers", []))
    details = {**_details(meeting, body, warnings), "was_on": was, **followed}
    engine.record(
        session, council, actor, Act("move_meeting", reason.strip(), details=details), capacity
    )
    for item_id in items:
        act = Act("meeting_moved", reason.strip(), details={"from": was, "to": on})
        engine.record(session, agenda_items.fresh_item(session, item_id), actor, act, capacity)
    return Noted(meeting, warnings)


def cancel_meeting(
    session: Session,
    actor: Actor,
    meeting_id: int,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> Noted:
    """Record that a meeting will not be held; its reports wait to be put on another agenda."""
    return cancel_one(session, actor, meeting_id, reason, seen_version, follows=None)


def cancel_one(
    session: Session,
    actor: Actor,
    meeting_id: int,
    reason: str,
    seen_version: Seen = NO_PAGE,
    *,
    follows: Collection[int] | None,
) -> Noted:
    """What ``cancel_meeting`` does, as one of several changes; ``follows`` as in ``move_one``."""
    items = item_ids(session, [meeting_id])
    every = _reports_of_body(session, meeting_id, follows)
    council = locked(session, actor, {*items, *every})
    meeting, body = _changeable(session, meeting_id, seen_version, items)
    capacity = capacity_for(session, actor, body)
    if not reason.strip():
        raise Blocked("Say why the meeting was cancelled: a reason is needed here.")
    meeting.status = "cancelled"
    meeting.version += 1
    session.flush()
    details = {**_details(meeting, body, []), "reports": []}
    for item_id in items:
        item = agenda_items.fresh_item(session, item_id)
        agenda.take_off_meeting(
            session, actor, item, f"The meeting was cancelled: {reason.strip()}", capacity
        )
        details["reports"].append(item.ref)
    words = f"{body.name} of {long_date(meeting.on_date)} is cancelled"
    details |= _follow(session, actor, every, meeting, words, follows)
    engine.record(
        session, council, actor, Act("cancel_meeting", reason.strip(), details=details), capacity
    )
    return Noted(meeting)


def _reports_of_body(
    session: Session, meeting_id: int, follows: Collection[int] | None
) -> list[int]:
    if follows is not None:
        return papers_follow.open_reports(session, follows)
    body_id = session.scalar(select(Meeting.body_id).where(Meeting.id == meeting_id))
    return papers_follow.open_reports(session, [body_id]) if body_id is not None else []


def _follow(
    session: Session,
    actor: Actor,
    items: Collection[int],
    meeting: Meeting,
    words: str,
    follows: Collection[int] | None,
) -> dict[str, Any]:
    """The tasks of these reports follow the meeting, and whoever has them is told (fault P7)."""
    page = f"{meeting.id}/deadlines"
    if follows is not None:
        words, page = "Meetings on the calendar have changed", papers_follow.CALENDAR
    moved = papers_follow.follow(session, actor, items)
    papers_follow.tell(session, moved, f"meeting-{meeting.id}-{meeting.version}", words, page)
    return {"papers": [each.as_details() for each in moved]} if moved else {}


def locked(session: Session, actor: Actor, items: Collection[int]) -> Council:
    """The council's own subject, locked with the reports concerned and their plans, all by id.

    Raises NotPermitted for those who do not manage meetings.
    """
    post_permissions.require(session, actor, MANAGES)
    council_id = session.scalar(select(Council.id))
    if council_id is None:
        raise NotFound("No council has been loaded yet. Ask the support service.")
    plans = session.scalars(
        select(ItemPlan.plan_id).where(ItemPlan.item_id.in_(items)).distinct()
    ).all()
    access.lock(session, [council_id, *plans, *items])
    return session.get_one(Council, council_id)


def item_ids(session: Session, meeting_ids: Sequence[int]) -> list[int]:
    """The reports on the agendas of meetings that are not decided yet."""
    return list(
        session.scalars(
            select(AgendaItem.id)
            .where(
                AgendaItem.meeting_id.in_(meeting_ids),
                AgendaItem.phase.in_(ON_AGENDA),
            )
            .order_by(AgendaItem.id)
        )
    )


def _changeable(
    session: Session, meeting_id: int, seen_version: Seen, items: Sequence[int]
) -> tuple[Meeting, Body]:
    meeting = session.scalars(
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .with_for_update(of=Meeting, key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if meeting is None:
        raise NotFound("There is no such meeting. Choose one from the list.")
    changed = not current(meeting.version, seen_version)
    if changed or item_ids(session, [meeting_id]) != list(items):
        raise OutOfDate("This meeting or its agenda has changed since you opened it. Look again.")
    if meeting.status == "cancelled":
        raise Blocked("This meeting has been cancelled already.")
    if meeting.status == "held" or meeting.on_date < clock.today():
        raise Blocked(f"This meeting was on {long_date(meeting.on_date)} and is over.")
    return meeting, session.get_one(Body, meeting.body_id)


def capacity_for(session: Session, actor: Actor, body: Body) -> Capacity:
    """In which the person manages meetings, of this body or of all. Raises NotPermitted."""
    if actor.is_system:
        return SYSTEM
    managing = posts_held(session, actor)
    post = actor.post_where(lambda each: each in managing and each.body_id in (None, body.id))
    if post is None:
        raise NotPermitted(not_yours(body.name))
    return Capacity.of(post)


def posts_held(session: Session, actor: Actor) -> list[PostHeld]:
    """The posts with which a person manages meetings: of one body, or of all (no body)."""
    current = post_permissions.framework(session)
    roles = current.roles if current is not None else {}
    return [p for p in actor.posts_held if p.role in roles and MANAGES in roles[p.role].permissions]


def not_yours(body: str) -> str:
    """What is said to a clerk of another body."""
    return f"The meetings of {body} are looked after by another clerk."


def _check_day(session: Session, body: Body, on: date, meeting: Meeting | None) -> None:
    horizon.check(session, on)
    if on < clock.today():
        raise Blocked(f"{long_date(on)} is in the past. Give a day to come.")
    taken = session.scalar(
        select(Meeting.id).where(
            Meeting.body_id == body.id,
            Meeting.on_date == on,
            Meeting.status != "cancelled",
            Meeting.id != (meeting.id if meeting else 0),
        )
    )
    if taken is not None:
        raise Blocked(f"{body.name} meets on {long_date(on)} already. Choose another day.")


def _details(meeting: Meeting, body: Body, warnings: Sequence[str]) -> dict[str, Any]:
    return {
        "meeting": meeting.id,
        "body": body.name,
        "on": meeting.on_date,
        "at": meeting.at_time.strftime("%H:%M"),
        "kind": meeting.kind,
        "warnings": list(warnings),
    }
