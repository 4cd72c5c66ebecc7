"""Working days and clear days: against published agendas, and against a count made another way."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from config.council import Closure
from cycle.calendar import Calendar, read_date
from cycle.errors import BadInput

ENGLAND = Calendar()
CHRISTMAS = Closure(date(2027, 12, 24), date(2028, 1, 3), "Christmas closure")
CLOSED = Calendar(closures=[CHRISTMAS])

DAYS = st.dates(date(2012, 1, 1), date(2031, 12, 31))


def easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = divmod(h + el - 7 * m + 114, 31)
    return date(year, month, day + 1)


def monday(year: int, month: int, *, last: bool) -> date:
    days = [date(year, month, day) for day in range(1, 32) if month != 2 or day < 29]
    mondays = [day for day in days if day.weekday() == 0]
    return mondays[-1 if last else 0]


def substituted(days: list[date]) -> set[date]:
    """Days that fall at a weekend move to the next day that is not one of them already."""
    found: set[date] = set()
    for day in days:
        moved = day
        while moved.weekday() >= 5 or moved in found:
            moved += timedelta(1)
        found.add(moved)
    return found


def bank_holidays(year: int) -> set[date]:
    """The bank holidays of England as GOV.UK lists them, worked out without any package."""
    found = substituted([date(year, 1, 1)])
    found |= substituted([date(year, 12, 25), date(year, 12, 26)])
    found |= {easter(year) - timedelta(2), easter(year) + timedelta(1)}
    found |= {monday(year, 5, last=False), monday(year, 5, last=True), monday(year, 8, last=True)}
    if year == 2012:
        found = found - {date(2012, 5, 28)} | {date(2012, 6, 4), date(2012, 6, 5)}
    if year == 2020:
        found = found - {date(2020, 5, 4)} | {date(2020, 5, 8)}
    if year == 2022:
        found -= {date(2022, 5, 30)}
        found |= {date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19)}
    if year == 2023:
        found |= {date(2023, 5, 8)}
    return found


OFF = set().union(*(bank_holidays(year) for year in range(2011, 2033)))


def counts(day: date) -> bool:
    return day.weekday() < 5 and day not in OFF


@pytest.mark.parametrize(
    ("meeting", "published"),
    [
        ("2020-04-22", "2020-04-14"),  # Lambeth Council: Easter Monday is the day before
        ("2017-01-18", "2017-01-10"),  # Durham Cabinet
        ("2014-12-10", "2014-12-02"),  # Nottinghamshire Policy Committee
        ("2025-02-05", "2025-01-28"),  # Maidstone Cabinet
    ],
)
def test_the_agenda_is_out_on_the_day_on_which_the_council_published_it(meeting, published):
    assert ENGLAND.clear_days_before(read_date(meeting), 5) == read_date(published)


@given(DAYS)
def test_a_day_works_unless_weekend_or_bank_holiday(day):
    assert ENGLAND.is_working(day) == counts(day)


@given(DAYS, st.integers(0, 30))
def test_exactly_so_many_days_count_between_publication_and_meeting(meeting, n):
    published = ENGLAND.clear_days_before(meeting, n)
    between = [published + timedelta(i) for i in range(1, (meeting - published).days)]
    assert counts(published)
    assert sum(counts(day) for day in between) == n
    # and it is the latest such day: a day later there are fewer, or it is no working day
    later = published + timedelta(1)
    rest = [day for day in between if day > later]
    assert not counts(later) or sum(counts(day) for day in rest) < n or later >= meeting


@given(DAYS, st.integers(-60, 60).filter(bool))
def test_adding_working_days_lands_on_the_nth_one(day, n):
    there = ENGLAND.add_working(day, n)
    step = 1 if n > 0 else -1
    passed = [day + timedelta(i) for i in range(step, (there - day).days + step, step)]
    assert counts(there)
    assert sum(counts(each) for each in passed) == abs(n)


@given(DAYS, DAYS)
def test_working_days_between_leave_out_both_ends(first, last):
    between = [first + timedelta(i) for i in range(1, max(0, min((last - first).days, 400)))]
    if (last - first).days <= 400:
        assert ENGLAND.working_between(first, last) == sum(counts(day) for day in between)


def test_adding_no_days_gives_the_day_itself_or_the_next_that_works():
    assert ENGLAND.add_working(date(2027, 11, 10), 0) == date(2027, 11, 10)
    assert ENGLAND.add_working(date(2027, 11, 13), 0) == date(2027, 11, 15)


def test_it_says_why_nobody_works():
    assert CLOSED.why_not_working(date(2027, 11, 13)) == "Saturday"
    assert CLOSED.why_not_working(date(2027, 12, 27)) == "Christmas Day (substitute day)"
    assert CLOSED.why_not_working(date(2027, 12, 30)) == "Christmas closure"
    assert CLOSED.why_not_working(date(2028, 1, 4)) is None


def test_a_closure_moves_our_own_deadline_but_does_not_stop_the_laws_clear_days():
    meeting = date(2028, 1, 12)
    assert CLOSED.without_closures().add_working(meeting, -7) == date(2027, 12, 31)
    assert CLOSED.add_working(meeting, -7) == date(2027, 12, 23)
    early = date(2028, 1, 6)
    # by law 30 December would do, but nobody is there on that day to publish
    assert Calendar().clear_days_before(early, 3) == date(2027, 12, 30)
    assert CLOSED.clear_days_before(early, 3) == date(2027, 12, 23)
    kind = Calendar(closures=[CHRISTMAS], closures_stop_clear_days=True)
    assert kind.clear_days_before(early, 3) == date(2027, 12, 22)


def test_nations_differ_and_a_day_proclaimed_later_can_be_added():
    st_andrew = date(2027, 11, 30)
    assert Calendar("scotland").why_not_working(st_andrew) == "Saint Andrew's Day"
    assert Calendar("wales").is_working(st_andrew)
    added = Calendar(extra_holidays={date(2028, 6, 2): "Jubilee"})
    assert added.why_not_working(date(2028, 6, 2)) == "Jubilee"


def test_calendar_days_count_every_day():
    assert ENGLAND.add_calendar(date(2028, 3, 1), -28) == date(2028, 2, 2)


@pytest.mark.parametrize(
    "text", ["0000-01-01", "10000-01-01", "2027-02-30", "2027-13-01", "10 Nov", "", "२०२७-01-01"]
)
def test_a_date_that_is_none_is_refused_in_a_sentence(text):
    with pytest.raises(BadInput, match=r"\.$"):
        read_date(text)


@pytest.mark.parametrize(
    "count",
    [
        lambda: ENGLAND.add_working(date(2200, 12, 30), 10),
        lambda: ENGLAND.add_working(date(2027, 1, 1), 10**9),
        lambda: ENGLAND.add_working(date(2027, 1, 1), 10**5000),
        lambda: ENGLAND.add_calendar(date(2027, 1, 1), -(10**5)),
        lambda: ENGLAND.add_calendar(date(2027, 1, 1), 10**12),
        lambda: ENGLAND.is_working(date.max),
        lambda: ENGLAND.working_between(date.min, date(2027, 1, 1)),
        lambda: ENGLAND.clear_days_before(date(1900, 1, 2), 5),
        lambda: ENGLAND.clear_days_before(date(2027, 1, 2), -1),
        lambda: Calendar("atlantis"),
        lambda: Calendar(closures=[(date(2027, 1, 2), date(2027, 1, 1))]),
    ],
)
def test_counting_beyond_what_is_known_is_refused_in_a_sentence(count):
    with pytest.raises(BadInput, match=r"\.$"):
        count()
