"""What the law says of a day, counted by hand from a table of the Acts alone, one day at a time.

Nothing here is shared with the product: no calendar, no table and no count of ours. The bank
holidays are those of ``naive_days``; what a nation leaves out is written as its own rules say it.
"""

from datetime import date, timedelta
from functools import cache

from tests.unit.schedule import naive_days

ONE = timedelta(days=1)
SATURDAY, SUNDAY = 5, 6


@cache
def holidays(nation: str, year: int) -> frozenset[date]:
    """The bank holidays of a nation in a year."""
    return frozenset(naive_days.bank_holidays(nation, year))


def works(nation: str, day: date) -> bool:
    """Neither a weekend nor a bank holiday."""
    return day.weekday() not in (SATURDAY, SUNDAY) and day not in holidays(nation, day.year)


def last_working(nation: str, day: date) -> date:
    """The day, or the last one before it on which a paper can be published."""
    while not works(nation, day):
        day -= ONE
    return day


def clear_working_before(nation: str, meeting: date, n: int) -> date:
    """The last working day with n days that are neither weekend nor holiday before the meeting."""
    day, seen = meeting - ONE, 0
    while seen < n or not works(nation, day):
        seen += works(nation, day)
        day -= ONE
    return day


def clear_working_after(nation: str, day: date, n: int) -> date:
    """The first working day after n that count have passed."""
    day += ONE
    seen = 0
    while seen < n or not works(nation, day):
        seen += works(nation, day)
        day += ONE
    return day


def clear_before(nation: str, meeting: date, n: int) -> date:
    """n whole days of any kind between, out on the last working day that leaves them."""
    day = meeting
    for _ in range(n + 1):
        day -= ONE
    return last_working(nation, day)


def plain_before(nation: str, meeting: date, n: int) -> date:
    """At least n days before: the first of them may be the day of publication."""
    day = meeting
    for _ in range(n):
        day -= ONE
    return last_working(nation, day)


def agenda(nation: str, meeting: date) -> date:
    """The last day for agenda and reports of a council or committee."""
    if nation == "northern-ireland":
        return plain_before(nation, meeting, 5)
    return clear_working_before(nation, meeting, {"england": 5, "wales": 3, "scotland": 3}[nation])


def summons(nation: str, meeting: date) -> date:
    """The last day for the summons to a meeting of the whole council."""
    if nation == "northern-ireland":
        return plain_before(nation, meeting, 3)
    return clear_working_before(nation, meeting, {"england": 5, "wales": 3, "scotland": 3}[nation])


def executive_notice(nation: str, meeting: date) -> date | None:
    """The 28 days for a key decision or a private meeting; None where there is no such rule."""
    if nation == "england" and meeting >= date(2012, 9, 10):
        return clear_before(nation, meeting, 28)
    if nation == "northern-ireland" and meeting >= date(2015, 4, 1):
        return plain_before(nation, meeting, 28)
    return None


def left_out(nation: str, day: date, thanksgiving: frozenset[date] = frozenset()) -> bool:
    """Whether a day is disregarded in the timetable of an election."""
    easter = naive_days.easter(day.year)
    if day.weekday() in (SATURDAY, SUNDAY) or day == easter - ONE - ONE:
        return True
    if day in holidays(nation, day.year):
        return True
    if nation == "northern-ireland":
        return (day.month, day.day) in ((3, 17), (7, 12), (12, 25))
    if (day.month, day.day) in ((12, 24), (12, 25)):
        return True
    if nation == "scotland" and day == easter + ONE:
        return True
    return nation in ("england", "scotland") and day in thanksgiving


def election_days_before(
    nation: str, poll: date, n: int, thanksgiving: frozenset[date] = frozenset()
) -> date:
    """The n-th day before the poll that counts; the poll itself does not."""
    day = poll
    while n:
        day -= ONE
        n -= not left_out(nation, day, thanksgiving)
    return day


def annual_meeting(nation: str, year: int, poll: date | None) -> tuple[date, date] | None:
    """Between which days the annual meeting (in Scotland the first one) is; None without a rule."""
    if nation in ("england", "wales"):
        if poll is None:
            return date(year, 3, 1), date(year, 5, 31)
        retire = poll + 4 * ONE
        return retire + ONE, retire + 21 * ONE
    if nation == "scotland":
        return None if poll is None else (poll + ONE, poll + 21 * ONE)
    if poll is None:
        return date(year, 6, 1), date(year, 6, 30)
    return poll + 4 * ONE, poll + 21 * ONE
