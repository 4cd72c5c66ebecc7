"""The timetable of a framework alone: four years of dates without a council or a database.

The rules that live here: without a council bodies meet by the framework's own rhythm, and what a
file of meetings says of a body replaces its rhythm for that municipal year; ordinary elections are
on the first Thursday in May of the year in which a cycle begins (Representation of the People Act
1983 s.37); of a kind of body of which a council has several, a file may name each one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from config import choices
from config.council import Body, Council, Event, Meeting, municipal_year
from config.council_files import Row, read_csv, read_text
from config.framework import BodyKind, Framework, YearPattern
from config.problems import ProblemList
from config.rhythm import parse_rhythm
from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule import meeting_files, solve as schedule
from cycle.schedule.diff import Difference, Entry, Timetable, compare
from cycle.schedule.solve import Problem, Solution, StepInstance
from workflows.framework import applicable
from workflows.framework.deadline_rules import counted_by, papers_rule, supplement_day

YEARS = (1, 2, 3, 4)
_THURSDAY = 3
_NAMED = ": "


@dataclass(frozen=True)
class TimetableStep:
    """A step of one planning year, for one kind of unit and at one body.

    ``unit`` is the level of unit that each have it ("" is the whole council), ``role`` the role
    behind a plan role, ``body`` the framework's key of the body that it is counted from.
    """

    copy: StepInstance
    rule: StepRule
    unit: str
    role: str
    body: str


@dataclass(frozen=True)
class TimetableYear:
    """One planning year: its number in the cycle, its pattern's key and title, its steps by date,
    and what is wrong."""

    number: int
    kind: str
    title: str
    writes_from: int
    steps: tuple[TimetableStep, ...]
    problems: tuple[Problem, ...]


def planning_years(
    framework: Framework,
    start: int,
    *,
    numbers: Collection[int] = YEARS,
    published: Sequence[Meeting] = (),
    as_of: date | None = None,
    choice: str = "",
) -> list[TimetableYear]:
    """The planning years of the cycle that begins in May of ``start``.

    ``choice`` is the variant of Year 1; empty is the usual one.
    ``as_of`` also tells what can no longer be reached from that day on; nothing is taken as done.
    Raises BadInput for years in which no days are counted, and for a variant that there is not.
    """
    applicable.must_offer(framework, choice)
    calendar = Calendar()
    patterns = {
        number: framework.year_pattern(number, choice if number == 1 else "") for number in numbers
    }
    return [
        _year(framework, start, number, pattern, published, calendar, as_of)
        for number, pattern in patterns.items()
    ]


def read_meetings(framework: Framework, path: Path) -> tuple[Meeting, ...]:
    """The meetings of a file, of the framework's bodies by key or title.

    Of a kind that a council has several of, "service_committee: Place Committee" names one. Raises
    Problems that name row and column.
    """
    noted = ProblemList()
    text = read_text(path, noted)
    rows = read_csv(path.name, text, noted) if text is not None else []
    bodies = meeting_files.spellings((key, [kind.title]) for key, kind in framework.bodies.items())
    found = meeting_files.checked(rows, Calendar(), bodies | _named(framework, rows, bodies))
    noted.raise_any()
    return tuple(each.meeting for each in found)


def difference(
    framework: Framework, start: int, before: Sequence[Meeting], after: Sequence[Meeting]
) -> Difference:
    """What follows when the meetings of one file become those of another; the keys of steps carry
    the number of their year ("1:budget_council")."""
    calendar = Calendar()
    sides = [_side(framework, start, meetings, calendar) for meetings in (before, after)]
    return compare(sides[0], sides[1], calendar)


def _side(
    framework: Framework, start: int, published: Sequence[Meeting], calendar: Calendar
) -> Timetable:
    years = planning_years(framework, start, published=published)
    meetings = {
        each: None
        for year in years
        for each in _meetings(framework, year.writes_from, published, calendar)
    }
    return Timetable(
        [_entry(year, step) for year in years for step in year.steps],
        [
            replace(problem, step=f"{year.number}:{problem.step}")
            for year in years
            for problem in year.problems
        ],
        list(meetings),
    )


def _entry(year: TimetableYear, step: TimetableStep) -> Entry:
    dated = step.copy.dated
    title = step.rule.title if step.copy.key == step.rule.key else _title_at(step)
    return Entry(
        f"{year.number}:{step.copy.key}",
        title,
        step.role,
        step.unit,
        dated.starts_on,
        dated.due_on,
        dated.latest_on,
        dated.float_days,
    )


def _title_at(step: TimetableStep) -> str:
    return f"{step.rule.title} ({step.copy.body})"


def _year(
    framework: Framework,
    start: int,
    number: int,
    pattern: YearPattern,
    published: Sequence[Meeting],
    calendar: Calendar,
    as_of: date | None,
) -> TimetableYear:
    settings, model = choices.usual_settings(framework), framework.governance
    year = start + number - 1
    solution = schedule.solve(
        choices.steps_that_apply(pattern.steps, settings, model, framework),
        _meetings(framework, year, published, calendar),
        usual_elections(start),
        calendar,
        year=year,
        bodies={key: body.title for key, body in framework.bodies.items()},
        limits=choices.limits_that_apply(framework, settings, model),
        public=choices.public_bodies(framework),
        units={},
        as_of=as_of,
    )
    steps = sorted(_steps(framework, solution), key=lambda each: each.copy.dated.due_on)
    return TimetableYear(number, pattern.key, pattern.title, year, tuple(steps), solution.problems)


def _steps(framework: Framework, solution: Solution) -> list[TimetableStep]:
    found = []
    for copy in solution.copies:
        rule = solution.rules[copy.rule]
        kind = framework.plan_types.get(rule.plan_type)
        role = framework.role_at(rule.role, rule.plan_type)
        each = kind is not None and kind.per == "unit" and rule.per != "year"
        unit = kind.level if kind is not None and each else ""
        body = rule.anchor if rule.anchor_kind == "meeting" else ""
        if body and copy.key != copy.rule:
            body = f"{body}{_NAMED}{copy.body}"
        found.append(TimetableStep(copy, rule, unit, role, body))
    return found


def usual_elections(start: int) -> list[Event]:
    """The ordinary elections before the cycle's first year and at the end of its last."""
    return [
        Event(f"election_{year}", _first_thursday(date(year, 5, 1)), "the ordinary elections")
        for year in (start, start + len(YEARS))
    ]


