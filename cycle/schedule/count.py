"""Counting a rule's days from a day, and back again. Pure.

The rule that lives here: an offset of 0 is the day itself; working days skip the council's
closures; clear days are the law's (``cycle.calendar``); calendar days count every day; of calendar
clear days every day counts, and neither end does. They are the law's for notices, and a notice is
published on a working day: counted back, it is due on the last one that leaves the days.
"""

from datetime import date, timedelta

from config.rules import StepRule
from cycle.calendar import Calendar

_ONE_DAY = timedelta(days=1)


def counted(rule: StepRule, from_on: date, calendar: Calendar) -> date:
    """The day so many of the rule's days before or after ``from_on``; an offset of 0 is that day.

    Raises BadInput for a day outside the years that the calendar knows.
    """
    return _moved(rule.unit, rule.offset, from_on, calendar)


def counted_back(rule: StepRule, until_on: date, calendar: Calendar) -> date:
    """The last day from which the rule's days, counted on, end by ``until_on``."""
    day = _moved(rule.unit, -rule.offset, until_on, calendar)
    # A day on which nobody works may be stepped over differently forwards and backwards.
    while _moved(rule.unit, rule.offset, day + _ONE_DAY, calendar) <= until_on:
        day += _ONE_DAY
    while _moved(rule.unit, rule.offset, day, calendar) > until_on:
        day -= _ONE_DAY
    return day


def _moved(unit: str, offset: int, day: date, calendar: Calendar) -> date:
    if offset == 0:
        return day
    if unit == "calendar":
        return calendar.add_calendar(day, offset)
    if unit == "calendar_clear":
        if offset > 0:
            return calendar.add_calendar(day, offset + 1)
        return calendar.last_working(calendar.add_calendar(day, offset - 1))
    if unit == "working":
        return calendar.add_working(day, offset)
    if offset < 0:
        return calendar.clear_days_before(day, -offset)
    return calendar.clear_days_after(day, offset)
