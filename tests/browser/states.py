"""From where the journeys start: Smallshire, driven there by the product's own verbs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from cycle import clock
from cycle.db import Database
from tests import build
from tests.flows import committees

HOUSING, PARKS, STP = "SVP-2028-HOUSING", "SVP-2028-PARKS", "STP-2028"
REPORT = "STP-2028-PEOPLE"
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


def _timetable_issued(db: Database) -> None:
    """Year 1 is open, Vera has issued its timetable, and Mo brings the profile up to date."""
    with clock.set_to(clock.at_local(SPRING)):
        who = build.council(db)
        build.cycle(db, who)
        build.act(db, "TT-2028", "start", None)
        build.fill(db, "TT-2028", who.sue)
        build.act(db, "TT-2028", "submit", who.sue)
        build.act(db, "TT-2028", "issue", who.vera)
        build.act(db, "SPR-2028-HOUSING", "start", None)


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


def _before_committees(db: Database) -> None:
    """The Strategic Plan has passed its check: its reports to two committees are to be written."""
    with TemporaryDirectory() as folder:
        who = committees.council(db, Path(folder))
    committees.to_committees(db, who, STP)


def _report_ready(db: Database) -> None:
    """The report to People Committee is written and commented on."""
    _before_committees(db)
    with committees.on(committees.AUTUMN):
        committees.ready(db, build.cast(db), REPORT)


def _report_published(db: Database) -> None:
    """The report to People Committee is published, and its meeting is today."""
    _before_committees(db)
    committees.published(db, build.cast(db), REPORT, committees.AUTUMN)


STATES = {
    "council": State(_council, SPRING),
    "timetable_issued": State(_timetable_issued, SPRING),
    "housing_drafting": State(_housing_drafting, SPRING),
    "housing_written": State(_housing_written, SPRING),
    "housing_submitted": State(_housing_submitted, SPRING),
    "before_committees": State(_before_committees, committees.AUTUMN),
    "report_ready": State(_report_ready, committees.AUTUMN),
    "report_published": State(_report_published, date(2027, 9, 20)),
}
