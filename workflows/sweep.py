"""The sweep: everything that happens because time has passed, and the mail that follows from it.

The rules that live here: what happens by date is an act of the named system actor, each in a
transaction of its own, through the same engine as everybody's; a plan starts when what it builds on
is there, takes effect on its day, and then replaces the one before it; Years 2 to 4 begin on 1 May.
Running it twice, or at two places at once, does the same as once.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.framework import PlanType, Prerequisite
from config.settings import Settings
from cycle import clock, people
from cycle.db import Database
from cycle.errors import Away, BadInput, Blocked, Refused
from cycle.models import Checkpoint, FrameworkVersion
from cycle.server import servers as embedded
from notifications import digests, dispatch, reminders
from notifications.channels import Channel
from workflows.cycles import cycles
from workflows.framework import versions as pinned
from workflows.framework.applicable import YEAR_BEGINS
from workflows.meetings import standstill
from workflows.people import access_log
from workflows.plans import plans
from workflows.plans.creation import IN_FORCE
from workflows.record import checkpoints

_log = logging.getLogger(__name__)

START, START_FINAL = "start", "start_final"
TAKE_EFFECT, BE_SUPERSEDED = "take_effect", "be_superseded"
# In this order: a plan that takes effect today supersedes, and lets others start, today.
PHASES = ((TAKE_EFFECT,), (BE_SUPERSEDED,), (START, START_FINAL))


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
    """One sweep with what the environment says; RQ calls it by name and without arguments.

    Raises BadSettings or BadInput with a sentence when there is no database, Away when it does not
    answer.
    """
    settings = Settings.load(os.environ)
    with clock.set_to(now) if now else nullcontext():
        return str(sweep(_database(_url(settings)), settings))


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
        done.acts = _acts_by_date(db)
        _checkpoint(db, settings)
        _try(db, "pruning the access log", access_log.prune, settings.access_log)
        if db.read(reminders.is_mail_time):
            done.notices = db.run(reminders.write)
            done.digests = db.run(digests.gather, settings.base_url)
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

_PLANS = text("""
SELECT subject.id, subject.ref, subject.state, subject.lifecycle, subject.framework_version_id,
       plan.plan_type, plan.planning_year_id, plan.in_force_from_on,
       plan.until_on,
       coalesce(year.state, 'open') = 'open' AS year_open,
       EXISTS (SELECT 1 FROM plan AS next JOIN subject AS s ON s.id = next.id
               WHERE next.supersedes_id = plan.id AND s.state = 'in_force') AS replaced
