"""How a plan comes into being: by the opening of its year, or imported as it is in force now; and
how plans go again that the structure no longer asks for.

The rule that lives here: which plans a planning year makes (by the framework's plan types, for the
units that exist that day), what they are called, for how long they run, and which plan each one
replaces. A plan takes effect on 1 April after the planning year began.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from config.framework import Framework, PlanType
from config.lifecycles.phases import Phase
from cycle import access, clock, council_facts
from cycle.errors import BadInput, Blocked, NotFound, Taken
from cycle.models import Council, FrameworkVersion, Item, Plan, PlanningYear, Unit
from cycle.people import Actor, Capacity
from workflows.core import engine, together
from workflows.core.attempt import Evidence
from workflows.core.audit import Act
from workflows.framework import applicable, pinned
from workflows.plans import versions
from workflows.reports import report_requests
from workflows.timetable import timetable

FIRST_MONTH = 4


@dataclass(frozen=True)
class ImportedRow:
    """A typed row of a plan that is imported; ``uid`` ties it to rows of other plans."""

    section_key: str
    type: str
    fields: Mapping[str, Any]
    uid: str | None = None
    parent_uid: str | None = None


@dataclass(frozen=True)
class Imported:
    """A plan in force as it is handed in: its texts by section key, its rows, where it is from."""

    plan_type: str
    unit_id: int | None
    year_of_effect: int
    texts: Mapping[str, str]
    items: Sequence[ImportedRow]
    reason: str


@dataclass(frozen=True)
class _Last:
    """The plan that a new one replaces."""

    id: int
    until_on: date


_Lasts = Mapping[tuple[str, int], _Last]

# The newest plan of each type and unit that is approved or in force; the plans of units that were
# merged count for the unit into which they went.
_LAST = text("""
SELECT DISTINCT ON (plan.plan_type, home) plan.id, plan.plan_type, plan.until_on,
       coalesce(unit.merged_into_id, unit.id) AS home
FROM plan JOIN subject ON subject.id = plan.id JOIN unit ON unit.id = subject.unit_id
WHERE subject.phase IN ('settled', 'in_force')
  AND plan.in_force_from_on < :from_
ORDER BY plan.plan_type, home, (unit.merged_into_id IS NULL) DESC,
         plan.in_force_from_on DESC, plan.id DESC
