"""The world of a simulation: whose tasks are open, who of a team takes one, what was refused.

The rules that live here: everybody acts through the real verbs, each act in a transaction of its
own; a refusal is counted, tried by the next of the team and then again two working days later;
what stays refused, and a task that nobody here knows how to do, ends the simulation loudly.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import Framework
from config.settings import Settings
from cycle import clock, council_facts, people
from cycle.calendar import Calendar
from cycle.db import Database
from cycle.errors import NotPermitted, OwnWork, Refused
from cycle.people import Actor
from notifications import serving
from notifications.messages import FAR_FUTURE
from notifications.outbox import Mail
from notifications.serving import Teams
from workflows.simulation.text import Words

P = ParamSpec("P")
R = TypeVar("R")
MOST_TRIES = 60
PAUSE = 2  # working days after a refusal
AHEAD = timedelta(days=200)


GIVE_A_POST = "Give somebody a post that has this task, under People and posts, and try again."


class Stuck(Refused):
    """A simulated person could not go on; the sentence says where and why."""


class Counted:
    """A way out that counts what leaves and keeps none of it."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def send(self, mail: Mail) -> None:
        """Taken."""
        self.keys.append(mail.key)

    def close(self) -> None:
        """Nothing is kept open."""


@dataclass(frozen=True)
class Task:
    """An open task with what a person sees on its page."""

    id: int
    kind: str
    slot: str
    label: str
    queue_id: int
    role: str
    queue_body_id: int | None
    due_on: date
    opened_on: date
    subject_id: int
    ref: str
    title: str
    state: str
    lifecycle: str
    plan_type: str
    year_of_effect: int
    unit_id: int | None
    unit: str
    body_id: int | None
    meeting_id: int | None
    meets_on: date | None
    verb: str

    @property
    def is_dated(self) -> bool:
        """Whether the task has a date at all."""
        return self.due_on != FAR_FUTURE


_OPEN = text("""
SELECT task.id, task.kind, task.slot, task.label, task.queue_id, queue.role,
       queue.body_id AS queue_body_id, task.due_on,
       CAST(task.opened_at AT TIME ZONE 'Europe/London' AS date) AS opened_on,
       subject.id AS subject_id, subject.ref, subject.title, subject.state, subject.lifecycle,
       coalesce(plan.plan_type, (
         SELECT carried.plan_type FROM item_plan JOIN plan AS carried ON carried.id = plan_id
         WHERE item_id = subject.id ORDER BY carried.id LIMIT 1), '') AS plan_type,
       coalesce(plan.year_of_effect, 0) AS year_of_effect, subject.unit_id,
       coalesce(unit.name, '') AS unit, subject.body_id, agenda_item.meeting_id,
       meeting.on_date AS meets_on, coalesce(agenda_item.verb, '') AS verb
FROM task
JOIN subject ON subject.id = task.subject_id
JOIN queue ON queue.id = task.queue_id
LEFT JOIN plan ON plan.id = subject.id
LEFT JOIN agenda_item ON agenda_item.id = subject.id
LEFT JOIN meeting ON meeting.id = agenda_item.meeting_id
LEFT JOIN unit ON unit.id = subject.unit_id
WHERE task.closed_at IS NULL
ORDER BY task.due_on, subject.ref, task.kind, task.slot
""")
_MEETINGS = text(
    "SELECT body_id, on_date FROM meeting WHERE status <> 'cancelled' "
    "AND on_date BETWEEN :today AND :until ORDER BY body_id, on_date"
)

When = Callable[["World", Task], date | None]
Do = Callable[[Session, Actor, "World", Task], None]


@dataclass(frozen=True)
class Habit:
    """How people do one kind of task: from which day on (None: they wait), and what they do."""

    when: When
    do: Do


@dataclass(frozen=True)
class Wait:
    """What could not be done from a day until another, and the sentence that said why; ``ref`` is
    the reference of its plan or report, "" in a rehearsal of before it was kept."""

    title: str
    label: str
    from_on: date
    until_on: date
    why: str
    ref: str = ""


