"""Who holds which post and who covers: acts of administrators on the council.

The rules that live here: one holder to a post on one day, one cover; nobody sets cover for
themselves at another's post; what needs a second administrator waits as a proposal (SR-80); cover
that breaks a rule is refused and cover that would break four eyes told before it is set (INV-22);
after each act every open task still reaches somebody, and whom it concerns is told. Dates are local
and half open: ``until_on`` is the first day on which it no longer holds.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import access, clock
from cycle.errors import Blocked, NotFound
from cycle.models import Appointment, Council, Cover, Person, Post, RightsProposal
from cycle.people import OWN_ACCOUNT, Actor, Capacity
from workflows.core import engine
from workflows.core.audit import Act
from workflows.core.council_subject import subject_of
from workflows.framework import post_permissions
from workflows.people import (
    account_mail,
    administrators,
    appointed_alone,
    cover_ends,
    cover_rules,
    proposals,
    sessions,
)
from workflows.people.coverage import still_reached
from workflows.people.proposals import Wish

ONE_DAY = timedelta(days=1)
Granted = Appointment | Cover


@dataclass(frozen=True)
class Done:
    """What a wish that was granted made, and the cover that ended by it."""

    row: Granted
    ended: list[cover_ends.Ended]


def hold_post(
    session: Session,
    actor: Actor,
    person_id: int,
    post_id: int,
    from_on: date | None = None,
    until_on: date | None = None,
    reason: str = "",
) -> Granted | RightsProposal:
    """Put a person into a post, from today or a later day.

    A holder whose account is no longer active makes room; any other holder has to be ended first.
    A post that decides or reads, and any post for oneself, waits for a second administrator: then
    the proposal is given. Raises Blocked with the reason, NotPermitted without ``manage_people``.
    """
    council = subject_of(session)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    first = _span(from_on, until_on)
    during = first if from_on else Range(None, first.upper)
    wish = Wish("hold_post", person_id, _post(session, post_id).id, during, reason=reason)
    return _wished(session, council, actor, capacity, wish)


def change_role(
    session: Session,
    actor: Actor,
    appointment_id: int,
    post_id: int,
    reason: str = "",
) -> Granted | RightsProposal:
    """Move a person from one post to another; both take effect at once (SR-16).

    Waits for a second administrator where giving the post would.
    """
    council = subject_of(session)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    row = _appointment(session, appointment_id)
    wish = Wish("change_role", row.person_id, _post(session, post_id).id, Range(None, None),
                appointment_id=row.id, reason=reason)  # fmt: skip
    return _wished(session, council, actor, capacity, wish)


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
) -> Granted | RightsProposal:
    """Let a person act in a post while its holder is away; the record then says "X for Y".

    The holder may do this for their own post. An administrator may for any but not with themselves
    as cover; at a post that decides or reads it waits for a second administrator. Raises Blocked
    when there is nobody to cover for, when a rule of cover is broken, and, unless
    ``knows_four_eyes``, when a plan could then not be passed on by this post.
    """
    council = subject_of(session)
    post = _post(session, post_id)
    during = _span(from_on, until_on)
    away = cover_rules.holder_during(session, post, during)
    wish = Wish("set_cover", person_id, post.id, during, for_person_id=away.id,
                reason=reason, knows_four_eyes=knows_four_eyes)  # fmt: skip
    if actor.person_id == away.id:
        own = _own_post(actor, post_id)
        return _granted(session, council, actor, own, wish, Act("set_cover"))
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    if actor.person_id == person_id:
        raise Blocked(
            "Nobody sets cover with themselves at another's post. Ask "
            f"{away.name} to set it, or another administrator."
        )
    return _wished(session, council, actor, capacity, wish)


def end_appointment(
    session: Session,
    actor: Actor,
    appointment_id: int,
    until_on: date | None = None,
) -> None:
    """End a person's time in a post, today or on a later day; their tasks stay in the queue."""
    council = subject_of(session)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    row = _appointment(session, appointment_id)
    until = _not_past(until_on or clock.today())
    act = Act("end_holding", details={"person": row.person_id, "post": row.post_id, "until": until})
    covers = cover_ends.end_held(session, row, until)
    still_reached(session, until)
    cover_ends.say(act, covers)
    engine.record(session, council, actor, act, capacity)
    event = council.head_seq
    words = {"post": _post(session, row.post_id).title, "until": _last_day(until)}
    account_mail.notify(session, event, actor, row.person_id, "post_ended", words)
    cover_ends.tell(session, event, actor, covers)


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
        capacity = _own_post(actor, row.post_id)
    elif actor.person_id == row.person_id:
        capacity = OWN_ACCOUNT
    else:
        capacity = post_permissions.require(session, actor, administrators.MANAGES)
    until = _not_past(until_on or clock.today())
    ended = cover_ends.end(session, row, until)
    still_reached(session, until)
    was = ended.was
    details = {"cover": cover_id, "person": was.person_id, "for": was.for_person_id,
               "post": was.post_id, "until": until}  # fmt: skip
    engine.record(session, council, actor, Act("end_cover", details=details), capacity)
    cover_ends.tell(session, council.head_seq, actor, [ended])