""")


def of_year(
    session: Session, year: PlanningYear, units: Sequence[Unit] | None = None
) -> list[Plan]:
    """The plans that the year still has to make, complete but not added: for the units of today,
    or only for those given. A plan that exists already is not made twice."""
    framework = pinned.of(year)
    here = _units(session)
    top = [unit for unit in here if unit.parent_id is None][:1]
    lasts = _last_plans(session, _effect(year.writes_from + 1))
    pattern, model = applicable.pattern_of(year), applicable.model_today(session, framework)
    plans = []
    for kind in framework.plan_types.values():
        if not is_made(kind, year.number, year.decision or "", pattern.choice):
            continue
        if kind.per == "unit":
            chosen = [unit for unit in units or here if unit.level == kind.level]
        else:
            chosen = top if units is None else []
        plans += [_new(framework, kind, year, unit, lasts, model) for unit in chosen]
    known = set(session.scalars(select(Plan.ref).where(Plan.ref.in_([p.ref for p in plans]))))
    return [plan for plan in plans if plan.ref not in known]


def add(session: Session, year: PlanningYear, plans: Sequence[Plan]) -> None:
    """Add new plans of a year with their empty sections and dated steps; the year's own steps too,
    while it has not begun. Their record is still to be begun."""
    together.add(session, plans)
    _add_sections(session, plans)
    timetable.write_steps(session, year, plans)


def begin(session: Session, actor: Actor, capacity: Capacity, plans: Sequence[Plan]) -> None:
    """Begin the record of new plans that were added; ``capacity`` is that of the act on the year
    that makes them."""
    together.begin(session, plans, actor, "create_plan", capacity)


def import_plan(session: Session, actor: Actor, capacity: Capacity, given: Imported) -> Plan:
    """Make a plan that is in force already; its text is sealed as version 1.

    Raises BadInput for a plan type, unit or section that the framework does not know, Taken when
    there is such a plan.
    """
    year = session.scalars(
        select(PlanningYear).where(PlanningYear.writes_from == given.year_of_effect - 1)
    ).first()
    version = year.framework if year else _newest_framework(session)
    framework = pinned.of_version(version)
    kind = framework.plan_types.get(given.plan_type)
    if kind is None:
        raise BadInput(f"There is no plan type “{given.plan_type}” in the framework.")
    unit = _unit_for(session, kind, given.unit_id)
    begins_on = _effect(given.year_of_effect)
    until_on = _after(begins_on, kind.lasts_years)
    state = framework.lifecycles[kind.lifecycle].first_in(Phase.IN_FORCE).key
    plan = _plan(framework, version.id, kind, unit, begins_on, until_on, state)
    _not_twice(session, plan.ref)
    _known_sections(framework, kind, given)
    plan.planning_year_id = year.id if year else None
    plan.governance = applicable.model_today(session, framework)
    session.add(plan)
    session.flush()
    _add_sections(session, [plan], given.texts)
    session.add_all(_row(plan, position, each) for position, each in enumerate(given.items))
    session.flush()
    together.begin(session, [plan], actor, "import", capacity)
    what = Act("import_text", reason=given.reason)
    versions.seal(session, plan, what, clock.now())
    engine.record(session, plan, actor, what, capacity)
    return plan


def is_made(kind: PlanType, number: int, decision: str, choice: str) -> bool:
    """Whether planning year ``number`` makes plans of this type, by its decision and variant."""
    if number not in kind.years or (kind.choices and choice not in kind.choices):
        return False
    return number == 1 or not kind.branch or decision in ("new", "refresh")


def _new(
    framework: Framework,
    kind: PlanType,
    year: PlanningYear,
    unit: Unit,
    lasts: _Lasts,
    model: str,
) -> Plan:
    begins_on = _effect(year.writes_from + kind.years_ahead)
    last = lasts.get((kind.key, unit.id))
    until_on = _until(kind, year, begins_on, lasts)
    initial = framework.lifecycles[kind.lifecycle].initial
    plan = _plan(framework, year.framework_version_id, kind, unit, begins_on, until_on, initial)
    plan.planning_year_id = year.id
    plan.pattern = applicable.pattern_of(year).key
    plan.governance = model
    plan.supersedes_id = last.id if last else None
    return plan


def _until(kind: PlanType, year: PlanningYear, begins_on: date, lasts: _Lasts) -> date:
    """The day after the last one of a new plan. A plan of several years is a new text for the same
    years, whether it is refreshed with the Strategic Plan or on its own each year (S2 ¶21); only a
    year that makes a new Strategic Plan begins them afresh."""
    ends = [
        last.until_on
        for (other, _unit), last in lasts.items()
        if other == kind.key and last.until_on > begins_on
    ]
    if year.number == 1 or year.decision == "new" or kind.lasts_years == 1 or not ends:
        return _after(begins_on, kind.lasts_years)
    return max(ends)


def _plan(
    framework: Framework,
    version_id: int,
    kind: PlanType,
    unit: Unit,
    begins_on: date,
    until_on: date,
    state: str,
) -> Plan:
    template = framework.templates[kind.template]
    ref = f"{kind.prefix}-{begins_on.year}"
    title = f"{kind.title} {_years(begins_on, until_on)}"
    if kind.per == "unit":
        ref, title = f"{ref}-{unit.key.upper()}", f"{title}: {unit.name}"
    return Plan(
        kind="plan",
        ref=ref,
        title=title,
        lifecycle=kind.lifecycle,
        state=state,
        state_since_at=clock.now(),
        framework_version_id=version_id,
        unit_id=unit.id,
        plan_type=kind.key,
        year_of_effect=begins_on.year,
        in_force_from_on=begins_on,
        until_on=until_on,
        template={
            "key": template.key,
            "number": template.number,
            "sections": [
                {
                    "key": section.key,
                    "title": section.title,
                    "kind": section.kind,
                    "required": section.required,
                    "gate": section.gate,
                }
                for section in template.sections
            ],
        },
    )


_SECTIONS = text("""
INSERT INTO section (plan_id, key, kind, position, body, version, carried_from)
SELECT plan_id, key, kind, position, body, 1, ''
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS s(plan_id int, key text, kind text, position int, body text)
ORDER BY plan_id, position
""")


def _add_sections(
    session: Session, plans: Sequence[Plan], texts: Mapping[str, str] | None = None
) -> None:
    rows = [
        {
            "plan_id": plan.id,
            "key": section["key"],
            "kind": section["kind"],
            "position": position,
            "body": (texts or {}).get(section["key"], ""),
        }
        for plan in plans
        for position, section in enumerate(plan.template["sections"])
    ]
    if rows:
        session.execute(_SECTIONS, {"rows": json.dumps(rows)})


def _row(plan: Plan, position: int, given: ImportedRow) -> Item:
    return Item(
        plan_id=plan.id,
        section_key=given.section_key,
        uid=given.uid or str(uuid4()),
        type=given.type,
        fields=dict(given.fields),
        parent_uid=given.parent_uid,
        position=position,
    )


def _known_sections(framework: Framework, kind: PlanType, given: Imported) -> None:
    sections = {each.key: each for each in framework.templates[kind.template].sections}
    for key in given.texts:
        if key not in sections or sections[key].kind != "text":
            raise BadInput(f"{kind.title} has no text section “{key}”.")
    for row in given.items:
        section = sections.get(row.section_key)
        if section is None or row.type not in section.item_types:
            raise BadInput(f"“{row.type}” does not belong in a section “{row.section_key}”.")


def _not_twice(session: Session, ref: str) -> None:
    if session.scalar(select(Plan.id).where(Plan.ref == ref)) is not None:
        raise Taken(f"There is a plan {ref} already.")


def _units(session: Session) -> Sequence[Unit]:
    today = clock.today()
    return session.scalars(
        select(Unit)
        .where(Unit.from_on <= today, or_(Unit.until_on.is_(None), Unit.until_on > today))
        .order_by(Unit.path)
    ).all()


def _unit_for(session: Session, kind: PlanType, unit_id: int | None) -> Unit:
    if kind.per != "unit":
        return council_facts.top(session)
    unit = session.get(Unit, unit_id) if unit_id else None
    if unit is None:
        raise NotFound(access.GONE)
    if unit.level != kind.level:
        raise BadInput(f"{unit.name} is not of the level for which {kind.plural} are made.")
    return unit


def _last_plans(session: Session, begins_on: date) -> _Lasts:
    rows = session.execute(_LAST, {"from_": begins_on})
    return {(row.plan_type, row.home): _Last(row.id, row.until_on) for row in rows}


def _newest_framework(session: Session) -> FrameworkVersion:
    council = session.scalars(select(Council)).first()
    if council is None:
        raise Blocked("No framework is published yet. Load the council first.")
    key = council.framework.key
    return session.scalars(
        select(FrameworkVersion)
        .where(FrameworkVersion.key == key)
        .order_by(FrameworkVersion.number.desc())
        .limit(1)
    ).one()


def _effect(year: int) -> date:
    return date(year, FIRST_MONTH, 1)


def _after(begins_on: date, years: int) -> date:
    return begins_on.replace(year=begins_on.year + years)


def _years(begins_on: date, until_on: date) -> str:
    """2028/29 for one year, 2028 to 2032 for four."""
    if until_on.year - begins_on.year == 1:
        return f"{begins_on.year}/{until_on:%y}"
    return f"{begins_on.year} to {until_on.year}"


def withdraw_all(
    session: Session,
    actor: Actor,
    plan_ids: Sequence[int],
    reason: str,
    *,
    after: Capacity | None = None,
) -> list[Plan]:
    """Withdraw these plans, all or none. ``after`` and what is raised as in ``engine.perform``."""
    plans = access.all_changeable(session, actor, Plan, plan_ids)
    evidence = Evidence(reason=reason)
    allowed = together.perform(session, plans, "withdraw", actor, evidence, after=after)
    report_requests.cancel_for(session, actor, list(zip(plans, allowed, strict=True)), reason)
    return plans
