"""How far ahead a day can be fixed (fault X9): as far as the council plans, and some years more.

Days beyond are a slip of the hand: a meeting moved to the year 2100 vanishes from every list, and
what hangs on it can be dated no more.
"""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.dates import FIRST_YEAR, known, long_date
from cycle import clock
from cycle.errors import BadInput
from cycle.models import PlanningYear

LEAST_YEARS = 6  # from today, so that a council without a cycle can fix its days for the next one
EFFECT = 2  # calendar years from the spring in which plans are written to the end of their effect
MARGIN = 1


def last_day(session: Session) -> date:
    """The last day that can be fixed: the end of the year in which the plans of the last planning
    year have had their effect, and one more; never less than six years from this one."""
    written = session.scalar(select(func.max(PlanningYear.writes_from)))
    years = [clock.today().year + LEAST_YEARS]
    if written is not None:
        years.append(written + EFFECT + MARGIN)
    return date(max(years), 12, 31)


def why_not(session: Session, on: date) -> str | None:
    """The sentence for a day that cannot be fixed, which says which days can."""
    last = last_day(session)
    if known(on) and on <= last:
        return None
    if on > last:
        return too_late(last)
    return f"Days are known from the year {FIRST_YEAR}. Give a day from {FIRST_YEAR} on."


def too_late(last: date) -> str:
    """The sentence for a day after the last one that can be fixed."""
    return f"Days can be fixed until {long_date(last)}. Give a day until then."


def check(session: Session, on: date) -> None:
    """Raises BadInput for a day that cannot be fixed."""
    why = why_not(session, on)
    if why is not None:
        raise BadInput(why)