@dataclass
class World:
    """One simulation under way."""

    db: Database
    settings: Settings
    framework: Framework
    words: Words
    habits: Mapping[str, Habit]
    channel: Any
    # Never touched by the made-up people: references of plans that the demo wants left alone.
    left_alone: Callable[[Task], bool] = lambda _task: False
    # Whether reports wait for the meeting of the timetable, or go to the next one.
    as_planned: bool = True
    # Whether a team takes its tasks in turn; else the same person is always the first.
    in_turn: bool = False
    branch: Callable[[int], str] = lambda _year: "as_is"
    refusals: Counter[str] = field(default_factory=Counter)
    waits: dict[tuple[str, str], Wait] = field(default_factory=dict)
    done: set[tuple[str, ...]] = field(default_factory=set)
    by_subject: dict[int, set[str]] = field(default_factory=dict)
    _turns: Counter[int] = field(default_factory=Counter)
    _tries: Counter[int] = field(default_factory=Counter)
    _not_before: dict[int, date] = field(default_factory=dict)

    @cached_property
    def calendar(self) -> Calendar:
        """The council's calendar."""
        return self.db.read(council_facts.calendar)

    def wake(self) -> None:
        """The morning: who serves which queue, and when each body meets, may be new; it is looked
        up once somebody needs it, since on many days nobody does."""
        self.__dict__.pop("_morning", None)

    @cached_property
    def _morning(self) -> tuple[Teams, dict[int, list[date]]]:
        teams, rows = self.db.read(_teams_and_meetings)
        meetings: dict[int, list[date]] = {}
        for body_id, on in rows:
            meetings.setdefault(body_id, []).append(on)
        return teams, meetings

    @property
    def _teams(self) -> Teams:
        return self._morning[0]

    @property
    def _meetings(self) -> dict[int, list[date]]:
        return self._morning[1]

    def working(self, day: date, n: int) -> date:
        """So many working days after a day."""
        return self.calendar.add_working(day, n)

    def meeting_from(self, body_id: int | None, day: date) -> date | None:
        """The first day from this one on, on which the body meets; None when none is known."""
        return next((on for on in self._meetings.get(body_id or 0, []) if on >= day), None)

    def once(self, *what: str) -> bool:
        """True the first time that it is asked about this, never again."""
        if what in self.done:
            return False
        self.done.add(what)
        return True

    def waits_for(self, task: Task, *kinds: str) -> bool:
        """Whether one of these tasks is open on the same subject."""
        return bool(self.by_subject.get(task.subject_id, set()) & set(kinds))

    def team(self, queue_id: int) -> list[int]:
        """Who may take a task: whoever is free for it first, generalists last."""
        busy: Counter[int] = Counter()
        for served in self._teams.values():
            busy.update(served.keys())
        here = self._teams.get(queue_id, {})
        covering = {person for person, how in here.items() if how.for_name}
        turns = self._turns if self.in_turn else Counter[int]()
        return sorted(here, key=lambda who: (who not in covering, busy[who], turns[who], who))

    def go_to_work(self, only: Callable[[Task], bool] = lambda _task: True) -> int:
        """Everybody looks at the open tasks and does what is theirs today; how many were done."""
        tasks = self.db.read(_open_tasks)
        self.by_subject = {}
        for task in tasks:
            self.by_subject.setdefault(task.subject_id, set()).add(task.kind)
        today, acts = clock.today(), 0
        for task in tasks:
            if not only(task) or self.left_alone(task):
                continue
            if self._not_before.get(task.id, today) > today:
                continue
            habit = self.habits.get(task.kind)
            if habit is None:
                raise Stuck(f"Nobody knows how to do “{task.label}” of {task.title}.")
            on = habit.when(self, task)
            if on is not None and on <= today:
                acts += self._try(task, habit)
        return acts

    def act(
        self,
        person_id: int,
        work: Callable[Concatenate[Session, Actor, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """One act of one person, in a transaction of its own."""

        def done(session: Session) -> R:
            actor = people.actor(session, person_id, lock=True)
            return work(session, actor, *args, **kwargs)

        return self.db.run(done)

    def _try(self, task: Task, habit: Habit) -> bool:
        refusal: Refused | None = None
        for person in self.team(task.queue_id):
            try:
                self.act(person, habit.do, self, task)
            except Refused as failure:
                refusal = failure
                self.refusals[type(failure).__name__] += 1
                if not isinstance(failure, NotPermitted | OwnWork):
                    break
            else:
                self._turns[person] += 1
                return True
        self._waited(task, refusal)
        self._not_before[task.id] = self.working(clock.today(), PAUSE)
        self._tries[task.id] += 1
        if refusal is None or self._tries[task.id] > MOST_TRIES:
            why = str(refusal or f"Nobody has a post for it. {GIVE_A_POST}")
            raise Stuck(
                f"“{task.label}” of {task.title} could not be done by "
                f"{long_date(clock.today())}. {why}"
            )
        return False

    def _waited(self, task: Task, refusal: Refused | None) -> None:
        """Remember since when this waits, and until when."""
        key, today = (task.ref, task.kind), clock.today()
        known = self.waits.get(key)
        since = known.from_on if known else today
        self.waits[key] = Wait(task.title, task.label, since, today, str(refusal or ""), task.ref)


def later(first: date, *others: date) -> date:
    """The last of these days."""
    return max(first, *others)


def _teams_and_meetings(session: Session) -> tuple[Teams, Sequence[Any]]:
    today = clock.today()
    ahead = {"today": today, "until": today + AHEAD}
    return serving.teams(session), session.execute(_MEETINGS, ahead).all()


def _open_tasks(session: Session) -> list[Task]:
    return [Task(*row) for row in session.execute(_OPEN)]  # columns and fields in one order
