"""The year on one page: where its plans stand, what is late, what comes, what waits for whom.

The rules that live here: every number is of the rows of All plans, under the very filters of its
link, so that the list has as many; days are local dates, and what comes is of the next fourteen.
Exempt plans are counted for those who may know of them alone; of what comes to a body only what its
agenda shows this person. A fixed number of statements, whatever the number of plans.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cycle import access, clock, council_facts
from cycle.access import rights
from cycle.models import Step
from cycle.people import Actor
from workflows.framework import deadline_rules, post_permissions
from workflows.plans import overview, reading_overview
from workflows.plans.overview import ENDED, WHOLE_COUNCIL, Filters, OverviewRow, Wait
from workflows.plans.reading_overview import Begun
from workflows.queues import holders

MEETINGS_AHEAD = timedelta(days=120)
DEADLINES = 6
OF_THE_COUNCIL = "The council as a whole"


@dataclass(frozen=True)
class Count:
    """A number, and the filters of All plans under which exactly these are listed."""

    plans: int
    filters: Filters


@dataclass(frozen=True)
class Department:
    """The plans of one department by stage, in the order of the sheet's stages; how many are
    late."""

    name: str
    by_stage: tuple[Count, ...]
    all: Count
    late: Count


@dataclass(frozen=True)
class Sitting:
    """A meeting to come, the last day for its reports, and how many are on its agenda."""

    id: int
    body: str
    on_date: date
    at_time: time
    reports: int
    reports_by: date
    in_hand: int


@dataclass(frozen=True)
class YearStep:
    """A step of the year itself, to come."""

    key: str
    title: str
    on: date


@dataclass(frozen=True)
class Day:
    """What one of the next fourteen days brings: meetings, last days for the reports to others,
    steps of the year itself, and how many plans have their next step due, with its names."""

    on: date
    sittings: tuple[Sitting, ...]
    reports: tuple[Sitting, ...]
    steps: tuple[YearStep, ...]
    due: Count
    due_steps: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """What plans wait for, how many do, and who has what they wait for."""

    sentence: str
    count: Count
    who: str


@dataclass(frozen=True)
class Figures:
    """What the year is in five numbers."""

    all: Count
    late: Count
    soon: Count
    waiting: Count
    moved: Count


@dataclass(frozen=True)
class Sheet:
    """A planning year on one page. ``reads_all`` False: exempt plans that this person does not work
    on are in none of its numbers."""

    year: Begun
    begun: tuple[Begun, ...]
    today: date
    until: date
    since: date
    figures: Figures
    stages: tuple[str, ...]
    departments: tuple[Department, ...]
    whole: Department
    ended: Count
    days: tuple[Day, ...]
    deadlines: tuple[Sitting, ...]
    waiting: tuple[Waiting, ...]
    moved: tuple[tuple[str, Count], ...]
    reads_all: bool

    @property
    def others(self) -> list[Begun]:
        """The other years in which work goes on."""
        return [each for each in self.begun if each.is_open and each is not self.year]


class _Rows:
    """The plans of a year that this person may know of, counted as All plans lists them."""

    def __init__(self, session: Session, actor: Actor, year_id: int):
        self.usual = Filters(year=year_id)
        self.every = overview.plan_rows(session, actor, replace(self.usual, ended=True))
        self.rows = [row for row in self.every if row.stage != ENDED]
        # By department (None: of all) and stage ("": at any but the last): what the filters ask.
        self.found: dict[tuple[int | None, str], list[OverviewRow]] = {}
        for row in self.every:
            home = WHOLE_COUNCIL if row.department_id is None else row.department_id
            for department in (None, home):
                self.found.setdefault((department, row.stage), []).append(row)
                self.found.setdefault((department, ""), []).append(row)

    def count(self, **narrowed: Any) -> Count:
        """The plans that fit these filters, of one department or of all."""
        filters = replace(self.usual, **narrowed)
        rows = self.found.get((filters.department, filters.stage or ""), [])
        return Count(sum(overview.fits(row, filters) for row in rows), filters)

    def figures(self) -> Figures:
        """The five numbers of the year."""
        return Figures(
            self.count(),
            self.count(late=True),
            self.count(due_soon=True),
            self.count(waiting=True),
            self.count(moved=True, ended=True),
        )


def sheet(session: Session, actor: Actor, year_id: int | None = None) -> Sheet | None:
    """A year that has begun on one page, the usual one where none is asked for or there is no such
    year; None before any has begun. Raises NotPermitted for members."""
    reading_overview.officers_only(actor)
    begun = reading_overview.begun_years(session)
    usual = reading_overview.usual_year(begun)
    known = {each.id: each for each in begun}
    year = known.get(year_id or 0) or known.get(usual or 0)
    if year is None:
        return None
    rows = _Rows(session, actor, year.id)
    stages = tuple(overview.in_order({row.stage for row in rows.rows}))
    sittings = _sittings(session, actor)
    until = overview.soon_until()
    return Sheet(
        year,
        tuple(begun),
        clock.today(),
        until,
        overview.moved_since(),
        rows.figures(),
        stages,
        tuple(_departments(rows, stages)),
        _department(rows, stages, "All departments", {}),
        rows.count(stage=ENDED),
        tuple(_days(rows, sittings, list(_steps(session, year.id, until)), until)),
        tuple(_next_deadlines(sittings)),
        tuple(_waiting(rows)),
        tuple(_moved(rows)),
        access.reads_everything(actor),
    )


def figures(session: Session, actor: Actor) -> tuple[Begun, Figures] | None:
    """The usual year in five numbers, for the head of My work; None before any has begun."""
    begun = reading_overview.begun_years(session)
    usual = reading_overview.usual_year(begun)
    year = next((each for each in begun if each.id == usual), None)
    return None if year is None else (year, _Rows(session, actor, year.id).figures())


def _departments(rows: _Rows, stages: Sequence[str]) -> Iterable[Department]:
    names = {row.department_id: row.department for row in rows.rows if row.department_id}
    for key, name in sorted(names.items(), key=lambda pair: pair[1]):
        yield _department(rows, stages, name, {"department": key})
    if any(row.department_id is None for row in rows.rows):
        yield _department(rows, stages, OF_THE_COUNCIL, {"department": WHOLE_COUNCIL})


def _department(
    rows: _Rows, stages: Sequence[str], name: str, narrowed: Mapping[str, int]
) -> Department:
    return Department(
        name,
        tuple(rows.count(stage=stage, **narrowed) for stage in stages),
        rows.count(**narrowed),
        rows.count(late=True, **narrowed),
    )


def _days(
    rows: _Rows, sittings: Sequence[Sitting], steps: Sequence[YearStep], until: date
) -> Iterable[Day]:
    """The days until ``until`` on which there is something."""
    due: dict[date, dict[str, None]] = {}
    for row in rows.rows:
        if row.due_on is not None and row.due_soon:
            due.setdefault(row.due_on, {})[row.next_step] = None
    held = {each.on_date for each in sittings}
    papers = {each.reports_by for each in sittings}
    for day in sorted(due.keys() | held | papers | {step.on for step in steps}):
        if clock.today() <= day <= until:
            yield Day(
                day,
                tuple(each for each in sittings if each.on_date == day),
                tuple(each for each in sittings if each.reports_by == day),
                tuple(each for each in steps if each.on == day),
                rows.count(due_on=day),
                tuple(due.get(day, ())),
            )


def _waiting(rows: _Rows) -> Iterable[Waiting]:
    """What most plans wait for comes first."""
    waits = {each.key: each for row in rows.rows for each in row.waits}
    found = [
        Waiting(each.what or each.sentence, rows.count(waits_for=key), _who(rows.rows, each))
        for key, each in waits.items()
    ]
    return sorted(found, key=lambda each: (-each.count.plans, each.sentence))


def _who(rows: Sequence[OverviewRow], wait: Wait) -> str:
    """Who has the plans that hold others up, or owes a contribution or comments."""
    if not wait.plan_type:
        return wait.who
    units = {row.unit for row in rows if wait in row.waits}
    holding = [
        row
        for row in rows
        if row.type_key == wait.plan_type and (not wait.own_unit or row.unit in units)
    ]
    people = {each.person_id: each for row in holding for each in row.holders}
    return holders.names(list(people.values())) if people else ""


def _moved(rows: _Rows) -> Iterable[tuple[str, Count]]:
    for stage in overview.in_order({row.stage for row in rows.every if row.moved}):
        yield stage, rows.count(moved=True, stage=stage)


# As many as the agenda of a meeting lists: one that was withdrawn only where its page is open.
_SITTINGS = """
SELECT meeting.id, meeting.on_date, meeting.at_time, body.name, body.key, body.kind,
       body.framework_key,
       count(subject.id) FILTER (
         WHERE {known} OR NOT {exempt} AND subject.phase <> 'withdrawn') AS reports
