"""One attempt to act: everything that a rule may look at, and the registers of rules.

A guard gives None or one sentence for the user and changes nothing. An effect changes other rows.
A condition says whether a task of a state has to be open.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy.orm import Session

from config import permissions
from config.framework import Framework, PlanType, RouteStep
from config.lifecycles.shape import (
    COMMENTER,
    CONTRIBUTOR,
    EDITOR,
    READER,
    Lifecycle,
    State,
    Transition,
)
from cycle import people, role_queues, vacancies
from cycle.models import AgendaItem, DateChange, Plan, Subject, Unit
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, NoPage
from workflows.core import facts
from workflows.core.audit import Act
from workflows.framework import pinned
from workflows.framework.applicable import Goes, route_of

Judgement = Callable[..., Any]
F = TypeVar("F", bound=Judgement)


class Hides(str):
    """Why an action is not even offered here."""

    __slots__ = ()


# A guard that answers with this hides the action: the other transition of the step is offered.
HIDDEN = Hides("This step is not part of this plan's route.")

GUARDS: dict[str, Judgement] = {}
EVIDENCE_GUARDS: dict[str, Judgement] = {}
OWN_WORK: set[str] = set()
EFFECTS: dict[str, Judgement] = {}
CONDITIONS: dict[str, Judgement] = {}

REGISTERS = {
    "guards": GUARDS,
    "evidence_guards": EVIDENCE_GUARDS,
    "effects": EFFECTS,
    "conditions": CONDITIONS,
}


def guard(judgement: F) -> F:
    """Register: may it be offered now? Asked for the page and again when done."""
    GUARDS[judgement.__name__] = judgement
    return judgement


def own_work(judgement: Judgement) -> Judgement:
    """Mark a guard that keeps people from agreeing to their own work (INV-22): that it refused
    somebody is told in the access log."""
    OWN_WORK.add(judgement.__name__)
    return judgement


def evidence_guard(judgement: F) -> F:
    """Register: is what was handed in good enough? Asked only when done."""
    EVIDENCE_GUARDS[judgement.__name__] = judgement
    return judgement


def effect(judgement: F) -> F:
    """Register: rows that change besides the state, within the same transaction."""
    EFFECTS[judgement.__name__] = judgement
    return judgement


def condition(judgement: F) -> F:
    """Register: must this task of the state be open?"""
    CONDITIONS[judgement.__name__] = judgement
    return judgement


@dataclass(frozen=True)
class Remarked:
    """A comment beside a section, as handed in with a return."""

    section_key: str
    body: str
    suggestion: str = ""


@dataclass(frozen=True)
class Given:
    """How somebody agreed who does not act here: at a meeting, or by e-mail on a day (local), and
    who that was where it is not a group."""

    meeting_id: int | None = None
    by_mail_on: date | None = None
    by: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the person hands in with the act."""

    reason: str = ""
    remarks: tuple[Remarked, ...] = ()
    checklist: tuple[str, ...] = ()
    given: Given = Given()
    override: str = ""  # the reason for going on in spite of a warning
    # Of the version that the page displayed (INV-20); None where it said that there is none yet.
    shown_sha256: str | NoPage = NO_PAGE
    details: dict[str, Any] = field(default_factory=dict)
    decisions: tuple[dict[str, Any], ...] = ()  # what a body resolved, as rows to be sealed


class Asks(Protocol):
    """What the keys of a fact are made of: an attempt, or what is known before there is one."""

    @property
    def framework(self) -> Framework:
        """The edition to which the subject is pinned."""

    @property
    def plan_type(self) -> PlanType:
        """The type of the subject's plan."""

    @property
    def roles_near(self) -> frozenset[str]:
        """Every role that may get a task."""

    @property
    def scopes(self) -> Mapping[str, str]:
        """Where each role is looked for."""

    @property
    def evidence(self) -> Evidence:
        """What is handed in."""


