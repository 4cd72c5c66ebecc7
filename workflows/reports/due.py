"""When the papers of a report are due: comments, report, publication, resolution."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework
from config.lifecycles.shape import StateTask
from cycle import council_facts
from cycle.calendar import Calendar
from cycle.models import AgendaItem
from workflows.core.attempt import Attempt, load
from workflows.core.facts import fact
from workflows.core.tasks import due_day
from workflows.core.together import read_ahead
from workflows.framework.deadline_rules import (
    AGENDA,
    DAY_RULE_CHANGES,
    FINAL_REPORT,
    changed,
    counted_by,
    papers_rule,
)

# What an item's task is called in its lifecycle, and the day rule that dates it.
_RULE_OF_TASK = {"comments": "comments_due", "resolution": "resolution_recorded"}


CALENDAR = fact("calendar", council_facts.CALENDAR)
DAY_RULES = fact("day_rules", DAY_RULE_CHANGES)
PAPERS = fact(
    "papers",
    f"SELECT value FROM council_setting WHERE key = '{council_facts.PAPERS}'",  # noqa: S608  # a constant
)
# The meeting of each item: its own; while it has none, its body's first one from the day of the
# plan's step.
_MEETINGS = text("""
SELECT asked.item, body.key, body.framework_key, body.kind, coalesce(own.on_date, (
    SELECT min(later.on_date) FROM meeting AS later
    WHERE later.body_id = body.id AND later.status <> 'cancelled' AND later.on_date >= (
      SELECT min(planned.on_date) FROM item_plan
      JOIN step ON step.plan_id = item_plan.plan_id
      JOIN unnest(CAST(:of_items AS int[]), CAST(:route AS text[]), CAST(:steps AS text[]))
        AS route(item, body, rule)
        ON route.item = item_plan.item_id AND route.body = body.framework_key
          AND route.rule = step.rule
      JOIN meeting AS planned ON planned.id = step.meeting_id
      WHERE item_plan.item_id = asked.item))) AS on_date
FROM unnest(CAST(:items AS int[]), CAST(:meetings AS int[]), CAST(:bodies AS int[]))
  AS asked(item, meeting, body)
JOIN body ON body.id = asked.body LEFT JOIN meeting AS own ON own.id = asked.meeting
""")


def calendar_of(attempt: Attempt) -> Calendar:
    """The council's calendar as an act has read it."""
    return council_facts.calendar_in(attempt.fact(CALENDAR))


def ruled(attempt: Attempt) -> Framework:
    """The framework with its rules of days as the council has changed them."""
    return changed(attempt.framework, attempt.fact(DAY_RULES) or [])


@read_ahead
def _papers(session: Session, attempts: Sequence[Attempt]) -> None:
    """Look up for many items at once from which meeting their papers are dated, and by what."""
    asking = [each for each in attempts if isinstance(each.subject, AgendaItem)]
    asking = [each for each in asking if each.state.tasks and "papers" not in each.memo]
    if not asking:
        return
    ways = [(each.subject.id, step) for each in asking for step in each.route]
    given = {
        "items": [each.item.id for each in asking],
        "meetings": [each.item.meeting_id for each in asking],
        "bodies": [each.item.body_id for each in asking],
        "of_items": [item for item, _ in ways],
        "route": [step.body for _, step in ways],
        "steps": [step.step for _, step in ways],
    }
    rows = {row.item: row for row in session.execute(_MEETINGS, given) if row.on_date is not None}
    known = [each for each in asking if each.item.id in rows]
    load(known, [CALENDAR, DAY_RULES, PAPERS])
    for each in asking:
        row = rows.get(each.item.id)
        each.memo["papers"] = (row, calendar_of(each), ruled(each)) if row else None


@due_day(AgendaItem)
def papers_due(attempt: Attempt, task: StateTask) -> date | None:
    """When a task of an agenda item is due: comments, report, publication, resolution.

    Counted from the item's meeting by the framework's day rules; None while no meeting is known.
    """
    _papers(attempt.session, [attempt])
    if attempt.memo["papers"] is None:
        return None
    row, calendar, framework = attempt.memo["papers"]
    rule = framework.day_rules.get(_RULE_OF_TASK.get(task.step, ""))
    if rule is None:
        own = (attempt.fact(PAPERS) or {}).get(row.key)
        name = AGENDA if task.step == "publication" else FINAL_REPORT
        rule = papers_rule(framework, row.framework_key, own, name)
    return counted_by(rule, row.on_date, calendar, row.kind)
