"""How often progress on a plan is reported: the next report of each kind, and when it is due.

The rules that live here: reporting is data of the framework (H1 to H6); periods run from the day on
which the plan takes effect until it ends or a later plan takes its place, and what was then still
to be told is told of the plan that has ended; of each kind one report at a time is asked for, the
next that was not given; it can be ready so many working days after the period's end, goes to the
first meeting of its body whose report deadline is not before that, and is due by this deadline
(fault S14), or on the day when it can be ready where it goes to nobody in particular. That a report
was given is a gate of the plan; what it says comes later.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from config.dates import MONTHS
from config.framework import Framework, Reporting
from config.lifecycles.shape import StateTask
from cycle import council_facts
from cycle.models import Plan
from workflows.core.attempt import Attempt
from workflows.core.facts import fact
from workflows.core.tasks import Wanted, task_source
from workflows.framework.deadline_rules import PapersOf

GATE = "report:"
MONTHS_OF = {"monthly": 1, "quarterly": 3, "six_monthly": 6, "yearly": 12}

# The gates that the plan has passed, each with the version that passed it.
MILESTONES = fact(
    "milestones",
    "SELECT jsonb_agg(jsonb_build_array(gate, version_id)) FROM milestone "
    "WHERE plan_id = subject.id",
)
# From when a later plan stands in this one's place.
REPLACED_ON = fact(
    "replaced_on",
    "SELECT min(later.in_force_from_on) FROM plan AS later JOIN subject AS runs "
    "ON runs.id = later.id AND runs.phase IN ('in_force', 'ended') "
    "WHERE later.supersedes_id = subject.id",
)
# Of each kind the meetings from its day on, in order; a body with a remit only where it holds the
# unit. The longest way from a report deadline to its meeting is a month or two.
_MEETS = text("""
SELECT asked.key, body.key AS body, body.framework_key, meeting.on_date
FROM unnest(CAST(:keys AS text[]), CAST(:bodies AS text[]), CAST(:days AS date[]))
  AS asked(key, body, ready_on)
JOIN body ON body.framework_key = asked.body
JOIN meeting ON meeting.body_id = body.id AND meeting.status <> 'cancelled'
  AND meeting.on_date BETWEEN asked.ready_on AND asked.ready_on + 400
WHERE NOT EXISTS (SELECT 1 FROM body_remit WHERE body_id = body.id) OR EXISTS (
  SELECT 1 FROM body_remit JOIN unit ON unit.id = CAST(:unit AS int)
  WHERE body_remit.body_id = body.id AND body_remit.unit_id = ANY(unit.path))
ORDER BY meeting.on_date
""")


@dataclass(frozen=True)
class Next:
    """The next report of a kind: its number, counted from 1, and the last day of its months."""

    kind: Reporting
    number: int
    ends_on: date


@dataclass(frozen=True)
class Due:
    """A report that is to be given: its kind and number, whose it is, for which months, the last
    day of these, and by when."""

    slot: str
    title: str
    role: str
    ends_on: date
    due_on: date


def next_reports(
    plan: Plan, framework: Framework, gates: Collection[str], replaced_on: date | None
) -> list[Next]:
    """The next report of each kind, if there is one before the plan ends; ``gates`` are those that
    it has passed, ``replaced_on`` the fact of this name."""
    until_on = min(plan.until_on, replaced_on or plan.until_on)
    found = []
    for kind in framework.reporting.values():
        if kind.plan_type == plan.plan_type:
            number = 1 + sum(gate.startswith(f"{GATE}{kind.key}:") for gate in gates)
            found.append(Next(kind, number, _end(plan.in_force_from_on, kind, number)))
    return [each for each in found if each.ends_on < until_on]


def due(attempt: Attempt) -> list[Due]:
    """The next report of each kind, and by when it is due."""
    plan = attempt.plan
    gates = {gate for gate, _version_id in attempt.fact(MILESTONES) or ()}
    left = next_reports(plan, attempt.framework, gates, attempt.fact(REPLACED_ON))
    days = _due_on(attempt, left)
    return [
        Due(
            f"{each.kind.key}:{each.number}",
            f"{each.kind.title}: {_months(plan.in_force_from_on, each.kind, each.number)}",
            each.kind.role,
            each.ends_on,
            days[each.kind.key],
        )
        for each in left
    ]


@task_source("reporting", MILESTONES, REPLACED_ON)
def _tasks(attempt: Attempt, task: StateTask) -> Iterator[Wanted]:
    """A task for the next report of each kind."""
    for report in due(attempt):
        queues = attempt.queues_of(report.role) or attempt.queues_of(attempt.last_resort)
        if queues:
            yield Wanted(task.kind, report.slot, report.title, queues[0], (), report.due_on)


def _end(begins_on: date, kind: Reporting, number: int) -> date:
    """The last day of a period; of number 0 the day before the first one begins."""
    months = begins_on.month - 1 + number * MONTHS_OF[kind.cadence]
    return date(begins_on.year + months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _months(begins_on: date, kind: Reporting, number: int) -> str:
    """April to June 2028; April 2028; October 2027 to March 2028."""
    first = _end(begins_on, kind, number - 1) + timedelta(days=1)
    last = _end(begins_on, kind, number)
    end = f"{MONTHS[last.month - 1]} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return end
    year = f" {first.year}" if first.year != last.year else ""
    return f"{MONTHS[first.month - 1]}{year} to {end}"


def _due_on(attempt: Attempt, reports: Sequence[Next]) -> dict[str, date]:
    """When the report of each kind is due: by the report deadline of its body's meeting, or when it
    can be ready."""
    if not reports:
        return {}
    calendar = council_facts.calendar(attempt.session)
    ready = {each.kind.key: calendar.add_working(each.ends_on, each.kind.ready) for each in reports}
    asked = [each.kind for each in reports if each.kind.to]
    rows = attempt.session.execute(
        _MEETS,
        {
            "keys": [each.key for each in asked],
            "bodies": [each.to for each in asked],
            "days": [ready[each.key] for each in asked],
            "unit": attempt.subject.unit_id,
        },
    )
    papers = PapersOf(attempt.session, attempt.framework, calendar)
    found: dict[str, date] = {}
    for row in rows:
        deadline_on = papers.report_due_on(row.framework_key, row.body, row.on_date)
        if row.key not in found and deadline_on >= ready[row.key]:
            found[row.key] = deadline_on
    return ready | found
