"""In which capacity people acted: proved from format 2 of events on, known before (INV-27, R1).

The rule that lives here: every act of a person names the post that gave the right, or their own
account for what concerns them alone. In format 1 some acts named the person's first post instead;
where somebody had several that day, another one than that may have given the right.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.people import OWN_ACCOUNT
from workflows.record.verify.findings import Findings

AUTHORITY = "INV-27-authority"
ANOTHER = "may-name-another-post"
TITLES = {AUTHORITY: "Everybody acted in a post, or on the own account in what is theirs alone"}
KNOWN = {
    ANOTHER: "An earlier version of this service named a person's first post beside these acts. "
    "Whoever did them had several posts that day, cover included, so the post and the “for” beside "
    "an act may be others than those by which it was allowed; the person and the act are right."
}
# Beside which the first post stood in format 1, by the kind of the subject. Acts of a lifecycle
# named it where a vacancy had fallen up the line.
FIRST_POST = {
    "cycle": {"create_cycle"},
    "year": {"create_year", "add_plans", "follow_structure", "replan"},
    "plan": {
        "create_plan", "import", "import_text", "carry_over", "ask_contribution",
        "answer_contribution", "comment", "remind", "body_resolved", "report_withdrawn",
    },
    "change": {"propose_dates"},
    "item": {"request_report", "plan_added", "plan_taken_off"},
}  # fmt: skip
ON_ONESELF = {"set_password", "end_sessions", "set_cover", "end_cover"}

# Who had which post when, as it stands now: what ended on the day on which it began is gone.
_POSTHOLDERS = text("""
SELECT person_id, lower(during) AS first_on, upper(during) AS until_on FROM appointment
UNION ALL SELECT person_id, lower(during), upper(during) FROM cover
""")

Span = tuple[date | None, date | None]


@dataclass(frozen=True)
class Capacities:
    """Looks at who did each event as what."""

    findings: Findings
    spans: Mapping[int, Collection[Span]]

    def see(self, row: Any, payload: Mapping[str, Any], roles: Collection[str]) -> None:
        """Check one event. ``roles`` may do it by the subject's lifecycle; none when no lifecycle
        has it."""
        if row.is_system:
            return
        named = _read(row.words)
        if payload.get("format") == 1:
            self._of_format_1(row, named, roles)
        elif named is not None and not _names_a_capacity(row, payload, named):
            self._fail(row, "Neither a post nor the own account stands beside this act.")

    def _of_format_1(
        self, row: Any, named: Mapping[str, Any] | None, roles: Collection[str]
    ) -> None:
        authority = named.get("authority") if named is not None else None
        if roles and named is not None and not authority:
            self._fail(row, "No post stands beside the person who did this.")
        fell = bool(roles and authority) and authority not in roles
        first = row.action in FIRST_POST.get(str(row.kind), ())
        if (fell or first) and self._posts_on(row) > 1:
            where = {"subject": row.ref, "seq": row.seq, "table": "event"}
            self.findings.known(ANOTHER, f"“{row.action}” may name another post.", **where)

    def _posts_on(self, row: Any) -> int:
        """In how many posts the person was that day, one that ended or began on it included."""
        day = clock.local_date(row.at)
        return sum(
            (first is None or first <= day) and (until is None or day <= until)
            for first, until in self.spans.get(row.person_id, ())
        )

    def _fail(self, row: Any, says: str) -> None:
        ref = row.ref or f"subject {row.subject_id}"
        self.findings.add(AUTHORITY, says, subject=ref, seq=row.seq, table="event")


def _names_a_capacity(row: Any, payload: Mapping[str, Any], named: Mapping[str, Any]) -> bool:
    if isinstance(payload.get("post"), int):
        return bool(named.get("post")) and bool(named.get("authority"))
    own = named.get("authority") == OWN_ACCOUNT.authority and not named.get("post")
    return own and row.action in ON_ONESELF


def _read(words: str | None) -> Mapping[str, Any] | None:
    """What stands beside an event; None of somebody whose name was erased."""
    if words is None:
        return None
    try:
        found = json.loads(words)
    except ValueError:
        return {}  # told by the digest already
    return found if isinstance(found, dict) else {}


def of(session: Session, findings: Findings) -> Capacities:
    """Who had which posts when, read once."""
    spans: dict[int, list[Span]] = {}
    for row in session.execute(_POSTHOLDERS):
        spans.setdefault(row.person_id, []).append((row.first_on, row.until_on))
    return Capacities(findings, spans)
