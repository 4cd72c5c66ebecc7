"""Each unit has its own step, each committee its own meeting, and the join waits for the last."""

from datetime import date, timedelta

from config.rules import StepRule
from cycle.calendar import Calendar
from cycle.schedule.solve import Meeting, PlanUnit, Solution, solve


class CountingCalendar(Calendar):
    """A calendar that knows how often it was asked whether the council works on a day."""

    asked = 0

    def is_working(self, day: date) -> bool:
        CountingCalendar.asked += 1
        return super().is_working(day)


CALENDAR = Calendar()
PLACE = Meeting("service", date(2027, 10, 18), "Place Committee", "", date(2027, 10, 7))
CARE = Meeting("service", date(2027, 10, 25), "Care Committee", "", date(2027, 10, 14))
POLICY = [
    Meeting("policy", on, "Policy Committee", "", CALENDAR.add_working(on, -7))
    for on in (date(2027, 11, 3), date(2027, 11, 10), date(2027, 12, 8))
]


def step(key, anchor_kind="fixed", anchor="09-01", per="year", plan="", **more):
    title = key.replace("_", " ").capitalize()
    return StepRule(
        key=key,
        title=title,
        anchor_kind=anchor_kind,
        anchor=anchor,
        per=per,
        plan_type=plan,
        **more,
    )


def of_plan(key, anchor_kind, anchor, **more):
    return step(key, anchor_kind, anchor, per="plan", plan="service_plan", **more)


# Sue gives guidance; each service drafts, reports to its committee and goes there; Policy Committee
# takes what has been to its own committee, and Council's papers wait for all of them.
RULES = (
    step("guidance"),
    of_plan("draft", "step", "report", offset=-5, predecessors=("guidance",)),
    of_plan("report", "meeting", "service", offset=-7, predecessors=("draft",)),
    of_plan("committee", "meeting", "service", predecessors=("report",)),
    of_plan(
        "policy", "meeting", "policy", which="report_after:committee", predecessors=("committee",)
    ),
    step("papers", "meeting", "policy", which="on:12-08", offset=-7, predecessors=("policy",)),
)
HOUSING = PlanUnit("housing", {"service": ["Place Committee"]})
PARKS = PlanUnit("parks", {"service": ["Place Committee"]})
ADULTS = PlanUnit("adults", {"service": ["Care Committee"]})
CORPORATE = PlanUnit("corporate")


def solved(
    *units: PlanUnit, calendar=CALENDAR, meetings=(PLACE, CARE, *POLICY), **more
) -> Solution:
    return solve(RULES, meetings, [], calendar, year=2027, units={"service_plan": units}, **more)


def due(solution: Solution) -> dict[str, date]:
    return {each.key: each.dated.due_on for each in solution.copies}


def test_the_plan_of_a_unit_goes_by_the_dates_of_its_own_committee():
    found = due(solved(HOUSING, ADULTS))
    assert found["report:housing"] == PLACE.report_due_on
    assert found["committee:housing"] == PLACE.on
    assert found["draft:housing"] == date(2027, 9, 30)
    assert found["committee:adults"] == CARE.on
    assert found["draft:adults"] == date(2027, 10, 7)
    # 3 November's reports are final on 25 October: too soon after Care, in time after Place
    assert found["policy:housing"] == date(2027, 11, 3)
    assert found["policy:adults"] == date(2027, 11, 10)


def test_a_plan_for_all_committees_has_a_copy_at_each_and_the_next_body_waits_for_the_last():
    solution = solved(CORPORATE)
    copies = {each.key: each for each in solution.copies}
    place, care = "committee:corporate:place-committee", "committee:corporate:care-committee"
    assert (copies[place].dated.due_on, copies[care].dated.due_on) == (PLACE.on, CARE.on)
    assert copies["report:corporate:care-committee"].dated.due_on == CARE.report_due_on
    assert copies[care].predecessors == ("report:corporate:care-committee",)
    policy = copies["policy:corporate"]
    assert set(policy.predecessors) == {place, care}
    assert (policy.dated.due_on, policy.dated.starts_on) == (date(2027, 11, 10), CARE.on)
    # Place could meet later and Policy Committee would still have its papers in time.
    assert (copies[place].dated.latest_on, copies[care].dated.latest_on) == (
        date(2027, 11, 1),
        date(2027, 11, 1),
    )
    assert copies[place].dated.float_days > copies[care].dated.float_days > 0


