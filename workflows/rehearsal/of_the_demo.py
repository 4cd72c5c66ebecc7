"""The rehearsal with which the demo opens.

The rule that lives here: it is asked for by a person of the demo, of the year under way, and played
as every other, by the service that has started.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.lifecycles.phases import Phase
from cycle import people
from cycle.models import PlanningYear
from workflows.rehearsal import rehearsals
from workflows.simulation.incidents import person_of

ASKED_BY = "sian-llewellyn"


def ask(session: Session) -> None:
    """Ask for a rehearsal of the year whose plans are being written."""
    head = people.actor(session, person_of(session, ASKED_BY), lock=True)
    year = session.scalars(
        select(PlanningYear.id)
        .where(PlanningYear.phase == Phase.IN_FORCE)
        .order_by(PlanningYear.writes_from.desc())
        .limit(1)
    ).one()
    rehearsals.ask(session, head, year)
