"""What the pages of a plan show: read on one snapshot, with a bounded number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.dates import long_date
from config.framework import PlanType
from config.lifecycles.phases import DONE, OVER, Phase
from cycle import access, clock
from cycle.access import Reading
from cycle.models import Plan
from cycle.people import Actor
from workflows.core import engine
from workflows.core.attempt import Attempt
from workflows.core.engine import Choice
from workflows.framework import pinned
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings import approval_route, reading_corrections, waivers
from workflows.plans import plans, prerequisites
from workflows.plans.reading_text import TextPage, is_draft, kit, text_in
from workflows.plans.reading_version import (
    ChangedSince,
    changed_since_return,
    shown_text,
    sign_offs,
    versions_of,
)
from workflows.plans.status import PlanStatus, was_returned, where_is


@dataclass(frozen=True)
class BodyOnRoute:
    """A body on the plan's route, with its report where this person may know of it. ``now``: in the
    present round; ``without_report``: it is asked, and its report was withdrawn."""

    stage_id: int
    name: str
    on: date | None
    status: str
    item_id: int | None
    may_waive: bool
    without_report: bool
    now: bool


@dataclass
class PlanPage:
    """The plan's page: everything for its first screen, and the text for whoever may read it."""

    text: TextPage | None
    ref: str
    title: str
    state_label: str
    draft: bool
    over: bool  # nothing more becomes of it
    status: PlanStatus
    choices: list[Choice]
    contributions: list[Any]
    sign_offs: list[Any]
    version_list: list[Any]
    returned: list[Any]
    warnings: list[str]
    type_title: str
    record_number: str
    bodies: list[BodyOnRoute]
    may_ask_again: bool  # a report or a committee is wanting, and this person may ask for it
    without_report: list[str]  # the committees whose report was withdrawn
    changed_since: ChangedSince | None  # what a reviewer finds changed who had returned it
    warning: str  # what a reviewer is told before she changes the text herself; else empty
    corrections: Sequence[str]  # decisions on it that were corrected, in sentences
    my_task: int | None  # an open task of this person with a date that can be asked to move


def plan_page(session: Session, actor: Actor, ref: str) -> PlanPage:
    """The plan's page. Raises NotFound when this person may not know of the plan."""
    plan, reading = access.plan_to_read(session, actor, ref)
    framework, kind, _ = kit(plan)
    lifecycle = framework.lifecycles[plan.lifecycle]
    status = where_is(session, plan)
    attempt, definition = engine.attempt_on(session, plan, actor)
    working = reading.working
    sealed = versions_of(session, plan) if working else []
    shown = _text(attempt, reading, sealed)
    choices = engine.choices_in(attempt, definition, works=working)
    offered = {each.action for each in choices}
    if shown is None or not any(each.may_ask for each in shown.sections):
        choices = [each for each in choices if each.action != "ask_contribution"]
    bodies = _bodies(session, plan, actor, waives="waive" in offered)
    return PlanPage(
        text=shown,
        ref=plan.ref,
        title=plan.title,
        state_label=lifecycle.states[plan.state].label,
        draft=is_draft(plan),
        over=plan.phase in OVER,
        status=status,
        choices=choices,
        contributions=_contributions(attempt) if working else [],
        sign_offs=sign_offs(session, plan, reading),
        version_list=sealed,
        returned=_last_return(session, actor, plan, reading),
        warnings=_warnings(session, plan, kind, status.year_number),
        type_title=kind.title,
        record_number=f"{plan.ref}/{plan.head_seq}",
        bodies=[each for each in bodies if each.now],
        may_ask_again="request_again" in offered and approval_route.waits_for_nobody(attempt),
        without_report=[each.name for each in bodies if each.without_report],
        changed_since=_changed_since(session, actor, plan, choices) if working else None,
        warning=_warning(attempt, shown) if working else "",
        corrections=reading_corrections.corrections_of_plan(session, actor, plan),
        my_task=_my_task(plan, actor, status),
    )


def _text(attempt: Attempt, reading: Reading, sealed: Sequence[Any]) -> TextPage | None:
    """The working copy for who works on the plan, else the version that is open, if any."""
    plan = attempt.plan
    if reading.working:
        return text_in(attempt, next((v for v in sealed if v.id == plan.shown_version_id), None))
    if reading.version_id is None:
        return None
    return shown_text(attempt.session, plan, reading.version_id)


def _changed_since(
    session: Session, actor: Actor, plan: Plan, choices: Sequence[Choice]
) -> ChangedSince | None:
    """For whoever may return the plan now. No statement for anybody else."""
    returns = [each.action for each in choices if each.kind == "return"]
    return changed_since_return(session, actor, plan, returns) if returns else None


def _warning(attempt: Attempt, shown: TextPage | None) -> str:
    """What follows for a reviewer who changes the text herself (INV-22)."""
    if shown is None or not any(each.may_edit for each in shown.sections):
        return ""
    return plans.four_eyes_warning(attempt.session, attempt.plan, attempt.actor) or ""


def _my_task(plan: Plan, actor: Actor, status: PlanStatus) -> int | None:
    """The first task of this person on the plan itself that the timetable dates."""
    dated = (
        task.id
        for task in status.tasks
        if task.subject_id == plan.id and task.step_id and task.queue_id in actor.queue_ids
    )
    return next(dated, None)


