"""Acts on many subjects at once: begun, walked, or told on the record of each.

The rule that lives here: each subject has its own event, digest, tasks and notices, the same as if
it had been alone; what many of them ask is read for all of them together, and all is written in one
statement, so that the number of statements does not follow the number of subjects.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import TextClause, inspect, select, text
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from config.lifecycles.shape import Transition
from cycle import access
from cycle.errors import NotAvailable, NotPermitted, OutOfDate
from cycle.models import AgendaItem, DateChange, Subject, Unit
from cycle.people import Actor, Capacity
from cycle.record import canonical
from workflows.core import audit, engine, facts
from workflows.core.attempt import ALWAYS, EFFECTS, GOES, Attempt, Evidence, Judgement, load
from workflows.core.audit import Act
from workflows.core.definitions import Definition
from workflows.core.tasks import TELLING, Wanted

Ahead = Callable[[Session, Sequence[Attempt]], None]
AHEAD: list[Ahead] = []
OF_MANY: dict[Judgement, Callable[[Sequence[Attempt]], None]] = {}


def read_ahead(reader: Ahead) -> Ahead:
    """Register: load for many attempts the facts that a source of tasks reads of each."""
    AHEAD.append(reader)
    return reader


def of_many(
    effect: Judgement,
) -> Callable[[Callable[[Sequence[Attempt]], None]], Callable[[Sequence[Attempt]], None]]:
    """Register: what an effect does, for many attempts at once."""

    def register(judgement: Callable[[Sequence[Attempt]], None]) -> Any:
        OF_MANY[effect] = judgement
        return judgement

    return register


def add(session: Session, subjects: Sequence[Subject]) -> None:
    """Add new subjects of one kind, complete, with ids that follow their order; one statement for
    each of their tables. Their record is still to be begun."""
    if not subjects:
        return
    mapper = inspect(type(subjects[0]))
    ids = session.scalars(_IDS, {"many": len(subjects)}).all()
    for subject, drawn in zip(subjects, sorted(ids), strict=True):
        subject.id = drawn
        for name, attribute in mapper.column_attrs.items():
            if name not in subject.__dict__:
                default = attribute.columns[0].default
                setattr(subject, name, default.arg if default is not None else None)
    for table in mapper.tables:
        names = [column.name for column in table.columns]
        rows = [{name: getattr(subject, name) for name in names} for subject in subjects]
        session.execute(_insert(table.name, tuple(names)), {"rows": canonical.dumps(rows)})
    for subject in subjects:
        make_transient_to_detached(subject)
        session.add(subject)


_IDS = text(
    "SELECT nextval(pg_get_serial_sequence('subject', 'id')) FROM generate_series(1, :many)"
)


def _insert(table: str, names: tuple[str, ...]) -> TextClause:
    columns = ", ".join(f'"{name}"' for name in names)
    rows = f'jsonb_populate_recordset(NULL::"{table}", CAST(:rows AS jsonb))'
    return text(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {rows} ORDER BY id')  # noqa: S608  # names of the models; values are bound


def begin(
    session: Session,
    subjects: Sequence[Subject],
    actor: Actor,
    act: str,
    capacity: Capacity,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Put new, complete subjects into their first state, each with the first event of its chain.

    ``details`` is what else the event tells of each of them.
    """
    if not subjects:
        return
    session.add_all(subjects)
    session.flush()
    # The pinned framework stands on the record, so that verify sees it exchanged (INV-06).
    acts = [
        Act(
            act,
            details={
                "ref": subject.ref,
                "title": access.title_outside(subject),
                "framework": subject.framework.sha256,
                **(details or {}),
            },
        )
        for subject in subjects
    ]
    tries = _attempts(
        session, [(each, act, capacity) for each, act in zip(subjects, acts, strict=True)], actor
    )
    _write(session, tries, [None] * len(tries), actor)


def record(session: Session, acts: Sequence[tuple[Subject, Act, Capacity]], actor: Actor) -> None:
    """Acts that do not move the state, one on each of these subjects, in the capacity that allows
    it there; they are locked already.

    Tasks are brought to what the state and the evidence now require. Raises OutOfDate when one of
    them was changed meanwhile; then nothing has been.
    """
    tries = _attempts(session, acts, actor)
    _write(session, tries, [attempt.subject.state for attempt in tries], actor)


def capacities_for(
    session: Session, subjects: Sequence[Subject], actor: Actor, action: str
) -> list[Capacity]:
    """The capacity in which this person may do an act on each of these subjects, all or none.

    Raises as ``engine.capacity_for``, and names the subject that it is about. What they ask is read
    in one statement for each edition.
    """
    given = [engine.attempt_on(session, each, actor) for each in subjects]
    _at_once(
        [attempt for attempt, _ in given],
        lambda each: facts.needed(each.lifecycle, each.subject.state, action, ALWAYS).facts,
    )
    return [_capacity(attempt, definition, action) for attempt, definition in given]


