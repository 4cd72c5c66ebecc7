"""The typed shape of a lifecycle: its states, their tasks, and what leads from state to state.

A lifecycle is written in its own file of a framework (``config.lifecycles.composing``) and read
with the framework (``config.framework_loader``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.lifecycles.phases import Phase

# The kind of an act that leaves the state as it is and is done by a verb of its own, with a page
# and evidence of its own (UML: an internal transition).
INTERNAL = "internal"
# The kinds of a transition that nobody takes by itself: an outcome follows from the resolution of a
# body, a consequence from another act (a year closed again, a decision corrected).
OUTCOME, CONSEQUENCE = "outcome", "consequence"
FOLLOWING = (OUTCOME, CONSEQUENCE)
# Who may, in other words than roles and the plan roles (``@author``): whoever was asked for a
# section and has not answered; whoever may change the text in this state; to whom the text is open;
# whoever gives one of the framework's kinds of comment on a report.
CONTRIBUTOR, EDITOR, READER, COMMENTER = "@contributor", "@editor", "@reader", "@commenter"
# ``permission:waive_bodies``: every role that has the permission.
BY_PERMISSION = "permission:"


@dataclass(frozen=True)
class Rule:
    """A named judgement with its arguments: ``{ rule = "signed_by", role = "finance" }``."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StateTask:
    """A task that is open in a state. ``when``: open only while these evidence rules hold.

    ``role``: a role or plan role (``@author``); ``each`` makes one task per slot: ``contribution``.
    ``step`` is the ``lifecycle_task`` of the step whose date the task copies: of the plan's own
    type for a plan, of the year itself for a year. For an item the meeting says the date.
    """

    kind: str
    label: str
    role: str
    step: str = ""
    each: str = ""
    when: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class State:
    """``label`` is the glossary's word. ``stage`` groups states for the board and the picture.

    ``phase`` (``config.lifecycles.phases``) is what code asks for; only a stored edition can lack
    it. ``editable``: roles or plan roles that may change the text in this state.
    """

    key: str
    label: str
    stage: str
    phase: str = ""
    editable: tuple[str, ...] = ()
    final: bool = False
    tasks: tuple[StateTask, ...] = ()


@dataclass(frozen=True)
class Transition:
    """An action. ``kind``: forward, return, side, system, outcome and consequence (``FOLLOWING``),
    internal (``INTERNAL``: it has a page of its own, and nothing but its event follows from it).

    ``to`` may be ``=``: the subject stays where it is. ``roles``: roles, plan roles (``@author``),
    permissions (``BY_PERMISSION``) and the words above.
    """

    action: str
    label: str
    from_: tuple[str, ...]
    to: str
    roles: tuple[str, ...]
    kind: str = "forward"
    reason: str = "none"  # none | optional | required
    comments_required: bool = False
    guards: tuple[Rule, ...] = ()
    evidence_guards: tuple[Rule, ...] = ()
    effects: tuple[Rule, ...] = ()

    @property
    def is_internal(self) -> bool:
        """Whether a verb of its own does it, and the engine walks nowhere by it."""
        return self.kind == INTERNAL

    def leads_to(self, state: str) -> str:
        """Where it leads from a state."""
        return state if self.to == "=" else self.to


@dataclass(frozen=True)
class Lifecycle:
    """The states of a kind of subject and the transitions between them."""

    key: str
    title: str
    subject: str  # cycle | year | plan | item | council
    initial: str
    states: Mapping[str, State]
    transitions: tuple[Transition, ...]

    def first_in(self, phase: Phase) -> State:
        """The first of its states in this phase. Raises LookupError when it has none."""
        for state in self.states.values():
            if state.phase == phase:
                return state
        raise LookupError(phase)
