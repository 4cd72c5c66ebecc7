"""The sweep: everything that happens because time has passed, and the mail that follows from it.

The rules that live here: what happens by date is an act of the named system actor, each in a
transaction of its own, through the same engine as everybody's; what is due is looked up once, and
only that is done; Years 2 to 4 begin on 1 May. Running it twice, or at two places at once, does the
same as once.
"""

import logging
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import Settings
from cycle import clock, people
from cycle.db import Database
from cycle.errors import Away, BadInput, Refused
from cycle.server import embedded
from notifications import digests, dispatch
from notifications.channels import Channel
from workflows.cycles import cycles
from workflows.framework.applicable import YEAR_BEGINS
from workflows.meetings import call_in, standstill
from workflows.people import access_log
from workflows.plans import by_date, plans
from workflows.plans.by_date import SystemAct
from workflows.record import checkpoints
from workflows.search import indexing

_log = logging.getLogger(__name__)


@dataclass
class Swept:
    """What one sweep did."""

    acts: int = 0
    notices: int = 0
    digests: int = 0
    sent: int = 0
    failed: int = 0
    elsewhere: bool = False  # another sweep was at it, so this one did nothing

    def __str__(self) -> str:
        if self.elsewhere:
            return "Another sweep is running, so this one did nothing."
        return (
            f"{self.acts} acts, {self.notices} new notices, {self.digests} daily mails written, "
            f"{self.sent} messages sent, {self.failed} not sent yet."
        )


def tick(now: datetime | None = None) -> str:
    """One sweep with what the environment says, and search brought up to date after it; RQ calls
    it by name and without arguments.

    Raises BadSettings or BadInput with a sentence when there is no database, Away when it does not
    answer.
    """
    settings = Settings.load(os.environ)
    with clock.set_to(now) if now else nullcontext():
        db = _database(_url(settings))
        done = sweep(db, settings)
        if not done.elsewhere:
            _try(db, "bringing search up to date", indexing.refresh)
        return str(done)


def sweep(db: Database, settings: Settings, channel: Channel | None = None) -> Swept:
    """One sweep at the clock's moment: acts by date, notices, daily mails, and what leaves.

    ``channel`` is where mail goes, by the settings when none is given. When another sweep is
    running, this one does nothing.
    """
    done = Swept()
    with _alone(db) as alone:
        if not alone:
            done.elsewhere = True
            return done
        done.acts, due = _acts_by_date(db, settings)
        _checkpoint(db, settings, due.chores)
        if due.chores.log:
            _try(db, "pruning the access log", access_log.prune, settings.access_log)
        done.notices, done.digests = db.run(digests.of_the_day, settings.base_url)
        out = channel or dispatch.channel_for(settings)
        drained = dispatch.drain(db, out, base_url=settings.base_url)
        done.sent, done.failed = drained.sent, drained.failed
    return done


def _url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url
    servers = embedded.live(settings.data_dir, valkey=False)
    if servers is None:
        raise BadInput("There is no database to look at. Start plancycle run, or set DATABASE_URL.")
    return servers.app_url


@lru_cache(maxsize=2)
def _database(url: str) -> Database:
    """One pool for the life of the worker."""
    return Database(url, pool_size=2)


@contextmanager
def _alone(db: Database) -> Iterator[bool]:
    """Whether this is the only sweep now. The lock goes with its connection, however that ends."""
    with db.line() as line:
        got = line.scalar(text("SELECT pg_try_advisory_lock(hashtext('plancycle sweep'))"))
        try:
            yield bool(got)
        finally:
            if got:
                line.execute(text("SELECT pg_advisory_unlock(hashtext('plancycle sweep'))"))


# What happens by date

_YEARS = text("""
SELECT planning_year.id, subject.ref, planning_year.writes_from
FROM planning_year
JOIN subject ON subject.id = planning_year.id
JOIN subject AS cycle ON cycle.id = planning_year.cycle_id
WHERE subject.phase = 'not_started' AND planning_year.number > 1
  AND cycle.phase = 'in_force'
ORDER BY planning_year.id
""")


