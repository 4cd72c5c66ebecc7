"""All plans, and the entries of all plans, as workbooks."""

from collections.abc import Iterable, Sequence
from datetime import date

from cycle.clock import local_date
from workflows.files.tables import Column, xlsx
from workflows.plans.entry_table import ItemLine
from workflows.plans.overview import OverviewRow

OVERVIEW: Sequence[Column] = (
    ("Reference", 20),
    ("Plan", 48),
    ("Kind", 22),
    ("Service", 28),
    ("Department", 24),
    ("Planning year", 24),
    ("Stage", 14),
    ("State", 22),
    ("With whom", 44),
    ("Since", 18),
    ("Next step", 36),
    ("Due", 18),
    ("Working days in hand", 12),
    ("What it waits for", 60),
)


ITEMS: Sequence[Column] = (
    ("Plan", 20),
    ("Title of the plan", 44),
    ("Service of the plan", 28),
    ("What it is", 22),
    ("In words", 60),
    ("Choice or kind", 16),
    ("For the service", 20),
    ("Amount in the plan year (£)", 18),
    ("Done by", 16),
    ("Who answers for it", 24),
    ("Contributes to", 48),
)


def overview_xlsx(rows: Iterable[OverviewRow]) -> bytes:
    """All plans as a workbook, in the order of the page."""
    cells = (
        (
            row.ref,
            row.title,
            row.type_title,
            row.unit,
            row.department,
            row.year,
            row.stage,
            row.state_label,
            row.who,
            local_date(row.since_at),
            row.next_step,
            row.due_on,
            row.days_in_hand,
            " ".join(row.blocks),
        )
        for row in rows
    )
    return xlsx("All plans", OVERVIEW, cells)


def items_xlsx(rows: Iterable[ItemLine]) -> bytes:
    """Bids, actions and commissioning choices of all plans as a workbook."""
    cells = (
        (
            row.plan_ref,
            row.plan_title,
            row.unit,
            row.type_title,
            row.words,
            row.choice,
            row.service,
            row.amount,
            _day(row.due),
            row.owner,
            row.parent,
        )
        for row in rows
    )
    return xlsx("Bids, actions and choices", ITEMS, cells)


def _day(words: str) -> date | str:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return words
