"""The council as it stands, ready to be played through in a copy, with made-up people.

The rules that live here: a rehearsal gets units, posts, bodies, meetings, closed days, rules and
choices as they are today, so that its dates are those of the timetable; it gets nobody's name and
nobody's text. Every post that is there on its first day has a holder. A unit that ends before the
plans of the year take effect makes none of them: the year is played without it and all below it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import editions
from config.council import Body, Closure, Council, Meeting, Post, Unit
from config.dates import long_date, parse_date
from cycle import council_facts
from cycle.models import (
    Body as BodyRow,
    Closure as ClosureRow,
    CouncilSetting,
    DayRuleChange,
    Meeting as MeetingRow,
    PlanningYear,
    Unit as UnitRow,
)
from workflows.plans.creation import FIRST_MONTH
from workflows.simulation.invented_council import holders

# What ``loading`` writes from a council's files, under keys of its own.
_FACTS = {
    council_facts.NAME,
    council_facts.NATION,
    council_facts.CYCLES,
    council_facts.HOLIDAYS,
    council_facts.RECORDED_HOLIDAYS,
    council_facts.THANKSGIVING,
    council_facts.RECESSES,
    council_facts.EVENTS,
    council_facts.RECORDED_EVENTS,
    council_facts.GOVERNANCE,
    council_facts.PAPERS,
    council_facts.PERMISSIONS,
    council_facts.CALENDAR_ID,
}
_REMITS = text("""
SELECT body.key AS body, unit.key AS unit
FROM body_remit JOIN body ON body.id = body_remit.body_id JOIN unit ON unit.id = body_remit.unit_id
WHERE unit.parent_id IS NOT NULL ORDER BY unit.path
""")
_POSTS = text("""
SELECT post.key, post.title, queue.role, unit.key AS unit, body.key AS body, line.key AS line,
       post.from_on, post.until_on
FROM post JOIN queue ON queue.id = post.queue_id
LEFT JOIN unit ON unit.id = queue.unit_id LEFT JOIN body ON body.id = queue.body_id
LEFT JOIN post AS line ON line.id = post.line_post_id
WHERE post.from_on <= :day AND (post.until_on IS NULL OR post.until_on > :day) ORDER BY post.id
""")


@dataclass(frozen=True)
class Given:
    """What a year is rehearsed with. ``rules`` are the columns of what the council changed in its
    rules of days; ``branch`` is what the leadership decides in Years 2 to 4; ``left_out`` are the
    units without which it is played although they were there on its first day, in words."""

    council: Council
    framework: Mapping[str, Any]
    rules: tuple[Mapping[str, Any], ...]
    number: int
    writes_from: int
    choice: str
    branch: str
    left_out: tuple[str, ...] = ()


def of_year(session: Session, year_id: int, first_on: date) -> Given:
    """Everything that a planning year is rehearsed with, as it stands today.

    ``first_on`` is the day on which the rehearsal begins: posts that end before it are left out.
    """
    year = session.get_one(PlanningYear, year_id)
    changes = session.scalars(select(DayRuleChange).order_by(DayRuleChange.id)).all()
    units = session.scalars(select(UnitRow).order_by(UnitRow.path)).all()
    living = _living(units, date(year.writes_from + 1, FIRST_MONTH, 1))
    return Given(
        council=_council(session, living, year.writes_from - year.number + 1, first_on),
        framework=editions.contents(year.framework.body),
        rules=tuple(_columns(row) for row in changes),
        number=year.number,
        writes_from=year.writes_from,
        choice=year.choice,
        branch=year.decision or "refresh",
        left_out=tuple(_left_out(units, living, first_on)),
    )


def _living(units: Sequence[UnitRow], on: date) -> list[UnitRow]:
    """The units that are still there on a day, and everything above them is too."""
    gone = {unit.id for unit in units if unit.until_on is not None and unit.until_on <= on}
    return [unit for unit in units if not gone & set(unit.path)]


def _left_out(units: Sequence[UnitRow], living: Sequence[UnitRow], first_on: date) -> Iterable[str]:
    """The units that were there when the year began, and what became of them."""
    names = {unit.id: unit.name for unit in units}
    for unit in units:
        if unit not in living and unit.until_on is not None and unit.until_on > first_on:
            into = names.get(unit.merged_into_id or 0)
            became = f"went into {into}" if into else "ended"
            yield f"{unit.name}, which {became} on {long_date(unit.until_on)}"


def _council(session: Session, living: Sequence[UnitRow], start: int, first_on: date) -> Council:
    facts = {row.key: row.value for row in session.scalars(select(CouncilSetting))}
    units = _units(living)
    posts = {
        row.key: Post(**row._mapping)
        for row in session.execute(_POSTS, {"day": first_on})
        if row.unit is None or row.unit in units
    }
    posts = {key: _answering(post, posts) for key, post in posts.items()}
    holidays = {
        **facts.get(council_facts.HOLIDAYS, {}),
        **facts.get(council_facts.RECORDED_HOLIDAYS, {}),
    }
    return Council(
        key="rehearsal",
        name=str(facts[council_facts.NAME]),
        nation=str(facts[council_facts.NATION]),
        cycles=(start,),
        settings={key: value for key, value in facts.items() if key not in _FACTS},
        governance=council_facts.governance(session),
        units=units,
        posts=posts,
        people={each.key: each for each in holders(posts)},
        bodies={
            each.key: each for each in _bodies(session, facts.get(council_facts.PAPERS, {}), units)
        },
        meetings=tuple(_meetings(session)),
        closures=tuple(
            Closure(row.first_on, row.last_on, row.why)
            for row in session.scalars(select(ClosureRow).order_by(ClosureRow.first_on))
        ),
        recesses=tuple(
            Closure(parse_date(first), parse_date(last), why)
            for first, last, why in facts.get(council_facts.RECESSES, [])
        ),
        extra_holidays={parse_date(day): str(name) for day, name in holidays.items()},
        events=council_facts.events(session),
    )


def _answering(post: Post, posts: Mapping[str, Post]) -> Post:
    """A post whose line manager's post is no longer there answers to nobody."""
    if post.line in posts:
        return post
    return Post(**{**vars(post), "line": None})


