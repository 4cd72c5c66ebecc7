"""The days on which papers are due, and how many working days are left.

The rules that live here: which day rule of the framework dates which papers. A report to the
Corporate Leadership Team has that body's own rule (``clt_papers``), every other the final report,
and a council may have its own for each body. What the council changed in a rule counts for meetings
from its day on, so a meeting that was held keeps the rule that it had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import Framework
from config.governance import DayRule, DayRuleVariant
from cycle import council_facts
from cycle.calendar import Calendar
from cycle.clock import local_date
from cycle.models import Body
from cycle.schedule.deadlines import careful_day, day_of, in_force, law_of
from cycle.schedule.sentences import days_in_words

FINAL_REPORT = "final_report"
SUPPLEMENT = "supplement"
AGENDA = "agenda"


def days_in_hand(calendar: Calendar, today: date, due_on: date) -> int:
    """Working days from today to the day when it is due, that day included; below nought: late,
    from the first working day after it on."""
    if due_on < today and due_on >= calendar.last_working(today):
        return 0
    return calendar.in_hand(today, due_on)


def came_late(due_on: date | None, came_at: datetime) -> bool:
    """Whether it came to whoever has it after the day of the timetable: then the lateness is not
    theirs (fault S7)."""
    return due_on is not None and local_date(came_at) > due_on


def hand_text(days: int) -> str:
    """Days in hand in words: 3 working days in hand, due now, 2 working days late."""
    if days == 0:
        return "due now"
    plural = "" if abs(days) == 1 else "s"
    return f"{abs(days)} working day{plural} {'in hand' if days > 0 else 'late'}"


# What the council changed in rules of days, in the order in which it did.
DAY_RULE_CHANGES = """
SELECT jsonb_agg(to_jsonb(change) ORDER BY change.id) FROM day_rule_change AS change
"""


def by_council(session: Session, framework: Framework) -> Framework:
    """The framework with its rules of days as the council has changed them: the last change that
    fits a meeting's day comes first."""
    return changed(framework, session.scalar(text(DAY_RULE_CHANGES)) or [])


def changed(framework: Framework, changes: Sequence[Mapping[str, Any]]) -> Framework:
    """The same of the changes as ``DAY_RULE_CHANGES`` gives them."""
    rules = dict(framework.day_rules)
    for each in changes:
        if each["rule"] in rules:
            rule = rules[each["rule"]]
            rules[each["rule"]] = replace(rule, variants=(_variant(each), *rule.variants))
    return replace(framework, day_rules=rules) if changes else framework


def _variant(change: Mapping[str, Any]) -> DayRuleVariant:
    return DayRuleVariant(
        change["days"],
        from_on=change["from_on"],
        until_on=change["until_on"] or "",
        source=change["source"],
        unit=change["unit"],
        at=change["hour"],
    )


def papers_rule(
    framework: Framework, body: str, own: Mapping[str, Any] | None = None, name: str = FINAL_REPORT
) -> DayRule:
    """The rule for a body's papers (``final_report``, or ``agenda``): the council's own for this
    body, else the framework's for bodies with its key, else the framework's for all."""
    usual = framework.day_rules["agenda_published" if name == AGENDA else FINAL_REPORT]
    if own and own.get(name):
        days, unit = int(own[name]["days"]), str(own[name]["unit"])
        return replace(usual, days=days, unit=unit, variants=(), law="")
    if name == FINAL_REPORT:
        return framework.day_rules.get(f"{body}_papers", usual)
    return usual


@dataclass(frozen=True)
class Publication:
    """By when the papers of a meeting had to be published: the last day, and the rule in words
    with its law, such as “three clear days, Local Government Act 1972 s.100BA(3)”. ``careful_on``:
    an earlier day, where it is open how the Act counts."""

    latest_on: date
    words: str
    careful_on: date | None = None


def publication(
    session: Session, framework: Framework, body: Body, meeting_on: date
) -> Publication:
    """The law of the council's nation, on that day, for this kind of body (governance 3.1)."""
    ruled = by_council(session, framework)
    return publication_under(ruled, council_facts.calendar(session), body.kind, meeting_on)


def publication_under(
    framework: Framework, calendar: Calendar, kind: str, meeting_on: date
) -> Publication:
    """The same under rules of days as the council has changed them, for a kind of body."""
    usual = framework.day_rules["agenda_published"]
    rule = in_force(usual, calendar.nation, meeting_on, kind)
    words = f"{days_in_words(rule.days, rule.unit)}, {rule.source.split(';')[0]}"
    if (row := law_of(usual, calendar.nation, meeting_on, kind)) is not None and not row.confirmed:
        words += " (unconfirmed)"
    careful_on = careful_day(usual, meeting_on, calendar, kind)
    return Publication(day_of(rule, meeting_on, calendar), words, careful_on)


class PapersOf:
    """The days of papers for meetings on any day, under the council's own rules; they are read
    once."""

    def __init__(self, session: Session, framework: Framework, calendar: Calendar | None = None):
        self.ruled = by_council(session, framework)
        self.calendar = calendar or council_facts.calendar(session)
        self._own = council_facts.fact(session, council_facts.PAPERS, {})

    def report_due_on(self, framework_key: str, body: str, meeting_on: date) -> date:
        """The report deadline of a body, by its key, for a meeting on a day."""
        rule = papers_rule(self.ruled, framework_key, self._own.get(body))
        return counted_by(rule, meeting_on, self.calendar)

    def supplement_due_on(self, kind: str, meeting_on: date) -> date:
        """Until when papers can follow for a meeting of a kind of body on a day."""
        return supplement_day(self.ruled, meeting_on, self.calendar, kind)


def supplement_day(framework: Framework, meeting_on: date, calendar: Calendar, kind: str) -> date:
    """Until when papers "to follow" can be published for a meeting of a kind of body: the
    framework's own rule for supplements, else the law's last day for the agenda and its papers."""
    rule = framework.day_rules.get(SUPPLEMENT) or framework.day_rules["agenda_published"]
    return counted_by(rule, meeting_on, calendar, kind)


def counted_by(rule: DayRule, meeting_on: date, calendar: Calendar, kind: str = "") -> date:
    """The day that a rule of days gives for a meeting, with the days in force on that day for a
    kind of body."""
    return day_of(in_force(rule, calendar.nation, meeting_on, kind), meeting_on, calendar)
