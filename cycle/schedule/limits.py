"""What the law fixes about the steps of a year: ``config.framework.Limit`` with dates. Pure.

The rules that live here: a step with a last day is before it (council tax before 11 March, a
precept before 1 March); where Council may object to the executive's proposals a second meeting is
there, after at least so many working days beginning the day after receipt (SI 2001/3384 Sch. 2) and
before the law's day; decisions between the notice of an election and the poll are worth a look,
never wrong (Local Government Act 1986 s.4, the code on publicity).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from config.council import Event
from config.dates import long_date, parse_yearly
from config.governance import Limit
from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.elections import is_poll, notice_days
from cycle.schedule.meetings import Meetings
from cycle.schedule.parts import Dated, Problem, Severity
from cycle.schedule.sentences import working_days

# A notice of election belongs to the poll that follows it within so many days.
NOTICE_BEFORE = timedelta(days=90)
_ONE_DAY = timedelta(days=1)


def second_meeting(key: str) -> str:
    """The key of the step that is the second meeting after a step."""
    return f"{key}_second_meeting"


@dataclass(frozen=True)
class Second:
    """A meeting that is only needed if Council objects: its step, and the days that must pass."""

    rule: StepRule
    dated: Dated
    after: StepRule


class Limits:
    """The limits that hold for one planning year, over the steps that have dates."""

    def __init__(
        self,
        limits: Sequence[Limit],
        rules: Mapping[str, StepRule],
        dated: Mapping[str, Dated],
        year: int,
    ):
        self.limits = limits
        self.rules = rules
        self.dated = dated
        self.year = year

    def last_days(self) -> dict[str, date]:
        """The last day that the law leaves for each step that has one."""
        found: dict[str, date] = {}
        for limit in self._of("before"):
            last = self._day(limit) - _ONE_DAY
            for key in limit.steps:
                found[key] = min(last, found.get(key, last))
        return found

    def too_late(self) -> Iterator[Problem]:
        """Steps that are not before the law's day, or have no date before it."""
        for limit in self._of("before"):
            day = self._day(limit)
            for key in limit.steps:
                step = self.dated.get(key)
                if key not in self.rules or (step and step.due_on < day):
                    continue
                title = self.rules[key].title
                if step:
                    words = f"{title} is on {long_date(step.due_on)}."
                else:
                    words = f"{title} has no date before {long_date(day)}."
                yield self._problem(limit, key, words)

    def seconds(self, meetings: Meetings, calendar: Calendar) -> Iterator[Second | Problem]:
        """The further meeting after each step to which Council may object, or that there is none.

        Received on the day of the meeting, the days begin on the day after; the second meeting is
        after the last of them.
        """
        for limit in self._of("second_meeting"):
            for key in limit.steps:
                step = self.dated.get(key)
                if step is None:
                    continue
                passed = calendar.add_working(step.due_on, limit.days)
                before = self._day(limit) if limit.day else None
                meeting = meetings.following(limit.body, passed, before)
                body = meetings.titles.get(limit.body, limit.body)
                rule, after = self._second_rules(limit, key, body)
                if meeting is None:
                    until = f" and before {long_date(before)}" if before else ""
                    words = f"{body} has no second meeting after {long_date(passed)}{until}."
                    yield self._problem(limit, key, words)
                    continue
                because = (
                    f"At {meeting.title} on {long_date(meeting.on)}, if {body} objects.",
                    f"At least {working_days(limit.days)} after “{self.rules[key].title}” on "
                    f"{long_date(step.due_on)}.",
                )
                # Its papers are made when Council has objected, whatever the usual deadline is.
                chosen = replace(meeting, report_due_on=None, supplement_due_on=None)
                dated = Dated(rule.key, meeting.on, because, (chosen,), meeting.on, meeting.on)
                yield Second(rule, dated, after)

    def sensitive(
        self, events: Sequence[Event], public: Collection[str], calendar: Calendar
    ) -> Iterator[Problem]:
        """Steps between a notice of election and its poll: a look, never a refusal."""
        for limit in self._of("sensitive"):
            for first, poll in self._periods(limit, events, calendar):
                for key in limit.steps or self._decisions(public):
                    step = self.dated.get(key)
                    if step and first <= step.due_on <= poll.on:
                        words = (
                            f"{self.rules[key].title} on {long_date(step.due_on)} falls between "
                            f"{long_date(first)} and {poll.title} on {long_date(poll.on)}."
                        )
                        yield self._problem(limit, key, words)

    def _periods(
        self, limit: Limit, events: Sequence[Event], calendar: Calendar
    ) -> Iterator[tuple[date, Event]]:
        """Each poll, with the day of its notice: as the council says, else the last one that the
        law of its nation allows, of which ``limit.days`` only says that it is asked for."""
        for poll in (each for each in events if is_poll(each, limit.until_event)):
            notices = [
                each.on
                for each in events
                if each.named(limit.from_event) and poll.on - NOTICE_BEFORE <= each.on <= poll.on
            ]
            by_law = notice_days(poll.on, calendar) if limit.days else None
            if by_law is not None:
                notices = notices or [by_law.last_on]
            if notices:
                yield max(notices), poll

    def _decisions(self, public: Collection[str]) -> list[str]:
        return [
            key
            for key, rule in self.rules.items()
            if rule.anchor_kind == "meeting" and rule.offset == 0 and rule.anchor in public
        ]

    def _second_rules(self, limit: Limit, key: str, body: str) -> tuple[StepRule, StepRule]:
        first = self.rules[key]
        rule = StepRule(
            key=second_meeting(key),
            title=f"{first.title}: second meeting, if {body} objects",
            plan_type=first.plan_type,
            per=first.per,
            role=first.role,
            anchor_kind="meeting",
            anchor=limit.body,
            predecessors=(key,),
        )
        after = StepRule(
            key=rule.key,
            title=rule.title,
            anchor_kind="step",
            anchor=key,
            offset=limit.days + 1,
        )
        return rule, after

    def _of(self, kind: str) -> list[Limit]:
        return [limit for limit in self.limits if limit.kind == kind]

    def _day(self, limit: Limit) -> date:
        return parse_yearly(limit.day).in_year(self.year)

    def _problem(self, limit: Limit, key: str, words: str) -> Problem:
        severity: Severity = "blocker" if limit.severity == "blocker" else "warning"
        return Problem(severity, key, f"{words} {limit.sentence}")
