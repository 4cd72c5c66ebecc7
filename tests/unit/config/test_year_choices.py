"""A first year runs fast, in autumn, with the budget or with interim priorities, each dated."""

from collections.abc import Callable, Mapping
from datetime import date

import pytest

from config import framework_loader
from config.council import COUNCILS
from config.council_loading import load_council
from config.framework import YearPattern
from config.rhythm import generate_meetings, parse_rhythm
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, Solution, solve, window
from workflows.timetable import framework_timetable

COUNCIL = load_council(COUNCILS / "borsetshire")
CALENDAR = Calendar.of(COUNCIL)
SHIPPED = "nottinghamshire-smf"
FRAMEWORK = framework_loader.load(SHIPPED)
VARIANTS = {pattern.choice: pattern for pattern in FRAMEWORK.year_variants(1)}


def council_meetings(year: int) -> list[Meeting]:
    """What Borsetshire has published, and its rhythm where nothing is."""
    first, last = window(year)
    found = []
    for each in COUNCIL.meetings_between(first, last, CALENDAR.is_working):
        body = COUNCIL.bodies[each.body]
        rule = body.final_report
        due_on = CALENDAR.add_working(each.on, -rule.days) if rule else None
        found.append(Meeting(body.framework_key, each.on, body.name, each.kind, due_on))
    return found


def usual_meetings(year: int) -> list[Meeting]:
    """What the framework alone says: every body by its usual rhythm, in England."""
    first, last = window(year)
    return [
        Meeting(
            body.key,
            each.on,
            body.title,
            each.kind,
            CALENDAR.add_working(each.on, -_papers(body.key)),
        )
        for body in FRAMEWORK.bodies.values()
        for each in generate_meetings(
            body.key,
            parse_rhythm(body.weekday, body.time, body.rhythm, body.keeps_recess),
            first,
            last,
            CALENDAR.is_working,
        )
    ]


def _papers(body: str) -> int:
    return FRAMEWORK.day_rules.get(f"{body}_papers", FRAMEWORK.day_rules["final_report"]).days


def dated(pattern: YearPattern, meetings: list[Meeting], year: int) -> Solution:
    titles = {key: body.title for key, body in FRAMEWORK.bodies.items()}
    return solve(pattern.steps, meetings, [], CALENDAR, year=year, bodies=titles)


MEETINGS: Mapping[str, Callable[[int], list[Meeting]]] = {
    "the demo council's meetings": council_meetings,
    "the framework's own rhythm": usual_meetings,
}


@pytest.mark.parametrize("whose", MEETINGS)
@pytest.mark.parametrize("choice", VARIANTS)
def test_four_years_are_dated_whichever_variant_the_first_follows(choice: str, whose: str):
    for number in (1, 2, 3, 4):
        year = 2026 + number
        pattern = FRAMEWORK.year_pattern(number, choice if number == 1 else "")
        solution = dated(pattern, MEETINGS[whose](year), year)
        assert set(solution.dated) == {rule.key for rule in pattern.steps}
        assert [p for p in solution.problems if p.severity == "blocker"] == [], (choice, number)


# When Council adopts the Strategic Plan of a first year that begins in May of ``year``.
WINDOWS: Mapping[str, Callable[[int], tuple[date, date]]] = {
    "fast": lambda year: (date(year, 7, 1), date(year, 7, 31)),
    "autumn": lambda year: (date(year, 9, 1), date(year, 12, 31)),
    "with_budget": lambda year: (date(year + 1, 2, 1), date(year + 1, 2, 28)),
    "interim": lambda year: (date(year + 1, 2, 1), date(year + 1, 2, 28)),
}


@pytest.mark.parametrize("whose", MEETINGS)
@pytest.mark.parametrize("choice", WINDOWS)
def test_council_adopts_the_strategic_plan_when_such_a_year_says(choice: str, whose: str):
    for year in (2027, 2031):
        solution = dated(VARIANTS[choice], MEETINGS[whose](year), year)
        first, last = WINDOWS[choice](year)
        assert first <= solution.dated["strategic_plan_council"].due_on <= last


@pytest.mark.parametrize("year", range(2024, 2036))
def test_a_variant_brings_no_problem_into_a_first_year_that_the_usual_one_does_not_have(year: int):
    """Elections move by up to a week, Easter by a month, and the meetings with them."""
    usual = problems_of(FRAMEWORK.year_pattern(1), year)
    for choice, pattern in VARIANTS.items():
        found = problems_of(pattern, year)
        assert [each for each in found if each[0] == "blocker"] == [], choice
        assert found - usual == set(), choice


