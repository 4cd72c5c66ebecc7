"""What All plans and its sister pages show, with the choices of their filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import Framework
from config.lifecycles.phases import WORKING, Phase
from cycle import access, clock
from cycle.errors import NotPermitted
from cycle.models import PlanningYear, Unit
from cycle.people import Actor
from workflows.framework import pinned
from workflows.plans import entry_table, overview
from workflows.plans.entry_table import Gaps, ItemLine, Unreviewed
from workflows.plans.overview import Filters, OverviewRow

Options = list[tuple[str, str]]
SOON, SOON_WORDS = "soon", "In the next fourteen days"
FOR_OFFICERS = "This page is for officers of the council. Published plans are on All plans."


@dataclass(frozen=True)
class OverviewLists:
    """What the filters of All plans offer, as (value, words), and the plans without a filter."""

    years: Options
    departments: Options
    plan_types: Options
    stages: Options
    people: Options
    days: Options
    waits: Options
    unfiltered: list[OverviewRow]


@dataclass(frozen=True)
class Overview:
    """All plans that fit the filters."""

    rows: list[OverviewRow]
    today: date

    @property
    def late(self) -> int:
        """How many are late."""
        return sum(row.late for row in self.rows)


@dataclass(frozen=True)
class Offered:
    """What the overview's filters offer, as (value, words), and the framework of the council; None,
    with nothing to choose from, before one is published."""

    framework: Framework | None
    years: list[tuple[int, str]]
    departments: list[tuple[int, str]]
    plan_types: list[tuple[str, str]]
    stages: list[str]


_OFFERED = text("""
SELECT 'framework' AS what, framework_version.id, framework_version.sha256 AS words,
       '' AS level, 0 AS rank
