"""Moving one meeting shows what moves, who has less time, what breaks and what falls together."""

from dataclasses import replace
from datetime import date

from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.diff import Entry, Timetable, compare
from cycle.schedule.solve import Meeting, Problem, solve

CALENDAR = Calendar()
POLICY = Meeting("policy", date(2027, 11, 10), "Policy Committee", "", date(2027, 11, 1))
COUNCIL = Meeting("council", date(2027, 12, 9), "Council", "", date(2027, 11, 30))


def step(key, anchor_kind="fixed", anchor="10-18", role="mo", **more):
    return StepRule(
        key=key, title=key.capitalize(), anchor_kind=anchor_kind, anchor=anchor, role=role, **more
    )


# Sue prepares the outcomes by a fixed day, Mo drafts from them, Ray reviews; Policy, then Council.
STEPS = (
    step("outcomes", role="sue"),
    step("draft", "step", "review", offset=-3, predecessors=("outcomes",)),
    step("review", "meeting", "policy", offset=-7, role="ray", predecessors=("draft",)),
    step("policy", "meeting", "policy", role="cy", predecessors=("review",)),
    step("council", "meeting", "council", role="cy", predecessors=("policy",)),
)


def timetable(*meetings: Meeting) -> Timetable:
    solution = solve(STEPS, meetings, [], CALENDAR, year=2027)
    entries = [
        Entry(
            each.key,
            rule.title,
            rule.role,
            "",
            each.starts_on,
            each.due_on,
            each.latest_on,
            each.float_days,
        )
        for rule in STEPS
        if (each := solution.dated.get(rule.key))
    ]
    return Timetable(entries, solution.problems, meetings)


def moved_to(on: date, report_due_on: date) -> Meeting:
    return replace(POLICY, on=on, report_due_on=report_due_on)


BEFORE = timetable(POLICY, COUNCIL)


def test_the_same_meetings_differ_in_nothing():
    assert compare(BEFORE, timetable(POLICY, COUNCIL), CALENDAR).nothing


def test_a_meeting_two_days_earlier_takes_two_days_from_those_before_it():
    found = compare(
        BEFORE, timetable(moved_to(date(2027, 11, 8), date(2027, 10, 28)), COUNCIL), CALENDAR
    )
    assert {each.key: each.days for each in found.moved} == {
        "draft": -2,
        "review": -2,
        "policy": -2,
    }
    assert found.moved[0].sentence == (
        "Draft: 25 October 2027 instead of 27 October 2027, two working days earlier."
    )
    assert {each.role: each.days for each in found.less_time} == {"mo": 2, "ray": 2, "cy": 2}
    assert (found.breaches, found.clashes) == ((), ())


def test_who_must_wait_longer_for_what_she_needs_has_less_time_though_her_day_stands():
    later = [replace(each, due_on=date(2027, 10, 20)) for each in BEFORE.entries[:1]]
    draft = replace(BEFORE.entries[1], starts_on=date(2027, 10, 20))
    found = compare(BEFORE, Timetable([*later, draft, *BEFORE.entries[2:]]), CALENDAR)
    assert [(each.role, each.days) for each in found.less_time] == [("mo", 2)]
    assert found.less_time[0].steps[0].due_on == date(2027, 10, 27)


def test_a_meeting_after_councils_report_deadline_breaks_and_going_back_mends():
    late = timetable(moved_to(date(2027, 12, 2), date(2027, 11, 23)), COUNCIL)
    found = compare(BEFORE, late, CALENDAR)
    assert [each.step for each in found.breaches] == ["council"]
    assert "30 November 2027, the report deadline of Council" in found.breaches[0].sentence
    back = compare(late, BEFORE, CALENDAR)
    assert (back.breaches, back.mended) == ((), found.breaches)
    assert {each.key: -each.days for each in back.moved} == {
        each.key: each.days for each in found.moved
    }


def test_a_meeting_that_is_gone_leaves_steps_without_a_date():
    found = compare(BEFORE, timetable(COUNCIL), CALENDAR)
    gone = {each.key: each.sentence for each in found.moved if each.after is None}
    assert gone == {
        "draft": "Draft: no date any more.",
        "review": "Review: no date any more.",
        "policy": "Policy: no date any more.",
    }
    assert all(isinstance(each, Problem) for each in found.breaches)


def test_what_newly_falls_on_one_day_is_a_clash_and_what_always_did_is_none():
    same_day = timetable(moved_to(COUNCIL.on, COUNCIL.report_due_on), COUNCIL)
    found = compare(BEFORE, same_day, CALENDAR)
    assert [(each.on, each.role, each.titles) for each in found.clashes] == [
        (COUNCIL.on, "cy", ("Policy", "Council")),
        (COUNCIL.on, "", ("Council", "Policy Committee")),
    ]
    assert compare(same_day, same_day, CALENDAR).clashes == ()
