"""A published timetable worked out again from its pattern and its calendar. Pure.

The rule that lives here: where the day was published it comes out to the day; where the month was,
the day lies in it. A meeting that is not published stands by its body's rhythm, but never in a
month in which one is.
"""

from dataclasses import dataclass
from datetime import date

from config.dates import MONTHS, long_date
from config.published import NOON, PublishedRow, PublishedTimetable
from config.rhythm import generate_meetings, parse_rhythm
from cycle.calendar import Calendar
from cycle.schedule.solve import Dated, Meeting, Solution, solve, window


@dataclass(frozen=True)
class Line:
    """A published row beside the day that comes out and why; None when none does."""

    row: PublishedRow
    title: str
    on: date | None
    because: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the day is what was published."""
        return self.on is not None and self.row.first_on <= self.on <= self.row.last_on

    @property
    def sentence(self) -> str:
        """What was published and what comes out."""
        said = long_date(self.on) if self.on else "no day"
        return f"{self.title}: published for {published(self.row)}, and {said} comes out."


@dataclass(frozen=True)
class Regenerated:
    """The days of the pattern, and each published row beside its day."""

    solution: Solution
    lines: tuple[Line, ...]

    @property
    def disagreements(self) -> list[str]:
        """What does not come out as published, and what has no day, in sentences."""
        undated = [p.sentence for p in self.solution.problems if p.severity == "blocker"]
        return [*undated, *(line.sentence for line in self.lines if not line.agrees)]


def regenerate(told: PublishedTimetable) -> Regenerated:
    """Work every day of a published timetable out again."""
    head = told.head
    calendar = Calendar(head.nation)
    solution = solve(
        told.steps,
        meetings_of(told, calendar),
        [],
        calendar,
        year=head.year,
        bodies={body.role: body.title for body in head.bodies.values()},
    )
    titles = {rule.key: rule.title for rule in told.steps}
    lines = [_line(told, row, titles[row.step], solution.dated.get(row.step)) for row in told.rows]
    return Regenerated(solution, tuple(lines))


def meetings_of(told: PublishedTimetable, calendar: Calendar) -> list[Meeting]:
    """The meetings whose days are published, and those of the rhythm in every other month."""
    head = told.head
    known = set(told.meetings)
    months = {(body, on.year, on.month) for body, on in known}
    first_on, last_on = window(head.year)
    for body in head.bodies.values():
        rhythm = parse_rhythm(body.weekday, NOON, body.rhythm, keeps_recess=False)
        known |= {
            (body.key, each.on)
            for each in generate_meetings(body.key, rhythm, first_on, last_on, calendar.is_working)
            if (body.key, each.on.year, each.on.month) not in months
        }
    return [
        Meeting(
            head.bodies[key].role,
            on,
            head.bodies[key].title,
            report_due_on=calendar.clear_days_before(on, head.clear_days),
        )
        for key, on in sorted(known, key=lambda each: (each[1], each[0]))
    ]


def _line(told: PublishedTimetable, row: PublishedRow, title: str, dated: Dated | None) -> Line:
    """The day of a step, or of the very body that the row names."""
    if dated is None:
        return Line(row, title, None)
    if not row.body:
        return Line(row, title, dated.due_on, dated.because)
    body = told.head.bodies[row.body].title
    on = next((each.on for each in dated.meetings if each.title == body), None)
    return Line(row, title, on, (f"At {body} on {long_date(on)}.",) if on else ())


def published(row: PublishedRow) -> str:
    """27 June 2018; June 2018; January to March 2019."""
    if row.is_day:
        return long_date(row.first_on)
    ends = f"{MONTHS[row.last_on.month - 1]} {row.last_on.year}"
    begins = f"{MONTHS[row.first_on.month - 1]} {row.first_on.year}"
    return ends if begins == ends else f"{begins} to {ends}"