# A wish, and what is done about it ----------------------------------------------------------------


def _wished(
    session: Session, council: Council, actor: Actor, capacity: Capacity, wish: Wish
) -> Granted | RightsProposal:
    """Do it, or propose it to a second administrator. Raises Blocked when it cannot be done."""
    act = Act(wish.kind, reason=wish.reason if wish.kind != "set_cover" else "")
    if proposals.by_one(session, actor, wish, act):
        return _granted(session, council, actor, capacity, wish, act)
    with session.begin_nested() as tried:
        grant(session, wish, Act(wish.kind), actor)
        tried.rollback()
    return proposals.make(session, council, actor, capacity, wish)


def _granted(
    session: Session, council: Council, actor: Actor, capacity: Capacity, wish: Wish, act: Act
) -> Granted:
    done = grant(session, wish, act, actor)
    still_reached(session)
    engine.record(session, council, actor, act, capacity)
    tell_of(session, council.head_seq, actor, act, done)
    appointed_alone.tell(session, council.head_seq, actor, act, wish.post_id)
    return done.row


def grant(session: Session, wish: Wish, act: Act, reader: Actor | None = None) -> Done:
    """Write the rows of a wish and say in the act what they are; nothing is recorded yet.

    A refusal names plans as ``reader`` may know of them, and none without one.

    Raises Blocked when it cannot be done as things are.
    """
    today = clock.today()
    ended = cover_ends.cut_to_appointments(session)
    if wish.kind == "set_cover":
        cover_ends.say(act, ended)
        return Done(_cover(session, wish, act, reader), ended)
    if wish.kind == "change_role":
        row = _appointment(session, wish.appointment_id or 0)
        act.details["left"] = row.post_id
        ended += cover_ends.end_held(session, row, today)
        sessions.end_all(session, session.get_one(Person, row.person_id))
    first = max(wish.during.lower or today, today)
    if wish.during.upper is not None and wish.during.upper <= first:
        raise Blocked("The last day has passed already. Propose other dates.")
    made = _begin(session, wish, Range(first, wish.during.upper), act)
    still_reached(session)
    ended += cover_ends.cut_to_appointments(session)
    cover_ends.say(act, ended)
    return Done(made, ended)


def tell_of(
    session: Session,
    event: int,
    actor: Actor,
    act: Act,
    done: Done,
    agreed_by: Actor | None = None,
) -> None:
    """Tell the people whom it concerns, by mail."""
    row = done.row
    cover_ends.tell(session, event, actor, done.ended)
    title = _post(session, row.post_id).title
    if isinstance(row, Cover):
        names = {
            "acting": session.get_one(Person, row.person_id).name,
            "away": session.get_one(Person, row.for_person_id).name,
        }
        words = {"post": title, "span": _days(row.during), **names}
        for whom, change in ((row.for_person_id, "post_covered"), (row.person_id, "cover_given")):
            account_mail.notify(session, event, actor, whom, change, words, agreed_by=agreed_by)
        return
    words = {"post": title, "span": _days(row.during)}
    change = "post_given"
    if act.action == "change_role":
        change, words["left"] = "role_changed", _post(session, act.details["left"]).title
    account_mail.notify(session, event, actor, row.person_id, change, words, agreed_by=agreed_by)


# Inside -------------------------------------------------------------------------------------------


