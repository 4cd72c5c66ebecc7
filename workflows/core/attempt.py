"""One attempt to act: everything that a rule may look at, and the registers of rules.

A guard gives None or one sentence for the user and changes nothing. An effect changes other rows.
A condition says whether a task of a state has to be open.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from config import permissions
from config.framework import Framework, Lifecycle, PlanType, RouteStep, State, Transition
from cycle import people
from cycle.models import AgendaItem, DateChange, Plan, Subject
from cycle.people import Actor, Capacity
from cycle.seen import NO_PAGE, NoPage
from workflows.core.audit import Act
from workflows.framework.applicable import Goes, route_of

Judgement = Callable[..., Any]
F = TypeVar("F", bound=Judgement)


class Hides(str):
    """Why an action is not even offered here."""

    __slots__ = ()


# A guard that answers with this hides the action: the other transition of the step is offered.
HIDDEN = Hides("This step is not part of this plan's way.")

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
    kept: dict[str, Any] = field(default_factory=dict)

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
        if isinstance(self.subject, DateChange):
            return self.session.get(Plan, self.subject.plan_id) if self.subject.plan_id else None
        found = self.session.execute(
            text(
                "SELECT plan_type, pattern, governance "
                "FROM plan JOIN item_plan ON plan_id = plan.id "
                "WHERE item_id = :item ORDER BY plan.id LIMIT 1"
            ),
            {"item": self.subject.id},
        ).first()
        return cast("Goes | None", found)  # a row has these columns as attributes

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
        """Where the subject sits, for looking up the holders of roles."""
        return people.Place(self.subject.unit_id, self.subject.body_id)

    def target(self, transition: Transition) -> str:
        """The state to which a transition leads; "=" turns around where it began."""
        return self.subject.state if transition.to == "=" else transition.to

    def role(self, name: str) -> str:
        """A role key for a role or an ``@desk`` of the plan type."""
        return self.framework.role_at(name, self.plan_type.key) if name.startswith("@") else name

    @cached_property
    def last_resort(self) -> str:
        """The role whose desk has the tasks that would otherwise be nobody's."""
        return permissions.last_resort(self.framework)

    @property
    def _reporting_roles(self) -> set[str]:
        """Who reports on a plan of this type, once it is in force."""
        if not isinstance(self.subject, Plan):
            return set()
        kind = self.subject.plan_type
        return {each.role for each in self.framework.reporting.values() if each.plan_type == kind}

    @cached_property
    def queues(self) -> dict[str, tuple[int, ...]]:
        """The queues of every role that this state names and those next to it. One statement.

        It stays good when the act has moved the subject: the tasks of the states to which this one
        leads are among them.
        """
        names = set[str](self.state.editable)
        for task in self.state.tasks:
            names.add(task.role)
        names.update(self._reporting_roles)
        for each in self.lifecycle.transitions:
            if self.subject.state in each.from_:
                names.update(each.roles)
                target = self.lifecycle.states[self.target(each)]
                names.update(task.role for task in target.tasks)
        names -= {permissions.BY_ITSELF, "@contributor"}
        roles = {self.role(name) for name in names} | {self.last_resort}
        scopes = {key: role.scope for key, role in self.framework.roles.items()}
        return people.queues_for(self.session, roles, self.place, scopes)

    def queues_of(self, name: str) -> tuple[int, ...]:
        """The queues of a role or desk here; empty when the council has none."""
        if name == "@contributor":
            return self.contributor_queues
        return self.queues.get(self.role(name), ())

    @cached_property
    def contributor_queues(self) -> tuple[int, ...]:
        """The queues that have been asked for a section and have not answered."""
        rows = self.session.scalars(
            text("SELECT queue_id FROM contribution WHERE plan_id = :plan AND answered_at IS NULL"),
            {"plan": self.subject.id},
        )
        return tuple(rows)
