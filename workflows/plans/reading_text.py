"""A plan's text as its pages show it: sections, entries, comments, and who may write which."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import Framework, ItemType, PlanType, SectionTemplate, Template
from config.lifecycles.phases import APPROVED
from config.lifecycles.shape import Lifecycle
from cycle import access
from cycle.errors import NotFound
from cycle.models import Contribution, Item, Plan, PlanVersion
from cycle.people import Actor
from workflows.core import engine
from workflows.core.attempt import Attempt
from workflows.framework import pinned
from workflows.plans import guards
from workflows.plans.entries import entry_name
from workflows.timetable import baselines


@dataclass
class RemarkView:
    """A comment beside a section, as the page shows it, with its answers; whether it is dealt with,
    who marked it so (or opened it again) and when; whether this person may mark it."""

    id: int
    person_id: int
    name: str
    body: str
    suggestion: str
    at: datetime
    version: int
    settled: bool = False
    marked_by: str = ""
    marked_at: datetime | None = None
    answers: list["RemarkView"] = field(default_factory=list)
    may_settle: bool = False


@dataclass
class SectionView:
    """One section as it stands in the working copy, or as it was sealed.

    ``kinds`` are the types of its entries, in order. An entry has type, fields, parent (the name of
    what it contributes to), uid, and in the working copy its version and whether it is inherited.
    """

    key: str
    title: str
    kind: str
    guidance: str
    required: bool
    body: str = ""
    kinds: tuple[ItemType, ...] = ()
    entries: list[dict[str, Any]] = field(default_factory=list)
    carried_from: str = ""
    inherited_from: str = ""
    inherited_kind: str = ""  # the type of the plan from which the section comes, by its title
    missing: bool = False
    not_yet: bool = False
    may_edit: bool = False
    may_ask: bool = False  # it can be written here, by whoever is asked for it
    remarks: list[RemarkView] = field(default_factory=list)

    @property
    def open_remarks(self) -> list[RemarkView]:
        """The comments that nobody has marked as dealt with."""
        return [each for each in self.remarks if not each.settled]


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
    published: str = ""  # of the version that is open to everybody: what it is, in a sentence

    @property
    def section_titles(self) -> list[tuple[str, str]]:
        """The sections for forms: (key, title)."""
        return [(section.key, section.title) for section in self.sections]


def kit(plan: Plan) -> tuple[Framework, PlanType, Template]:
    """The plan's framework, its type and its template."""
    framework = pinned.of(plan)
    kind = framework.plan_types[plan.plan_type]
    return framework, kind, framework.templates[kind.template]


def is_draft(plan: Plan) -> bool:
    """Until it is approved a plan is a draft, and says so (B36)."""
    return plan.phase not in APPROVED


def comment_page(session: Session, actor: Actor, ref: str) -> TextPage:
    """The text to comment on. Raises NotFound, and NotPermitted for who may only read it."""
    plan = access.text_of(session, actor, ref)
    engine.capacity_for(session, plan, actor, "comment")
    return text_of(session, plan, actor)


@dataclass
class CommentThread:
    """A comment with its answers, to be answered or marked as dealt with."""

    plan_id: int
    ref: str
    title: str
    section: SectionView
    remark: RemarkView


def comment_thread(session: Session, actor: Actor, ref: str, comment_id: int) -> CommentThread:
    """One comment on a plan. Raises NotFound, also where the plan is not open to this person, and
    NotPermitted for who may only read it."""
    page = comment_page(session, actor, ref)
    for section in page.sections:
        for remark in section.remarks:
            if remark.id == comment_id:
                return CommentThread(page.plan_id, ref, page.title, section, remark)
    raise NotFound(access.GONE)


def text_of(session: Session, plan: Plan, actor: Actor) -> TextPage:
    """The text of a plan that this person may read, with what they may write of it."""
    attempt, _definition = engine.attempt_on(session, plan, actor)
    return text_in(attempt, shown_version(session, plan))


class Sealed(Protocol):
    """A sealed version: its number and its digest."""

    @property
    def number(self) -> int: ...
    @property
    def sha256(self) -> str: ...


