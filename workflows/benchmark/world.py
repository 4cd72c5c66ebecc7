"""The council on which ``bench`` measures: made by the real verbs, everybody doing all at once.

After three days the plans of Year 1 exist and the proposals of every service lie with its director.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import framework_loader
from config.framework import Framework
from config.settings import Settings
from cycle import clock
from cycle.db import Database
from cycle.people import Actor
from cycle.server.embedded import Servers
from workflows.core import idempotency
from workflows.core.attempt import Evidence, Remarked
from workflows.core.idempotency import Form, Outcome
from workflows.plans import plans
from workflows.simulation import run as simulate
from workflows.simulation.invented_council import simulated
from workflows.simulation.world import Habit, Task, World

FRAMEWORK = framework_loader.USUAL
START = 2027
FIRST_DAY = date(2027, 5, 4)
DAYS = 4
REVIEWED = "review_proposals"
ROUTE = "plans.act"
KEY = "a key for a council that nobody signs in to"
# The round of the first gate, again and again: passed on, returned by the group, submitted.
ROUND = ("pass_on", "record_returned", "submit")
WHY = "The figures of the second table do not add up to those in the text."

_ROUNDS = text("""
SELECT plan.id, subject.ref, (
    SELECT section.key FROM section WHERE section.plan_id = plan.id AND section.kind = 'text'
    ORDER BY section.position LIMIT 1) AS section,
  (SELECT min(person_id) FROM appointment JOIN post ON post.id = appointment.post_id
     WHERE post.queue_id = task.queue_id) AS reviewer,
  (SELECT min(closed_by_id) FROM task AS t
     WHERE t.subject_id = plan.id AND t.kind = 'draft_proposals') AS author,
  (SELECT min(person_id) FROM appointment JOIN post ON post.id = appointment.post_id
     JOIN queue ON queue.id = post.queue_id
     WHERE queue.role = ANY(:groups)) AS secretary
FROM plan JOIN subject ON subject.id = plan.id
JOIN task ON task.subject_id = plan.id AND task.kind = :reviewed AND task.closed_at IS NULL
ORDER BY plan.id
""")


@dataclass(frozen=True)
class Round:
    """One plan that goes round the first gate, and who does which act on it."""

    plan_id: int
    ref: str
    section: str
    reviewer: int
    author: int
    secretary: int

    def act(self, session: Session, number: int, key: str) -> None:
        """The act of this number in the round, as a form with this key would do it."""
        action = ROUND[number % len(ROUND)]
        who = {"pass_on": self.reviewer, "record_returned": self.secretary, "submit": self.author}
        evidence = Evidence()
        if action == "record_returned":
            evidence = Evidence(reason=WHY, remarks=(Remarked(self.section, WHY),))
        elif action == "pass_on":
            evidence = Evidence(override=WHY)
        typed = {"reason": [evidence.reason], "address": f"/plans/{self.ref}/{action}"}
        sent = Form(ROUTE, key, typed)
        outcome = Outcome(f"/plans/{self.ref}", "Done.")

        def work(actor: Actor) -> Outcome:
            plans.act(session, actor, self.plan_id, action, evidence)
            return outcome

        idempotency.once(session, who[action], sent, work, outcome, plan_id=self.plan_id)


def make(servers: Servers, units: int) -> tuple[list[Round], datetime]:
    """A council of ``units`` services: the rounds of its plans, and the moment in its life."""
    folder, url = servers.place.data_dir, servers.app_url
    settings = Settings.load({"DATA_DIR": str(folder), "DATABASE_URL": url, "SECRET_KEY": KEY})
    db = Database(url, patient=False)
    try:
        world = simulate.make_world(db, settings, FRAMEWORK, 1, keeps_mail=False)
        world.habits = {kind: Habit(_at_once, habit.do) for kind, habit in world.habits.items()}
        world.left_alone = _left_alone
        council = simulated(world.framework, units, START, 1)
        data = framework_loader.read_folder(framework_loader.FRAMEWORKS / FRAMEWORK)
        simulate.found(world, council, data, START, FIRST_DAY)
        simulate.play(world, FIRST_DAY, FIRST_DAY + timedelta(days=DAYS - 1))
        given = {"reviewed": REVIEWED, "groups": _group_roles(world.framework)}
        rows = db.read(lambda s: s.execute(_ROUNDS, given).all())
    finally:
        db.dispose()
    return [Round(*row) for row in rows], clock.at_local(FIRST_DAY + timedelta(days=DAYS))


def _group_roles(framework: Framework) -> list[str]:
    """Who records what the group said of a service's plan in the round."""
    kinds = [each for each in framework.plan_types.values() if each.per == "unit"]
    transitions = [
        transition
        for kind in kinds
        for transition in framework.lifecycles[kind.lifecycle].transitions
    ]
    return sorted(
        {
            role
            for transition in transitions
            if transition.action == ROUND[1]
            for role in transition.roles
        }
    )


def _at_once(world: World, task: Task) -> date | None:
    """Today, unless somebody was asked for a section."""
    asked = task.kind != "contribute" and world.waits_for(task, "contribute")
    return None if asked else clock.today()


def _left_alone(task: Task) -> bool:
    later_year = task.ref.startswith("Y-") and not task.ref.endswith("-1")
    return task.kind == REVIEWED or later_year
