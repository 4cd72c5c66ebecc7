"""Days counted by hand, one at a time, from the rules of the bank holidays themselves.

Nothing here is shared with the product: no calendar of ours, no library of holidays. Rules: Banking
and Financial Dealings Act 1971 Sch. 1; the days proclaimed since 2012 are listed.
"""

from datetime import date, timedelta

ONE = timedelta(days=1)
ALL = ("england", "wales", "scotland", "northern-ireland")
PROCLAIMED = {
    date(2012, 6, 5): ALL,  # Diamond Jubilee; the spring holiday moved to the day before
    date(2022, 6, 3): ALL,  # Platinum Jubilee, likewise
    date(2022, 9, 19): ALL,  # State Funeral of Queen Elizabeth II
    date(2023, 5, 8): ALL,  # Coronation of King Charles III
    date(2026, 6, 15): ("scotland",),  # the men's football team at the World Cup
}
SPRING_MOVED = {2012: date(2012, 6, 4), 2022: date(2022, 6, 2)}
MAY_MOVED = {2020: date(2020, 5, 8)}  # VE Day


def easter(year: int) -> date:
    """Easter Sunday: the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def monday(year: int, month: int, last: bool) -> date:
    """The first or the last Monday of a month."""
    days = [date(year, month, n) for n in range(1, 31 if month in (4, 6, 9, 11) else 32)]
    mondays = [day for day in days if day.weekday() == 0]
    return mondays[-1] if last else mondays[0]


def bank_holidays(nation: str, year: int) -> set[date]:
    """The days off in a nation; what falls on a weekend is had on the next free weekday."""
    fixed = [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)]
    found = {easter(year) - 2 * ONE, MAY_MOVED.get(year, monday(year, 5, False))}
    found.add(SPRING_MOVED.get(year, monday(year, 5, True)))
    found.add(monday(year, 8, nation != "scotland"))
    if nation == "scotland":
        fixed += [date(year, 1, 2), date(year, 11, 30)]
    else:
        found.add(easter(year) + ONE)
    if nation == "northern-ireland":
        fixed += [date(year, 3, 17), date(year, 7, 12)]
    found |= {day for day, nations in PROCLAIMED.items() if nation in nations and day.year == year}
    found |= {day for day in fixed if day.weekday() < 5}
    for day in sorted(each for each in fixed if each.weekday() >= 5):
        while day.weekday() >= 5 or day in found:
            day += ONE
        found.add(day)
    return found


def works(nation: str, day: date) -> bool:
    """Whether people work on the day."""
    return day.weekday() < 5 and day not in bank_holidays(nation, day.year)


def working_before(nation: str, meeting: date, n: int) -> date:
    """The n-th working day before a meeting."""
    day = meeting
    while n:
        day -= ONE
        n -= works(nation, day)
    return day


def clear_before(nation: str, meeting: date, n: int) -> date:
    """The latest working day with n working days strictly between it and a meeting."""
    day = meeting - ONE
    while not (works(nation, day) and between(nation, day, meeting) >= n):
        day -= ONE
    return day


def between(nation: str, first: date, last: date) -> int:
    """How many working days lie strictly between two days."""
    count, day = 0, first + ONE
    while day < last:
        count += works(nation, day)
        day += ONE
    return count