def text_in(attempt: Attempt, sealed: Sealed | None) -> TextPage:
    """The same of an attempt that has been begun; ``sealed`` is the last version, if any."""
    session, plan, actor = attempt.session, attempt.plan, attempt.actor
    framework, _, template = kit(plan)
    lifecycle = framework.lifecycles[plan.lifecycle]
    queues = {queue for name in attempt.state.editable for queue in attempt.queues_of(name)}
    mine = actor.queue_ids & queues
    asked = bool(mine) and mine <= set(attempt.contributor_queues)
    only = _only_asked(session, plan, actor) if asked else None
    views = sections_of(session, plan, framework, template)
    written_here = {each.key for each in template.sections if each.inherit is None}
    gate = _gate_ahead(lifecycle, plan.state)
    for view in views:
        drawn_up = view.kind == baselines.DATES
        view.may_edit = bool(mine) and not drawn_up and (only is None or view.key in only)
        view.may_ask = view.may_edit and view.key in written_here
        for remark in view.remarks:
            remark.may_settle = view.may_edit or remark.person_id == actor.person_id
        _say_what_is_missing(view, gate, {each.key: each for each in template.sections})
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
    if gate is None or not view.required or view.body.strip() or view.entries:
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


# Each list as one value, so that the whole text comes with one statement.
_TEXT = text("""
SELECT
  (SELECT jsonb_object_agg(key, jsonb_build_object('body', body, 'carried_from', carried_from))
   FROM section WHERE plan_id = :plan) AS sections,
  (SELECT jsonb_agg(jsonb_build_object(
     'section_key', section_key, 'type', type, 'fields', fields, 'parent', parent_uid, 'uid', uid,
     'version', version, 'inherited', inherited) ORDER BY position, id)
   FROM item WHERE plan_id = :plan) AS entries,
  (SELECT jsonb_agg(jsonb_build_object(
     'section_key', remark.section_key, 'body', remark.body, 'suggestion', remark.suggestion,
     'at', remark.at, 'name', person.name, 'number', plan_version.number, 'id', remark.id,
     'person_id', remark.person_id, 'answers_id', remark.answers_id, 'settled', mark.settled,
     'marked_by', marked_by.name, 'marked_at', mark.at) ORDER BY remark.id)
   FROM remark JOIN person ON person.id = remark.person_id
   JOIN plan_version ON plan_version.id = remark.version_id
   LEFT JOIN LATERAL (SELECT settled, person_id, at FROM remark_mark
     WHERE remark_id = remark.id ORDER BY id DESC LIMIT 1) AS mark ON true
   LEFT JOIN person AS marked_by ON marked_by.id = mark.person_id
   WHERE remark.plan_id = :plan) AS remarks
""")


def sections_of(
    session: Session, plan: Plan, framework: Framework, template: Template
) -> list[SectionView]:
    """The sections of the working copy in reading order, with their entries and the comments beside
    them. One statement."""
    found = session.execute(_TEXT, {"plan": plan.id}).one()
    stored, entries = found.sections or {}, found.entries or []
    names = {
        each["uid"]: entry_name(framework.item_types[each["type"]], each["fields"])
        for each in entries
    }
    for each in entries:
        each["parent"] = names.get(each["parent"] or "", "")
    views = []
    for section in template.sections:
        view = SectionView(
            section.key, section.title, section.kind, section.guidance, section.required
        )
        view.kinds = kinds_of(framework, section)
        if kept := stored.get(section.key):
            view.body = kept["body"]
            view.carried_from = "" if section.inherit else kept["carried_from"]
            view.inherited_from = kept["carried_from"] if section.inherit else ""
        if section.inherit:
            view.inherited_kind = framework.plan_types[section.inherit.plan_type].title
        view.entries = [each for each in entries if each["section_key"] == section.key]
        view.remarks = _threads(
            [each for each in found.remarks or () if each["section_key"] == section.key]
        )
        views.append(view)
    return views


def _threads(rows: list[dict[str, Any]]) -> list[RemarkView]:
    """The comments beside a section, each with its answers."""
    known = {row["id"]: _remark(row) for row in rows}
    for row in rows:
        if row["answers_id"] is not None:
            known[row["answers_id"]].answers.append(known[row["id"]])
    return [known[row["id"]] for row in rows if row["answers_id"] is None]


def _remark(row: dict[str, Any]) -> RemarkView:
    return RemarkView(
        id=row["id"],
        person_id=row["person_id"],
        name=row["name"],
        body=row["body"],
        suggestion=row["suggestion"],
        at=datetime.fromisoformat(row["at"]),
        version=row["number"],
        settled=bool(row["settled"]),
        marked_by=row["marked_by"] or "",
        marked_at=datetime.fromisoformat(row["marked_at"]) if row["marked_at"] else None,
    )


def kinds_of(framework: Framework, section: SectionTemplate) -> tuple[ItemType, ...]:
    """The types of entry that a section holds, in order."""
    return tuple(framework.item_types[key] for key in section.item_types)


def item_name(framework: Framework, item: Item) -> str:
    """What an entry is called: its type's first field that says something."""
    return entry_name(framework.item_types[item.type], item.fields)
