"""What else changes when a state does: every effect that a lifecycle may name.

An effect writes rows in the same transaction; rows of sealed tables go through ``audit`` and are
listed in the act's event.
"""

from collections.abc import Sequence

from sqlalchemy import text

from cycle.models import Decision, Milestone, SectionComment, SignOff
from cycle.people import Capacity
from workflows.core import audit
from workflows.core.attempt import ASKED, Attempt, effect
from workflows.core.facts import draws, reads
from workflows.core.together import of_many
from workflows.meetings import approval_route
from workflows.plans import agreements, carry_over, progress_reports, versions
from workflows.plans.guards import working_copy
from workflows.plans.progress_reports import MILESTONES, REPLACED_ON
from workflows.timetable import baselines


@effect
@reads(versions.WORKING)
def seal_version(attempt: Attempt) -> None:
    """Seal the working copy; text that has not changed keeps its version."""
    attempt.memo["version_id"] = versions.seal(
        attempt.session, attempt.plan, attempt.act, attempt.at, working_copy(attempt)
    )


def _version_id(attempt: Attempt) -> int:
    if "version_id" not in attempt.memo:
        seal_version(attempt)
    return int(attempt.memo["version_id"])


@effect
@draws("sign_off")
@reads(versions.WORKING)
def sign_off(attempt: Attempt, kind: str) -> None:
    """A named person passed this version on. What somebody else gave, at a meeting or by e-mail,
    is told with it; a consent that was recorded for its giver says so in its kind."""
    given = attempt.memo.get("given", {})
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
@draws("milestone")
@reads(MILESTONES, versions.WORKING)
def milestone(attempt: Attempt, gate: str) -> None:
    """The plan has passed a gate with this version; passing it twice with one version is once."""
    version_id = _version_id(attempt)
    passed = attempt.fact(MILESTONES) or []
    if [gate, version_id] not in passed:
        audit.seal(
            attempt.session,
            attempt.act,
            Milestone,
            plan_id=attempt.subject.id,
            gate=gate,
            version_id=version_id,
            at=attempt.at,
        )
        attempt.loaded[MILESTONES] = [*passed, [gate, version_id]]


@effect
@draws("remark")
@reads(versions.WORKING)
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
@reads(approval_route.BODIES)
def open_route(attempt: Attempt) -> None:
    """Snapshot the bodies that this plan has to pass, and ask the first of them."""
    approval_route.open_route(attempt)


@effect
def end_route(attempt: Attempt) -> None:
    """Nobody is waited for any more; what was decided stays decided."""
    approval_route.end_routes([attempt])


of_many(end_route)(approval_route.end_routes)


@effect
def close_contributions(attempt: Attempt) -> None:
    """Requests for sections that are no longer needed."""
    _close_contributions([attempt])


@of_many(close_contributions)
def _close_contributions(attempts: Sequence[Attempt]) -> None:
    attempts[0].session.execute(
        text(
            "UPDATE contribution SET answered_at = :at, outcome = 'withdrawn' "
            "WHERE plan_id = ANY(:plans) AND answered_at IS NULL"
        ),
        {"at": attempts[0].at, "plans": [each.subject.id for each in attempts]},
    )
    for each in attempts:
        each.__dict__["contributions"], each.loaded[ASKED] = [], []


@effect
def prefill(attempt: Attempt) -> None:
    """Bring in what comes from parent plans and from last year, so that nobody retypes it."""
    carry_over.prefill(attempt)
    attempt.loaded.pop(versions.WORKING, None)


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
    attempt.loaded.pop(versions.WORKING, None)


@effect
@reads(MILESTONES, REPLACED_ON, versions.WORKING)
def progress_reported(attempt: Attempt) -> None:
    """Of the reports whose time has ended, the one due first has been given; whoever gives some of
    them gives one of these, in the post whose report it is (H1 to H6)."""
    ended = [each for each in progress_reports.due(attempt) if each.ends_on < attempt.today]
    at = {each: attempt.actor.post_serving(set(attempt.queues_of(each.role))) for each in ended}
    mine = [each for each in ended if at[each] is not None]
    report = min(mine or ended, key=lambda each: (each.due_on, each.slot))
    post = at[report]
    if post is not None:
        attempt.capacity = Capacity.of(post)
    attempt.act.details["report"] = report.title
    milestone(attempt, f"{progress_reports.GATE}{report.slot}")
