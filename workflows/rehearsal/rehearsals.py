"""Rehearsals of a timetable as a job: asked for, played beside everything else, told on a page.

The rules that live here: one is under way at a time; whoever plays it holds it by a lease, so that
one whose player died is taken up again, twice at most; whoever asked may stop it. A rehearsal is no
act: it changes nothing of the council and sends nothing to anybody (docs/decisions/0013).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Never

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from config.problems import Problems
from cycle import clock
from cycle.db import Database
from cycle.errors import Away, BadInput, Blocked, Refused
from cycle.models import Person, PlanningYear, Rehearsal
from cycle.models.rehearsals import UNDER_WAY
from cycle.people import Actor
from workflows.framework import applicable, post_permissions
from workflows.rehearsal import council_copy
from workflows.rehearsal.run import first_day, rehearse

MAY = "plan_cycle"
LEASE = timedelta(minutes=3)
REPORT_EVERY = timedelta(seconds=1)
MOST_TRIES = 2
FAULT_PAUSE = 60.0  # seconds after a fault of the service, which would only come again
BROKEN_OFF = "It was broken off twice. Try again; if that happens again, tell the administrator."
FAULT = "It met a fault of the service. The administrator finds it in the log."

_CLAIM = text("""
UPDATE rehearsal SET status = 'running', tries = tries + 1, lease_until_at = :until, days_done = 0
WHERE id = (
  SELECT id FROM rehearsal
  WHERE status = 'waiting' OR (status = 'running' AND lease_until_at < :now)
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, planning_year_id, tries
""")
_TELL = text("""
UPDATE rehearsal SET days_done = :done, days_total = :total, lease_until_at = :until
WHERE id = :id AND status = 'running' AND tries = :tries
""")
_GIVE_BACK = text("""
UPDATE rehearsal SET status = 'waiting', tries = tries - 1, days_done = 0
WHERE id = :id AND status = 'running' AND tries = :tries
""")

_log = logging.getLogger(__name__)


class Ended(Exception):
    """The rehearsal is no longer ours to play."""


@dataclass(frozen=True)
class Last:
    """The last rehearsal of a year, and who asked for it."""

    row: Rehearsal
    by: str


@dataclass(frozen=True)
class _Claim:
    """A rehearsal that is ours until its lease ends."""

    id: int
    planning_year_id: int
    tries: int


def ask(session: Session, actor: Actor, year_id: int) -> None:
    """Ask for a rehearsal of a planning year.

    Raises NotPermitted without ``plan_cycle``, Blocked for a year that is over or while another
    rehearsal is under way.
    """
    post_permissions.require(session, actor, MAY)
    year = session.get(PlanningYear, year_id)
    if year is None:
        raise BadInput("There is no such planning year. Choose one from the timetable.")
    if applicable.is_over(year):
        raise Blocked("This year is over. Rehearse one that is still to come.")
    row = insert(Rehearsal).values(
        planning_year_id=year.id,
        asked_by_id=actor.person_id,
        asked_at=clock.now(),
        status="waiting",
        days_done=0,
        days_total=0,
        tries=0,
        why="",
    )
    made = session.execute(row.on_conflict_do_nothing().returning(Rehearsal.id)).first()
    if made is None:
        raise Blocked("A rehearsal is under way. Wait until it has ended, or stop it first.")


def stop(session: Session, actor: Actor, year_id: int) -> None:
    """Stop the rehearsal of a year that is under way.

    Raises NotPermitted without ``plan_cycle``, Blocked when there is none.
    """
    post_permissions.require(session, actor, MAY)
    row = session.scalars(
        select(Rehearsal)
        .where(Rehearsal.planning_year_id == year_id, Rehearsal.status.in_(UNDER_WAY))
        .with_for_update()
    ).first()
    if row is None:
        raise Blocked("No rehearsal of this year is under way.")
    row.status, row.ended_at = "stopped", clock.now()


def last(session: Session, year_id: int) -> Last | None:
    """The last rehearsal of a year, whether it has ended or not."""
    row = session.execute(
        select(Rehearsal, Person.name)
        .join(Person, Person.id == Rehearsal.asked_by_id)
        .where(Rehearsal.planning_year_id == year_id)
        .order_by(Rehearsal.id.desc())
        .limit(1)
    ).first()
    return Last(*row) if row else None


def under_way(session: Session) -> PlanningYear | None:
    """The year that is being rehearsed, if any is."""
    return session.scalars(
        select(PlanningYear)
        .join(Rehearsal, Rehearsal.planning_year_id == PlanningYear.id)
        .where(Rehearsal.status.in_(UNDER_WAY))
    ).first()


# Playing --------------------------------------------------------------------------------------


def keep_playing(play: Callable[[], bool], pause: float) -> Never:
    """Play whatever waits, and look again after so many seconds when nothing did. A database that
    is away is waited for; only what ends the process ends this."""
    while True:
        rest = pause
        try:
            rest = 0.0 if play() else pause
        except Away:
            pass  # the log has learnt of it, once
        except Exception:
            _log.exception("no rehearsal could be looked for; it is tried again")
            rest = FAULT_PAUSE
        time.sleep(rest)


def play_next(db: Database) -> bool:
    """Play the next rehearsal that waits, to its end; False when none waits.

    Nothing is raised but what ends the process, and Away when the database does not answer: then
    the rehearsal is taken up again. One that cannot be played says why.
    """
    claim = db.run(_claim)
    if claim is None:
        return False
    if claim.tries > MOST_TRIES:
        db.run(_end, claim, "failed", why=BROKEN_OFF)
        return True
    progress = _Progress(db, claim)
    try:
        year = db.read(lambda s: s.get_one(PlanningYear, claim.planning_year_id).writes_from)
        given = db.read(council_copy.of_year, claim.planning_year_id, first_day(year))
        found = rehearse(given, progress)
    except Ended:
        pass
    except Away:
        raise
    except Refused as refusal:
        db.run(_end, claim, "failed", why=str(refusal))
    except Problems as refusal:
        # Each begins with its place in a council's files, which nobody looks at here.
        sentences = [each.partition(": ")[2] or each for each in map(str, refusal.problems)]
        db.run(_end, claim, "failed", why=" ".join(sentences))
    except Exception:
        _log.exception("a rehearsal met a fault")
        db.run(_end, claim, "failed", why=FAULT)
    except BaseException:  # the process is asked to end: whoever comes next plays it
        db.run(_give_back, claim)
        raise
    else:
        db.run(_end, claim, "done", found=found.as_dict())
    return True


def _claim(session: Session) -> _Claim | None:
    now = clock.now()
    row = session.execute(_CLAIM, {"now": now, "until": now + LEASE}).first()
    return _Claim(*row) if row else None


class _Progress:
    """Tells how far it is, about once a second, and hears whether it is to end. While the database
    is away it tells nobody, and plays on."""

    def __init__(self, db: Database, claim: _Claim) -> None:
        self.db = db
        self.claim = claim
        self.reported_at: datetime | None = None

    def __call__(self, done: int, total: int) -> None:
        now = clock.now()
        if self.reported_at is not None and now - self.reported_at < REPORT_EVERY:
            return
        self.reported_at = now
        try:
            ours = self.db.run(_tell, self.claim, done, total)
        except Away:
            return
        if not ours:
            raise Ended


def _tell(session: Session, claim: _Claim, done: int, total: int) -> bool:
    values = {"done": done, "total": total, "until": clock.now() + LEASE}
    result: Any = session.execute(_TELL, {**values, "id": claim.id, "tries": claim.tries})
    return bool(result.rowcount)


def _give_back(session: Session, claim: _Claim) -> None:
    session.execute(_GIVE_BACK, {"id": claim.id, "tries": claim.tries})


def _end(
    session: Session,
    claim: _Claim,
    status: str,
    *,
    found: dict[str, Any] | None = None,
    why: str = "",
) -> None:
    row = session.get(Rehearsal, claim.id, with_for_update=True)
    # Stopped meanwhile, or taken up by another who was told that we had died.
    if row is not None and (row.status, row.tries) == ("running", claim.tries):
        row.status, row.found, row.why, row.ended_at = status, found, why, clock.now()
