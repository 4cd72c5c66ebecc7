"""A published timetable worked out again from its pattern and its calendar. Pure.

The rule that lives here: where the day was published it comes out to the day; where the month was,
the day lies in it. A meeting that is not published stands by its body's rhythm. What is known of a
month is known: a known meeting takes the place of the nearest one that the rhythm gives in its
month, and of no other; where it is known that a body does not meet, the rhythm gives no meeting. So
a meeting that is moved or cancelled does not come back by the rhythm. What the law fixes is kept to
as in any other timetable.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, time

from config.choices import limit_applies
from config.dates import MONTHS, clock_time, long_date, parse_time
from config.published import NOON, PublishedRow, PublishedTimetable
from config.rhythm import generate_meetings, parse_rhythm
from config.timetables.model import EACH_MONTH, NO_DAY
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, Solution, solve, window


@dataclass(frozen=True)
class Line:
    """A published row beside the day that comes out and why; None when none does. ``by_rhythm``:
    a meeting on which it hangs is not published."""

    row: PublishedRow
    title: str
    on: date | None
    because: tuple[str, ...] = ()
    by_rhythm: bool = False
    at: time | None = None

    @property
    def agrees(self) -> bool:
        """Whether the day is what was published."""
        fits = self.on is not None and self.row.fits(self.on)
        return fits and (not self.row.at or self.at == parse_time(self.row.at))

    @property
    def sentence(self) -> str:
        """What was published and what comes out."""
        day = long_date(self.on) if self.on else "no day"
        if self.row.at:
            day += f" at {clock_time(self.at)}" if self.at else " without an hour"
        return f"{self.title}: published for {published(self.row)}, and {day} comes out."


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


def regenerate(timetable: PublishedTimetable) -> Regenerated:
    """Work every day of a published timetable out again."""
    head = timetable.head
    calendar = Calendar(head.nation)
    solution = solve(
        timetable.steps,
        meetings_of(timetable, calendar),
        timetable.events,
        calendar,
        year=head.year,
        bodies={body.role: body.title for body in head.bodies.values()},
        limits=[
            limit
            for limit in timetable.pattern.limits.values()
            if limit_applies(limit, {}, head.governance, head.nation)
        ],
    )
    titles = {rule.key: rule.title for rule in timetable.steps}
    lines = [_line(timetable, row, titles[row.step], solution) for row in timetable.rows]
    return Regenerated(solution, tuple(lines))


def meetings_of(timetable: PublishedTimetable, calendar: Calendar) -> list[Meeting]:
    """The meetings whose days are published, and those of the rhythm that none of them replaces."""
    head = timetable.head
    known = set(timetable.meetings)
    first_on, last_on = window(head.year)
    for body in head.bodies.values():
        rhythm = parse_rhythm(body.weekday, NOON, body.rhythm, keeps_recess=False)
        made = generate_meetings(body.key, rhythm, first_on, last_on, calendar.is_working)
        known |= {(body.key, on) for on in _left(timetable, body.key, [each.on for each in made])}
    return [
        Meeting(
            head.bodies[key].role,
            on,
            head.bodies[key].title,
            report_due_on=calendar.clear_days_before(on, head.clear_days),
            supplement_due_on=calendar.add_working(on, -head.supplement_days),
        )
        for key, on in sorted(known, key=lambda each: (each[1], each[0]))
    ]


def moved(
    timetable: PublishedTimetable, body: str, before: date, after: date | None
) -> PublishedTimetable:
    """The timetable with a meeting on another day, or cancelled; it is then known that the body
    does not meet on the day that it had."""
    meetings = [each for each in timetable.meetings if each != (body, before)]
    if after is not None:
        meetings.append((body, after))
    absent = (*timetable.absent, (body, before, before))
    new_days = (*timetable.new_days, *([(body, after)] if after is not None else []))
    return replace(timetable, meetings=tuple(meetings), absent=absent, new_days=new_days)


def _left(timetable: PublishedTimetable, body: str, by_rhythm: list[date]) -> list[date]:
    """The days of the rhythm that nothing known of their month replaces or takes away."""
    left = list(by_rhythm)
    spans = [(first, last) for key, first, last in timetable.absent if key == body]
    whole = [span for span in spans if span[0] != span[1]]
    left = [on for on in left if not any(first <= on <= last for first, last in whole)]
    days = [first for first, last in spans if first == last]
    replacing = [each for each in timetable.meetings if each not in timetable.new_days]
    days += [on for key, on in replacing if key == body]
    for day in days:
        in_month = [on for on in left if (on.year, on.month) == (day.year, day.month)]
        if in_month:
            left.remove(min(in_month, key=lambda on: (abs(on - day), on)))
    return left


def _line(timetable: PublishedTimetable, row: PublishedRow, title: str, solution: Solution) -> Line:
    """The day of a step, or of the very body that the row names."""
    dated = solution.dated.get(row.step)
    if dated is None:
        return Line(row, title, None)
    assumed = _by_rhythm(timetable, solution, row)
    if not row.body:
        return Line(row, title, dated.due_on, dated.because, assumed, dated.at)
    body = timetable.head.bodies[row.body].title
    on = next((each.on for each in dated.meetings if each.title == body), None)
    return Line(
        row, title, on, (f"At {body} on {long_date(on)}.",) if on else (), assumed, dated.at
    )


def _by_rhythm(timetable: PublishedTimetable, solution: Solution, row: PublishedRow) -> bool:
    """Whether a meeting of the step, or of that from which it is counted, is not published."""
    rule, seen = solution.rules[row.step], {row.step}
    while rule.anchor_kind == "step" and rule.anchor in solution.rules and rule.anchor not in seen:
        seen.add(rule.anchor)
        rule = solution.rules[rule.anchor]
    titles = {key: body.title for key, body in timetable.head.bodies.items()}
    known = {(titles[body], on) for body, on in timetable.meetings}
    dated = solution.dated.get(rule.key)
    own = titles.get(row.body)
    return any(
        (each.title, each.on) not in known and own in (None, each.title)
        for each in (dated.meetings if dated else ())
    )


def published(row: PublishedRow) -> str:
    """27 June 2018; 27 June 2018 at 10:30am; June 2018; 10 to 16 December 2018; each month from
    September 2018 to March 2019; 11 September 2018 and 9 October 2018; no day."""
    if row.manner == NO_DAY:
        return NO_DAY
    if row.days:
        return " and ".join(long_date(each) for each in row.days)
    if row.manner == EACH_MONTH:
        return f"each month from {_span(row)}"
    if row.is_day:
        return long_date(row.first_on) + (f" at {clock_time(row.at)}" if row.at else "")
    return _span(row)


def _span(row: PublishedRow) -> str:
    first, last = row.first_on, row.last_on
    whole = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    if not whole:
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day} to {long_date(last)}"
        return f"{long_date(first)} to {long_date(last)}"
    ends = f"{MONTHS[last.month - 1]} {last.year}"
    begins = f"{MONTHS[first.month - 1]} {first.year}"
    return ends if begins == ends else f"{begins} to {ends}"
