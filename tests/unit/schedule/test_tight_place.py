"""The first place where one late task costs a committee date, on a transition short enough to
count."""

from datetime import date

from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting
from workflows.timetable.inputs import Facts
from workflows.timetable.pinch_point import first_loss

# Policy meets on Wednesdays; its reports are final seven working days before.
NOVEMBER = Meeting("policy", date(2027, 11, 10), "Policy Committee", "", date(2027, 11, 1))
DECEMBER = Meeting("policy", date(2027, 12, 8), "Policy Committee", "", date(2027, 11, 29))
SPRING = date(2027, 5, 4)


def task(key, anchor_kind="fixed", anchor="09-30", **more):
    more = {"lifecycle_task": "do"} | more
    return StepRule(key=key, title=key, anchor_kind=anchor_kind, anchor=anchor, **more)


def facts(*steps):
    return Facts(2027, steps, (NOVEMBER, DECEMBER), {}, (), Calendar(), {}, (), ("policy",))


def loss(*steps):
    return first_loss(facts(*steps), ["policy"], SPRING)


DRAFT = task("draft", anchor="10-20")
POLICY = task("policy", "meeting", "policy", which="first_after:11-01", predecessors=("report",))


def test_the_report_has_no_day_to_spare_before_its_deadline():
    """A day after Monday 1 November the meeting of the 10th is lost, and December's is next."""
    report = task("report", "meeting", "policy", which="first_after:11-01", offset=-7)
    found = loss(DRAFT, report, POLICY)
    assert (found.rule.key, found.days) == ("report", 1)
    assert (found.due_on, found.late_on) == (date(2027, 11, 1), date(2027, 11, 2))
    assert (found.meeting.due_on, found.meeting.reached_on) == (NOVEMBER.on, DECEMBER.on)


def test_the_first_in_time_of_those_that_stand_as_many_days():
    """The report can be three days late, and so can the draft of the same day that it needs."""
    draft = task("draft", anchor="10-27")
    report = task("report", anchor="10-27", predecessors=("draft",))
    found = loss(report, draft, POLICY)
    # From Wednesday 27 October three working days lead to the deadline, Monday 1 November.
    assert (found.days, found.late_on) == (4, date(2027, 11, 2))
    assert found.rule.key == "draft"


def test_as_few_days_late_as_will_do_it_before_the_first_in_time():
    draft = task("draft", anchor="10-01")
    report = task("report", anchor="10-29", predecessors=("draft",))
    found = loss(draft, report, POLICY)
    assert (found.rule.key, found.days) == ("report", 2)


def test_what_nobody_does_is_never_late():
    """A step without a task, and what the meeting itself does."""
    report = task("report", "meeting", "policy", which="first_after:11-01", offset=-7)
    report = StepRule(**{**vars(report), "lifecycle_task": ""})
    assert loss(report, POLICY) is None


def test_a_meeting_that_could_never_be_reached_is_not_lost_by_anybody():
    """In spring it is May already; the papers for April are past help."""
    april = Meeting("policy", date(2027, 5, 5), "Policy Committee", "", date(2027, 4, 26))
    steps = (
        task("report", "meeting", "policy", offset=-7),
        task("policy", "meeting", "policy", predecessors=("report",)),
    )
    known = Facts(2027, steps, (april, NOVEMBER), {}, (), Calendar(), {}, (), ("policy",))
    assert first_loss(known, ["policy"], SPRING) is None


def test_four_weeks_late_without_harm_is_no_tight_place():
    assert loss(task("report", anchor="09-20"), POLICY) is None
