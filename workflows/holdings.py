"""Who sits in which post and who covers: acts of administrators on the council.

The rules that live here: one holder to a post on one day, one cover; nobody gives themselves a
post (SR-80); cover that would break four eyes is told before it is set (INV-22); after each act
every open task still reaches somebody. Dates are local and half open: ``until_on`` is the first day
on which it no longer holds.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from config import permissions
from config.dates import long_date
from cycle import access, clock, people
from cycle.errors import Blocked, NotFound
from cycle.models import Cover, Editor, Holding, Person, Plan, Post
from cycle.people import OWN_ACCOUNT, Actor, Capacity
from workflows import engine, functions, sessions
from workflows.audit import Act
from workflows.council_load import subject_of
from workflows.reach import release_claims, still_reached

REASON_LENGTH = 500


def hold_post(
    session: Session,
    actor: Actor,
    person_id: int,
    post_id: int,
    from_on: date | None = None,
    until_on: date | None = None,
) -> Holding:
    """Put a person into a post, from today or a later day.

    A holder whose account is no longer active makes room; any other holder has to be ended first.
    Raises Blocked with the reason, NotPermitted without ``manage_people``.
    """
    council = subject_of(session)
    desk = functions.require(session, actor, "manage_people")
    act = Act("hold_post")
    row = _begin(session, actor, person_id, post_id, _span(from_on, until_on), act)
    engine.record(session, council, actor, act, desk)
    return row


def end_holding(
    session: Session,
    actor: Actor,
    holding_id: int,
    until_on: date | None = None,
) -> None:
    """End a person's time in a post, today or on a later day; their tasks stay with the desk."""
    council = subject_of(session)
    desk = functions.require(session, actor, "manage_people")
    row = _holding(session, holding_id)
    until = _not_past(until_on or clock.today())
    _end(session, row, until)
    still_reached(session, until)
    details = {"person": row.person_id, "post": row.post_id, "until": until}
    engine.record(session, council, actor, Act("end_holding", details=details), desk)


def change_role(
    session: Session,
    actor: Actor,
    holding_id: int,
    post_id: int,
) -> Holding:
    """Move a person from one post to another; both take effect at once (SR-16)."""
    council = subject_of(session)
    desk = functions.require(session, actor, "manage_people")
    row = _holding(session, holding_id)
    today = clock.today()
    act = Act("change_role", details={"left": row.post_id})
    _end(session, row, today)
    made = _begin(session, actor, row.person_id, post_id, Range(today, None), act)
    sessions.end_all(session, session.get_one(Person, row.person_id))
    still_reached(session, today)
    engine.record(session, council, actor, act, desk)
    return made


def set_cover(
    session: Session,
    actor: Actor,
    post_id: int,
    person_id: int,
    from_on: date,
    until_on: date,
    reason: str = "",
    *,
    knows_four_eyes: bool = False,
) -> Cover:
    """Let a person act in a post while its holder is away; the record then says "X for Y".

    The holder may do this for their own post, an administrator for any. Raises Blocked when there
    is nobody to cover for, when the dates overlap other cover, when it is the holder, and, unless
    ``knows_four_eyes``, when a plan could then not be passed on by this desk.
    """
    council = subject_of(session)
    post = _post(session, post_id)
    during = _span(from_on, until_on)
    away = _holder_during(session, post, during)
    if actor.person_id == away.id:
        desk = _own_post(actor, post_id)
    else:
        desk = functions.require(session, actor, "manage_people")
    acting = _free_cover(session, post, away, person_id, during)
    warning = None if knows_four_eyes else four_eyes_problem(session, post, away, acting)
    if warning:
        raise Blocked(warning)
    row = Cover(
        post_id=post_id,
        for_person_id=away.id,
        person_id=acting.id,
        during=during,
        reason=reason.strip()[:REASON_LENGTH],
    )
    session.add(row)
    session.flush()
    details = {"cover": row.id, "person": acting.id, "for": away.id, "post": post.key}
    details |= {"from": from_on, "until": until_on}
    engine.record(session, council, actor, Act("set_cover", details=details), desk)
    return row


def end_cover(
    session: Session,
    actor: Actor,
    cover_id: int,
    until_on: date | None = None,
) -> None:
    """End cover, today or later: by the person covered, who covers, or an administrator."""
    council = subject_of(session)
    row = session.get(Cover, cover_id, with_for_update=True)
    if row is None:
        raise NotFound(access.GONE)
    if actor.person_id == row.for_person_id:
        desk = _own_post(actor, row.post_id)
    elif actor.person_id == row.person_id:
        desk = OWN_ACCOUNT
    else:
        desk = functions.require(session, actor, "manage_people")
    until = _not_past(until_on or clock.today())
    _cut(session, row, until)
    still_reached(session, until)
    details = {"cover": cover_id, "person": row.person_id, "until": until}
    engine.record(session, council, actor, Act("end_cover", details=details), desk)


def four_eyes_problem(session: Session, post: Post, away: Person, acting: Person) -> str | None:
    """Why this cover would break four eyes, or None: plans that one of the two has written on come
    to a desk at which the other passes them on."""
    own = people.actor(session, acting.id).queue_ids
    refs = _passed_on_at(session, acting.id, {post.queue_id})
    refs += _passed_on_at(session, away.id, set(own))
    if not refs:
        return None
    return (
        f"{acting.name} could then not pass on {', '.join(sorted(set(refs))[:5])}: whoever has "
        "written a plan, or covers for its author, does not pass it on. Choose somebody else, or "
        "go on and leave that plan to others."
    )


