"""Each step knows why it is due then; what cannot be dated is said, not raised."""

from datetime import date

import pytest

from config.council import Closure, Event
from config.rules import StepRule, parse_which, step_rule_problems
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, Solution, solve

CALENDAR = Calendar(closures=[Closure(date(2027, 12, 24), date(2028, 1, 3))])
POLICY = [
    Meeting("policy_committee", on, "Policy Committee", report_due_on=CALENDAR.add_working(on, -7))
    for on in (date(2027, 10, 13), date(2027, 11, 10), date(2028, 1, 12), date(2028, 2, 9))
]
SERVICE = [
    Meeting("service_committee", date(2027, 10, 18), "Adult Care and Health Committee"),
    Meeting("service_committee", date(2027, 10, 19), "Place Committee"),
    Meeting("service_committee", date(2027, 11, 15), "Adult Care and Health Committee"),
    Meeting("service_committee", date(2027, 11, 16), "Place Committee"),
]
ELECTION = Event("election", date(2027, 5, 6), "Council elections")


def step(key, anchor_kind="fixed", anchor="09-30", **more):
    title = key.replace("_", " ").capitalize()
    return StepRule(key=key, title=title, anchor_kind=anchor_kind, anchor=anchor, **more)


def report(key="final_report", which="first_after:11-01", **more):
    return step(key, "meeting", "policy_committee", which=which, offset=-7, **more)


def solved(*steps, meetings=(*POLICY, *SERVICE), bodies=None) -> Solution:
    return solve(steps, meetings, [ELECTION], CALENDAR, year=2027, bodies=bodies)


def sentences(solution):
    return [problem.sentence for problem in solution.problems]


def test_seven_working_days_before_a_meeting_with_the_reason():
    dated = solved(report()).dated["final_report"]
    assert dated.due_on == date(2027, 11, 1)
    assert dated.because == ("Seven working days before Policy Committee on 10 November 2027.",)
    assert [meeting.on for meeting in dated.meetings] == [date(2027, 11, 10)]


def test_a_report_that_falls_in_the_closure_comes_before_it_and_everyone_is_told():
    solution = solved(report(which="on:01-12+1"))
    dated = solution.dated["final_report"]
    assert dated.due_on == date(2027, 12, 23)
    assert dated.because == (
        "Seven working days before Policy Committee on 12 January 2028.",
        "27 and 28 December and 3 January are bank holidays.",
        "The council is closed from 24 December 2027 to 31 December 2027.",
    )
    assert sentences(solution) == [
        "Final report would fall on 31 December 2027, but the council is closed; it is due on "
        "23 December 2027 instead."
    ]


def test_a_step_before_another_carries_the_reasons_of_the_other():
    draft = step("draft", "step", "final_report", offset=-1, unit="working")
    solution = solved(draft, report(predecessors=("draft",)))
    assert solution.dated["draft"].due_on == date(2027, 10, 29)
    assert solution.dated["draft"].because == (
        "One working day before “Final report” on 1 November 2027.",
        "Seven working days before Policy Committee on 10 November 2027.",
    )
    assert solution.problems == ()


def test_clear_days_calendar_days_fixed_days_and_events():
    solution = solved(
        step("agenda", "meeting", "policy_committee", which="on:11-10", offset=-5, unit="clear"),
        step(
            "notice", "meeting", "policy_committee", which="on:11-10", offset=-28, unit="calendar"
        ),
        step("live", anchor="04-03+1"),
        step("induction", "event", "election", offset=10),
        step("effective", "step", "agenda", offset=5, unit="clear"),
    )
    due = {key: dated.due_on for key, dated in solution.dated.items()}
    assert due == {
        "agenda": date(2027, 11, 2),
        "notice": date(2027, 10, 13),
        "live": date(2028, 4, 3),
        "induction": date(2027, 5, 20),
        "effective": date(2027, 11, 10),
    }
    assert solution.dated["live"].because == ("Set for 3 April 2028.",)
    assert solution.dated["induction"].because[0] == (
        "Ten working days after Council elections on 6 May 2027."
    )


def test_bodies_of_one_kind_are_all_met_the_last_when_on_the_day_and_the_first_when_before():
    considered = step("considered", "meeting", "service_committee", which="first_after:10-01")
    papers = step(
        "papers", "meeting", "service_committee", which="first_after:10-01", offset=-5, unit="clear"
    )
    solution = solved(considered, papers)
    assert solution.dated["considered"].due_on == date(2027, 10, 19)
    assert len(solution.dated["considered"].meetings) == 2
    assert solution.dated["considered"].because == ("At Place Committee on 19 October 2027.",)
    assert solution.dated["papers"].due_on == date(2027, 10, 8)


def test_the_next_body_is_the_first_whose_report_deadline_comes_after_the_earlier_ones():
    considered = step("considered", "meeting", "service_committee", which="first_after:10-01")
    decides = step(
        "decides", "meeting", "policy_committee", which="report_after:considered,last_before:12-31"
    )
    assert solved(decides, considered).dated["decides"].due_on == date(2027, 11, 10)
    # Place misses its October meeting: November's is after Policy's deadline for 10 November
    missed = [meeting for meeting in SERVICE if meeting.on != date(2027, 10, 19)]
    late = solved(decides, considered, meetings=[*POLICY, *missed])
    assert late.dated["considered"].due_on == date(2027, 11, 16)
    assert "decides" not in late.dated
    assert sentences(late) == [
        "Decides has no date. Policy Committee has no meeting with a report deadline after "
        "16 November 2027 and on or before 31 December 2027."
    ]


