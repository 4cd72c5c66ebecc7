"""The council's own facts, read back from the database: recess, events, rhythm, papers rules.

The rule that lives here: under which key of ``council_setting`` each fact of the council's files is
kept. What a council chose of its framework's settings stands beside them under the setting's key.
"""

from collections.abc import Callable, Mapping
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
RECORDED_HOLIDAYS = "said_holidays"
RECORDED_EVENTS = "said_events"
# Days of public thanksgiving or mourning on which people work: an election leaves them out.
THANKSGIVING = "thanksgiving_days"
STOPS_CLEAR_DAYS = CLOSURES_STOP_CLEAR_DAYS
GOVERNANCE = "governance"  # [model, first day] in order of days
# The permissions of each role in the framework, written when the council is loaded.
PERMISSIONS = "permissions"
PAPERS = "papers"  # by body key: short name, secretary and papers rules
# A random word of this record, drawn when the council was first loaded, for its calendar entries.
CALENDAR_ID = "calendar_id"


def fact(session: Session, key: str, default: Any = None) -> Any:
    """One fact or choice of the council, or ``default`` when none was given."""
    row = session.get(CouncilSetting, key)
    return default if row is None else row.value


# What ``calendar_in`` reads.
CALENDAR = f"""
SELECT jsonb_build_object(
  'closures', (SELECT jsonb_agg(jsonb_build_array(first_on, last_on, why)
                                ORDER BY first_on, last_on, why) FROM closure),
  'settings', (SELECT jsonb_object_agg(key, value) FROM council_setting
           WHERE key IN ('{NATION}', '{HOLIDAYS}', '{RECORDED_HOLIDAYS}', '{STOPS_CLEAR_DAYS}',
                         '{THANKSGIVING}')))
"""  # noqa: S608  # constants only


def calendar(session: Session) -> Calendar:
    """The council's calendar: its nation, closures, holidays proclaimed later. One statement."""
    return calendar_in(session.scalars(text(CALENDAR)).one())


def calendar_in(read: Mapping[str, Any]) -> Calendar:
    """The same as ``CALENDAR`` gives it."""
    stored = read["settings"] or {}
    return _made(
        stored.get(NATION, "england"),
        tuple(
            ClosedDays(parse_date(first_on), parse_date(last_on), why)
            for first_on, last_on, why in read["closures"] or ()
        ),
        tuple(
            (parse_date(day), str(name))
            for day, name in {
                **stored.get(HOLIDAYS, {}),
                **stored.get(RECORDED_HOLIDAYS, {}),
            }.items()
        ),
        bool(stored.get(STOPS_CLEAR_DAYS, False)),
        frozenset(parse_date(day) for day in stored.get(THANKSGIVING, {})),
    )


@lru_cache(maxsize=8)
def _made(
    nation: str,
    closures: tuple[ClosedDays, ...],
    extra_holidays: tuple[tuple[date, str], ...],
    stops_clear_days: bool,
    thanksgiving: frozenset[date],
) -> Calendar:
    """The same facts give the same calendar, with the days that it has counted already."""
    return Calendar(nation, closures, dict(extra_holidays), stops_clear_days, thanksgiving)


def in_recess(session: Session) -> Callable[[date], bool]:
    """Whether committees rest on a day; both ends of a recess count."""
    spans = [(parse_date(a), parse_date(b)) for a, b, _why in fact(session, RECESSES, [])]
    return lambda day: any(first <= day <= last for first, last in spans)


def events(session: Session) -> tuple[Event, ...]:
    """Outside events on which dates hang, such as the election; what was recorded in the service
    stands for what the files say of the same event."""
    rows = [*fact(session, EVENTS, []), *fact(session, RECORDED_EVENTS, [])]
    stored = {key: Event(key, parse_date(on), title) for key, on, title in rows}
    return tuple(stored.values())


def governance(session: Session) -> tuple[Governed, ...]:
    """How the council is governed from which day on, in order; empty when nobody has said."""
    stored = fact(session, GOVERNANCE, [])
    entries = stored if isinstance(stored, list) else []
    return tuple(Governed(model, parse_date(on)) for model, on in entries)


def rhythm(body: Body) -> Rhythm | None:
    """How often a body meets, or nothing when the council gave no rhythm."""
    if not body.rhythm:
        return None
    stored = body.rhythm
    return parse_rhythm(
        stored["weekday"], stored["at"], stored["pattern"], bool(stored["keeps_recess"])
    )


def papers(session: Session, body: Body, name: str) -> PapersRule | None:
    """A body's own papers rule: ``agenda``, ``final_report`` or ``briefing``; often none."""
    stored = fact(session, PAPERS, {}).get(body.key, {}).get(name)
    if not stored:
        return None
    return PapersRule(
        stored["days"], stored["unit"], parse_time(stored["at"]) if stored["at"] else None
    )


def short_name(session: Session, body: Body) -> str:
    """How people call a body for short."""
    return str(fact(session, PAPERS, {}).get(body.key, {}).get("short_name") or body.name)


def top(session: Session) -> Unit:
    """The unit that is the council itself."""
    return session.scalars(
        select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1)
    ).one()
