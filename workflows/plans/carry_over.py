"""Nobody retypes: what a plan takes from its parent plans and from the one it replaces (B8, B10).

Last year's words and rows are a starting point and become the plan's own; inherited rows belong to
the parent plan, are shown with it and are changed there.
"""

from collections.abc import Sequence

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from config.framework import Inherit, SectionTemplate
from cycle import access
from cycle.models import Item, Plan, Section, Unit
from workflows.core.attempt import Attempt

# The parent whose plan year covers the day on which this plan begins; the newest wins. It belongs
# to the plan's own unit or to one above it: another service's rows are never brought in.
_PARENT = text(f"""
SELECT plan.id, subject.ref FROM plan JOIN subject ON subject.id = plan.id
LEFT JOIN unit AS home ON home.id = CAST(:unit AS int)
WHERE plan.plan_type = :type AND subject.phase NOT IN ('withdrawn', 'ended', 'not_started')
  AND plan.in_force_from_on <= :day AND plan.until_on > :day AND plan.id <> :plan
  AND (subject.unit_id IS NULL OR subject.unit_id = ANY(home.path)) AND {access.HANDS_DOWN}
ORDER BY plan.in_force_from_on DESC, plan.id DESC LIMIT 1
""")  # noqa: S608


def prefill(attempt: Attempt) -> None:
    """Fill empty sections from the plan replaced, and bring inherited rows up to date."""
    plan = attempt.plan
    template = attempt.framework.templates[attempt.plan_type.template]
    brought: dict[str, str] = {}
    for section in template.sections:
        if section.inherit is not None:
            source = inherit(attempt.session, plan, section, section.inherit)
        elif section.carry_over and plan.supersedes_id is not None:
            source = _from_last(attempt.session, plan, section)
        else:
            source = ""
        if source:
            brought[section.key] = source
    attempt.act.details["brought"] = brought


def inherit(session: Session, plan: Plan, section: SectionTemplate, rule: Inherit) -> str:
    """Copy the parent's rows as inherited rows with the same ``uid``; gives the parent's reference.

    Rows that the parent no longer has go; rows that are new there come.
    """
    wanted = {
        "type": rule.plan_type,
        "day": plan.in_force_from_on,
        "plan": plan.id,
        "unit": plan.unit_id,
    }
    parent = session.execute(_PARENT, wanted).first()
    if parent is None:
        return ""
    rows: Sequence[Item] = session.scalars(
        select(Item)
        .where(
            Item.plan_id == parent.id,
            Item.section_key == rule.section,
            Item.type.in_(section.item_types),
        )
        .order_by(Item.position, Item.id)
    ).all()
    if rule.only_for_unit:
        rows = _for_unit(session, plan, rows)
    _bring_up_to_date(session, plan, section.key, rows)
    _note(session, plan, section.key, parent.ref)
    session.flush()
    return str(parent.ref)


def _bring_up_to_date(session: Session, plan: Plan, section_key: str, rows: Sequence[Item]) -> None:
    """Inherited rows become what the parent's rows are; the plan's own rows stay."""
    here = {
        row.uid: row
        for row in session.scalars(
            select(Item).where(Item.plan_id == plan.id, Item.section_key == section_key)
        )
    }
    kept = {row.uid for row in rows}
    for uid, row in here.items():
        if row.inherited and uid not in kept:
            session.delete(row)
    for position, row in enumerate(rows):
        known = here.get(row.uid)
        if known is None:
            session.add(_copy(row, plan, section_key, position, inherited=True))
        elif known.inherited:
            known.fields, known.position = row.fields, position


def _for_unit(session: Session, plan: Plan, rows: Sequence[Item]) -> list[Item]:
    """The rows that name the plan's own unit, by its key or its name."""
    unit = session.get_one(Unit, plan.unit_id)
    own = {unit.key.lower(), unit.name.lower()}
    return [row for row in rows if str(row.fields.get("service", "")).lower() in own]


def _from_last(session: Session, plan: Plan, section: SectionTemplate) -> str:
    last = session.get_one(Plan, plan.supersedes_id)
    if not access.hands_down(last, plan):
        return ""
    filled = session.scalar(
        text(
            "SELECT 1 FROM section WHERE plan_id = :p AND key = :k AND btrim(body) <> '' "
            "UNION ALL SELECT 1 FROM item WHERE plan_id = :p AND section_key = :k LIMIT 1"
        ),
        {"p": plan.id, "k": section.key},
    )
    if filled:
        return ""
    if section.kind == "text":
        body = session.scalar(
            select(Section.body).where(Section.plan_id == last.id, Section.key == section.key)
        )
        if not body:
            return ""
        session.execute(
            update(Section)
            .where(Section.plan_id == plan.id, Section.key == section.key)
            .values(body=body)
        )
    else:
        rows = session.scalars(
            select(Item).where(
                Item.plan_id == last.id,
                Item.section_key == section.key,
                Item.inherited.is_(False),
            )
        ).all()
        if not rows:
            return ""
        session.add_all(
            _copy(row, plan, section.key, row.position, inherited=False) for row in rows
        )
    _note(session, plan, section.key, last.ref)
    session.flush()
    return last.ref


def _copy(row: Item, plan: Plan, section_key: str, position: int, *, inherited: bool) -> Item:
    return Item(
        plan_id=plan.id,
        section_key=section_key,
        uid=row.uid,
        type=row.type,
        fields=dict(row.fields),
        parent_uid=row.parent_uid,
        position=position,
        inherited=inherited,
    )


def _note(session: Session, plan: Plan, section_key: str, ref: str) -> None:
    session.execute(
        update(Section)
        .where(Section.plan_id == plan.id, Section.key == section_key)
        .values(carried_from=ref)
    )
