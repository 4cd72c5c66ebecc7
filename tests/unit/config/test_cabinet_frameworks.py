"""Stockton's and Bromsgrove's frameworks: four years of dates, bodies in order, forms whole."""

from collections.abc import Iterator
from datetime import date
from functools import cache

import pytest

from config import framework_loader
from config.choices import limits_that_apply, public_bodies, steps_that_apply, usual_settings
from config.framework import Framework
from config.rhythm import generate_meetings, parse_rhythm
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, Solution, solve

FRAMEWORKS = ("stockton-pmf", "bromsgrove-pms")
CALENDAR = Calendar()
# Any cycle of these councils: their elections are in 2023, 2027 and 2031.
YEARS = [(2022 + number, number) for number in (1, 2, 3, 4)] + [
    (2026 + number, number) for number in (1, 2, 3, 4)
]


def in_recess(day: date) -> bool:
    return (7, 26) <= (day.month, day.day) < (9, 4)


def meetings(framework: Framework, year: int) -> Iterator[Meeting]:
    """Every meeting by the rhythm that the framework says a body usually has."""
    deadline = framework.day_rules["final_report"].days
    for body in framework.bodies.values():
        rhythm = parse_rhythm(body.weekday, body.time, body.rhythm, body.keeps_recess)
        span = (date(year, 4, 1), date(year + 2, 8, 1))
        for each in generate_meetings(body.key, rhythm, *span, CALENDAR.is_working, in_recess):
            due_on = CALENDAR.add_working(each.on, -deadline) if body.public else None
            yield Meeting(body.key, each.on, body.title, each.kind, due_on)


@cache
def solved(key: str, year: int, number: int) -> Solution:
    framework = framework_loader.load(key)
    settings = usual_settings(framework)
    model = framework.governance
    return solve(
        steps_that_apply(framework.year_pattern(number).steps, settings, model),
        list(meetings(framework, year)),
        [],
        CALENDAR,
        year=year,
        bodies={body.key: body.title for body in framework.bodies.values()},
        limits=limits_that_apply(framework, settings, model),
        public=public_bodies(framework),
    )


@pytest.mark.parametrize("key", FRAMEWORKS)
@pytest.mark.parametrize(("year", "number"), YEARS)
def test_every_year_has_all_its_dates_and_nothing_is_wrong_with_them(
    key: str, year: int, number: int
) -> None:
    found = solved(key, year, number)
    assert [each.sentence for each in found.problems] == []
    steps = framework_loader.load(key).year_pattern(number).steps
    left_out = {each.key for each in steps if each.setting}
    assert {each.key for each in steps} - left_out <= set(found.dated)


@pytest.mark.parametrize(
    ("key", "step", "due_on"),
    [
        ("stockton-pmf", "timetable_cabinet", date(2027, 7, 8)),
        ("stockton-pmf", "residents_survey_review", date(2027, 7, 16)),
        ("stockton-pmf", "needs_assessment_review", date(2027, 7, 23)),
        ("stockton-pmf", "community_strategy_record_stockton_renaissance", date(2027, 9, 21)),
        ("stockton-pmf", "council_plan_issue_outcomes", date(2027, 10, 29)),
        ("stockton-pmf", "financial_plan_december", date(2027, 12, 2)),
        ("stockton-pmf", "community_strategy_council", date(2027, 12, 8)),
        ("stockton-pmf", "budget_cabinet", date(2028, 1, 13)),
        ("stockton-pmf", "budget_executive_scrutiny", date(2028, 1, 27)),
        ("stockton-pmf", "budget_council", date(2028, 2, 16)),
        ("stockton-pmf", "budget_council_second_meeting", date(2028, 3, 1)),
        ("stockton-pmf", "service_plan_review", date(2028, 3, 15)),
        ("stockton-pmf", "service_plan_record_cmt", date(2028, 3, 21)),
        ("stockton-pmf", "appraisals_review", date(2028, 5, 31)),
        ("bromsgrove-pms", "board_considers_cycle", date(2027, 8, 17)),
        ("bromsgrove-pms", "portfolio_steer", date(2027, 9, 7)),
        ("bromsgrove-pms", "business_plan_draft_proposals", date(2027, 9, 30)),
        ("bromsgrove-pms", "board_inspects_business_plans", date(2027, 11, 16)),
        ("bromsgrove-pms", "corporate_plan_overview_scrutiny", date(2027, 12, 13)),
        ("bromsgrove-pms", "budget_cabinet", date(2028, 2, 2)),
        ("bromsgrove-pms", "budget_council", date(2028, 2, 16)),
        ("bromsgrove-pms", "budget_council_second_meeting", date(2028, 3, 1)),
        ("bromsgrove-pms", "performance_strategy_cabinet", date(2028, 3, 1)),
        ("bromsgrove-pms", "business_plan_check", date(2028, 3, 24)),
    ],
)
def test_year_one_of_2027_has_these_dates(key: str, step: str, due_on: date) -> None:
    assert solved(key, 2027, 1).dated[step].due_on == due_on


