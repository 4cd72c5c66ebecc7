"""What the pages show of what happened to a subject: its page with its history, on one snapshot."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from cycle import access
from cycle.models import AgendaItem, DateChange
from cycle.people import Actor
from workflows.record import history
from workflows.timetable import reading_changes
from workflows.timetable.reading_changes import ChangePage


@dataclass(frozen=True)
class HistoryPage:
    """A plan's history as sentences."""

    ref: str
    title: str
    events: list[dict[str, Any]]


def plan_history(session: Session, actor: Actor, ref: str) -> HistoryPage:
    """A plan's history. Raises NotFound."""
    plan = access.plan(session, actor, ref)
    return HistoryPage(ref, plan.title, history.for_page(session, actor, plan))


def change_page(
    session: Session, actor: Actor, ref: str
) -> tuple[ChangePage, list[dict[str, Any]]]:
    """One change of dates with what it moves, and what happened to it. Raises NotFound."""
    page = reading_changes.change_page(session, actor, ref)
    change = session.get_one(DateChange, page.change_id)
    return page, history.for_page(session, actor, change)


def report_history(
    session: Session, actor: Actor, item_id: int
) -> tuple[AgendaItem, list[dict[str, Any]]]:
    """A report and what happened to it, in sentences, the newest first. Raises NotFound."""
    item = access.item(session, actor, item_id)
    return item, history.for_page(session, actor, item)
