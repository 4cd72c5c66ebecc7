"""The dates of a planning year: steps with reasons, and what follows when a fact changes (A5, A9).

A fact (a meeting moved, a closure) is recorded at once by whoever it belongs to. What follows from
it for the council's own dates is only proposed: ``proposed`` shows it, ``replan`` does it, with a
reason, and moves steps and open tasks together. Meetings and steps are dates in London.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from config import choices
from config.dates import long_date
from config.framework import YearPattern
from config.rules import StepRule
from cycle import access, clock, schedule, structure
from cycle.errors import Blocked
from cycle.models import AgendaItem, Plan, PlanningYear, Step
from cycle.people import Actor
from cycle.schedule import Dated, PlanUnit, Problem, Solution
from workflows import engine, functions, pinned, plan_units, steps_done, ways
from workflows.audit import Act
from workflows.days import counted_by, papers_rule

_MEETINGS = text("""
SELECT meeting.id, body.key, body.framework_key, body.name, meeting.on_date, meeting.kind
FROM meeting JOIN body ON body.id = meeting.body_id
WHERE meeting.status <> 'cancelled' AND meeting.on_date BETWEEN :first AND :last
ORDER BY meeting.on_date, body.name
""")
_SETTLED = ("superseded", "withdrawn", "in_force")


@dataclass(frozen=True)
class Moved:
    """A step whose date follows from facts that have changed; ``before`` is None for a new one."""

    key: str
    title: str
    before: date | None
    after: date
    because: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What happens to the step, for the page and the record."""
        if self.before is None:
            return f"{self.title}: {long_date(self.after)}, new."
        return f"{self.title}: {long_date(self.after)} instead of {long_date(self.before)}."


def write_steps(session: Session, year: PlanningYear, plans: Sequence[Plan]) -> list[Problem]:
    """Write the steps of the year itself and of these plans of it; those known get new dates.

    Gives what could not be dated, or not well. A step without a date is not written.
    """
    solution, rows = _solved_rows(session, year, plans)
    _store(session, rows)
    return list(solution.problems)


def proposed(session: Session, year: PlanningYear) -> list[Moved]:
    """Which steps a re-plan would move, without moving them."""
    _, rows = _solved_rows(session, year, _running(session, year))
    return _compared(session, year, rows)


def replan(
    session: Session,
    actor: Actor,
    year_id: int,
    reason: str,
    seen_version: int | None = None,
) -> list[Moved]:
    """Bring the year's steps, and the open tasks that copy their dates, to the facts of today.

    The year's record keeps the old dates beside the new ones. Raises NotPermitted without
    ``plan_cycle``, Blocked without a reason or when no date would move.
    """
    functions.require(session, actor, "plan_cycle")
    year = access.changeable(session, actor, PlanningYear, year_id, seen_version)
    if not reason.strip():
        raise Blocked("Say why the dates are changed: a reason is needed here.")
    _, rows = _solved_rows(session, year, _running(session, year))
    moved = _compared(session, year, rows)
    _store(session, rows)
    _move_tasks(session, year)
    papers = _move_papers(session, year, actor)
    if not moved and not papers:
        raise Blocked("No date has to change: the timetable fits the meetings as they are.")
    details = {
        "moved": [
            {"step": each.title, "key": each.key, "from": each.before, "to": each.after}
            for each in moved
        ],
        "papers": papers,
    }
    desk = actor.desks[0] if actor.desks else None
    engine.record(session, year, actor, Act("replan", reason=reason, details=details), desk)
    return moved


def problems(session: Session, year: PlanningYear) -> list[Problem]:
    """What is wrong with the year's dates today: no meeting, a day on which nobody is there."""
    return list(outlook(session, year).problems)


def outlook(session: Session, year: PlanningYear) -> Solution:
    """The dates of a year by the facts of today, whether its steps are written down or not.

    Once they are, it also tells what can no longer be reached from today on.
    """
    today, pattern = clock.today(), pattern_of(year)
    done = steps_done.done(session, year, pinned.of(year), pattern.steps, today)
    if done is None:
        return _solve(session, year)[0]
    units = plan_units.of_year(session, pinned.of(year), year, pattern.key)
    return _solve(session, year, units=units, as_of=today, done=done)[0]


def pattern_of(year: PlanningYear) -> YearPattern:
    """The steps of the year in its pinned framework (A2)."""
    return ways.pattern_of(year)


def preview(session: Session, year: PlanningYear, further: Sequence[Any]) -> Solution:
    """The dates of a year that is not there yet, with meetings that are not there yet either."""
    with session.no_autoflush:
        return _solve(session, year, further)[0]


def _solve(
    session: Session,
    year: PlanningYear,
    further: Sequence[Any] = (),
    *,
    units: Mapping[str, Sequence[PlanUnit]] | None = None,
    as_of: date | None = None,
    done: Collection[str] = (),
) -> tuple[Solution, dict[tuple[str, date], int], list[StepRule]]:
    """The solution, the ids of meetings by (body's name, day), and the rules that apply here."""
    framework = pinned.of(year)
    calendar = structure.calendar(session)
    own = structure.fact(session, structure.PAPERS, {})
    first, last = schedule.window(year.writes_from)
    found = [*session.execute(_MEETINGS, {"first": first, "last": last}).all(), *further]
    meetings = [
        schedule.Meeting(
            row.framework_key,
            row.on_date,
            row.name,
            row.kind,
            counted_by(
                papers_rule(framework, row.framework_key, own.get(row.key)), row.on_date, calendar
            ),
        )
        for row in found
    ]
    settings = {
        key: structure.fact(session, key, usual)
        for key, usual in choices.usual_settings(framework).items()
    }
    model = framework.governance
    solution = schedule.solve(
        choices.steps_that_apply(pattern_of(year).steps, settings, model),
        meetings,
        structure.events(session),
        calendar,
        year=year.writes_from,
        bodies={key: body.title for key, body in framework.bodies.items()},
        limits=choices.limits_that_apply(framework, settings, model),
        public=choices.public_bodies(framework),
        units=units,
        as_of=as_of,
        done=done,
    )
    meeting_ids = {(row.name, row.on_date): row.id for row in found}
    return solution, meeting_ids, list(solution.rules.values())


