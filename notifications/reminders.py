"""Which task is called to mind when: as it opens, before it is due, when it is overdue.

The rules that live here: a task is called to mind some working days before its date (five and one,
or what the council chose), on the first working day after it, and weekly from then on. Each is a
notice with a key of its own, so running this twice, or at two places, writes it once (INV-40); a
date that was moved is a new date to be reminded of. Days are the council's own, so no change of the
clocks adds or drops one (INV-45). The words come with the mail of the day (``digests``).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock
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


def is_mail_time(calendar: Calendar) -> bool:
    """Whether today's mail is to be written by now: a working day, half past seven or later."""
    today = clock.today()
    return clock.now() >= mail_moment(today) and calendar.is_working(today)


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


# Of tasks with a date, whose step has come, and what the act itself could not tell: work that falls
# from a vacant post, and newcomers and cover. Most of the notices stand there already; looking
# first spares a number of the sequence for each.
_WRITE = text(f"""{SERVES}
, steps AS (
  SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:dues AS date[]), CAST(:steps AS text[]))
    AS s(kind, due_on, step)),
found AS (
  SELECT concat_ws(':', steps.kind, task.id, task.generation, steps.step,
                   serves.person_id) AS key,
         steps.kind, serves.person_id, task.id AS task_id, task.label AS subject
  FROM steps
  JOIN task ON task.due_on = steps.due_on AND task.closed_at IS NULL
  JOIN serves ON serves.queue_id = task.queue_id
  UNION ALL
  SELECT concat_ws(':', 'opened', task.id, serves.person_id), 'opened', serves.person_id, task.id,
         task.label
  FROM serves
  JOIN task ON task.queue_id = serves.queue_id AND task.closed_at IS NULL
  WHERE serves.fallen OR (
    serves.since_on >= CAST(:new_since AS date)
    AND serves.since_on >= CAST(task.opened_at AT TIME ZONE 'Europe/London' AS date))),
notified AS (
  SELECT found.*, '' AS body, CAST(:mail_at AS timestamptz) AS not_before_at
  FROM found WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.key = found.key))
{notices.INSERT} RETURNING id
""")  # noqa: S608  # constants only; values are bound
# The days of tasks that are overdue, and how many days before the council chose, if it did.
_ASKED = text("""
SELECT DISTINCT due_on, NULL::jsonb AS days FROM task WHERE closed_at IS NULL AND due_on < :today
UNION ALL
SELECT NULL, value FROM council_setting WHERE key = :setting
ORDER BY due_on
""")


def write(session: Session, calendar: Calendar) -> int:
    """Write every notice whose day has come and that is not there yet; how many were new.

    Two statements, whatever the number of tasks and of steps of the policy.
    """
    today = clock.today()
    rows = session.execute(_ASKED, {"today": today, "setting": DAYS_SETTING}).all()
    chosen = next((row.days for row in rows if row.days is not None), DAYS_BEFORE)
    overdue = [row.due_on for row in rows if row.due_on is not None]
    steps = [
        *_of_kind("before", before_steps(calendar, today, [int(n) for n in chosen])),
        *_of_kind("overdue", overdue_steps(calendar, today, overdue)),
    ]
    parameters = {
        "kinds": [kind for kind, _, _ in steps],
        "dues": [due for _, due, _ in steps],
        "steps": [step for _, _, step in steps],
        "today": today,
        "at": clock.now(),
        "mail_at": mail_moment(today),
        "new_since": today - NEW_IN_POST,
    }
    return len(session.scalars(_WRITE, parameters).all())


def _of_kind(kind: str, dated: Mapping[date, str]) -> list[tuple[str, date, str]]:
    """Kind, due date and step; what has no date is never called to mind."""
    return [(kind, due, step) for due, step in dated.items() if due != FAR_FUTURE]