def test_the_last_meeting_on_or_before_a_day():
    which = "last_before:02-09+1"
    assert solved(report(which=which)).dated["final_report"].meetings[0].on == date(2028, 2, 9)


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (step("x", "meeting", "cabinet"), "X has no date. The council has no body “cabinet”."),
        (
            step("x", "meeting", "clt"),
            "X has no date. Corporate Leadership Team does not meet between 1 April 2027 and "
            "31 July 2029.",
        ),
        (step("x", "step", "y"), "X has no date. There is no step “y”."),
        (step("x", "event", "flood"), "X has no date. Nobody has said when “flood” is."),
        (step("x", predecessors=("y",)), "X needs “y”, but there is no such step."),
        (
            step("x", offset=10**9),
            "X has no date. That is too many days to count. Check the number of days.",
        ),
    ],
)
def test_what_cannot_be_dated_is_a_sentence_and_the_rest_is_dated(bad, sentence):
    solution = solved(bad, report(), bodies={"clt": "Corporate Leadership Team"})
    assert (solution.problems[0].severity, *sentences(solution)) == ("blocker", sentence)
    assert "final_report" in solution.dated


def test_steps_counted_from_each_other_are_told_and_what_hangs_on_them_too():
    solution = solved(
        step("a", "step", "b"), step("b", "step", "a"), step("c", "step", "a"), report()
    )
    assert set(solution.dated) == {"final_report"}
    assert {problem.step for problem in solution.problems} == {"a", "b", "c"}
    assert all("has no date" in each or "from itself" in each for each in sentences(solution))


def test_steps_that_wait_for_each_other_and_steps_due_before_what_they_need():
    loop = solved(step("a", predecessors=("b",)), step("b", predecessors=("a",)))
    assert any("wait for each other" in each for each in sentences(loop))
    early = solved(step("a", anchor="09-01", predecessors=("b",)), step("b"))
    assert sentences(early) == [
        "A is due on 1 September 2027, before “B” on 30 September 2027, which it needs."
    ]
    assert early.problems[0].severity == "blocker"


def test_a_fixed_day_on_which_nobody_works_is_a_warning_with_the_day_before():
    assert sentences(solved(step("a", anchor="12-25"))) == [
        "A falls on 25 December 2027, but it is a Saturday. The last working day before it is "
        "23 December 2027."
    ]


def test_two_steps_with_one_key_are_told():
    solution = solved(step("a"), step("a", anchor="10-01"))
    assert solution.dated["a"].due_on == date(2027, 9, 30)
    assert sentences(solution) == ["Two steps have the key “a”; only the first is dated."]


@pytest.mark.parametrize("which", ["next:10-01", "first_after", "on:key", "report_after:10-01",
                                   "first_after:13-01", "last_before:10-01+9"])  # fmt: skip
def test_a_choice_of_meeting_that_means_nothing_is_refused_in_a_sentence(which):
    with pytest.raises(ValueError, match=r"\.$"):
        parse_which(which)
    assert "has no date" in sentences(solved(report(which=which)))[0]
    assert step_rule_problems([report(which=which)])[0][0] == "final_report"


def test_rules_that_name_no_step_are_found_before_any_year_opens():
    rules = [step("a", predecessors=("x",)), report(which="report_after:y"), step("a")]
    assert step_rule_problems(rules) == [
        ("a", "Two steps have this key."),
        ("a", "There is no step “x”."),
        ("final_report", "There is no step “y”."),
    ]


def test_the_29th_of_february_is_the_28th_in_other_years():
    assert solved(step("a", anchor="02-29+1")).dated["a"].due_on == date(2028, 2, 29)
    assert solved(step("a", anchor="02-29+2")).dated["a"].due_on == date(2029, 2, 28)


EXPECTED = step("settlement", "event", "settlement", expected="12-17")


def with_events(*events: Event, year: int = 2027) -> Solution:
    return solve([EXPECTED], [], events, CALENDAR, year=year)


def test_a_settlement_is_expected_until_somebody_says_when_it_is():
    expected = with_events().dated["settlement"]
    assert expected.due_on == date(2027, 12, 17)
    assert expected.because == (
        "The same day as the event “settlement”, which is expected on 17 December 2027.",
    )
    late = with_events(Event("settlement_2027", date(2028, 2, 5), "Provisional settlement"))
    assert late.dated["settlement"].due_on == date(2028, 2, 5)
    assert late.dated["settlement"].because[0] == (
        "The same day as Provisional settlement on 5 February 2028."
    )


def test_the_settlement_of_one_year_is_not_that_of_the_next():
    of_2027 = Event("settlement_2027", date(2027, 12, 20), "Provisional settlement")
    assert with_events(of_2027, year=2028).dated["settlement"].due_on == date(2028, 12, 15)
    of_2028 = Event("settlement_2028", date(2028, 12, 19), "Provisional settlement")
    both = with_events(of_2028, of_2027, year=2027)
    assert both.dated["settlement"].due_on == date(2027, 12, 20)


def test_of_several_elections_the_first_that_the_planning_year_looks_at_is_meant():
    polls = [
        Event(f"election_{year}", date(year, 5, 6), "Council elections") for year in (2023, 2027)
    ]
    induction = step("induction", "event", "election", offset=10)
    found = solve([induction], [], polls, CALENDAR, year=2027)
    assert found.dated["induction"].due_on == date(2027, 5, 20)
    nobody = solve([induction], [], polls[:1], CALENDAR, year=2027)
    assert sentences(nobody) == ["Induction has no date. Nobody has said when “election” is."]
