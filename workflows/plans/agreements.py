"""How somebody agreed who did not act in the service: at which meeting, or by e-mail on which day.

The rules that live here: a group's agreement names its meeting, which was held after the plan had
come to it, or the day of its e-mail with the reason why there was no meeting; whoever holds the
portfolio says for themselves what they think of a plan, and where somebody records it for them, it
is said who gave it and on which day (F2, F11, G7 to G11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.dates import long_date, parse_date
from cycle import clock
from cycle.models import Subject
from workflows.core.attempt import Attempt, condition, evidence_guard
from workflows.core.facts import fact, reads

_MEETING = """
SELECT meeting.id, meeting.on_date, meeting.at_time AS at, meeting.status, body.name,
       body.framework_key
FROM meeting JOIN body ON body.id = meeting.body_id
"""
_MEETINGS = text(
    f"{_MEETING} WHERE body.framework_key = :body ORDER BY meeting.on_date DESC, meeting.id DESC"
)
# The meeting at which it is said that somebody agreed.
NAMED = fact(
    "named_meeting",
    f"SELECT jsonb_agg(to_jsonb(found)) FROM ({_MEETING} "  # noqa: S608
    "WHERE meeting.id = ANY(CAST(:named AS int[]))) AS found",
    named=lambda asks: [asks.evidence.given.meeting_id] if asks.evidence.given.meeting_id else [],
)
# The queues of the roles near it at which there is a post today.
HELD = fact(
    "held",
    """SELECT ARRAY(
  SELECT DISTINCT post.queue_id FROM post JOIN queue ON queue.id = post.queue_id
  WHERE queue.role = ANY(:held_roles) AND post.from_on <= :today
    AND (post.until_on IS NULL OR post.until_on > :today))""",
    held_roles=lambda asks: asks.roles_near,
)
# Behind the kind of a sign-off that somebody recorded for whoever gave it.
BY_MAIL = "_by_mail"


@dataclass(frozen=True)
class Held:
    """A meeting of a group at which it may have agreed. ``on`` is local."""

    id: int
    name: str
    on: date


class _Meeting(NamedTuple):
    """A row of the fact ``NAMED``."""

    id: int
    on_date: date
    at: time
    status: str
    name: str
    framework_key: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "_Meeting":
        """What ``to_jsonb`` made of it."""
        days = {"on_date": parse_date(row["on_date"]), "at": time.fromisoformat(row["at"])}
        return cls(**{**row, **days})


def meetings(session: Session, subject: Subject, body: str) -> list[Held]:
    """The meetings of a group since the plan came to it, the newest first; none cancelled."""
    rows = session.execute(_MEETINGS, {"body": body})
    return [
        Held(row.id, row.name, row.on_date)
        for row in rows
        if _why_not(row, body, subject.state_since_at) is None
    ]


def _why_not(row: Any, body: str, came_at: datetime) -> str | None:
    """Why a plan was not agreed at this meeting, as a sentence; nothing when it can have been."""
    day = long_date(row.on_date)
    if row.framework_key != body:
        return f"The meeting of {day} is one of {row.name}. Choose a meeting of the group."
    if row.status == "cancelled":
        return f"The meeting of {day} was cancelled. Choose another one."
    if row.on_date > clock.today():
        return f"The meeting of {day} is still to come. Record the agreement when it was held."
    starts_at = clock.at_local(row.on_date, row.at.hour, row.at.minute)
    came_on = clock.local_date(came_at)
    if row.on_date < came_on or starts_at < came_at:
        return (
            f"The plan came on {long_date(came_on)}, after the meeting of {day} had begun. Choose "
            "a later one, or give the day of the e-mail."
        )
    return None


@evidence_guard
@reads(NAMED)
def agreed_by_group(attempt: Attempt, body: str) -> str | None:
    """The agreement names the group's meeting after the plan came, or its e-mail (fault R6)."""
    given, title = attempt.evidence.given, attempt.framework.bodies[body].title
    if (given.meeting_id is None) == (given.by_mail_on is None):
        return (
            f"Choose the meeting at which the {title} agreed, or else give the day of its e-mail."
        )
    if given.by_mail_on is not None:
        if not attempt.evidence.reason.strip():
            return f"Say why the {title} agreed without a meeting."
        return _mail_problem(attempt, given.by_mail_on)
    rows = [_Meeting.of(each) for each in attempt.fact(NAMED) or ()]
    row = next((each for each in rows if each.id == given.meeting_id), None)
    if row is None:
        return f"There is no such meeting. Choose one of the {title}."
    why = _why_not(row, body, attempt.subject.state_since_at)
    if why is None:
        agreed = {"body": row.name, "meeting": row.id, "on": row.on_date.isoformat()}
        attempt.memo["given"] = agreed
    return why


@evidence_guard
def own_or_by_mail(attempt: Attempt, role: str) -> str | None:
    """Whoever has the role signs in person; another records who gave it and when (fault R5)."""
    given, title = attempt.evidence.given, attempt.framework.roles[role].title.lower()
    if attempt.capacity is not None and attempt.capacity.authority == role:
        if given.by.strip() or given.by_mail_on is not None:
            return "You sign this yourself. Leave empty who gave it, and the day of an e-mail."
        return None
    if not given.by.strip() or given.by_mail_on is None:
        return (
            f"Say which {title} gave this by e-mail and on which day, or let the {title} sign it."
        )
    return _mail_problem(attempt, given.by_mail_on)


def _mail_problem(attempt: Attempt, on: date) -> str | None:
    came_on = clock.local_date(attempt.subject.state_since_at)
    if not came_on <= on <= attempt.today:
        return (
            f"Give the day of the e-mail: from {long_date(came_on)}, on which the plan came, "
            "until today."
        )
    agreed = {"by": attempt.evidence.given.by.strip(), "by_mail_on": on.isoformat()}
    attempt.memo["given"] = {key: value for key, value in agreed.items() if value}
    return None


@condition
@reads(HELD)
def held_by_somebody(attempt: Attempt, role: str) -> bool:
    """The council has a post of this role here today."""
    return not set(attempt.queues_of(role)).isdisjoint(attempt.fact(HELD))


@condition
@reads(HELD)
def held_by_nobody(attempt: Attempt, role: str) -> bool:
    """The council has no post of this role here today, so that somebody else has the task."""
    return not held_by_somebody(attempt, role)


def words(given: Mapping[str, Any]) -> str:
    """How it was given, in words, of what an event or an attempt keeps; "" when nothing is."""
    if "meeting" in given:
        return f"At the meeting of {given['body']} on {_day(given['on'])}"
    if "by" in given:
        return f"{given['by']}, by e-mail on {_day(given['by_mail_on'])}"
    return f"By e-mail on {_day(given['by_mail_on'])}" if "by_mail_on" in given else ""


def _day(day: Any) -> str:
    return long_date(date.fromisoformat(str(day)))
