"""The days on which papers are due, and how many working days are left.

The rules that live here: which day rule of the framework dates which papers. A report to the
Corporate Leadership Team has that body's own rule (``clt_papers``), every other the final report,
and a council may have its own for each body. What the council changed in a rule counts for meetings
from its day on, so a meeting that was held keeps the rule that it had.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.framework import DayRule, DayRuleVariant, Framework
from cycle import council_facts
from cycle.calendar import Calendar
from cycle.models import Body, DayRuleChange
from cycle.schedule.deadlines import day_of, in_force
from cycle.schedule.sentences import days_in_words

FINAL_REPORT = "final_report"
AGENDA = "agenda"


def days_in_hand(calendar: Calendar, today: date, due_on: date) -> int:
    """Working days from today to the day when it is due, that day included; below nought: late."""
    return calendar.in_hand(today, due_on)


def hand_text(days: int) -> str:
    """Days in hand in words: 3 working days in hand, due today, 2 working days late."""
    if days == 0:
        return "due today"
    plural = "" if abs(days) == 1 else "s"
    return f"{abs(days)} working day{plural} {'in hand' if days > 0 else 'late'}"


def by_council(session: Session, framework: Framework) -> Framework:
    """The framework with its rules of days as the council has changed them: the last change that
    fits a meeting's day comes first."""
    changes = session.scalars(select(DayRuleChange).order_by(DayRuleChange.id)).all()
    rules = dict(framework.day_rules)
    for each in changes:
        if each.rule in rules:
            rule = rules[each.rule]
            rules[each.rule] = replace(rule, variants=(_variant(each), *rule.variants))
    return replace(framework, day_rules=rules) if changes else framework


def _variant(change: DayRuleChange) -> DayRuleVariant:
    return DayRuleVariant(
        change.days,
        from_on=change.from_on.isoformat(),
        until_on=change.until_on.isoformat() if change.until_on else "",
        source=change.source,
        unit=change.unit,
        at=change.hour,
    )


def papers_rule(
    framework: Framework, body: str, own: Mapping[str, Any] | None = None, name: str = FINAL_REPORT
) -> DayRule:
    """The rule for a body's papers (``final_report``, or ``agenda``): the council's own for this
    body, else the framework's for bodies with its key, else the framework's for all."""
    usual = framework.day_rules["agenda_published" if name == AGENDA else FINAL_REPORT]
    if own and own.get(name):
        days, unit = int(own[name]["days"]), str(own[name]["unit"])
        return replace(usual, days=days, unit=unit, variants=())
    if name == FINAL_REPORT:
        return framework.day_rules.get(f"{body}_papers", usual)
    return usual


@dataclass(frozen=True)
class Publication:
    """By when the papers of a meeting had to be published: the last day, and the rule in words
    with its law, such as “three clear days, Local Government Act 1972 s.100BA(3)”."""

    latest_on: date
    words: str


def publication(
    session: Session, framework: Framework, body: Body, meeting_on: date
) -> Publication:
    """The law of the council's nation, on that day, for this kind of body (governance 3.1)."""
    calendar = council_facts.calendar(session)
    usual = by_council(session, framework).day_rules["agenda_published"]
    rule = in_force(usual, calendar.nation, meeting_on, body.kind)
    words = f"{days_in_words(rule.days, rule.unit)}, {rule.source.split(';')[0]}"
    return Publication(day_of(rule, meeting_on, calendar), words)


def counted_by(rule: DayRule, meeting_on: date, calendar: Calendar) -> date:
    """The day that a rule of days gives for a meeting, with the days in force on that day."""
    return day_of(in_force(rule, calendar.nation, meeting_on), meeting_on, calendar)
