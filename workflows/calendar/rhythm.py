"""Meetings by the rhythm of each body, made for whole municipal years (May to April)."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import council as files
from config.council import municipal_year
from config.rhythm import generate_meetings
from cycle import council_facts
from cycle.errors import BadInput
from cycle.models import Body, Meeting
from cycle.people import Actor, Capacity
from workflows.core import engine
from workflows.core.audit import Act
from workflows.core.council_subject import subject_of
from workflows.framework import post_permissions


def new_meeting(body: Body, each: files.Meeting) -> Meeting:
    """A planned meeting of a body, as a row that is still to be added."""
    return Meeting(
        body_id=body.id,
        on_date=each.on,
        at_time=each.at,
        kind=each.kind,
        status="planned",
        first_on_date=each.on,
    )


def make_meetings(session: Session, actor: Actor, first_on: date, last_on: date) -> list[Meeting]:
    """Make the meetings of every body by its rhythm for the municipal years of these days.

    Both ends count, and years are made whole (May to April); a year for which a body has any
    meeting already, that was not called besides, is left alone. Gives those that were made; the
    same call again makes none.
    """
    may = post_permissions.require(
        session, actor, "manage_meetings", "plan_cycle", "manage_council"
    )
    return meetings_by_rhythm(session, actor, may, first_on, last_on)


def meetings_by_rhythm(
    session: Session, actor: Actor, capacity: Capacity, first_on: date, last_on: date
) -> list[Meeting]:
    """What ``make_meetings`` does, as a consequence of an act done in this capacity."""
    if last_on < first_on:
        raise BadInput("The last day is before the first one. Give them in order.")
    subject = subject_of(session)
    made = [new_meeting(body, each) for body, each in by_rhythm(session, first_on, last_on)]
    session.add_all(made)
    session.flush()
    if made:
        counts: dict[str, int] = {}
        for row in made:
            counts[str(row.body_id)] = counts.get(str(row.body_id), 0) + 1
        details = {"first": first_on, "last": last_on, "meetings_by_body": counts}
        engine.record(session, subject, actor, Act("make_meetings", details=details), capacity)
    return made


def by_rhythm(session: Session, first_on: date, last_on: date) -> list[tuple[Body, files.Meeting]]:
    """The meetings that ``make_meetings`` would make, without making them."""
    years = range(municipal_year(first_on), municipal_year(last_on) + 1)
    rows = session.execute(
        select(Meeting.body_id, Meeting.on_date, Meeting.first_on_date, Meeting.kind)
    ).all()
    # A meeting belongs to the year for which it was planned: moved out of it, it is not made
    # again, and moved into the next it does not stand for that one's. One that was called
    # besides says nothing of the others.
    known = {
        (row.body_id, municipal_year(row.first_on_date))
        for row in rows
        if row.kind != "extraordinary"
    }
    taken = {(row.body_id, row.on_date) for row in rows}
    calendar, rests = council_facts.calendar(session), council_facts.in_recess(session)
    found = []
    for body in session.scalars(select(Body).order_by(Body.id)):
        rhythm = council_facts.rhythm(body)
        for year in years:
            if (body.id, year) in known:
                continue
            span = (date(year, 5, 1), date(year + 1, 5, 1))
            days = generate_meetings(body.key, rhythm, *span, calendar.is_working, rests)
            found += [
                (body, each)
                for each in days
                if _exists(body, each.on) and (body.id, each.on) not in taken
            ]
    return found


def _exists(body: Body, on: date) -> bool:
    return body.from_on <= on and (body.until_on is None or on <= body.until_on - timedelta(days=1))