# For those who look after the record and the log: at one moment, what there is to do.
_CHORES = text(f"""
SELECT {checkpoints.DUE} AS checkpoint, {access_log.DUE} AS log,
       {call_in.DUE} AS called_in, last.id AS sealed,
       last.sha256 AS sealed_sha256
FROM (SELECT 1) AS one LEFT JOIN ({checkpoints.NEWEST}) AS last ON true
""")  # noqa: S608  # constants only


@dataclass(frozen=True)
class _Due:
    """What there is to do by date, as one snapshot shows it: ids with references, acts, and what
    ``_CHORES`` says."""

    years: list[tuple[int, str]]
    acts: list[SystemAct]
    stopped: list[tuple[int, str]]  # plans that wait for nobody
    chores: Any


def _look(session: Session, settings: Settings) -> _Due:
    asked = {**checkpoints.asked(), **call_in.asked(), **access_log.asked(settings.access_log)}
    return _Due(
        _years_to_begin(session),
        by_date.acts_due(session),
        standstill.plans_that_wait_for_nobody(session),
        session.execute(_CHORES, asked).one(),
    )


def _acts_by_date(db: Database, settings: Settings) -> tuple[int, _Due]:
    """Do the acts of the system actor that are due; gives how many were done, and what is due then.
    What one round has done may be what another waited for, so it is looked again after it."""
    due, done = db.read(_look, settings), 0
    for act in (_begin_years, _end_call_in, *map(_round, by_date.ROUNDS), _stand):
        acted = act(db, due)
        if acted:
            due = db.read(_look, settings)
        done += acted
    return done, due


def _begin_years(db: Database, due: _Due) -> int:
    return sum(_try(db, f"{ref} begin", _begin_year, year) for year, ref in due.years)


def _end_call_in(db: Database, due: _Due) -> int:
    ends, called_in = call_in.take_effect, due.chores.called_in or ()
    return sum(_try(db, f"{ref} after call-in", ends, plan_id) for plan_id, ref in called_in)


def _round(actions: Collection[str]) -> Callable[[Database, _Due], int]:
    def act(db: Database, due: _Due) -> int:
        return sum(
            _try(db, f"{each.ref} {each.action}", _act, each.plan_id, each.action)
            for each in due.acts
            if each.action in actions
        )

    return act


def _stand(db: Database, due: _Due) -> int:
    give = standstill.give_to_somebody
    return sum(_try(db, f"{ref} stands", give, plan_id) for plan_id, ref in due.stopped)


def _try(db: Database, what: str, work: Callable[..., None], *args: Any) -> bool:
    """One act in its own transaction; whether it was done. A refusal means not yet; anything else
    is logged, and must not keep the other acts and the mail from happening. Raises Away with the
    database."""
    try:
        db.run(work, *args)
    except Away:
        raise  # nothing else could be done either
    except Refused:
        return False
    except Exception:
        _log.exception("%s did not work; the next sweep tries again", what)
        return False
    return True


def _act(session: Session, plan_id: int, action: str) -> None:
    plans.act(session, people.system(session), plan_id, action)


def _begin_year(session: Session, year_id: int) -> None:
    cycles.open_year(session, people.system(session), year_id)


def _years_to_begin(session: Session) -> list[tuple[int, str]]:
    today = clock.today()
    rows = session.execute(_YEARS)
    return [(row.id, row.ref) for row in rows if today >= date(row.writes_from, *YEAR_BEGINS)]


# The checkpoint of the day


def _checkpoint(db: Database, settings: Settings, chores: Any) -> None:
    """One checkpoint a day, and its text outside the database (INV-13)."""
    folder = settings.data_dir / "checkpoints"
    if chores.checkpoint:
        checkpoints.write_outside(db.run(checkpoints.of_today), folder)
    elif chores.sealed is not None and not checkpoints.stands_outside(
        folder, chores.sealed, chores.sealed_sha256
    ):
        last = db.read(checkpoints.newest)
        if last is not None:
            checkpoints.write_outside(last, folder)
