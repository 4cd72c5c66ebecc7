"""*Remind these*: the support service reminds those who have the open tasks of some plans.

The rules that live here: who may remind of a plan is said by its lifecycle, and whoever has the
permission finds the list of plans; a person is reminded of one task at most once a working day by
this, the notice goes with the person's next daily mail, and each plan's record says that it was
done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import access, clock, council_facts
from cycle.errors import Blocked, NotFound
from cycle.models import Outbox, Plan, Subject
from cycle.people import Actor
from notifications import notices
from notifications.notices import Notice
from workflows.core import together
from workflows.core.audit import Act
from workflows.core.internal_acts import internal_act
from workflows.framework import post_permissions
from workflows.queues import holders
from workflows.queues.holders import OpenTask

MOST = 500


@dataclass(frozen=True)
class Reminded:
    """How many people are reminded, and of how many plans; the plans on which nobody has to act
    now, and those of which everybody has been reminded on this working day already."""

    people: int
    plans: int
    quiet: tuple[str, ...]
    already: tuple[str, ...]


@internal_act("plan", "remind")
def remind_these(session: Session, actor: Actor, refs: Sequence[str]) -> Reminded:
    """Remind whoever has an open task of these plans (references) and has not been reminded of it
    on this working day (fault L4).

    Raises NotPermitted without ``remind``, NotFound for a plan that this person may not see,
    Blocked when none or too many are chosen.
    """
    plans = access.lock_whole(session, _chosen(session, actor, refs))
    capacities = together.capacities_for(session, plans, actor, "remind")
    tasks = holders.open_tasks(session, [plan.id for plan in plans])
    fresh = _fresh(session, tasks)
    acts = [
        (plan, _act(tasks[plan.id]), capacity)
        for plan, capacity in zip(plans, capacities, strict=True)
        if fresh.get(plan.id)
    ]
    notices.add(session, *(each for of_plan in fresh.values() for each in of_plan or ()))
    together.record(session, acts, actor)
    return _reminded(plans, fresh)


def would_remind(session: Session, actor: Actor, refs: Sequence[str]) -> Reminded:
    """What ``remind_these`` would do, to be looked at before it is done. Raises as that."""
    found = _chosen(session, actor, refs)
    plans = session.scalars(select(Plan).where(Plan.id.in_(found)).order_by(Plan.id)).all()
    return _reminded(plans, _fresh(session, holders.open_tasks(session, found)))


def _chosen(session: Session, actor: Actor, refs: Sequence[str]) -> Sequence[int]:
    """The plans that are chosen, by their ids."""
    post_permissions.require(session, actor, "remind")
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
    return found


def _fresh(
    session: Session, tasks: Mapping[int, Sequence[OpenTask]]
) -> dict[int, list[Notice] | None]:
    """By plan the reminders that nobody has had on this working day; None where nobody has to act
    now. A weekend belongs to the working day before it. Two statements."""
    day = council_facts.calendar(session).last_working(clock.today())
    wanted = {plan: _reminders(of_plan, day) for plan, of_plan in tasks.items()}
    keys = [each.key for of_plan in wanted.values() for each in of_plan]
    had = set(session.scalars(select(Outbox.key).where(Outbox.key.in_(keys))))
    return {
        plan: [each for each in of_plan if each.key not in had] if of_plan else None
        for plan, of_plan in wanted.items()
    }


def _reminded(plans: Sequence[Subject], fresh: Mapping[int, list[Notice] | None]) -> Reminded:
    people = {each.person_id for of_plan in fresh.values() for each in of_plan or ()}
    return Reminded(
        len(people),
        sum(bool(of_plan) for of_plan in fresh.values()),
        tuple(plan.ref for plan in plans if fresh.get(plan.id) is None),
        tuple(plan.ref for plan in plans if fresh.get(plan.id) == []),
    )


def _reminders(tasks: Sequence[OpenTask], day: date) -> list[Notice]:
    return [
        Notice(
            f"chase:{task.id}:{day}:{holder.person_id}",
            "chase",
            holder.person_id,
            task.label,
            task_id=task.id,
        )
        for task in tasks
        for holder in task.holders
    ]


def _act(tasks: Sequence[OpenTask]) -> Act:
    """Posts and tasks, not names: names stand in attributions only, where they can be erased."""
    posts = sorted({holder.post for task in tasks for holder in task.holders})
    return Act("remind", details={"tasks": sorted({task.label for task in tasks}), "posts": posts})
