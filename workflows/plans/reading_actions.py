"""What the pages show on which a plan is written, asked for, and passed along."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.framework import Framework, ItemType, PlanType
from config.lifecycles.shape import FOLLOWING, Transition
from cycle import access
from cycle.errors import NotFound, NotPermitted
from cycle.models import Contribution, Item, Person, Plan, Section, Unit
from cycle.people import Actor
from workflows.core import engine
from workflows.core.engine import Choice
from workflows.framework import pinned
from workflows.people.visitors import PlanInAddress
from workflows.plans import agreements, asking, plans, prerequisites, versions
from workflows.plans.reading_text import (
    RemarkView,
    SectionView,
    item_name,
    kit,
    sections_of,
    text_of,
)


@dataclass
class SectionPage:
    """One section to write."""

    plan_id: int
    ref: str
    title: str
    section: SectionView
    body: str
    version: int
    plan_version: int
    kinds: list[ItemType]
    warning: str | None
    contribution_id: int | None
    asked: str
    asked_by: str
    asked_for_on: date | None
    following: SectionView | None
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
    fields: Mapping[str, Any]  # as they are kept; of a new entry what is known beforehand
    parent_uid: str | None
    version: int | None  # None for a new entry
    parents: list[tuple[str, str]]
    warning: str | None


@dataclass
class AskPage:
    """Whom to ask for which section."""

    plan_id: int
    ref: str
    title: str
    version: int
    sections: list[tuple[str, str]]
    groups: list[asking.Group]
    find: str


@dataclass
class ActForm:
    """What the form of one action asks for; enough for a form that is sent."""

    plan_id: int
    version: int
    transition: Transition
    to_label: str
    section_titles: list[tuple[str, str]]  # (key, title)
    checklist: tuple[str, ...]
    held: list[agreements.Held]  # the meetings at which a group can have agreed
    for_another: str  # whose consent is recorded for them, by the title of their role


@dataclass
class ActPage(ActForm):
    """One action to confirm."""

    ref: str
    title: str
    shown_sha256: str
    choice: Choice
    sections: list[SectionView]
    warnings: list[str]


def section_page(session: Session, actor: Actor, ref: str, key: str) -> SectionPage:
    """One section to write. Raises NotFound when this person may not read it."""
    plan = access.text_of(session, actor, ref)
    shown = text_of(session, plan, actor)
    view = next((each for each in shown.sections if each.key == key), None)
    if view is None:
        raise NotFound(access.GONE)
    framework, _, template = kit(plan)
    section = next(each for each in template.sections if each.key == key)
    asked = session.execute(
        select(Contribution, Person.name)
        .join(Person, Person.id == Contribution.asked_by_id)
        .where(
            Contribution.plan_id == plan.id,
            Contribution.section_key == key,
            Contribution.queue_id.in_(actor.queue_ids),
            Contribution.answered_at.is_(None),
        )
        .order_by(Contribution.id)
    ).first()
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
        plan_version=plan.version,
        kinds=[framework.item_types[each] for each in section.item_types],
        warning=plans.four_eyes_warning(session, plan, actor) if view.may_edit else None,
        contribution_id=asked[0].id if asked else None,
        asked=asked[0].note if asked else "",
        asked_by=asked[1] if asked else "",
        asked_for_on=asked[0].due_on if asked else None,
        following=_following(shown.sections, key),
        remarks=view.remarks,
    )


def _following(sections: list[SectionView], key: str) -> SectionView | None:
    """The next section that this person may write."""
    keys = [each.key for each in sections]
    later = sections[keys.index(key) + 1 :]
    return next((each for each in later if each.may_edit and not each.inherited_from), None)


def entry_page(
    session: Session, actor: Actor, ref: str, key: str, uid: str | None, kind: str | None
) -> EntryPage:
    """One entry to write. Raises NotFound."""
    page = section_page(session, actor, ref, key)
    if not page.section.may_edit:
        raise NotPermitted("Only who writes this section now can change its entries.")
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
    plan = session.get_one(Plan, page.plan_id)
    framework, plan_type, _template = kit(plan)
    candidates = session.scalars(
        select(Item)
        .where(Item.plan_id == page.plan_id, Item.type.in_(chosen.parents))
        .order_by(Item.position, Item.id)
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
        fields=item.fields if item else _begun(session, plan, plan_type, chosen),
        parent_uid=item.parent_uid if item else None,
        version=item.version if item else None,
        parents=[(each.uid, _parent_name(framework, each)) for each in candidates],
        warning=page.warning,
    )


def _begun(session: Session, plan: Plan, plan_type: PlanType, kind: ItemType) -> Mapping[str, Any]:
    """What a new entry begins with: in a service's own plan its name, by which the council's plans
    and next year's find the row (fault P6)."""
    if plan_type.per != "unit" or all(each.key != "service" for each in kind.fields):
        return {}
    return {"service": session.get_one(Unit, plan.unit_id).name}