def _capacity(attempt: Attempt, definition: Definition, action: str) -> Capacity:
    try:
        return engine.capacity_in(attempt, definition, action)
    except (NotAvailable, NotPermitted) as refusal:
        raise type(refusal)(f"{attempt.subject.ref}: {refusal}") from None


def perform(
    session: Session,
    subjects: Sequence[Subject],
    action: str,
    actor: Actor,
    evidence: Evidence,
    *,
    after: Capacity | None = None,
) -> list[Capacity]:
    """Walk one action of each of these subjects, all or none; they are locked already.

    An effect that is written for many takes one statement. Gives the capacity by which it was
    allowed on each. Raises as ``engine.perform``.
    """
    ids = {subject.unit_id for subject in subjects}
    units = session.scalars(select(Unit).where(Unit.id.in_(ids))).all()  # kept for ``allow``
    given = [
        engine.attempt_on(session, each, actor, replace(evidence, details=dict(evidence.details)))
        for each in subjects
    ]
    tries = _at_once(
        [attempt for attempt, _ in given],
        lambda each: facts.needed(each.lifecycle, each.subject.state, action, ALWAYS).facts,
    )
    allowed = [engine.allow(attempt, graph, action, after) for attempt, graph in given]
    del units
    befores = [subject.state for subject in subjects]
    _do_effects(list(zip(tries, (transition for transition, _ in allowed), strict=True)))
    for subject, (_, graph) in zip(subjects, given, strict=True):
        set_committed_value(subject, "state", graph.walk(subject.state, action))
    _write(session, tries, befores, actor)
    return [attempt.capacity or by for attempt, (_, by) in zip(tries, allowed, strict=True)]


def required(
    session: Session, subjects: Sequence[Subject], actor: Actor
) -> dict[int, list[Wanted]]:
    """The tasks that must be open, by the id of each subject."""
    found = [engine.attempt_on(session, subject, actor)[0] for subject in subjects]
    tries = _at_once(found, _of_tasks)
    return _required(session, tries)


def _required(session: Session, tries: Sequence[Attempt]) -> dict[int, list[Wanted]]:
    for reader in AHEAD:
        reader(session, tries)
    return {attempt.subject.id: engine.required(attempt) for attempt in tries}


def _attempts(
    session: Session, acts: Sequence[tuple[Subject, Act, Capacity]], actor: Actor
) -> list[Attempt]:
    found = [engine.attempt_on(session, subject, actor)[0] for subject, _, _ in acts]
    tries = _at_once(found, _of_tasks)
    for attempt, (_, act, capacity) in zip(tries, acts, strict=True):
        attempt.act, attempt.capacity = act, capacity
    return tries


def _at_once(tries: list[Attempt], names: Callable[[Attempt], Sequence[str]]) -> list[Attempt]:
    """The attempts, all of one moment, with the facts that each reads loaded for all of them: one
    statement for each edition."""
    of_edition: dict[int, list[Attempt]] = {}
    for attempt in tries:
        attempt.at = tries[0].at
        of_edition.setdefault(attempt.subject.framework_version_id, []).append(attempt)
    for own in of_edition.values():
        # Of these the roles hang on their plan.
        load([each for each in own if isinstance(each.subject, AgendaItem | DateChange)], [GOES])
        load(own, sorted({name for each in own for name in names(each)}))
    return tries


def _of_tasks(attempt: Attempt) -> Sequence[str]:
    return facts.of_tasks(attempt.state, ALWAYS)


def _do_effects(going: Sequence[tuple[Attempt, Transition]]) -> None:
    """The effects of each in their order, the same one of many together."""
    longest = max((len(transition.effects) for _, transition in going), default=0)
    for place in range(longest):
        together: dict[Judgement, list[Attempt]] = {}
        for attempt, transition in going:
            if place >= len(transition.effects):
                continue
            rule = transition.effects[place]
            effect = EFFECTS[rule.name]
            if effect in OF_MANY and not rule.args:
                together.setdefault(effect, []).append(attempt)
            else:
                effect(attempt, **rule.args)
        for effect, attempts in together.items():
            OF_MANY[effect](attempts)


def _write(
    session: Session, tries: Sequence[Attempt], befores: Sequence[str | None], actor: Actor
) -> None:
    """State, phase, tasks, notices and events of all; then the rows in memory say the same.

    ``befores`` are the states from which they come, None for those that begin.
    """
    if not tries:
        return
    for attempt in tries:
        set_committed_value(attempt.subject, "phase", attempt.state.phase)
    wanted = [
        {"subject": subject_id, **each.as_row()}
        for subject_id, needed in _required(session, tries).items()
        for each in needed
    ]
    rows = [
        _row(nr, attempt, actor, before)
        for nr, (attempt, before) in enumerate(zip(tries, befores, strict=True))
    ]
    moved = session.execute(
        _WRITE,
        {
            "acts": canonical.dumps(rows),
            "wanted": canonical.dumps(wanted),
            "at": tries[0].at,
            "today": tries[0].today,
            "queues": list(actor.queue_ids),
            "actor": actor.person_id,
        },
    ).one()
    if moved.moved != len(rows):
        raise OutOfDate(engine.CHANGED)
    for attempt, row in zip(tries, rows, strict=True):
        since = attempt.at if row["changed"] else None
        engine.remember(attempt.subject, row, row["generation"], since)


