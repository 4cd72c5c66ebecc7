"""Why not, for reports: comments, the answers of the report, the order of bodies, clear days.

Guards and conditions of the agenda item's lifecycle; see ``guards`` for those of plans.
"""

from sqlalchemy import text

from config.dates import long_date
from cycle.models import Body, Meeting
from workflows.core.attempt import Attempt, condition, evidence_guard, guard
from workflows.framework import deadline_rules
from workflows.reports import comment_scope, form as report_form
from workflows.reports.agenda_items import behind


def comments_needed(attempt: Attempt) -> tuple[str, ...]:
    """The kinds of comment that this report needs."""
    if "comments_needed" not in attempt.kept:
        body = attempt.session.get_one(Body, attempt.item.body_id)
        attempt.kept["comments_needed"] = comment_scope.kinds_needed(
            attempt.plan_type, attempt.route, body.framework_key, attempt.item.verb
        )
    found: tuple[str, ...] = attempt.kept["comments_needed"]
    return found


def _standing(attempt: Attempt) -> set[str]:
    if "comments_standing" not in attempt.kept:
        attempt.kept["comments_standing"] = comment_scope.comments_standing(
            attempt.session, attempt.item
        )
    found: set[str] = attempt.kept["comments_standing"]
    return found


@condition
def comment_missing(attempt: Attempt, kind: str) -> bool:
    """This report needs comments of this kind, and has none that still cover its text."""
    return kind in comments_needed(attempt) and kind not in _standing(attempt)


@condition
def comments_complete(attempt: Attempt) -> bool:
    """Every kind of comment that the report needs is there and covers its text."""
    return set(comments_needed(attempt)) <= _standing(attempt)


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
def comments_stand(attempt: Attempt) -> str | None:
    """Silence is never clearance: every comment is given and covers the text (I13, I14)."""
    standing = _standing(attempt)
    missing = [
        report_form.named(attempt.framework, kind)
        for kind in comments_needed(attempt)
        if kind not in standing
    ]
    if not missing:
        return None
    return f"Not there yet, or out of date since the text changed: {' and '.join(missing)}."


@guard
def newest_versions(attempt: Attempt) -> str | None:
    """The body is shown the newest sealed version of each plan (INV-20)."""
    old = behind(attempt.session, attempt.item)
    if not old:
        return None
    return f"There is a newer version of {', '.join(old)}. Bring the report up to date first."


@guard
def earlier_bodies_decided(attempt: Attempt) -> str | None:
    """Bodies before this one on the route have decided or been waived (G14)."""
    waiting = attempt.session.scalars(
        text("""
        SELECT DISTINCT body.name FROM route_stage AS mine
        JOIN route_stage AS before ON before.plan_id = mine.plan_id
          AND before.round = mine.round AND before.stage < mine.stage
          AND before.status IN ('open', 'ahead')
        JOIN body ON body.id = before.body_id
        WHERE mine.item_id = :item ORDER BY body.name"""),
        {"item": attempt.subject.id},
    ).all()
    if not waiting:
        return None
    return f"{' and '.join(waiting)} must decide first; what they said belongs in this report."


@evidence_guard
def published_in_time(attempt: Attempt) -> str | None:
    """Five clear days before the meeting, or the chair's reasons for urgency.

    Local Government Act 1972 s.100B(3) and (4)(b); SI 2002/715; *ex p Elitestone*.
    """
    body = attempt.session.get_one(Body, attempt.item.body_id)
    meeting = attempt.session.get_one(Meeting, attempt.item.meeting_id)
    if meeting.on_date < attempt.today:
        return (
            f"The meeting was on {long_date(meeting.on_date)}. Record what it resolved, "
            "or move the report to another meeting."
        )
    law = deadline_rules.publication(attempt.session, attempt.framework, body, meeting.on_date)
    urgent = attempt.evidence.details.get("urgency")
    if not body.public or attempt.today <= law.latest_on or urgent:
        return None
    return (
        f"Papers for {long_date(meeting.on_date)} had to be published by "
        f"{long_date(law.latest_on)}: {law.words}. Give the chair’s reason why this "
        "is urgent, or move the report to another meeting."
    )
