"""Where and when the papers of a meeting were published: recorded, in time, and of this text."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import clock
from cycle.db import Database
from cycle.errors import Blocked
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, STP, on
from workflows.meetings import agenda
from workflows.meetings.agenda import Publication

PEOPLE = "STP-2028-PEOPLE"


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """The Strategic Plan is before the two service committees."""
    cast = co.council(db, tmp_path)
    co.to_committees(db, cast, STP)
    return cast


def test_the_last_lawful_day_is_in_time(db: Database, who: Cast) -> None:
    """Monday's meeting: five clear days, neither end counts, so the Friday before last."""
    meeting = co.listed(db, who, PEOPLE, AUTUMN)
    assert meeting.on_date.weekday() == 0
    last_day = meeting.on_date - timedelta(days=10)
    with on(last_day):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), co.item(s, PEOPLE).id))

    def publish(session: Session, publication: Publication) -> None:
        agenda.publish(
            session, build.actor(session, who.cy), co.item(session, PEOPLE).id, publication
        )

    with on(last_day + timedelta(days=3)):
        late = (
            f"Papers for {long_date(meeting.on_date)} had to be published by "
            f"{long_date(last_day)}: five clear days, Local Government Act 1972 s.100B"
        )
        with pytest.raises(Blocked) as refused:
            db.run(publish, co.on_the_web())
        assert late in str(refused.value)
        # S1: what counts is the day on which it was published, not on which that is recorded.
        db.run(publish, replace(co.on_the_web(), at=clock.at_local(last_day, 17)))
    assert co.status(db, PEOPLE) == "Published"


def test_where_and_when_it_was_published_is_recorded_and_can_be(db: Database, who: Cast) -> None:
    """S1. What was published before the report was final was another text."""
    meeting = co.listed(db, who, PEOPLE, AUTUMN)

    def publish(session: Session, where: str, hours: int) -> None:
        publication = Publication(where, clock.now() + timedelta(hours=hours))
        agenda.publish(
            session, build.actor(session, who.cy), co.item(session, PEOPLE).id, publication
        )

    with on(meeting.on_date - timedelta(days=12)):
        db.run(lambda s: agenda.freeze(s, build.actor(s, who.cy), co.item(s, PEOPLE).id))
        with pytest.raises(Blocked, match="Say where the report was published"):
            db.run(publish, " ", 0)
        with pytest.raises(Blocked, match="still to come. Record it once it was published."):
            db.run(publish, "The town hall", 1)
        with pytest.raises(Blocked, match="that was another text: give a later moment.") as refused:
            db.run(publish, "The town hall", -1)
        assert "The report was made final on" in str(refused.value)
        db.run(publish, "The town hall", 0)
    item = db.read(lambda s: co.item(s, PEOPLE))
    assert item.published_where == "The town hall"
    assert item.published_at is not None


def test_a_report_that_is_put_off_is_not_said_to_be_published_for_its_next_meeting(
    db: Database, who: Cast
) -> None:
    """S1: where and when it was published for this meeting stays on the record alone."""
    meeting = co.published(db, who, PEOPLE, AUTUMN)
    assert db.read(lambda s: co.item(s, PEOPLE).published_where)
    with on(meeting.on_date - timedelta(days=1)):
        cy = who.cy
        db.run(
            lambda s: agenda.postpone(
                s, build.actor(s, cy), co.item(s, PEOPLE).id, "It is put off to October."
            )
        )
    item = db.read(lambda s: co.item(s, PEOPLE))
    assert (item.published_where, item.published_at) == (None, None)
