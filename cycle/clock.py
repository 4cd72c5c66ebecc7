"""The one source of now and today. Local dates are Europe/London; moments are UTC.

``simulate`` and the tests set the clock for the current context; nothing else in the product asks
the operating system for the time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_set_to: ContextVar[datetime | None] = ContextVar("clock_set_to", default=None)


def now() -> datetime:
    """This moment, in UTC."""
    return _set_to.get() or datetime.now(UTC)


def today() -> date:
    """The local date in London at this moment."""
    return local_date(now())


def local_date(moment: datetime) -> date:
    """The London date on which a UTC moment falls."""
    return moment.astimezone(LONDON).date()


def at_local(on: date, hour: int = 9, minute: int = 0) -> datetime:
    """The UTC moment of a London wall-clock time."""
    return datetime.combine(on, time(hour, minute), LONDON).astimezone(UTC)


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Let the product believe that it is ``moment`` (aware) within the block."""
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)
