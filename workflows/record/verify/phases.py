"""Whether every subject's phase is that of its state, in the edition that it has pinned (INV-02).

Lists and rights ask for the phase alone, so a wrong one would show a plan to whom it is not open.
"""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework
from workflows.record.verify.findings import Findings

KEY = "INV-02-phase"
TITLES = {KEY: "Everything is in the phase that its state says"}

_PHASES = text("""
SELECT id, ref, framework_version_id AS framework_id, lifecycle, state, phase
FROM subject ORDER BY id
""")


def check(session: Session, findings: Findings, frameworks: Mapping[int, Framework]) -> None:
    """Compare each phase with the edition; one that cannot be read is told elsewhere."""
    for row in session.execute(_PHASES):
        framework = frameworks.get(row.framework_id)
        lifecycle = framework.lifecycles.get(row.lifecycle) if framework else None
        state = lifecycle.states.get(row.state) if lifecycle else None
        if state is not None and state.phase != row.phase:
            says = f"It says the phase “{row.phase}”, and its state says “{state.phase}”."
            findings.add(KEY, says, subject=row.ref, table="subject", key=str(row.id))
