"""Each nation has its own law of days, and none has another's; agreed with a count by hand."""

from datetime import date, timedelta

import pytest

from config import framework_loader, law
from config.choices import limits_that_apply
from config.council import Event
from config.framework import Framework
from config.governance import EXECUTIVE
from config.law import NATIONS
from cycle import clock
from cycle.calendar import Calendar
from cycle.schedule import elections
from cycle.schedule.deadlines import Deadline, careful_day, day_of, deadlines, exists, in_force
from cycle.schedule.solve import Meeting, Problem, solve
from tests.unit.law import naive_law
from workflows.framework import meeting_law

CABINET = framework_loader.load("stockton-pmf")
CALENDARS = {nation: Calendar(nation) for nation in NATIONS}
FIRST, LAST = date(2012, 1, 1), date(2031, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
# The day from which the law of agendas is known in each nation.
AGENDAS_FROM = {"northern-ireland": date(2014, 6, 2)}
EXECUTIVE_NOTICES = ("key_decision_notice", "private_meeting_notice")


def of(
    nation: str, meeting: date, kind: str = "council", framework: Framework = CABINET, **facts
) -> dict[str, Deadline]:
    """The deadlines of a meeting by key."""
    calendar = Calendar(nation, **facts) if facts else CALENDARS[nation]
    found = deadlines(framework.day_rules, kind, kind, meeting, calendar)
    return {each.key: each for each in found}


def one(key: str, nation: str, meeting: date, kind: str) -> date | None:
    """The day of one rule by the law; None where the nation has none, or none is known."""
    row = law.row_for(key, nation, meeting, kind)
    if row is None or row.answer != "days":
        return None
    rule = CABINET.day_rules[key]
    assert exists(rule, nation, meeting, kind)
    return day_of(in_force(rule, nation, meeting, kind), meeting, CALENDARS[nation])


# The cases of the law's table -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nation", "meeting", "kind", "key", "on"),
    [
        ("england", date(2027, 4, 6), "committee", "agenda_published", date(2027, 3, 25)),
        ("wales", date(2027, 4, 6), "committee", "agenda_published", date(2027, 3, 31)),
        ("scotland", date(2026, 12, 3), "council", "agenda_published", date(2026, 11, 26)),
        ("northern-ireland", date(2027, 3, 5), "council", "agenda_published", date(2027, 2, 26)),
        ("northern-ireland", date(2027, 3, 5), "council", "summons", date(2027, 3, 2)),
        ("england", date(2027, 4, 26), "cabinet", "key_decision_notice", date(2027, 3, 25)),
    ],
)
def test_each_nation_has_its_own_days(nation, meeting, kind, key, on):
    """Fault D2: Scotland's three clear days, Northern Ireland's plain ones, each with its Act."""
    assert of(nation, meeting, kind)[key].on == on


def test_northern_ireland_is_warned_at_the_careful_day_as_well():
    """Fault D2: it was not found how the Act counts, so both days are told."""
    agenda = of("northern-ireland", date(2027, 3, 5))["agenda_published"]
    assert "Counted with care, without weekends and holidays: 25 February 2027." in agenda.note
    rule = CABINET.day_rules["summons"]
    calendar = CALENDARS["northern-ireland"]
    assert careful_day(rule, date(2027, 3, 5), calendar, "council") == date(2027, 3, 1)


def test_a_meeting_called_between_the_two_days_is_told_of_both():
    """Fault D2: on the careful day itself, and once the plain one has passed, it is not said."""
    careful = (
        "Counted with care, papers for 5 March 2027 had to be published by 25 February 2027; by "
        "the plain count there is time until 26 February 2027."
    )
    warned = {}
    for day in (25, 26, 27):
        with clock.set_to(clock.at_local(date(2027, 2, day))):
            given = (CABINET, CALENDARS["northern-ireland"], "council", date(2027, 3, 5))
            warned[day] = " ".join(meeting_law._papers(*given))
    assert careful in warned[26]
    assert careful not in warned[25]
    assert careful not in warned[27]


def test_a_key_decision_says_the_stricter_day_as_well():
    notice = of("england", date(2027, 4, 26), "cabinet")["key_decision_notice"]
    assert "12 March 2027" in notice.note


