"""The plans in force that a council brings along when it joins a cycle midway.

The rule that lives here: every type that an earlier year would have made and that still runs on the
day of joining is imported once, for each unit of its level; rows of service plans belong to the
rows of the Delivery Plan that name the service.
"""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework, PlanType, SectionTemplate
from cycle import clock
from cycle.people import Actor
from workflows.cycles import cycles
from workflows.plans.creation import ImportedRow
from workflows.simulation.invented_council import service_level
from workflows.simulation.text import Row, parent_of
from workflows.simulation.world import World
from workflows.simulation.written import About

_UNITS = text("""
SELECT id, name, level FROM unit WHERE from_on <= :today AND (until_on IS NULL OR until_on > :today)
ORDER BY path
""")


def import_all(session: Session, actor: Actor, world: World, joined: int, start: int) -> int:
    """Import every plan in force on 1 April of ``joined`` for a cycle that began in ``start``;
    gives how many."""
    units = session.execute(_UNITS, {"today": clock.today()}).all()
    imported: list[Row] = []
    level = service_level(world.framework)
    services = [each.name for each in units if each.level == level]
    count = 0
    for kind in _in_order(world.framework):
        if kind.choices:  # made in one variant of Year 1 only, which nobody says was chosen
            continue
        effect = joined if kind.lasts_years == 1 else start + 1
        for unit in units:
            if unit.level != (kind.level if kind.per == "unit" else "council"):
                continue
            service = unit.name if kind.per == "unit" else ""
            texts, rows = _contents(world, kind, effect, service, services, imported)
            cycles.import_in_force(
                session,
                actor,
                kind.key,
                unit.id,
                effect,
                texts,
                rows,
                "Approved before Plancycle was introduced; imported as it is in force.",
            )
            count += 1
    return count


def _in_order(framework: Framework) -> list[PlanType]:
    """The plan types so that those come first whose rows are the parents of others' rows."""
    made = {
        kind.key: {
            name
            for section in framework.templates[kind.template].sections
            if section.inherit is None
            for name in section.item_types
        }
        for kind in framework.plan_types.values()
    }
    order: TopologicalSorter[str] = TopologicalSorter()
    for key, names in made.items():
        parents = {up for name in names for up in framework.item_types[name].parents} - names
        order.add(key, *(other for other in made if parents & made[other] and other != key))
    return [framework.plan_types[key] for key in order.static_order()]


def _contents(
    world: World,
    kind: PlanType,
    effect: int,
    service: str,
    services: Sequence[str],
    imported: list[Row],
) -> tuple[Mapping[str, str], list[ImportedRow]]:
    about = About(f"{kind.prefix}-{effect}-{service}", kind.key, effect, service)
    texts: dict[str, str] = {}
    rows: list[ImportedRow] = []
    # The rows of one service's plan are no parents of another's.
    own = list(imported) if kind.per == "unit" else imported
    for section in world.framework.templates[kind.template].sections:
        if section.inherit is not None:
            continue
        if section.kind == "text":
            texts[section.key] = world.words.section(about, section.key, services)
        else:
            rows += _rows(world, about, section, services, own)
    return texts, rows


def _rows(
    world: World,
    about: About,
    section: SectionTemplate,
    services: Sequence[str],
    own: list[Row],
) -> list[ImportedRow]:
    made = []
    for key in section.item_types:
        kind = world.framework.item_types[key]
        names_one = any(each.key == "service" for each in kind.fields)
        if about.service or not names_one:
            count = world.words.rows_of(about.ref, section)
            named = [about.service or "the council"] * count
        else:
            named = list(services)
        written = world.words.rows(about, section.key, kind, services, named)
        for number, each in enumerate(written):
            uid = str(uuid4())
            parent = parent_of(own, kind, each, number)
            made.append(ImportedRow(section.key, key, each.values, uid, parent))
            own.append(Row.of(section.key, key, uid, each))
    return made
