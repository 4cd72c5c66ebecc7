"""``verify``: every invariant that shows in data, and the whole record recomputed.

The one checker of the product: the command, the auditor's page, ``simulate`` and the tests ask
here. It reads, in one snapshot (``Database.read``), and changes nothing.
"""

from sqlalchemy import select, text
from sqlalchemy.orm import Session, undefer

from config.framework import Framework
from config.problems import Problems
from cycle.models import FrameworkVersion
from workflows import registered as _registered  # noqa: F401  whoever acts or checks needs the rules
from workflows.framework import pinned
from workflows.record import checkpoints
from workflows.record.verify import (
    capacity as verify_capacity,
    chain as verify_chain,
    dates as verify_dates,
    phases as verify_phases,
    queries as verify_queries,
    rows as verify_rows,
    schema as verify_schema,
    tasks as verify_tasks,
)
from workflows.record.verify.findings import Findings, Report

OUTSIDE = "INV-13-outside"
FRAMEWORKS = "INV-06-readable"
TITLES = dict(
    sorted(
        (
            verify_chain.TITLES
            | verify_capacity.TITLES
            | verify_rows.TITLES
            | verify_tasks.TITLES
            | verify_dates.TITLES
            | verify_phases.TITLES
            | verify_queries.TITLES
            | verify_schema.TITLES
            | {FRAMEWORKS: "Every published framework can still be read"}
        ).items()
    )
)
# What stands wrong on an old record and stays: each by its key, with what is the matter.
KNOWN = verify_chain.KNOWN | verify_capacity.KNOWN
# A reading of everything may take longer than a page may.
_PATIENCE = text(
    "SELECT set_config('statement_timeout', '600000', true), "
    "set_config('idle_in_transaction_session_timeout', '600000', true)"
)


def check(session: Session, outside: str | None = None) -> Report:
    """Check everything; ``outside`` is the text of a checkpoint kept elsewhere.

    Raises BadInput when ``outside`` is no checkpoint.
    """
    session.execute(_PATIENCE)
    findings = Findings()
    titles = dict(TITLES)
    if outside is not None:
        titles[OUTSIDE] = "The record still has what the checkpoint kept elsewhere has sealed"
        for says in checkpoints.against(session, outside):
            findings.add(OUTSIDE, says)
    frameworks = _frameworks(session, findings)
    by_digest = {version.sha256: found for version, found in frameworks}
    walked = verify_chain.walk(session, findings, by_digest)
    verify_rows.listed_rows(session, findings, walked.listed)
    verify_rows.versions(session, findings)
    verify_rows.checkpoint_rows(session, findings)
    verify_queries.run(session, findings)
    verify_schema.check(session, findings)
    verify_dates.check(session, findings)
    by_id = {version.id: found for version, found in frameworks}
    verify_phases.check(session, findings, by_id)
    verify_tasks.check(session, findings, by_id)
    return Report(
        checks=tuple(findings.checks(titles)),
        known=tuple(findings.classes(KNOWN)),
        sealed_tables=verify_schema.SEALED_TABLES,
        events=walked.events,
        checkpoint=verify_rows.newest_checkpoint(session),
    )


def _frameworks(session: Session, findings: Findings) -> list[tuple[FrameworkVersion, Framework]]:
    """The published editions; one that was tampered with is told and left out."""
    found: list[tuple[FrameworkVersion, Framework]] = []
    versions = session.scalars(select(FrameworkVersion).options(undefer(FrameworkVersion.body)))
    for version in versions:
        try:
            found.append((version, pinned.of_version(version)))
        except (Problems, ValueError, LookupError, TypeError, AttributeError):
            findings.add(
                FRAMEWORKS,
                "Its contents cannot be read as a framework.",
                table="framework_version",
                key=str(version.id),
            )
    return found