def _first_thursday(first: date) -> date:
    return first + timedelta(days=(_THURSDAY - first.weekday()) % 7)


# Meetings ------------------------------------------------------------------------------------


def _meetings(
    framework: Framework, year: int, published: Sequence[Meeting], calendar: Calendar
) -> list[schedule.Meeting]:
    """Every meeting that a planning year looks at: the file's, else those of the rhythm.

    Where a file names each of several bodies of a kind for the year, they meet and the kind itself
    does not; in other years it is the other way round.
    """
    titled = {each.body: each.body.partition(_NAMED) for each in published}
    named = {
        titled[each.body][0]
        for each in published
        if titled[each.body][1] and municipal_year(each.on) == year
    }
    bodies = {
        key: _body(key, kind.title, kind)
        for key, kind in framework.bodies.items()
        if key not in named and (not kind.models or framework.governance in kind.models)
    }
    for body, (key, colon, title) in titled.items():
        if colon and key in named:
            bodies[body] = _body(body, title, framework.bodies[key], meets=False)
    own = tuple(each for each in published if each.body in bodies)
    council = Council(key=framework.key, name="", bodies=bodies, meetings=own)
    first, last = schedule.window(year)
    found = council.meetings_between(first, last + timedelta(days=1), calendar.is_working)
    return [_meeting(framework, bodies[each.body], each, calendar) for each in found]


def _meeting(
    framework: Framework, body: Body, meeting: Meeting, calendar: Calendar
) -> schedule.Meeting:
    rule = papers_rule(framework, body.framework_key)
    return schedule.Meeting(
        body.framework_key,
        meeting.on,
        body.name,
        meeting.kind,
        counted_by(rule, meeting.on, calendar),
        supplement_day(framework, meeting.on, calendar, body.kind),
    )


def _body(key: str, title: str, kind: BodyKind, *, meets: bool = True) -> Body:
    rhythm = None
    if kind.rhythm and meets:
        rhythm = parse_rhythm(kind.weekday, kind.time, kind.rhythm, kind.keeps_recess)
    return Body(
        key=key,
        name=title,
        short_name=title,
        framework_key=kind.key,
        kind=kind.kind,
        public=kind.public,
        rhythm=rhythm,
    )


def _named(framework: Framework, rows: Sequence[Row], bodies: Mapping[str, str]) -> dict[str, str]:
    """What a file may write for one of several bodies of a kind, and what it is called here."""
    found = {}
    for row in rows:
        written = str(row.values.get("body", "")).strip()
        kind, colon, title = (part.strip() for part in written.partition(":"))
        key = bodies.get(meeting_files.as_compared(kind))
        if colon and title and key and framework.bodies[key].many:
            found[written] = f"{key}{_NAMED}{title}"
    return found
