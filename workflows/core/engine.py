"""The one door through which a state changes: ``perform``; nothing else writes ``subject.state``.

The record names the capacity by which an act was allowed (INV-27): ``perform`` finds it by the
lifecycle and gives it; ``begin`` and ``record`` are handed the one that their verb has checked; and
what follows from an act names the same one as the act.

An act is: find the transition, check the person, ask the guards, compute the new state, do the
effects, then write state, tasks, notices and event in one statement. All within the caller's
transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from config import permissions
from config.framework import Transition
from cycle import access, clock, people
from cycle.errors import Blocked, NotFound, NotPermitted, OutOfDate, OwnWork
from cycle.models import Subject, Unit
from cycle.people import SYSTEM, Actor, Capacity
from cycle.record import canonical
from workflows.core import audit, definitions
from workflows.core.attempt import (
    CONDITIONS,
    EFFECTS,
    EVIDENCE_GUARDS,
    GUARDS,
    OWN_WORK,
    Attempt,
    Evidence,
    Hides,
)
from workflows.core.audit import Act
from workflows.core.tasks import BESIDE, WRITE_ACT, Wanted, wanted_rows
from workflows.framework import versions as pinned

ONLY_CHECKED = "You read this plan because you check the record, so you do not comment on it."


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


@lru_cache(maxsize=256)
def _definition(sha256: str, key: str) -> definitions.Definition:
    """The graph of a lifecycle in a published framework; versions never change."""
    return definitions.build(pinned.remembered(sha256).lifecycles[key])


def attempt_on(
    session: Session, subject: Subject, actor: Actor, evidence: Evidence | None = None
) -> tuple[Attempt, definitions.Definition]:
    """An attempt on a subject, with its pinned framework and its graph."""
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
) -> Capacity:
    """Walk ``action`` from where the subject stands; the subject must be locked already.

    ``after`` is the capacity of the act of which this one is a consequence; the event names it too.
    Gives the capacity by which it was allowed. Raises NotAvailable (no such transition),
    NotPermitted (not this person's to do) or Blocked (the reasons why not); then nothing has been
    changed.
    """
    attempt, definition = attempt_on(session, subject, actor, evidence)
    attempt.transition = transition = definition.transition(subject.state, action)
    allowed = _capacity_for(attempt, transition)
    attempt.capacity = capacity = after or allowed
    reasons = _reasons(attempt, transition, with_evidence=True)
    if reasons:
        raise (OwnWork if _own_work(attempt, transition) else Blocked)(reasons)
    before = subject.state
    to = definition.walk(before, action)
    attempt.act = Act(action, reason=attempt.evidence.reason, details=attempt.evidence.details)
    for rule in transition.effects:
        EFFECTS[rule.name](attempt, **rule.args)
    changed = before != to
    if changed:
        set_committed_value(subject, "state", to)
    capacity = attempt.capacity  # an effect may have found in which of two posts it was done
    _write(attempt, capacity, before, to, changed=changed)
    return capacity


def begin(
    session: Session,
    subjects: Sequence[Subject],
    actor: Actor,
    act: str,
    capacity: Capacity,
    said: Mapping[str, Any] | None = None,
) -> None:
    """Put new, complete subjects into their first state, each with the first event of its chain.

    ``said`` is what else the event tells of each of them.
    """
    session.add_all(subjects)
    session.flush()
    for subject in subjects:
        attempt, _ = attempt_on(session, subject, actor)
        # The pinned framework stands on the record, so that verify sees it exchanged (INV-06).
        details = {
            "ref": subject.ref,
            "title": access.title_outside(subject),
            "framework": subject.framework.sha256,
            **(said or {}),
        }
        attempt.act = Act(act, details=details)
        _write(attempt, capacity, None, subject.state, changed=True)


def record(session: Session, subject: Subject, actor: Actor, act: Act, capacity: Capacity) -> None:
    """An act that does not move the state (a comment asked for, a post filled).

    Tasks are brought to what the state and the evidence now require.
    """
    attempt, _ = attempt_on(session, subject, actor)
    attempt.act = act
    _write(attempt, capacity, subject.state, subject.state, changed=False)


def choices(session: Session, subject: Subject, actor: Actor) -> list[Choice]:
    """What this person may do here now, and what only a reason keeps from being done."""
    attempt, definition = attempt_on(session, subject, actor)
    offered = []
    for transition in definition.from_state(subject.state):
        if transition.kind in ("system", "outcome"):
            continue
        try:
            found = _choice(attempt, transition)
        except NotPermitted:
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
    attempt.capacity = _capacity_for(attempt, transition)
    return Choice(
        transition.action,
        transition.label,
        transition.kind,
        transition.reason,
        transition.comments_required,
        attempt.lifecycle.states[attempt.target(transition)].label,
        tuple(_reasons(attempt, transition, with_evidence=False)),
    )


def may_edit(session: Session, subject: Subject, actor: Actor) -> bool:
    """Whether this person may change the text while the subject stands where it stands."""
    attempt, _ = attempt_on(session, subject, actor)
    queues = {queue for name in attempt.state.editable for queue in attempt.queues_of(name)}
    return serves(attempt, queues) is not None


def require_desk(
    session: Session, subject: Subject, actor: Actor, roles: Sequence[str]
) -> Capacity:
    """The capacity in which this person serves one of the roles at the subject's place.

    For acts that no lifecycle offers. Raises NotPermitted for those who do not serve one.
    """
    if actor.is_system:
        return SYSTEM
    attempt, _ = attempt_on(session, subject, actor)
    scopes = {key: role.scope for key, role in attempt.framework.roles.items()}
    found = people.queues_for(session, roles, attempt.place, scopes)
    capacity = serves(attempt, {queue for queues in found.values() for queue in queues})
    if capacity is None:
        titles = " or ".join(attempt.framework.roles[role].title for role in roles)
        raise NotPermitted(f"This is for the {titles} to do.")
    return capacity


def require_commenter(session: Session, subject: Subject, actor: Actor) -> Capacity:
    """The capacity in which this person reads the text of a plan and may comment on it.

    Of several posts that would do the one nearest to the plan. Raises NotFound for those to whom
    it is not open, NotPermitted where only a post that checks the record opens it.
    """
    if actor.is_system:
        return SYSTEM
    several = len(actor.desks) > 1  # the verb has looked whether it is open; one post costs nothing
    unit = session.get(Unit, subject.unit_id) if several and subject.unit_id else None
    checks = False
    for desk in people.in_order(actor.desks, unit.path if unit else ()):
        if desk.only_checks:
            checks = True
        elif not several or access.may_read_text(session, actor.alone_at(desk), subject):
            return Capacity.of(desk)
    if checks:
        raise NotPermitted(ONLY_CHECKED)
    raise NotFound(access.GONE)


def may_comment(session: Session, subject: Subject, actor: Actor) -> bool:
    """Whether a person to whom the text of a plan is open may comment on it."""
    if not any(desk.only_checks for desk in actor.desks):
        return True
    try:
        require_commenter(session, subject, actor)
    except NotPermitted:
        return False
    return True


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


def _capacity_for(attempt: Attempt, transition: Transition) -> Capacity:
    """The capacity that lets this person take the transition. Raises NotPermitted."""
    if attempt.actor.is_system:
        if permissions.BY_ITSELF in transition.roles or transition.kind in ("system", "outcome"):
            return SYSTEM
        raise NotPermitted("This step is taken by a person.")
    if transition.kind == "system":
        raise NotPermitted("This step is taken by the system when its day comes.")
    queues = {
        queue
        for role in transition.roles
        if role != permissions.BY_ITSELF
        for queue in attempt.queues_of(role)
    }
    capacity = serves(attempt, queues)
    if capacity is None:
        raise NotPermitted(
            f"“{transition.label}” is not yours to do here. "
            "The plan's page shows whose desk it is on."
        )
    return capacity


def serves(attempt: Attempt, queues: set[int]) -> Capacity | None:
    """The capacity in which this person serves one of the queues, vacancies of their line
    included; None when they do not. Of several posts that would do, the one nearest to the subject.
    """
    actor, unit_id = attempt.actor, attempt.subject.unit_id
    if len(actor.desks) > 1 and unit_id is not None:
        actor = actor.near(attempt.session.get_one(Unit, unit_id).path)
    desk = actor.desk_at(queues)
    if desk is None and queues:
        # A vacancy's work falls to the line post; asked last, since it costs a walk.
        desk = people.fallen_at(attempt.session, actor, queues)
    return None if desk is None else Capacity.of(desk)


def _own_work(attempt: Attempt, transition: Transition) -> bool:
    """Whether one of the reasons is that it is this person's own work."""
    return any(
        GUARDS[rule.name](attempt, **rule.args)
        for rule in transition.guards
        if rule.name in OWN_WORK
    )


def _reasons(attempt: Attempt, transition: Transition, *, with_evidence: bool) -> list[str]:
    reasons = []
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


def _write(
    attempt: Attempt, capacity: Capacity, before: str | None, after: str, *, changed: bool
) -> None:
    """State, tasks, notices and event in one statement; then the row in memory says the same."""
    subject, actor = attempt.subject, attempt.actor
    generation = subject.generation + (1 if changed and before is not None else 0)
    event = audit.compose(
        subject,
        attempt.act,
        actor,
        capacity,
        from_state=before,
        to_state=after if changed else before,
        at=attempt.at,
    )
    row = attempt.session.execute(
        WRITE_ACT,
        {
            **event,
            "id": subject.id,
            "seen": subject.version,
            "state": after,
            "changed": changed,
            "generation": generation,
            "at": attempt.at,
            "today": attempt.today,
            "queues": list(actor.queue_ids),
            "year": getattr(subject, "planning_year_id", subject.id),
            "wanted": canonical.dumps([each.as_row() for each in required(attempt)]),
        },
    ).one()
    if row.moved != 1:
        raise OutOfDate("Someone has changed this since you opened it. Look at it again.")
    _remember(subject, event, generation, attempt.at if changed else None)


def _remember(
    subject: Subject, event: dict[str, Any], generation: int, since: datetime | None
) -> None:
    set_committed_value(subject, "version", subject.version + 1)
    set_committed_value(subject, "generation", generation)
    set_committed_value(subject, "head_seq", event["seq"])
    set_committed_value(subject, "head_hash", event["hash"])
    if since is not None:
        set_committed_value(subject, "state_since_at", since)