@dataclass
class Attempt:
    """A person tries an action on a subject; rules look at this and at nothing else."""

    session: Session
    framework: Framework
    lifecycle: Lifecycle
    subject: Subject
    actor: Actor
    at: datetime
    today: date
    transition: Transition | None = None
    evidence: Evidence = field(default_factory=Evidence)
    act: Act = field(default_factory=lambda: Act(""))
    capacity: Capacity | None = None  # by which it is allowed, once that has been looked for
    memo: dict[str, Any] = field(default_factory=dict)
    loaded: dict[str, Any] = field(default_factory=dict)  # facts by their names

    def fact(self, name: str) -> Any:
        """What a rule reads of the database: loaded for the act, or else read now, once."""
        if name not in self.loaded:
            load([self], [name])
        return self.loaded[name]

    @property
    def state(self) -> State:
        """The state in which the subject stands."""
        return self.lifecycle.states[self.subject.state]

    @property
    def plan(self) -> Plan:
        """The subject as a plan."""
        if not isinstance(self.subject, Plan):
            raise TypeError("this rule is for plans")
        return self.subject

    @property
    def item(self) -> AgendaItem:
        """The subject as an agenda item."""
        if not isinstance(self.subject, AgendaItem):
            raise TypeError("this rule is for agenda items")
        return self.subject

    @property
    def change(self) -> DateChange:
        """The subject as a change of dates."""
        if not isinstance(self.subject, DateChange):
            raise TypeError("this rule is for changes of dates")
        return self.subject

    @cached_property
    def _goes(self) -> Goes | None:
        """What says the type and the way of the plan, or of the first plan of an item, if any."""
        if isinstance(self.subject, Plan):
            return self.subject
        found = self.fact(GOES)
        return _Goes(*found) if found else None

    @property
    def plan_type(self) -> PlanType:
        """The plan's type in its pinned framework; of an item, the type of its first plan."""
        return self.framework.plan_types[self._goes.plan_type if self._goes else "None"]

    @cached_property
    def route(self) -> tuple[RouteStep, ...]:
        """The bodies that the plan, or the first plan of an item, passes; an item without plans
        has none."""
        return route_of(self.framework, self._goes) if self._goes else ()

    @cached_property
    def place(self) -> people.Place:
        """Where the subject is, for looking up the holders of roles."""
        return people.Place(self.subject.unit_id, self.subject.body_id)

    @cached_property
    def path(self) -> Sequence[int]:
        """The units from the council down to the subject's own; empty for one without a unit."""
        unit_id = self.subject.unit_id
        return () if unit_id is None else self.session.get_one(Unit, unit_id).path

    @cached_property
    def falling(self) -> Sequence[Any]:
        """What of vacant posts falls to the person today (``vacancies.falls``)."""
        return vacancies.falls(self.session, self.actor.queue_ids)

    def target(self, transition: Transition) -> str:
        """The state to which a transition leads; "=" turns around where it began."""
        return transition.leads_to(self.subject.state)

    def roles_of(self, name: str) -> tuple[str, ...]:
        """The roles that a name of the lifecycle means here (``Framework.roles_of``)."""
        of_type = name.startswith("@") and name != COMMENTER
        return self.framework.roles_of(name, self.plan_type.key if of_type else "")

    @cached_property
    def last_resort(self) -> str:
        """The role whose queue has the tasks that would otherwise be nobody's."""
        return permissions.last_resort(self.framework)

    @property
    def roles_near(self) -> frozenset[str]:
        """Every role that this state names and those next to it, and the last resort."""
        subject = self.subject
        if isinstance(subject, Plan):
            return roles_of_plan(
                subject.framework.sha256, subject.lifecycle, subject.state, subject.plan_type
            )
        names = _names_near(self.lifecycle, subject.state)
        found = {role for name in names for role in self.roles_of(name)}
        return frozenset(found | {self.last_resort})

    @cached_property
    def queues(self) -> dict[str, tuple[int, ...]]:
        """The queues of every role that this state names and those next to it. One statement.

        It stays good when the act has moved the subject: the tasks of the states to which this one
        leads are among them.
        """
        rows = [_Queue(*row) for row in self.fact(QUEUES) or ()]
        return role_queues.chosen(rows, self.place.body_id, self.scopes)

    @property
    def scopes(self) -> dict[str, str]:
        """Where each role of the framework is looked for: at a unit, a body or in the council."""
        return scopes_of(self.framework)

    def queues_of(self, name: str) -> tuple[int, ...]:
        """The queues of a role, a plan role or a permission here; none where there are none."""
        if name == CONTRIBUTOR:
            return self.contributor_queues
        if name == EDITOR:
            return tuple(queue for each in self.state.editable for queue in self.queues_of(each))
        return tuple(queue for role in self.roles_of(name) for queue in self.queues.get(role, ()))

    @cached_property
    def contributions(self) -> Sequence[Any]:
        """The requests for sections that have not been answered: section, queue and day."""
        return [Request.of(row) for row in self.fact(ASKED) or ()]

    @property
    def contributor_queues(self) -> tuple[int, ...]:
        """The queues that have been asked for a section and have not answered."""
        return tuple(row.queue_id for row in self.contributions)