def _row(nr: int, attempt: Attempt, actor: Actor, before: str | None) -> dict[str, Any]:
    """One subject's part of the statement."""
    subject, capacity = attempt.subject, attempt.capacity
    if capacity is None:
        raise TypeError("an act is done in a capacity")
    changed = before != subject.state
    event = audit.compose(
        subject,
        attempt.act,
        actor,
        capacity,
        from_state=before,
        to_state=subject.state,
        at=attempt.at,
    )
    return {
        "nr": nr,
        "id": subject.id,
        "seen": subject.version,
        "state": subject.state,
        "phase": subject.phase,
        "changed": changed,
        "generation": subject.generation + (1 if changed and before is not None else 0),
        "year": getattr(subject, "planning_year_id", subject.id),
        **{name: event[name] for name in _OF_EVENT},
    }


_OF_EVENT = (
    "seq", "prev", "hash", "payload", "action", "from_state", "to_state", "for_person", "words",
)  # fmt: skip
# What ``tasks`` writes for one subject, of many; in the order in which the acts are given, so that
# ids follow it.
_WRITE = text(f"""
WITH act AS (
  SELECT * FROM jsonb_to_recordset(CAST(:acts AS jsonb))
    AS a(nr int, id int, seen int, state text, phase text, changed boolean, generation int,
         year int, seq int, prev text, hash text, payload text, action text, from_state text,
         to_state text, for_person int, words text)),
wanted AS (
  SELECT * FROM jsonb_to_recordset(CAST(:wanted AS jsonb))
    AS w(subject int, kind text, slot text, label text, queue_id int, steps text[], due_on date)),
moved AS (
  UPDATE subject
  SET state = act.state, phase = act.phase,
      state_since_at = CASE WHEN act.changed THEN :at ELSE subject.state_since_at END,
      version = subject.version + 1, generation = act.generation,
      head_seq = act.seq, head_hash = act.hash
  FROM act WHERE subject.id = act.id AND subject.version = act.seen
  RETURNING subject.id),
closed AS (
  UPDATE task
  SET closed_at = :at, closed_by_id = :actor,
      outcome = CASE WHEN queue_id = ANY(:queues) THEN 'done' ELSE 'no longer needed' END
  FROM act
  WHERE task.subject_id = act.id AND task.closed_at IS NULL
    AND (act.changed OR NOT EXISTS (
      SELECT 1 FROM wanted AS w
      WHERE w.subject = act.id AND w.kind = task.kind AND w.slot = task.slot))
  RETURNING task.id),
opened AS (
  INSERT INTO task (subject_id, kind, slot, label, queue_id, generation, due_on, step_id, opened_at)
  SELECT act.id, w.kind, w.slot, w.label, w.queue_id, act.generation,
         coalesce(w.due_on, dated.due_on, DATE '9999-12-31'), dated.id, :at
  FROM wanted AS w JOIN act ON act.id = w.subject
  LEFT JOIN LATERAL (
    SELECT step.id, step.due_on FROM step
    WHERE step.rule = ANY(w.steps)
      AND (step.plan_id = act.id OR (step.plan_id IS NULL AND step.planning_year_id = act.year))
    ORDER BY step.plan_id NULLS LAST LIMIT 1) AS dated ON true
  WHERE (SELECT count(*) FROM closed) >= 0
    AND (act.changed OR NOT EXISTS (
      SELECT 1 FROM task AS t WHERE t.subject_id = act.id AND t.closed_at IS NULL
        AND t.kind = w.kind AND t.slot = w.slot))
  ORDER BY act.nr
  RETURNING id, queue_id, label, due_on),
{TELLING},
recorded AS (
  INSERT INTO event (subject_id, seq, prev_hash, hash, payload, action, from_state, to_state,
                     person_id, at)
  SELECT act.id, act.seq, act.prev, act.hash, act.payload, act.action, act.from_state, act.to_state,
         :actor, :at
  FROM act JOIN moved ON moved.id = act.id ORDER BY act.nr
  RETURNING id, subject_id),
named AS (
  INSERT INTO attribution (event_id, person_id, for_person_id, words)
  SELECT recorded.id, :actor, act.for_person, act.words
  FROM recorded JOIN act ON act.id = recorded.subject_id)
SELECT count(*) AS moved FROM moved
""")  # noqa: S608  # a constant; values are bound
