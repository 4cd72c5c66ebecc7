"""From a rule and its date to the points and links that the passes read. Pure.

The rule that lives here: a meeting asks for its papers by its report deadline, or by the day of the
supplement where papers follow (the first meeting, where several bodies meet), a fixed day or an
event for what it needs by that day; everything else moves.
"""

from datetime import date

from config import permissions
from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.parts import Dated
from cycle.schedule.passes import Link, Point, usual_begin


def point_of(
    rule: StepRule, dated: Dated, calendar: Calendar, last_on: date | None = None
) -> Point:
    """A dated step as the passes see it: what it asks of the steps before it, and from when."""
    at_meeting = rule.anchor_kind == "meeting" and rule.offset == 0
    asks_on = None
    if at_meeting:
        asks_on = min(each.papers_due_on(rule.papers) for each in dated.meetings)
    elif rule.anchor_kind in ("fixed", "event"):
        asks_on = dated.due_on
    by_itself = rule.role == permissions.BY_ITSELF
    begins = dated.due_on if by_itself or at_meeting else usual_begin(dated.due_on, calendar)
    return Point(dated.due_on, asks_on, last_on, by_itself, begins, at_meeting)


def links_of(rule: StepRule) -> list[Link]:
    """What comes before the step, and what the step comes before: its needs and its anchor."""
    links = [Link(predecessor, rule.key, "need") for predecessor in rule.predecessors]
    if rule.anchor_kind == "step" and rule.offset > 0:
        links.append(Link(rule.anchor, rule.key, "after", rule))
    elif rule.anchor_kind == "step":
        links.append(Link(rule.key, rule.anchor, "before"))
    return links