FROM meeting JOIN body ON body.id = meeting.body_id
LEFT JOIN agenda_item ON agenda_item.meeting_id = meeting.id
LEFT JOIN subject ON subject.id = agenda_item.id
WHERE meeting.status = 'planned' AND meeting.on_date BETWEEN :today AND :last
GROUP BY meeting.id, body.id ORDER BY meeting.on_date, meeting.at_time, body.name
"""


def _sittings(session: Session, actor: Actor) -> list[Sitting]:
    """The meetings of the next months, with the last days for their reports."""
    framework = post_permissions.framework(session)
    if framework is None:
        return []
    wanted = text(_SITTINGS.format(known=rights.knows_report(actor), exempt=access.EXEMPT))
    today = clock.today()
    asked = {"today": today, "last": today + MEETINGS_AHEAD, **access.bound(actor)}
    framework = deadline_rules.by_council(session, framework)
    own = council_facts.fact(session, council_facts.PAPERS, {})
    calendar = council_facts.calendar(session)
    found = []
    for row in session.execute(wanted, asked):
        rule = deadline_rules.papers_rule(framework, row.framework_key, own.get(row.key))
        by = deadline_rules.counted_by(rule, row.on_date, calendar, row.kind)
        found.append(
            Sitting(
                row.id,
                row.name,
                row.on_date,
                row.at_time,
                row.reports,
                by,
                deadline_rules.days_in_hand(calendar, today, by),
            )
        )
    return found


def _next_deadlines(sittings: Iterable[Sitting]) -> list[Sitting]:
    """The next day for reports of each body, the first six."""
    first: dict[str, Sitting] = {}
    for each in sittings:
        if each.reports_by >= clock.today():
            first.setdefault(each.body, each)
    return sorted(first.values(), key=lambda each: (each.reports_by, each.body))[:DEADLINES]


def _steps(session: Session, year_id: int, until: date) -> Iterable[YearStep]:
    """The steps of the year itself until a day; those of its plans are among what is due."""
    steps = session.execute(
        select(Step.rule, Step.title, Step.due_on)
        .where(Step.planning_year_id == year_id, Step.plan_id.is_(None))
        .where(Step.due_on.between(clock.today(), until))
        .order_by(Step.due_on, Step.id)
    )
    return (YearStep(row.rule, row.title, row.due_on) for row in steps)
