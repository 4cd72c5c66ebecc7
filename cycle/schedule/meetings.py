"""Which meeting of a body a step hangs on. Pure.

The rule that lives here: the first condition of ``which`` chooses, the others narrow; several
bodies of one kind (the service committees) each have theirs chosen by the same conditions.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from config.dates import long_date, planning_window
from config.rules import Condition, StepRule, parse_which
from cycle.schedule.parts import Meeting

_WORDS = {
    "first_after": "on or after",
    "last_before": "on or before",
    "on": "on",
    "report_after": "with a report deadline after",
}


class Undatable(Exception):
    """Inside the solver only: why one step cannot be dated."""


window = planning_window


class Meetings:
    """The meetings of one planning year, by body; ``titles`` names the bodies that are known."""

    def __init__(self, meetings: Sequence[Meeting], titles: Mapping[str, str], year: int):
        self.titles = titles
        self.first, self.last = window(year)
        self.by_body: dict[str, list[Meeting]] = {}
        for each in sorted(meetings, key=lambda each: each.on):
            if self.first <= each.on <= self.last:
                self.by_body.setdefault(each.body, []).append(each)

    def choose(
        self,
        rule: StepRule,
        when: Callable[[Condition], date],
        only: Collection[str] | None = None,
    ) -> tuple[Meeting, ...]:
        """One meeting of each body with the rule's key, in order of date.

        ``only`` names the very bodies that are asked (those whose remit holds a unit); without it
        all are. Raises Undatable with a sentence when there is none.
        """
        if rule.anchor not in self.titles:
            raise Undatable(f"The council has no body “{rule.anchor}”.")
        conditions = parse_which(rule.which)
        days = [when(each) for each in conditions]
        mine = self.by_body.get(rule.anchor, [])
        if only is not None:
            mine = [each for each in mine if each.title in only]
        tests = list(zip(conditions, days, strict=True))
        fitting = [each for each in mine if all(_fits(each, c.word, day, rule) for c, day in tests)]
        if not fitting:
            title = ", ".join(sorted(only)) if only else self.titles[rule.anchor]
            raise Undatable(self._none(title, tests, bool(mine)))
        last = bool(conditions) and conditions[0].word == "last_before"
        by_title: dict[str, Meeting] = {}
        for meeting in fitting:
            if last or meeting.title not in by_title:
                by_title[meeting.title] = meeting
        return tuple(sorted(by_title.values(), key=lambda each: each.on))

    def fits(self, rule: StepRule, meeting: Meeting, when: Callable[[Condition], date]) -> bool:
        """Whether a meeting that is not among these would do for a step. Raises Undatable."""
        return (
            meeting.body == rule.anchor
            and self.first <= meeting.on <= self.last
            and all(_fits(meeting, each.word, when(each), rule) for each in parse_which(rule.which))
        )

    def before(self, rule: StepRule, after: date, chosen: Meeting) -> Meeting | None:
        """The last meeting of the very body between a day and the chosen one, if there is one."""
        found = [
            each
            for each in self.by_body.get(rule.anchor, [])
            if each.title == chosen.title and after < each.on < chosen.on
        ]
        return found[-1] if found else None

    def all_ready(self, missed: Sequence[Meeting], ready_on: date, papers: str = "") -> date | None:
        """The day on which all those bodies can have met, with papers of that day; None when one
        of them has no such meeting. ``papers``: as in ``StepRule``."""
        met = [self.ready_for(each, ready_on, papers) for each in missed]
        days = [day for day in met if day is not None]
        return max(days) if days and len(days) == len(met) else None

    def ready_for(self, missed: Meeting, ready_on: date, papers: str = "") -> date | None:
        """That very body's first meeting from then on for which papers of that day are ready."""
        for each in self.by_body.get(missed.body, []):
            same = each.title == missed.title and each.on >= missed.on
            if same and each.papers_due_on(papers) >= ready_on:
                return each.on
        return None

    def following(self, body: str, after: date, before: date | None = None) -> Meeting | None:
        """The first meeting of the body after one day and before the other."""
        for each in self.by_body.get(body, []):
            if each.on > after and (before is None or each.on < before):
                return each
        return None

    def _none(self, title: str, tests: Sequence[tuple[Condition, date]], meets: bool) -> str:
        if not meets:
            span = f"between {long_date(self.first)} and {long_date(self.last)}"
            return f"{title} does not meet {span}."
        words = " and ".join(f"{_WORDS[each.word]} {long_date(day)}" for each, day in tests)
        return f"{title} has no meeting {words}."


def _fits(meeting: Meeting, word: str, day: date, rule: StepRule) -> bool:
    if word == "first_after":
        return meeting.on >= day
    if word == "last_before":
        return meeting.on <= day
    if word == "on":
        return meeting.on == day
    return meeting.papers_due_on(rule.papers) > day
