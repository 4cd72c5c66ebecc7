"""Meetings and the register of decisions: what is to come, what has been, what was resolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from cycle import access, clock
from cycle.errors import NotFound
from cycle.models import AgendaItem, Body, Meeting
from cycle.people import Actor
from workflows.framework import meeting_law, pinned, post_permissions
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings import registers
from workflows.meetings.registers import Programmed

ROWS = 60


@dataclass(frozen=True)
class MeetingsPage:
    """Meetings to come (or past), with how many reports each has."""

    bodies: list[Body]
    body_id: int | None
    past: bool
    rows: list[Any]


@dataclass(frozen=True)
class MeetingPage:
    """One meeting with its agenda, and the reports that wait to be put on it."""

    meeting: Meeting
    body: Body
    agenda: list[Programmed]
    waiting: list[Programmed]
    over: bool
    to_come: bool
    warnings: list[str]


@dataclass(frozen=True)
class DecisionsPage:
    """The register of decisions."""

    bodies: list[Body]
    body_id: int | None
    rows: list[registers.Decided]
    labels: dict[str, str]


_MEETINGS = """
SELECT meeting.id, meeting.on_date, meeting.at_time, meeting.kind, meeting.status,
       meeting.first_on_date, body.name AS body,
       count(subject.id) FILTER (WHERE subject.phase <> 'withdrawn' AND {known}) AS items
FROM meeting JOIN body ON body.id = meeting.body_id
LEFT JOIN agenda_item ON agenda_item.meeting_id = meeting.id
LEFT JOIN subject ON subject.id = agenda_item.id
WHERE (CAST(:body AS int) IS NULL OR body.id = :body)
  AND meeting.on_date BETWEEN :first AND :last
GROUP BY meeting.id, body.name
"""
_COMING = " ORDER BY meeting.on_date, meeting.at_time, body.name LIMIT :most"
_PAST = " ORDER BY meeting.on_date DESC, body.name LIMIT :most"


def bodies_of(session: Session) -> list[Body]:
    """The council's bodies of today, by name."""
    today = clock.today()
    return list(
        session.scalars(
            select(Body)
            .where(Body.from_on <= today, (Body.until_on.is_(None)) | (Body.until_on > today))
            .order_by(Body.public.desc(), Body.name)
        )
    )


def meetings_page(
    session: Session, actor: Actor, body_id: int | None, *, past: bool
) -> MeetingsPage:
    """Meetings from today on, or those of the last years, the newest first; with the number of
    reports that this person may know of."""
    today = clock.today()
    span = (date(1900, 1, 1), today - timedelta(days=1)) if past else (today, date(2200, 1, 1))
    wanted = _MEETINGS.format(known=access.rights.knows_report(actor))
    asked = {"body": body_id, "first": span[0], "last": span[1], "most": ROWS}
    rows = session.execute(
        text(wanted + (_PAST if past else _COMING)), {**asked, **access.bound(actor)}
    ).all()
    return MeetingsPage(bodies_of(session), body_id, past, list(rows))


def meeting_page(session: Session, actor: Actor, meeting_id: int) -> MeetingPage:
    """One meeting. Raises NotFound."""
    meeting = session.scalars(
        select(Meeting).where(Meeting.id == meeting_id).options(joinedload(Meeting.body))
    ).first()
    if meeting is None:
        raise NotFound(access.GONE)
    coming = [
        row
        for row in registers.work_programme(session, actor, meeting.body_id)
        if row.item.meeting_id is None
    ]
    return MeetingPage(
        meeting,
        meeting.body,
        registers.agenda_of(session, actor, meeting_id),
        coming,
        meeting.on_date < clock.today(),
        meeting.on_date > clock.today(),
        _warnings(session, meeting),
    )


def _warnings(session: Session, meeting: Meeting) -> list[str]:
    """What is worth a look about the day of a planned meeting to come."""
    framework = post_permissions.framework(session)
    if framework is None or meeting.status != "planned" or meeting.on_date < clock.today():
        return []
    return meeting_law.warnings(session, framework, meeting.body, meeting.on_date, meeting.kind)


def decisions_page(session: Session, actor: Actor, body_id: int | None) -> DecisionsPage:
    """The register of decisions, the newest first."""
    labels = {key: outcome.label for key, outcome in OUTCOMES.items()}
    rows = registers.register(session, actor, body_id)
    return DecisionsPage(bodies_of(session), body_id, rows, labels)


def meetings_for(session: Session, item: AgendaItem) -> list[tuple[str, str]]:
    """The meetings to come of a report's body, as choices."""
    rows = session.execute(
        select(Meeting.id, Meeting.on_date, Meeting.kind)
        .where(
            Meeting.body_id == item.body_id,
            Meeting.status != "cancelled",
            Meeting.on_date >= clock.today(),
        )
        .order_by(Meeting.on_date)
        .limit(12)
    ).all()
    body = session.get_one(Body, item.body_id)
    days = [row.on_date for row in rows]
    late = meeting_law.papers_of_each(session, pinned.of(item), body, days)
    return [(str(row.id), _choice(row, words)) for row, words in zip(rows, late, strict=True)]


def _choice(row: Any, late: Sequence[str]) -> str:
    """A meeting as a choice; what is late for it is said before it is chosen."""
    day = f"{row.on_date.day} {row.on_date:%B %Y} ({row.kind})"
    return f"{day}. {' '.join(late)}" if late else day


@dataclass(frozen=True)
class DecisionPage:
    """One decision that is to be corrected."""

    item_id: int
    decision_id: int
    title: str
    words: str
    outcome: str
    number: int
    version: int


def decision_page(session: Session, actor: Actor, item_id: int, decision_id: int) -> DecisionPage:
    """One decision of a report. Raises NotFound when it is not that report's (SR-24)."""
    item = access.report(session, actor, item_id)
    for each in registers.decisions_of(session, item_id):
        if each.id == decision_id:
            label = OUTCOMES[each.outcome].label
            words = each.words or each.recommendation
            return DecisionPage(
                item_id, decision_id, item.title, words, label, each.number, item.version
            )
    raise NotFound(access.GONE)
