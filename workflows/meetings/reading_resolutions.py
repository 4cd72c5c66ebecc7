"""A report in front of its meeting, the choice of an agenda, a body waived or asked again."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import NotAvailable, NotFound
from cycle.people import Actor
from workflows.framework.outcomes import AGREED, OUTCOMES
from workflows.meetings import call_in, standstill, waivers
from workflows.meetings.reading import meetings_for
from workflows.meetings.reading_report import ItemPage, step_page, words_page
from workflows.reports import agenda_items


@dataclass(frozen=True)
class ResolutionPage:
    """A report in front of its meeting: one outcome for each recommendation."""

    page: ItemPage
    outcomes: list[tuple[str, str]]
    usual: str
    usual_label: str
    shown: dict[str, str]
    call_in: str  # what call-in means for it, in sentences; "" for no decision of an executive


@dataclass(frozen=True)
class ListPage:
    """A report to be put on an agenda."""

    page: ItemPage
    meetings: list[tuple[str, str]]


def list_page(session: Session, actor: Actor, item_id: int) -> ListPage:
    """The meetings on whose agenda a report can be put. Raises NotFound."""
    page = step_page(session, actor, item_id, "list_item")
    return ListPage(page, meetings_for(session, page.item))


def resolution_page(
    session: Session, actor: Actor, meeting_id: int, item_id: int
) -> ResolutionPage:
    """A report in front of its meeting. Raises NotFound when it is not on that agenda."""
    page = words_page(session, actor, item_id)
    if page.item.meeting_id != meeting_id:
        raise NotFound(access.GONE)
    usual = AGREED[page.item.verb]
    return ResolutionPage(
        page,
        [(key, outcome.label) for key, outcome in OUTCOMES.items()],
        usual,
        OUTCOMES[usual].label,
        agenda_items.shown_versions(session, page.item),
        call_in.sentence(session, page.item, page.meeting.on_date) if page.meeting else "",
    )


@dataclass(frozen=True)
class AskAgainPage:
    """A plan that waits for nobody, and what it lacks, in sentences."""

    plan_id: int
    ref: str
    title: str
    version: int
    missing: list[str]
    waits: bool  # it waits for nobody, so that there is something to ask for
    without_report: list[str]


def ask_again_page(session: Session, actor: Actor, ref: str) -> AskAgainPage:
    """A plan of which a body is to be asked. Raises NotFound or NotPermitted."""
    plan = access.plan(session, actor, ref)
    lacking = standstill.missing(session, actor, plan)
    waits = lacking is not None
    unwritten = standstill.without_report(session, plan) if waits else []
    return AskAgainPage(plan.id, ref, plan.title, plan.version, lacking or [], waits, unwritten)


@dataclass(frozen=True)
class WaivePage:
    """A body of a plan's way that is to be passed over."""

    stage_id: int
    plan_ref: str
    plan_title: str
    plan_version: int
    body: str


def waive_page(session: Session, actor: Actor, ref: str, stage_id: int) -> WaivePage:
    """One body of a plan's way. Raises NotFound when it is not this plan's, NotPermitted, or
    NotAvailable once the plan is before none."""
    plan = access.text_of(session, actor, ref)
    row = session.execute(
        text(
            "SELECT body.name FROM route_stage JOIN body ON body.id = body_id "
            "WHERE route_stage.id = :stage AND plan_id = :plan"
        ),
        {"stage": stage_id, "plan": plan.id},
    ).first()
    if row is None:
        raise NotFound(access.GONE)
    waivers.capacity_for(session, plan, actor, NotAvailable)
    return WaivePage(stage_id, plan.ref, plan.title, plan.version, row.name)
