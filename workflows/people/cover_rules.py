"""Who may cover for whom: asked before cover is set, in the service and in a council's files.

The rules that live here: whoever is covered holds the post until the cover ends; whoever covers is
there until then and is not away in that time;
councillors cover for councillors and officers for officers; whoever audits the record takes no part
in it; cover that would break four eyes is told before it is set (INV-22). Dates are half open.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from config import permissions
from config.dates import long_date
from config.lifecycles.phases import DONE
from config.lifecycles.shape import CONTRIBUTOR, EDITOR
from cycle import access, people
from cycle.errors import Blocked
from cycle.models import Appointment, Cover, Editor, Person, Plan, Post
from cycle.people import Actor
from workflows.core import engine
from workflows.framework import post_permissions
from workflows.people import administrators

_ROLES = text("""
SELECT DISTINCT queue.role FROM appointment JOIN post ON post.id = appointment.post_id
JOIN queue ON queue.id = post.queue_id
WHERE appointment.person_id = :person AND appointment.during && daterange(:first, :until)
""")
# The end of the appointment in which the cover begins, where it comes before the end of the cover.
_HOLDS_UNTIL = text("""
SELECT upper(held.during) FROM (
  SELECT unnest(range_agg(during)) AS during FROM appointment
  WHERE person_id = :person AND post_id = :post) AS held
WHERE held.during @> CAST(:first AS date) AND upper(held.during) < CAST(:until AS date)
""")
_ROLE = text("SELECT role FROM queue WHERE id = :queue")


def problem(
    session: Session, post: Post, away: Person, acting: Person, during: Range[date]
) -> str | None:
    """Why this person cannot cover for that one on these days, in one sentence; None when they can.

    ``during`` has both ends. Rights only; four eyes is ``four_eyes_problem``.
    """
    if acting.id == away.id:
        return f"{acting.name} holds this post. Choose somebody else as cover."
    return (
        _beyond(session, post, away, during)
        or _taken(session, post, during)
        or _leaves(session, acting, during)
        or _away(session, acting, during)
        or _covers(session, away, during)
        or _wrong_kind(session, post, acting, during)
    )


def _beyond(session: Session, post: Post, away: Person, during: Range[date]) -> str | None:
    """Cover ends with the holder's own last day, at the latest."""
    asked = {"person": away.id, "post": post.id, "first": during.lower, "until": during.upper}
    last = session.scalar(_HOLDS_UNTIL, asked)
    if last is None:
        return None
    return (
        f"{away.name} holds this post until {long_date(last - timedelta(days=1))}. Choose that or "
        "an earlier day as the last one."
    )


def _taken(session: Session, post: Post, during: Range[date]) -> str | None:
    other = next(_overlapping(session, Cover.post_id == post.id, during), None)
    if other is None:
        return None
    name = session.get_one(Person, other.person_id).name
    return f"{name} covers this post at that time. Choose other dates."


def _leaves(session: Session, acting: Person, during: Range[date]) -> str | None:
    """Whoever has held posts has one until the cover ends; others (a locum) are taken at a word."""
    held = session.scalars(select(Appointment).where(Appointment.person_id == acting.id)).all()
    ends = [row.during.upper for row in held]
    if not ends or None in ends or during.upper is None:
        return None
    last = max(end for end in ends if end is not None)
    if last >= during.upper:
        return None
    return (
        f"{acting.name} has no post after {long_date(last - timedelta(days=1))}, before the cover "
        "ends. Choose somebody who stays, or an earlier last day."
    )


def _away(session: Session, acting: Person, during: Range[date]) -> str | None:
    other = next(_overlapping(session, Cover.for_person_id == acting.id, during), None)
    if other is None:
        return None
    name = session.get_one(Person, other.person_id).name
    return (
        f"{acting.name} is away at that time: {name} covers{_to(other)}. Choose somebody else, or "
        "other dates."
    )


def _covers(session: Session, away: Person, during: Range[date]) -> str | None:
    other = next(_overlapping(session, Cover.person_id == away.id, during), None)
    if other is None:
        return None
    name = session.get_one(Person, other.for_person_id).name
    return (
        f"{away.name} covers for {name} at that time{_to(other)}. End that cover first, so that "
        "somebody else can."
    )


