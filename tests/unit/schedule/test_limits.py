"""What the law fixes about a year is told in a sentence; what it may ask for is planned."""

from datetime import date

import pytest

from config import framework_loader
from config.choices import limits_that_apply, steps_that_apply, usual_settings
from config.council import Event
from config.governance import COMMITTEES, EXECUTIVE, Limit
from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, Solution, solve

CALENDAR = Calendar()
SMF = framework_loader.load("nottinghamshire-smf")
BILLS = {"bills_council_tax": True}
PRECEPTS = {"bills_council_tax": False}

BUDGET = StepRule(
    key="budget_council", title="Budget at Council", anchor_kind="meeting", anchor="council"
)
PAPERS = StepRule(key="papers", title="Papers", anchor_kind="step", anchor="budget_council",
                  offset=-7, predecessors=())  # fmt: skip


def council(*days: date) -> list[Meeting]:
    return [Meeting("council", on, "Council") for on in days]


def limits(settings: dict[str, bool], model: str = COMMITTEES) -> tuple[Limit, ...]:
    return limits_that_apply(SMF, settings, model)


def solved(given, *days: date, events=(), steps=(BUDGET,)) -> Solution:
    return solve(
        steps, council(*days), events, CALENDAR, year=2027, limits=given, public=["council"]
    )


def test_a_county_that_says_nothing_gets_the_law_of_counties() -> None:
    """Fault R8: on the framework's usual choices the precept goes out before 1 March."""
    keys = [each.key for each in limits(usual_settings(SMF))]
    assert "precept_before_1_march" in keys
    assert "budget_before_11_march" not in keys


@pytest.mark.parametrize(
    ("settings", "on", "words"),
    [
        (BILLS, date(2028, 3, 10), None),
        (BILLS, date(2028, 3, 11), "before 11 March"),
        (PRECEPTS, date(2028, 2, 29), None),
        (PRECEPTS, date(2028, 3, 1), "before 1 March"),
    ],
)
def test_a_budget_council_on_the_laws_day_is_a_day_too_late(settings, on, words):
    problems = [
        each for each in solved(limits(settings), on).problems if each.severity == "blocker"
    ]
    if words is None:
        assert problems == []
        return
    (problem,) = problems
    assert problem.step == "budget_council"
    assert problem.sentence.startswith(f"Budget at Council is on {on.day} March 2028.")
    assert words in problem.sentence


def test_where_no_council_meets_in_time_both_are_told_that_it_has_no_date_and_why_it_needs_one():
    late = StepRule(**{**vars(BUDGET), "which": "last_before:03-10+1"})
    sentences = [
        each.sentence for each in solved(limits(BILLS), date(2028, 3, 23), steps=[late]).problems
    ]
    assert sentences[0].startswith(
        "Budget at Council has no date. Council has no meeting on or before"
    )
    assert sentences[1].startswith(
        "Budget at Council has no date before 11 March 2028. A council that"
    )


def test_the_day_before_the_laws_is_the_last_for_the_budget_and_says_the_days_in_hand():
    on = date(2028, 2, 24)
    budget = solved(limits(BILLS), on).dated["budget_council"]
    assert (budget.latest_on, budget.float_days) == (date(2028, 3, 10), 11)
    precept = solved(limits(PRECEPTS), on).dated["budget_council"]  # 1 March is a Wednesday
    assert (precept.latest_on, precept.float_days) == (date(2028, 2, 29), 3)


def test_in_executive_arrangements_the_second_meeting_is_planned_after_five_working_days():
    first, too_soon, second = date(2028, 2, 24), date(2028, 3, 2), date(2028, 3, 3)
    solution = solved(limits(BILLS, EXECUTIVE), first, too_soon, second)
    assert solution.problems == ()
    contingent = solution.dated["budget_council_second_meeting"]
    assert (contingent.due_on, contingent.starts_on) == (second, first)
    assert solution.rules[contingent.key].title == (
        "Budget at Council: second meeting, if Council objects"
    )
    # 25, 28, 29 February, 1 and 2 March are the five days; a day later and 3 March were too soon.
    assert solution.dated["budget_council"].latest_on == first
    assert "budget_council_second_meeting" not in solved(limits(BILLS), first, second).dated


@pytest.mark.parametrize("second", [date(2028, 3, 2), date(2028, 3, 11)])
def test_a_second_meeting_too_soon_or_after_the_laws_day_is_none(second):
    solution = solved(limits(BILLS, EXECUTIVE), date(2028, 2, 24), second)
    (problem,) = solution.problems
    assert (problem.severity, problem.step) == ("warning", "budget_council")
    assert problem.sentence.startswith(
        "Council has no second meeting after 2 March 2028 and before 11 March 2028. If Council"
    )


POLL = Event("election_2028", date(2028, 5, 4), "Council elections")


def test_a_decision_between_notice_and_poll_is_worth_a_look_and_never_wrong():
    # 25 working days before 4 May 2028: Good Friday, Easter Monday and May Day do not count.
    notice = CALENDAR.add_working(POLL.on, -25)
    assert notice == date(2028, 3, 27)
    (problem,) = solved(limits(PRECEPTS)[1:], notice, events=[POLL]).problems
    assert problem.severity == "warning"
    assert problem.sentence.startswith(
        "Budget at Council on 27 March 2028 falls between 27 March 2028 and Council elections on "
        "4 May 2028. In the pre-election period"
    )
    for outside in (date(2028, 3, 24), date(2028, 5, 5)):
        assert solved(limits(PRECEPTS)[1:], outside, events=[POLL]).problems == ()


def test_the_councils_own_day_of_notice_counts_and_only_what_the_public_sees():
    own = Event("notice_of_election_2028", date(2028, 3, 22), "Notice of election")
    found = solved(limits(PRECEPTS)[1:], date(2028, 3, 22), events=[POLL, own]).problems
    assert len(found) == 1
    papers = solved(
        limits(PRECEPTS)[1:], date(2028, 5, 5), events=[POLL, own], steps=(BUDGET, PAPERS)
    )
    assert [each.step for each in papers.problems] == []
    behind_doors = solve(
        [BUDGET], council(date(2028, 4, 20)), [POLL], CALENDAR, year=2027, limits=limits(BILLS)[1:]
    )
    assert behind_doors.problems == ()


def test_a_step_of_another_model_is_gone_and_what_needed_it_needs_what_it_needed():
    def step(key, *predecessors, **more):
        return StepRule(
            key=key,
            title=key,
            anchor_kind="fixed",
            anchor="10-01",
            predecessors=predecessors,
            **more,
        )

    steps = [
        step("draft"),
        step("cabinet", "draft", models=(EXECUTIVE,)),
        step("policy", "draft", models=(COMMITTEES,)),
        step("members", "policy", setting="to_members"),
        step("council", "cabinet", "members"),
    ]
    kept = steps_that_apply(steps, {"to_members": False}, EXECUTIVE)
    assert {each.key: each.predecessors for each in kept} == {
        "draft": (),
        "cabinet": ("draft",),
        "council": ("cabinet", "draft"),
    }
    kept = steps_that_apply(steps, {"to_members": True}, COMMITTEES)
    assert {each.key: each.predecessors for each in kept}["council"] == ("members", "draft")