def test_the_notice_of_a_monday_cabinet_is_due_on_a_working_day():
    """Fault D6: 28 clear days before Monday 26 April 2027 end on Easter Sunday."""
    notice = of("england", date(2027, 4, 26), "cabinet")["key_decision_notice"]
    assert notice.on == date(2027, 3, 25)
    assert len(notice.counted) == 28
    assert [each.why for each in notice.skipped] == ["Good Friday", "Saturday", "Sunday"]


def test_a_notice_is_not_due_on_a_day_on_which_the_offices_are_closed():
    """Fault D6, its sibling: nobody can publish on a closed day either."""
    closed = [(date(2027, 3, 24), date(2027, 3, 25))]
    notice = of("england", date(2027, 4, 26), "cabinet", closures=closed)["key_decision_notice"]
    assert notice.on == date(2027, 3, 23)


@pytest.mark.parametrize("nation", ["wales", "scotland"])
def test_an_executives_english_rules_are_no_deadlines_elsewhere(nation):
    """Fault D2: SI 2012/2089 is England's alone."""
    found = of(nation, date(2027, 4, 26), "cabinet")
    assert not found.keys() & {*EXECUTIVE_NOTICES, "general_exception_notice"}


def test_without_call_in_nothing_waits_for_its_end():
    """Fault D2: LGA 2000 s.9F is England's; Scotland has nothing in statute."""
    found = of("scotland", date(2027, 4, 26), "cabinet")
    assert not found.keys() & {"call_in_ends", "effective"}
    wales = of("wales", date(2027, 4, 26), "cabinet")
    assert "s.21(3)" in wales["call_in_ends"].source
    assert "unconfirmed" in wales["call_in_ends"].note
    assert "s.9F" in of("england", date(2027, 4, 26), "cabinet")["call_in_ends"].source


@pytest.mark.parametrize("key", framework_loader.available())
@pytest.mark.parametrize("nation", [each for each in NATIONS if each != "england"])
def test_no_deadline_cites_englands_regulations_in_another_nation(key, nation):
    """Fault D2, in every framework that comes with the product."""
    framework = framework_loader.load(key)
    for kind in ("council", "cabinet", "committee"):
        for each in of(nation, date(2027, 4, 26), kind, framework).values():
            cited = each.source.split("compare")[0]
            assert "2012/2089" not in cited, each.key
            assert "s.9F" not in cited, each.key


@pytest.mark.parametrize(
    ("nation", "kept"),
    [
        ("england", {"budget_before_11_march", "budget_second_meeting", "pre_election_period"}),
        ("wales", {"budget_before_11_march", "pre_election_period"}),
        ("scotland", {"tax_before_11_march_scotland", "pre_election_period"}),
        ("northern-ireland", {"rates_by_15_february"}),
    ],
)
def test_limits_are_those_of_the_nation(nation, kept):
    """Fault D2: SI 2001/3384 is England's, the Act of 1986 Great Britain's."""
    found = limits_that_apply(CABINET, {"bills_council_tax": True}, EXECUTIVE, nation)
    assert {each.key for each in found} - {"plan_second_meeting"} == kept


# Elections ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nation", "poll", "first", "last"),
    [
        ("england", date(2027, 5, 6), None, date(2027, 3, 31)),
        ("northern-ireland", date(2027, 5, 6), None, date(2027, 3, 31)),
        ("scotland", date(2027, 5, 6), date(2027, 3, 15), date(2027, 3, 24)),
        # As they were published then.
        ("england", date(2023, 5, 4), None, date(2023, 3, 27)),
        ("england", date(2024, 5, 2), None, date(2024, 3, 26)),
        ("northern-ireland", date(2011, 5, 5), None, date(2011, 3, 25)),
        ("scotland", date(2022, 5, 5), date(2022, 3, 14), date(2022, 3, 23)),
    ],
)
def test_the_notice_of_election_is_the_acts_own_day(nation, poll, first, last):
    """Fault D1: with the days that councils published for these polls."""
    days = elections.notice_days(poll, Calendar(nation))
    assert days is not None
    assert (days.first_on, days.last_on) == (first, last)


def test_the_councils_closures_do_not_move_the_notice_of_election():
    """Fault D1: it was counted in the council's own working days."""
    closed = Calendar("england", [(date(2027, 4, 12), date(2027, 4, 16))])
    days = elections.notice_days(date(2027, 5, 6), closed)
    assert days is not None
    assert days.last_on == date(2027, 3, 31)


