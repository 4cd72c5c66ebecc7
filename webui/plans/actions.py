"""What the pages show on which a plan is written, asked for, and passed along."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.framework import Framework, ItemType, Transition
from cycle import access
from cycle.errors import NotFound, NotPermitted
from cycle.models import Contribution, Item, Person, Plan, Section
from cycle.people import Actor
from webui.plans.entry_tables import said
from webui.plans.text import (
    RemarkView,
    SectionView,
    item_name,
    kit,
    sections_of,
    text_of,
    text_page,
)
from workflows.core import engine
from workflows.core.engine import Choice
from workflows.plans import agreements, asking, plans, prerequisites, versions


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
    typed: dict[str, Any]
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
class ActPage:
    """One action to confirm."""

    plan_id: int
    ref: str
    title: str
    version: int
    shown_sha256: str
    transition: Transition
    choice: Choice
    sections: list[SectionView]
    checklist: tuple[str, ...]
    warnings: list[str]
    held: list[agreements.Held]  # the meetings at which a group can have agreed
    for_another: str  # whose consent is recorded for them, by the title of their role

    @property
    def section_titles(self) -> list[tuple[str, str]]:
        """The sections for forms: (key, title)."""
        return [(section.key, section.title) for section in self.sections]


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


def _typed(kind: ItemType, item: Item | None) -> dict[str, Any]:
    """What the form of an entry begins with."""
    if item is None:
        return {}
    rest = {"parent_uid": item.parent_uid, "seen_version": item.version}
    return {**said(kind, item.fields), **rest}


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
    framework = kit(access.text_of(session, actor, ref))[0]
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
        typed=_typed(chosen, item),
        parents=[(each.uid, _parent_name(framework, each)) for each in candidates],
        warning=page.warning,
    )


def _parent_name(framework: Framework, item: Item) -> str:
    return f"{framework.item_types[item.type].title}: {item_name(framework, item)[:80]}"


def ask_page(session: Session, actor: Actor, ref: str, find: str = "") -> AskPage:
    """Whom to ask, in any department, the nearest first. Raises NotFound or NotPermitted."""
    shown = text_page(session, actor, ref)
    plan = access.text_of(session, actor, ref)
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


def act_page(session: Session, actor: Actor, ref: str, action: str) -> ActPage:
    """One action to confirm. Raises NotFound, NotAvailable or NotPermitted."""
    plan = access.text_of(session, actor, ref)
    _, kind, template = kit(plan)
    attempt, definition = engine.attempt_on(session, plan, actor)
    if not any(each.action == action for each in definition.lifecycle.transitions):
        raise NotFound(access.GONE)
    transition = definition.transition(plan.state, action)
    choice = engine.choice(session, plan, actor, action)
    return ActPage(
        plan_id=plan.id,
        ref=ref,
        title=plan.title,
        version=plan.version,
        shown_sha256=versions.working_sha256(session, plan.id),
        transition=transition,
        choice=choice,
        sections=sections_of(session, plan, attempt.framework, template),
        checklist=template.checklist,
        warnings=[
            each.sentence
            for each in prerequisites.unmet(session, plan, kind.start_prerequisites)
            if each.severity == "warn"
        ],
        held=_held(session, plan, transition),
        for_another=_for_another(attempt.framework, actor, transition),
    )


def _held(session: Session, plan: Plan, transition: Transition) -> list[agreements.Held]:
    rules = [rule for rule in transition.evidence_guards if rule.name == "agreed_by_group"]
    return [
        each for rule in rules for each in agreements.meetings(session, plan, rule.args["body"])
    ]


def _for_another(framework: Framework, actor: Actor, transition: Transition) -> str:
    roles = [
        rule.args["role"] for rule in transition.evidence_guards if rule.name == "own_or_by_mail"
    ]
    if not roles or set(roles) & actor.roles:
        return ""
    return framework.roles[roles[0]].title.lower()