@pytest.mark.parametrize("key", FRAMEWORKS)
@pytest.mark.parametrize(("year", "number"), YEARS)
def test_each_body_meets_before_the_report_deadline_of_the_next(
    key: str, year: int, number: int
) -> None:
    """Not before its meeting only: what Cabinet said belongs in the report to Council."""
    dated = solved(key, year, number).dated
    for kind in framework_loader.load(key).plan_types.values():
        before = date.min
        for stage in sorted(kind.route, key=lambda each: each.stage):
            report, meeting = dated[stage.step], dated[stage.step.replace("_report_", "_")]
            assert before < report.due_on < meeting.due_on, (kind.key, stage.body)
            before = meeting.due_on


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_council_decides_last_and_has_time_to_object_and_meet_again(key: str) -> None:
    """The budget is set before 11 March even then (LGFA 1992 s.30(6); SI 2001/3384 Sch. 2)."""
    for year, number in YEARS:
        dated = solved(key, year, number).dated
        first = dated["budget_council"].due_on
        second = dated["budget_council_second_meeting"].due_on
        assert CALENDAR.add_working(first, 5) < second < date(year + 1, 3, 11)


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_the_law_is_told_when_council_sets_the_budget_too_late(key: str) -> None:
    framework = framework_loader.load(key)
    settings = usual_settings(framework)
    steps = steps_that_apply(framework.year_pattern(1).steps, settings, framework.governance)
    # No Council in February or early March: the budget waits for April.
    late = [
        each
        for each in meetings(framework, 2027)
        if each.body != "council" or not date(2028, 1, 1) <= each.on <= date(2028, 3, 31)
    ]
    late.append(Meeting("council", date(2028, 3, 15), "Council", "budget", date(2028, 3, 6)))
    found = solve(
        steps,
        late,
        [],
        CALENDAR,
        year=2027,
        limits=limits_that_apply(framework, settings, framework.governance),
    )
    found_problems = [each for each in found.problems if each.step == "budget_council"]
    assert any(
        each.severity == "blocker" and "11 March" in each.sentence for each in found_problems
    )


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_every_task_that_names_a_step_finds_its_date_in_every_year(key: str) -> None:
    framework = framework_loader.load(key)
    for kind in framework.plan_types.values():
        wanted = {
            task.step
            for state in framework.lifecycles[kind.lifecycle].states.values()
            for task in state.tasks
            if task.step
        }
        for pattern in framework.years:
            dated = {rule.lifecycle_task for rule in pattern.steps if rule.plan_type == kind.key}
            assert wanted <= dated, (kind.key, pattern.key)


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_nobody_reviews_what_they_wrote(key: str) -> None:
    for kind in framework_loader.load(key).plan_types.values():
        assert kind.plan_roles["author"] != kind.plan_roles["reviewer"], kind.key


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_key_decisions_and_call_in_are_cabinets_alone(key: str) -> None:
    framework = framework_loader.load(key)
    assert framework.governance == "executive"
    for rule in ("key_decision_notice", "decision_published", "call_in_ends", "effective"):
        assert framework.day_rules[rule].kinds == ("cabinet",)
    assert [body.key for body in framework.bodies.values() if body.kind == "cabinet"] == ["cabinet"]


def test_stocktons_planning_strand_is_whole_and_each_plan_builds_on_the_one_before() -> None:
    """S3 ¶5, B31: eight strands, from needs to appraisals, and the budget beside them."""
    kinds = framework_loader.load("stockton-pmf").plan_types
    strand = [
        "needs_assessment", "residents_survey", "crime_survey", "community_strategy",
        "community_delivery_plan", "council_plan", "service_plan", "appraisals",
    ]  # fmt: skip
    assert [key for key in kinds if key not in ("budget", "timetable")] == strand

    def builds_on(key: str) -> set[str]:
        kind = kinds[key]
        return {
            prerequisite.plan_type
            for prerequisite in (*kind.start_prerequisites, *kind.approve_prerequisites)
        }

    assert builds_on("community_strategy") == {
        "needs_assessment",
        "residents_survey",
        "crime_survey",
    }
    assert builds_on("community_delivery_plan") == {"community_strategy"}
    assert "community_strategy" in builds_on("council_plan")
    assert builds_on("service_plan") == {"council_plan", "budget"}
    assert builds_on("appraisals") == {"service_plan"}
    assert kinds["service_plan"].route == ()


def test_stockton_reports_up_its_whole_chain() -> None:
    """S3 ¶5, H5, H9-H11: management, clinics, Cabinet, scrutiny, Council, partners, the public."""
    reporting = framework_loader.load("stockton-pmf").reporting
    reports = {(each.to, each.cadence) for each in reporting.values()}
    assert {
        ("service_grouping_team", "monthly"),
        ("cmt", "monthly"),
        ("cabinet", "quarterly"),
        ("executive_scrutiny", "quarterly"),
        ("council", "yearly"),
        ("stockton_renaissance", "six_monthly"),
        ("", "yearly"),
    } <= reports
    clinics = [each for each in reporting.values() if "clinic" in each.title]
    assert {each.to for each in clinics} == {"service_grouping_team", "cmt"}


def test_bromsgroves_report_asks_its_ten_and_answers_its_six() -> None:
    """S4 ¶11, ¶12, I25-I27."""
    fields = framework_loader.load("bromsgrove-pms").report_fields
    assert fields["consulted"].kind == "consulted"
    assert fields["consulted"].required
    assert len(fields["consulted"].rows) == 10
    assert fields["other_implications"].kind == "grid"
    assert len(fields["other_implications"].rows) == 6
    separate = ["financial_implications", "legal_implications", "council_objectives"]
    assert [key for key in fields if key in separate] == separate


def test_one_decision_approves_bromsgroves_strategy_and_the_action_plan_in_it() -> None:
    """S4 ¶2.1, B34: the action plan is a section that must be there."""
    framework = framework_loader.load("bromsgrove-pms")
    strategy = framework.plan_types["performance_strategy"]
    assert [(each.body, each.verb) for each in strategy.route] == [("cabinet", "approve")]
    sections = {each.key: each for each in framework.templates[strategy.template].sections}
    assert sections["action_plan"].item_types == ("action",)
    assert sections["action_plan"].required
