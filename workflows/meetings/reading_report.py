"""One report: its words, its plans, its comments, its resolution."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework, ReportField
from config.lifecycles.phases import Phase
from cycle import access, clock
from cycle.errors import NotFound
from cycle.models import AgendaItem, Body, Meeting, Recommendation
from cycle.people import Actor
from workflows.core import engine
from workflows.core.engine import Choice
from workflows.framework import pinned
from workflows.framework.outcomes import OUTCOMES
from workflows.meetings import agenda, call_in, registers
from workflows.reports import (
    agenda_items,
    comment_scope,
    report_form,
    report_status,
    writing,
)
from workflows.timetable import baselines


@dataclass(frozen=True)
class CommentView:
    """One officer's comments on the report, and what has changed since they were signed."""

    kind: str
    title: str
    wording: str
    no_implications: bool
    initials: str
    name: str
    for_name: str
    signed_on: Any
    covers: tuple[str, ...]
    changed: tuple[str, ...]
    newest: bool


@dataclass(frozen=True)
class ItemPage:
    """One report."""

    item: AgendaItem
    body: Body
    meeting: Meeting | None
    status: str
    plans: list[Any]
    behind: list[str]
    recommendations: list[Recommendation]
    fields: tuple[ReportField, ...]
    comments: list[CommentView]
    needed: tuple[str, ...]
    missing: tuple[str, ...]
    choices: list[Choice]
    decisions: list[registers.Decided]
    labels: dict[str, str]
    effect_on: date | None = None  # of a decision whose call-in has still to end
    words: bool = True  # whether what the report says is open to this person
    warnings: list[str] = field(default_factory=list)
    mine: tuple[str, ...] = ()  # the kinds of comment that this person gives
    # Of the timetables that it carries: their titles, and their dates as sealed texts.
    dates: tuple[tuple[str, str], ...] = ()

    @property
    def published_link(self) -> str:
        """The web address at which it was published; nothing for a place."""
        where = self.item.published_where or ""
        return where if where.startswith(("https://", "http://")) and " " not in where else ""

    @property
    def to_come(self) -> bool:
        """The meeting is still to be held, so nothing was resolved."""
        return self.meeting is not None and self.meeting.on_date > clock.today()

    @property
    def report_title(self) -> str:
        """What the framework calls such a report."""
        return pinned.of(self.item).report_title

    @property
    def missing_titles(self) -> list[str]:
        """The comments that the report still needs."""
        return [self.comment_titles[kind] for kind in self.missing]

    @property
    def comment_titles(self) -> dict[str, str]:
        """The name of each kind of comment that the report needs."""
        framework = pinned.of(self.item)
        return {kind: report_form.comment_title(framework, kind) for kind in self.needed}

    def boxes(self, heading: ReportField) -> list[report_form.Box]:
        """The boxes under a heading."""
        return report_form.boxes_of(heading)

    def grid(self, heading: ReportField) -> list[tuple[str, str]]:
        """The rows of a grid with their answers."""
        return report_form.grid(heading, self.item.report)

    def consulted(self, heading: ReportField) -> list[report_form.Consulted]:
        """Who was consulted, and where or how."""
        return report_form.consulted(heading, self.item.report)

    def comment_label(self, kind: str) -> str:
        """What the button says that leads to a comment: add it, or write it as one's own."""
        known = report_form.comment_kind(self.item, kind)
        title = report_form.in_sentence(self.comment_titles[kind])
        return f"Write the {title}" if known and known.own else f"Add {title}"


_PLANS = """
SELECT subject.ref, subject.title, plan_version.number, {known} AS known
FROM item_plan
JOIN plan ON plan.id = item_plan.plan_id JOIN subject ON subject.id = plan.id
JOIN plan_version ON plan_version.id = item_plan.version_id
WHERE item_plan.item_id = :item ORDER BY subject.title
"""
_COMMENTS = text("""
SELECT c.*, person.name, other.name AS for_name,
       c.id = max(c.id) OVER (PARTITION BY c.kind) AS newest
FROM officer_comment AS c JOIN person ON person.id = c.person_id
LEFT JOIN person AS other ON other.id = c.for_person_id
WHERE c.item_id = :item ORDER BY c.kind, c.id DESC
""")


def _plans(session: Session, actor: Actor, item: AgendaItem) -> list[Any]:
    """The plans that a report carries, and whether this person may open each."""
    wanted = text(_PLANS.format(known=access.rights.knows_plan(actor)))
    return list(session.execute(wanted, {"item": item.id, **access.bound(actor)}))


