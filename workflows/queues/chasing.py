"""*Remind these*: the support service reminds those who have the open tasks of some plans.

The rule that lives here: a person is reminded of one task at most once a day by this, the notice
goes with the person's next daily mail, and each plan's record says that it was done.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cycle import access, clock
from cycle.errors import Blocked, NotFound
from cycle.models import Plan, Subject
from cycle.people import Actor, Capacity
from notifications import notices
from notifications.notices import Notice
from workflows.core import engine
from workflows.core.audit import Act
from workflows.framework import permissions
from workflows.queues import holders
from workflows.queues.holders import OpenTask

MOST = 500


@dataclass(frozen=True)
class Reminded:
    """How many people are reminded, and the plans on which nobody has to act now."""

    people: int
    plans: int
    quiet: tuple[str, ...]


def remind_these(session: Session, actor: Actor, refs: Sequence[str]) -> Reminded:
    """Remind whoever has an open task of these plans (references).

    Raises NotPermitted without ``remind``, NotFound for a plan that this person may not see,
    Blocked when none or too many are chosen.
    """
    capacity = permissions.require(session, actor, "remind")
    chosen = sorted(set(refs))
    if not chosen:
        raise Blocked("Choose the plans whose people you want to remind.")
    if len(chosen) > MOST:
        raise Blocked(f"Choose at most {MOST} plans at once.")
    found = session.scalars(
        access.plans(actor).with_only_columns(Plan.id).where(Plan.ref.in_(chosen))
    ).all()
    if len(found) != len(chosen):
        raise NotFound(access.GONE)
    plans = access.lock(session, found)
    tasks = holders.open_tasks(session, found)
    told: set[int] = set()
    quiet = []
    for plan in plans:
        people = _remind(session, tasks.get(plan.id, []))
        told |= people
        if people:
            _record(session, actor, capacity, plan, tasks[plan.id])
        else:
            quiet.append(plan.ref)
    return Reminded(len(told), len(plans) - len(quiet), tuple(quiet))


def _remind(session: Session, tasks: Sequence[OpenTask]) -> set[int]:
    today = clock.today()
    told = [
        Notice(
            f"chase:{task.id}:{today}:{holder.person_id}",
            "chase",
            holder.person_id,
            task.label,
            task_id=task.id,
        )
        for task in tasks
        for holder in task.holders
    ]
    notices.add(session, *told)
    return {each.person_id for each in told}


def _record(
    session: Session,
    actor: Actor,
    capacity: Capacity,
    plan: Subject,
    tasks: Sequence[OpenTask],
) -> None:
    """Posts and tasks, not names: names stand in attributions only, where they can be erased."""
    posts = sorted({holder.post for task in tasks for holder in task.holders})
    details = {"tasks": sorted({task.label for task in tasks}), "posts": posts}
    engine.record(session, plan, actor, Act("remind", details=details), capacity)
