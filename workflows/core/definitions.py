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

from config.framework import Framework, Lifecycle, Rule, State, Transition
from cycle.errors import NotAvailable

Judgement = Callable[..., Any]


@dataclass(frozen=True)
class Definition:
    """One lifecycle, ready to walk."""

    lifecycle: Lifecycle
    machine: Machine
    transitions: Mapping[tuple[str, str], Transition]

    def transition(self, state: str, action: str) -> Transition:
        """The transition of ``action`` from ``state``. Raises NotAvailable."""
        transition = self.transitions.get((state, action))
        if transition is None:
            label = self.lifecycle.states[state].label
            raise NotAvailable(
                f"That step is not open any more: this now stands at “{label}”. "
                "Look at the page again to see what is next."
            )
        return transition

    def walk(self, state: str, action: str) -> str:
        """The state to which ``action`` leads from ``state``; computed, nothing is stored."""
        walker = SimpleNamespace(state=state)
        self.machine.events[action].trigger(walker)
        return str(walker.state)

    def from_state(self, state: str) -> tuple[Transition, ...]:
        """Every transition that leaves ``state`` or turns around in it."""
        return tuple(each for each in self.lifecycle.transitions if state in each.from_)


def build(lifecycle: Lifecycle) -> Definition:
    """The checked graph of a lifecycle."""
    machine = Machine(
        model=None,  # registering a row as model would reset its state
        states=list(lifecycle.states),
        initial=lifecycle.initial,
        auto_transitions=False,
        transitions=[
            {"trigger": each.action, "source": list(each.from_), "dest": each.to}
            for each in lifecycle.transitions
        ],
    )
    transitions = {
        (state, each.action): each for each in lifecycle.transitions for state in each.from_
    }
    return Definition(lifecycle, machine, transitions)


def rule_problems(framework: Framework, known: Mapping[str, Mapping[str, Judgement]]) -> list[str]:
    """Every rule that the framework names and the code does not know, or calls wrongly.

    ``known`` maps guards, evidence_guards, effects, conditions and sources to their functions; each
    problem is one sentence that begins with the lifecycle's file.
    """
    problems = []
    for lifecycle in framework.lifecycles.values():
        place = f"lifecycles/{lifecycle.key}.toml"
        for each in lifecycle.transitions:
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
            told = ", ".join(sorted(known["sources"]))
            yield f"{task.kind}.each: There are no tasks of “{task.each}”. Known are: {told}."
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
