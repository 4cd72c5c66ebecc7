"""When the papers of a report are due: comments, report, publication, resolution."""

from datetime import date

from sqlalchemy import text

from config.framework import StateTask
from cycle import council_facts
from cycle.models import AgendaItem
from workflows.core.attempt import Attempt
from workflows.core.tasks import due_day
from workflows.framework.deadline_rules import (
    AGENDA,
    FINAL_REPORT,
    by_council,
    counted_by,
    papers_rule,
)

# What an item's task is called in its lifecycle, and the day rule that dates it.
_RULE_OF_TASK = {"comments": "comments_due", "resolution": "resolution_recorded"}


# The item's own meeting; while it has none, its body's first one from the day of the plan's step.
_MEETING = text("""
SELECT body.key, body.framework_key, coalesce(own.on_date, (
    SELECT min(later.on_date) FROM meeting AS later
    WHERE later.body_id = body.id AND later.status <> 'cancelled' AND later.on_date >= (
      SELECT min(planned.on_date) FROM item_plan
      JOIN step ON step.plan_id = item_plan.plan_id
      JOIN unnest(CAST(:bodies AS text[]), CAST(:steps AS text[])) AS asked(body, rule)
        ON asked.body = body.framework_key AND asked.rule = step.rule
      JOIN meeting AS planned ON planned.id = step.meeting_id
      WHERE item_plan.item_id = :item))) AS on_date
FROM body LEFT JOIN meeting AS own ON own.id = CAST(:meeting AS int)
WHERE body.id = :body
""")


@due_day(AgendaItem)
def papers_due(attempt: Attempt, task: StateTask) -> date | None:
    """When a task of an agenda item is due: comments, report, publication, resolution.

    Counted from the item's meeting by the framework's day rules; None while no meeting is known.
    """
    item = attempt.item
    if "papers" not in attempt.kept:
        route = attempt.route
        row = attempt.session.execute(
            _MEETING,
            {
                "item": item.id,
                "meeting": item.meeting_id,
                "body": item.body_id,
                "bodies": [each.body for each in route],
                "steps": [each.step for each in route],
            },
        ).first()
        known = row is not None and row.on_date is not None
        attempt.kept["papers"] = (
            (
                row,
                council_facts.calendar(attempt.session),
                by_council(attempt.session, attempt.framework),
            )
            if known
            else None
        )
    if attempt.kept["papers"] is None:
        return None
    row, calendar, framework = attempt.kept["papers"]
    rule = framework.day_rules.get(_RULE_OF_TASK.get(task.step, ""))
    if rule is None:
        own = council_facts.fact(attempt.session, council_facts.PAPERS, {}).get(row.key)
        name = AGENDA if task.step == "publication" else FINAL_REPORT
        rule = papers_rule(framework, row.framework_key, own, name)
    return counted_by(rule, row.on_date, calendar)
