"""Whether the service can do its work: the schema is this version's, and nothing is held back."""

from sqlalchemy.orm import Session

from cycle.errors import BadInput
from cycle.server import migrate
from notifications import outbox

NOT_CURRENT = "The database is not up to date. Run plancycle migrate."
HELD = "The record was restored and nothing is sent. Run plancycle release when all is well."


def why_not(session: Session) -> str:
    """Why people cannot be sent here yet, in one sentence; empty when they can."""
    try:
        if migrate.lacking(session):
            return NOT_CURRENT
    except BadInput as newer:
        return str(newer)
    return HELD if outbox.held(session) is not None else ""