def _own_post(actor: Actor, post_id: int) -> Capacity:
    """The holder of the post; of one who will hold it later, their own account."""
    post = actor.post_where(lambda each: each.post_id == post_id and each.for_person_id is None)
    return OWN_ACCOUNT if post is None else Capacity.of(post)


def _begin(session: Session, wish: Wish, during: Range[date], act: Act) -> Appointment:
    person, post = _active(session, wish.person_id), _post(session, wish.post_id)
    if not during.overlaps(Range(post.from_on, post.until_on)):
        raise Blocked(f"The post “{post.title}” does not exist at that time.")
    act.details["made_room"] = _make_room(session, post, during)
    row = Appointment(post_id=post.id, person_id=person.id, during=during)
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


def _cover(session: Session, wish: Wish, act: Act, reader: Actor | None) -> Cover:
    post, today = _post(session, wish.post_id), clock.today()
    if wish.during.lower is None or wish.during.upper is None or wish.during.upper <= today:
        raise Blocked("The last day has passed already. Propose other dates.")
    during = Range(max(wish.during.lower, today), wish.during.upper)
    away = cover_rules.holder_during(session, post, during)
    if away.id != wish.for_person_id:
        raise Blocked(f"{away.name} has this post now. Propose the cover anew.")
    acting = _active(session, wish.person_id)
    if why := cover_rules.problem(session, post, away, acting, during):
        raise Blocked(why)
    if not wish.knows_four_eyes:
        warning = cover_rules.four_eyes_problem(session, post, away, acting, reader)
        if warning:
            raise Blocked(warning, insist=True)
    row = Cover(
        post_id=post.id,
        for_person_id=away.id,
        person_id=acting.id,
        during=during,
        reason=wish.reason,
    )
    session.add(row)
    session.flush()
    act.details |= {"cover": row.id, "person": acting.id, "for": away.id, "post": post.key}
    act.details |= {"from": during.lower, "until": during.upper}
    return row


def _make_room(session: Session, post: Post, during: Range[date]) -> list[int]:
    """End the appointments of inactive people; gives whose. Raises Blocked for an active holder."""
    ended = []
    for row in session.scalars(
        select(Appointment).where(Appointment.post_id == post.id).with_for_update()
    ):
        if not row.during.overlaps(during):
            continue
        holder = session.get_one(Person, row.person_id)
        if holder.active:
            raise Blocked(_held(holder.name, row.during, during))
        ended.append(holder.id)
        if during.lower is not None:
            cover_ends.cut(session, row, during.lower)
    session.flush()
    return ended


def _held(name: str, theirs: Range[date], wished: Range[date]) -> str:
    """That somebody has the post, with their own first or last day, and what can be done."""
    if theirs.lower and theirs.lower > clock.today():
        first = long_date(theirs.lower)
        if wished.lower is not None and wished.lower < theirs.lower:
            last = long_date(theirs.lower - ONE_DAY)
            return f"{name} has this post from {first}. Choose a last day up to {last}."
        return f"{name} has this post from {first}. End that first."
    if theirs.upper is None:
        return f"{name} holds this post. End that first."
    last, next_day = long_date(theirs.upper - ONE_DAY), long_date(theirs.upper)
    return f"{name} holds this post until {last}. Choose {next_day} or later as the first day."


def _span(from_on: date | None, until_on: date | None) -> Range[date]:
    first = _not_past(from_on or clock.today())
    if until_on is not None and until_on <= first:
        raise Blocked("The last day is before the first one. Give them in order.")
    return Range(first, until_on)


def _not_past(day: date) -> date:
    if day < clock.today():
        raise Blocked("What has been stays as it was. Choose today or a later day.")
    return day


def _days(during: Range[date]) -> str:
    """From 9 June 2027 to 13 June 2027, in words; both are days on which it holds."""
    first = f"from {long_date(during.lower)}" if during.lower else ""
    last = f"to {_last(during.upper)}" if during.upper else ""
    return " ".join(filter(None, (first, last)))


def _last(until: date) -> str:
    return long_date(until - ONE_DAY)


def _last_day(until: date) -> str:
    return "today" if until <= clock.today() else f"with {_last(until)}"


def _appointment(session: Session, appointment_id: int) -> Appointment:
    row = session.get(Appointment, appointment_id, with_for_update=True)
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
