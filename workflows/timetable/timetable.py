"""The dates of a planning year: steps with reasons, from rules, meetings and facts (A5, A9).

A fact (a meeting moved, a closure) is recorded at once by whoever it belongs to. What follows from
it for the council's own dates is only proposed (``change_requests``): nothing here moves a date
that is written down but ``write_steps``, for plans that are new. Meetings and steps are dates in
London.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.council import Event
from config.dates import long_date
from config.framework import YearPattern
from config.lifecycles.phases import DONE, Phase
from config.rules import StepRule
from cycle import clock
from cycle.access import EVERY_PLAN, KnownPlans
from cycle.calendar import Calendar
from cycle.models import Plan, PlanningYear, Step
from cycle.record import canonical
from cycle.schedule.solve import Dated, Problem, Solution
from workflows.framework import applicable, pinned
from workflows.timetable import completed, plan_units
from workflows.timetable.inputs import facts


def write_steps(session: Session, year: PlanningYear, plans: Sequence[Plan]) -> list[Problem]:
    """Write the steps of the year itself and of these plans of it, by the facts of today.

    Once the year has begun, what is written of the year itself stays as it is: a plan that comes
    later must not move it. Gives what could not be dated, or not well. A step without a date is not
    written.
    """
    solution, rows = rows_of(session, year, plans)
    if year.phase != Phase.NOT_STARTED:
        existing = set(
            session.scalars(
                select(Step.key).where(Step.planning_year_id == year.id, Step.plan_id.is_(None))
            )
        )
        rows = [row for row in rows if row["plan_id"] or row["key"] not in existing]
    store(session, rows)
    return list(solution.problems)


def problems(session: Session, year: PlanningYear) -> list[Problem]:
    """What is wrong with the year's dates today: no meeting, a day on which nobody is there."""
    return list(forecast(session, year).problems)


def forecast(session: Session, year: PlanningYear, known: KnownPlans = EVERY_PLAN) -> Solution:
    """The dates of a year by the facts of today, whether its steps are written down or not.

    Once they are, it also tells what can no longer be reached from today on. What is wrong is told
    of ``known`` plans alone.
    """
    found = _forecast(session, year, known)
    return replace(found, problems=problems_known(found.problems, found.rules, known))


def _forecast(session: Session, year: PlanningYear, known: KnownPlans) -> Solution:
    today, pattern = clock.today(), pattern_of(year)
    done = completed.done(session, year, pattern.steps, today)
    if done is None:
        return facts(session, year).solve()
    units = plan_units.of_year(session, pinned.of(year), year, pattern.key, known)
    return facts(session, year).solve(units, today, done)


def hidden_rules(rules: Mapping[str, StepRule], known: KnownPlans) -> frozenset[str]:
    """The steps, by key, that only plans have of which the reader may know none."""
    return frozenset(
        key
        for key, rule in rules.items()
        if rule.plan_type in known.hidden_types and rule.per != "year"
    )


def problems_known(
    problems: Iterable[Problem], rules: Mapping[str, StepRule], known: KnownPlans
) -> tuple[Problem, ...]:
    """The problems that name no such step."""
    hidden = hidden_rules(rules, known)
    return tuple(each for each in problems if not hidden & {each.step, each.also})


def pattern_of(year: PlanningYear) -> YearPattern:
    """The steps of the year in its pinned framework (A2)."""
    return applicable.pattern_of(year)


def preview(session: Session, year: PlanningYear, extra: Sequence[Any]) -> Solution:
    """The dates of a year that is not there yet, with meetings that are not there yet either."""
    with session.no_autoflush:
        return facts(session, year, extra).solve()


