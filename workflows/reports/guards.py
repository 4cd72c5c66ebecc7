"""Why not, for reports: comments, the answers of the report, the order of bodies, clear days.

Guards and conditions of the agenda item's lifecycle; see ``plans.guards`` for those of plans.
"""

from datetime import datetime

from config.dates import long_date
from cycle import clock
from workflows.core.attempt import GOES, Attempt, condition, evidence_guard, guard
from workflows.core.facts import fact, reads
from workflows.framework import deadline_rules
from workflows.reports import comment_scope, report_form
from workflows.reports.agenda_items import BEHIND
from workflows.reports.comment_scope import CARRIED
from workflows.reports.due import CALENDAR, DAY_RULES, calendar_of, ruled

BODY = fact(
    "body",
    "SELECT jsonb_build_object('key', framework_key, 'kind', kind, 'public', public) "
    "FROM body WHERE body.id = subject.body_id",
)
MEETS_ON = fact(
    "meets_on",
    "SELECT meeting.on_date FROM meeting JOIN agenda_item ON agenda_item.meeting_id = meeting.id "
    "WHERE agenda_item.id = subject.id",
)
# The bodies that have to decide before this report's own.
EARLIER = fact(
    "earlier_bodies",
    """SELECT ARRAY(
  SELECT DISTINCT body.name FROM route_stage AS mine
  JOIN route_stage AS before ON before.plan_id = mine.plan_id
    AND before.round = mine.round AND before.stage < mine.stage
    AND before.status IN ('open', 'ahead')
  JOIN body ON body.id = before.body_id
  WHERE mine.item_id = subject.id ORDER BY body.name)""",
)


def comments_needed(attempt: Attempt) -> tuple[str, ...]:
    """The kinds of comment that this report needs."""
    return comment_scope.kinds_needed(
        attempt.plan_type, attempt.route, attempt.fact(BODY)["key"], attempt.item.verb
    )


def _current(attempt: Attempt) -> set[str]:
    return comment_scope.current_in(attempt.fact(CARRIED))


@condition
@reads(BODY, CARRIED, GOES)
def comment_missing(attempt: Attempt, kind: str) -> bool:
    """This report needs comments of this kind, and has none that still cover its text."""
    return kind in comments_needed(attempt) and kind not in _current(attempt)


@condition
@reads(BODY, CARRIED, GOES)
def comments_complete(attempt: Attempt) -> bool:
    """Every kind of comment that the report needs is there and covers its text."""
    return set(comments_needed(attempt)) <= _current(attempt)


@condition
def report_unanswered(attempt: Attempt) -> bool:
    """A heading that has to be answered is empty (I8: “None” is an answer, nothing is not)."""
    return bool(_unanswered(attempt))


@condition
def report_complete(attempt: Attempt) -> bool:
    """Every heading that has to be answered is."""
    return not _unanswered(attempt)


def _unanswered(attempt: Attempt) -> list[str]:
    return report_form.unanswered(attempt.framework, attempt.item.report)


@guard
def report_answered(attempt: Attempt) -> str | None:
    """Every heading that has to be answered is."""
    missing = _unanswered(attempt)
    return f"Still to be answered in the report: {', '.join(missing)}." if missing else None


@guard
@reads(BODY, CARRIED, GOES)
def comments_stand(attempt: Attempt) -> str | None:
    """Silence is never clearance: every comment is given and covers the text (I13, I14)."""
    current = _current(attempt)
    missing = [
        report_form.named(attempt.framework, kind)
        for kind in comments_needed(attempt)
        if kind not in current
    ]
    if not missing:
        return None
    return f"Not there yet, or out of date since the text changed: {' and '.join(missing)}."


@guard
@reads(BEHIND)
def newest_versions(attempt: Attempt) -> str | None:
    """The body is shown the newest sealed version of each plan (INV-20)."""
    old = attempt.fact(BEHIND)
    if not old:
        return None
    return f"There is a newer version of {', '.join(old)}. Bring the report up to date first."


@guard
@reads(EARLIER)
def earlier_bodies_decided(attempt: Attempt) -> str | None:
    """Bodies before this one on the route have decided or been waived (G14)."""
    waiting = attempt.fact(EARLIER)
    if not waiting:
        return None
    return f"{' and '.join(waiting)} must decide first; what they said belongs in this report."


@evidence_guard
@reads(BODY, MEETS_ON, CALENDAR, DAY_RULES)
def published_in_time(attempt: Attempt) -> str | None:
    """Five clear days before the meeting, or the chair's reasons for urgency.

    Local Government Act 1972 s.100B(3) and (4)(b); SI 2002/715; *ex p Elitestone*.
    """
    body, on = attempt.fact(BODY), attempt.fact(MEETS_ON)
    if on < attempt.today:
        return (
            f"The meeting was on {long_date(on)}. Record what it resolved, "
            "or move the report to another meeting."
        )
    published = attempt.evidence.details.get("publication")
    day = attempt.today
    if published is not None:  # the day on which it was published, not on which that is recorded
        day = clock.local_date(datetime.fromisoformat(published["at"]))
    law = deadline_rules.publication_under(ruled(attempt), calendar_of(attempt), body["kind"], on)
    urgent = attempt.evidence.details.get("urgency")
    if not body["public"] or day <= law.latest_on or urgent:
        return None
    return (
        f"Papers for {long_date(on)} had to be published by "
        f"{long_date(law.latest_on)}: {law.words}. Give the chair’s reason why this "
        "is urgent, or move the report to another meeting."
    )