def load(attempts: Sequence[Attempt], names: Sequence[str]) -> None:
    """Read facts of attempts under one edition: those that one of them has not got. One statement,
    or none."""
    lacking = [each for each in attempts if not each.loaded.keys() >= set(names)]
    if not lacking:
        return
    wanted = [name for name in names if any(name not in each.loaded for each in lacking)]
    given = {"today": lacking[0].today, **facts.keys(wanted, lacking)}
    ids = [each.subject.id for each in lacking]
    found = facts.values(lacking[0].session, ids, wanted, given)
    for each in lacking:
        each.loaded = found[each.subject.id] | each.loaded


class _Queue(NamedTuple):
    """A row of the fact ``QUEUES``."""

    id: int
    role: str
    body_id: int | None
    depth: int


class _Goes(NamedTuple):
    """The fact ``GOES``."""

    plan_type: str
    pattern: str
    governance: str


class Request(NamedTuple):
    """A request for a section that has not been answered."""

    section_key: str
    queue_id: int
    due_on: date | None

    @classmethod
    def of(cls, row: Sequence[Any]) -> "Request":
        """A row of the fact ``ASKED``."""
        section_key, queue_id, due = row
        return cls(section_key, queue_id, date.fromisoformat(due) if due else None)


def scopes_of(framework: Framework) -> dict[str, str]:
    """Where each role of a framework is looked for."""
    return {key: role.scope for key, role in framework.roles.items()}


@lru_cache(maxsize=1024)
def roles_of_plan(sha256: str, lifecycle: str, state: str, plan_type: str) -> frozenset[str]:
    """Every role that a plan of this type needs in this state: those that it names and those next
    to it, who reports on the plan once it is in force, and the last resort."""
    framework = pinned.remembered(sha256)
    names = _names_near(framework.lifecycles[lifecycle], state)
    names |= {each.role for each in framework.reporting.values() if each.plan_type == plan_type}
    roles = {role for name in names for role in framework.roles_of(name, plan_type)}
    return frozenset(roles | {permissions.last_resort(framework)})


def _names_near(lifecycle: Lifecycle, state: str) -> set[str]:
    """The roles and plan roles that a state of a lifecycle names and those next to it."""
    here = lifecycle.states[state]
    names = {*here.editable, *(task.role for task in here.tasks)}
    for each in lifecycle.transitions:
        if state in each.from_:
            target = lifecycle.states[each.leads_to(state)]
            names.update(each.roles)
            names.update(task.role for task in target.tasks)
    return names - {permissions.BY_ITSELF, CONTRIBUTOR, EDITOR, READER}


QUEUES = facts.fact(
    "queues",
    f"""SELECT jsonb_agg(jsonb_build_array(found.id, found.role, found.body_id, found.depth))
FROM ({people.QUEUES.format(unit="subject.unit_id", body="subject.body_id")}) AS found""",  # noqa: S608
    roles=lambda asks: asks.roles_near,
    anywhere=lambda asks: role_queues.elsewhere(asks.roles_near, asks.scopes),
)
ASKED = facts.fact(
    "asked",
    "SELECT jsonb_agg(jsonb_build_array(asked.section_key, asked.queue_id, asked.due_on) "
    "ORDER BY asked.id) FROM contribution AS asked "
    "WHERE asked.plan_id = subject.id AND asked.answered_at IS NULL",
)
# What says the type and the way of a report, or of a change of dates: its plan, if any.
GOES = facts.fact(
    "goes",
    """SELECT jsonb_build_array(plan_type, pattern, governance) FROM plan WHERE plan.id = coalesce(
  (SELECT min(item_plan.plan_id) FROM item_plan WHERE item_plan.item_id = subject.id),
  (SELECT date_change.plan_id FROM date_change WHERE date_change.id = subject.id))""",
)
# What every act reads: whose tasks it may open.
ALWAYS = (QUEUES, ASKED)
