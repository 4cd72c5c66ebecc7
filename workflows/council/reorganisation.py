"""Reorganisation: units added, merged and closed, with all that waits at their desks.

The rules that live here: an open task never stays at a desk that has gone: a merger takes desks,
posts and tasks to the successor, a closure takes tasks up the line. What has been decided and
recorded keeps the unit's name as it was. Plans still open are withdrawn or carried over, each with
the reason on its own record.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import permissions
from config.framework import Framework
from cycle import access, clock, people
from cycle.errors import BadInput, Blocked, NotFound
from cycle.models import Body, BodyRemit, Contribution, Plan, Post, Queue, Subject, Unit
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, Seen
from notifications import notices
from workflows.core import engine
from workflows.core.attempt import Evidence
from workflows.core.audit import Act
from workflows.core.council import subject_of
from workflows.council import unit_mail as unit_letters
from workflows.framework import permissions as post_permissions, versions as pinned
from workflows.people.coverage import still_reached
from workflows.plans import plans
from workflows.queues.queues import queue_at

WITHDRAW, CARRY = "withdraw", "carry"
NAME_LENGTH = 200
KEY_LENGTH = 60


def add_unit(
    session: Session,
    actor: Actor,
    key: str,
    name: str,
    level: str,
    parent_id: int,
    from_on: date,
    seen_version: Seen = NO_PAGE,
) -> Unit:
    """Add a unit below another one. Raises BadInput, Blocked, NotPermitted."""
    council = subject_of(session, seen_version)
    desk = post_permissions.require(session, actor, "manage_council")
    parent = _living(session, parent_id)
    _check_new(session, council, parent, key, name, level)
    unit = Unit(
        key=key.lower(),
        name=name.strip(),
        level=level,
        parent_id=parent.id,
        path=[],
        from_on=from_on,
    )
    session.add(unit)
    session.flush()
    unit.path = [*parent.path, unit.id]
    session.flush()
    details = {"unit": unit.key, "name": unit.name, "parent": parent.key, "from": from_on}
    engine.record(session, council, actor, Act("add_unit", details=details), desk)
    return unit


def merge_units(
    session: Session,
    actor: Actor,
    from_id: int,
    into_id: int,
    on: date,
    reason: str,
    *,
    open_plans: str = WITHDRAW,
    seen_version: Seen = NO_PAGE,
) -> list[str]:
    """Merge a unit into another of its level; gives the plans concerned, as
    this person may know of them.

    Its posts, with the people in them, and its open tasks go to the successor's desks; units below
    it go below the successor. ``open_plans``: ``withdraw`` or ``carry`` (to the successor).
    """
    council = subject_of(session, seen_version)
    desk = post_permissions.require(session, actor, "manage_council")
    unit, into = _living(session, from_id), _living(session, into_id)
    _check_merger(unit, into, on, reason)
    if open_plans not in (WITHDRAW, CARRY):
        raise BadInput("Open plans are either withdrawn or carried over. Choose one.")
    why = f"{unit.name} was merged into {into.name}. {reason.strip()}"
    settled = _withdraw_plans(session, unit, why) if open_plans == WITHDRAW else []
    sat = unit_letters.sitting(session, [each.id for each in _queues(session, unit)])
    desks = _take_over(session, unit, into)
    unit.until_on, unit.merged_into_id = on, into.id
    _move_below(session, unit, into)
    _move_remits(session, unit, into)
    session.flush()
    moved = _move_tasks(session, actor, desk, desks)
    settled += _carry(session, actor, desk, unit, into, why)
    still_reached(session)
    details = {"unit": unit.key, "into": into.key, "on": on, "plans": settled, "tasks": moved}
    details["open_plans"] = open_plans
    details["posts"] = list(dict.fromkeys(row.key for row in sat))
    details["people"] = list(dict.fromkeys(row.person_id for row in sat))
    act = Act("merge_units", reason=reason.strip(), details=details)
    engine.record(session, council, actor, act, desk)
    event, new = council.head_seq, set(desks.values())
    unit_letters.tell_of_merger(session, event, actor, unit, into, sat, new)
    return access.references(session, actor, settled)


def drop_unit(
    session: Session,
    actor: Actor,
    unit_id: int,
    on: date,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> list[str]:
    """Close a unit that has no successor; gives the plans withdrawn, as
    this person may know of them.

    Its open tasks go up the line. Raises Blocked while somebody holds a post in it or a unit
    stands below it.
    """
    council = subject_of(session, seen_version)
    desk = post_permissions.require(session, actor, "manage_council")
    unit = _living(session, unit_id)
    _check_day(unit, on, reason)
    reasons = why_not_close(session, unit)
    if reasons:
        raise Blocked(reasons)
    settled = _withdraw_plans(session, unit, f"{unit.name} was closed. {reason.strip()}")
    desks = _up_the_line(session, unit, pinned.of(council))
    for post in session.scalars(select(Post).where(Post.queue_id.in_(list(desks)))):
        post.until_on = on if post.until_on is None else min(on, post.until_on)
    unit.until_on = on
    session.flush()
    moved = _move_tasks(session, actor, desk, desks)
    still_reached(session)
    details = {"unit": unit.key, "on": on, "plans": settled, "tasks": moved}
    act = Act("drop_unit", reason=reason.strip(), details=details)
    engine.record(session, council, actor, act, desk)
    unit_letters.tell_of_closure(session, council.head_seq, actor, unit, set(desks.values()))
    return access.references(session, actor, settled)


# Checks -------------------------------------------------------------------------------------------


def _check_new(
    session: Session, council: Subject, parent: Unit, key: str, name: str, level: str
) -> None:
    levels = [each.key for each in pinned.of(council).levels]
    if (
        len(key) > KEY_LENGTH
        or not key.isascii()
        or not key.replace("-", "").replace("_", "").isalnum()
    ):
        raise BadInput("Use small letters, digits and - for the key, such as early-help.")
    if session.scalar(select(Unit.id).where(Unit.key == key.lower())) is not None:
        raise Blocked(f"There is a unit “{key}” already. Choose another key.")
    if not name.strip() or len(name) > NAME_LENGTH or not name.strip().isprintable():
        raise BadInput(f"Give the unit a name of at most {NAME_LENGTH} characters.")
    if level not in levels or levels.index(level) <= levels.index(parent.level):
        raise Blocked(f"This level does not stand below {parent.name}. Choose a lower one.")


def _living(session: Session, unit_id: int) -> Unit:
    unit = session.get(Unit, unit_id, with_for_update={"key_share": True})
    if unit is None:
        raise NotFound(access.GONE)
    if unit.until_on is not None and unit.until_on <= clock.today():
        raise Blocked(f"{unit.name} has ended already.")
    return unit


def _check_merger(unit: Unit, into: Unit, on: date, reason: str) -> None:
    if unit.id == into.id:
        raise Blocked("A unit cannot be merged into itself. Choose another one.")
    if unit.level != into.level:
        raise Blocked(f"{unit.name} and {into.name} stand at different levels of the council.")
    _check_day(unit, on, reason)


def _check_day(unit: Unit, on: date, reason: str) -> None:
    if on < unit.from_on:
        raise Blocked(f"{unit.name} did not exist yet on that day. Check the date.")
    if on > clock.today():
        raise Blocked("Record this on the day itself or later: tasks move at once.")
    if not reason.strip():
        raise Blocked("Say why: a reason is needed here.")


def why_not_close(session: Session, unit: Unit) -> list[str]:
    """What has to be moved or ended before a unit can be closed; nothing when it can be."""
    found = []
    below = session.scalars(
        select(Unit.name).where(Unit.parent_id == unit.id, Unit.until_on.is_(None))
    ).all()
    if below:
        found.append(f"These stand below {unit.name}: {', '.join(below)}. Close or merge them.")
    held = session.scalars(_HELD, {"unit": unit.id, "today": clock.today()}).all()
    if held:
        found.append(f"These posts are still held: {', '.join(held)}. End or move them first.")
    return found


# Desks and tasks ----------------------------------------------------------------------------------

_HELD = text("""
SELECT post.title FROM post JOIN queue ON queue.id = post.queue_id AND queue.unit_id = :unit
JOIN appointment ON appointment.post_id = post.id
 AND (upper_inf(appointment.during) OR upper(appointment.during) > CAST(:today AS date))
