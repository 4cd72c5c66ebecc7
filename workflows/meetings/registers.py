"""What pages show of committees: the work programme of a body and the register of decisions.

Set-based: a handful of statements for any number of rows. Which reports a person may know of, and
whose decisions she may read, is asked of ``cycle.access``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.lifecycles.phases import Phase
from cycle import access
from cycle.models import AgendaItem, Meeting
from cycle.people import Actor
from workflows.reports import report_status

NOT_PUBLISHED = "Not published yet"


@dataclass(frozen=True)
class Programmed:
    """A line of a body's work programme; ``is_open``: the person who asked may open its page."""

    item: AgendaItem
    status: str
    is_open: bool
    meeting_on: date | None
    plans: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """A decision in the register; ``corrected`` when a newer row supersedes it."""

    id: int
    item_id: int
    ref: str
    title: str
    body: str
    on: date
    number: int
    recommendation: str
    outcome: str
    words: str
    without_vote: bool
    effect: bool
    deferred_to_on: date | None
    supersedes_id: int | None
    corrected: bool
    reason: str
    was: str = ""  # the outcome that this one corrects, where it is another one
    agreed_by: str = ""  # who agreed to another outcome or effect
    evidence: str = ""
    later_minute: str = ""
    waiting: int | None = None  # the number of a correction that is proposed


def work_programme(
    session: Session, actor: Actor, body_id: int | None = None, *, decided: bool = False
) -> list[Programmed]:
    """The reports for a body (or for all), by meeting; those without one at the end. Of one that
    is closed to this person only that it comes."""
    statement = (
        access.forthcoming_items(actor)
        .where(AgendaItem.phase != Phase.WITHDRAWN)
        .outerjoin(Meeting, Meeting.id == AgendaItem.meeting_id)
        .order_by(Meeting.on_date.nulls_last(), AgendaItem.position, AgendaItem.id)
    )
    if body_id is not None:
        statement = statement.where(AgendaItem.body_id == body_id)
    if not decided:
        statement = statement.where(AgendaItem.phase != Phase.ENDED)
    return _programmed(session, session.execute(statement).all())


def agenda_of(session: Session, actor: Actor, meeting_id: int) -> list[Programmed]:
    """The reports on the agenda of one meeting, in order; one that was withdrawn only for those to
    whom its page is open."""
    statement = (
        access.forthcoming_items(actor)
        .where(AgendaItem.meeting_id == meeting_id)
        .order_by(AgendaItem.position, AgendaItem.id)
    )
    rows = session.execute(statement).all()
    shown = [row for row in rows if row[1] or row[0].phase != Phase.WITHDRAWN]
    return _programmed(session, shown)


def _programmed(session: Session, found: Sequence[Any]) -> list[Programmed]:
    if not found:
        return []
    items = [item for item, _is_open in found]
    ids = [item.id for item in items]
    statuses = report_status.statuses(session, items)
    held = {item.meeting_id for item in items if item.meeting_id}
    days = session.execute(select(Meeting.id, Meeting.on_date).where(Meeting.id.in_(held)))
    dates = {row.id: row.on_date for row in days}
    carried: dict[int, list[str]] = {item: [] for item in ids}
    for row in session.execute(
        text(
            "SELECT item_id, ref FROM item_plan JOIN subject ON subject.id = plan_id "
            "WHERE item_id = ANY(:items) ORDER BY ref"
        ),
        {"items": ids},
    ):
        carried[row.item_id].append(row.ref)
    return [
        Programmed(
            item,
            statuses[item.id] if is_open else NOT_PUBLISHED,
            is_open,
            dates.get(item.meeting_id) if item.meeting_id else None,
            tuple(carried[item.id]),
        )
        for item, is_open in found
    ]


_REGISTER = """
SELECT decision.id, decision.item_id, subject.ref, subject.title, body.name AS body,
       decision.decided_on AS "on", recommendation.number,
       recommendation.words AS recommendation, decision.outcome, decision.words,
       decision.without_vote, decision.effect, decision.deferred_to_on, decision.supersedes_id,
       later.id IS NOT NULL AS corrected, decision.reason,
       CASE WHEN was.outcome <> decision.outcome THEN was.outcome ELSE '' END AS was,
       coalesce(agreed.name, '') AS agreed_by, coalesce(decision.evidence, '') AS evidence,
       coalesce(decision.later_minute, '') AS later_minute, proposed.id AS waiting
FROM decision
JOIN subject ON subject.id = decision.item_id
JOIN body ON body.id = subject.body_id
JOIN recommendation ON recommendation.id = decision.recommendation_id
LEFT JOIN decision AS later ON later.supersedes_id = decision.id
LEFT JOIN decision AS was ON was.id = decision.supersedes_id
LEFT JOIN person AS agreed ON agreed.id = decision.agreed_by_id
LEFT JOIN decision_correction AS proposed
  ON proposed.decision_id = decision.id AND proposed.status = 'waiting'
WHERE {right}
"""


def register(
    session: Session,
    actor: Actor,
    body_id: int | None = None,
    *,
    limit: int = 100,
    offset: int = 0,
) -> list[Decided]:
    """The register of decisions, the newest first; corrected ones beside what corrects them."""
    sql = _REGISTER.format(right=access.rights.opens_report(actor))
    sql += " AND subject.body_id = :body" if body_id is not None else ""
    rows = session.execute(
        text(
            sql + " ORDER BY decision.decided_on DESC, decision.item_id DESC, "
            "recommendation.number, decision.id DESC LIMIT :limit OFFSET :offset"
        ),
        {"body": body_id, "limit": limit, "offset": offset, **access.bound(actor)},
    )
    return [_decided(row) for row in rows]


def decisions_of(session: Session, item_id: int) -> list[Decided]:
    """What was resolved on one report, corrections included; the caller may read its words."""
    rows = session.execute(
        text(
            _REGISTER.format(right="decision.item_id = :item")
            + " ORDER BY recommendation.number, decision.id"
        ),
        {"item": item_id},
    )
    return [_decided(row) for row in rows]


def _decided(row: Any) -> Decided:
    return Decided(**row._mapping)
