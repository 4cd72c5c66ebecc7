"""What whoever runs the service does with cycles on its command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cycle import people
from cycle.models import PlanningYear
from workflows.calendar import published_meetings
from workflows.cycles import cycles


@dataclass(frozen=True)
class Created:
    """A new cycle; ``years`` are its planning years in order: (reference, title)."""

    ref: str
    title: str
    years: Sequence[tuple[str, str]]


def create_cycle(
    session: Session, framework: str, start: int, meetings: Path | None, pattern: str
) -> Created:
    """Create a cycle, after the meetings of a CSV file where one is given.

    Raises as ``create_cycle`` of ``cycles`` does, and BadInput for a file that is not in order.
    """
    actor = people.system(session)
    if meetings is not None:
        published = published_meetings.read_file(session, meetings)
        published_meetings.import_meetings(session, actor, published)
    made = cycles.create_cycle(session, actor, framework, start, pattern)
    years = session.execute(
        select(PlanningYear.ref, PlanningYear.title)
        .where(PlanningYear.cycle_id == made.id)
        .order_by(PlanningYear.number)
    )
    return Created(made.ref, made.title, [(row.ref, row.title) for row in years])
