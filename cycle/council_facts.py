"""The council's own facts, read back from the database: recess, events, rhythm, papers rules.

The rule that lives here: under which key of ``council_setting`` each fact of the council's files is
kept. What a council chose of its framework's settings stands beside them under the setting's key.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.choices import CLOSURES_STOP_CLEAR_DAYS
from config.council import Closure as ClosedDays, Event, PapersRule
from config.dates import parse_date, parse_time
from config.governance import Governed
from config.rhythm import Rhythm, parse_rhythm
from cycle.calendar import Calendar
from cycle.models import Body, CouncilSetting, Unit

NAME = "name"
NATION = "nation"
CYCLES = "cycles"
HOLIDAYS = "extra_holidays"
RECESSES = "recesses"
EVENTS = "events"
# What was recorded in the service since: it stands beside the files, and loading them keeps it.
SAID_HOLIDAYS = "said_holidays"
SAID_EVENTS = "said_events"
STOPS_CLEAR_DAYS = CLOSURES_STOP_CLEAR_DAYS
GOVERNANCE = "governance"  # [model, first day] in order of days
# The permissions of each role in the framework, written when the council is loaded.
PERMISSIONS = "permissions"
PAPERS = "papers"  # by body key: short name, secretary and papers rules


def fact(session: Session, key: str, default: Any = None) -> Any:
    """One fact or choice of the council, or ``default`` when none was given."""
    row = session.get(CouncilSetting, key)
    return default if row is None else row.value


_CALENDAR = text("""
SELECT first_on, last_on, why, NULL::text AS key, NULL::jsonb AS value FROM closure
UNION ALL
SELECT NULL, NULL, NULL, key, value FROM council_setting WHERE key = ANY(:keys)
ORDER BY 1
""")


def calendar(session: Session) -> Calendar:
    """The council's calendar: its nation, closures, holidays proclaimed later. One statement."""
    rows = session.execute(
        _CALENDAR, {"keys": [NATION, HOLIDAYS, SAID_HOLIDAYS, STOPS_CLEAR_DAYS]}
    ).all()
    said = {row.key: row.value for row in rows if row.key}
    return _made(
        said.get(NATION, "england"),
        tuple(ClosedDays(row.first_on, row.last_on, row.why) for row in rows if row.first_on),
        tuple(
            (parse_date(day), str(name))
            for day, name in {**said.get(HOLIDAYS, {}), **said.get(SAID_HOLIDAYS, {})}.items()
        ),
        bool(said.get(STOPS_CLEAR_DAYS, False)),
    )


@lru_cache(maxsize=8)
def _made(
    nation: str,
    closures: tuple[ClosedDays, ...],
    extra_holidays: tuple[tuple[date, str], ...],
    stops_clear_days: bool,
) -> Calendar:
    """The same facts give the same calendar, with the days that it has counted already."""
    return Calendar(nation, closures, dict(extra_holidays), stops_clear_days)


def in_recess(session: Session) -> Callable[[date], bool]:
    """Whether committees rest on a day; both ends of a recess count."""
    spans = [(parse_date(a), parse_date(b)) for a, b, _why in fact(session, RECESSES, [])]
    return lambda day: any(first <= day <= last for first, last in spans)


def events(session: Session) -> tuple[Event, ...]:
    """Outside events on which dates hang, such as the election; what was recorded in the service
    stands for what the files say of the same event."""
    rows = [*fact(session, EVENTS, []), *fact(session, SAID_EVENTS, [])]
    said = {key: Event(key, parse_date(on), title) for key, on, title in rows}
    return tuple(said.values())


def governance(session: Session) -> tuple[Governed, ...]:
    """How the council is governed from which day on, in order; empty when nobody has said."""
    said = fact(session, GOVERNANCE, [])
    entries = said if isinstance(said, list) else []
    return tuple(Governed(model, parse_date(on)) for model, on in entries)


def rhythm(body: Body) -> Rhythm | None:
    """How often a body meets, or nothing when the council gave no rhythm."""
    if not body.rhythm:
        return None
    said = body.rhythm
    return parse_rhythm(said["weekday"], said["at"], said["pattern"], bool(said["keeps_recess"]))


def papers(session: Session, body: Body, name: str) -> PapersRule | None:
    """A body's own papers rule: ``agenda``, ``final_report`` or ``briefing``; often none."""
    said = fact(session, PAPERS, {}).get(body.key, {}).get(name)
    if not said:
        return None
    return PapersRule(said["days"], said["unit"], parse_time(said["at"]) if said["at"] else None)


def short_name(session: Session, body: Body) -> str:
    """How people call a body for short."""
    return str(fact(session, PAPERS, {}).get(body.key, {}).get("short_name") or body.name)


def top(session: Session) -> Unit:
    """The unit that is the council itself."""
    return session.scalars(
        select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)
    ).one()
