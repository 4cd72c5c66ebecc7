"""The rows of all plans in one table: bids, actions, commissioning choices; what is still missing.

Rows that come from another plan are told once, where they belong. Whoever works on a plan reads its
working copy, everybody else the version that is open. Sources: B24 and D1 (bids and choices feed
the budget), D2 (services not yet reviewed), C5 (the golden thread: orphans at both ends).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Select, null, or_, select, text
from sqlalchemy.orm import Session, aliased

from config.framework import Framework
from config.lifecycles.phases import OVER
from cycle import access, clock
from cycle.models import FrameworkVersion, Item, Plan, PlanningYear, Subject, Unit
from cycle.people import Actor
from workflows.framework import pinned

SHOWN = ("bid", "action", "commissioning")
NOT_OPEN = "An entry that is not open to you"
GONE = "contributes to an entry that is gone"


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
    """A row that hangs in the air: nothing above it, or nothing that makes it happen; ``is_stale``:
    what it contributes to is gone."""

    plan_ref: str
    plan_title: str
    type_title: str
    words: str
    sentence: str
    is_stale: bool = False


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
    rows += [row for row in _open_rows(session, actor, year, OVER) if row.type in SHOWN]
    return sorted((_line(session, row) for row in rows), key=lambda line: line.plan_ref)


def services_not_reviewed(session: Session, actor: Actor, year: PlanningYear) -> list[Unreviewed]:
    """The services without a commissioning choice, or a review that reports by the end of the year
    for which the plans are, in this year's plans (D2); one that is planned for later is none yet
    (fault S6)."""
    kinds = pinned.of(year).plan_types.values()
    levels = sorted({kind.level for kind in kinds if kind.per == "unit"})
    rows = session.execute(
        _NOT_REVIEWED,
        {
            "year": year.id,
            "today": clock.today(),
            "levels": levels,
            "until": reviewed_by(year).isoformat(),
            "ended": list(OVER),
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


def reviewed_by(year: PlanningYear) -> date:
    """The last day of the year for which the plans of a planning year are."""
    return date(year.writes_from + 2, 3, 31)


def golden_thread_gaps(session: Session, actor: Actor, year: PlanningYear) -> Gaps:
    """Rows that contribute to nothing, and outcomes to which nothing contributes (C5), of the plans
    that run in the year for which this year's are; what only an ended plan holds is nothing
    (fault S5)."""
    framework = pinned.of(year)
    types = framework.item_types
    needing = [key for key, each in types.items() if each.parent_required]
    # What a row must hang on is what something must hang on: outcomes and priorities.
    carrying = sorted({parent for key in needing for parent in types[key].parents})
    day = reviewed_by(year)
    running = _statement(actor, None, with_parents=False).where(
        Plan.in_force_from_on <= day, Plan.until_on > day
    )
    rows: list[Any] = list(session.execute(running.where(Item.type.in_({*needing, *carrying}))))
    rows += _open_rows(session, actor, None, OVER, on=day)
    live = session.execute(_LIVE, {"ended": list(OVER)}).all()
    uids, parents = {row.uid for row in live}, {row.parent_uid for row in live}
    alone = [row for row in rows if row.type in needing and row.parent_uid not in uids]
    barren = [row for row in rows if row.type in carrying and row.uid not in parents]
    return Gaps(
        [_gap(row, framework, GONE if row.parent_uid else "contributes to nothing yet")
         for row in sorted(alone, key=_place)],
        [_gap(row, framework, "has nothing under it yet") for row in sorted(barren, key=_place)],
    )  # fmt: skip


def _place(row: Any) -> tuple[str, str]:
    return row.ref, row.type


# The own entries of plans that have not ended, and what each of them contributes to.
_LIVE = text("""
SELECT item.uid, item.parent_uid FROM item JOIN subject ON subject.id = item.plan_id
WHERE NOT item.inherited AND subject.phase <> ALL(:ended)
""")


_NOT_REVIEWED = text("""
SELECT unit.id, unit.key, unit.name, coalesce(top.name, '') AS department,
       (SELECT subject.ref FROM plan JOIN subject ON subject.id = plan.id
        WHERE subject.unit_id = unit.id AND plan.planning_year_id = :year
          AND subject.phase <> ALL(:ended) ORDER BY plan.id DESC LIMIT 1) AS ref
