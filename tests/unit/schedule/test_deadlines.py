"""Joyce of democratic services asks for the deadlines of a meeting; nobody counts by hand again."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from config import framework_loader
from config.checks.day_rule import day_rule_problems
from config.governance import DayRule, DayRuleVariant
from cycle.calendar import Calendar
from cycle.schedule.deadlines import Deadline, deadlines
from tests.unit.law import naive_law
from tests.unit.schedule import naive_days

COMMITTEES = framework_loader.load("nottinghamshire-smf")
CABINET = framework_loader.load("stockton-pmf")
KINDS = ("council", "cabinet", "committee", "board", "group")
MEETINGS = st.dates(date(2012, 1, 1), date(2031, 12, 31))
NATIONS = st.sampled_from(naive_days.ALL)


def deadlines_for(meeting: date, body: str = "council", **facts) -> dict[str, Deadline]:
    """The deadlines of a meeting of one of the two councils, by key."""
    framework = CABINET if body in CABINET.bodies and body != "council" else COMMITTEES
    kind = framework.bodies[body]
    found = deadlines(framework.day_rules, kind.kind, body, meeting, Calendar(**facts))
    return {each.key: each for each in found}


@pytest.mark.parametrize(
    ("body", "meeting", "published"),
    [
        ("council", date(2020, 4, 22), date(2020, 4, 14)),  # Lambeth: over Easter
        ("cabinet", date(2017, 1, 18), date(2017, 1, 10)),  # Durham
        ("policy_committee", date(2014, 12, 10), date(2014, 12, 2)),  # Nottinghamshire
        ("cabinet", date(2025, 2, 5), date(2025, 1, 28)),  # Maidstone
        ("council", date(2019, 4, 23), date(2019, 4, 11)),  # Nuneaton: the day that was missed
        ("council", date(2019, 4, 30), date(2019, 4, 18)),  # Nuneaton: the day it moved to
    ],
)
def test_papers_are_published_when_these_councils_published_them(body, meeting, published):
    assert deadlines_for(meeting, body)["agenda_published"].on == published


def test_a_key_decision_has_its_notice_28_clear_calendar_days_before():
    notice = deadlines_for(date(2025, 2, 5), "cabinet")["key_decision_notice"]
    assert notice.on == date(2025, 1, 7)
    assert len(notice.counted) == 28
    assert notice.skipped == ()
    assert "key_decision_notice" not in deadlines_for(date(2025, 2, 5), "policy_committee")


def test_call_in_runs_from_publication_and_the_decision_counts_the_day_after():
    """Bath and North East Somerset, Cabinet of 13 November 2025."""
    found = deadlines_for(date(2025, 11, 13), "cabinet")
    assert found["decision_published"].on == date(2025, 11, 14)
    assert found["call_in_ends"].counted == tuple(date(2025, 11, n) for n in range(17, 22))
    assert found["effective"].on == date(2025, 11, 22)
    assert found["call_in_ends"].rule == "Five working days after “Decisions published”"


def test_each_day_that_does_not_count_says_why():
    easter = deadlines_for(date(2020, 4, 22))["final_report"]
    assert easter.at == "10:00"
    assert easter.rule == "10:00am, seven working days before the meeting"
    whys = {each.on: each.why for each in easter.skipped}
    assert whys[date(2020, 4, 10)] == "Good Friday"
    assert whys[date(2020, 4, 13)] == "Easter Monday"
    assert whys[date(2020, 4, 11)] == "Saturday"
    assert len(easter.counted) == 7
    assert easter.counted[0] == easter.on


def test_wales_has_three_clear_days_and_so_had_england_until_october_2002():
    assert len(deadlines_for(date(2024, 3, 6), nation="wales")["agenda_published"].counted) == 3
    assert len(deadlines_for(date(2024, 3, 6))["agenda_published"].counted) == 5
    assert len(deadlines_for(date(2002, 9, 30))["agenda_published"].counted) == 3
    assert len(deadlines_for(date(2002, 10, 1))["agenda_published"].counted) == 5


def test_a_holiday_proclaimed_late_moves_the_deadlines_over_it():
    meeting = date(2035, 9, 26)
    usual = deadlines_for(meeting)["agenda_published"].on
    proclaimed = deadlines_for(meeting, extra_holidays={date(2035, 9, 24): "A day of celebration"})
    assert proclaimed["agenda_published"].on == usual - timedelta(days=1)
    whys = {each.on: each.why for each in proclaimed["agenda_published"].skipped}
    assert whys[date(2035, 9, 24)] == "A day of celebration"


def test_a_closure_of_the_offices_stops_our_own_days_but_not_the_laws():
    closed = [(date(2027, 12, 24), date(2028, 1, 3))]
    found = deadlines_for(date(2028, 1, 12), closures=closed)
    assert found["final_report"].on == date(2027, 12, 23)
    assert found["agenda_published"].on == date(2028, 1, 4)


def test_years_without_an_official_list_are_said_to_be_provisional():
    assert Calendar.provisional_years(date(2028, 12, 31)) == []
    assert Calendar.provisional_years(date(2029, 1, 2), date(2028, 12, 20)) == [2029]


@settings(max_examples=400, deadline=None)
@given(meeting=MEETINGS, nation=NATIONS)
def test_every_meeting_of_twenty_years_agrees_with_a_count_by_hand(meeting, nation):
    found = deadlines_for(meeting, "cabinet", nation=nation)
    clear = 3 if nation in ("wales", "scotland") else 5  # 1973 s.50B(3) in Scotland
    if nation != "northern-ireland":  # plain days: tests/unit/law
        assert found["agenda_published"].on == naive_days.clear_before(nation, meeting, clear)
    assert found["final_report"].on == naive_days.working_before(nation, meeting, 7)
    assert found["clearance_requested"].on == naive_days.working_before(nation, meeting, 12)
    assert found["first_draft"].on == naive_days.working_before(nation, meeting, 20)
    notice = naive_law.executive_notice(nation, meeting)
    if notice is not None:
        assert found["key_decision_notice"].on == notice
    assert len(found["agenda_published"].counted) == clear
    for each in found.values():
        every = [*each.counted, *(day.on for day in each.skipped)]
        assert len(every) == len(set(every))


@settings(max_examples=200, deadline=None)
@given(day=MEETINGS, nation=NATIONS, n=st.integers(1, 40))
def test_working_days_forward_agree_with_a_count_by_hand(day, nation, n):
    found = Calendar(nation).add_working(day, n)
    assert naive_days.works(nation, found)
    assert naive_days.between(nation, day, found) == n - 1


RULE = {"title": "A rule", "days": 5, "unit": "working", "source": "Local practice"}


@pytest.mark.parametrize(
    ("facts", "place", "sentence"),
    [
        ({"unit": "weeks"}, "unit", "no unit “weeks”"),
        ({"kinds": ("parish",)}, "kinds", "no kind of body “parish”"),
        ({"counts_from": "nothing"}, "counts_from", "no rule of days “nothing”"),
        ({"counts_from": "mine"}, "counts_from", "counted from each other: mine → mine"),
        ({"at": "25:00"}, "at", "not a time"),
        ({"days": 9999}, "days", "from 0 to 366"),
        ({"source": " "}, "source", "Say where this rule comes from"),
        ({"variants": (DayRuleVariant(3, nation="mars"),)}, "variants.1.nation", "“mars”"),
        ({"variants": (DayRuleVariant(3, from_on="0000-01-01"),)}, "variants.1.from_on", "years"),
    ],
)
def test_a_rule_that_cannot_work_is_told_with_its_place(facts, place, sentence):
    rules = {**COMMITTEES.day_rules, "mine": DayRule(key="mine", **{**RULE, **facts})}
    found = list(day_rule_problems(rules, KINDS))
    assert [(at, sentence in words) for at, words in found] == [
        (f"governance.toml:day_rules.mine.{place}", True)
    ]


def test_every_framework_has_the_days_that_every_report_needs():
    rules = {key: rule for key, rule in COMMITTEES.day_rules.items() if key != "first_draft"}
    ((place, _),) = day_rule_problems(rules, KINDS)
    assert place == "governance.toml:day_rules.first_draft"