def _wrong_kind(session: Session, post: Post, acting: Person, during: Range[date]) -> str | None:
    asked = {"person": acting.id, "first": during.lower, "until": during.upper}
    roles = set(session.scalars(_ROLES, asked))
    wanted = str(session.scalar(_ROLE, {"queue": post.queue_id}))
    framework = post_permissions.framework(session)
    if framework is None:
        return None
    members = set(permissions.roles_with(framework, permissions.SIT_AS_MEMBER))
    auditors = administrators.auditing(framework)
    if roles and wanted not in members and roles <= members:
        return f"{acting.name} is a councillor, and this is an officer's post. Choose an officer."
    if wanted in members and not roles & members:
        return (
            f"This is a councillor's post, and {acting.name} is not a councillor. Choose another "
            "councillor."
        )
    if roles & auditors and wanted not in auditors:
        return (
            f"{acting.name} checks the record and so takes no part in what stands on it. Choose "
            "somebody else."
        )
    return None


def _overlapping(
    session: Session, condition: ColumnElement[bool], during: Range[date]
) -> Iterator[Cover]:
    rows = session.scalars(select(Cover).where(condition).order_by(Cover.id))
    return (row for row in rows if row.during.overlaps(during))


def _to(row: Cover) -> str:
    return f" until {long_date(row.during.upper - timedelta(days=1))}" if row.during.upper else ""


# Four eyes ----------------------------------------------------------------------------------------


def four_eyes_problem(
    session: Session, post: Post, away: Person, acting: Person, reader: Actor | None
) -> str | None:
    """Why this cover would break four eyes, or None: plans that one of the two has written on come
    to a queue for which the other passes them on.

    ``reader`` is told the references of those that she may know of (INV-51); without one, where the
    sentence goes to several people, they are counted.
    """
    own = people.actor(session, acting.id).queue_ids
    refs = _passed_on_at(session, acting.id, {post.queue_id})
    refs += _passed_on_at(session, away.id, set(own))
    if not refs:
        return None
    count = len(set(refs))
    named = [f"{count} plan{'s' if count > 1 else ''}"]
    if reader is not None:
        named = access.references(session, reader, refs)
    return (
        f"{acting.name} could then not pass on {', '.join(named)}: whoever has "
        "written a plan, or covers for its author, does not pass it on. Choose somebody else, or "
        "go on and leave that plan to others."
    )


def _passed_on_at(session: Session, editor_id: int, queues: set[int]) -> list[str]:
    plans = session.scalars(
        select(Plan)
        .where(Plan.id.in_(select(Editor.plan_id).where(Editor.person_id == editor_id)))
        .order_by(Plan.ref)
    ).all()
    return [each.ref for each in plans if queues & _passing_queues(session, each)]


def _passing_queues(session: Session, plan: Plan) -> set[int]:
    """The queues that pass this plan on under four eyes, now or later; none of a settled plan."""
    attempt, _ = engine.attempt_on(session, plan, people.system(session))
    if plan.phase in DONE:
        return set()
    names = {
        name
        for transition in attempt.lifecycle.transitions
        if any(rule.name == "not_an_editor" for rule in transition.guards)
        for role in transition.roles
        for name in (attempt.state.editable if role == EDITOR else (role,))
        if name not in (permissions.BY_ITSELF, CONTRIBUTOR)
    }
    roles = {role for name in names for role in attempt.roles_of(name)}
    scopes = attempt.scopes
    found = people.queues_for(session, roles, attempt.place, scopes)
    return {queue for each in found.values() for queue in each}


def holder_during(session: Session, post: Post, during: Range[date]) -> Person:
    """Who holds the post on the first of these days. Raises Blocked when nobody does."""
    rows: Sequence[Any] = session.scalars(
        select(Appointment).where(Appointment.post_id == post.id)
    ).all()
    for row in rows:
        if during.lower is not None and during.lower in row.during:
            return session.get_one(Person, row.person_id)
    raise Blocked("Nobody holds this post then, so there is nobody to cover for. Fill it instead.")
