"""Days that others fix: events on which dates hang, holidays, closures; what follows from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.council import Event
from config.dates import long_date, parse_date
from config.law import NATIONS
from config.lifecycles.phases import WORKING
from cycle import access, clock, council_facts
from cycle.calendar import Calendar
from cycle.errors import NotFound
from cycle.models import Council, PlanningYear
from cycle.people import Actor
from cycle.schedule import elections
from workflows.calendar import closure_impact, external_dates, outside_events
from workflows.calendar.closure_impact import Days, MovedDeadline
from workflows.calendar.external_dates import Closed, MeetingOn
from workflows.framework import post_permissions
from workflows.timetable import reading_impact
from workflows.timetable.reading_impact import Follows

SHOWN = timedelta(days=2 * 365)


@dataclass(frozen=True)
class EventLine:
    """An event, whether it was recorded here, and what the law hangs on it, in sentences."""

    event: Event
    recorded: bool
    by_law: list[str]


@dataclass(frozen=True)
class DaysPage:
    """What is fixed from outside, from today on, and the years whose dates may follow from it."""

    version: int
    events: list[EventLine]
    closed: list[Closed]
    meetings: list[MeetingOn]  # on days on which nobody works
    provisional: list[int]
    kinds: dict[str, str]
    years: list[tuple[str, str]]
    may_record: bool
    today: date


def days_page(session: Session, actor: Actor) -> DaysPage:
    """What is known of the days to come."""
    today = clock.today()
    council = session.scalars(select(Council)).first()
    framework = post_permissions.framework(session)
    years = session.scalars(
        select(PlanningYear)
        .where(PlanningYear.phase.in_(WORKING))
        .order_by(PlanningYear.writes_from)
    )
    calendar = council_facts.calendar(session)
    closed = external_dates.closed_days(session, calendar, today, today + SHOWN)
    return DaysPage(
        version=council.version if council else 0,
        events=_events(session, calendar),
        closed=closed,
        meetings=external_dates.meetings_between(session, today, today + SHOWN, calendar=calendar),
        provisional=calendar.provisional_years(*(each.first_on for each in closed)),
        kinds=outside_events.kinds(framework) if framework else {},
        years=[(year.ref, year.title) for year in years],
        may_record=external_dates.MAY in post_permissions.of(session, actor),
        today=today,
    )


def _events(session: Session, calendar: Calendar) -> list[EventLine]:
    recorded = outside_events.recorded_keys(session)
    events = council_facts.events(session)
    return [
        EventLine(each, each.key in recorded, list(_by_law(each, events, calendar)))
        for each in sorted(events, key=lambda each: (each.on, each.key))
    ]


def _by_law(event: Event, events: Sequence[Event], calendar: Calendar) -> Iterator[str]:
    """The days that the law of the nation hangs on a poll."""
    if not elections.is_poll(event, elections.ELECTION):
        return
    notice = elections.notice_days(event.on, calendar)
    if notice is None:
        yield f"No rule known for the notice of election in {NATIONS[calendar.nation]}."
    else:
        span = f"from {long_date(notice.first_on)} to" if notice.first_on else "by"
        yield f"Notice of election {span} {long_date(notice.last_on)} ({notice.law.source})."
    polls = [each.on for each in events if each.named(elections.ELECTION)]
    if elections.ordinary_poll(event.on.year, polls) == event.on and event.on in polls:
        meeting = elections.annual_meeting(calendar.nation, event.on.year, event.on)
        if meeting is not None:
            yield f"{meeting.title}: {meeting.sentence}"


def recorded_event(session: Session, key: str) -> tuple[Event, int]:
    """An event that was recorded here, and the council's version. Raises NotFound."""
    for each in council_facts.events(session):
        if each.key == key and key in outside_events.recorded_keys(session):
            return each, session.scalars(select(Council.version)).one()
    raise NotFound(access.GONE)


@dataclass(frozen=True)
class WhatIfPage:
    """Meetings on these days, deadlines that move, and what follows in each year: (reference,
    title, what follows)."""

    meetings: list[MeetingOn]
    deadlines: tuple[MovedDeadline, ...]
    years: list[tuple[str, str, Follows]]


def what_if(session: Session, actor: Actor, days: Days) -> WhatIfPage:
    """What would follow from days on which nobody works; nothing is saved. Raises as ``ask`` of
    ``closure_impact`` does."""
    found = closure_impact.ask(session, actor, days)
    years = [
        (year.ref, year.title, reading_impact.follows_from(follows))
        for year, follows in found.years
    ]
    meetings = external_dates.meetings_between(session, days.first_on, days.last_on, days.kind)
    return WhatIfPage(meetings, found.deadlines, years)


def recorded_day(session: Session, kind: str, on: str) -> tuple[Closed, int]:
    """A recorded day and the council's version. Raises NotFound."""
    try:
        day = parse_date(on)
    except ValueError:
        raise NotFound(access.GONE) from None
    calendar = council_facts.calendar(session)
    for each in external_dates.closed_days(session, calendar, day, day):
        if (each.kind, each.first_on, each.recorded) == (kind, day, True):
            return each, session.scalars(select(Council.version)).one()
    raise NotFound(access.GONE)
