"""The days that the law hangs on an election: the notice of it, and the meeting after it. Pure.

The rules that live here: an election's days are those of its own Act, not the council's working
days; days on which the offices are closed count. The poll itself does not count. Numbers, days that
are left out and sources are the table of the law's (``config.law``).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from config import law
from config.council import Event
from config.dates import long_date
from config.law import AnnualMeetingLaw, LawRow
from cycle.calendar import Calendar

NOTICE = "notice_of_election"
ELECTION = "election"
BY_ELECTION = "by_election"
_ONE_DAY = timedelta(days=1)
_MAY = 5
# How far an order may move the ordinary day of elections, to be still taken for that of the year.
_NEAR_THE_ORDINARY_DAY = timedelta(days=60)
# It has both days of Easter among its bank holidays, so that they can be known by name.
_ENGLAND = Calendar("england")


@dataclass(frozen=True)
class NoticeDays:
    """Between which days the notice of an election is published; ``first_on`` where the law has an
    earliest day."""

    first_on: date | None
    last_on: date
    law: LawRow


@dataclass(frozen=True)
class MeetingDays:
    """Between which days, both included, a meeting is to be held; ``usual_on`` where the law names
    a day."""

    first_on: date
    last_on: date
    usual_on: date | None
    law: AnnualMeetingLaw

    @property
    def title(self) -> str:
        """What the meeting is called."""
        return "Annual meeting" if self.law.months else "First meeting after the election"

    @property
    def sentence(self) -> str:
        """What the law asks for, with its source."""
        unconfirmed = "" if self.law.confirmed else ", unconfirmed"
        return (
            f"The law asks for a day from {long_date(self.first_on)} to "
            f"{long_date(self.last_on)} ({self.law.source}{unconfirmed})."
        )


def is_poll(event: Event, kind: str) -> bool:
    """Whether an event is a poll of a kind: for the publicity of an election by-elections too."""
    return event.named(kind) or (kind == ELECTION and event.named(BY_ELECTION))


def notice_days(poll_on: date, calendar: Calendar) -> NoticeDays | None:
    """When the notice of an election on a day must be published; None where no rule is known."""
    row = law.row_for(NOTICE, calendar.nation, poll_on)
    if row is None or row.answer != "days":
        return None
    first_on = days_before(poll_on, row.most_days, row, calendar) if row.most_days else None
    return NoticeDays(first_on, days_before(poll_on, row.days, row, calendar), row)


def days_before(poll_on: date, n: int, row: LawRow, calendar: Calendar) -> date:
    """The n-th day before the poll, of those that its Act counts."""
    day, left = poll_on, n
    while left:
        day -= _ONE_DAY
        left -= _counts(day, row, calendar)
    return day


def _counts(day: date, row: LawRow, calendar: Calendar) -> bool:
    easter = _ENGLAND.holiday(day)
    disregarded = {
        "weekend": day.weekday() >= 5,
        "christmas_eve": (day.month, day.day) == (12, 24),
        "christmas_day": (day.month, day.day) == (12, 25),
        "good_friday": easter == "Good Friday",
        "easter_monday": easter == "Easter Monday",
        "bank_holiday": calendar.holiday(day) is not None,
        "thanksgiving_or_mourning": day in calendar.thanksgiving,
    }
    return not any(disregarded[name] for name in row.left_out)


def annual_meeting(nation: str, year: int, poll_on: date | None) -> MeetingDays | None:
    """When the annual meeting of a calendar year is to be; ``poll_on`` is its ordinary election.

    In Scotland it is the first meeting after an election. None where the law asks for no meeting.
    """
    rule = law.annual_meetings()[nation]
    if poll_on is None:
        if not rule.months:
            return None
        last = date(year, max(rule.months) + 1, 1) - _ONE_DAY
        return MeetingDays(date(year, min(rule.months), 1), last, None, rule)
    retire_on = poll_on + timedelta(days=rule.retires_after)
    by_poll = rule.counted_from == "poll"
    first_on = retire_on if by_poll else retire_on + _ONE_DAY
    last_on = (poll_on if by_poll else retire_on) + timedelta(days=rule.within)
    usual_on = retire_on + timedelta(days=rule.usual_after) if rule.usual_after else None
    return MeetingDays(first_on, last_on, usual_on, rule)


def ordinary_poll(year: int, polls: list[date]) -> date | None:
    """Of these polls the ordinary election of a year: that nearest to the first Thursday in May,
    since an order may move the day; None when all of them are too far from it."""
    ordinary = _first_thursday_in_may(year)
    near = [day for day in polls if abs(day - ordinary) <= _NEAR_THE_ORDINARY_DAY]
    return min(near, key=lambda day: abs(day - ordinary), default=None)


def _first_thursday_in_may(year: int) -> date:
    first = date(year, _MAY, 1)
    return first + timedelta(days=(3 - first.weekday()) % 7)
