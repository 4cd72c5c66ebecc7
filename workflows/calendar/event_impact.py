"""What follows from the day of an outside event, before it is recorded and after.

The rule that lives here: the same question is asked of the events as they are and of those with
this one on its day, so the answer is the same whether it is recorded yet or not; an event that is
recorded on this very day is compared with the time before it was. Nothing is written and nobody is
told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from config.council import Event
from cycle import access, council_facts, horizon
from cycle.errors import Blocked
from cycle.people import Actor
from workflows.calendar import outside_events
from workflows.framework import post_permissions
from workflows.timetable import impact, reading_impact, ways_out
from workflows.timetable.impact import Tried
from workflows.timetable.reading_impact import YearAnswer
from workflows.timetable.ways_out import AfterEvent


@dataclass(frozen=True)
class EventPage:
    """What may be tried: kinds of events (key and title) and the events that are known; and what
    would follow in each year that waits for the one that was tried."""

    kinds: dict[str, str]
    events: Sequence[Event]
    tried: Event | None
    years: list[YearAnswer]


def what_if_page(
    session: Session, actor: Actor, kind: str = "", on: date | None = None, moves: str = ""
) -> EventPage:
    """What would follow if an event of a kind were on a day; ``moves``: the key of the known event
    whose new day it would be. Raises Blocked for an event on which nothing hangs."""
    framework = post_permissions.framework(session)
    kinds = outside_events.kinds(framework) if framework is not None else {}
    events = council_facts.events(session)
    if on is None or not kind:
        return EventPage(kinds, events, None, [])
    if kind not in kinds:
        raise Blocked("Nothing hangs on that event. Choose one from the list.")
    horizon.check(session, on)
    was = next((each for each in events if each.key == moves and each.named(kind)), None)
    if moves and was is None:
        raise Blocked("That event is not of this kind. Choose its own kind, or “another one”.")
    others = [each for each in events if each is not was]
    key, title = (was.key, was.title) if was else (f"{kind}_{on:%Y_%m_%d}", kinds[kind])
    tried = Event(key, on, title)
    before = others if was is not None and was.on == on else events
    years = _years(session, actor, kind, on, before, [*others, tried])
    return EventPage(kinds, events, tried, years)


def _years(
    session: Session,
    actor: Actor,
    kind: str,
    on: date,
    before: Sequence[Event],
    after: Sequence[Event],
) -> list[YearAnswer]:
    found = []
    for year in impact.years_of(session, (on,)):
        known = access.known_plans(session, actor, year.id)
        tried = _without_itself(impact.tried(session, year, known, events=(before, after)), kind)
        found_after = ways_out.after_event(session, year, known, tried, kind)
        if found_after != AfterEvent() or not reading_impact.follows_from(tried.difference).nothing:
            found.append(reading_impact.answer(session, year, known, tried, after=found_after))
    return found


def _without_itself(tried: Tried, kind: str) -> Tried:
    """Without the event's own day, which is what was tried and not what follows."""
    own = {
        key
        for key, rule in tried.after.rules.items()
        if (rule.anchor_kind, rule.anchor) == ("event", kind)
    }
    moved = tuple(each for each in tried.difference.moved if each.key not in own)
    return replace(tried, difference=replace(tried.difference, moved=moved))
