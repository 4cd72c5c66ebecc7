"""The record recomputed: chains, hashes, columns, names, edges and four eyes, in one reading.

One pass over all events in order of subject and number, so that nothing is asked per event. What
the pass collects (listed rows, names that are empty) is settled by ``rows``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework
from config.lifecycles.shape import Transition
from cycle.record import canonical, formats
from workflows.record.verify import capacity as verify_capacity
from workflows.record.verify.findings import Findings

TITLES = {
    "INV-02-state": "The state of each subject is the last one of its events",
    "INV-03-edges": "Every change of state is a transition of the edition that was pinned",
    "INV-04-counts": "Versions and changes of state are as many as the events say",
    "INV-06-pinned": "Every subject runs under the edition that its record says",
    "INV-10-dense": "The events of each chain are numbered from 1 without a gap",
    "INV-10-hash": "The hash of every event is that of its contents",
    "INV-10-columns": "The columns of every event say what its contents say",
    "INV-10-head": "Every chain ends in the head that its subject names",
    "INV-11-linked": "Every event names the hash of the one before it",
    "INV-15-names": "Who acted is who the event says, unless that person was erased",
    "INV-20-version": "The version that an event names was sealed for that plan",
    "INV-22-four-eyes": "Nobody passed on a text that they, or whom they acted for, had changed",
}
PIN = "pinned-without-event"
KNOWN = {
    PIN: "The council moved to another edition of its framework when its files were loaded; the "
    "act names the edition, but it has no event of its own."
}

_EVENTS = text("""
SELECT e.subject_id, e.seq, e.prev_hash, e.hash, e.payload, e.action, e.from_state, e.to_state,
       e.person_id, e.at,
       a.event_id, a.person_id AS named_id, a.for_person_id AS named_for_id, a.words,
       coalesce(p.salt, '') || coalesce(f.salt, '') AS salt, p.is_system,
       s.ref, s.kind, s.lifecycle, s.state, s.state_since_at, s.version, s.generation,
       s.head_seq, s.head_hash, fv.sha256 AS framework
