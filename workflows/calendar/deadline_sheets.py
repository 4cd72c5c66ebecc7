"""The deadline sheet of a meeting: every day that its body's rules give, and how it was counted.

The rule that lives here: a council's own papers rules for a body come before the framework's; the
rest is ``cycle.schedule.deadlines``. Days are local dates, days in hand are working days from
today.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from config.dates import clock_time
from config.framework import Framework
from config.governance import DayRule
from cycle import access, clock, council_facts
from cycle.calendar import Calendar
from cycle.errors import NotFound
from cycle.models import Body, Meeting
from cycle.people import Actor
from cycle.schedule.deadlines import Deadline, deadlines, in_force
from notifications import feeds
from notifications.feeds import Entry, Stamp
from workflows.files.tables import Column
from workflows.framework import post_permissions
from workflows.framework.deadline_rules import AGENDA, FINAL_REPORT, by_council, papers_rule
from workflows.meetings import registers
from workflows.meetings.registers import Programmed

OWN_RULE = "The council’s own rule for this body"
BRIEFING = {"briefing": "chairs_briefing"}
COLUMNS: tuple[Column, ...] = (
    ("On", 18),
    ("At", 10),
    ("What", 40),
    ("Working days in hand", 12),
    ("Rule", 40),
    ("Days counted", 60),
    ("Days not counted, and why", 60),
    ("Source", 60),
)


@dataclass(frozen=True)
class Line:
    """One deadline and how many working days are left until it; below nought: it has passed."""

    deadline: Deadline
    in_hand: int


@dataclass
class Sheet:
    """The deadlines of one meeting, in order, and the reports on its agenda."""

    meeting: Meeting
    body: Body
    lines: list[Line]
    reports: list[Programmed]
    provisional: list[int]
    stamp: Stamp


def sheet(session: Session, actor: Actor, meeting_id: int) -> Sheet:
    """The deadline sheet of a meeting. Raises NotFound."""
    meeting = session.scalars(
        select(Meeting).where(Meeting.id == meeting_id).options(joinedload(Meeting.body))
    ).first()
    framework = post_permissions.framework(session)
    if meeting is None or framework is None:
        raise NotFound(access.GONE)
    calendar, today = council_facts.calendar(session), clock.today()
    found = of_meeting(session, by_council(session, framework), meeting, calendar)
    return Sheet(
        meeting,
        meeting.body,
        [Line(each, calendar.in_hand(today, each.on)) for each in found],
        registers.agenda_of(session, actor, meeting_id),
        calendar.provisional_years(meeting.on_date, *(each.on for each in found)),
        feeds.stamp(session),
    )


def of_meeting(
    session: Session, framework: Framework, meeting: Meeting, calendar: Calendar
) -> list[Deadline]:
    """The deadlines of a meeting by a calendar, in order; the framework is the council's own
    (``by_council``), and the meeting's body is loaded."""
    body = meeting.body
    own = council_facts.fact(session, council_facts.PAPERS, {}).get(body.key, {})
    rules = dict(framework.day_rules)
    for name, key in {AGENDA: "agenda_published", FINAL_REPORT: FINAL_REPORT, **BRIEFING}.items():
        if own.get(name) and key in rules:
            usual = in_force(rules[key], calendar.nation, meeting.on_date, body.kind)
            rules[key] = _own(framework, body, own, name, usual)
    return deadlines(rules, body.kind, body.framework_key, meeting.on_date, calendar)


def _own(
    framework: Framework, body: Body, own: dict[str, Any], name: str, usual: DayRule
) -> DayRule:
    """The council's own rule for a body's papers, which is no longer the framework's."""
    stored = own[name]
    if name in BRIEFING:
        rule = replace(usual, days=int(stored["days"]), unit=str(stored["unit"]), variants=())
    else:
        rule = papers_rule(framework, body.framework_key, own, name)
    same = (rule.days, rule.unit) == (usual.days, usual.unit)
    rule = replace(rule, source=usual.source if same else OWN_RULE)
    return replace(rule, at=stored["at"] or rule.at)


def as_rows(page: Sheet) -> Iterable[tuple[Any, ...]]:
    """The deadlines as rows of ``COLUMNS``."""
    for line in page.lines:
        each = line.deadline
        yield (
            each.on,
            each.at,
            each.title,
            line.in_hand,
            each.rule,
            ", ".join(day.isoformat() for day in each.counted),
            ", ".join(f"{skipped.on.isoformat()} ({skipped.why})" for skipped in each.skipped),
            each.source,
        )


def as_entries(page: Sheet) -> Iterable[Entry]:
    """The deadlines as entries of a calendar, the meeting itself among them."""
    meeting = page.meeting
    name = f"{page.body.name}, {meeting.on_date.day} {meeting.on_date:%B %Y}"
    cancelled = meeting.status == "cancelled"
    yield Entry(
        uid=page.stamp.uid("meeting", meeting.id),
        sequence=meeting.version,
        title=page.body.name,
        on=meeting.on_date,
        at=meeting.at_time,
        categories=(meeting.kind,),
        cancelled=cancelled,
        body=page.body.key,
    )
    for line in page.lines:
        each = line.deadline
        yield Entry(
            uid=page.stamp.uid("deadline", meeting.id, each.key),
            sequence=page.stamp.acts,
            title=f"{f'{clock_time(each.at)} ' if each.at else ''}{each.title}: {name}",
            on=each.on,
            text=f"{each.rule}. {each.source}",
            cancelled=cancelled,
        )