_BODIES = text(f"""
SELECT route_stage.id, route_stage.verb, route_stage.status, route_stage.outcome,
       route_stage.item_id, body.name, meeting.on_date, route_stage.takes_effect_on,
       route_stage.status = 'open' AND route_stage.item_id IS NULL AS without_report,
       route_stage.round = max(route_stage.round) OVER () AS now,
       route_stage.takes_effect_on IS NOT NULL
         AND {approval_route.BEING_CORRECTED.format(plan="route_stage.plan_id")} AS being_corrected
FROM route_stage JOIN body ON body.id = route_stage.body_id
LEFT JOIN agenda_item ON agenda_item.id = route_stage.item_id
LEFT JOIN meeting ON meeting.id = agenda_item.meeting_id
WHERE route_stage.plan_id = :plan
ORDER BY route_stage.stage, body.name
""")  # noqa: S608  # a constant
STATUS = {
    "ahead": "To come",
    "open": "Asked now",
    "decided": "Decided",
    "waived": "Gone on without it",
    "ended": "Not asked any more",
}


NO_REPORT = "Waits for a new report"


def _status(status: str, outcome: str | None) -> str:
    return OUTCOMES[outcome].label if outcome in OUTCOMES else STATUS[status]


def _bodies(session: Session, plan: Plan, actor: Actor, *, waives: bool) -> list[BodyOnRoute]:
    """The bodies on the plan's route in all its rounds, in order of stages, with what their reports
    came to where this person may know of them. One statement, and one for reports."""
    rows = session.execute(_BODIES, {"plan": plan.id}).all()
    reports = {row.item_id for row in rows if row.item_id is not None}
    hidden = access.unknown(session, actor, reports)
    waits = plan.phase not in DONE
    return [_body(row, known=row.item_id not in hidden, waives=waives, waits=waits) for row in rows]


def _body(row: Any, *, known: bool, waives: bool, waits: bool) -> BodyOnRoute:
    status = _status(row.status, row.outcome if known else None)
    if waits and known and row.being_corrected:
        status += "; takes effect only when a correction of a decision is settled"
    elif waits and row.takes_effect_on is not None and row.takes_effect_on > clock.today():
        status += (
            f"; takes effect on {long_date(row.takes_effect_on)}, when call-in has ended, if it is "
            "not called in"
        )
    return BodyOnRoute(
        stage_id=row.id,
        name=row.name,
        on=row.on_date,
        status=NO_REPORT if row.without_report else status,
        item_id=row.item_id if known else None,
        may_waive=waives and waivers.can_be_waived(row.verb, row.status),
        without_report=row.without_report,
        now=row.now,
    )


def _contributions(attempt: Attempt) -> list[Any]:
    """What others were asked for and have not answered. No statement for nothing."""
    plan, actor = attempt.plan, attempt.actor
    if not attempt.contributor_queues:
        return []
    rows = attempt.session.execute(
        text(
            "SELECT c.id, c.section_key, c.note, c.due_on, c.queue_id, c.asked_by_id, "
            "asker.name AS asked_by, coalesce(u.name, b.name) AS place, "
            "(SELECT string_agg(post.title, ', ') FROM post WHERE post.queue_id = q.id) AS posts "
            "FROM contribution AS c JOIN queue AS q ON q.id = c.queue_id "
            "JOIN person AS asker ON asker.id = c.asked_by_id "
            "LEFT JOIN unit AS u ON u.id = q.unit_id LEFT JOIN body AS b ON b.id = q.body_id "
            "WHERE c.plan_id = :plan AND c.answered_at IS NULL ORDER BY c.id"
        ),
        {"plan": plan.id},
    ).mappings()
    titles = {each["key"]: each["title"] for each in plan.template["sections"]}
    return [
        {
            **row,
            "section": titles.get(row["section_key"], ""),
            "mine": row["queue_id"] in actor.queue_ids,
        }
        for row in rows
    ]


_RETURN = text("""
SELECT (event.payload::jsonb)->>'reason' AS reason, event.at, person.name,
       (event.payload::jsonb)->'details'->>'report' AS report
FROM event JOIN person ON person.id = event.person_id
WHERE event.subject_id = :plan AND event.to_state = :state
  AND event.from_state <> event.to_state ORDER BY seq DESC LIMIT 1
""")


def _last_return(
    session: Session, actor: Actor, plan: Plan, reading: Reading
) -> list[dict[str, Any]]:
    """That it came back, by whom and when, while it stands where that brought it; why for who
    works on it, and where a body said it in public."""
    if not was_returned(plan):
        return []
    row = session.execute(_RETURN, {"plan": plan.id, "state": plan.state}).first()
    if row is None:
        return []
    may_read = reading.working or bool(
        row.report and access.open_reports(session, actor, [row.report])
    )
    why = row.reason if may_read else access.WITHHELD
    return [{"name": row.name, "at": row.at, "reason": why, "working": reading.working}]


def _warnings(session: Session, plan: Plan, kind: PlanType, year_number: int) -> list[str]:
    """What the plan should have waited for, until somebody went on without it with a reason."""
    asked = any(
        rule.name == "override_reason_given"
        for each in pinned.of(plan).lifecycles[plan.lifecycle].transitions
        if plan.state in each.from_
        for rule in each.evidence_guards
    )
    begins = plan.phase in (Phase.NOT_STARTED, Phase.DRAFT) and not was_returned(plan)
    if not asked and not begins:
        return []
    wanted = kind.start_prerequisites
    return [each.sentence for each in prerequisites.unmet(session, plan, wanted, year_number)]
