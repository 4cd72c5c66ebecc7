"""The rows of all plans in one table: bids, actions, commissioning choices; what is still missing.

Rows that come from another plan are told once, where they belong. Whoever works on a plan reads its
working copy, everybody else the version that is open. Sources: B24 and D1 (bids and choices feed
the budget), D2 (services not yet reviewed), C5 (the golden thread: orphans at both ends).
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Select, or_, select, text
from sqlalchemy.orm import Session, aliased

from config.framework import Framework
from cycle import access, clock
from cycle.models import FrameworkVersion, Item, Plan, PlanningYear, Subject, Unit
from cycle.people import Actor
from workflows.framework import versions as pinned
from workflows.plans import open_entries

SHOWN = ("bid", "action", "commissioning")
REVIEWS = ("commissioning", "review")
ENDED = ("withdrawn", "superseded")
NOT_OPEN = "An entry that is not open to you"


@dataclass(frozen=True)
class ItemLine:
    """One row of a plan. ``fields`` are its fields by key; ``parent`` says what it contributes
    to; ``amount`` is in pounds for the plan year."""

    plan_ref: str
    plan_title: str
    unit: str
    type_key: str
    type_title: str
    uid: str
    words: str
    choice: str
    service: str
    amount: Decimal | None
    due: str
    owner: str
    parent: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class Gap:
    """A row that hangs in the air: nothing above it, or nothing that makes it happen."""

    plan_ref: str
    plan_title: str
    type_title: str
    words: str
    sentence: str


@dataclass(frozen=True)
class Gaps:
    """Orphans at both ends of the golden thread."""

    without_parent: list[Gap]
    without_children: list[Gap]


@dataclass(frozen=True)
class Unreviewed:
    """A service for which nothing has been chosen or reviewed in the year's plans."""

    unit_id: int
    key: str
    name: str
    department: str
    plan_ref: str


def bids_actions_choices(
    session: Session, actor: Actor, year: PlanningYear | None = None
) -> list[ItemLine]:
    """Every bid, action and commissioning choice of the plans whose text this person may read.

    Two statements at most. ``year`` narrows to the plans of one planning year.
    """
    rows: list[Any] = list(session.execute(_statement(actor, year).where(Item.type.in_(SHOWN))))
    rows += [row for row in open_entries.rows(session, actor, year, ENDED) if row.type in SHOWN]
    return sorted((_line(session, row) for row in rows), key=lambda line: line.plan_ref)


def services_not_reviewed(session: Session, actor: Actor, year: PlanningYear) -> list[Unreviewed]:
    """The services without a commissioning choice or a review in this year's plans (D2)."""
    kinds = pinned.of(year).plan_types.values()
    levels = sorted({kind.level for kind in kinds if kind.per == "unit"})
    rows = session.execute(
        _NOT_REVIEWED,
        {
            "year": year.id,
            "today": clock.today(),
            "levels": levels,
            "types": list(REVIEWS),
            "ended": list(ENDED),
        },
    ).all()
    shown = session.scalars(
        access.plans(actor).with_only_columns(Plan.ref).where(Plan.planning_year_id == year.id)
    )
    may_see = set(shown)
    return [
        Unreviewed(row.id, row.key, row.name, row.department, row.ref if row.ref in may_see else "")
        for row in rows
    ]


def golden_thread_gaps(session: Session, actor: Actor, year: PlanningYear) -> Gaps:
    """Rows that contribute to nothing, and outcomes to which nothing contributes (C5)."""
    framework = pinned.of(year)
    types = framework.item_types
    needing = [key for key, each in types.items() if each.parent_required]
    # What a row must hang on is what something must hang on: outcomes and priorities.
    carrying = sorted({parent for key in needing for parent in types[key].parents})
    everything = _statement(actor, year)
    child = aliased(Item)
    alone = everything.where(Item.type.in_(needing), Item.parent_uid.is_(None))
    barren = everything.where(
        Item.type.in_(carrying),
        ~select(child.id).where(child.parent_uid == Item.uid).exists(),
    )
    told = open_entries.rows(session, actor, year, ENDED)
    parents = set(session.scalars(select(Item.parent_uid).distinct())) if told else set()
    hanging = [row for row in told if row.type in needing and not row.parent_uid]
    empty = [row for row in told if row.type in carrying and row.uid not in parents]
    return Gaps(
        [_gap(row, framework, "contributes to nothing yet")
         for row in [*session.execute(alone), *hanging]],
        [_gap(row, framework, "has nothing under it yet")
         for row in [*session.execute(barren), *empty]],
    )  # fmt: skip


