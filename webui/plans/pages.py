"""What the pages of a plan show: read on one snapshot, with a bounded number of statements."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import Framework, PlanType
from cycle import access
from cycle.access import Reading
from cycle.errors import NotFound
from cycle.models import Plan, PlanVersion
from cycle.people import Actor
from webui.charts.svg import Picture, Stage, route_picture
from webui.plans.shown import printed_sections, shown_text
from webui.plans.text import TextPage, is_draft, kit, shown_version, text_of
from workflows.core import engine
from workflows.core.engine import Choice
from workflows.framework import versions as pinned
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings import standstill, waivers
from workflows.plans import (
    agreements,
    plans,
    prerequisites,
    status as standing,
    versions,
)
from workflows.record import history

NO_VERSION = "This plan has no version with that number."


@dataclass
class PlanPage:
    """The plan's page: everything for its first screen, and the text for whoever may read it."""

    text: TextPage | None
    ref: str
    title: str
    state_label: str
    draft: bool
    standing: standing.Standing
    picture: Picture
    choices: list[Choice]
    contributions: list[Any]
    sign_offs: list[Any]
    version_list: list[Any]
    returned: list[Any]
    warnings: list[str]
    type_title: str
    record_number: str
    bodies: list[Any]
    may_ask_again: bool  # a report or a committee is wanting, and this person may ask for it
    without_report: list[str]  # the committees whose report was withdrawn
    my_task: int | None  # an open task of this person with a date that can be asked to move


@dataclass
class ComparePage:
    """Two versions side by side."""

    ref: str
    title: str
    version_list: list[Any]
    older: int
    newer: int
    differences: list[tuple[str, versions.Difference]]


@dataclass
class HistoryPage:
    """The plan's history as sentences."""

    ref: str
    title: str
    events: list[dict[str, Any]]


def plan_page(session: Session, actor: Actor, ref: str) -> PlanPage:
    """The plan's page. Raises NotFound when this person may not know of the plan."""
    plan = access.plan(session, actor, ref)
    framework, kind, _ = kit(plan)
    lifecycle = framework.lifecycles[plan.lifecycle]
    stands = standing.where_is(session, plan)
    reading = access.reading(session, actor, plan)
    working = reading.working
    return PlanPage(
        text=_text(session, plan, actor, reading),
        ref=plan.ref,
        title=plan.title,
        state_label=lifecycle.states[plan.state].label,
        draft=is_draft(plan),
        standing=stands,
        picture=_picture(plan, stands),
        choices=engine.choices(session, plan, actor) if working else [],
        contributions=_contributions(session, plan, actor) if working else [],
        sign_offs=_sign_offs(session, plan, reading),
        version_list=_versions(session, plan) if working else [],
        returned=_last_return(session, actor, plan, reading),
        warnings=_warnings(session, plan, kind),
        type_title=kind.title,
        record_number=f"{plan.ref}/{plan.head_seq}",
        bodies=_bodies(session, plan, actor),
        may_ask_again=standstill.may_ask_again(session, plan, actor),
        without_report=standstill.without_report(session, plan),
        my_task=session.scalar(_MINE, {"plan": plan.id, "queues": list(actor.queue_ids)}),
    )


def _text(session: Session, plan: Plan, actor: Actor, reading: Reading) -> TextPage | None:
    """The working copy for who works on the plan, else the version that is open, if any."""
    if reading.working:
        return text_of(session, plan, actor)
    if reading.version_id is None:
        return None
    return shown_text(session, plan, reading.version_id)


_MINE = text("""
SELECT id FROM task WHERE subject_id = :plan AND closed_at IS NULL AND step_id IS NOT NULL
  AND queue_id = ANY(CAST(:queues AS int[])) ORDER BY due_on, id LIMIT 1
""")


_BODIES = """
SELECT route_stage.id, route_stage.verb, route_stage.status, body.name, meeting.on_date,
       CASE WHEN subject.id IS NULL OR {known} THEN route_stage.outcome END AS outcome,
       CASE WHEN {known} THEN route_stage.item_id END AS item_id,
       route_stage.status = 'open' AND route_stage.item_id IS NULL AS without_report
FROM route_stage JOIN body ON body.id = route_stage.body_id
LEFT JOIN agenda_item ON agenda_item.id = route_stage.item_id
LEFT JOIN subject ON subject.id = agenda_item.id
LEFT JOIN meeting ON meeting.id = agenda_item.meeting_id
WHERE route_stage.plan_id = :plan AND route_stage.round =
  (SELECT max(round) FROM route_stage WHERE plan_id = :plan)
ORDER BY route_stage.stage, body.name
"""
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


def _bodies(session: Session, plan: Plan, actor: Actor) -> list[Any]:
    """The bodies on the plan's way, in order, with the reports that this person may know of."""
    wanted = text(_BODIES.format(known=access.rights.knows_report(actor)))
    return [
        {
            "name": row.name,
            "on": row.on_date,
            "status": NO_REPORT if row.without_report else _status(row.status, row.outcome),
            "item_id": row.item_id,
            "stage_id": row.id,
            "may_waive": waivers.may_waive(actor, row.verb, row.status),
        }
        for row in session.execute(wanted, {"plan": plan.id, **access.bound(actor)})
    ]


def _picture(plan: Plan, stands: standing.Standing) -> Picture:
    stages = [Stage(each.label, each.stands, each.note) for each in stands.stages]
    return route_picture(stages, plan.title)


