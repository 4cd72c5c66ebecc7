"""When made-up people do what is theirs: some days before the date, a day or two after it came.

The rule that lives here: plans for several committees are handed in early, since papers leave no
room to be late; of the others now and then one is late.
"""

from datetime import date

from workflows.simulation.world import Task, World, later

LATE = 0.06
EARLY_FOR_MEMBERS = 9  # working days: papers for several committees leave no room to be late


def before_due(world: World, task: Task) -> date | None:
    """Some days before the date; whoever asked a team manager waits for the answer."""
    if world.waits_for(task, "contribute"):
        return None
    first = world.working(task.opened_on, 1)
    if not task.is_dated:
        return world.working(task.opened_on, 3)
    dice = world.words.dice(task.ref, task.kind, "when")
    if len(world.framework.route(task.plan_type)) > 1:
        lead = EARLY_FOR_MEMBERS
    elif dice.random() < LATE:
        lead = -dice.randint(1, 2)
    else:
        lead = dice.randint(0, 4)
    return later(first, world.working(task.due_on, -lead))


def soon(world: World, task: Task) -> date:
    """A day or two after it came."""
    return world.working(
        task.opened_on, world.words.dice(task.ref, task.kind, "soon").randint(1, 2)
    )


def soon_unless_asked(world: World, task: Task) -> date | None:
    """The same, but not while a team manager is writing."""
    return None if world.waits_for(task, "contribute") else soon(world, task)


def when_they_meet(world: World, task: Task) -> date:
    """The next meeting after the plan came to the group."""
    next_day = world.working(task.opened_on, 1)
    return world.meeting_from(task.queue_body_id, next_day) or next_day


def just_before_due(world: World, task: Task) -> date:
    """Two working days before the date."""
    if not task.is_dated:
        return soon(world, task)
    return later(world.working(task.opened_on, 1), world.working(task.due_on, -2))
