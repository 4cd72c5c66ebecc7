"""How many days in hand each step has, and which steps decide about a committee's date."""

from datetime import date

from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.solve import Dated, Meeting, Solution, solve

CALENDAR = Calendar()
# Policy meets on two Wednesdays, its reports are final seven working days before.
NOVEMBER = Meeting("policy", date(2027, 11, 10), "Policy Committee", "", date(2027, 11, 1))
DECEMBER = Meeting("policy", date(2027, 12, 8), "Policy Committee", "", date(2027, 11, 29))
COUNCIL = Meeting("council", date(2027, 12, 16), "Council", "", date(2027, 12, 7))
HOUSING = Meeting("service", date(2027, 10, 18), "Housing Committee", "", date(2027, 10, 7))
PARKS = Meeting("service", date(2027, 10, 25), "Parks Committee", "", date(2027, 10, 14))
ALL = (NOVEMBER, DECEMBER, COUNCIL, HOUSING, PARKS)


def step(key, anchor_kind="fixed", anchor="09-30", **more):
    title = key.replace("_", " ").capitalize()
    return StepRule(key=key, title=title, anchor_kind=anchor_kind, anchor=anchor, **more)


def meets(key, body, which="", **more):
    return step(key, "meeting", body, which=which, **more)


# Mo drafts Housing's plan, Ray reviews it; the service committees, Policy and Council follow.
STEPS = (
    step("draft", "step", "review", offset=-4),
    meets("review", "service", offset=-10, predecessors=("draft",)),
    meets("report", "service", offset=-7, predecessors=("review",)),
    meets("housing_and_parks", "service", predecessors=("report",)),
    meets(
        "policy", "policy", "report_after:housing_and_parks", predecessors=("housing_and_parks",)
    ),
    meets("council", "council", "report_after:policy", predecessors=("policy",)),
)


def solved(*steps, meetings=ALL, **more) -> Solution:
    return solve(steps or STEPS, meetings, [], CALENDAR, year=2027, **more)


def floats(solution: Solution) -> dict[str, tuple[date, int]]:
    return {key: (each.latest_on, each.float_days) for key, each in solution.dated.items()}


def test_what_a_meeting_needs_is_there_by_its_report_deadline_and_not_by_its_day():
    found = floats(solved())
    assert found["report"] == (date(2027, 10, 7), 0)
    assert found["review"] == (date(2027, 10, 7), 3)
    assert found["draft"] == (date(2027, 10, 7), 7)
    assert found["housing_and_parks"] == (date(2027, 11, 1), 5)  # Policy's reports are final
    assert found["policy"] == (date(2027, 12, 7), 19)
    assert found["council"] == (date(2027, 12, 16), 0)


def test_of_several_committees_the_first_asks_for_the_papers_and_the_last_is_waited_for():
    solution = solved()
    assert solution.dated["report"].due_on == HOUSING.report_due_on
    assert solution.dated["housing_and_parks"].due_on == PARKS.on
    assert solution.dated["policy"].starts_on == PARKS.on


def test_an_earlier_body_after_the_later_ones_report_deadline_is_told_with_the_days_it_lacks():
    late = Meeting("service", date(2027, 11, 3), "Parks Committee", "", date(2027, 10, 25))
    steps = [
        meets("parks", "service", "on:11-03"),
        meets("policy", "policy", "on:11-10", predecessors=("parks",)),
    ]
    solution = solved(*steps, meetings=[late, NOVEMBER])
    assert solution.dated["parks"].float_days == -2
    (problem,) = solution.problems
    assert (problem.severity, problem.step) == ("blocker", "policy")
    assert problem.sentence == (
        "“Parks” is on 3 November 2027, after 1 November 2027, the report deadline of Policy "
        "Committee on 10 November 2027, which needs it."
    )
    in_time = solved(*steps, meetings=[late, Meeting("policy", NOVEMBER.on, "Policy Committee")])
    assert in_time.problems == ()


def test_what_is_counted_after_another_leaves_it_that_much_less():
    steps = [
        step("decided", anchor="10-01"),
        step("call_in_ends", "step", "decided", offset=5, predecessors=("decided",)),
        step("begins", anchor="10-14", predecessors=("call_in_ends",)),
    ]
    found = floats(solved(*steps))
    assert found["call_in_ends"] == (date(2027, 10, 14), 4)
    assert found["decided"] == (date(2027, 10, 7), 4)


def test_the_chain_to_a_fixed_date_is_told_and_its_tightest_steps_are_critical():
    solution = solved()
    assert solution.chain("council") == tuple(rule.key for rule in STEPS)
    critical = {key for key, each in solution.dated.items() if each.critical}
    assert critical == {"report"}


def test_a_step_begins_when_what_it_needs_is_there_else_two_weeks_before():
    begins = {key: each.starts_on for key, each in solved().dated.items()}
    assert begins["review"] == solved().dated["draft"].due_on
    assert begins["draft"] == CALENDAR.add_working(solved().dated["draft"].due_on, -10)


def test_from_today_it_is_seen_which_meeting_can_no_longer_be_reached():
    asked = solved(as_of=date(2027, 10, 12), done=["draft"])
    late = {key: each.late_days for key, each in asked.dated.items() if each.late_days}
    assert late == {"review": 3, "report": 3, "housing_and_parks": 3}
    assert asked.dated["policy"].reached_on == NOVEMBER.on
    assert [each.sentence for each in asked.problems if each.severity == "blocker"] == [
        "Housing and parks: Housing Committee on 18 October 2027 can no longer be reached; it is "
        "three working days too late."
    ]
    in_time = solved(as_of=date(2027, 10, 12), done=["draft", "review", "report"])
    assert in_time.problems == ()


def test_a_meeting_that_is_missed_takes_the_next_one_and_what_follows_moves_with_it():
    asked = solved(as_of=date(2027, 11, 2), done=[rule.key for rule in STEPS[:4]])
    assert not [each for each in asked.dated.values() if each.late_days]
    november = (meets("paper", "policy", "on:11-10", offset=-7),)
    steps = [*november, meets("policy", "policy", "on:11-10", predecessors=("paper",))]
    asked = solved(*steps, as_of=date(2027, 11, 3))
    assert asked.dated["policy"].reached_on == DECEMBER.on
    assert asked.problems[-1].sentence == (
        "Policy: Policy Committee on 10 November 2027 can no longer be reached; it is two working "
        "days too late. The first meeting in reach is on 8 December 2027."
    )


def test_a_time_of_day_is_said_before_the_days():
    (dated,) = solved(meets("report", "policy", offset=-7, at="10:00")).dated.values()
    assert isinstance(dated, Dated)
    assert dated.at is not None
    assert dated.at.hour == 10
    assert dated.because[0] == (
        "10:00, seven working days before Policy Committee on 10 November 2027."
    )


def test_of_calendar_clear_days_every_day_counts_and_neither_end_does():
    notice = meets("notice", "policy", offset=-28, unit="calendar_clear")
    assert solved(notice).dated["notice"].due_on == date(2027, 10, 12)
