"""The rhythm of nottinghamshire-smf with Borsetshire's meetings gives the dates people know."""

from datetime import date

import pytest

from config import framework_loader
from config.council import COUNCILS
from config.council_loading import load_council
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, Solution, solve

COUNCIL = load_council(COUNCILS / "borsetshire")
CALENDAR = Calendar.of(COUNCIL)
FRAMEWORK = framework_loader.load("nottinghamshire-smf")


def solved(year: int, number: int) -> Solution:
    """Every date of a planning year, by the council's published meetings and its rhythm."""
    meetings = []
    for each in COUNCIL.meetings_between(
        date(year, 4, 1), date(year + 2, 8, 1), CALENDAR.is_working
    ):
        body = COUNCIL.bodies[each.body]
        rule = body.final_report
        due_on = CALENDAR.add_working(each.on, -rule.days) if rule else None
        meetings.append(Meeting(body.framework_key, each.on, body.name, each.kind, due_on))
    steps = FRAMEWORK.year_pattern(number).steps
    return solve(steps, meetings, [], CALENDAR, year=year)


YEAR_ONE = solved(2027, 1)
YEAR_FOUR = solved(2026, 4)


@pytest.mark.parametrize(
    ("step", "due_on"),
    [
        ("issue_timetable", date(2027, 6, 9)),
        ("service_profile_review", date(2027, 7, 16)),
        ("community_profile_review", date(2027, 7, 16)),
        ("engagement_opens", date(2027, 7, 26)),
        ("engagement_closes", date(2027, 9, 17)),
        ("strategic_plan_issue_outcomes", date(2027, 8, 27)),
        ("service_plan_draft_proposals", date(2027, 9, 30)),
        ("service_plan_review_proposals", date(2027, 10, 8)),
        ("service_plan_record_group", date(2027, 10, 14)),
        ("clt_proposals", date(2027, 10, 19)),
        ("strategic_plan_report_service_committees", date(2027, 10, 7)),
        ("strategic_plan_policy_committee", date(2027, 11, 10)),
        ("strategic_plan_report_policy_committee", date(2027, 11, 1)),
        ("strategic_plan_council", date(2027, 12, 9)),
        ("budget_consultation", date(2027, 12, 8)),
        ("budget_policy_committee", date(2028, 2, 9)),
        ("budget_council", date(2028, 2, 24)),
        ("delivery_plan_policy_committee", date(2028, 3, 8)),
        ("service_plan_check", date(2028, 3, 24)),
        ("go_live", date(2028, 4, 1)),
        ("epdrs", date(2028, 5, 31)),
    ],
)
def test_year_one_has_the_dates_of_the_timetable(step: str, due_on: date):
    assert YEAR_ONE.dated[step].due_on == due_on


@pytest.mark.parametrize(
    ("step", "days"),
    [
        ("strategic_plan_service_committees", {date(2027, 10, 18), date(2027, 10, 19)}),
        ("budget_service_committees", {date(2028, 1, 17), date(2028, 1, 18)}),
        ("delivery_plan_service_committees", {date(2028, 2, 14), date(2028, 2, 15)}),
    ],
)
def test_all_four_service_committees_consider_in_the_same_round(step: str, days: set[date]):
    meetings = YEAR_ONE.dated[step].meetings
    assert {each.on for each in meetings} == days
    assert len(meetings) == 4


@pytest.mark.parametrize(
    ("step", "due_on"),
    [
        ("service_profile_review", date(2026, 7, 16)),
        ("service_plan_record_group", date(2026, 10, 8)),
        ("budget_consultation", date(2026, 12, 9)),
        ("budget_service_committees", date(2027, 1, 19)),
        ("budget_policy_committee", date(2027, 2, 10)),
        ("budget_council", date(2027, 2, 25)),
        ("delivery_plan_service_committees", date(2027, 2, 23)),
        ("delivery_plan_policy_committee", date(2027, 3, 17)),
        ("service_plan_check", date(2027, 3, 24)),
        ("epdrs", date(2027, 5, 28)),
    ],
)
def test_year_four_has_the_same_rhythm_a_year_earlier(step: str, due_on: date):
    assert YEAR_FOUR.dated[step].due_on == due_on


@pytest.mark.parametrize("solution", [YEAR_ONE, YEAR_FOUR], ids=["Year 1", "Year 4"])
def test_every_step_has_a_date_and_nothing_is_due_before_what_it_needs(solution: Solution):
    assert [each for each in solution.problems if each.severity == "blocker"] == []
    assert not [each for each in solution.problems if "which it needs" in each.sentence]


@pytest.mark.parametrize("solution", [YEAR_ONE, YEAR_FOUR], ids=["Year 1", "Year 4"])
def test_everything_that_people_do_is_due_on_a_day_on_which_the_council_works(solution: Solution):
    by_itself = {"go_live"}
    closed = [
        dated.key
        for dated in solution.dated.values()
        if dated.key not in by_itself and not CALENDAR.is_working(dated.due_on)
    ]
    assert closed == []


def test_plans_take_effect_on_a_saturday_without_a_warning():
    """1 April 2028 is a Saturday; the system does it, so nobody has to be there."""
    assert [each for each in YEAR_ONE.problems if each.step == "go_live"] == []


def test_every_task_of_a_plan_that_names_a_step_finds_its_date_in_every_year():
    """A task copies the date of its plan type's step (model.md, Time)."""
    for kind in FRAMEWORK.plan_types.values():
        wanted = {
            task.step
            for state in FRAMEWORK.lifecycles[kind.lifecycle].states.values()
            for task in state.tasks
            if task.step
        }
        for pattern in filter(kind.made_in, FRAMEWORK.years):
            dated = {rule.lifecycle_task for rule in pattern.steps if rule.plan_type == kind.key}
            assert wanted <= dated, (kind.key, pattern.key)


def test_every_role_of_the_demo_council_is_one_of_the_framework_and_every_plan_role_has_a_post():
    assert set(COUNCIL.roles_used()) <= set(FRAMEWORK.roles)
    assert set(COUNCIL.levels_used()) <= {level.key for level in FRAMEWORK.levels}
    plan_roles = {
        role for kind in FRAMEWORK.plan_types.values() for role in kind.plan_roles.values()
    }
    assert plan_roles <= set(COUNCIL.roles_used())
    assert set(COUNCIL.framework_bodies()) == set(FRAMEWORK.bodies)


def test_author_and_reviewer_of_a_plan_are_never_the_same_role():
    """Four eyes begin with two roles (INV-22)."""
    for kind in FRAMEWORK.plan_types.values():
        assert kind.plan_roles["author"] != kind.plan_roles["reviewer"], kind.key
