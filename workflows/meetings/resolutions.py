"""What a meeting resolved, and what follows for the plans: the next body, approved, back or lost.

The rules that live here: every numbered recommendation has an outcome; a decision names the exact
versions (INV-20); what the meeting did is always recordable, and without effect and flagged to the
monitoring officer where it was without authority or not yet held; a chain completes only with its
last body; corrections supersede and both stay visible (INV-28).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from config import permissions
from config.dates import long_date
from config.lifecycles.phases import Phase
from cycle import access, clock, people
from cycle.errors import Blocked, NotFound, OutOfDate
from cycle.models import AgendaItem, Decision, Meeting, Plan, Recommendation
from cycle.people import Actor, Place
from cycle.record import canonical
from cycle.seen import NO_PAGE, NoPage, Seen
from notifications import notices
from notifications.notices import Notice
from workflows.core import engine
from workflows.core.attempt import Evidence, scopes_of
from workflows.framework import deadline_rules, pinned
from workflows.framework.outcomes import AGREED, OUTCOMES
from workflows.meetings import following, outcomes
from workflows.meetings.outcomes import Resolution, Resolved
from workflows.meetings.registers import agenda_of, decisions_of, register, work_programme
from workflows.meetings.waivers import resume_after, waive
from workflows.reports import agenda_items

__all__ = [
    "Resolved",
    "agenda_of",
    "agree_all",
    "correct",
    "decisions_of",
    "record_resolution",
    "register",
    "resume_after",
    "waive",
    "work_programme",
]
# Plan reference to the SHA-256 of the version that the page displayed.
Shown = Mapping[str, str] | NoPage
ALL_THE_SAME = (
    "If that is what the meeting did, record it all the same: it will have no effect, and the "
    "Monitoring Officer will be told."
)


def record_resolution(
    session: Session,
    actor: Actor,
    item_id: int,
    resolved: Sequence[Resolved],
    *,
    without_vote: bool = False,
    taken_out: Sequence[str] = (),
    no_call_in: str = "",
    seen_version: Seen = NO_PAGE,
    shown: Shown = NO_PAGE,
    insists: bool = False,
) -> AgendaItem:
    """Record what the meeting resolved on each recommendation of a report (clerk).

    ``shown`` is plan reference to the SHA-256 that the page displayed; ``taken_out`` names plans
    that the meeting did not decide on: the body is asked about them again. ``no_call_in``: why a
    decision of an executive takes effect at once, without call-in. Raises Blocked with
    what is missing, and, unless the clerk ``insists``, with why it could have no effect.
    """
    item, plans = agenda_items.locked(session, actor, item_id, seen_version)
    engine.capacity_for(session, item, actor, "record_resolution")
    meeting = session.get_one(Meeting, item.meeting_id)
    numbered = agenda_items.recommendations(session, item)
    resolution = Resolution(resolved, without_vote, taken_out)
    given = outcomes.check(resolution, numbered, meeting)
    versions = _versions(session, item, plans, shown, taken_out)
    deciding = given[next(each.id for each in numbered if each.decides)]
    flags = _flags(session, item, meeting, deciding)
    if flags and not insists:
        raise Blocked([*flags, ALL_THE_SAME], insist=True)
    rows = tuple(
        _row(item, meeting, actor, given[each.id], resolution, canonical.dumps(versions), flags)
        for each in numbered
    )
    details = _details(session, item, meeting, numbered, rows, resolution)
    if flags:
        details["flag"] = flags
    if no_call_in.strip():
        details["no_call_in"] = no_call_in.strip()
    evidence = Evidence(reason=deciding.words.strip(), details=details, decisions=rows)
    capacity = engine.perform(session, item, "record_resolution", actor, evidence)
    _mark_held(session, meeting)
    if flags:
        _tell_who_watches(session, item, flags)
    for plan in plans:
        taken = plan.ref in taken_out or bool(flags)
        where = {"body": details["body"], "on": meeting.on_date}
        following.follow(
            session,
            actor,
            capacity,
            item,
            plan,
            deciding,
            where,
            asked_again=taken,
            no_call_in=no_call_in.strip(),
        )
    return item


def agree_all(
    session: Session,
    actor: Actor,
    item_id: int,
    *,
    seen_version: Seen = NO_PAGE,
    shown: Shown = NO_PAGE,
    insists: bool = False,
) -> AgendaItem:
    """Everything agreed without a vote, in one tap: each outcome is the one that was asked for."""
    item, _ = agenda_items.locked(session, actor, item_id, seen_version)
    agreed = [
        Resolved(each.id, AGREED[item.verb]) for each in agenda_items.recommendations(session, item)
    ]
    return record_resolution(
        session,
        actor,
        item_id,
        agreed,
        without_vote=True,
        seen_version=seen_version,
        shown=shown,
        insists=insists,
    )


def _details(
    session: Session,
    item: AgendaItem,
    meeting: Meeting,
    numbered: Sequence[Recommendation],
    rows: Sequence[Mapping[str, Any]],
    resolution: Resolution,
) -> dict[str, Any]:
    """What the event of a resolution says."""
    return {
        "body": agenda_items.body_of(session, item).name,
        "on": meeting.on_date,
        "outcomes": [
            {"number": each.number, "outcome": row["outcome"], "words": row["words"]}
            for each, row in zip(numbered, rows, strict=True)
        ],
        "without_vote": resolution.without_vote,
        "taken_out": sorted(resolution.taken_out),
    }


def _versions(
    session: Session,
    item: AgendaItem,
    plans: Sequence[Plan],
    shown: Shown,
    taken_out: Sequence[str],
) -> dict[str, str]:
    refs = {plan.ref for plan in plans}
    if set(taken_out) - refs:
        raise NotFound(access.GONE)
    if refs and set(taken_out) == refs:
        raise Blocked("The meeting took none of these plans: record the report as withdrawn.")
    current = agenda_items.shown_versions(session, item)
    if shown is not NO_PAGE and dict(shown) != current:
        raise OutOfDate("The report carries other versions than this page showed. Look again.")
    return {ref: sha for ref, sha in current.items() if ref not in taken_out}


def _flags(session: Session, item: AgendaItem, meeting: Meeting, deciding: Resolved) -> list[str]:
    """Why the resolution can have no effect."""
    body = agenda_items.body_of(session, item)
    kind = pinned.of(item).bodies[body.framework_key]
    flags = outcomes.questionable(deciding, item.verb, kind, body.name)
    if meeting.on_date > clock.today():
        flags.append(f"The meeting is on {long_date(meeting.on_date)}, which is still to come.")
    if body.public and item.phase != Phase.BEFORE_BODIES:
        law = deadline_rules.publication(session, pinned.of(item), body, meeting.on_date)
        flags.append(f"The report was not published in time before the meeting: {law.words}.")
    return flags


def _row(
    item: AgendaItem,
    meeting: Meeting,
    actor: Actor,
    resolved: Resolved,
    resolution: Resolution,
    versions: str,
    flags: Sequence[str],
) -> dict[str, Any]:
    return {
        "item_id": item.id,
        "recommendation_id": resolved.recommendation_id,
        "meeting_id": meeting.id,
        "outcome": resolved.outcome,
        "words": resolved.words.strip() or f"{OUTCOMES[resolved.outcome].label}.",
        "without_vote": resolution.without_vote,
        "effect": not flags,
        "deferred_to_on": resolved.deferred_to_on if resolved.outcome == "deferred" else None,
        "versions": versions,
        "decided_on": min(meeting.on_date, clock.today()),
        "recorded_by_id": actor.person_id,
        "supersedes_id": None,
        "reason": "",
        "at": clock.now(),
    }


def _mark_held(session: Session, meeting: Meeting) -> None:
    if meeting.on_date <= clock.today():
        session.execute(
            update(Meeting)
            .where(Meeting.id == meeting.id, Meeting.status == "planned")
            .values(status="held")
        )


def _tell_who_watches(session: Session, item: AgendaItem, flags: Sequence[str]) -> None:
    framework = pinned.of(item)
    scopes = scopes_of(framework)
    place = Place(item.unit_id, item.body_id)
    watching = permissions.roles_with(framework, permissions.WATCH_LAWFULNESS)
    queues = people.queues_for(session, watching, place, scopes)
    ids = [queue for found in queues.values() for queue in found]
    for row in people.holders(session, ids):
        notices.add(
            session,
            Notice(
                key=f"flagged:{item.id}:{row.person_id}",
                kind="flagged",
                person_id=row.person_id,
                subject=f"A resolution without effect: {access.name_outside(item)}",
                body=(
                    f"{access.name_outside(item)}: the clerk has recorded a resolution that has no "
                    f"effect.\n\n" + "\n".join(flags)
                ),
            ),
        )


def correct(
    session: Session,
    actor: Actor,
    decision_id: int,
    words: str,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> AgendaItem:
    """Correct the words of a decision: a new record supersedes it, and both stay visible.

    Its outcome and effect stay: a second person agrees when they are corrected (``corrections``).
    Raises Blocked when the decision has been corrected already (the newest one is corrected then).
    """
    old = session.get(Decision, decision_id)
    if old is None:
        raise NotFound(access.GONE)
    item, _ = agenda_items.locked(session, actor, old.item_id, seen_version)
    outcomes.must_be_newest(session, old)
    if not words.strip() or words.strip() == old.words:
        raise Blocked("Write the decision as it should read.")
    row = {column.name: getattr(old, column.name) for column in Decision.__table__.columns}
    row.pop("id")
    row |= {
        "words": words.strip(),
        "supersedes_id": old.id,
        "reason": reason.strip(),
        "recorded_by_id": actor.person_id,
        "at": clock.now(),
        # Who agreed to the outcome, and what shows it, stays with the row that they agreed to.
        "agreed_by_id": None,
        "evidence": None,
        "later_meeting_id": None,
        "later_minute": None,
    }
    details = {"was": old.words, "reads": words.strip(), "decision": old.id}
    evidence = Evidence(reason=reason, details=details, decisions=(row,))
    engine.perform(session, item, "correct", actor, evidence)
    return item
