"""How pages say dates, days and money, and how their links keep the filters (glossary.md).

A long list is read by key, not by number of page: ``Keyset`` carries the last row's sort values in
the link, so a page costs the same wherever it lies and no row is skipped when others come in.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import Flask, request

from config.dates import clock_time
from cycle.clock import LONDON, local_date
from cycle.errors import BadInput

Row = TypeVar("Row")
Key = tuple[str | int | None, ...]
PAGE_ROWS = 25
MOST_ROWS = 200
LONGEST_CURSOR = 600


def date_text(on: date | datetime | None) -> str:
    """A local date as people read it: 4 December 2026. Nothing is an empty text."""
    if on is None:
        return ""
    if isinstance(on, datetime):
        on = local_date(on)
    return f"{on.day} {on:%B %Y}"


def day_text(written: str) -> str:
    """A day written as 2026-12-04, as people read it; anything else stays as it was written."""
    try:
        return date_text(date.fromisoformat(written))
    except ValueError:
        return written


def weekday_text(on: date) -> str:
    """A day as it is said where days are counted: Fri 4 December."""
    return f"{on:%a} {on.day} {on:%B}"


def moment_text(at: datetime | None) -> str:
    """A moment in London time: 4 December 2026 at 2:05pm."""
    if at is None:
        return ""
    return f"{date_text(at)} at {clock_time(at.astimezone(LONDON).time())}"


def clock_text(at: time | str | None) -> str:
    """A local time as people read it: 10:30am. Nothing is an empty text."""
    return clock_time(at) if at else ""


def count_text(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 plan, 1,200 plans."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def working_days(days: int) -> str:
    """A number of working days: 1 working day, 12 working days."""
    return count_text(days, "working day")


def days_in_hand(days: int | None) -> str:
    """The float of a date in working days, in words: 3 days in hand, none in hand, 2 days late."""
    if days is None:
        return ""
    if days < 0:
        return f"{count_text(-days, 'working day')} late"
    return "None in hand" if days == 0 else f"{count_text(days, 'day')} in hand"


def money(amount: Decimal | int | None) -> str:
    """Pounds, with pence only where there are some: £1,200 or £1,200.50."""
    if amount is None:
        return ""
    exact = Decimal(amount)
    shown = f"{abs(exact):,.0f}" if exact == exact.to_integral_value() else f"{abs(exact):,.2f}"
    return f"{'-' if exact < 0 else ''}£{shown}"


def query_link(**changes: object) -> str:
    """This page's address with some of its query changed; None takes a name out."""
    kept = [(name, value) for name, value in request.args.items(True) if name not in changes]
    for name, value in changes.items():
        values = value if isinstance(value, list | tuple) else [value]
        kept += [(name, str(each)) for each in values if each is not None]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def query_string() -> str:
    """This page's query as it came, to carry the filters along to another address."""
    return urlencode(list(request.args.items(multi=True)))


def without_value(name: str, value: str) -> str:
    """This page's address with one value of one filter taken out, and back on the first rows."""
    left = [each for each in request.args.getlist(name) if each != value]
    return query_link(**{name: left or None, "after": None})


@dataclass(frozen=True)
class Keyset:
    """Where in a list a page begins (the sort values of the row before it) and how long it is."""

    after: Key | None = None
    rows: int = PAGE_ROWS

    @classmethod
    def from_request(cls, *, rows: int = PAGE_ROWS) -> "Keyset":
        """What this request's query asks for. Raises BadInput for a link that was tampered with."""
        written = request.args.get("after")
        return cls(unpack_key(written) if written else None, min(rows, MOST_ROWS))

    def page(self, found: Sequence[Row], key: Callable[[Row], Key]) -> "Page[Row]":
        """The page from ``rows + 1`` rows found; the one too many only says that there are more."""
        shown = list(found[: self.rows])
        more = pack_key(key(shown[-1])) if len(found) > self.rows else None
        return Page(shown, more, first=self.after is None)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of one page, the key of the next page where there is one."""

    rows: list[Row]
    next_after: str | None
    first: bool

    def next_link(self) -> str | None:
        """The address of the next rows with the filters kept."""
        return query_link(after=self.next_after) if self.next_after else None

    def first_link(self) -> str | None:
        """The address of the first rows with the filters kept, unless these are they."""
        return None if self.first else query_link(after=None)


def pack_key(key: Key) -> str:
    """Sort values as a word for a link."""
    written = json.dumps(list(key), ensure_ascii=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def unpack_key(word: str) -> Key:
    """The sort values in a link. Raises BadInput unless it is a flat list of texts and numbers."""
    refusal = BadInput("This link does not lead to a page of the list. Start from its first page.")
    if len(word) > LONGEST_CURSOR:
        raise refusal
    try:
        found = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise refusal from None
    if not isinstance(found, list) or not all(_fits(each) for each in found):
        raise refusal
    return tuple(found)


def _fits(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    # JSON can spell NUL and lone surrogates, which PostgreSQL refuses.
    return value is None or (
        isinstance(value, str) and "\0" not in value and not _surrogates(value)
    )


def _surrogates(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def register(app: Flask) -> None:
    """Give the templates these filters and links."""
    for one in (
        date_text,
        day_text,
        weekday_text,
        moment_text,
        clock_text,
        working_days,
        days_in_hand,
        money,
        count_text,
    ):
        app.add_template_filter(one)
    for link in (query_link, without_value):
        app.add_template_global(link)
