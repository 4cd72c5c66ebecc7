"""Which meetings a file may say: the checks shared by every file of meetings (contracts.md).

The rule that lives here: a file's meetings are imported whole or not at all. Each is of a body that
is known, on a day on which the council works, and the only one of its body on that day. Whatever
is wrong is told with its row and column, all at once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from config.checks.council import check_once_a_day
from config.council_files import Row, read_csv, read_text
from config.council_loading import meeting
from config.dates import WEEKDAYS, long_date, shortened
from config.problems import ProblemList
from config.rhythm import Meeting
from config.written_days import plain
from cycle.calendar import Calendar


@dataclass(frozen=True)
class Placed:
    """A meeting and the row that says it."""

    meeting: Meeting
    row: Row


def read_file(
    path: Path,
    calendar: Calendar,
    bodies: Mapping[str, str],
    known: Collection[tuple[str, date]] = (),
) -> tuple[Meeting, ...]:
    """The meetings of a CSV file ``body,date,time,kind``, checked.

    ``bodies`` and ``known`` as in ``checked``. Raises Problems with every problem; then there is
    no meeting.
    """
    noted = ProblemList()
    text = read_text(path, noted)
    rows = read_csv(path.name, text, noted) if text is not None else []
    found = checked(rows, calendar, bodies, known)
    noted.raise_any()
    return tuple(each.meeting for each in found)


def checked(
    rows: Sequence[Row],
    calendar: Calendar,
    bodies: Mapping[str, str],
    known: Collection[tuple[str, date]] = (),
) -> list[Placed]:
    """The meetings that the rows say; each problem is noted at its row and column.

    ``bodies`` gives the body's key for each way to write it; capitals make no difference. A day
    that a body is ``known`` to meet on is not questioned again.
    """
    spelt = {as_compared(spelling): key for spelling, key in bodies.items()}
    found = []
    for row in rows:
        parsed = meeting(row, _body(row, spelt))
        row.check_names()
        if parsed is not None:
            found.append(Placed(parsed, row))
    for each in found:
        if (each.meeting.body, each.meeting.on) in known:
            continue
        _check_day(each.meeting.on, each.row, calendar)
    check_once_a_day((each.meeting for each in found), [each.row for each in found])
    return found


def as_compared(name: str) -> str:
    """A name as names are compared: small letters, plain spaces, "and" for "&", without "the"."""
    words = plain(name).casefold().replace("&", " and ").replace("’", "'")
    return " ".join(words.split()).removeprefix("the ")


def names(kind: str, name: str, short_name: str) -> list[str]:
    """How people write the name of a body: the council meeting is also "Full Council"."""
    full = ["Full Council", f"Full {name}"] if kind == "council" else []
    return [name, short_name, *full]


def spellings(bodies: Iterable[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Every way to write a body, as compared, from (key, names); one that two share is none."""
    found: dict[str, set[str]] = {}
    for key, names in bodies:
        for name in (key, *names):
            found.setdefault(as_compared(name), set()).add(key)
    return {name: keys.pop() for name, keys in found.items() if len(keys) == 1}


def _body(row: Row, spelt: Mapping[str, str]) -> str | None:
    spelling = row.text("body", needed=True)
    if not spelling:
        return None
    key = spelt.get(as_compared(spelling))
    if key is None:
        names = ", ".join(sorted(set(spelt.values())))
        row.problem("body", f"There is no body “{shortened(spelling)}”. Write one of: {names}.")
    return key


def _check_day(on: date, row: Row, calendar: Calendar) -> None:
    """Note a meeting on a day on which nobody works, with the day's name."""
    why = why_not_working(on, calendar)
    if why is not None:
        row.problem("date", why)


def why_not_working(on: date, calendar: Calendar) -> str | None:
    """A sentence for a day on which nobody works, with the day's name; nothing for another."""
    why = calendar.why_not_working(on)
    if why is None:
        return None
    if on.weekday() >= 5:
        return f"{long_date(on)} is a {WEEKDAYS[on.weekday()]}. Check the date."
    if calendar.holiday(on):
        return f"{long_date(on)} is a bank holiday ({why}). Give another day."
    return f"The council is closed on {long_date(on)} ({why}). Give another day."