FROM event AS e
LEFT JOIN attribution AS a ON a.event_id = e.id
LEFT JOIN person AS p ON p.id = e.person_id
LEFT JOIN person AS f ON f.id = a.for_person_id
LEFT JOIN subject AS s ON s.id = e.subject_id
LEFT JOIN framework_version AS fv ON fv.id = s.framework_version_id
ORDER BY e.subject_id, e.seq, e.id
""")
_EDITORS = text("SELECT plan_id, person_id, min(first_at) AS first_at FROM editor GROUP BY 1, 2")
_EDITIONS = text("SELECT key || '/' || number AS edition, sha256 FROM framework_version")
_SEALED_VERSIONS = text("SELECT plan_id, sha256 FROM plan_version")

Transitions = Mapping[tuple[str, str], Transition]


@dataclass
class Listing:
    """Where a row of a sealed table was listed, and as what."""

    listed: formats.Listing
    subject: str
    seq: int


@dataclass
class Chain:
    """What one subject's events have said so far; ``framework`` is the digest of the edition that
    it has pinned at this point."""

    row: Any
    seq: int = 0
    hash: str = ""
    ended_in: str | None = None
    since: str = ""
    changes: int = 0
    framework: str = ""


@dataclass
class Walk:
    """The pass over all events."""

    findings: Findings
    frameworks: Mapping[str, Framework]
    editions: Mapping[str, str]
    editors: Mapping[tuple[int, int], datetime]
    versions: set[tuple[int, str]]
    capacities: verify_capacity.Capacities
    events: int = 0
    listed: dict[tuple[str, str], Listing] = field(default_factory=dict)
    nameless: list[tuple[str, int, int, int | None]] = field(default_factory=list)
    erased: set[int] = field(default_factory=set)
    chain: Chain | None = None
    transitions: dict[tuple[str, str], Transitions] = field(default_factory=dict)

    def see(self, row: Any) -> None:
        """Check one event against the one before it, its own contents and its attribution."""
        self.events += 1
        if self.chain is None or self.chain.row.subject_id != row.subject_id:
            self.finish()
            self.chain = Chain(row)
        chain = self.chain
        if row.seq != chain.seq + 1:
            self.fail("INV-10-dense", row, f"Event {chain.seq + 1} should stand here.")
        if row.prev_hash != chain.hash:
            self.fail("INV-11-linked", row, "It does not name the hash of the event before it.")
        if canonical.event_hash(row.payload) != row.hash:
            self.fail("INV-10-hash", row, "Its hash is not that of its contents.")
        payload = self.contents(row)
        if payload is not None:
            self.compare(row, payload)
            self.name(row, payload)
            self.gather(row, payload)
            self.pin(row, chain, payload)
            self.transition(row, chain)
            self.capacities.see(row, payload, self.roles_for(row, chain))
        chain.row, chain.seq, chain.hash, chain.ended_in = row, row.seq, row.hash, row.to_state

    def fail(self, key: str, row: Any, says: str) -> None:
        """Note a failure at an event."""
        self.findings.add(
            key, says, subject=row.ref or f"subject {row.subject_id}", seq=row.seq, table="event"
        )

    def contents(self, row: Any) -> dict[str, Any] | None:
        """What the event's payload says; None when it cannot be read."""
        try:
            payload = json.loads(row.payload)
            complete = payload.keys() >= {"subject", "seq", "prev", "at", "actor", "for", "who"}
            payload["rows"] = [formats.listing(entry) for entry in payload["rows"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            complete = False
        if not complete:
            self.fail("INV-10-columns", row, "Its contents cannot be read.")
            return None
        return dict(payload)

    def compare(self, row: Any, payload: dict[str, Any]) -> None:
        """Every column of the event repeats its contents."""
        columns = {
            "subject": row.subject_id,
            "seq": row.seq,
            "prev": row.prev_hash,
            "at": canonical.moment(row.at),
            "actor": row.person_id,
            "action": row.action,
            "from": row.from_state,
            "to": row.to_state,
        }
        wrong = [name for name, value in columns.items() if payload.get(name) != value]
        if wrong:
            self.fail("INV-10-columns", row, f"These differ from its contents: {', '.join(wrong)}.")

    def name(self, row: Any, payload: dict[str, Any]) -> None:
        """The attribution beside the event digests to what the event says."""
        if row.event_id is None:
            self.fail("INV-15-names", row, "Nobody is named beside this event.")
            return
        if (row.named_id, row.named_for_id) != (payload["actor"], payload["for"]):
            self.fail("INV-15-names", row, "The persons named beside it are not those it says.")
        if row.words is None:
            self.nameless.append((row.ref, row.seq, row.named_id, row.named_for_id))
        elif canonical.person_digest(row.salt, row.words) != payload["who"]:
            self.fail("INV-15-names", row, "The name, post or authority beside it was changed.")

    def gather(self, row: Any, payload: dict[str, Any]) -> None:
        """Keep what the event lists, erases and names, for what is settled at the end."""
        for each in payload["rows"]:
            place = (each.table, canonical.dumps(each.key))
            if place in self.listed:
                self.findings.add(
                    "INV-10-listed",
                    "This row is listed in two events.",
                    subject=row.ref,
                    seq=row.seq,
                    table=place[0],
                    key=place[1],
                )
            self.listed[place] = Listing(each, str(row.ref), row.seq)
        details = _details(payload)
        if row.action == "erase" and isinstance(details.get("person"), int):
            self.erased.add(details["person"])
        version = payload.get("version")
        if version and (row.subject_id, version) not in self.versions:
            self.fail("INV-20-version", row, "The version that it names was never sealed.")

    def pin(self, row: Any, chain: Chain, payload: dict[str, Any]) -> None:
        """The edition that the subject has pinned from this event on (INV-06).

        Versions that wrote events of format 1 moved the council's own pin while they loaded its
        files, and named the edition among what the load had changed: what that act says counts,
        and is known. Of a later event nothing of the kind is believed.
        """
        details = _details(payload)
        if row.seq == 1 or row.action == "migrate_framework":
            chain.framework = str(details.get("framework", ""))
        elif (row.action, row.kind, payload.get("format")) == ("load_council", "council", 1):
            loaded = self.editions.get(_edition_loaded(details), chain.framework)
            if loaded != chain.framework:
                chain.framework = loaded
                where = {"subject": row.ref, "seq": row.seq, "table": "event"}
                self.findings.known(PIN, f"It moved to {_edition_loaded(details)}.", **where)

    def transition(self, row: Any, chain: Chain) -> None:
        """The change of state is an edge, and who walked it was allowed to."""
        if row.from_state != row.to_state:
            chain.since = canonical.moment(row.at)
            chain.changes += row.from_state is not None
        if row.seq == 1:
            if row.from_state is not None or row.to_state not in self.states(row, chain):
                self.fail("INV-03-edges", row, "A chain begins in a state of its lifecycle.")
            return
        if row.action == "migrate_framework" and row.to_state not in self.states(row, chain):
            self.fail("INV-03-edges", row, "The edition that it moved to has no such state.")
        if row.from_state != chain.ended_in:
            self.fail("INV-03-edges", row, "It does not begin where the event before it ended.")
        transition = self.transitions_of(row, chain).get((str(row.from_state), row.action))
        if transition is None:
            if row.from_state != row.to_state:
                self.fail("INV-03-edges", row, f"“{row.action}” is no transition from there.")
            return
        if row.to_state != transition.leads_to(row.from_state):
            self.fail("INV-03-edges", row, f"“{row.action}” does not lead there.")
        self.allowed(row, transition)

    def allowed(self, row: Any, transition: Transition) -> None:
        """Four eyes by person, cover included (INV-22)."""
        if row.is_system:
            return
        if not any(rule.name == "not_an_editor" for rule in transition.guards):
            return
        for person in (row.person_id, row.named_for_id):
            first = self.editors.get((row.subject_id, person))
            if first is not None and first <= row.at:
                self.fail("INV-22-four-eyes", row, f"Person {person} had changed the text.")

    def states(self, row: Any, chain: Chain) -> Mapping[str, Any]:
        """The states of the subject's lifecycle in the edition of this point of its chain."""
        framework = self.frameworks.get(chain.framework)
        lifecycle = framework.lifecycles.get(row.lifecycle) if framework else None
        return lifecycle.states if lifecycle else {}

    def transitions_of(self, row: Any, chain: Chain) -> Transitions:
        """The transitions of its lifecycle in the edition of this point, by state and action."""
        key = (chain.framework, row.lifecycle)
        if key not in self.transitions:
            framework = self.frameworks.get(chain.framework)
            lifecycle = framework.lifecycles.get(row.lifecycle) if framework else None
            self.transitions[key] = {
                (state, each.action): each
                for each in (lifecycle.transitions if lifecycle else ())
                for state in each.from_
            }
        return self.transitions[key]

    def roles_for(self, row: Any, chain: Chain) -> set[str]:
        """The roles that may walk the transition of this event, those behind the plan roles of plan
        types included; none when no lifecycle has it. Internal acts were none of a lifecycle's when
        events of format 1 were written, of which alone this is asked."""
        transition = self.transitions_of(row, chain).get((str(row.from_state), row.action))
        if transition is None or transition.is_internal:
            return set()
        framework = self.frameworks[chain.framework]
        kinds = [
            key for key, kind in framework.plan_types.items() if kind.lifecycle == row.lifecycle
        ]
        return {
            role
            for name in transition.roles
            for kind in kinds or ("",)
            for role in framework.roles_of(name, kind) or ("",)
        }

    def finish(self) -> None:
        """The subject says what its chain says."""
        if self.chain is None or self.chain.row.ref is None:
            return
        chain, row = self.chain, self.chain.row
        if (row.head_seq, row.head_hash) != (chain.seq, chain.hash):
            self.fail("INV-10-head", row, "The chain ends here, the subject names another head.")
        if row.state != chain.ended_in:
            self.fail("INV-02-state", row, f"The subject stands at “{row.state}”.")
        if canonical.moment(row.state_since_at) != chain.since:
            self.fail("INV-02-state", row, "The subject came to its state at another moment.")
        if (row.version, row.generation) != (chain.seq + 1, chain.changes + 1):
            self.fail("INV-04-counts", row, "The subject counts other acts than its chain has.")
        if chain.framework != row.framework:
            self.fail("INV-06-pinned", row, "The subject now runs under another framework.")


def _details(payload: dict[str, Any]) -> dict[str, Any]:
    details = payload.get("details")
    return details if isinstance(details, dict) else {}


def _edition_loaded(details: dict[str, Any]) -> str:
    """The edition (key/number) that a load of the council's files changed to; else empty."""
    try:
        return str(details["changes"]["framework"]["changed"][-1])
    except (LookupError, TypeError):
        return ""


def walk(session: Session, findings: Findings, frameworks: Mapping[str, Framework]) -> Walk:
    """Read every event once, in order; gives what was collected.

    ``frameworks`` are the published editions by digest.
    """
    editors = {(row.plan_id, row.person_id): row.first_at for row in session.execute(_EDITORS)}
    versions = {(row.plan_id, row.sha256) for row in session.execute(_SEALED_VERSIONS)}
    editions = {row.edition: row.sha256 for row in session.execute(_EDITIONS)}
    capacities = verify_capacity.of(session, findings)
    reading = Walk(findings, frameworks, editions, editors, versions, capacities)
    for row in session.execute(_EVENTS, execution_options={"yield_per": 1000}):
        reading.see(row)
    reading.finish()
    for ref, seq, person, for_person in reading.nameless:
        if not {person, for_person} & reading.erased:
            findings.add(
                "INV-15-names",
                "The name beside this event is gone and nobody was erased.",
                subject=ref,
                seq=seq,
                table="attribution",
            )
    return reading
