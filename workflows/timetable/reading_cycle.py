"""What the page of a whole cycle's timetable shows: four years in one picture and one table.

The rule that lives here: a year that is open has the dates that are written down; one that is not
yet open is shown as the facts of today would date it, and says so.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.lifecycles.phases import Phase
from cycle import access
from cycle.access import KnownPlans
from cycle.errors import NotFound
from cycle.models import Body, Cycle, PlanningYear
from cycle.people import Actor
from workflows.framework import pinned
from workflows.timetable import timetable
from workflows.timetable.reading import Lists, lanes_of, lists, meetings_of
from workflows.timetable.reading_rows import (
    Choice,
    Postholders,
    Row,
    role_of,
    rows,
    title_of,
    withheld,
)

# States of a year in which its plans have not been made.
NOT_OPEN = (Phase.NOT_STARTED, Phase.DRAFT)


@dataclass(frozen=True)
class Line:
    """The work on one kind of plan in one year."""

    year: str
    ref: str
    kind: str
    first: date
    last: date
    steps: int
    to_do: int
    late: int


@dataclass
class CycleTimetable:
    """The timetable of a whole cycle."""

    ref: str
    title: str
    years: list[tuple[str, str, bool]]
    lines: list[Line]
    rows: list[Row]
    lanes: list[tuple[str, str]]
    meetings: list[tuple[date, str]]
    withheld: int


def cycle_of(session: Session, ref: str) -> Cycle:
    """A cycle by its reference. Raises NotFound."""
    found = session.scalars(select(Cycle).where(Cycle.ref == ref)).first()
    if found is None:
        raise NotFound(access.GONE)
    return found


def years_of(session: Session, ref: str) -> list[PlanningYear]:
    """The planning years of a cycle, in order. Raises NotFound."""
    cycle = cycle_of(session, ref)
    return list(
        session.scalars(
            select(PlanningYear)
            .where(PlanningYear.cycle_id == cycle.id)
            .order_by(PlanningYear.number)
        )
    )


def cycle_lists(session: Session, actor: Actor, ref: str) -> Lists:
    """What can be filtered for in any year of the cycle. Raises NotFound."""
    found = [lists(session, actor, year.ref) for year in years_of(session, ref)]
    first = found[0]
    kinds = {key: title for each in found for key, title in each.plan_types}
    bodies = {key: title for each in found for key, title in each.bodies}
    people = {key: title for each in found for key, title in each.people}
    return Lists(list(kinds.items()), first.departments, list(bodies.items()), list(people.items()))


def cycle_timetable(session: Session, actor: Actor, ref: str, choice: Choice) -> CycleTimetable:
    """The timetable of a cycle, filtered. Raises NotFound."""
    cycle = cycle_of(session, ref)
    every: list[Row] = []
    lines: list[Line] = []
    years = years_of(session, ref)
    years_shown, left_out = [], 0
    for year in years:
        known = access.known_plans(session, actor, year.id)
        left_out += withheld(session, known)
        found, _steps = rows(session, actor, year, choice)
        is_open = year.phase not in NOT_OPEN
        if not is_open:
            written = {row.rule for row in found}
            ahead = forecast_rows(session, year, choice, known)
            found += [row for row in ahead if row.rule not in written]
        years_shown.append((year.ref, year.title, is_open))
        lines += _lines(year, found)
        every += found
    every.sort(key=lambda row: row.due_on)
    lanes = lanes_of(pinned.of(years[0]))
    meetings = meetings_of(every)
    return CycleTimetable(ref, cycle.title, years_shown, lines, every, lanes, meetings, left_out)


def forecast_rows(
    session: Session, year: PlanningYear, choice: Choice, known: KnownPlans
) -> list[Row]:
    """The steps of a year that is not open yet, by the facts of today: no plan has them yet."""
    if choice.department is not None:
        return []
    framework, postholders = pinned.of(year), Postholders(session)
    solution = timetable.forecast(session, year)
    hidden = timetable.hidden_rules(solution.rules, known)
    body = session.get(Body, choice.body) if choice.body else None
    found = []
    for dated in solution.dated.values():
        rule = solution.rules[dated.key]
        role = role_of(framework, rule, None)
        kind = framework.plan_types.get(rule.plan_type)
        if dated.key in hidden or (kind is not None and year.number not in kind.years):
            continue
        if (choice.plan_type and rule.plan_type != choice.plan_type) or (
            body is not None and body.name not in {each.title for each in dated.meetings}
        ):
            continue
        if choice.person is not None and choice.person not in postholders.people(role, None):
            continue
        title = title_of(framework, role)
        row = Row(rule.key, rule.title, dated.due_on, title, dated.because, rule.plan_type)
        row.starts_on, row.latest_on = dated.starts_on, dated.latest_on
        row.critical, row.float_days = dated.critical, dated.float_days
        row.in_hand = 1  # ahead: a year that is not open has nothing that could be late
        row.who = postholders.names(role, None)
        if dated.meetings:
            row.body, row.meeting_on = dated.meetings[0].title, dated.meetings[0].on
        found.append(row)
    return sorted(found, key=lambda row: row.due_on)


def _lines(year: PlanningYear, found: list[Row]) -> list[Line]:
    """One line for each kind of plan of a year that has rows, in the framework's order."""
    lines = []
    for key, title in lanes_of(pinned.of(year)):
        of_kind = [row for row in found if row.kind == key]
        if of_kind:
            lines.append(
                Line(
                    year=year.title,
                    ref=year.ref,
                    kind=title,
                    first=min(min(row.starts_on, row.due_on) for row in of_kind),
                    last=max(row.due_on for row in of_kind),
                    steps=len(of_kind),
                    to_do=sum(row.stands in ("late", "open", "ahead") for row in of_kind),
                    late=sum(row.stands == "late" for row in of_kind),
                )
            )
    return lines