ORDER BY post.title
""")
_MOVE_POSTS = text("UPDATE post SET queue_id = :new WHERE queue_id = :old")
_WAITING = text(
    "SELECT id, subject_id FROM task WHERE queue_id = :old AND closed_at IS NULL ORDER BY id"
)
# Whoever had taken the task keeps it only while they serve the new desk.
_POINT = text("""
UPDATE task SET queue_id = :new, slot = :slot,
  claimed_at = CASE WHEN keeps.it THEN claimed_at END,
  claimed_by_id = CASE WHEN keeps.it THEN claimed_by_id END
FROM (SELECT t.id, EXISTS (
        SELECT 1 FROM post JOIN appointment ON appointment.post_id = post.id
        WHERE post.queue_id = :new AND appointment.person_id = t.claimed_by_id
          AND appointment.during @> CAST(:today AS date)) AS it
      FROM task AS t WHERE t.id = :task) AS keeps
WHERE task.id = keeps.id
""")
_TELL = text(f"""
WITH told AS (
  SELECT 'opened:' || task.id || ':' || postholder.person_id AS key, 'opened' AS kind,
         postholder.person_id, task.id AS task_id, task.label AS subject, '' AS body,
         CAST(:at AS timestamptz) AS not_before_at
  FROM task
  JOIN post ON post.queue_id = task.queue_id
  JOIN {people.POSTHOLDERS} AS postholder
    ON postholder.post_id = post.id AND postholder.during @> CAST(:today AS date)
  JOIN person ON person.id = postholder.person_id AND person.active AND NOT person.is_system
  WHERE task.id = :task)
{notices.INSERT}
""")  # noqa: S608  # a constant; values are bound


def _queues(session: Session, unit: Unit) -> list[Queue]:
    return list(session.scalars(select(Queue).where(Queue.unit_id == unit.id).order_by(Queue.id)))


def _take_over(session: Session, unit: Unit, into: Unit) -> dict[int, int]:
    """The successor's desk for each desk of the unit, with the posts that sat there."""
    desks = {
        each.id: queue_at(session, each.role, into.id, None).id for each in _queues(session, unit)
    }
    for old, new in desks.items():
        session.execute(_MOVE_POSTS, {"old": old, "new": new})
    return desks


