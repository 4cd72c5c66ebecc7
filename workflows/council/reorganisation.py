"""Reorganisation: units added, merged and closed, with all that waits in their queues.

The rules that live here: an open task never stays in a queue that has gone: a merger takes queues,
posts and tasks to the successor, a closure takes tasks up the line. What has been decided and
recorded keeps the unit's name as it was. Plans still open are withdrawn or carried over, each with
the reason on its own record.
"""

from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access, clock
from cycle.errors import BadInput, Blocked, NotFound
from cycle.models import Body, BodyRemit, Post, Subject, Unit
from cycle.people import Actor
from cycle.seen import NO_PAGE, Seen
from workflows.core import engine
from workflows.core.audit import Act
from workflows.core.council_subject import subject_of
from workflows.council import unit_keys, unit_mail, unit_plans, unit_tasks
from workflows.framework import pinned, post_permissions
from workflows.people.coverage import still_reached

WITHDRAW, CARRY = "withdraw", "carry"
NAME_LENGTH = 200
KEY_LENGTH = 60


def add_unit(
    session: Session,
    actor: Actor,
    key: str | None,
    name: str,
    level: str,
    parent_id: int,
    from_on: date,
    seen_version: Seen = NO_PAGE,
) -> Unit:
    """Add a unit below another one; without a ``key`` one is made of its name.

    Raises BadInput, Blocked, NotPermitted.
    """
    council = subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, "manage_council")
    key = unit_keys.new_key(session, name) if key is None else key
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
    engine.record(session, council, actor, Act("add_unit", details=details), capacity)
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

    Its posts, with the people in them, and its open tasks go to the successor's queues; units below
    it go below the successor. ``open_plans``: ``withdraw`` or ``carry`` (to the successor).
    """
    council = subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, "manage_council")
    unit, into = _living(session, from_id), _living(session, into_id)
    _check_merger(unit, into, on, reason)
    if open_plans not in (WITHDRAW, CARRY):
        raise BadInput("Open plans are either withdrawn or carried over. Choose one.")
    why = f"{unit.name} was merged into {into.name}. {reason.strip()}"
    settled = unit_plans.withdraw(session, unit, why) if open_plans == WITHDRAW else []
    served = unit_mail.serving(session, unit_tasks.queues(session, unit))
    successors = unit_tasks.take_over(session, unit, into)
    unit.until_on, unit.merged_into_id = on, into.id
    session.flush()
    _move_below(session, unit, into)
    _move_remits(session, unit, into)
    session.flush()
    moved = unit_tasks.move(session, actor, capacity, successors)
    settled += unit_plans.carry(session, actor, capacity, unit, into, why)
    still_reached(session)
    details = {"unit": unit.key, "into": into.key, "on": on, "plans": settled, "tasks": moved}
    details["open_plans"] = open_plans
    details["posts"] = list(dict.fromkeys(row.key for row in served))
    details["people"] = list(dict.fromkeys(row.person_id for row in served))
    act = Act("merge_units", reason=reason.strip(), details=details)
    engine.record(session, council, actor, act, capacity)
    event, new = council.head_seq, set(successors.values())
    unit_mail.tell_of_merger(session, event, actor, unit, into, served, new)
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
    capacity = post_permissions.require(session, actor, "manage_council")
    unit = _living(session, unit_id)
    _check_day(unit, on, reason)
    reasons = why_not_close(session, unit)
    if reasons:
        raise Blocked(reasons)
    settled = unit_plans.withdraw(session, unit, f"{unit.name} was closed. {reason.strip()}")
    successors = unit_tasks.up_the_line(session, unit, pinned.of(council))
    for post in session.scalars(select(Post).where(Post.queue_id.in_(list(successors)))):
        post.until_on = on if post.until_on is None else min(on, post.until_on)
    unit.until_on = on
    session.flush()
    moved = unit_tasks.move(session, actor, capacity, successors)
    still_reached(session)
    details = {"unit": unit.key, "on": on, "plans": settled, "tasks": moved}
    act = Act("drop_unit", reason=reason.strip(), details=details)
    engine.record(session, council, actor, act, capacity)
    unit_mail.tell_of_closure(session, council.head_seq, actor, unit, set(successors.values()))
    return access.references(session, actor, settled)


_HELD = text("""
SELECT post.title FROM post JOIN queue ON queue.id = post.queue_id AND queue.unit_id = :unit
JOIN appointment ON appointment.post_id = post.id
 AND (upper_inf(appointment.during) OR upper(appointment.during) > CAST(:today AS date))
ORDER BY post.title
""")


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


# Structure ----------------------------------------------------------------------------------------


_MOVE_BELOW = text("""
UPDATE unit SET parent_id = CASE WHEN parent_id = :unit THEN :into ELSE parent_id END,
  path = CAST(:above AS int[]) || path[array_position(path, :unit) + 1 :]
WHERE path @> ARRAY[CAST(:unit AS int)] AND id <> :unit
""")


def _move_below(session: Session, unit: Unit, into: Unit) -> None:
    """Units below the merged one, at any depth, stand below the successor."""
    session.execute(_MOVE_BELOW, {"unit": unit.id, "into": into.id, "above": into.path})
    below = select(Unit).where(Unit.path.contains([into.id]), Unit.id != into.id)
    session.scalars(below.execution_options(populate_existing=True)).all()


def _move_remits(session: Session, unit: Unit, into: Unit) -> None:
    """A body that considered the merged unit's plans considers the successor's."""
    named = select(BodyRemit.body_id).where(BodyRemit.unit_id == unit.id)
    covered = select(BodyRemit.body_id).where(BodyRemit.unit_id.in_(into.path))
    for body_id in session.scalars(
        select(Body.id).where(Body.id.in_(named), Body.id.not_in(covered))
    ).all():
        session.add(BodyRemit(body_id=body_id, unit_id=into.id))