FROM council JOIN subject ON subject.id = council.id
JOIN framework_version ON framework_version.id = subject.framework_version_id
UNION ALL
SELECT 'year', planning_year.id, subject.title, '', -planning_year.writes_from
FROM planning_year JOIN subject ON subject.id = planning_year.id
WHERE subject.phase <> 'not_started'
UNION ALL
SELECT 'unit', id, name, level, 0 FROM unit
ORDER BY rank, words
""")


def offered(session: Session) -> Offered:
    """The years, departments, kinds of plan and stages among which the page lets people choose.
    One statement."""
    rows = session.execute(_OFFERED).all()
    pin = next((row for row in rows if row.what == "framework"), None)
    if pin is None:
        return Offered(None, [], [], [], [])
    framework = pinned.of_row(session, pin.id, pin.words)
    second = framework.levels[1].key
    stages = {
        state.stage
        for lifecycle in framework.lifecycles.values()
        if lifecycle.subject == "plan"
        for state in lifecycle.states.values()
    }
    return Offered(
        framework,
        [(row.id, row.words) for row in rows if row.what == "year"],
        [(row.id, row.words) for row in rows if row.what == "unit" and row.level == second],
        sorted(
            ((key, kind.title) for key, kind in framework.plan_types.items()),
            key=lambda each: each[1],
        ),
        overview.in_order(stages),
    )


def overview_lists(session: Session, actor: Actor) -> OverviewLists:
    """What can be filtered for; with whom it is names only people who have something."""
    lists = offered(session)
    rows = overview.plan_rows(session, actor)
    holders = {each.person_id: each.name for row in rows for each in row.holders}
    by_name = sorted(holders.items(), key=lambda pair: pair[1])
    days = sorted({row.due_on for row in rows if row.due_on})
    waits = {each.key: each.sentence for row in rows for each in row.waits}
    return OverviewLists(
        [(str(key), words) for key, words in lists.years],
        [
            *((str(key), words) for key, words in lists.departments),
            (str(overview.WHOLE_COUNCIL), "The council as a whole"),
        ],
        list(lists.plan_types),
        [(each, each) for each in lists.stages],
        [(str(key), words) for key, words in by_name],
        [(SOON, SOON_WORDS), *((day.isoformat(), long_date(day)) for day in days)],
        sorted(waits.items(), key=lambda pair: pair[1]),
        rows,
    )


def page(session: Session, actor: Actor, filters: Filters) -> Overview:
    """The plans that fit the filters, the most urgent first."""
    return Overview(overview.plan_rows(session, actor, filters), clock.today())


def refs(session: Session, actor: Actor, filters: Filters) -> list[str]:
    """The references of the plans that fit the filters."""
    return [row.ref for row in overview.plan_rows(session, actor, filters)]


@dataclass(frozen=True)
class Begun:
    """A planning year that has begun; ``is_open``: work goes on in it."""

    id: int
    ref: str
    title: str
    is_open: bool


@dataclass(frozen=True)
class EntryLists:
    """What the filters of the rows of all plans offer."""

    kinds: Options
    departments: Options
    years: Options


@dataclass(frozen=True)
class Entries:
    """The bids, actions and commissioning choices of all plans, filtered."""

    rows: list[ItemLine]
    lists: EntryLists


def begun_years(session: Session) -> list[Begun]:
    """The years that have begun, the newest first. One statement."""
    found = session.execute(
        select(PlanningYear.id, PlanningYear.ref, PlanningYear.title, PlanningYear.phase)
        .where(PlanningYear.phase != Phase.NOT_STARTED)
        .order_by(PlanningYear.writes_from.desc())
    ).all()
    return [Begun(row.id, row.ref, row.title, row.phase in WORKING) for row in found]


def usual_year(begun: Sequence[Begun]) -> int | None:
    """The earliest of the years in which work goes on; else the newest that has begun."""
    working = [year.id for year in begun if year.is_open]
    return working[-1] if working else (begun[0].id if begun else None)


def _years(session: Session) -> tuple[Options, int | None]:
    """The years that have begun, as (value, words), and the usual one."""
    begun = begun_years(session)
    return [(str(year.id), year.title) for year in begun], usual_year(begun)


def _year(session: Session, year_id: int | None) -> PlanningYear | None:
    return session.get(PlanningYear, year_id) if year_id is not None else None


def entry_lists(session: Session) -> EntryLists:
    """What the rows of all plans can be filtered for."""
    lists = offered(session)
    types = lists.framework.item_types if lists.framework else {}
    return EntryLists(
        [(key, types[key].title) for key in entry_table.SHOWN if key in types],
        [(str(key), words) for key, words in lists.departments],
        [(str(key), words) for key, words in lists.years],
    )


def entries(
    session: Session,
    actor: Actor,
    lists: EntryLists,
    kind: str = "",
    department: int | None = None,
    year_id: int | None = None,
) -> Entries:
    """The table of all bids, actions and commissioning choices that this person may read."""
    rows = entry_table.bids_actions_choices(session, actor, _year(session, year_id))
    if kind:
        rows = [row for row in rows if row.type_key == kind]
    if department is not None:
        within = _names_within(session, department)
        rows = [row for row in rows if row.unit in within]
    return Entries(rows, lists)


def _names_within(session: Session, department: int) -> set[str]:
    return set(session.scalars(select(Unit.name).where(Unit.path.overlap([department]))))


@dataclass(frozen=True)
class NotReviewed:
    """The services that nothing has been chosen for, and the year that this is about; ``by``: the
    day until which a review has to report."""

    rows: Sequence[Unreviewed]
    years: Options
    year_id: int | None
    year_title: str
    by: date | None


@dataclass(frozen=True)
class Thread:
    """The gaps in the golden thread, and the year that this is about."""

    gaps: Gaps
    years: Options
    year_id: int | None
    year_title: str


def not_reviewed(session: Session, actor: Actor, year_id: int | None) -> NotReviewed:
    """The services not yet reviewed in a year. Raises NotPermitted for members."""
    officers_only(actor)
    years, usual = _years(session)
    year = _year(session, year_id if year_id is not None else usual)
    rows = entry_table.services_not_reviewed(session, actor, year) if year else []
    by = entry_table.reviewed_by(year) if year else None
    return NotReviewed(rows, years, year.id if year else None, year.title if year else "", by)


def thread(session: Session, actor: Actor, year_id: int | None) -> Thread:
    """The golden-thread gaps of a year. Raises NotPermitted for members."""
    officers_only(actor)
    years, usual = _years(session)
    year = _year(session, year_id if year_id is not None else usual)
    gaps = entry_table.golden_thread_gaps(session, actor, year) if year else Gaps([], [])
    return Thread(gaps, years, year.id if year else None, year.title if year else "")


def year_lists(session: Session) -> Options:
    """The years that have begun, for a filter."""
    return _years(session)[0]


def officers_only(actor: Actor) -> None:
    """Raises NotPermitted for who is no officer."""
    if not access.is_officer(actor):
        raise NotPermitted(FOR_OFFICERS)