def _up_the_line(session: Session, unit: Unit, framework: Framework) -> dict[int, int]:
    """For each desk of the unit the nearest one above of its role, else the last resort's."""
    scopes = {key: role.scope for key, role in framework.roles.items()}
    own = _queues(session, unit)
    resort = permissions.last_resort(framework)
    roles = {each.role for each in own} | {resort}
    found = people.queues_for(session, roles, people.Place(unit.parent_id), scopes)
    last = found[resort][0]
    gone = {each.id for each in own}
    return {
        each.id: next((to for to in found.get(each.role, ()) if to not in gone), last)
        for each in own
    }


def _move_tasks(
    session: Session, actor: Actor, capacity: Capacity, desks: Mapping[int, int]
) -> int:
    """Point every open task of the old desks at the new ones, told on each subject's record."""
    by_subject: dict[int, list[int]] = {}
    for old, new in desks.items():
        _move_requests(session, old, new)
        for row in session.execute(_WAITING, {"old": old}).all():
            by_subject.setdefault(row.subject_id, []).append(row.id)
            slot = str(session.scalar(text("SELECT slot FROM task WHERE id = :t"), {"t": row.id}))
            key, _, number = slot.rpartition(":")
            point(session, row.id, new, f"{key}:{new}" if number == str(old) else slot)
    for subject in access.lock(session, list(by_subject)) if by_subject else ():
        details = {"tasks": by_subject[subject.id]}
        engine.record(session, subject, actor, Act("tasks_moved", details=details), capacity)
    return sum(len(each) for each in by_subject.values())


