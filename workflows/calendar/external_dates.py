"""Days on which nobody works: a holiday that was proclaimed, a day on which the offices are closed.

The rules that live here: such a day is a fact, recorded at once on the council's chain and never
refused for what follows from it; what follows for the council's own dates is proposed and moves
nothing by itself. What is recorded here stays when the council's files are loaded again. A holiday
or closure that has not come can be undone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.dates import long_date, parse_date
from cycle import clock, council_facts, horizon
from cycle.calendar import Calendar
from cycle.errors import BadInput, Blocked
from cycle.models import Body, Closure, Council, CouncilSetting, Meeting
from cycle.people import Actor
from cycle.seen import NO_PAGE, Seen
from workflows.core import council_subject, engine
from workflows.core.audit import Act
from workflows.framework import post_permissions
from workflows.reports import papers_follow

MAY = "record_days"
LONGEST = 2_000
LONGEST_NAME = 100
MOST_DAYS = 60  # of one closure
# Under which fact the recorded days of a kind are kept, by day.
_KEPT = {
    "holiday": council_facts.RECORDED_HOLIDAYS,
    "thanksgiving": council_facts.THANKSGIVING,
}


@dataclass(frozen=True)
class Closed:
    """Days on which nobody works, and why; both ends count. ``kind``: holiday, closure, or
    thanksgiving (of which only an election takes notice);
    ``recorded``: it was recorded here, and can be undone until it comes."""

    first_on: date
    last_on: date
    why: str
    kind: str = "closure"
    recorded: bool = True
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class MeetingOn:
    """A planned meeting on a day on which nobody works, and why nobody does."""

    meeting_id: int
    body: str
    on: date
    why: str

    @property
    def sentence(self) -> str:
        """That it stands, for whoever records the day."""
        return f"{self.body} meets on {long_date(self.on)}: ask its clerk whether it moves."


def record_holiday(
    session: Session,
    actor: Actor,
    on: date,
    name: str,
    works: bool = False,
    seen_version: Seen = NO_PAGE,
) -> list[str]:
    """Record a holiday that was proclaimed for one day. Gives what is worth a look about it.

    ``works``: people work on it; it is a day of public thanksgiving or mourning, which only the
    timetable of an election leaves out. Raises as ``record_event``; Blocked for a day in the past
    or one that is a holiday already.
    """
    council = council_subject.subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, MAY)
    _to_come(session, on)
    check_words(name, "Say what the holiday is called.", LONGEST_NAME)
    calendar = council_facts.calendar(session)
    already = calendar.holiday(on)
    if already is not None:
        raise Blocked(f"{long_date(on)} is a holiday already: {already}.")
    if works:
        if on in calendar.thanksgiving:
            raise Blocked(f"{long_date(on)} is recorded as such a day already.")
        days = council_facts.fact(session, council_facts.THANKSGIVING, {})
        store(session, council_facts.THANKSGIVING, {**days, on.isoformat(): name.strip()})
        kept: dict[str, Any] = {"on": on, "name": name.strip(), "works": True}
        engine.record(session, council, actor, Act("record_holiday", details=kept), capacity)
        return []
    warnings = (
        [f"{long_date(on)} is a {calendar.why_not_working(on)}: no working day is lost."]
        if on.weekday() >= 5
        else []
    )
    warnings += [each.sentence for each in meetings_between(session, on, on, name.strip())]
    recorded = council_facts.fact(session, council_facts.RECORDED_HOLIDAYS, {})
    store(session, council_facts.RECORDED_HOLIDAYS, {**recorded, on.isoformat(): name.strip()})
    details = {"on": on, "name": name.strip(), "warnings": warnings}
    papers = _papers(session, actor, council, f"{long_date(on)} is a holiday")
    warnings += papers_follow.sentences(papers.get("papers", []))
    details |= papers
    engine.record(session, council, actor, Act("record_holiday", details=details), capacity)
    return warnings


def record_closure(
    session: Session,
    actor: Actor,
    first_on: date,
    last_on: date,
    why: str,
    seen_version: Seen = NO_PAGE,
) -> Closed:
    """Record that the council's offices are closed, both days included.

    Raises as ``record_event``; Blocked for days in the past, out of order, too many, or closed
    already.
    """
    council = council_subject.subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, MAY)
    _to_come(session, first_on)
    horizon.check(session, last_on)
    check_words(why, "Say why the council is closed.", LONGEST_NAME)
    in_order(first_on, last_on)
    other = session.scalars(
        select(Closure)
        .where(Closure.first_on <= last_on, Closure.last_on >= first_on)
        .order_by(Closure.first_on)
        .limit(1)
    ).first()
    if other is not None:
        raise Blocked(
            f"The council is closed from {long_date(other.first_on)} to "
            f"{long_date(other.last_on)} already ({other.why})."
        )
    session.add(Closure(first_on=first_on, last_on=last_on, why=why.strip()))
    session.flush()
    warnings = [each.sentence for each in meetings_between(session, first_on, last_on, why.strip())]
    details = {"first": first_on, "last": last_on, "why": why.strip(), "warnings": warnings}
    papers = _papers(session, actor, council, f"The council is closed on {long_date(first_on)}")
    warnings += papers_follow.sentences(papers.get("papers", []))
    details |= papers
    engine.record(session, council, actor, Act("record_closure", details=details), capacity)
    return Closed(first_on, last_on, why.strip(), warnings=tuple(warnings))


def revert(
    session: Session,
    actor: Actor,
    kind: str,
    first_on: date,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> list[str]:
    """Revert a recorded ``holiday`` or ``thanksgiving``, or a ``closure`` by its first day: it was
    said in error, or is not to be after all. What was counted with it is proposed anew, like any
    other fact. Gives what has followed at once, in sentences.

    Raises NotPermitted without ``record_days``, BadInput when there is no such day, Blocked without
    a reason or when it has come: a day that has been counted stays.
    """
    council = council_subject.subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, MAY)
    check_words(reason, "Say why it is undone: a reason is needed here.")
    if kind in _KEPT:
        recorded = council_facts.fact(session, _KEPT[kind], {})
        name = recorded.get(first_on.isoformat())
        if name is None:
            raise BadInput(
                f"No holiday was recorded for {long_date(first_on)}. Those of the nation and of "
                "the council’s files cannot be undone here."
            )
        _still_to_come(first_on)
        left = {day: each for day, each in recorded.items() if day != first_on.isoformat()}
        store(session, _KEPT[kind], left)
    else:
        row = session.scalars(select(Closure).where(Closure.first_on == first_on)).first()
        if row is None:
            raise BadInput(f"The council does not close on {long_date(first_on)}.")
        _still_to_come(first_on)
        name = row.why
        session.delete(row)
        session.flush()
    details: dict[str, Any] = {"kind": kind, "on": first_on, "name": name}
    if kind != "thanksgiving":
        words = f"{long_date(first_on)} is a working day again"
        details |= _papers(session, actor, council, words)
    followed = papers_follow.sentences(details.get("papers", []))
    engine.record(
        session, council, actor, Act("take_back_day", reason.strip(), details=details), capacity
    )
    return followed


def _papers(session: Session, actor: Actor, council: Council, words: str) -> dict[str, Any]:
    """Open tasks of reports follow the days that count now (fault P7); for the record."""
    cause = f"council-{council.version}"
    moved = papers_follow.after_change(session, actor, cause, words, papers_follow.OUTSIDE_DAYS)
    return {"papers": moved} if moved else {}


def _still_to_come(on: date) -> None:
    if on <= clock.today():
        raise Blocked(f"{long_date(on)} has come, so it stays: days were counted with it.")


def closed_days(
    session: Session, calendar: Calendar, first_on: date, last_on: date
) -> list[Closed]:
    """Holidays and closures between two days, both included, in order."""
    recorded = council_facts.fact(session, council_facts.RECORDED_HOLIDAYS, {})
    found = list(_holidays(calendar.holiday, recorded, first_on, last_on))
    rows = session.scalars(
        select(Closure).where(Closure.first_on <= last_on, Closure.last_on >= first_on)
    )
    found += [Closed(row.first_on, row.last_on, row.why) for row in rows]
    days = council_facts.fact(session, council_facts.THANKSGIVING, {})
    found += [
        Closed(on, on, name, "thanksgiving")
        for on, name in ((parse_date(day), name) for day, name in days.items())
        if first_on <= on <= last_on
    ]
    return sorted(found, key=lambda each: (each.first_on, each.why))


def meetings_between(
    session: Session,
    first_on: date,
    last_on: date,
    why: str = "",
    calendar: Calendar | None = None,
) -> list[MeetingOn]:
    """The planned meetings between two days, both included, on which nobody works; with ``why``
    those of all these days, on which that is why nobody does."""
    rows = session.execute(
        select(Meeting.id, Body.name, Meeting.on_date)
        .join(Body, Body.id == Meeting.body_id)
        .where(Meeting.status == "planned", Meeting.on_date.between(first_on, last_on))
        .order_by(Meeting.on_date, Body.name)
    )
    calendar = calendar or council_facts.calendar(session)
    found = [
        MeetingOn(row.id, row.name, row.on_date, why or calendar.why_not_working(row.on_date) or "")
        for row in rows
    ]
    return [each for each in found if each.why]


def _holidays(holiday: Any, recorded: Any, first_on: date, last_on: date) -> Iterator[Closed]:
    for count in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=count)
        name = holiday(day)
        if name:
            yield Closed(day, day, name, "holiday", day.isoformat() in recorded)


def in_order(first_on: date, last_on: date) -> None:
    """Raises Blocked when the days are not in order, or too many for one closure."""
    if last_on < first_on:
        raise Blocked("The last day is before the first one. Give them in order.")
    if last_on - first_on >= timedelta(days=MOST_DAYS):
        raise Blocked(f"That is more than {MOST_DAYS} days. Look at the two days again.")


def _to_come(session: Session, on: date) -> None:
    horizon.check(session, on)
    if on < clock.today():
        raise Blocked(f"{long_date(on)} is in the past. Give a day to come.")


def check_words(given: str, missing: str, most: int = LONGEST) -> None:
    """Raises Blocked for words that are missing, or too many."""
    if not given.strip():
        raise Blocked(missing)
    if len(given) > most:
        raise Blocked(f"This can hold {most:,} characters. Shorten it a little.")


def store(session: Session, key: str, value: Any) -> None:
    """Keep a fact of the council under its key."""
    """Keep a fact of the council under its key."""
    row = session.get(CouncilSetting, key)
    if row is None:
        session.add(CouncilSetting(key=key, value=value))
    else:
        row.value = value
    session.flush()