def test_a_day_of_thanksgiving_counts_in_wales_alone():
    """Fault D1: Wales's list of days that are left out lacks it."""
    thanked = frozenset({date(2027, 4, 14)})
    found = {}
    for nation in ("england", "wales"):
        days = elections.notice_days(date(2027, 5, 6), Calendar(nation, thanksgiving=thanked))
        assert days is not None
        found[nation] = days.last_on
    assert found == {"england": date(2027, 3, 30), "wales": date(2027, 3, 31)}


def test_christmas_eve_is_a_working_day_that_an_election_leaves_out():
    """Fault D1: a poll of 13 January 2028."""
    poll = date(2028, 1, 13)
    days = elections.notice_days(poll, CALENDARS["england"])
    assert days is not None
    assert days.last_on == naive_law.election_days_before("england", poll, 25)
    assert days.last_on == CALENDARS["england"].add_working(poll, -26)


def sensitive(nation: str, poll: str, on: date, closures=()) -> list[Problem]:
    """What is said of a step at Cabinet on a day, with a poll on 6 May 2027."""
    limit = next(each for each in CABINET.limits.values() if each.kind == "sensitive")
    rule = next(
        rule
        for pattern in CABINET.years
        for rule in pattern.steps
        if rule.anchor_kind == "meeting" and rule.anchor == "cabinet" and not rule.offset
    )
    solution = solve(
        [type(rule)(key="decided", title="Decided", anchor_kind="meeting", anchor="cabinet")],
        [Meeting("cabinet", on, "Cabinet")],
        [Event(poll, date(2027, 5, 6), "Council elections")],
        Calendar(nation, closures),
        year=2026,
        limits=[limit],
        public=["cabinet"],
    )
    return [each for each in solution.problems if "pre-election" in each.sentence]


def test_the_pre_election_period_begins_on_the_acts_own_day():
    """Fault D1: a closure in April made it begin a week early, and Scotland had England's days."""
    closed = [(date(2027, 4, 12), date(2027, 4, 16))]
    assert sensitive("england", "election_2027", date(2027, 3, 30), closed) == []
    assert len(sensitive("england", "election_2027", date(2027, 3, 31), closed)) == 1
    assert len(sensitive("scotland", "election_2027", date(2027, 3, 24))) == 1
    assert sensitive("scotland", "election_2027", date(2027, 3, 23)) == []


def test_a_by_election_has_its_period_too():
    assert len(sensitive("england", "by_election_2027_05_06", date(2027, 4, 20))) == 1


@pytest.mark.parametrize(
    ("nation", "first", "last", "usual"),
    [
        ("england", date(2027, 5, 11), date(2027, 5, 31), date(2027, 5, 18)),
        ("wales", date(2027, 5, 11), date(2027, 5, 31), date(2027, 5, 18)),
        ("scotland", date(2027, 5, 7), date(2027, 5, 27), None),
        ("northern-ireland", date(2027, 5, 10), date(2027, 5, 27), None),
    ],
)
def test_the_annual_meeting_follows_the_poll_as_each_act_says(nation, first, last, usual):
    """Fault D4."""
    days = elections.annual_meeting(nation, 2027, date(2027, 5, 6))
    assert days is not None
    assert (days.first_on, days.last_on, days.usual_on) == (first, last, usual)


def test_the_ordinary_election_is_the_one_near_the_first_thursday_in_may():
    """Fault D4: a by-election in November asks for no annual meeting."""
    polls = [date(2027, 11, 18), date(2027, 5, 13)]
    assert elections.ordinary_poll(2027, polls) == date(2027, 5, 13)
    assert elections.ordinary_poll(2028, polls) is None


# What was read in the law itself ------------------------------------------------------------------