def _units(rows: Sequence[UnitRow]) -> dict[str, Unit]:
    keys = {row.id: row.key for row in rows}
    return {
        row.key: Unit(
            key=row.key,
            name=row.name,
            level=row.level,
            parent=keys.get(row.parent_id or 0),
            from_on=row.from_on,
            until_on=row.until_on,
        )
        for row in rows
    }


def _bodies(
    session: Session, papers: Mapping[str, Any], units: Mapping[str, Unit]
) -> Iterable[Body]:
    remits: dict[str, list[str]] = {}
    for row in session.execute(_REMITS):
        if row.unit not in units:
            continue
        remits.setdefault(row.body, []).append(row.unit)
    for body in session.scalars(select(BodyRow).order_by(BodyRow.id)):
        rules = papers.get(body.key, {})
        yield Body(
            key=body.key,
            name=body.name,
            short_name=str(rules.get("short_name") or body.name),
            framework_key=body.framework_key,
            kind=body.kind,
            public=body.public,
            size=body.size,
            quorum=body.quorum,
            considers=tuple(remits.get(body.key, ())),
            rhythm=council_facts.rhythm(body),
            agenda=council_facts.papers(session, body, "agenda"),
            final_report=council_facts.papers(session, body, "final_report"),
            briefing=council_facts.papers(session, body, "briefing"),
            secretary=rules.get("secretary"),
            from_on=body.from_on,
            until_on=body.until_on,
        )


def _meetings(session: Session) -> Iterable[Meeting]:
    rows = session.execute(
        select(BodyRow.key, MeetingRow.on_date, MeetingRow.at_time, MeetingRow.kind)
        .join(BodyRow, BodyRow.id == MeetingRow.body_id)
        .where(MeetingRow.status != "cancelled")
        .order_by(MeetingRow.on_date, MeetingRow.id)
    )
    return (Meeting(row.key, row.on_date, row.at_time, row.kind) for row in rows)


def _columns(row: DayRuleChange) -> dict[str, Any]:
    names = ("rule", "days", "unit", "hour", "from_on", "until_on", "source", "reason", "at")
    return {name: getattr(row, name) for name in names}
