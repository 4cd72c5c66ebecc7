"""The words with which a date says why it is that date.

"Seven working days before Policy Committee on 12 January 2028. 3 January is a bank holiday. The
council is closed from 24 December 2027 to 31 December 2027."
"""

from collections.abc import Sequence
from datetime import date

from config.dates import long_date
from config.rules import StepRule
from cycle.calendar import Calendar

NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip
UNITS = {
    "working": "working day",
    "clear": "clear day",
    "calendar": "calendar day",
    "calendar_clear": "clear calendar day",
}


def reasons(
    rule: StepRule,
    anchor: str,
    from_on: date,
    due_on: date,
    calendar: Calendar,
    by_law: Calendar,
) -> list[str]:
    """Why the step is due then: how it is counted from ``anchor``, and which days did not count.

    ``by_law`` is the calendar as if the council never closed.
    """
    sentences = [_counting(rule, anchor)]
    if rule.unit in ("calendar", "calendar_clear") or rule.offset == 0:
        return sentences
    skipped = calendar.days_between(*sorted((due_on, from_on)))[1]
    bank_holidays = [day for day in skipped if day.weekday() < 5 and calendar.holiday(day)]
    if bank_holidays:
        ending = "is a bank holiday" if len(bank_holidays) == 1 else "are bank holidays"
        sentences.append(f"{days_listed(bank_holidays)} {ending}.")
    # For clear days only a publication day that had to move for the closure is worth a sentence.
    closed = [day for day in skipped if by_law.is_working(day)]
    if len(closed) == 1:
        sentences.append(f"The council is closed on {long_date(closed[0])}.")
    elif closed:
        ends = f"from {long_date(closed[0])} to {long_date(closed[-1])}"
        sentences.append(f"The council is closed {ends}.")
    return sentences


def why_closed(calendar: Calendar, day: date) -> str | None:
    """ "it is a Sunday", "it is Good Friday", "the council is closed"; nothing on a working day."""
    why = calendar.why_not_working(day)
    if why is None:
        return None
    if day.weekday() >= 5:
        return f"it is a {why}"
    return f"it is {why}" if calendar.holiday(day) else "the council is closed"


def working_days(days: int) -> str:
    """one working day; 12 working days."""
    return days_in_words(days, "working")


def days_in_words(days: int, unit: str) -> str:
    """seven working days; one clear day; 28 clear calendar days."""
    count = NUMBERS[days] if days < len(NUMBERS) else str(days)
    return f"{count} {UNITS[unit]}{'' if days == 1 else 's'}"


def days_listed(days: Sequence[date]) -> str:
    """25 and 28 December; 27 and 28 December and 3 January; 2, 6 and 27 May."""
    months: dict[str, list[str]] = {}
    for day in days:
        number, month, _year = long_date(day).split()
        months.setdefault(month, []).append(number)
    return _joined([f"{_joined(numbers)} {month}" for month, numbers in months.items()])


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _counting(rule: StepRule, anchor: str) -> str:
    if rule.offset == 0:
        on_the_day = {"fixed": "Set for", "meeting": "At"}
        return f"{on_the_day.get(rule.anchor_kind, 'The same day as')} {anchor}."
    direction = "before" if rule.offset < 0 else "after"
    sentence = f"{days_in_words(abs(rule.offset), rule.unit)} {direction} {anchor}."
    return f"{rule.at}, {sentence}" if rule.at else sentence[0].upper() + sentence[1:]
