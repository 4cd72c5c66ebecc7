"""Promises about polls: two are two events, what is the same is said by a person, and an event that
was recorded can be taken back (fault D3)."""

from collections.abc import Iterator
from datetime import date

import pytest

from config.council import Event
from cycle import clock, council_facts
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotPermitted
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.calendar.test_outside_days import LATE, LETTER, days_of, settlement
from workflows.calendar import external_dates, outside_events
from workflows.record.verify import verify


@pytest.fixture
def who(db: Database) -> Iterator[Cast]:
    """Smallshire with Year 1 open, on a morning of June 2027."""
    with clock.set_to(build.SPRING):
        yield build.year_one(db)


def poll(db: Database, who: Cast, kind: str, on: date, moves: str = "", called: str = "") -> Event:
    """Sue records the day of a poll."""
    return db.run(
        lambda s: outside_events.record_event(
            s, build.actor(s, who.sue), kind, on, LETTER, moves, called
        )
    )


def test_two_polls_are_two_events_however_near(db: Database, who: Cast) -> None:
    """Fault D3: a by-election overwrote the ordinary elections, for lying near them."""
    poll(db, who, "election", date(2028, 5, 4), called="Council elections")
    poll(db, who, "by_election", date(2028, 4, 13), called="By-election in Ford ward")
    poll(db, who, "election", date(2028, 5, 18), called="Mayoral election")
    assert days_of(db, "election") == [
        ("Council elections", date(2028, 5, 4)),
        ("Mayoral election", date(2028, 5, 18)),
    ]
    assert days_of(db, "by_election") == [("By-election in Ford ward", date(2028, 4, 13))]
    assert db.read(verify.check).ok


def test_two_by_elections_on_one_day_are_two_events(db: Database, who: Cast) -> None:
    """Fault D3, its sibling: the day is no more the same event than nearness is."""
    for ward in ("Ford", "Mill"):
        poll(db, who, "by_election", date(2028, 4, 13), called=f"By-election in {ward} ward")
    assert len(days_of(db, "by_election")) == 2
    with pytest.raises(Blocked, match="By-election in Mill ward is on 13 April 2028 already"):
        poll(db, who, "by_election", date(2028, 4, 13), called="By-election in Mill ward")


def test_an_event_is_moved_only_as_what_it_is(db: Database, who: Cast) -> None:
    """Fault D3: what is the same is said by a person, and must be of its kind."""
    made = poll(db, who, "election", date(2028, 5, 4), called="Council elections")
    with pytest.raises(Blocked, match="Council elections on 4 May 2028 is not of the kind"):
        poll(db, who, "by_election", date(2028, 5, 11), moves=made.key)
    with pytest.raises(BadInput, match="There is no such event"):
        poll(db, who, "election", date(2028, 5, 11), moves="election_1066")
    poll(db, who, "election", date(2028, 5, 11), moves=made.key)
    assert days_of(db, "election") == [("Council elections", date(2028, 5, 11))]


def test_an_event_can_be_taken_back(db: Database, who: Cast) -> None:
    """Fault D3: with a reason, on the record; what the council's files say counts again."""

    def back(by: int, key: str, reason: str = "It was a slip.") -> Event | None:
        return db.run(lambda s: outside_events.revert_event(s, build.actor(s, by), key, reason))

    made = settlement(db, who.sue, LATE)
    with pytest.raises(NotPermitted):
        back(who.mo, made.key)
    with pytest.raises(Blocked, match="Say why"):
        back(who.sue, made.key, " ")
    assert back(who.sue, made.key) is None
    assert days_of(db, "settlement") == []
    payload = co.last_payload_of_council(db)
    assert (payload["action"], payload["details"]["was_on"]) == ("take_back_event", str(LATE))
    with pytest.raises(BadInput, match="was not recorded here"):
        back(who.sue, made.key)
    db.run(
        lambda s: external_dates.store(
            s, council_facts.EVENTS, [["settlement_2027", "2027-12-16", "Provisional settlement"]]
        )
    )
    moved = settlement(db, who.sue, LATE, moves="settlement_2027")
    left = back(who.sue, moved.key)
    assert left is not None
    assert days_of(db, "settlement") == [("Provisional settlement", date(2027, 12, 16))]
    assert db.read(verify.check).ok
