"""What the pages of a plan show: read on one snapshot, with a bounded number of statements."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import ItemType, PlanType, Transition
from cycle import access, clock
from cycle.errors import NotFound
from cycle.models import Contribution, Item, Plan, PlanVersion, Section
from cycle.people import Actor
from webui.pictures import Picture, Stage, route_picture
from webui.views.entry_tables import tables_of
from webui.views.plan_text import (
    RemarkView,
    SectionView,
    TextPage,
    is_draft,
    item_name,
    kit,
    sections_of,
    shown_version,
    text_of,
    text_page,
)
from workflows import engine, history, needs, plans, standing, versions
from workflows.engine import Choice

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


@dataclass
class SectionPage:
    """One section to write."""

    plan_id: int
    ref: str
    title: str
    section: SectionView
    body: str
    version: int
    kinds: list[ItemType]
    warning: str | None
    contribution_id: int | None
    remarks: list[RemarkView]


@dataclass
class EntryPage:
    """One typed entry to write."""

    plan_id: int
    ref: str
    title: str
    section_key: str
    section_title: str
    guidance: str
    kind: ItemType
    uid: str | None
    typed: dict[str, Any]
    parents: list[tuple[str, str]]
    warning: str | None


@dataclass
class AskPage:
    """Whom to ask for which section."""

    plan_id: int
    ref: str
    title: str
    sections: list[tuple[str, str]]
    desks: list[tuple[str, str]]


@dataclass
class ActPage:
    """One action to confirm."""

    plan_id: int
    ref: str
    title: str
    version: int
    shown_sha256: str
    road: Transition
    choice: Choice
    sections: list[SectionView]
    checklist: tuple[str, ...]
    warnings: list[str]

    @property
    def section_titles(self) -> list[tuple[str, str]]:
        """The sections for forms: (key, title)."""
        return [(section.key, section.title) for section in self.sections]


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
    readable = access.may_read_text(session, actor, plan)
    shown = text_of(session, plan, actor) if readable else None
    return PlanPage(
        text=shown,
        ref=plan.ref,
        title=plan.title,
        state_label=lifecycle.states[plan.state].label,
        draft=is_draft(plan),
        standing=stands,
        picture=_picture(plan, stands),
        choices=engine.choices(session, plan, actor) if readable else [],
        contributions=_contributions(session, plan, actor) if readable else [],
        sign_offs=_sign_offs(session, plan) if readable else [],
        version_list=_versions(session, plan) if readable else [],
        returned=_last_return(session, plan) if readable else [],
        warnings=_warnings(session, plan, kind),
        type_title=kind.title,
        record_number=f"{plan.ref}/{plan.head_seq}",
    )


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


def _sign_offs(session: Session, plan: Plan) -> list[Any]:
    return list(
        session.execute(
            text(
                "SELECT sign_off.kind, sign_off.at, sign_off.note, person.name, "
                "other.name AS for_name, plan_version.number FROM sign_off "
                "JOIN person ON person.id = sign_off.person_id "
                "LEFT JOIN person AS other ON other.id = sign_off.for_person_id "
                "JOIN plan_version ON plan_version.id = sign_off.version_id "
                "WHERE sign_off.plan_id = :plan ORDER BY sign_off.id DESC"
            ),
            {"plan": plan.id},
        )
    )


def _versions(session: Session, plan: Plan) -> list[Any]:
    return list(
        session.execute(
            select(PlanVersion.number, PlanVersion.made_at, PlanVersion.made_for)
            .where(PlanVersion.plan_id == plan.id)
            .order_by(PlanVersion.number.desc())
        )
    )


def _last_return(session: Session, plan: Plan) -> list[Any]:
    """Why it came back, while it stands where that brought it."""
    if not plan.state.endswith("returned") and plan.state != "referred_back":
        return []
    return list(
        session.execute(
            text(
                "SELECT (event.payload::jsonb)->>'reason' AS reason, event.at, person.name "
                "FROM event JOIN person ON person.id = event.person_id "
                "WHERE event.subject_id = :plan AND event.to_state = :state "
                "AND event.from_state <> event.to_state ORDER BY seq DESC LIMIT 1"
            ),
            {"plan": plan.id, "state": plan.state},
        )
    )


def _warnings(session: Session, plan: Plan, kind: PlanType) -> list[str]:
    if plan.state not in ("not_started", "proposals_drafting", "drafting", "proposals_in_review"):
        return []
    return [each.sentence for each in needs.unmet(session, plan, kind.start_needs)]


def section_page(session: Session, actor: Actor, ref: str, key: str) -> SectionPage:
    """One section to write. Raises NotFound when this person may not read it."""
    plan = access.text_of(session, actor, ref)
    shown = text_of(session, plan, actor)
    view = next((each for each in shown.sections if each.key == key), None)
    if view is None:
        raise NotFound(access.GONE)
    framework, _, template = kit(plan)
    section = next(each for each in template.sections if each.key == key)
    asked = session.scalar(
        select(Contribution.id).where(
            Contribution.plan_id == plan.id,
            Contribution.section_key == key,
            Contribution.queue_id.in_(actor.queue_ids),
            Contribution.answered_at.is_(None),
        )
    )
    return SectionPage(
        plan_id=plan.id,
        ref=ref,
        title=plan.title,
        section=view,
        body=view.body,
        version=session.scalar(
            select(Section.version).where(Section.plan_id == plan.id, Section.key == key)
        )
        or 1,
        kinds=[framework.item_types[each] for each in section.item_types],
        warning=plans.four_eyes_warning(session, plan, actor) if view.may_edit else None,
        contribution_id=asked,
        remarks=view.remarks,
    )


def entry_page(
    session: Session, actor: Actor, ref: str, key: str, uid: str | None, kind: str | None
) -> EntryPage:
    """One entry to write. Raises NotFound."""
    page = section_page(session, actor, ref, key)
    item = None
    if uid is not None:
        item = session.scalars(
            select(Item).where(
                Item.plan_id == page.plan_id, Item.section_key == key, Item.uid == uid
            )
        ).first()
        if item is None or item.inherited:
            raise NotFound(access.GONE)
        kind = item.type
    chosen = next((each for each in page.kinds if kind in (None, each.key)), None)
    if chosen is None:
        raise NotFound(access.GONE)
    candidates = session.scalars(
        select(Item)
        .where(Item.plan_id == page.plan_id, Item.type.in_(chosen.parents))
        .order_by(Item.position, Item.id)
    )
    typed = (
        {**item.fields, "parent_uid": item.parent_uid, "seen_version": item.version} if item else {}
    )
    return EntryPage(
        plan_id=page.plan_id,
        ref=ref,
        title=page.title,
        section_key=key,
        section_title=page.section.title,
        guidance=page.section.guidance,
        kind=chosen,
        uid=uid,
        typed=typed,
        parents=[(each.uid, item_name(each)[:90]) for each in candidates],
        warning=page.warning,
    )


def ask_page(session: Session, actor: Actor, ref: str) -> AskPage:
    """Whom to ask: the team managers below, the finance partner, colleagues of the same line."""
    shown = text_page(session, actor, ref)
    plan = access.text_of(session, actor, ref)
    rows = session.execute(
        text(
            "SELECT post.queue_id, string_agg(DISTINCT post.title, ' / ') AS title, "
            "coalesce(string_agg(DISTINCT person.name, ', '), 'vacant') AS names "
            "FROM post JOIN queue ON queue.id = post.queue_id "
            "LEFT JOIN holding ON holding.post_id = post.id "
            "AND holding.during @> CAST(:today AS date) "
            "LEFT JOIN person ON person.id = holding.person_id "
            "LEFT JOIN unit ON unit.id = queue.unit_id "
            "WHERE queue.role IN ('finance_partner', 'team_manager', 'group_manager') "
            "AND (queue.role = 'finance_partner' OR :unit = ANY(unit.path) "
            "     OR unit.path && (SELECT path[2:] FROM unit WHERE id = :unit)) "
            "GROUP BY post.queue_id, queue.role ORDER BY queue.role, title"
        ),
        {"unit": plan.unit_id, "today": clock.today()},
    )
    desks = [
        (str(row.queue_id), f"{row.names} ({row.title})")
        for row in rows
        if row.queue_id not in actor.queue_ids
    ]
    sections = [(each.key, each.title) for each in shown.sections if each.may_edit]
    return AskPage(shown.plan_id, ref, shown.title, sections, desks)


def belongs(session: Session, actor: Actor, ref: str, contribution_id: int) -> None:
    """The request belongs to this plan, which this person may read. Raises NotFound (SR-24)."""
    plan = access.text_of(session, actor, ref)
    found = session.get(Contribution, contribution_id)
    if found is None or found.plan_id != plan.id:
        raise NotFound(access.GONE)


def act_page(session: Session, actor: Actor, ref: str, action: str) -> ActPage:
    """One action to confirm. Raises NotFound, NotAvailable or NotPermitted."""
    plan = access.text_of(session, actor, ref)
    _, kind, template = kit(plan)
    attempt, definition = engine.attempt_on(session, plan, actor)
    if not any(each.action == action for each in definition.lifecycle.transitions):
        raise NotFound(access.GONE)
    road = definition.road(plan.state, action)
    choice = engine.choice(session, plan, actor, action)
    sealed = shown_version(session, plan)
    return ActPage(
        plan_id=plan.id,
        ref=ref,
        title=plan.title,
        version=plan.version,
        shown_sha256=sealed.sha256 if sealed else "",
        road=road,
        choice=choice,
        sections=sections_of(session, plan, attempt.framework, template),
        checklist=template.checklist,
        warnings=[
            each.sentence
            for each in needs.unmet(session, plan, kind.start_needs)
            if each.severity == "warn"
        ],
    )


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
    events = [
        {"title": each.sentence, "at": each.at, "text": each.reason}
        for each in reversed(history.entries(session, plan))
    ]
    return HistoryPage(ref, plan.title, events)


def printed_page(session: Session, actor: Actor, ref: str, number: str | None) -> dict[str, Any]:
    """The plan on paper: a sealed version where there is one, with its digest and record number."""
    plan = access.text_of(session, actor, ref)
    framework, kind, template = kit(plan)
    wanted = _number(number)
    sealed = plans.version(session, plan, wanted) if wanted else shown_version(session, plan)
    texts = versions.sections_of(session, sealed) if sealed else versions.contents(session, plan.id)
    sections = []
    for section in template.sections:
        body = texts.get(section.key, "")
        rows = json.loads(body) if section.kind == "items" and body else []
        sections.append(
            {
                "title": section.title,
                "kind": section.kind,
                "body": body,
                "tables": tables_of(framework, section, rows),
            }
        )
    return {
        "ref": plan.ref,
        "title": plan.title,
        "type_title": kind.title,
        "draft": is_draft(plan),
        "state_label": framework.lifecycles[plan.lifecycle].states[plan.state].label,
        "sections": sections,
        "version": sealed,
        "record_number": f"{plan.ref}/{plan.head_seq}",
        "sign_offs": _sign_offs(session, plan),
    }