FROM plan JOIN subject ON subject.id = plan.id
LEFT JOIN subject AS year ON year.id = plan.planning_year_id
WHERE subject.state NOT IN ('superseded', 'withdrawn')
ORDER BY subject.id
""")
_YEARS = text("""
SELECT planning_year.id, subject.ref, planning_year.writes_from
FROM planning_year
JOIN subject ON subject.id = planning_year.id
JOIN subject AS cycle ON cycle.id = planning_year.cycle_id
WHERE subject.state = 'planned' AND planning_year.number > 1 AND cycle.state = 'running'
ORDER BY planning_year.id
""")


def _acts_by_date(db: Database) -> int:
    """The acts of the system actor that are due; how many were done."""
    done = 0
    for year_id, ref in db.read(_years_to_begin):
        done += _try(db, f"{ref} begin", _begin_year, year_id) is None
    for phase in PHASES:
        blocked: set[tuple[Any, ...]] = set()
        for each in db.read(_candidates, phase):
            if each.group in blocked:
                continue
            why = _try(db, f"{each.ref} {each.action}", _act, each.plan_id, each.action)
            done += why is None
            if isinstance(why, Blocked) and each.alike:
                blocked.add(each.group)
    for plan_id, ref in db.read(standstill.plans_that_wait_for_nobody):
        done += _try(db, f"{ref} stands", standstill.give_to_somebody, plan_id) is None
    return done


def _try(db: Database, what: str, work: Callable[..., None], *args: Any) -> Exception | None:
    """One act in its own transaction. A refusal means not yet; anything else is logged, and must
    not keep the other acts and the mail from happening. Raises Away with the database."""
    try:
        db.run(work, *args)
    except Away:
        raise  # nothing else could be done either
    except Refused as notyet:
        return notyet
    except Exception as failure:
        _log.exception("%s did not work; the next sweep tries again", what)
        return failure
    return None


def _act(session: Session, plan_id: int, action: str) -> None:
    plans.act(session, people.system(session), plan_id, action)


def _begin_year(session: Session, year_id: int) -> None:
    cycles.open_year(session, people.system(session), year_id)


def _years_to_begin(session: Session) -> list[tuple[int, str]]:
    today = clock.today()
    rows = session.execute(_YEARS)
    return [(row.id, row.ref) for row in rows if today >= date(row.writes_from, *YEAR_BEGINS)]


@dataclass(frozen=True)
class _Candidate:
    """An act that the system may try. ``alike``: others of its group wait for the very same."""

    plan_id: int
    ref: str
    action: str
    group: tuple[Any, ...]
    alike: bool


def _candidates(session: Session, actions: tuple[str, ...]) -> list[_Candidate]:
    """Which plans stand where one of these system actions begins, and may be ready for it."""
    today = clock.today()
    found = []
    frameworks = {
        version.id: pinned.of_version(version)
        for version in session.scalars(select(FrameworkVersion))
    }
    # Hundreds of plans stand in a few states: what leads on from each is looked up once.
    transitions: dict[tuple[int, str, str], list[str]] = {}
    rows = session.execute(_PLANS).all()
    begun = {
        (row.plan_type, row.framework_version_id): row.in_force_from_on
        for row in sorted(rows, key=lambda each: each.in_force_from_on)
        if row.state == IN_FORCE
    }
    for row in rows:
        framework = frameworks[row.framework_version_id]
        place = (row.framework_version_id, row.lifecycle, row.state)
        if place not in transitions:
            transitions[place] = [
                transition.action
                for transition in framework.lifecycles[row.lifecycle].transitions
                if transition.kind == "system"
                and transition.action in actions
                and row.state in transition.from_
            ]
        for action in transitions[place]:
            until = framework.plan_types[row.plan_type].until
            after = begun.get((until, row.framework_version_id))
            if not _may_be_time(row, action, today, after):
                continue
            group = (action, row.plan_type, row.planning_year_id, row.framework_version_id)
            alike = _waits_for_the_same(framework.plan_types[row.plan_type], action)
            found.append(_Candidate(row.id, row.ref, action, group, alike))
    return found


def _may_be_time(plan: Any, action: str, today: date, ended_by: date | None) -> bool:
    """What is cheap to see without an attempt; the lifecycle's guards have the last word.

    ``ended_by``: the day from which the newest plan of the type that ends this one is in force.
    """
    if action == TAKE_EFFECT:
        return bool(today >= plan.in_force_from_on)
    if action == BE_SUPERSEDED:
        return bool(plan.replaced) or (ended_by is not None and ended_by >= plan.until_on)
    return bool(plan.year_open)


def _waits_for_the_same(kind: PlanType, action: str) -> bool:
    """Whether what keeps one plan of this type from going on keeps all of its year from it, so
    that one attempt at a sweep is enough."""
    prerequisites: tuple[Prerequisite, ...] = {
        START: kind.start_prerequisites,
        START_FINAL: kind.final_prerequisites,
    }.get(action, ())
    blocking = [prerequisite for prerequisite in prerequisites if prerequisite.severity == "block"]
    return action in (START, START_FINAL) and all(
        prerequisite.which != "own_unit" for prerequisite in blocking
    )


# The checkpoint of the day


def _checkpoint(db: Database, settings: Settings) -> None:
    """One checkpoint a day, and its text outside the database (INV-13)."""
    made = db.run(_checkpoint_of_today)
    if made is not None:
        checkpoints.write_outside(made, settings.data_dir / "checkpoints")


def _checkpoint_of_today(session: Session) -> Checkpoint | None:
    """Today's, made now when there is none yet; nothing while the record is empty."""
    if session.scalar(text("SELECT 1 FROM event LIMIT 1")) is None:
        return None
    last = checkpoints.newest(session)
    if last is not None and clock.local_date(last.made_at) >= clock.today():
        return last
    return checkpoints.make(session)
