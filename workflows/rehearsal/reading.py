"""What the page of a rehearsal shows: how far it is, or what it showed."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from cycle.models import PlanningYear, Rehearsal
from cycle.models.rehearsals import UNDER_WAY
from cycle.people import Actor
from workflows.rehearsal import rehearsals
from workflows.rehearsal.findings import Found, Load
from workflows.timetable import timetable
from workflows.timetable.reading import YearFrame, year_frame, year_of


@dataclass(frozen=True)
class Progress:
    """A rehearsal that is under way: so many days of so many."""

    ref: str
    waiting: bool
    done: int
    total: int

    @property
    def per_cent(self) -> int:
        """How much of it has been played."""
        return 100 * self.done // self.total if self.total else 0


@dataclass
class RehearsalPage:
    """The last rehearsal of a year. ``elsewhere`` is another year that is being rehearsed now;
    ``loads`` are in order of their busiest week; ``withheld``: something is left
    out, about plans of which the reader may not know."""

    year: YearFrame
    row: Rehearsal | None
    by: str
    progress: Progress | None
    elsewhere: tuple[str, str] | None
    found: Found | None
    loads: list[Load]
    may: bool
    withheld: bool


def progress_of(session: Session, ref: str) -> Progress | None:
    """How far the rehearsal of a year is; None when none is under way. Raises NotFound."""
    last = rehearsals.last(session, year_of(session, ref).id)
    return _progress(ref, last.row if last else None)


def _progress(ref: str, row: Rehearsal | None) -> Progress | None:
    if row is None or row.status not in UNDER_WAY:
        return None
    return Progress(ref, row.status == "waiting", row.days_done, row.days_total)


def rehearsal_page(session: Session, actor: Actor, ref: str) -> RehearsalPage:
    """The page of a year's rehearsal. Raises NotFound."""
    year = year_frame(session, actor, ref)
    last = rehearsals.last(session, year.year_id)
    other = rehearsals.under_way(session)
    found, withheld = None, False
    if last and last.row.found:
        found, withheld = _known_to(session, year, Found.of_dict(last.row.found))
    loads = sorted(found.loads if found else (), key=lambda load: (-load.most, load.post))
    return RehearsalPage(
        year=year,
        row=last.row if last else None,
        by=last.by if last else "",
        progress=_progress(ref, last.row if last else None),
        elsewhere=(other.ref, other.title) if other and other.ref != ref else None,
        found=found,
        loads=loads,
        may=year.may_plan and not year.over,
        withheld=withheld,
    )


def _known_to(session: Session, frame: YearFrame, found: Found) -> tuple[Found, bool]:
    year = session.get_one(PlanningYear, frame.year_id)
    rules = {rule.key: rule for rule in timetable.pattern_of(year).steps}
    return found.known_to(frame.known, timetable.hidden_rules(rules, frame.known))
