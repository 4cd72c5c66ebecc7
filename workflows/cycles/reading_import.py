"""What a plan that is in force now can be imported as: plan types, units, sections."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.framework import Framework, PlanType, SectionTemplate
from cycle import access, clock
from cycle.errors import BadInput, NotFound
from cycle.models import PlanningYear, Unit
from workflows.framework import pinned, post_permissions


@dataclass(frozen=True)
class ImportKit:
    """What can be imported: the plan types, the units by level, the framework that says so."""

    framework: Framework
    types: list[tuple[str, str]]
    units: list[tuple[str, str]]

    def kind(self, key: str) -> PlanType:
        """A plan type by its key. Raises NotFound."""
        kind = self.framework.plan_types.get(key)
        if kind is None:
            raise NotFound(access.GONE)
        return kind

    def sections(self, kind: PlanType) -> list[SectionTemplate]:
        """The sections whose text can be pasted in."""
        template = self.framework.templates[kind.template]
        return [each for each in template.sections if each.kind == "text"]

    def tables(self, kind: PlanType) -> list[str]:
        """The titles of the sections that are written anew in the next plan: tables of its own,
        which cannot be pasted in."""
        template = self.framework.templates[kind.template]
        return [
            each.title
            for each in template.sections
            if each.kind == "items" and each.inherit is None
        ]


def import_kit(session: Session, year_of_effect: int | None = None) -> ImportKit:
    """What a plan in force can be imported as, by the framework of its year or the newest one.

    Raises BadInput before any framework is published.
    """
    year = session.scalars(
        select(PlanningYear).where(PlanningYear.writes_from == (year_of_effect or 0) - 1)
    ).first()
    framework = pinned.of(year) if year else post_permissions.framework(session)
    if framework is None:
        raise BadInput("No framework is published yet. Load the council first.")
    levels = {kind.level for kind in framework.plan_types.values() if kind.per == "unit"}
    today = clock.today()
    units = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.level.in_(levels), Unit.from_on <= today)
        .order_by(Unit.name)
    )
    return ImportKit(
        framework,
        [(kind.key, kind.title) for kind in framework.plan_types.values()],
        [(str(key), name) for key, name in units],
    )