def test_a_step_of_the_council_waits_for_every_unit_and_a_unit_only_for_itself():
    solution = solved(HOUSING, PARKS, ADULTS)
    copies = {each.key: each for each in solution.copies}
    assert set(copies["papers"].predecessors) == {"policy:housing", "policy:parks", "policy:adults"}
    assert copies["papers"].dated.starts_on == date(2027, 11, 10)
    assert copies["report:parks"].predecessors == ("draft:parks",)
    assert copies["draft:parks"].predecessors == ("guidance",)


def test_what_one_unit_has_done_helps_only_that_unit():
    done = {"guidance", "draft:housing", "report:housing"}
    solution = solved(HOUSING, PARKS, as_of=date(2027, 10, 11), done=done)
    late = {each.key for each in solution.copies if each.dated.late_days}
    assert late == {"draft:parks", "report:parks", "committee:parks"}
    sentences = [each.sentence for each in solution.problems]
    assert sentences == [
        "Draft (1 of 2) can no longer be done by 7 October 2027. The first day in reach is "
        "11 October 2027, two working days too late.",
        "Committee (1 of 2): Place Committee on 18 October 2027 can no longer be reached; it is "
        "two working days too late.",
    ]
    both = done | {"draft:parks", "report:parks"}
    assert solved(HOUSING, PARKS, as_of=date(2027, 10, 11), done=both).problems == ()
    decided = both | {"committee:housing", "committee:parks", "policy:housing", "policy:parks"}
    # The papers for 8 December are final on 29 November; what they wait for is there.
    assert solved(HOUSING, PARKS, as_of=date(2027, 11, 29), done=decided).problems == ()


def test_a_committee_of_one_unit_that_does_not_meet_is_told():
    nobody = PlanUnit("nobody", {"service": ["Harbour Committee"]})
    solution = solved(HOUSING, nobody)
    assert "committee:nobody" not in due(solution)
    sentences = [each.sentence for each in solution.problems if each.step == "committee"]
    assert sentences == [
        "Committee has no date. Harbour Committee does not meet between 1 April 2027 and "
        "31 July 2029."
    ]


def test_ten_times_as_many_units_ask_the_calendar_hardly_more():
    def asked(count: int) -> int:
        committees = (["Place Committee"], ["Care Committee"])
        units = [PlanUnit(f"u{n}", {"service": committees[n % 2]}) for n in range(count)]
        CountingCalendar.asked = 0
        solution = solved(*units, calendar=CountingCalendar())
        assert len(solution.copies) == 4 * count + 2
        return CountingCalendar.asked

    few, many = asked(15), asked(150)
    assert many - few < 135 * 4 * 5  # at most five questions for each further step


def test_a_thousand_units_that_wait_for_a_thousand_others_share_what_they_wait_for():
    services = [PlanUnit(f"s{n}") for n in range(1000)]
    teams = [PlanUnit(f"t{n}") for n in range(1000)]
    rules = [
        of_plan("plan", "fixed", "10-01"),
        step("team_plan", anchor="11-01", per="plan", plan="team_plan", predecessors=("plan",)),
    ]
    solution = solve(
        rules, [], [], CALENDAR, year=2027,
        units={"service_plan": services, "team_plan": teams},
    )  # fmt: skip
    team = solution.copies[-1]
    assert (team.key, team.predecessors) == ("team_plan:t999", ("plan",))
    assert team.dated.starts_on == date(2027, 10, 1)
    assert solution.copies[0].dated.latest_on == date(2027, 11, 1)
    assert team.dated.starts_on - timedelta(days=30) < solution.copies[0].dated.starts_on


def test_many_that_wait_for_many_are_in_time_when_all_those_are_done():
    units = [PlanUnit("one"), PlanUnit("two")]
    rules = [
        of_plan("plan", "fixed", "10-01"),
        step("team_plan", "meeting", "policy", per="plan", plan="team_plan", which="on:11-10",
             predecessors=("plan",)),
    ]  # fmt: skip

    def problems(*done: str) -> list[str]:
        after_the_report_deadline = date(2027, 11, 8)
        solution = solve(
            rules, POLICY, [], CALENDAR, year=2027, as_of=after_the_report_deadline, done=done,
            units={"service_plan": units, "team_plan": [PlanUnit("red"), PlanUnit("blue")]},
        )  # fmt: skip
        return [each.step for each in solution.problems]

    assert problems("plan:one", "plan:two") == []
    assert "team_plan" in problems("plan:one")