def _solved_rows(
    session: Session, year: PlanningYear, plans: Iterable[Plan]
) -> tuple[Solution, list[dict[str, Any]]]:
    """Rows of ``step`` for the year itself and for each of these plans."""
    units = plan_units.of_year(session, pinned.of(year), year, pattern_of(year).key)
    apart = units if plan_units.have_remits(units) else None
    solution, meeting_ids, rules = _solve(session, year, units=apart)
    own = plan_units.own_dates(solution)
    of_type: dict[str, list[Plan]] = {}
    for plan in plans:
        of_type.setdefault(plan.plan_type, []).append(plan)
    rows = []
    for rule in rules:
        dated = solution.dated.get(rule.key)
        if dated is None:
            continue
        row = {
            "planning_year_id": year.id,
            "plan_id": None,
            "key": rule.key,
            "rule": rule.key,
            "title": rule.title,
            **_dates(rule, dated, meeting_ids),
        }
        if not rule.plan_type or rule.per == "year":
            rows.append(row)
            continue
        rows += [
            {
                **row,
                "key": f"{rule.key}:{plan.ref}",
                "plan_id": plan.id,
                **_dates(rule, own.get((rule.key, plan.ref), dated), meeting_ids),
            }
            for plan in of_type.get(rule.plan_type, ())
        ]
    return solution, rows


def _dates(
    rule: StepRule, dated: Dated, meeting_ids: Mapping[tuple[str, date], int]
) -> dict[str, Any]:
    """What a row of ``step`` says of its date."""
    pick = min if rule.offset < 0 else max
    meeting = pick(dated.meetings, key=lambda each: each.on) if dated.meetings else None
    return {
        "meeting_id": meeting_ids[(meeting.title, meeting.on)] if meeting else None,
        "due_on": dated.due_on,
        "because": list(dated.because),
        "starts_on": dated.starts_on,
        "latest_on": dated.latest_on,
        "critical": dated.critical,
    }


def _store(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert(Step).values(list(rows))
    same = (
        "title", "meeting_id", "due_on", "because", "plan_id", "starts_on", "latest_on", "critical",
    )  # fmt: skip
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["planning_year_id", "key"],
            set_={name: statement.excluded[name] for name in same},
        )
    )


def _compared(session: Session, year: PlanningYear, rows: Sequence[dict[str, Any]]) -> list[Moved]:
    """The steps whose date is not the one that is written down."""
    written = session.execute(select(Step.key, Step.due_on).where(Step.planning_year_id == year.id))
    known = {row.key: row.due_on for row in written}
    return [
        Moved(row["key"], row["title"], known.get(row["key"]), row["due_on"], tuple(row["because"]))
        for row in rows
        if known.get(row["key"]) != row["due_on"]
    ]


def _running(session: Session, year: PlanningYear) -> Sequence[Plan]:
    """The plans of the year whose dates still matter."""
    return session.scalars(
        select(Plan)
        .where(Plan.planning_year_id == year.id, Plan.state.not_in(_SETTLED))
        .order_by(Plan.id)
    ).all()


def _move_tasks(session: Session, year: PlanningYear) -> None:
    """Open tasks copy the date of their step; a contribution asked for by a day keeps that day."""
    session.execute(
        text(
            "UPDATE task SET due_on = step.due_on FROM step "
            "WHERE step.planning_year_id = :year AND task.step_id = step.id "
            "AND task.closed_at IS NULL AND task.due_on <> step.due_on"
        ),
        {"year": year.id},
    )


def _move_papers(session: Session, year: PlanningYear, actor: Actor) -> list[dict[str, Any]]:
    """Open tasks of reports follow their meeting; gives each change for the record."""
    ids = session.scalars(_OPEN_ITEMS, {"year": year.id}).all()
    items = session.scalars(
        select(AgendaItem).where(AgendaItem.id.in_(ids)).order_by(AgendaItem.id)
    ).all()
    changed = []
    for item in items:
        attempt, _ = engine.attempt_on(session, item, actor)
        for wanted in engine.required(attempt):
            if wanted.due_on is None:
                continue
            row = session.execute(
                _MOVE_PAPERS,
                {
                    "item": item.id,
                    "kind": wanted.kind,
                    "slot": wanted.slot,
                    "due": wanted.due_on,
                },
            ).first()
            if row is not None:
                changed.append(
                    {
                        "report": item.ref,
                        "task": wanted.label,
                        "from": row.before,
                        "to": wanted.due_on,
                    }
                )
    return changed


_OPEN_ITEMS = text("""
SELECT DISTINCT item_plan.item_id FROM item_plan
JOIN plan ON plan.id = item_plan.plan_id
JOIN subject ON subject.id = item_plan.item_id
WHERE plan.planning_year_id = :year AND subject.state NOT IN ('decided', 'withdrawn')
""")
_MOVE_PAPERS = text("""
UPDATE task SET due_on = :due FROM (
  SELECT id, due_on AS before FROM task
  WHERE subject_id = :item AND kind = :kind AND slot = :slot AND closed_at IS NULL
    AND due_on <> :due FOR UPDATE) AS old
WHERE task.id = old.id RETURNING old.before
""")
