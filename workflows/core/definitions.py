"""A lifecycle as a checked graph; the only user of the ``transitions`` library.

The library computes where an action leads and owns nothing: no model is registered with it (that
would reset a row's state) and nothing with an effect lives in its callbacks.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from transitions import Machine

from config.framework import Framework
from config.lifecycles.shape import Lifecycle, Rule, State, Transition
from cycle.errors import NotAvailable

Judgement = Callable[..., Any]


@dataclass(frozen=True)
class Definition:
    """One lifecycle, ready to walk. ``internal``: what is done there and leads nowhere."""

    lifecycle: Lifecycle
    leads: Mapping[tuple[str, str], str]
    transitions: Mapping[tuple[str, str], Transition]
    internal: Mapping[tuple[str, str], Transition]

    def transition(self, state: str, action: str) -> Transition:
        """The transition of ``action`` from ``state``. Raises NotAvailable."""
        transition = self.transitions.get((state, action))
        if transition is None:
            raise self.not_open(state)
        return transition

    def not_open(self, state: str) -> NotAvailable:
        """That something cannot be done from ``state``."""
        label = self.lifecycle.states[state].label
        return NotAvailable(
            f"That step is not open any more: this is at “{label}” now. "
            "Look at the page again to see what is next."
        )

    def walk(self, state: str, action: str) -> str:
        """The state to which ``action`` leads from ``state``; nothing is stored."""
        return self.leads[(state, action)]

    def from_state(self, state: str) -> tuple[Transition, ...]:
        """Every transition that leaves ``state`` or turns around in it, and what is done there."""
        return tuple(each for each in self.lifecycle.transitions if state in each.from_)


def build(lifecycle: Lifecycle) -> Definition:
    """The checked graph of a lifecycle."""
    walked = [each for each in lifecycle.transitions if not each.is_internal]
    machine = Machine(
        model=None,  # registering a row as model would reset its state
        states=list(lifecycle.states),
        initial=lifecycle.initial,
        auto_transitions=False,
        transitions=[
            {"trigger": each.action, "source": list(each.from_), "dest": each.to} for each in walked
        ],
    )
    transitions = {(state, each.action): each for each in walked for state in each.from_}
    internal = {
        (state, each.action): each
        for each in lifecycle.transitions
        for state in each.from_
        if each.is_internal
    }
    leads = {(state, action): _led(machine, state, action) for state, action in transitions}
    return Definition(lifecycle, leads, transitions, internal)


def _led(machine: Machine, state: str, action: str) -> str:
    """Where the library goes; asked once for each step, since lifecycles never change."""
    walker = SimpleNamespace(state=state)
    machine.events[action].trigger(walker)
    return str(walker.state)


def rule_problems(framework: Framework, known: Mapping[str, Mapping[str, Judgement]]) -> list[str]:
    """Every rule or internal act that the framework names and the code does not know, or calls
    wrongly.

    ``known`` maps guards, evidence_guards, effects, conditions, sources and, for each subject, its
    internal acts to their functions; each problem is one sentence that begins with the lifecycle's
    file.
    """
    problems = []
    for lifecycle in framework.lifecycles.values():
        place = f"lifecycles/{lifecycle.key}.toml"
        verbs = known[f"acts on {lifecycle.subject}"]
        for each in lifecycle.transitions:
            if each.is_internal and each.action not in verbs:
                done = ", ".join(sorted(verbs)) or "none"
                problems.append(
                    f"{place}:{each.action}.kind: Nothing does this act as an internal one. "
                    f"Those that are: {done}."
                )
            for list_name in ("guards", "evidence_guards", "effects"):
                for rule in getattr(each, list_name):
                    why = _rule_problem(rule, known[list_name])
                    if why:
                        problems.append(f"{place}:{each.action}.{list_name}: {why}")
        for state in lifecycle.states.values():
            problems += [f"{place}:{state.key}.{each}" for each in _task_problems(state, known)]
    return problems


def _task_problems(state: State, known: Mapping[str, Mapping[str, Judgement]]) -> Iterator[str]:
    for task in state.tasks:
        if task.each and task.each not in known["sources"]:
            sources = ", ".join(sorted(known["sources"]))
            yield f"{task.kind}.each: There are no tasks of “{task.each}”. Known are: {sources}."
        for rule in task.when:
            why = _rule_problem(rule, known["conditions"])
            if why:
                yield f"{task.kind}.when: {why}"


def _rule_problem(rule: Rule, known: Mapping[str, Judgement]) -> str | None:
    judgement = known.get(rule.name)
    if judgement is None:
        return f"There is no rule “{rule.name}”. Known are: {', '.join(sorted(known))}."
    try:
        inspect.signature(judgement).bind(None, **rule.args)
    except TypeError as problem:
        return f"The rule “{rule.name}” does not take what it is given: {problem}."
    return None
