"""How often progress on a plan is reported: the next report of each kind, and when it is due.

The rules that live here: reporting is data of the framework (H1 to H6); periods run from the day on
which the plan takes effect until it ends; of each kind one report at a time is asked for, the
next that was not given; it is due at the first meeting of the body that it goes to, so many working
days after the period's end, or on that day where it goes to nobody in particular. That a report was
given is a gate of the plan; what it says comes later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text

from config.dates import MONTHS
from config.framework import Reporting
from cycle import structure
from workflows.attempt import Attempt

EACH = "reporting"
GATE = "report:"
MONTHS_OF = {"monthly": 1, "quarterly": 3, "six_monthly": 6, "yearly": 12}

_GIVEN = text("SELECT DISTINCT gate FROM milestone WHERE plan_id = :plan AND gate LIKE 'report:%'")
# The body's own remit first: a departmental strategy is reported to the committees of its unit.
_MEETS = text("""
SELECT min(meeting.on_date) FROM meeting JOIN body ON body.id = meeting.body_id
WHERE body.framework_key = :body AND meeting.status <> 'cancelled' AND meeting.on_date >= :from_
  AND (NOT EXISTS (SELECT 1 FROM body_remit WHERE body_id = body.id) OR EXISTS (
    SELECT 1 FROM body_remit JOIN unit ON unit.id = CAST(:unit AS int)
    WHERE body_remit.body_id = body.id AND body_remit.unit_id = ANY(unit.path)))
""")


@dataclass(frozen=True)
class Due:
    """A report that is to be given: its kind and number, whose it is, for which months, by when."""

    slot: str
    title: str
    role: str
    due_on: date


def of_type(attempt: Attempt) -> Sequence[Reporting]:
    """The kinds of report of the plan's type."""
    kind = attempt.plan.plan_type
    return [each for each in attempt.framework.reporting.values() if each.plan_type == kind]


def due(attempt: Attempt) -> Iterator[Due]:
    """The next report of each kind that is still to come before the plan ends."""
    kinds = of_type(attempt)
    if not kinds:
        return
    gates = set(attempt.session.scalars(_GIVEN, {"plan": attempt.subject.id}))
    for each in kinds:
        number = 1 + sum(gate.startswith(f"{GATE}{each.key}:") for gate in gates)
        ends_on = _end(attempt.plan.in_force_from_on, each, number)
        if ends_on < attempt.plan.until_on:
            first, last = _end(attempt.plan.in_force_from_on, each, number - 1), ends_on
            months = _months(first + timedelta(days=1), last)
            yield Due(
                f"{each.key}:{number}",
                f"{each.title}: {months}",
                each.role,
                _due_on(attempt, each, ends_on),
            )


def _end(begins_on: date, kind: Reporting, number: int) -> date:
    """The last day of a period; of number 0 the day before the first one begins."""
    months = begins_on.month - 1 + number * MONTHS_OF[kind.cadence]
    return date(begins_on.year + months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _months(first: date, last: date) -> str:
    """April to June 2028; April 2028; April 2028 to March 2029."""
    end = f"{MONTHS[last.month - 1]} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return end
    year = f" {first.year}" if first.year != last.year else ""
    return f"{MONTHS[first.month - 1]}{year} to {end}"


def _due_on(attempt: Attempt, kind: Reporting, ends_on: date) -> date:
    ready_on = structure.calendar(attempt.session).add_working(ends_on, kind.ready)
    if not kind.to:
        return ready_on
    asked = {"body": kind.to, "from_": ready_on, "unit": attempt.subject.unit_id}
    meets_on: date | None = attempt.session.scalar(_MEETS, asked)
    return meets_on or ready_on