def rows_of(
    session: Session,
    year: PlanningYear,
    plans: Iterable[Plan],
    moved_meetings: Mapping[int, date | None] | None = None,
    calendar: Calendar | None = None,
    events: Sequence[Event] | None = None,
) -> tuple[Solution, list[dict[str, Any]]]:
    """Rows of ``step`` for the year itself and for each of these plans, by the facts of today, or
    as if some meetings (by id) were on other days or (None) not held, or the calendar or the
    outside events others. Nothing is written.

    A plan that began under another governance model than the year has the steps of that model.
    """
    own = applicable.model_of(session, year)
    by_model: dict[str, list[Plan]] = {own: []}
    for plan in plans:
        by_model.setdefault(plan.governance or own, []).append(plan)
    units = plan_units.of_year(session, pinned.of(year), year, pattern_of(year).key)
    apart = units if plan_units.have_remits(units) else None
    by_facts = {
        model: facts(
            session,
            year,
            moved_meetings=moved_meetings,
            calendar=calendar,
            model=model,
            events=events,
        )
        for model in by_model
    }
    solved = {model: (found.solve(apart), found.meeting_ids) for model, found in by_facts.items()}
    granted = _granted(session, year)
    rows = _rows_of(year, solved[own], by_model.pop(own), granted)
    for model, running in by_model.items():
        others = _rows_of(year, solved[model], running, granted)
        rows += [row for row in others if row["plan_id"]]
    return solved[own][0], rows


def _rows_of(
    year: PlanningYear,
    solved: tuple[Solution, Mapping[tuple[str, date], int]],
    plans: Iterable[Plan],
    granted: Mapping[str, date],
) -> list[dict[str, Any]]:
    solution, meeting_ids = solved
    own = plan_units.own_dates(solution)
    of_type: dict[str, list[Plan]] = {}
    for plan in plans:
        of_type.setdefault(plan.plan_type, []).append(plan)
    rows = []
    for rule in solution.rules.values():
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
            _with_more_time(
                {
                    **row,
                    "key": f"{rule.key}:{plan.ref}",
                    "plan_id": plan.id,
                    **_dates(rule, own.get((rule.key, plan.ref), dated), meeting_ids),
                },
                granted,
            )
            for plan in of_type.get(rule.plan_type, ())
        ]
    return rows


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


def _granted(session: Session, year: PlanningYear) -> dict[str, date]:
    """The later days that were asked for and granted, by step key."""
    rows = session.execute(
        select(Step.key, Step.granted_on).where(
            Step.planning_year_id == year.id, Step.granted_on.is_not(None)
        )
    )
    return {row.key: row.granted_on for row in rows if row.granted_on}


def _with_more_time(row: dict[str, Any], granted: Mapping[str, date]) -> dict[str, Any]:
    """A granted day stands while it is later than the rule's and the last day is not before it."""
    day = granted.get(row["key"])
    if day is None or not row["due_on"] < day <= row["latest_on"]:
        return row
    return row | {"due_on": day, "because": [*row["because"], more_time_sentence(day)]}


def more_time_sentence(day: date) -> str:
    """Why a step is due later than its rule says."""
    return f"More time was granted, until {long_date(day)}."


_STORE = text("""
INSERT INTO step (planning_year_id, plan_id, key, rule, title, meeting_id, due_on, because,
                  starts_on, latest_on, critical, granted_on)
SELECT planning_year_id, plan_id, key, rule, title, meeting_id, due_on, because, starts_on,
       latest_on, critical, granted_on
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS s(nr int, planning_year_id int, plan_id int, key text, rule text, title text, meeting_id int,
       due_on date, because jsonb, starts_on date, latest_on date, critical boolean,
       granted_on date)
ORDER BY nr
ON CONFLICT (planning_year_id, key) DO UPDATE
SET title = excluded.title, meeting_id = excluded.meeting_id, due_on = excluded.due_on,
    because = excluded.because, plan_id = excluded.plan_id, starts_on = excluded.starts_on,
    latest_on = excluded.latest_on, critical = excluded.critical
""")


def store(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write steps, all in one statement; those known by their key get what the rows say, and keep
    a day that was granted."""
    if rows:
        numbered = [{**row, "nr": nr} for nr, row in enumerate(rows)]
        session.execute(_STORE, {"rows": canonical.dumps(numbered)})


def running(session: Session, year: PlanningYear) -> Sequence[Plan]:
    """The plans of the year whose dates still matter."""
    return session.scalars(
        select(Plan)
        .where(Plan.planning_year_id == year.id, Plan.phase.not_in(DONE))
        .order_by(Plan.id)
    ).all()