# By rule: nation, kinds of body, first day and last day of every row that says something and was
# read in the law itself, or on the page of the Act or Regulations. The rest is marked.
READ = {
    "agenda_published": [
        ("england", "cabinet", "2012-09-10", ""),
        ("england", "", "2002-10-01", ""),
        ("england", "", "", "2002-10-01"),
        ("wales", "", "2021-05-01", ""),
        ("wales", "", "", "2021-05-01"),
        ("northern-ireland", "", "2014-06-02", ""),
    ],
    "summons": [
        ("scotland", "council", "", ""),
        ("northern-ireland", "council", "2014-06-02", ""),
    ],
    "private_meeting_notice": [
        ("england", "cabinet", "2012-09-10", ""),
        ("wales", "cabinet", "", ""),
        ("scotland", "", "", ""),
        ("northern-ireland", "cabinet", "2015-04-01", ""),
    ],
    "second_private_notice": [
        ("england", "cabinet", "2012-09-10", ""),
        ("wales", "cabinet", "", ""),
        ("scotland", "", "", ""),
        ("northern-ireland", "cabinet", "2015-04-01", ""),
    ],
    "key_decision_notice": [
        ("england", "cabinet", "2012-09-10", ""),
        ("wales", "cabinet", "", ""),
        ("scotland", "", "", ""),
    ],
    "general_exception_notice": [
        ("england", "cabinet", "2012-09-10", ""),
        ("wales", "cabinet", "", ""),
        ("scotland", "", "", ""),
    ],
    "decision_published": [
        ("england", "cabinet", "2012-09-10", ""),
        ("scotland", "cabinet", "", ""),
    ],
    "call_in_ends": [],
    "notice_of_election": [("england", "", "", "")],
    "publicity_before_an_election": [],
    "ordinary_elections": [
        ("england", "", "", ""),
        ("scotland", "", "", ""),
        ("northern-ireland", "", "", ""),
    ],
}


def test_only_what_was_read_in_the_law_counts_as_confirmed():
    """What councils, news and practice say of the law is marked, however likely it is."""
    found = {
        key: [
            (row.nation, " ".join(row.kinds), row.from_on, row.until_on)
            for row in rule.rows
            if row.confirmed and row.answer != "unknown"
        ]
        for key, rule in law.rules().items()
    }
    assert found == READ
    annual = {nation for nation, row in law.annual_meetings().items() if row.confirmed}
    assert annual == {"england", "scotland", "northern-ireland"}


# Every day of twenty years ------------------------------------------------------------------------


@pytest.mark.parametrize("nation", list(NATIONS))
def test_every_day_of_twenty_years_agrees_with_a_count_by_hand(nation):
    """Faults D2, D6: agendas, summonses, key decisions and private meetings."""
    for meeting in EVERY_DAY:
        if meeting >= AGENDAS_FROM.get(nation, FIRST):
            by_hand = naive_law.agenda(nation, meeting)
            assert one("agenda_published", nation, meeting, "council") == by_hand, meeting
            by_hand = naive_law.summons(nation, meeting)
            assert one("summons", nation, meeting, "council") == by_hand, meeting
        notice = naive_law.executive_notice(nation, meeting)
        for key in EXECUTIVE_NOTICES:
            assert one(key, nation, meeting, "cabinet") == notice, meeting


@pytest.mark.parametrize("nation", list(NATIONS))
def test_every_poll_of_twenty_years_agrees_with_a_count_by_hand(nation):
    """Fault D1."""
    for poll in EVERY_DAY:
        days = elections.notice_days(poll, CALENDARS[nation])
        assert days is not None
        last = 28 if nation == "scotland" else 25
        assert days.last_on == naive_law.election_days_before(nation, poll, last), poll
        if nation == "scotland":
            assert days.first_on == naive_law.election_days_before(nation, poll, 35), poll


@pytest.mark.parametrize("nation", list(NATIONS))
def test_every_annual_meeting_of_twenty_years_agrees_with_a_count_by_hand(nation):
    """Fault D4."""
    for year in range(2012, 2032):
        for poll in (None, *(date(year, 5, n) for n in range(1, 8))):
            days = elections.annual_meeting(nation, year, poll)
            found = (days.first_on, days.last_on) if days else None
            assert found == naive_law.annual_meeting(nation, year, poll), (year, poll)


def test_english_general_exceptions_wait_five_clear_days():
    """SI 2012/2089 reg. 10: notice on Thursday 25 March 2027, not before Tuesday 6 April."""
    assert CALENDARS["england"].clear_days_after(date(2027, 3, 25), 5) == date(2027, 4, 6)
    for day in EVERY_DAY:
        by_hand = naive_law.clear_working_after("england", day, 5)
        assert CALENDARS["england"].clear_days_after(day, 5) == by_hand, day