def item_page(session: Session, actor: Actor, item_id: int) -> ItemPage:
    """The page of a report, with its words for whoever may read them. Raises NotFound."""
    item = access.item(session, actor, item_id)
    if access.report_reading(session, actor, item).words:
        return _with_words(session, actor, item)
    return ItemPage(
        item=item,
        body=agenda_items.body_of(session, item),
        meeting=session.get(Meeting, item.meeting_id) if item.meeting_id else None,
        status=report_status.status_of(session, item),
        plans=_plans(session, actor, item),
        behind=[],
        recommendations=[],
        fields=(),
        comments=[],
        needed=(),
        missing=(),
        choices=[],
        decisions=[],
        labels={},
        words=False,
    )


def words_page(session: Session, actor: Actor, item_id: int) -> ItemPage:
    """The page of a report that this person may read. Raises NotFound."""
    return _with_words(session, actor, access.report(session, actor, item_id))


def _with_words(session: Session, actor: Actor, item: AgendaItem) -> ItemPage:
    meeting = session.get(Meeting, item.meeting_id) if item.meeting_id else None
    needed = report_status.needed(session, [item])[item.id]
    given = comment_scope.comments_of(session, [item.id])[item.id]
    missing = tuple(kind for kind in needed if given.get(kind, ["not given"]))
    choices = engine.choices(session, item, actor)
    comments = any(each.action == "comment" for each in choices)
    warned = item.phase in report_status.OPEN and meeting is not None
    return ItemPage(
        item=item,
        body=agenda_items.body_of(session, item),
        meeting=meeting,
        status=report_status.status_of(session, item),
        plans=_plans(session, actor, item),
        behind=agenda_items.behind(session, item) if item.phase in report_status.OPEN else [],
        recommendations=agenda_items.recommendations(session, item),
        fields=report_form.fields_of(item),
        comments=_comments(session, item),
        needed=needed,
        missing=missing,
        choices=choices,
        decisions=registers.decisions_of(session, item.id),
        labels={key: outcome.label for key, outcome in OUTCOMES.items()},
        effect_on=call_in.waiting_on(session, item.id) if item.phase == Phase.ENDED else None,
        warnings=agenda.warnings(session, item, meeting) if warned and meeting else [],
        dates=tuple(baselines.carried(session, item.id)),
        mine=tuple(kind for kind in needed if comments and writing.may_comment(item, actor, kind)),
    )


def writing_page(session: Session, actor: Actor, item_id: int) -> ItemPage:
    """The page on which a report is written. Raises NotFound, NotPermitted or NotAvailable."""
    writing.writer(session, access.item(session, actor, item_id), actor)
    return words_page(session, actor, item_id)


def step_page(session: Session, actor: Actor, item_id: int, action: str) -> ItemPage:
    """The page of one step. Raises NotFound, NotPermitted, or NotAvailable when it is not open."""
    engine.choice(session, access.item(session, actor, item_id), actor, action)
    return words_page(session, actor, item_id)


def _comments(session: Session, item: AgendaItem) -> list[CommentView]:
    rows = session.execute(_COMMENTS, {"item": item.id}).all()
    now = comment_scope.parts(session, item) if rows else {}
    framework = pinned.of(item)
    return [
        CommentView(
            row.kind,
            report_form.comment_title(framework, row.kind),
            row.wording,
            row.no_implications,
            row.initials,
            row.name,
            row.for_name or "",
            row.signed_on,
            tuple(_part(framework, key) for key in json.loads(row.scope)),
            tuple(_part(framework, key) for key in comment_scope.changed_since(row.scope, now))
            if row.newest
            else (),
            row.newest,
        )
        for row in rows
    ]


def _part(framework: Framework, key: str) -> str:
    """A part of a report in words."""
    if key == "recommendations":
        return "Recommendations"
    if key == "plans":
        return "Which plans it carries"
    kind, _, name = key.partition(":")
    if kind == "report":
        boxes = report_form.boxes(framework)
        return next((each.title for each in boxes if each.key == name), name)
    return f"{kind}, {name.replace('_', ' ')}"


def _scope_choices(session: Session, item: AgendaItem) -> list[tuple[str, str]]:
    """What a comment may cover, as choices."""
    framework = pinned.of(item)
    return [(key, _part(framework, key)) for key in comment_scope.parts(session, item)]


@dataclass(frozen=True)
class CommentPage:
    """A comment to write."""

    page: ItemPage
    kind: str
    title: str
    parts: list[tuple[str, str]]
    initials: str


def comment_page(session: Session, actor: Actor, item_id: int, kind: str) -> CommentPage:
    """The page on which comments of one kind are written. Raises NotFound, NotPermitted, or
    NotAvailable once the report is closed."""
    item = access.item(session, actor, item_id)
    known = report_form.comment_kind(item, kind)
    if known is None:
        raise NotFound(access.GONE)
    writing.comment_capacity(session, item, actor, kind)
    page = words_page(session, actor, item_id)
    parts = _scope_choices(session, page.item)
    return CommentPage(page, kind, known.title, parts, actor.initials)