_NOT_REVIEWED = text("""
SELECT unit.id, unit.key, unit.name, coalesce(top.name, '') AS department,
       (SELECT subject.ref FROM plan JOIN subject ON subject.id = plan.id
        WHERE subject.unit_id = unit.id AND plan.planning_year_id = :year
          AND subject.state <> ALL(:ended) ORDER BY plan.id DESC LIMIT 1) AS ref
FROM unit LEFT JOIN unit AS top ON top.id = unit.path[2]
WHERE unit.level = ANY(:levels) AND unit.from_on <= :today
  AND (unit.until_on IS NULL OR unit.until_on > :today)
  AND NOT EXISTS (
    SELECT 1 FROM item JOIN plan ON plan.id = item.plan_id JOIN subject ON subject.id = plan.id
    WHERE plan.planning_year_id = :year AND item.type = ANY(:types)
      AND subject.state <> ALL(:ended)
      AND (subject.unit_id = unit.id
           OR lower(item.fields ->> 'service') IN (lower(unit.key), lower(unit.name))))
ORDER BY department, unit.name
""")


def _statement(actor: Actor, year: PlanningYear | None) -> Select[*tuple[Any, ...]]:
    """The own rows of the plans that this person works on, with plan, unit and parent."""
    parent, unit = aliased(Item), aliased(Unit)
    elsewhere = select(Subject.id).where(access.text_right(actor)).correlate(None)
    words = (
        select(parent.fields["text"].astext)
        .where(
            parent.uid == Item.parent_uid,
            or_(parent.plan_id == Item.plan_id, parent.plan_id.in_(elsewhere)),
        )
        .order_by(parent.inherited, parent.id)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        select(
            Item.uid,
            Item.type,
            Item.fields,
            Plan.ref,
            Plan.title,
            Plan.framework_version_id,
            FrameworkVersion.sha256,
            unit.name.label("unit"),
            Item.parent_uid,
            words.label("parent"),
        )
        .join(Plan, Plan.id == Item.plan_id)
        .join(FrameworkVersion, FrameworkVersion.id == Plan.framework_version_id)
        .outerjoin(unit, unit.id == Plan.unit_id)
        .where(Item.inherited.is_(False), Plan.state.not_in(ENDED), access.text_right(actor))
        .order_by(Plan.ref, Item.type, Item.position, Item.id)
    )
    return statement if year is None else statement.where(Plan.planning_year_id == year.id)


def _line(session: Session, row: Any) -> ItemLine:
    framework = pinned.of_row(session, row.framework_version_id, row.sha256)
    fields = dict(row.fields)
    return ItemLine(
        row.ref,
        row.title,
        row.unit or "",
        row.type,
        framework.item_types[row.type].title,
        row.uid,
        _words(fields),
        str(fields.get("choice") or fields.get("kind") or ""),
        str(fields.get("service") or ""),
        _amount(fields.get("amount")),
        str(fields.get("due") or ""),
        str(fields.get("owner") or ""),
        row.parent or (NOT_OPEN if row.parent_uid else ""),
        fields,
    )


def _gap(row: Any, framework: Framework, what: str) -> Gap:
    words, title = _words(dict(row.fields)), framework.item_types[row.type].title
    return Gap(row.ref, row.title, title, words, f"{title} “{words}” {what}.")


def _words(fields: dict[str, Any]) -> str:
    """What a row is about: its text, or for a commissioning choice how the service is provided."""
    return str(fields.get("text") or fields.get("model") or fields.get("service") or "")


def _amount(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None
