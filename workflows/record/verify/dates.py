"""Whether every date that left the one issued last has its line in the ledger of what has moved.

The rule that lives here: a step stands where the timetable's newest issue has it, or where the
last line about it says that it went. What was issued and cannot be read is for ``rows``.
"""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from workflows.record.verify.findings import MOST, Findings
from workflows.timetable import baselines

KEY = "INV-05-slipped"
TITLES = {
    KEY: "Every date that differs from the one that was issued last has its line in the ledger"
}

# The text is looked for in the manifest, not read from it: an intruder may have broken it.
_ISSUED = text("""
SELECT DISTINCT ON (plan.planning_year_id) plan.planning_year_id AS year, sealed_section.body
FROM milestone JOIN plan ON plan.id = milestone.plan_id
JOIN plan_version ON plan_version.id = milestone.version_id
JOIN section ON section.plan_id = plan.id AND section.kind = 'dates'
JOIN sealed_section ON sealed_section.plan_id = plan.id
  AND sealed_section.section_key = section.key
  AND position(sealed_section.sha256 IN plan_version.manifest) > 0
WHERE milestone.gate = 'baseline'
ORDER BY plan.planning_year_id, milestone.at DESC, milestone.id DESC
""")
_STEPS = text("""
SELECT step.id, step.key, step.due_on, (
  SELECT slip.to_on FROM slip
  WHERE slip.planning_year_id = step.planning_year_id AND slip.step_key = step.key
  ORDER BY slip.id DESC LIMIT 1) AS went_to
FROM step WHERE step.planning_year_id = :year ORDER BY step.id
""")


def check(session: Session, findings: Findings) -> None:
    """Compare each step with where it should stand, year by year."""
    for issued in session.execute(_ISSUED).all():
        planned = _dates(issued.body)
        wrong = [
            row
            for row in session.execute(_STEPS, {"year": issued.year})
            if row.due_on != (row.went_to or planned.get(row.key, row.due_on))
        ]
        for row in wrong[:MOST]:
            says = f"{row.key} has moved, and the ledger says nothing of it."
            findings.add(KEY, says, table="step", key=str(row.id))


def _dates(body: str) -> dict[str, date]:
    try:
        return baselines.dates_in(body)
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
