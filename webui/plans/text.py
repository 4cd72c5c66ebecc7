"""A plan's text as its pages show it: sections, entries, comments, and who may write which."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import Framework, Lifecycle, PlanType, SectionTemplate, Template
from cycle import access
from cycle.errors import NotPermitted
from cycle.models import Contribution, Item, Plan, PlanVersion, Section
from cycle.people import Actor
from webui.page import markdown
from webui.plans.entry_tables import EntryTable, dates_table, entry_name, tables_of
from workflows.core import engine
from workflows.framework import versions as pinned
from workflows.plans import guards, prerequisites
from workflows.timetable import baselines


@dataclass(frozen=True)
class RemarkView:
    """A comment beside a section, as the page shows it."""

    name: str
    body: str
    suggestion: str
    at: Any
    version: int


@dataclass
class SectionView:
    """One section as it stands in the working copy."""

    key: str
    title: str
    kind: str
    guidance: str
    required: bool
    body: str = ""
    tables: list[EntryTable] = field(default_factory=list)
    carried_from: str = ""
    inherited_from: str = ""
    missing: bool = False
    not_yet: bool = False
    may_edit: bool = False
    may_ask: bool = False  # it can be written here, by whoever is asked for it
    remarks: list[RemarkView] = field(default_factory=list)


@dataclass
class TextPage:
    """A plan with its text."""

    plan_id: int
    ref: str
    title: str
    version: int
    state_label: str
    draft: bool
    sections: list[SectionView]
    shown_sha256: str
    version_number: int
    may_comment: bool = False
    published: str = ""  # of the version that is open to everybody: what it is, in a sentence

    @property
    def section_titles(self) -> list[tuple[str, str]]:
        """The sections for forms: (key, title)."""
        return [(section.key, section.title) for section in self.sections]


def tidy(body: str | None) -> str:
    """Text as it is kept: what Word brings along becomes plain bullets and spaces."""
    return markdown.from_word(body or "")


def kit(plan: Plan) -> tuple[Framework, PlanType, Template]:
    """The plan's framework, its type and its template."""
    framework = pinned.of(plan)
    kind = framework.plan_types[plan.plan_type]
    return framework, kind, framework.templates[kind.template]


def is_draft(plan: Plan) -> bool:
    """Until it is approved a plan is a draft, and says so (B36)."""
    return plan.state not in prerequisites.APPROVED


def text_page(session: Session, actor: Actor, ref: str) -> TextPage:
    """The plan with its text. Raises NotFound."""
    return text_of(session, access.text_of(session, actor, ref), actor)


def comment_page(session: Session, actor: Actor, ref: str) -> TextPage:
    """The text to comment on. Raises NotFound, and NotPermitted for who may only read it."""
    page = text_page(session, actor, ref)
    if not page.may_comment:
        raise NotPermitted(engine.ONLY_CHECKED)
    return page


def text_of(session: Session, plan: Plan, actor: Actor) -> TextPage:
    """The text of a plan that this person may read, with what they may write of it."""
    framework, _, template = kit(plan)
    lifecycle = framework.lifecycles[plan.lifecycle]
    attempt, _definition = engine.attempt_on(session, plan, actor)
    queues = {queue for name in attempt.state.editable for queue in attempt.queues_of(name)}
    mine = actor.queue_ids & queues
    only = _only_asked(session, plan, actor) if mine <= set(attempt.contributor_queues) else None
    sealed = shown_version(session, plan)
    views = sections_of(session, plan, framework, template)
    written_here = {each.key for each in template.sections if each.inherit is None}
    gate = _gate_ahead(lifecycle, plan.state)
    for view in views:
        drawn_up = view.kind == baselines.DATES
        view.may_edit = bool(mine) and not drawn_up and (only is None or view.key in only)
        view.may_ask = view.may_edit and view.key in written_here
        _say_what_is_missing(view, gate, {each.key: each for each in template.sections})
    _add_remarks(session, plan, views)
    return TextPage(
        plan_id=plan.id,
        ref=plan.ref,
        title=plan.title,
        version=plan.version,
        state_label=lifecycle.states[plan.state].label,
        draft=is_draft(plan),
        sections=views,
        shown_sha256=sealed.sha256 if sealed else "",
        version_number=sealed.number if sealed else 0,
        may_comment=engine.may_comment(session, plan, actor),
    )