def problems_of(pattern: YearPattern, year: int) -> set[tuple[str, str]]:
    """What is wrong with a first year by the usual rhythm, besides days on which nobody works."""
    found = dated(pattern, usual_meetings(year), year).problems
    return {
        (p.severity, p.sentence) for p in found if "needs" in p.sentence or p.severity == "blocker"
    }


def test_with_the_budget_one_meeting_decides_plan_strategy_and_budget():
    solution = dated(VARIANTS["with_budget"], council_meetings(2027), 2027)
    days = {
        solution.dated[f"{kind}_council"].due_on for kind in ("strategic_plan", "mtfs", "budget")
    }
    assert days == {date(2028, 2, 24)}
    assert [step.body for step in FRAMEWORK.route("mtfs", "year_one_with_budget")] == [
        "policy_committee",
        "council",
    ]
    assert [step.body for step in FRAMEWORK.route("mtfs", "year_one")] == ["policy_committee"]


def test_fast_goes_to_policy_committee_and_council_within_eleven_weeks_of_the_poll():
    solution = dated(VARIANTS["fast"], council_meetings(2027), 2027)
    assert solution.dated["strategic_plan_policy_committee"].due_on == date(2027, 7, 7)
    assert solution.dated["strategic_plan_council"].due_on == date(2027, 7, 22)
    assert solution.dated["open_year"].due_on > date(2027, 5, 6)
    route = FRAMEWORK.route("strategic_plan", "year_one_fast")
    assert [(step.stage, step.body, step.verb) for step in route] == [
        (1, "policy_committee", "recommend"),
        (2, "council", "adopt"),
    ]


def test_the_usual_variant_is_autumn_and_is_found_with_or_without_its_name():
    usual = FRAMEWORK.year_pattern(1)
    assert usual.choice == "autumn"
    assert FRAMEWORK.year_pattern(1, "autumn") is usual
    assert FRAMEWORK.year_variants(1)[0] is usual
    assert [each.choice for each in FRAMEWORK.year_variants(3)] == [""]
    with pytest.raises(LookupError):
        FRAMEWORK.year_pattern(1, "slow")
    with pytest.raises(LookupError):
        FRAMEWORK.year_pattern(2, "fast")


def test_a_variant_changes_what_it_says_and_keeps_the_rest():
    base = {rule.key: rule for rule in VARIANTS["autumn"].steps}
    fast = {rule.key: rule for rule in VARIANTS["fast"].steps}
    assert fast["strategic_plan_council"].which == "first_after:07-01,last_before:07-31"
    assert fast["strategic_plan_council"].title == base["strategic_plan_council"].title
    assert set(base) - set(fast) == set(VARIANTS["fast"].without)
    assert fast["budget_council"] == base["budget_council"]
    added = {rule.key for rule in VARIANTS["with_budget"].steps} - set(base)
    assert added == {"mtfs_council", "mtfs_report_council"}


@pytest.mark.parametrize("whose", MEETINGS)
def test_interim_priorities_come_to_council_in_july_and_are_made_in_such_a_year_alone(whose: str):
    kind = FRAMEWORK.plan_types["interim_priorities"]
    assert [each.choice for each in FRAMEWORK.years if kind.made_in(each)] == ["interim"]
    solution = dated(VARIANTS["interim"], MEETINGS[whose](2027), 2027)
    noted_on = solution.dated["interim_priorities_council"].due_on
    assert date(2027, 7, 1) <= noted_on <= date(2027, 7, 31)
    assert "interim_priorities_council" not in {rule.key for rule in VARIANTS["autumn"].steps}


@pytest.mark.parametrize(
    ("key", "step"),
    [("bromsgrove-pms", "corporate_plan_council"), ("stockton-pmf", "council_plan_council")],
)
def test_councils_with_a_cabinet_choose_between_autumn_and_the_budget(key: str, step: str):
    framework = framework_loader.load(key)
    assert [each.choice for each in framework.year_variants(1)] == ["with_budget", "autumn"]
    for start in range(2024, 2036):
        found = {
            variant.choice: framework_timetable.planning_years(
                framework, start, numbers=[1], choice=variant.choice
            )[0]
            for variant in framework.year_variants(1)
        }
        due_on = {
            variant: next(each.copy.dated.due_on for each in year.steps if each.rule.key == step)
            for variant, year in found.items()
        }
        assert date(start, 9, 1) <= due_on["autumn"] <= date(start, 12, 31)
        assert date(start + 1, 1, 1) <= due_on["with_budget"] <= date(start + 1, 3, 31)
        usual = {problem.sentence for problem in found["with_budget"].problems}
        assert {problem.sentence for problem in found["autumn"].problems} <= usual
