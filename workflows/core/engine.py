"""The one door through which a state changes: ``perform``, and ``together`` for many subjects.

The record names the capacity by which an act was allowed (INV-27): ``perform`` finds it by the
lifecycle and gives it; ``record`` and ``together.begin`` are handed the one that their verb has
checked; and what follows from an act names the same one as the act.

An act is: find the transition, check the person, ask the guards, compute the new state, do the
effects, then write state, tasks, notices and event in one statement. All within the caller's
transaction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from config.lifecycles.phases import Phase
from config.lifecycles.shape import FOLLOWING, READER, Transition
from cycle import clock
from cycle.errors import Blocked, NotFound, NotPermitted, OutOfDate, OwnWork, Refused
from cycle.models import Subject
from cycle.people import Actor, Capacity
from cycle.record import canonical
from workflows.core import allowed, audit, definitions, facts
from workflows.core.attempt import (
    ALWAYS,
    CONDITIONS,
    EFFECTS,
    EVIDENCE_GUARDS,
    GUARDS,
    OWN_WORK,
    Attempt,
    Evidence,
    Hides,
    load,
)
from workflows.core.audit import Act
from workflows.core.facts import NOTHING_LOADED, Loaded
from workflows.core.tasks import BESIDE, Wanted, wanted_rows, write_act
from workflows.framework import pinned

CHANGED = "Someone has changed this since you opened it. Look at it again."


@dataclass(frozen=True)
class Choice:
    """An action that the page may offer; ``reasons`` say why not, and are empty when it may."""

    action: str
    label: str
    kind: str
    reason: str
    comments_required: bool
    to_label: str
    reasons: tuple[str, ...]
    ends: bool = False  # it withdraws the subject, which nobody does in passing


@lru_cache(maxsize=256)
def _definition(sha256: str, key: str) -> definitions.Definition:
    """The graph of a lifecycle in a published framework; versions never change."""
    return definitions.build(pinned.remembered(sha256).lifecycles[key])


def attempt_on(
    session: Session,
    subject: Subject,
    actor: Actor,
    evidence: Evidence | None = None,
    loaded: Mapping[str, Any] | None = None,
) -> tuple[Attempt, definitions.Definition]:
    """An attempt on a subject, with its pinned framework and its graph; ``loaded`` are facts that
    were read under its lock."""
    framework = pinned.of(subject)
    definition = _definition(subject.framework.sha256, subject.lifecycle)
    attempt = Attempt(
        session=session,
        framework=framework,
        lifecycle=definition.lifecycle,
        subject=subject,
        actor=actor,
        at=clock.now(),
        today=clock.today(),
        evidence=evidence or Evidence(),
        loaded=dict(loaded or {}),
    )
    return attempt, definition


def perform(
    session: Session,
    subject: Subject,
    action: str,
    actor: Actor,
    evidence: Evidence | None = None,
    *,
    after: Capacity | None = None,
    loaded: Loaded = NOTHING_LOADED,
) -> Capacity:
    """Walk ``action`` from where the subject stands; the subject must be locked already.

    ``loaded`` is what was read with the lock (``taking``); what its rules read else is read now.
    ``after`` is the capacity of the act of which this one is a consequence; the event names it too.
    Gives the capacity by which it was allowed. Raises NotAvailable (no such transition),
    NotPermitted (not this person's to do) or Blocked (the reasons why not); then nothing has been
    changed.
    """
    attempt, definition = attempt_on(session, subject, actor, evidence, loaded.facts)
    load([attempt], facts.needed(definition.lifecycle, subject.state, action, ALWAYS).facts)
    transition, capacity = allow(attempt, definition, action, after)
    attempt.act.drawn.update({table: list(ids) for table, ids in loaded.ids.items()})
    before = subject.state
    to = definition.walk(before, action)
    for rule in transition.effects:
        EFFECTS[rule.name](attempt, **rule.args)
    set_committed_value(subject, "state", to)
    # An effect may have found in which of two posts it was done.
    capacity = attempt.capacity or capacity
    _write(attempt, capacity, before)
    return capacity


def allow(
    attempt: Attempt, definition: definitions.Definition, action: str, after: Capacity | None
) -> tuple[Transition, Capacity]:
    """The transition of an action and the capacity by which it is allowed, kept in the attempt with
    the act to be done. Raises as ``perform``; nothing has been changed."""
    attempt.transition = transition = definition.transition(attempt.subject.state, action)
    if transition.kind in FOLLOWING and after is None and not attempt.actor.is_system:
        raise definition.not_open(attempt.subject.state)  # another act
    own = allowed.capacity_of(attempt, transition)
    attempt.capacity = capacity = after or own
    reasons = _reasons(attempt, transition, with_evidence=True)
    if reasons:
        raise (OwnWork if _own_work(attempt, transition) else Blocked)(reasons)
    attempt.act = Act(action, reason=attempt.evidence.reason, details=attempt.evidence.details)
    return transition, capacity


def record(session: Session, subject: Subject, actor: Actor, act: Act, capacity: Capacity) -> None:
    """An act that does not move the state (a comment asked for, a post filled).

    Tasks are brought to what the state and the evidence now require.
    """
    attempt, _ = attempt_on(session, subject, actor)
    load([attempt], facts.of_tasks(attempt.state, ALWAYS))
    attempt.act = act
    _write(attempt, capacity, subject.state)


def choices(session: Session, subject: Subject, actor: Actor) -> list[Choice]:
    """What this person may do here now, and what only a reason keeps from being done: the walks,
    and the internal acts. The text of the subject is open to them."""
    return choices_in(*attempt_on(session, subject, actor))


def choices_in(
    attempt: Attempt, definition: definitions.Definition, *, works: bool = True
) -> list[Choice]:
    """The same of an attempt that has been begun, with what it has read already.

    Without ``works`` the text is closed to this person, who is offered only the internal acts for
    which nobody reads it.
    """
    offered = []
    for transition in definition.from_state(attempt.subject.state):
        if transition.kind in ("system", *FOLLOWING):
            continue
        if not works and (not transition.is_internal or READER in transition.roles):
            continue
        try:
            found = _choice(attempt, transition)
        except (NotFound, NotPermitted):
            continue
        if not any(isinstance(each, Hides) for each in found.reasons):
            offered.append(found)
    return offered


def choice(session: Session, subject: Subject, actor: Actor, action: str) -> Choice:
    """One action as it may be offered to this person. Raises NotAvailable or NotPermitted."""
    attempt, definition = attempt_on(session, subject, actor)
    return _choice(attempt, definition.transition(subject.state, action))


def _choice(attempt: Attempt, transition: Transition) -> Choice:
    attempt.transition = transition
    if READER not in transition.roles or any(post.only_checks for post in attempt.actor.posts_held):
        attempt.capacity = allowed.capacity_of(attempt, transition)
    target = attempt.lifecycle.states[attempt.target(transition)]
    return Choice(
        transition.action,
        transition.label,
        transition.kind,
        transition.reason,
        transition.comments_required,
        target.label,
        tuple(_reasons(attempt, transition, with_evidence=False)),
        ends=target.phase == Phase.WITHDRAWN,
    )


def capacity_for(
    session: Session,
    subject: Subject,
    actor: Actor,
    action: str,
    *,
    within: Collection[int] | None = None,
    closed: Refused | None = None,
) -> Capacity:
    """The capacity in which this person may do an act where the subject stands; an internal act is
    then recorded with it.

    ``within``: only what they may do at one of these queues. Raises ``closed`` (else NotAvailable)
    where it is not offered from there, NotPermitted for those who may not (NotFound where it is for
    who reads the text, and that is not open to them), Blocked with the reasons why not now.
    """
    attempt, definition = attempt_on(session, subject, actor)
    return capacity_in(attempt, definition, action, within=within, closed=closed)


def capacity_in(
    attempt: Attempt,
    definition: definitions.Definition,
    action: str,
    *,
    within: Collection[int] | None = None,
    closed: Refused | None = None,
) -> Capacity:
    """The same of an attempt that has been begun."""
    state = attempt.subject.state
    found = definition.internal.get((state, action)) or definition.transitions.get((state, action))
    if found is None:
        raise closed or definition.not_open(state)
    attempt.transition = found
    attempt.capacity = capacity = allowed.capacity_of(attempt, found, within, by_title=True)
    reasons = _reasons(attempt, found, with_evidence=False)
    if reasons:
        raise Blocked(reasons)
    return capacity


def required(attempt: Attempt) -> list[Wanted]:
    """Which tasks must be open: one function of state and missing evidence (INV-01)."""
    wanted: dict[tuple[str, str], Wanted] = {}
    for task in attempt.state.tasks:
        if not all(CONDITIONS[rule.name](attempt, **rule.args) for rule in task.when):
            continue
        for each in wanted_rows(attempt, task):
            wanted[(each.kind, each.slot)] = each
    for source in BESIDE:
        for each in source(attempt):
            wanted[(each.kind, each.slot)] = each
    return list(wanted.values())


def _own_work(attempt: Attempt, transition: Transition) -> bool:
    """Whether one of the reasons is that it is this person's own work."""
    return any(
        GUARDS[rule.name](attempt, **rule.args)
        for rule in transition.guards
        if rule.name in OWN_WORK
    )


def _reasons(attempt: Attempt, transition: Transition, *, with_evidence: bool) -> list[str]:
    reasons = []
    load([attempt], facts.of_guards(transition, with_evidence=with_evidence))
    for rule in transition.guards:
        why = GUARDS[rule.name](attempt, **rule.args)
        if why:
            reasons.append(why)
    if with_evidence:
        if transition.reason == "required" and not attempt.evidence.reason.strip():
            reasons.append("Say why: a reason is needed here.")
        if transition.comments_required and not attempt.evidence.remarks:
            reasons.append(
                "Add at least one comment beside a section, so that it is clear what to change."
            )
        for rule in transition.evidence_guards:
            why = EVIDENCE_GUARDS[rule.name](attempt, **rule.args)
            if why:
                reasons.append(why)
    # A lifecycle may ask for the same thing twice, by its own words and by a rule: say it once.
    return list(dict.fromkeys(reasons))


def _write(attempt: Attempt, capacity: Capacity, before: str) -> None:
    """State, phase, tasks, notices and event in one statement; then the row in memory says so."""
    subject, actor = attempt.subject, attempt.actor
    changed = before != subject.state
    set_committed_value(subject, "phase", attempt.state.phase)
    generation = subject.generation + (1 if changed else 0)
    event = audit.compose(
        subject,
        attempt.act,
        actor,
        capacity,
        from_state=before,
        to_state=subject.state,
        at=attempt.at,
    )
    sealed = attempt.act.sealed
    row = write_act(changed, tuple(sealed)).first(
        attempt.session,
        {
            **event,
            "id": subject.id,
            "seen": subject.version,
            "state": subject.state,
            "phase": subject.phase,
            "generation": generation,
            "at": attempt.at,
            "today": attempt.today,
            "queues": list(actor.queue_ids),
            "year": getattr(subject, "planning_year_id", subject.id),
            "wanted": canonical.dumps([each.as_row() for each in required(attempt)]),
            **{f"rows_{table}": canonical.dumps(rows) for table, rows in sealed.items()},
        },
    )
    if row.moved != 1:
        raise OutOfDate(CHANGED)
    remember(subject, event, generation, attempt.at if changed else None)


def remember(
    subject: Subject, event: Mapping[str, Any], generation: int, since: datetime | None
) -> None:
    """Let the row in memory say what was written: the end of its chain, its generation, and the
    moment ``since`` which it is in its state, where that has changed."""
    set_committed_value(subject, "version", subject.version + 1)
    set_committed_value(subject, "generation", generation)
    set_committed_value(subject, "head_seq", event["seq"])
    set_committed_value(subject, "head_hash", event["hash"])
    if since is not None:
        set_committed_value(subject, "state_since_at", since)
