"""How made-up people handle the timetable itself.

The rule that lives here: whoever issues it, approves new dates or applies them does so a day or
two after it came to them.
"""

from sqlalchemy.orm import Session

from cycle.people import Actor
from workflows.plans import plans
from workflows.simulation.timing import soon
from workflows.simulation.world import Habit, Task, World
from workflows.timetable import change_requests


def issue(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Issue the timetable as it was handed in."""
    plans.act(session, actor, task.subject_id, "issue")


def answer(action: str) -> Habit:
    """Somebody answers a change of dates a day or two after it came."""

    def do(session: Session, actor: Actor, _world: World, task: Task) -> None:
        change_requests.act(session, actor, task.subject_id, action)

    return Habit(soon, do)


HABITS = {
    "review_timetable": Habit(soon, issue),
    "approve_dates": answer("approve"),
    "apply_dates": answer("apply"),
}