def _parent_name(framework: Framework, item: Item) -> str:
    return f"{framework.item_types[item.type].title}: {item_name(framework, item)[:80]}"


def ask_page(session: Session, actor: Actor, ref: str, find: str = "") -> AskPage:
    """Whom to ask, in any department, the nearest first. Raises NotFound or NotPermitted."""
    plan = access.text_of(session, actor, ref)
    engine.capacity_for(session, plan, actor, "ask_contribution")
    shown = text_of(session, plan, actor)
    sections = [(each.key, each.title) for each in shown.sections if each.may_ask]
    if not sections:
        raise NotPermitted("Only who writes this plan now can ask others for a section.")
    groups = asking.groups(session, plan, actor.queue_ids, find)
    return AskPage(shown.plan_id, ref, shown.title, plan.version, sections, groups, find)


def belongs(session: Session, actor: Actor, ref: str, contribution_id: int) -> None:
    """The request belongs to this plan, which this person may read. Raises NotFound (SR-24)."""
    plan = access.text_of(session, actor, ref)
    found = session.get(Contribution, contribution_id)
    if found is None or found.plan_id != plan.id:
        raise NotFound(access.GONE)


def act_form(session: Session, actor: Actor, ref: str, action: str) -> ActForm:
    """What the form of an action asks for. Raises NotFound or NotAvailable. One statement, and one
    more where a group's meetings are to be chosen from."""
    return _act_form(session, actor, access.text_of(session, actor, ref), action)


def act_form_at(stands: PlanInAddress, actor: Actor, action: str) -> ActForm | None:
    """The same of where the plan stands to which a form was sent, without a statement.

    None where more has to be read; and where there is no such action now, which only those are told
    to whom the plan is open.
    """
    framework = pinned.remembered(stands.framework_sha256)
    for each in framework.lifecycles[stands.lifecycle].transitions:
        if not _has_form(each):
            continue
        if each.action == action and stands.state in each.from_ and not _groups(each):
            return _form(stands, framework, actor, each, [])
    return None


def _act_form(session: Session, actor: Actor, plan: Plan, action: str) -> ActForm:
    framework = pinned.of(plan)
    _, definition = engine.attempt_on(session, plan, actor)
    walked = (each for each in definition.lifecycle.transitions if _has_form(each))
    if not any(each.action == action for each in walked):
        raise NotFound(access.GONE)
    transition = definition.transition(plan.state, action)
    held = [
        each for body in _groups(transition) for each in agreements.meetings(session, plan, body)
    ]
    return _form(plan, framework, actor, transition, held)


def _form(
    plan: Plan | PlanInAddress,
    framework: Framework,
    actor: Actor,
    transition: Transition,
    held: list[agreements.Held],
) -> ActForm:
    template = framework.templates[framework.plan_types[plan.plan_type].template]
    return ActForm(
        plan_id=plan.id,
        version=plan.version,
        transition=transition,
        to_label=framework.lifecycles[plan.lifecycle].states[transition.leads_to(plan.state)].label,
        section_titles=[(section.key, section.title) for section in template.sections],
        checklist=template.checklist,
        held=held,
        for_another=_for_another(framework, actor, transition),
    )


def act_page(session: Session, actor: Actor, ref: str, action: str) -> ActPage:
    """One action to confirm. Raises NotFound, NotAvailable or NotPermitted."""
    plan = access.text_of(session, actor, ref)
    framework, kind, template = kit(plan)
    return ActPage(
        **vars(_act_form(session, actor, plan, action)),
        ref=ref,
        title=plan.title,
        shown_sha256=versions.working_sha256(session, plan.id),
        choice=engine.choice(session, plan, actor, action),
        sections=sections_of(session, plan, framework, template),
        warnings=[
            each.sentence
            for each in prerequisites.unmet(session, plan, kind.start_prerequisites)
            if each.severity == "warn"
        ],
    )


def _has_form(transition: Transition) -> bool:
    """Internal acts have pages of their own, and some transitions follow from another act."""
    return not transition.is_internal and transition.kind not in FOLLOWING


def _groups(transition: Transition) -> list[str]:
    """The bodies that can have agreed to it at a meeting of theirs."""
    return [r.args["body"] for r in transition.evidence_guards if r.name == "agreed_by_group"]


def _for_another(framework: Framework, actor: Actor, transition: Transition) -> str:
    roles = [
        rule.args["role"] for rule in transition.evidence_guards if rule.name == "own_or_by_mail"
    ]
    if not roles or set(roles) & actor.roles:
        return ""
    return framework.roles[roles[0]].title.lower()