def point(session: Session, task_id: int, queue_id: int, slot: str) -> None:
    """Point one open task at another desk and give those who serve it a notice."""
    now, today = clock.now(), clock.today()
    where = {"task": task_id, "new": queue_id, "slot": slot, "today": today}
    session.execute(_POINT, where)
    session.execute(_TELL, {"task": task_id, "at": now, "today": today})


def _move_requests(session: Session, old: int, new: int) -> None:
    """Sections that were asked of the old desk are now asked of the new one."""
    for row in session.scalars(
        select(Contribution).where(Contribution.queue_id == old, Contribution.answered_at.is_(None))
    ).all():
        twice = session.scalar(
            select(Contribution.id).where(
                Contribution.plan_id == row.plan_id,
                Contribution.section_key == row.section_key,
                Contribution.queue_id == new,
                Contribution.answered_at.is_(None),
            )
        )
        if twice is None:
            row.queue_id = new
        else:
            row.answered_at, row.outcome = clock.now(), "withdrawn"
    session.flush()


# Structure ----------------------------------------------------------------------------------------


def _move_below(session: Session, unit: Unit, into: Unit) -> None:
    """Units below the merged one, at any depth, stand below the successor."""
    below = session.scalars(
        select(Unit).where(Unit.path.contains([unit.id]), Unit.id != unit.id)
    ).all()
    for each in below:
        at = each.path.index(unit.id)
        if each.parent_id == unit.id:
            each.parent_id = into.id
        each.path = [*into.path, *each.path[at + 1 :]]


def _move_remits(session: Session, unit: Unit, into: Unit) -> None:
    """A body that considered the merged unit's plans considers the successor's."""
    named = select(BodyRemit.body_id).where(BodyRemit.unit_id == unit.id)
    covered = select(BodyRemit.body_id).where(BodyRemit.unit_id.in_(into.path))
    for body_id in session.scalars(
        select(Body.id).where(Body.id.in_(named), Body.id.not_in(covered))
    ).all():
        session.add(BodyRemit(body_id=body_id, unit_id=into.id))


# Plans --------------------------------------------------------------------------------------------


def _withdraw_plans(session: Session, unit: Unit, why: str) -> list[str]:
    """Withdraw every plan of the unit that is still being made; gives their references."""
    system = people.system(session)
    found = []
    for plan in _open_subjects(session, unit):
        if isinstance(plan, Plan):
            plans.act(session, system, plan.id, "withdraw", Evidence(reason=why))
            found.append(plan.ref)
    return found


def _carry(
    session: Session, actor: Actor, capacity: Capacity, unit: Unit, into: Unit, why: str
) -> list[str]:
    """What is still open belongs to the successor from now on, and so do its tasks."""
    found = []
    for subject in _open_subjects(session, unit):
        subject.unit_id = into.id
        session.flush()
        attempt, _ = engine.attempt_on(session, subject, actor)
        act = Act("carry_to_unit", reason=why, details={"from": unit.key, "into": into.key})
        engine.record(session, subject, actor, act, capacity)
        for wanted in engine.required(attempt):
            task = session.execute(
                text(
                    "SELECT id FROM task WHERE subject_id = :subject AND kind = :kind "
                    "AND slot = :slot AND closed_at IS NULL AND queue_id <> :queue"
                ),
                {
                    "subject": subject.id,
                    "kind": wanted.kind,
                    "slot": wanted.slot,
                    "queue": wanted.queue_id,
                },
            ).scalar()
            if task is not None:
                point(session, task, wanted.queue_id, wanted.slot)
        if isinstance(subject, Plan):
            found.append(subject.ref)
    return found


def _open_subjects(session: Session, unit: Unit) -> list[Subject]:
    """Plans and items of the unit that can still be withdrawn, locked, by id."""
    rows = session.scalars(
        select(Subject).where(Subject.unit_id == unit.id).order_by(Subject.id)
    ).all()
    ids = [
        row.id
        for row in rows
        if any(
            transition.action == "withdraw" and row.state in transition.from_
            for transition in pinned.of(row).lifecycles[row.lifecycle].transitions
        )
    ]
    return access.lock(session, ids) if ids else []