def _contributions(session: Session, plan: Plan, actor: Actor) -> list[Any]:
    rows = session.execute(
        text(
            "SELECT c.id, c.section_key, c.note, c.due_on, c.queue_id, c.asked_by_id, "
            "asker.name AS asked_by, coalesce(u.name, b.name) AS place, "
            "(SELECT string_agg(post.title, ', ') FROM post WHERE post.queue_id = q.id) AS desk "
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


def _sign_offs(session: Session, plan: Plan, reading: Reading) -> list[dict[str, Any]]:
    """Who passed which version on; of the version that is open without their notes. What was
    recorded for its giver stands under the giver's name."""
    if not reading.words:
        return []
    framework = pinned.of(plan)
    return [
        {
            "words": _signed(framework, row),
            "note": _ended(row.note),
            "number": row.number,
            "at": row.at,
        }
        for row in session.execute(
            text(
                "SELECT sign_off.kind, sign_off.at, person.name, "
                "CASE WHEN :working THEN sign_off.note ELSE '' END AS note, "
                "other.name AS for_name, plan_version.number FROM sign_off "
                "JOIN person ON person.id = sign_off.person_id "
                "LEFT JOIN person AS other ON other.id = sign_off.for_person_id "
                "JOIN plan_version ON plan_version.id = sign_off.version_id "
                "WHERE sign_off.plan_id = :plan AND (:working OR sign_off.version_id = :version) "
                "ORDER BY sign_off.id DESC"
            ),
            {"plan": plan.id, "working": reading.working, "version": reading.version_id},
        )
    ]


def _signed(framework: Framework, row: Any) -> str:
    """Who passed it on: a person in a role, or a body or somebody by e-mail, recorded by one."""
    name = f"{row.name} for {row.for_name}" if row.for_name else str(row.name)
    kind = row.kind.removesuffix(agreements.BY_MAIL)
    if kind in framework.bodies:
        return f"{framework.bodies[kind].title}, recorded by {name}"
    title = framework.roles[kind].title if kind in framework.roles else kind.replace("_", " ")
    if row.kind.endswith(agreements.BY_MAIL):
        return f"{title[:1].upper()}{title[1:]}, by e-mail, recorded by {name}"
    return f"{name} ({title.lower()})"


def _ended(note: str) -> str:
    """A note as it stands at the end of a line: with one full stop."""
    return note if not note or note.endswith((".", "!", "?", "…")) else f"{note}."


def _versions(session: Session, plan: Plan) -> list[Any]:
    return list(
        session.execute(
            select(PlanVersion.number, PlanVersion.made_at, PlanVersion.made_for)
            .where(PlanVersion.plan_id == plan.id)
            .order_by(PlanVersion.number.desc())
        )
    )


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
    if not plan.state.endswith("returned") and plan.state != "referred_back":
        return []
    row = session.execute(_RETURN, {"plan": plan.id, "state": plan.state}).first()
    if row is None:
        return []
    told = reading.working or bool(row.report and access.open_reports(session, actor, [row.report]))
    why = row.reason if told else access.WITHHELD
    return [{"name": row.name, "at": row.at, "reason": why, "working": reading.working}]


def _warnings(session: Session, plan: Plan, kind: PlanType) -> list[str]:
    if plan.state not in ("not_started", "proposals_drafting", "drafting", "proposals_in_review"):
        return []
    return [each.sentence for each in prerequisites.unmet(session, plan, kind.start_prerequisites)]


def compare_page(
    session: Session, actor: Actor, ref: str, older: str | None, newer: str | None
) -> ComparePage:
    """Two sealed versions side by side; the last two unless others are named. Raises NotFound."""
    plan = access.text_of(session, actor, ref)
    known = _versions(session, plan)
    if not known:
        raise NotFound(NO_VERSION)
    last = known[0].number
    to = _number(newer) or last
    since = _number(older) or max(1, to - 1)
    before = versions.sections_of(session, plans.version(session, plan, since))
    after = versions.sections_of(session, plans.version(session, plan, to))
    titles = {each["key"]: each["title"] for each in plan.template["sections"]}
    compared = [
        (titles.get(each.section_key, each.section_key), each)
        for each in versions.compare(before, after)
    ]
    return ComparePage(ref, plan.title, known, since, to, compared)


def _number(words: str | None) -> int | None:
    return int(words) if words and words.isascii() and words.isdigit() and len(words) < 6 else None


def history_page(session: Session, actor: Actor, ref: str) -> HistoryPage:
    """The plan's history. Raises NotFound."""
    plan = access.plan(session, actor, ref)
    events = history.told(session, actor, plan)
    return HistoryPage(ref, plan.title, events)


def _to_print(
    session: Session, plan: Plan, reading: Reading, wanted: int | None
) -> PlanVersion | None:
    """The version that is asked for, or the last one; None: the working copy. Raises NotFound."""
    if not reading.words:
        raise NotFound(access.GONE)
    if wanted:
        sealed = plans.version(session, plan, wanted)
        if not access.may_read_version(session, reading, plan, sealed.id):
            raise NotFound(access.GONE)
        return sealed
    if reading.working:
        return shown_version(session, plan)
    return session.get(PlanVersion, reading.version_id)


def printed_page(session: Session, actor: Actor, ref: str, number: str | None) -> dict[str, Any]:
    """The plan on paper: a sealed version where there is one, with its digest and record number."""
    plan = access.plan(session, actor, ref)
    reading = access.reading(session, actor, plan)
    framework, kind, template = kit(plan)
    sealed = _to_print(session, plan, reading, _number(number))
    texts = versions.sections_of(session, sealed) if sealed else versions.contents(session, plan.id)
    return {
        "ref": plan.ref,
        "title": plan.title,
        "type_title": kind.title,
        "draft": is_draft(plan),
        "state_label": framework.lifecycles[plan.lifecycle].states[plan.state].label,
        "sections": printed_sections(framework, template, texts),
        "version": sealed,
        "record_number": f"{plan.ref}/{plan.head_seq}",
        "sign_offs": _sign_offs(session, plan, reading),
    }
