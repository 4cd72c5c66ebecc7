"""The plans in force that a council brings along when it joins a cycle midway.

The rule that lives here: every type that an earlier year would have made and that still runs on the
day of joining is imported once, for each unit of its level; rows of service plans belong to the
rows of the Delivery Plan that name the service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from workflows.simulation.world import World

_UNITS = text("""
SELECT id, name, level FROM unit WHERE from_on <= :today AND (until_on IS NULL OR until_on > :today)
ORDER BY path
""")


@dataclass
class _ImportedSoFar:
    """What has been imported so far: rows by type and the service that they name."""

    uids: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def parents(self, kinds: Sequence[str], service: str) -> list[str]:
        """Rows of these types for a service, else for nobody in particular."""
        own = [uid for kind in kinds for uid in self.uids.get((kind, service), [])]
        return own or [uid for kind in kinds for uid in self.uids.get((kind, ""), [])]


def import_all(session: Session, actor: Actor, world: World, joined: int, start: int) -> int:
    """Import every plan in force on 1 April of ``joined`` for a cycle that began in ``start``;
    gives how many."""
    units = session.execute(_UNITS, {"today": clock.today()}).all()
    imported = _ImportedSoFar()
    level = service_level(world.framework)
    services = [each.name for each in units if each.level == level]
    count = 0
    for kind in _in_order(world.framework):
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
                "Approved before Plancycle was introduced; taken in as it is in force.",
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
    imported: _ImportedSoFar,
) -> tuple[Mapping[str, str], list[ImportedRow]]:
    ref = f"{kind.prefix}-{effect}-{service}"
    texts: dict[str, str] = {}
    rows: list[ImportedRow] = []
    own = _ImportedSoFar(dict(imported.uids)) if kind.per == "unit" else imported
    for section in world.framework.templates[kind.template].sections:
        if section.inherit is not None:
            continue
        if section.kind == "text":
            texts[section.key] = world.words.text(ref, section.key, service or "the council")
        else:
            rows += _rows(world, ref, section, effect, service, services, own)
    return texts, rows


def _rows(
    world: World,
    ref: str,
    section: SectionTemplate,
    effect: int,
    service: str,
    services: Sequence[str],
    own: _ImportedSoFar,
) -> list[ImportedRow]:
    made = []
    for key in section.item_types:
        kind = world.framework.item_types[key]
        names_one = any(each.key == "service" for each in kind.fields)
        if service:
            named = [service] * world.words.rows_of(ref, section)
        elif names_one:
            named = list(services)
        else:
            named = [""] * world.words.rows_of(ref, section)
        for number, name in enumerate(named):
            parents = own.parents(kind.parents, name)
            uid = str(uuid4())
            words = world.words.row(ref, kind, number, name or "the council", effect)
            parent = parents[number % len(parents)] if parents else None
            made.append(ImportedRow(section.key, key, words, uid, parent))
            own.uids.setdefault((key, name if names_one else ""), []).append(uid)
    return made
