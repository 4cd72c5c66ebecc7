"""What is left of the time after an outside event that came later than it was expected.

The rule that lives here: an event takes working days from what waits for it also where no date
moves, and that is told with what can be done; it is compared with the day on which the event was
expected.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from cycle import council_facts
from cycle.access import KnownPlans
from cycle.models import PlanningYear
from workflows.timetable import impact, timetable, ways_out
from workflows.timetable.ways_out import AfterEvent


@dataclass(frozen=True)
class LateEvent:
    """An event that is later than it was expected: what has less time after it, and ways out."""

    title: str
    on: date
    expected_on: date
    after: AfterEvent


def of_year(session: Session, year: PlanningYear, known: KnownPlans) -> list[LateEvent]:
    """The events of a year that are later than expected and leave less time, in order of date."""
    events = council_facts.events(session)
    found = []
    for rule in timetable.pattern_of(year).steps:
        if rule.anchor_kind != "event" or not rule.expected:
            continue
        without = [each for each in events if not each.named(rule.anchor)]
        if len(without) == len(events):
            continue
        tried = impact.tried(session, year, known, events=(without, events))
        if tried.before is None or rule.key not in tried.after.dated:
            continue
        on, expected_on = tried.after.dated[rule.key].due_on, tried.before.dated[rule.key].due_on
        if on <= expected_on:
            continue
        after = ways_out.after_event(session, year, known, tried, rule.anchor)
        if after.left or after.withheld:
            found.append(LateEvent(rule.title, on, expected_on, after))
    return sorted(found, key=lambda each: (each.on, each.title))
