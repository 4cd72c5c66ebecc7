"""Events that others fix and on which dates hang: when the settlement came, when the election is.

The rules that live here: the day of an event is a fact, recorded at once on the council's chain and
never refused for what follows from it; what follows for the council's own dates is proposed and
moves nothing by itself. Two polls are two events, however near: whether a day is another one's new
day is said by a person. What was recorded here can be taken back, and stays when the council's
files are loaded again.
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from config.council import Event
from config.dates import long_date
from config.framework import Framework
from cycle import council_facts, horizon
from cycle.errors import BadInput, Blocked
from cycle.people import Actor
from cycle.schedule.elections import BY_ELECTION, ELECTION
from cycle.seen import NO_PAGE, Seen
from workflows.calendar.external_dates import LONGEST_NAME, MAY, check_words, store
from workflows.core import council_subject, engine
from workflows.core.audit import Act
from workflows.framework import post_permissions


def kinds(framework: Framework) -> dict[str, str]:
    """The outside events on which dates or limits of a framework hang: key and title; with an
    election also a by-election, on which no date hangs but the care before it."""
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
    if ELECTION in found:
        found.setdefault(BY_ELECTION, "By-election")
    return found


def recorded_keys(session: Session) -> set[str]:
    """The keys of the events that were recorded in the service, and can be taken back."""
    return {each[0] for each in council_facts.fact(session, council_facts.RECORDED_EVENTS, [])}


def record_event(
    session: Session,
    actor: Actor,
    kind: str,
    on: date,
    source: str,
    moves: str = "",
    called: str = "",
    seen_version: Seen = NO_PAGE,
) -> Event:
    """Record on which day an outside event is or was. Gives it as it now stands.

    ``moves``: the key of the event whose new day this is; "" for another event. ``called``: its
    name, or "" for that of its kind. Raises NotPermitted without ``record_days``, BadInput for an
    event on which nothing hangs, one to move that is not there, or a day beyond the calendar,
    Blocked without a source or when that is known already.
    """
    council = council_subject.subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, MAY)
    framework = post_permissions.framework(session)
    titles = kinds(framework) if framework is not None else {}
    if kind not in titles:
        raise BadInput("Nothing hangs on that event. Choose one from the list.")
    horizon.check(session, on)
    check_words(source, "Say how this day is known, such as the letter or the web page.")
    if called.strip():
        check_words(called, "", LONGEST_NAME)
    current = {each.key: each for each in council_facts.events(session)}
    was = _moved(current, kind, titles[kind], moves)
    title = called.strip() or (was.title if was else titles[kind])
    for each in current.values():
        if each.named(kind) and (each.on, each.title) == (on, title):
            raise Blocked(f"{title} is on {long_date(on)} already.")
    event = Event(was.key if was else _new_key(current, kind, on), on, title)
    _keep(session, event.key, event)
    details = {"event": event.key, "title": title, "on": on, "was_on": was.on if was else None}
    act = Act("record_event", source.strip(), details=details)
    engine.record(session, council, actor, act, capacity)
    return event


def revert_event(
    session: Session, actor: Actor, key: str, reason: str, seen_version: Seen = NO_PAGE
) -> Event | None:
    """Take back an event, or its new day, that was recorded in the service. Gives the event as the
    council's files say it, if they do.

    Raises NotPermitted without ``record_days``, BadInput when it was not recorded here, Blocked
    without a reason.
    """
    council = council_subject.subject_of(session, seen_version)
    capacity = post_permissions.require(session, actor, MAY)
    check_words(reason, "Say why it is taken back: a reason is needed here.")
    if key not in recorded_keys(session):
        raise BadInput(
            "That event was not recorded here. Those of the council’s files cannot be taken back."
        )
    was = {each.key: each for each in council_facts.events(session)}[key]
    _keep(session, key, None)
    left = {each.key: each for each in council_facts.events(session)}.get(key)
    details = {
        "event": key, "title": was.title, "was_on": was.on, "on": left.on if left else None,
    }  # fmt: skip
    act = Act("take_back_event", reason.strip(), details=details)
    engine.record(session, council, actor, act, capacity)
    return left


def _moved(current: Mapping[str, Event], kind: str, title: str, moves: str) -> Event | None:
    """The event of this kind that a person said has another day; None for another event."""
    if not moves:
        return None
    was = current.get(moves)
    if was is None:
        raise BadInput("There is no such event. Choose one from the list, or “another one”.")
    if not was.named(kind):
        raise Blocked(
            f"{was.title} on {long_date(was.on)} is not of the kind “{title}”. Choose its own kind."
        )
    return was


def _new_key(current: Mapping[str, Event], kind: str, on: date) -> str:
    """The kind and the day; two of a kind on one day are told apart by a number."""
    key, number = f"{kind}_{on:%Y_%m_%d}", 1
    while key in current:
        number += 1
        key = f"{kind}_{on:%Y_%m_%d}_{number}"
    return key


def _keep(session: Session, key: str, event: Event | None) -> None:
    """What was recorded, with this event in the place of that of its key, or without it."""
    stored = council_facts.fact(session, council_facts.RECORDED_EVENTS, [])
    rows = [each for each in stored if each[0] != key]
    if event is not None:
        rows.append([event.key, event.on.isoformat(), event.title])
    store(session, council_facts.RECORDED_EVENTS, sorted(rows))
