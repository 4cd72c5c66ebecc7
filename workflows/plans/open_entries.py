"""The typed rows of plans as somebody reads them who does not work on these plans.

The rule that lives here: they are the rows of the version that is open, as it was sealed; rows that
come from another plan are told there (``cycle.access``, fault R3).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access
from cycle.models import PlanningYear
from cycle.people import Actor


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
_ROWS = """
SELECT told.entry, subject.ref, subject.title, subject.framework_version_id,
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
  AS told(entry, place) ON true
LEFT JOIN item AS inherited ON inherited.plan_id = plan.id AND inherited.inherited
  AND inherited.uid = told.entry->>'uid'
WHERE {open} AND NOT {works} AND subject.state <> ALL(:ended)
  AND (CAST(:year AS int) IS NULL OR plan.planning_year_id = :year)
ORDER BY subject.ref, told.entry->>'type', section.position, told.place
"""


def rows(
    session: Session, actor: Actor, year: PlanningYear | None, ended: tuple[str, ...]
) -> list[OpenRow]:
    """Every own row of the open versions of the plans that this person does not work on.

    At most one statement; none for somebody who reads everything.
    """
    if access.reads_everything(actor):
        return []
    wanted = text(
        _ROWS.format(
            version=access.OPEN_VERSION,
            open=access.rights.opens_plan(actor),
            works=access.rights.works_on_plan(actor),
        )
    )
    asked = {"year": year.id if year else None, "ended": list(ended), **access.bound(actor)}
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
