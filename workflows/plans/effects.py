"""What else changes when a state does: every effect that a lifecycle may name.

An effect writes rows in the same transaction; rows of sealed tables go through ``audit`` and are
listed in the act's event.
"""

from sqlalchemy import text

from cycle.models import Decision, Milestone, SectionComment, SignOff
from cycle.people import Capacity
from workflows.core import audit
from workflows.core.attempt import Attempt, effect
from workflows.meetings import approval_route as routes
from workflows.plans import agreements, carry_over, progress_reports, versions
from workflows.timetable import baselines


@effect
def seal_version(attempt: Attempt) -> None:
    """Seal the working copy; text that has not changed keeps its version."""
    attempt.kept["version_id"] = versions.seal(
        attempt.session, attempt.plan, attempt.act, attempt.at, attempt.kept.get("working")
    )


def _version_id(attempt: Attempt) -> int:
    if "version_id" not in attempt.kept:
        seal_version(attempt)
    return int(attempt.kept["version_id"])


@effect
def sign_off(attempt: Attempt, kind: str) -> None:
    """A named person passed this version on. What somebody else gave, at a meeting or by e-mail,
    is told with it; a consent that was recorded for its giver says so in its kind."""
    given = attempt.kept.get("given", {})
    if given:
        attempt.act.details["given"] = given
    if "by" in given:
        kind = f"{kind}{agreements.BY_MAIL}"
    note = ". ".join(filter(None, (agreements.words(given), attempt.evidence.reason)))
    audit.seal(
        attempt.session,
        attempt.act,
        SignOff,
        plan_id=attempt.subject.id,
        version_id=_version_id(attempt),
        kind=kind,
        person_id=attempt.actor.person_id,
        for_person_id=attempt.capacity.for_person_id if attempt.capacity else None,
        note=note,
        at=attempt.at,
    )


@effect
def milestone(attempt: Attempt, gate: str) -> None:
    """The plan has passed a gate with this version; passing it twice with one version is once."""
    version_id = _version_id(attempt)
    known = attempt.session.scalar(
        text("SELECT 1 FROM milestone WHERE plan_id = :p AND gate = :g AND version_id = :v"),
        {"p": attempt.subject.id, "g": gate, "v": version_id},
    )
    if known is None:
        audit.seal(
            attempt.session,
            attempt.act,
            Milestone,
            plan_id=attempt.subject.id,
            gate=gate,
            version_id=version_id,
            at=attempt.at,
        )


@effect
def add_remarks(attempt: Attempt) -> None:
    """Keep the comments that came with a return, beside their sections."""
    version_id = _version_id(attempt)
    rows = [
        {
            "plan_id": attempt.subject.id,
            "version_id": version_id,
            "section_key": each.section_key,
            "person_id": attempt.actor.person_id,
            "body": each.body,
            "suggestion": each.suggestion,
            "answers_id": None,
            "at": attempt.at,
        }
        for each in attempt.evidence.remarks
    ]
    audit.seal_many(attempt.session, attempt.act, SectionComment, rows)


@effect
def seal_decisions(attempt: Attempt) -> None:
    """Keep what a body resolved on each recommendation, or the correction of it (G18, INV-28)."""
    for row in attempt.evidence.decisions:
        audit.seal(attempt.session, attempt.act, Decision, **row)


@effect
def open_route(attempt: Attempt) -> None:
    """Snapshot the bodies that this plan has to pass, and ask the first of them."""
    routes.open_route(attempt)


@effect
def end_route(attempt: Attempt) -> None:
    """Nobody is waited for any more; what was decided stays decided."""
    routes.end_route(attempt)


@effect
def close_contributions(attempt: Attempt) -> None:
    """Requests for sections that are no longer needed."""
    attempt.session.execute(
        text(
            "UPDATE contribution SET answered_at = :at, outcome = 'withdrawn' "
            "WHERE plan_id = :plan AND answered_at IS NULL"
        ),
        {"at": attempt.at, "plan": attempt.subject.id},
    )
    attempt.__dict__.pop("contributor_queues", None)


@effect
def prefill(attempt: Attempt) -> None:
    """Bring in what comes from parent plans and from last year, so that nobody retypes it."""
    carry_over.prefill(attempt)
    attempt.kept.pop("working", None)


@effect
def begin_today(attempt: Attempt) -> None:
    """The plan is in force from today on, whenever its kind usually takes effect."""
    attempt.plan.in_force_from_on = attempt.today


@effect
def supersede_previous(attempt: Attempt) -> None:
    """Note which plan this one replaces; ``sweep`` lets that one be superseded as its own act."""
    attempt.act.details["supersedes"] = attempt.plan.supersedes_id


@effect
def draw_dates(attempt: Attempt) -> None:
    """The dates of the timetable as they stand today (A5)."""
    baselines.draw(attempt.session, attempt.plan, attempt.framework)
    attempt.kept.pop("working", None)


@effect
def progress_reported(attempt: Attempt) -> None:
    """Of the reports whose time has ended, the one due first has been given; whoever gives some of
    them gives one of these, in the post whose report it is (H1 to H6)."""
    ended = [each for each in progress_reports.due(attempt) if each.ends_on < attempt.today]
    at = {each: attempt.actor.desk_at(set(attempt.queues_of(each.role))) for each in ended}
    mine = [each for each in ended if at[each] is not None]
    report = min(mine or ended, key=lambda each: (each.due_on, each.slot))
    desk = at[report]
    if desk is not None:
        attempt.capacity = Capacity.of(desk)
    attempt.act.details["report"] = report.title
    milestone(attempt, f"{progress_reports.GATE}{report.slot}")
