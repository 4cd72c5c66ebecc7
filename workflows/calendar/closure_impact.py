"""What follows from days on which nobody works: before they are recorded, and after.

The rule that lives here: the same question is asked of the calendar without these days and of the
calendar with them, so the answer is the same whether they are recorded yet or not. It lists every
deadline of a planned meeting that moves and every step; nothing is written and nobody is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from config.council import Closure
from cycle import access, clock, council_facts
from cycle.access import KnownPlans
from cycle.calendar import Calendar
from cycle.models import Meeting, PlanningYear
from cycle.people import Actor
from cycle.schedule.diff import Difference
from workflows.calendar import deadline_sheets
from workflows.framework import post_permissions
from workflows.framework.deadline_rules import by_council
from workflows.timetable import impact

# The longest way back from a meeting that a rule of days counts is a month (28 clear days).
REACH = timedelta(days=90)


@dataclass(frozen=True)
class Days:
    """Days, both included, that are a holiday or on which the council is closed."""

    kind: str  # holiday | closure
    first_on: date
    last_on: date


@dataclass(frozen=True)
class MovedDeadline:
    """A deadline of a planned meeting, without these days and with them."""

    meeting_id: int
    body: str
    meets_on: date
    title: str
    before: date
    after: date


@dataclass(frozen=True)
class Answer:
    """Deadlines that move, and what differs in each year in which work is going on."""

    deadlines: tuple[MovedDeadline, ...]
    years: tuple[tuple[PlanningYear, Difference], ...]


def ask(session: Session, actor: Actor, days: Days) -> Answer:
    """What follows from these days, for one reader."""

    def known(year: PlanningYear) -> KnownPlans:
        return access.known_plans(session, actor, year.id)

    without, with_ = calendars(council_facts.calendar(session), days)
    years = impact.years_of(session, (days.first_on, days.last_on))
    return Answer(
        tuple(_deadlines(session, days, without, with_)),
        tuple(
            (year, impact.follow(session, year, known(year), calendars=(without, with_)))
            for year in years
        ),
    )


def calendars(now: Calendar, days: Days) -> tuple[Calendar, Calendar]:
    """The calendar without these days and the one with them."""
    if days.kind == "holiday":
        others = {
            on: name
            for on, name in now.extra_holidays.items()
            if not days.first_on <= on <= days.last_on
        }
        count = (days.last_on - days.first_on).days + 1
        these = {days.first_on + timedelta(days=n): "the holiday" for n in range(count)}
        return replace(now, extra_holidays=others), replace(now, extra_holidays=others | these)
    rest = [each for each in now.closures if not _same(each, days)]
    closed = Closure(days.first_on, days.last_on, "the council is closed")
    return replace(now, closures=rest), replace(now, closures=[*rest, closed])


def _same(closure: object, days: Days) -> bool:
    return isinstance(closure, Closure) and (closure.first_on, closure.last_on) == (
        days.first_on,
        days.last_on,
    )


def _deadlines(
    session: Session, days: Days, without: Calendar, with_: Calendar
) -> Iterable[MovedDeadline]:
    framework = post_permissions.framework(session)
    if framework is None:
        return
    ruled = by_council(session, framework)
    meetings = session.scalars(
        select(Meeting)
        .where(
            Meeting.status == "planned",
            Meeting.on_date >= max(days.first_on, clock.today()),
            Meeting.on_date <= days.last_on + REACH,
        )
        .options(joinedload(Meeting.body))
        .order_by(Meeting.on_date, Meeting.id)
    )
    for meeting in meetings:
        before = deadline_sheets.of_meeting(session, ruled, meeting, without)
        after = {
            each.key: each for each in deadline_sheets.of_meeting(session, ruled, meeting, with_)
        }
        for each in before:
            if each.on != after[each.key].on:
                yield MovedDeadline(
                    meeting.id,
                    meeting.body.name,
                    meeting.on_date,
                    each.title,
                    each.on,
                    after[each.key].on,
                )
