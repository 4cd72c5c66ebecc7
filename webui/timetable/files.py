"""A timetable as CSV, XLSX and iCalendar: one line for each plan of each step.

The rule that lives here: a file has what the page has, for the same person and the same filters; a
plan that is not open to all is called that in a calendar, since calendars are shared (SR-33).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from notifications import feeds
from notifications.feeds import Entry, Stamp
from workflows.files import tables
from workflows.files.tables import Column
from workflows.timetable.reading_rows import PlanMark, Row

COLUMNS: Sequence[Column] = (
    ("By", 18),
    ("What", 48),
    ("Plan", 48),
    ("Reference", 20),
    ("Who", 28),
    ("Post or role", 28),
    ("Stands", 12),
    ("Can begin", 18),
    ("Last day that harms nothing", 18),
    ("Working days to spare", 12),
    ("No day to spare", 12),
    ("Issued date, where it moved", 18),
    ("Body", 28),
    ("Meeting", 18),
    ("Why this date", 80),
)
STANDS = {"late": "Late", "open": "To do", "ahead": "Ahead", "done": "Done", "past": "Past"}


def lines(found: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """The cells of a table, a line for each plan of each row."""
    for row in found:
        plans: Sequence[PlanMark | None] = row.plans or [None]
        for plan in plans:
            yield (
                row.due_on,
                row.title,
                plan.title if plan else "",
                plan.ref if plan else "",
                plan.who if plan else row.who,
                row.role,
                STANDS[row.stands],
                row.starts_on,
                row.latest_on,
                row.float_days,
                "yes" if row.critical else "",
                row.was_on,
                row.body,
                row.meeting_on,
                " ".join(row.because),
            )


def contents(name: str, ending: str, found: Iterable[Row], stamp: Stamp) -> bytes:
    """The rows as a file; ``ending`` is csv, xlsx or ics."""
    if ending == "csv":
        return tables.csv_file(COLUMNS, lines(found))
    if ending == "xlsx":
        return tables.xlsx("Timetable", COLUMNS, lines(found))
    return feeds.calendar_file(name, entries(found, stamp))


def entries(found: Iterable[Row], stamp: Stamp) -> Iterator[Entry]:
    """The due dates as entries; those of years that are not open yet have none."""
    for row in found:
        if row.plans:
            for plan in row.plans:
                yield _entry(row, plan.kind, plan.step, f"{row.title}: {plan.called}", stamp)
        elif row.step:
            yield _entry(row, "step", row.step, row.title, stamp)


def _entry(row: Row, kind: str, step: int, title: str, stamp: Stamp) -> Entry:
    return Entry(
        uid=stamp.uid(kind, step),
        sequence=stamp.acts,
        title=title,
        on=row.due_on,
        text="\n".join(row.because),
    )
