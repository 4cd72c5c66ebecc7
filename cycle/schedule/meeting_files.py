"""Which meetings a file may say: the checks shared by every file of meetings (contracts.md).

The rule that lives here: a file's meetings are taken in whole or not at all. Each is of a body that
is known, on a day on which the council works, and the only one of its body on that day. Whatever
is wrong is told with its row and column, all at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from config.checks.council import check_once_a_day
from config.council_files import Row, read_csv, read_text
from config.council_loading import meeting
from config.dates import WEEKDAYS, long_date, shortened
from config.problems import ProblemList
from config.rhythm import Meeting
from cycle.calendar import Calendar

COLUMNS = ("body", "date", "time", "kind")


@dataclass(frozen=True)
class Placed:
    """A meeting and the row that says it."""

    meeting: Meeting
    row: Row


def read_file(path: Path, calendar: Calendar, bodies: Mapping[str, str]) -> tuple[Meeting, ...]:
    """The meetings of a CSV file ``body,date,time,kind``, checked.

    ``bodies`` as in ``checked``. Raises Problems with every problem; then there is no meeting.
    """
    noted = ProblemList()
    text = read_text(path, noted)
    rows = read_csv(path.name, text, noted) if text is not None else []
    found = checked(rows, calendar, bodies)
    noted.raise_any()
    return tuple(each.meeting for each in found)


def checked(rows: Sequence[Row], calendar: Calendar, bodies: Mapping[str, str]) -> list[Placed]:
    """The meetings that the rows say; each problem is noted at its row and column.

    ``bodies`` gives the body's key for each way to write it; capitals make no difference.
    """
    spelt = {spelling.casefold(): key for spelling, key in bodies.items()}
    found = []
    for row in rows:
        said = meeting(row, _body(row, spelt))
        row.check_names()
        if said is not None:
            found.append(Placed(said, row))
    for each in found:
        _check_day(each.meeting.on, each.row, calendar)
    check_once_a_day((each.meeting for each in found), [each.row for each in found])
    return found


def spellings(bodies: Iterable[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Every way to write a body, from (key, names); a way that two bodies share is none."""
    found: dict[str, set[str]] = {}
    for key, names in bodies:
        for name in (key, *names):
            found.setdefault(name.casefold(), set()).add(key)
    return {name: keys.pop() for name, keys in found.items() if len(keys) == 1}


def _body(row: Row, spelt: Mapping[str, str]) -> str | None:
    said = row.text("body", needed=True)
    if not said:
        return None
    key = spelt.get(said.casefold())
    if key is None:
        names = ", ".join(sorted(set(spelt.values())))
        row.problem("body", f"There is no body “{shortened(said)}”. Write one of: {names}.")
    return key


def _check_day(on: date, row: Row, calendar: Calendar) -> None:
    """Note a meeting on a day on which nobody works, with the day's name."""
    why = calendar.why_not_working(on)
    if why is None:
        return
    if on.weekday() >= 5:
        row.problem("date", f"{long_date(on)} is a {WEEKDAYS[on.weekday()]}. Check the date.")
    elif calendar.holiday(on):
        row.problem("date", f"{long_date(on)} is a bank holiday ({why}). Give another day.")
    else:
        row.problem("date", f"The council is closed on {long_date(on)} ({why}). Give another day.")
