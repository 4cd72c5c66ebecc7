"""Facts: what rules look at, read in one statement once the subject is locked.

The rules that live here: a fact is one value, told by SQL over the row ``subject``; a guard, an
evidence guard or a condition names those it reads (``reads``), and reads nothing else of the
database, but for the two that ``tests/rules/test_facts`` names with their reasons. An act has all
that its rules name before the first of them is asked, many acts at once theirs together; where no
act is going on, a fact is read when it is asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from config.lifecycles.shape import Lifecycle, Rule, State, Transition
from cycle.statements import Statement

F = TypeVar("F", bound=Callable[..., Any])

# Keys by which a fact is looked for, of an attempt or of what stands for one before there is one
# (``attempt.Asks``). Of many attempts it is given the keys of all: each rule picks its own.
Keys = Callable[..., Iterable[Any]]

# By name: SQL of one value, with ``subject`` to refer to.
FACTS: dict[str, str] = {}
# By the name of a fact: its parameters, and what they are. ``:today`` any of them may name.
PARAMETERS: dict[str, Mapping[str, Keys]] = {}
# By the name of a rule: the facts that it reads.
READS: dict[str, tuple[str, ...]] = {}
# By what a task rule names with ``each``: the facts that its source reads.
SOURCE_READS: dict[str, tuple[str, ...]] = {}
# By the name of an effect: the sealed tables of which it writes rows, one each or one for each
# comment that was handed in. Their ids are drawn with the facts.
DRAWS: dict[str, tuple[str, ...]] = {}


def fact(name: str, sql: str, **parameters: Keys) -> str:
    """Register a fact, with the lists that its SQL has as parameters; gives its name."""
    FACTS[name] = sql
    PARAMETERS[name] = parameters
    return name


def reads(*names: str) -> Callable[[F], F]:
    """Say which facts a rule reads."""

    def register(rule: F) -> F:
        READS[rule.__name__] = names
        return rule

    return register


def draws(*tables: str) -> Callable[[F], F]:
    """Say of which sealed tables an effect writes rows."""

    def register(effect: F) -> F:
        DRAWS[effect.__name__] = tables
        return effect

    return register


@dataclass(frozen=True)
class Needed:
    """What an act reads beside its subject, and of which sealed tables it needs new ids."""

    facts: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """What was read for an act: facts by name, and new ids by sealed table."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    ids: Mapping[str, Sequence[int]] = field(default_factory=dict)


NOTHING_LOADED = Loaded()


def needed(lifecycle: Lifecycle, state: str, action: str, always: tuple[str, ...] = ()) -> Needed:
    """What the rules of an action from a state say that they need; nothing where there is no such
    action. ``always`` are facts that every act reads."""
    for each in lifecycle.transitions:
        if each.action == action and state in each.from_:
            target = lifecycle.states[each.leads_to(state)]
            rules = [*each.guards, *each.evidence_guards, *each.effects]
            return Needed(
                of_tasks(target, _named(READS, rules, always)), _named(DRAWS, each.effects, ())
            )
    return Needed()


def of_guards(transition: Transition, *, with_evidence: bool) -> tuple[str, ...]:
    """The facts that say whether a transition may be taken."""
    rules = [*transition.guards, *(transition.evidence_guards if with_evidence else ())]
    return _named(READS, rules, ())


def of_tasks(state: State, always: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The facts that say which tasks of a state are open, after those of ``always``."""
    conditions = [rule for task in state.tasks for rule in task.when]
    sources = [name for task in state.tasks for name in SOURCE_READS.get(task.each, ())]
    return tuple(dict.fromkeys([*_named(READS, conditions, always), *sources]))


def _named(
    register: Mapping[str, tuple[str, ...]], rules: Iterable[Rule], always: tuple[str, ...]
) -> tuple[str, ...]:
    found = dict.fromkeys(always)
    for rule in rules:
        found.update(dict.fromkeys(register.get(rule.name, ())))
    return tuple(found)


def keys(names: Iterable[str], asking: Sequence[Any]) -> dict[str, list[Any]]:
    """The parameters of facts: of each the keys of all who ask (``attempt.Asks``)."""
    return {
        parameter: sorted({key for each in asking for key in of(each)})
        for name in names
        for parameter, of in PARAMETERS[name].items()
    }


def values(
    session: Session, subjects: Sequence[int], names: Sequence[str], given: Mapping[str, Any]
) -> dict[int, dict[str, Any]]:
    """Facts of one or many subjects, by the subject's id and their names. One statement.

    What the session remembers is written first, so that a verb is seen that has changed something.
    """
    session.flush()
    rows = _reading(tuple(names)).all(session, {"subjects": list(subjects), **given})
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


@lru_cache(maxsize=512)
def _reading(names: tuple[str, ...]) -> Statement:
    columns = "".join(f", ({FACTS[name]}) AS fact_{name}" for name in names)
    return Statement(
        f"SELECT subject.id{columns} FROM subject WHERE subject.id = ANY(:subjects)",  # noqa: S608  # values are bound
        " ".join(["id", *(f"fact_{name}" for name in names)]),
    )
