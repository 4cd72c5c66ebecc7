"""How made-up people handle the timetable itself.

The rule that lives here: whoever issues it does so a day or two after it was handed in.
"""

from sqlalchemy.orm import Session

from cycle.people import Actor
from workflows import plans
from workflows.simulate_times import soon
from workflows.simulate_world import Habit, Task, World


def issue(session: Session, actor: Actor, world: World, task: Task) -> None:
    """Issue the timetable as it was handed in."""
    plans.act(session, actor, task.subject_id, "issue")


HABITS = {"review_timetable": Habit(soon, issue)}