def _passed_on_at(session: Session, editor_id: int, queues: set[int]) -> list[str]:
    plans = session.scalars(
        select(Plan)
        .where(Plan.id.in_(select(Editor.plan_id).where(Editor.person_id == editor_id)))
        .order_by(Plan.ref)
    ).all()
    return [each.ref for each in plans if queues & _passing_desks(session, each)]


def _passing_desks(session: Session, plan: Plan) -> set[int]:
    """The desks that pass this plan on under four eyes, now or later; none of a settled plan."""
    attempt, _ = engine.attempt_on(session, plan, people.system(session))
    if attempt.state.final or plan.state == "in_force":
        return set()
    roles = {
        attempt.role(role)
        for road in attempt.lifecycle.transitions
        if any(rule.name == "not_an_editor" for rule in road.guards)
        for role in road.roles
        if role not in (permissions.BY_ITSELF, "@contributor")
    }
    scopes = {key: role.scope for key, role in attempt.framework.roles.items()}
    found = people.queues_for(session, roles, attempt.place, scopes)
    return {queue for each in found.values() for queue in each}


# Inside -------------------------------------------------------------------------------------------


def _own_post(actor: Actor, post_id: int) -> Capacity:
    """The holder of the post; of one who will hold it later, their own account."""
    desk = actor.desk_where(lambda each: each.post_id == post_id and each.for_person_id is None)
    return OWN_ACCOUNT if desk is None else Capacity.of(desk)


def _begin(
    session: Session, actor: Actor, person_id: int, post_id: int, during: Range[date], act: Act
) -> Holding:
    if person_id == actor.person_id:
        raise Blocked("Somebody else has to give you a post. Ask another administrator.")
    person, post = _active(session, person_id), _post(session, post_id)
    if not during.overlaps(Range(post.from_on, post.until_on)):
        raise Blocked(f"The post “{post.title}” does not exist at that time.")
    act.details["made_room"] = _make_room(session, post, during)
    row = Holding(post_id=post_id, person_id=person.id, during=during)
    session.add(row)
    session.flush()
    act.details |= {
        "holding": row.id,
        "person": person.id,
        "post": post.key,
        "from": during.lower,
        "until": during.upper,
    }
    return row


def _make_room(session: Session, post: Post, during: Range[date]) -> list[int]:
    """End the holdings of inactive people; gives whose. Raises Blocked for an active holder."""
    ended = []
    for row in session.scalars(select(Holding).where(Holding.post_id == post.id).with_for_update()):
        if not row.during.overlaps(during):
            continue
        holder = session.get_one(Person, row.person_id)
        if holder.active:
            until = f" until {long_date(row.during.upper)}" if row.during.upper else ""
            raise Blocked(f"{holder.name} holds this post{until}. End that first.")
        ended.append(holder.id)
        if during.lower is not None:
            _cut(session, row, during.lower)
    session.flush()
    return ended


def _end(session: Session, row: Holding, until: date) -> None:
    if row.during.upper is not None and row.during.upper <= until:
        raise Blocked(f"This ends on {long_date(row.during.upper)} already.")
    post = _post(session, row.post_id)
    _cut(session, row, until)
    covers = select(Cover).where(Cover.post_id == row.post_id, Cover.for_person_id == row.person_id)
    for cover in session.scalars(covers):
        if cover.during.upper is None or cover.during.upper > until:
            _cut(session, cover, until)
    if until <= clock.today():
        release_claims(session, row.person_id, post.queue_id)
        sessions.end_all(session, session.get_one(Person, row.person_id))
    session.flush()


def _cut(session: Session, row: Holding | Cover, until: date) -> None:
    """Let it end; what would end before it began has never been."""
    if row.during.lower is not None and row.during.lower >= until:
        session.execute(delete(type(row)).where(type(row).id == row.id))
        session.expunge(row)
    else:
        row.during = Range(row.during.lower, until)
    session.flush()


def _span(from_on: date | None, until_on: date | None) -> Range[date]:
    first = _not_past(from_on or clock.today())
    if until_on is not None and until_on <= first:
        raise Blocked("The last day is before the first one. Give them in order.")
    return Range(first, until_on)


def _not_past(day: date) -> date:
    if day < clock.today():
        raise Blocked("What has been stays as it was. Choose today or a later day.")
    return day


def _free_cover(
    session: Session, post: Post, away: Person, person_id: int, during: Range[date]
) -> Person:
    """Who will act. Raises Blocked for the holder, and when others cover on these days."""
    acting = _active(session, person_id)
    if acting.id == away.id:
        raise Blocked(f"{acting.name} holds this post. Choose somebody else as cover.")
    for other in session.scalars(select(Cover).where(Cover.post_id == post.id)):
        if other.during.overlaps(during):
            name = session.get_one(Person, other.person_id).name
            raise Blocked(f"{name} covers this post at that time. Choose other dates.")
    return acting


def _holding(session: Session, holding_id: int) -> Holding:
    row = session.get(Holding, holding_id, with_for_update=True)
    if row is None:
        raise NotFound(access.GONE)
    return row


def _post(session: Session, post_id: int) -> Post:
    post = session.get(Post, post_id)
    if post is None:
        raise NotFound(access.GONE)
    return post


def _active(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id, with_for_update={"key_share": True})
    if person is None or person.is_system:
        raise NotFound(access.GONE)
    if not person.active:
        raise Blocked(f"The account of {person.name} is not active. Activate it first.")
    return person


def _holder_during(session: Session, post: Post, during: Range[date]) -> Person:
    """Who holds the post on the first of these days. Raises Blocked when nobody does."""
    rows: Sequence[Any] = session.scalars(select(Holding).where(Holding.post_id == post.id)).all()
    for row in rows:
        if during.lower is not None and during.lower in row.during:
            return session.get_one(Person, row.person_id)
    raise Blocked("Nobody holds this post then, so there is nobody to cover for. Fill it instead.")
