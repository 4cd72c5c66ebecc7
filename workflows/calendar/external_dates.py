"""Days that others fix: when the settlement came, when the election is, a holiday, a closed office.

The rules that live here: such a day is a fact, recorded at once on the council's chain and never
refused for what follows from it; what follows for the council's own dates is proposed and moves
nothing by itself. The same event said again is moved, not added. What is recorded here stays when
the council's files are loaded again. A holiday or closure that has not come can be taken back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.council import Event
from config.dates import long_date
from config.framework import Framework
from cycle import clock, council_facts, horizon
from cycle.errors import BadInput, Blocked
from cycle.models import Closure, CouncilSetting
from cycle.people import Actor
from cycle.schedule.dating import NEAR
from cycle.seen import NO_PAGE, Seen
from workflows.core import council as council_subject, engine
from workflows.core.audit import Act
from workflows.framework import permissions

MAY = "record_days"
LONGEST = 2_000
LONGEST_NAME = 100
MOST_DAYS = 60  # of one closure


@dataclass(frozen=True)
class Closed:
    """Days on which nobody works, and why; both ends count. ``kind``: holiday or closure;
    ``said``: it was recorded, and can be taken back until it comes."""

    first_on: date
    last_on: date
    why: str
    kind: str = "closure"
    said: bool = True


def kinds(framework: Framework) -> dict[str, str]:
    """The outside events on which dates or limits of a framework hang: key and title."""
    found = {
        rule.anchor: rule.title
        for pattern in framework.years
        for rule in pattern.steps
        if rule.anchor_kind == "event"
    }
    for limit in framework.limits.values():
        for key in (limit.from_event, limit.until_event):
            if key:
                found.setdefault(key, key.replace("_", " ").capitalize())
    return found


def record_event(
    session: Session,
    actor: Actor,
    kind: str,
    on: date,
    source: str,
    seen_version: Seen = NO_PAGE,
) -> Event:
    """Record on which day an outside event is or was. Gives it as it now stands.

    Raises NotPermitted without ``record_days``, BadInput for an event on which nothing hangs or a
    day beyond the calendar, Blocked without a source or when that is known already.
    """
    council = council_subject.subject_of(session, seen_version)
    desk = permissions.require(session, actor, MAY)
    framework = permissions.framework(session)
    titles = kinds(framework) if framework is not None else {}
    if kind not in titles:
        raise BadInput("Nothing hangs on that event. Choose one from the list.")
    horizon.check(session, on)
    _words(source, "Say how this day is known, such as the letter or the web page.")
    was = _same(council_facts.events(session), kind, on)
    if was is not None and was.on == on:
        raise Blocked(f"{was.title} is on {long_date(on)} already.")
    key = was.key if was else f"{kind}_{on:%Y_%m}"
    event = Event(key, on, was.title if was else titles[kind])
    said = [
        each
        for each in council_facts.fact(session, council_facts.SAID_EVENTS, [])
        if each[0] != key
    ]
    _say(session, council_facts.SAID_EVENTS, sorted([*said, [key, on.isoformat(), event.title]]))
    details = {"event": key, "title": event.title, "on": on, "was_on": was.on if was else None}
    engine.record(
        session, council, actor, Act("record_event", source.strip(), details=details), desk
    )
    return event


def record_holiday(
    session: Session, actor: Actor, on: date, name: str, seen_version: Seen = NO_PAGE
) -> list[str]:
    """Record a holiday that was proclaimed for one day. Gives what is worth a look about it.

    Raises as ``record_event``; Blocked for a day in the past or one that is a holiday already.
    """
    council = council_subject.subject_of(session, seen_version)
    desk = permissions.require(session, actor, MAY)
    _to_come(session, on)
    _words(name, "Say what the holiday is called.", LONGEST_NAME)
    calendar = council_facts.calendar(session)
    already = calendar.holiday(on)
    if already is not None:
        raise Blocked(f"{long_date(on)} is a holiday already: {already}.")
    warnings = (
        [f"{long_date(on)} is a {calendar.why_not_working(on)}: no working day is lost."]
        if on.weekday() >= 5
        else []
    )
    said = council_facts.fact(session, council_facts.SAID_HOLIDAYS, {})
    _say(session, council_facts.SAID_HOLIDAYS, {**said, on.isoformat(): name.strip()})
    details = {"on": on, "name": name.strip(), "warnings": warnings}
    engine.record(session, council, actor, Act("record_holiday", details=details), desk)
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
    desk = permissions.require(session, actor, MAY)
    _to_come(session, first_on)
    horizon.check(session, last_on)
    _words(why, "Say why the council is closed.", LONGEST_NAME)
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
    details = {"first": first_on, "last": last_on, "why": why.strip()}
    engine.record(session, council, actor, Act("record_closure", details=details), desk)
    return Closed(first_on, last_on, why.strip())


def take_back(
    session: Session,
    actor: Actor,
    kind: str,
    first_on: date,
    reason: str,
    seen_version: Seen = NO_PAGE,
) -> None:
    """Take back a recorded ``holiday``, or a ``closure`` by its first day: it was said in error, or
    is not to be after all. What was counted with it is proposed anew, like any other fact.

    Raises NotPermitted without ``record_days``, BadInput when there is no such day, Blocked without
    a reason or when it has come: a day that has been counted stays.
    """
    council = council_subject.subject_of(session, seen_version)
    desk = permissions.require(session, actor, MAY)
    _words(reason, "Say why it is taken back: a reason is needed here.")
    if kind == "holiday":
        said = council_facts.fact(session, council_facts.SAID_HOLIDAYS, {})
        name = said.get(first_on.isoformat())
        if name is None:
            raise BadInput(
                f"No holiday was recorded for {long_date(first_on)}. Those of the nation and of "
                "the council’s files cannot be taken back here."
            )
        _still_to_come(first_on)
        left = {day: each for day, each in said.items() if day != first_on.isoformat()}
        _say(session, council_facts.SAID_HOLIDAYS, left)
    else:
        row = session.scalars(select(Closure).where(Closure.first_on == first_on)).first()
        if row is None:
            raise BadInput(f"The council does not close on {long_date(first_on)}.")
        _still_to_come(first_on)
        name = row.why
        session.delete(row)
        session.flush()
    details = {"kind": kind, "on": first_on, "name": name}
    engine.record(
        session, council, actor, Act("take_back_day", reason.strip(), details=details), desk
    )


def _still_to_come(on: date) -> None:
    if on <= clock.today():
        raise Blocked(f"{long_date(on)} has come, so it stays: days were counted with it.")


def closed_days(session: Session, first_on: date, last_on: date) -> list[Closed]:
    """Holidays and closures between two days, both included, in order."""
    calendar = council_facts.calendar(session)
    said = council_facts.fact(session, council_facts.SAID_HOLIDAYS, {})
    found = list(_holidays(calendar.holiday, said, first_on, last_on))
    rows = session.scalars(
        select(Closure).where(Closure.first_on <= last_on, Closure.last_on >= first_on)
    )
    found += [Closed(row.first_on, row.last_on, row.why) for row in rows]
    return sorted(found, key=lambda each: (each.first_on, each.why))


def _holidays(holiday: Any, said: Any, first_on: date, last_on: date) -> Iterator[Closed]:
    for count in range((last_on - first_on).days + 1):
        day = first_on + timedelta(days=count)
        name = holiday(day)
        if name:
            yield Closed(day, day, name, "holiday", day.isoformat() in said)


def _same(events: tuple[Event, ...], kind: str, on: date) -> Event | None:
    """The event of this kind that is meant: the nearest one, if it is of the same season."""
    near = [each for each in events if each.named(kind) and abs(each.on - on) <= NEAR]
    return min(near, key=lambda each: abs(each.on - on), default=None)


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


def _words(given: str, missing: str, most: int = LONGEST) -> None:
    if not given.strip():
        raise Blocked(missing)
    if len(given) > most:
        raise Blocked(f"This can hold {most:,} characters. Shorten it a little.")


def _say(session: Session, key: str, value: Any) -> None:
    row = session.get(CouncilSetting, key)
    if row is None:
        session.add(CouncilSetting(key=key, value=value))
    else:
        row.value = value
    session.flush()
