"""Which task is called to mind when: as it opens, before it is due, when it is overdue.

The rules that live here: a task is called to mind some working days before its date (five and one,
or what the council chose), on the first working day after it, and weekly from then on. Each is a
notice with a key of its own, so running this twice, or at two places, writes it once (INV-40); a
date that was moved is a new date to be reminded of. Days are the council's own, so no change of the
clocks adds or drops one (INV-45). The words come with the mail of the day (``digests``).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock, council_facts
from cycle.calendar import Calendar
from notifications import notices
from notifications.messages import FAR_FUTURE
from notifications.serving import SERVES

DAYS_BEFORE = (5, 1)
DAYS_SETTING = "reminder_days_before"
WEEK = timedelta(days=7)
# Whoever came to a post within these days is told of what was already open there.
NEW_IN_POST = timedelta(days=14)
MAIL_AT = (7, 30)


def mail_moment(day: date) -> datetime:
    """The moment (UTC) at which the mail of the day leaves: half past seven in London."""
    return clock.at_local(day, *MAIL_AT)


def is_mail_time(session: Session) -> bool:
    """Whether today's mail is to be written by now: a working day, half past seven or later."""
    today = clock.today()
    return clock.now() >= mail_moment(today) and council_facts.calendar(session).is_working(today)


def before_steps(calendar: Calendar, today: date, days: Collection[int]) -> dict[date, str]:
    """For each due date that is near today: the step whose day has come, the nearest to the date.

    A day on which nothing ran is made up for later, with one reminder and not with two.
    """
    found: dict[date, str] = {}
    due = today
    while days and calendar.add_working(due, -max(days)) <= today:
        reached = [n for n in days if calendar.add_working(due, -n) <= today]
        found[due] = f"{due.isoformat()}-{min(reached)}"
        due += timedelta(days=1)
    return found


def overdue_steps(calendar: Calendar, today: date, dues: Iterable[date]) -> dict[date, str]:
    """For each due date that has passed: how many weeks since the first working day after it."""
    found: dict[date, str] = {}
    for due in dues:
        first = calendar.add_working(due, 1)
        weeks = (today - first).days // 7
        # A week's day that is a holiday moves on, so this week's may be yet to come.
        while weeks >= 0 and calendar.next_working(first + weeks * WEEK) > today:
            weeks -= 1
        if weeks >= 0:
            found[due] = f"{due.isoformat()}+{weeks}"
    return found


# Most of these stand there already; looking first spares a number of the sequence for each.
_NOTICE = f"""
, told AS (
  SELECT found.*, '' AS body, CAST(:mail_at AS timestamptz) AS not_before_at
  FROM found WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.key = found.key))
{notices.INSERT} RETURNING id
"""  # noqa: S608  # constants only
_BY_DATE = text(
    SERVES  # noqa: S608  # constants only
    + """
, steps AS (
  SELECT * FROM unnest(CAST(:dues AS date[]), CAST(:steps AS text[])) AS s(due_on, step)),
found AS (
  SELECT concat_ws(':', CAST(:kind AS text), task.id, task.generation, steps.step,
                   serves.person_id) AS key,
         CAST(:kind AS text) AS kind, serves.person_id, task.id AS task_id,
         task.label AS subject
  FROM steps
  JOIN task ON task.due_on = steps.due_on AND task.closed_at IS NULL
  JOIN serves ON serves.queue_id = task.queue_id)
"""
    + _NOTICE
)
# What the act itself could not tell: work that falls from a vacant post, and newcomers and cover.
_NEW_HANDS = text(
    SERVES  # noqa: S608  # constants only
    + """
, found AS (
  SELECT concat_ws(':', 'opened', task.id, serves.person_id) AS key, 'opened' AS kind,
         serves.person_id, task.id AS task_id,
         task.label AS subject
  FROM serves
  JOIN task ON task.queue_id = serves.queue_id AND task.closed_at IS NULL
  WHERE serves.fallen OR (
    serves.since_on >= CAST(:new_since AS date)
    AND serves.since_on >= CAST(task.opened_at AT TIME ZONE 'Europe/London' AS date)))
"""
    + _NOTICE
)
_OVERDUE_DATES = text(
    "SELECT DISTINCT due_on FROM task WHERE closed_at IS NULL AND due_on < :today"
)


def write(session: Session) -> int:
    """Write every notice whose day has come and that is not there yet; how many were new.

    One statement for each step of the policy, whatever the number of tasks.
    """
    calendar = council_facts.calendar(session)
    today = clock.today()
    overdue = session.scalars(_OVERDUE_DATES, {"today": today}).all()
    common = {"today": today, "at": clock.now(), "mail_at": mail_moment(today)}
    written = _write_step(
        session, "before", before_steps(calendar, today, _days_before(session)), common
    )
    written += _write_step(session, "overdue", overdue_steps(calendar, today, overdue), common)
    parameters = {**common, "new_since": today - NEW_IN_POST}
    return written + len(session.scalars(_NEW_HANDS, parameters).all())


def _write_step(
    session: Session, kind: str, steps: Mapping[date, str], common: dict[str, Any]
) -> int:
    dated = {due: step for due, step in steps.items() if due != FAR_FUTURE}
    if not dated:
        return 0
    parameters = {**common, "kind": kind, "dues": list(dated), "steps": list(dated.values())}
    return len(session.scalars(_BY_DATE, parameters).all())


def _days_before(session: Session) -> tuple[int, ...]:
    """How many working days before the date: the council's setting, or five and one."""
    return tuple(int(n) for n in council_facts.fact(session, DAYS_SETTING, DAYS_BEFORE))
