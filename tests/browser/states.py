"""From where the journeys start: Smallshire, driven there by the product's own verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cycle import clock
from cycle.db import Database
from tests import build

HOUSING, PARKS, STP = "SVP-2028-HOUSING", "SVP-2028-PARKS", "STP-2028"
SPRING = date(2027, 6, 9)


@dataclass(frozen=True)
class State:
    """How a state is made, and which day it then is."""

    make: Callable[[Database], None]
    day: date


def _council(db: Database) -> None:
    with clock.set_to(clock.at_local(SPRING)):
        build.council(db)


def _housing_drafting(db: Database) -> None:
    """Year 1 is open, the draft outcomes are issued, and Mo has the proposals of Housing."""
    with clock.set_to(clock.at_local(SPRING)):
        who = build.council(db)
        build.cycle(db, who)
        build.issue_outcomes(db, who)
        build.act(db, HOUSING, "start", None)


def _housing_written(db: Database) -> None:
    """Mo has written the proposals."""
    _housing_drafting(db)
    with clock.set_to(clock.at_local(SPRING, 10)):
        build.fill(db, HOUSING, build.cast(db).mo)


def _housing_submitted(db: Database) -> None:
    """Mo has submitted the proposals to Ray."""
    _housing_written(db)
    with clock.set_to(clock.at_local(SPRING, 11)):
        who = build.cast(db)
        build.act(db, HOUSING, "submit", who.mo)


STATES = {
    "council": State(_council, SPRING),
    "housing_drafting": State(_housing_drafting, SPRING),
    "housing_written": State(_housing_written, SPRING),
    "housing_submitted": State(_housing_submitted, SPRING),
}
