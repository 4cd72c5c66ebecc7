"""A pattern that misses its own promise says so, and names the meeting (S10)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from config.rules import StepRule, step_rule_problems
from cycle.calendar import Calendar
from cycle.schedule.parts import MISSED_PROMISE, Gone, Meeting
from cycle.schedule.solve import solve

COMMITTEE = StepRule(
    key="committee", title="The plan at Policy Committee", anchor_kind="meeting",
    anchor="policy", which="first_after:11-01",
)  # fmt: skip
COUNCIL = StepRule(
    key="council", title="The plan at Council", anchor_kind="meeting", anchor="council",
    which="report_after:committee", promised_by="12-31",
)  # fmt: skip


def meeting(body: str, on: date) -> Meeting:
    calendar = Calendar()
    title = {"policy": "Policy Committee", "council": "Council"}[body]
    return Meeting(body, on, title, report_due_on=calendar.add_working(on, -7))


NOVEMBER, DECEMBER = meeting("policy", date(2027, 11, 10)), meeting("policy", date(2027, 12, 8))
CHRISTMAS, FEBRUARY = meeting("council", date(2027, 12, 9)), meeting("council", date(2028, 2, 24))


def problems_of(meetings: Sequence[Meeting], gone: Sequence[Gone] = ()) -> list[str]:
    found = solve([COMMITTEE, COUNCIL], meetings, [], Calendar(), year=2027, gone=gone)
    return [each.sentence for each in found.problems if each.about == MISSED_PROMISE]


def test_a_promise_that_is_kept_is_not_told() -> None:
    assert problems_of([NOVEMBER, DECEMBER, CHRISTMAS, FEBRUARY]) == []


def test_a_cancelled_committee_meeting_is_named() -> None:
    """S10: “in autumn” adopts in February, because Policy Committee does not meet in November."""
    gone = [Gone(NOVEMBER, "is cancelled")]
    assert problems_of([DECEMBER, CHRISTMAS, FEBRUARY], gone) == [
        "The plan at Council is on 24 February 2028; this way of running the year promises it by "
        "31 December 2027. Policy Committee on 10 November 2027 is cancelled, so “The plan at "
        "Policy Committee” is on 8 December 2027."
    ]


def test_a_meeting_that_would_not_have_helped_is_not_named() -> None:
    """One before the first day that the step asks for has nothing to do with it."""
    gone = [Gone(meeting("policy", date(2027, 10, 13)), "is cancelled")]
    (sentence,) = problems_of([DECEMBER, CHRISTMAS, FEBRUARY], gone)
    assert "cancelled" not in sentence
    assert sentence.endswith("It waits for “The plan at Policy Committee” on 8 December 2027.")


def test_council_itself_without_its_meeting_is_named() -> None:
    """S10: also where nothing is left, and the step has no date."""
    gone = [Gone(CHRISTMAS, "has moved to 13 January 2028")]
    assert problems_of([NOVEMBER, FEBRUARY], gone)[0].endswith(
        "Council on 9 December 2027 has moved to 13 January 2028, so “The plan at Council” is on "
        "24 February 2028."
    )
    (sentence,) = problems_of([NOVEMBER], gone)
    assert sentence.startswith("The plan at Council has no date; this way of running the year")


def test_a_promise_is_a_day_of_the_year() -> None:
    ((key, sentence),) = step_rule_problems([COMMITTEE, replace(COUNCIL, promised_by="Christmas")])
    assert key == "council"
    assert sentence.startswith("“Christmas” is not a day of the year.")


@pytest.mark.parametrize("on", [date(2027, 12, 31), date(2028, 1, 1)])
def test_the_day_itself_still_keeps_the_promise(on: date) -> None:
    assert len(problems_of([NOVEMBER, meeting("council", on)])) == (on.year == 2028)


def test_a_blocker_names_the_meeting_that_was_passed_over() -> None:
    """T7: it named the draft that comes after, and not the Council that was jumped over."""
    draft = StepRule(
        key="draft", title="Delivery Plan drafted", anchor_kind="fixed", anchor="01-17+1",
        predecessors=("council",),
    )  # fmt: skip
    late = [meeting("policy", date(2027, 12, 1)), CHRISTMAS, FEBRUARY]
    found = solve([COMMITTEE, COUNCIL, draft], late, [], Calendar(), year=2027)
    (sentence,) = [each.sentence for each in found.problems if each.step == "draft"]
    assert sentence == (
        "Delivery Plan drafted is due on 17 January 2028, before “The plan at Council” on "
        "24 February 2028, which it needs. Council on 9 December 2027 is passed over: “The plan at "
        "Policy Committee” on 1 December 2027 is not before its report deadline."
    )
