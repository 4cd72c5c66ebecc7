"""The access log as a table."""

from collections.abc import Iterable, Sequence
from typing import Any

from webui.page.formats import Key, moment_text
from workflows.files.tables import Column
from workflows.record.reading_access_log import Line

COLUMNS: Sequence[Column] = (
    ("When (UTC)", 20), ("When (London)", 30), ("What", 36), ("Person", 30),
    ("Network address", 24), ("Page", 40), ("Answer", 8), ("Paper", 24),
)  # fmt: skip


def number(line: Line) -> Key:
    """By what the lines are in order."""
    return (line.id,)


def as_rows(lines: Iterable[Line]) -> list[tuple[Any, ...]]:
    """Lines as a table has them; each stays one line, whatever stands in a name."""
    return [
        (
            each.utc,
            moment_text(each.at),
            each.what,
            " ".join(each.who.split()),
            each.network,
            each.address,
            each.status,
            each.paper,
        )
        for each in lines
    ]