def _gate_ahead(lifecycle: Lifecycle, state: str) -> str | None:
    """The gate for which the next step asks for complete sections; None when it asks for none."""
    found = (
        str(rule.args.get("gate", ""))
        for transition in lifecycle.transitions
        if state in transition.from_
        for rule in transition.guards
        if rule.name == "sections_complete"
    )
    return next(found, None)


def _say_what_is_missing(
    view: SectionView, gate: str | None, sections: dict[str, SectionTemplate]
) -> None:
    """An empty section is still to do for the gate ahead, or only for a later one."""
    if gate is None or not view.required or view.body.strip() or view.tables:
        return
    view.missing = guards.asked_for(sections[view.key], gate)
    view.not_yet = not view.missing


def _only_asked(session: Session, plan: Plan, actor: Actor) -> set[str]:
    return set(
        session.scalars(
            select(Contribution.section_key).where(
                Contribution.plan_id == plan.id,
                Contribution.queue_id.in_(actor.queue_ids),
                Contribution.answered_at.is_(None),
            )
        )
    )


def shown_version(session: Session, plan: Plan) -> PlanVersion | None:
    """The last sealed version; None before the first."""
    return session.get(PlanVersion, plan.shown_version_id) if plan.shown_version_id else None


def sections_of(
    session: Session, plan: Plan, framework: Framework, template: Template
) -> list[SectionView]:
    """The sections of the working copy in reading order, with their entries. Two statements."""
    bodies = {
        row.key: row
        for row in session.execute(
            select(Section.key, Section.body, Section.carried_from).where(
                Section.plan_id == plan.id
            )
        )
    }
    rows: dict[str, list[Item]] = {}
    for item in session.scalars(
        select(Item).where(Item.plan_id == plan.id).order_by(Item.position, Item.id)
    ):
        rows.setdefault(item.section_key, []).append(item)
    names = {item.uid: item_name(framework, item) for items in rows.values() for item in items}
    views = []
    for section in template.sections:
        stored = bodies.get(section.key)
        view = SectionView(
            section.key, section.title, section.kind, section.guidance, section.required
        )
        if stored is not None:
            view.body = stored.body
            view.carried_from = "" if section.inherit else stored.carried_from
            view.inherited_from = stored.carried_from if section.inherit else ""
        entries = [_entry(item, names) for item in rows.get(section.key, [])]
        if section.kind == baselines.DATES:
            view.tables = dates_table(view.body)
        else:
            view.tables = tables_of(framework, section, entries)
        views.append(view)
    return views


def item_name(framework: Framework, item: Item) -> str:
    """What an entry is called: its type's first field that says something."""
    return entry_name(framework.item_types[item.type], item.fields)


def _entry(item: Item, names: dict[str, str]) -> dict[str, Any]:
    return {
        "type": item.type,
        "fields": item.fields,
        "parent": names.get(item.parent_uid or "", ""),
        "uid": item.uid,
        "version": item.version,
        "inherited": item.inherited,
    }


def _add_remarks(session: Session, plan: Plan, views: list[SectionView]) -> None:
    by_key = {view.key: view for view in views}
    rows = session.execute(
        text(
            "SELECT remark.section_key, remark.body, remark.suggestion, remark.at, person.name, "
            "plan_version.number FROM remark JOIN person ON person.id = remark.person_id "
            "JOIN plan_version ON plan_version.id = remark.version_id "
            "WHERE remark.plan_id = :plan ORDER BY remark.id"
        ),
        {"plan": plan.id},
    )
    for row in rows:
        if row.section_key in by_key:
            by_key[row.section_key].remarks.append(
                RemarkView(row.name, row.body, row.suggestion, row.at, row.number)
            )