FROM unit LEFT JOIN unit AS top ON top.id = unit.path[2]
WHERE unit.level = ANY(:levels) AND unit.from_on <= :today
  AND (unit.until_on IS NULL OR unit.until_on > :today)
  AND NOT EXISTS (
    SELECT 1 FROM item JOIN plan ON plan.id = item.plan_id JOIN subject ON subject.id = plan.id
    WHERE plan.planning_year_id = :year AND subject.phase <> ALL(:ended)
      AND (item.type = 'commissioning'
           OR item.type = 'review' AND nullif(item.fields ->> 'reports', '') <= :until)
      AND (subject.unit_id = unit.id
           OR lower(item.fields ->> 'service') IN (lower(unit.key), lower(unit.name))))
ORDER BY department, unit.name
""")


def _statement(
    actor: Actor, year: PlanningYear | None, with_parents: bool = True
) -> Select[*tuple[Any, ...]]:
    """The own rows of the plans that this person works on, with plan, unit and, where they are
    asked for, the words of the parent: each is looked up by itself."""
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
            (words if with_parents else null()).label("parent"),
        )
        .join(Plan, Plan.id == Item.plan_id)
        .join(FrameworkVersion, FrameworkVersion.id == Plan.framework_version_id)
        .outerjoin(unit, unit.id == Plan.unit_id)
        .where(Item.inherited.is_(False), Plan.phase.not_in(OVER), access.text_right(actor))
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
    return Gap(row.ref, row.title, title, words, f"{title} “{words}” {what}.", what == GONE)


def _words(fields: dict[str, Any]) -> str:
    """What a row is about: its text, or for a commissioning choice how the service is provided."""
    return str(fields.get("text") or fields.get("model") or fields.get("service") or "")


def _amount(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None


# The rows of open versions, as they were sealed; rows that come from another plan are listed there
# (``cycle.access``, fault R3).


@dataclass(frozen=True)
class OpenRow:
    """One row of a plan's open version, with its plan, unit and the words of its parent."""

    uid: str
    type: str
    fields: dict[str, Any]
    ref: str
    title: str
    framework_version_id: int
    sha256: str
    unit: str | None
    parent_uid: str | None
    parent: str | None


# The last join leaves out what is inherited: the sealed text does not tell, the plan's rows do.
_OPEN_ROWS = """
SELECT listed.entry, subject.ref, subject.title, subject.framework_version_id,
       framework_version.sha256, unit.name AS unit, inherited.id IS NOT NULL AS inherited
FROM plan JOIN subject ON subject.id = plan.id
JOIN framework_version ON framework_version.id = subject.framework_version_id
LEFT JOIN unit ON unit.id = subject.unit_id
JOIN plan_version AS shown ON shown.id = ({version})
JOIN LATERAL jsonb_array_elements(CAST(shown.manifest AS jsonb)) AS part(entry) ON true
JOIN section ON section.plan_id = plan.id AND section.key = part.entry->>0
  AND section.kind = 'items'
JOIN sealed_section ON sealed_section.plan_id = plan.id
  AND sealed_section.section_key = section.key AND sealed_section.sha256 = part.entry->>1
JOIN LATERAL jsonb_array_elements(CAST(sealed_section.body AS jsonb)) WITH ORDINALITY
  AS listed(entry, place) ON true
LEFT JOIN item AS inherited ON inherited.plan_id = plan.id AND inherited.inherited
  AND inherited.uid = listed.entry->>'uid'
WHERE {open} AND NOT {works} AND subject.phase <> ALL(:ended)
  AND (CAST(:year AS int) IS NULL OR plan.planning_year_id = :year)
  AND (CAST(:on AS date) IS NULL OR (plan.in_force_from_on <= :on AND plan.until_on > :on))
ORDER BY subject.ref, listed.entry->>'type', section.position, listed.place
"""


def _open_rows(
    session: Session,
    actor: Actor,
    year: PlanningYear | None,
    ended: tuple[str, ...],
    on: date | None = None,
) -> list[OpenRow]:
    """Every own row of the open versions of the plans that this person does not work on; with
    ``on`` of those alone that run on that day.

    At most one statement; none for somebody who reads everything.
    """
    if access.reads_everything(actor):
        return []
    wanted = text(
        _OPEN_ROWS.format(
            version=access.OPEN_VERSION,
            open=access.rights.opens_plan(actor),
            works=access.rights.works_on_plan(actor),
        )
    )
    asked = {
        "year": year.id if year else None,
        "on": on,
        "ended": list(ended),
        **access.bound(actor),
    }
    found = session.execute(wanted, asked).all()
    names = {(row.ref, row.entry["uid"]): row.entry["fields"].get("text") for row in found}
    return [
        OpenRow(
            row.entry["uid"],
            row.entry["type"],
            row.entry["fields"],
            row.ref,
            row.title,
            row.framework_version_id,
            row.sha256,
            row.unit,
            row.entry["parent"],
            names.get((row.ref, row.entry["parent"])),
        )
        for row in found
        if not row.inherited
    ]
