"""Any timetable: its latest days agree with a search day by day, and moves go one way.

The search shares nothing with the passes: it asks of each day, one after the other, whether what
is fixed would still hold, and counts working days by hand.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from hypothesis import given, settings, strategies as st

from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, Solution, solve
from tests.unit.schedule.naive_days import bank_holidays

CALENDAR = Calendar()
ONE = timedelta(days=1)
BODIES = ("council", "policy", "service")
FIRST = date(2027, 6, 1)


# By hand -------------------------------------------------------------------------------------


@cache
def holidays(year: int) -> frozenset[date]:
    return frozenset(bank_holidays("england", year))


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def stepped(day: date, count: int) -> date:
    """So many working days after a day, one at a time."""
    while count:
        day += ONE
        count -= works(day)
    return day


def days_to(first: date, last: date) -> int:
    """Working days after the first day up to the last."""
    count = 0
    while first < last:
        first += ONE
        count += works(first)
    return count


@dataclass(frozen=True)
class Case:
    """A set of rules and one meeting of each body, as somebody might write them."""

    rules: tuple[StepRule, ...]
    meetings: tuple[Meeting, ...]

    def solved(self) -> Solution:
        return solve(self.rules, self.meetings, [], CALENDAR, year=2027)


class Search:
    """Whether a step could be done on a day, asked of everything that follows it."""

    def __init__(self, case: Case, solution: Solution):
        self.rules = {rule.key: rule for rule in case.rules}
        self.due = {key: each.due_on for key, each in solution.dated.items()}
        self.meetings = {each.body: each for each in case.meetings}

    def latest(self, key: str) -> date:
        due_on = self.due[key]
        day = due_on - timedelta(days=500)
        found = day
        while self.holds(key, day):
            if works(day) or day == due_on:
                found = day
            day += ONE
        return found

    def holds(self, key: str, day: date) -> bool:
        after = [
            self._suits(rule, key, day)
            for rule in self.rules.values()
            if key in rule.predecessors or (rule.anchor_kind == "step" and rule.anchor == key)
        ]
        mine = self.rules[key]
        if mine.anchor_kind == "step" and mine.offset <= 0:
            after.append(self._before(mine.anchor, day))
        after = [each for each in after if each is not None]
        return all(after) if after else day <= self.due[key]

    def _suits(self, rule: StepRule, key: str, day: date) -> bool | None:
        answers = []
        if key in rule.predecessors:
            answers.append(self._needed(rule, day))
        if rule.anchor_kind == "step" and rule.anchor == key and rule.offset > 0:
            answers.append(self.holds(rule.key, stepped(day, rule.offset)))
        return all(answers) if answers else None

    def _needed(self, rule: StepRule, day: date) -> bool:
        if rule.anchor_kind == "meeting" and rule.offset == 0:
            meeting = self.meetings[rule.anchor]
            return day <= (meeting.report_due_on or meeting.on)
        if rule.anchor_kind == "fixed":
            return day <= self.due[rule.key]
        return self.holds(rule.key, day)

    def _before(self, key: str, day: date) -> bool:
        rule = self.rules[key]
        if rule.anchor_kind == "fixed" or (rule.anchor_kind == "meeting" and rule.offset == 0):
            return day <= self.due[key]
        return self.holds(key, day)


# Cases ---------------------------------------------------------------------------------------


def working_days() -> st.SearchStrategy[date]:
    days = (FIRST + timedelta(days=n) for n in range(300))
    return st.sampled_from([day for day in days if works(day)])


@st.composite
def meeting(draw: st.DrawFn, body: str) -> Meeting:
    on = draw(working_days())
    ready = draw(st.integers(min_value=0, max_value=10))
    due_on = on
    while days_to(due_on, on) < ready:
        due_on -= ONE
    return Meeting(body, on, body.capitalize(), "ordinary", due_on)


@st.composite
def rule(draw: st.DrawFn, number: int, count: int, free: tuple[bool, ...]) -> StepRule:
    """Step ``number`` of ``count``; it comes before those with a higher number."""
    key = f"s{number}"
    predecessors = draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
    common = {
        "key": key,
        "title": key,
        "predecessors": tuple(f"s{each}" for each in sorted(predecessors)),
    }
    if free[number]:
        # Only steps that are not counted from a step themselves are counted from.
        later = [n for n in range(number + 1, count) if not free[n]]
        earlier = [n for n in range(number) if not free[n]]
        offset = draw(st.integers(1, 12))
        if later and (not earlier or draw(st.booleans())):
            anchor = f"s{draw(st.sampled_from(later))}"
            return StepRule(anchor_kind="step", anchor=anchor, offset=-offset, **common)
        if earlier:
            anchor = f"s{draw(st.sampled_from(earlier))}"
            return StepRule(anchor_kind="step", anchor=anchor, offset=offset, **common)
    if draw(st.booleans()):
        offset = draw(st.sampled_from([0, 0, -7, -11]))
        body = draw(st.sampled_from(BODIES))
        return StepRule(anchor_kind="meeting", anchor=body, offset=offset, **common)
    day = draw(working_days())
    anchor = f"{day:%m-%d}{'+1' if day.year > 2027 else ''}"
    return StepRule(anchor_kind="fixed", anchor=anchor, **common)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    count = draw(st.integers(2, 9))
    free = tuple(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    rules = tuple(draw(rule(number, count, free)) for number in range(count))
    return Case(rules, tuple(draw(meeting(body)) for body in BODIES))


# Promises ------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_latest_day_is_the_last_on_which_a_search_finds_that_all_still_holds(case: Case):
    solution = case.solved()
    search = Search(case, solution)
    for key, dated in solution.dated.items():
        assert dated.latest_on == search.latest(key), key
        by_hand = days_to(dated.due_on, dated.latest_on) or -days_to(dated.latest_on, dated.due_on)
        assert dated.float_days == by_hand


@settings(max_examples=150, deadline=None)
@given(cases())
def test_a_step_is_due_by_its_latest_day_unless_a_problem_says_why_not(case: Case):
    solution = case.solved()
    late = [key for key, each in solution.dated.items() if each.due_on > each.latest_on]
    assert bool(late) <= bool(solution.problems)
    due = {key: each.due_on for key, each in solution.dated.items()}
    for problem in solution.problems:  # and each problem is of a step whose need comes too late
        predecessors = case.rules[int(problem.step[1:])].predecessors
        assert any(key in late or due[key] > due[problem.step] for key in predecessors)


@settings(max_examples=150, deadline=None)
@given(cases(), st.sampled_from(BODIES), st.integers(1, 30))
def test_a_later_meeting_never_brings_anyones_latest_day_forward(case: Case, body: str, days: int):
    def moved(each: Meeting) -> Meeting:
        ready = days_to(each.report_due_on or each.on, each.on)
        on = stepped(each.on, days)
        return replace(each, on=on, report_due_on=CALENDAR.add_working(on, -ready) if ready else on)

    later = replace(
        case, meetings=tuple(moved(each) if each.body == body else each for each in case.meetings)
    )
    before, after = case.solved().dated, later.solved().dated
    for key in before:
        assert after[key].latest_on >= before[key].latest_on
        assert after[key].due_on >= before[key].due_on


@settings(max_examples=150, deadline=None)
@given(cases(), st.data())
def test_one_more_that_waits_for_a_step_never_gives_it_more_time(case: Case, data: st.DataObject):
    second = data.draw(st.integers(1, len(case.rules) - 1))
    first = data.draw(st.integers(0, second - 1))
    needed, needy = case.rules[first], case.rules[second]
    followed = needed.anchor_kind == "step" and needed.offset < 0
    followed |= any(
        needed.key in each.predecessors or (each.anchor == needed.key and each.offset > 0)
        for each in case.rules
    )
    if not followed or needed.key in needy.predecessors:
        return  # what nothing follows has its own day alone, and one that waits may leave it more
    more = replace(needy, predecessors=(*needy.predecessors, needed.key))
    rules = tuple(more if each is needy else each for each in case.rules)
    before, after = case.solved().dated, replace(case, rules=rules).solved().dated
    assert after[needed.key].latest_on <= before[needed.key].latest_on


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(0, 330))
def test_from_a_day_on_nothing_is_reached_before_it_nor_before_what_it_needs(
    case: Case, ahead: int
):
    as_of = FIRST + timedelta(days=ahead)
    solution = solve(case.rules, case.meetings, [], CALENDAR, year=2027, as_of=as_of)
    for each in case.rules:
        dated = solution.dated[each.key]
        assert dated.reached_on is not None
        assert dated.reached_on >= as_of or dated.due_on >= as_of
        for predecessor in each.predecessors:
            if each.anchor_kind != "meeting" or each.offset != 0:
                assert dated.reached_on >= (solution.dated[predecessor].reached_on or as_of)
    done = {each.key for each in case.rules}
    calm = solve(case.rules, case.meetings, [], CALENDAR, year=2027, as_of=as_of, done=done)
    assert not [each for each in calm.dated.values() if each.late_days]
