"""Promises about a municipal calendar: Cy looks first, then takes it in; nothing by halves."""

from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config.rhythm import Meeting as Published
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotPermitted, OutOfDate
from cycle.models import Body, Meeting
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, on
from workflows.calendar import importing
from workflows.calendar.importing import Preview
from workflows.record.verify import run as verify

HEAD = "body,date,time,kind\n"
MORNING = time(10, 30)


@pytest.fixture
def who(db: Database, tmp_path: Path) -> Cast:
    """Smallshire in September 2027."""
    return co.council(db, tmp_path)


def days(db: Database, key: str = "policy_committee") -> list[date]:
    """The days on which a body is to meet."""

    def work(session: Session) -> list[date]:
        statement = (
            select(Meeting.on_date)
            .join(Body)
            .where(Body.key == key, Meeting.status == "planned", Meeting.on_date >= AUTUMN)
            .order_by(Meeting.on_date)
        )
        return list(session.scalars(statement))

    return db.read(work)


def look(db: Database, by: int, content: str) -> Preview:
    """What a file would do."""

    def work(session: Session) -> Preview:
        actor = build.actor_of(session, by)
        return importing.preview_file(session, actor, "calendar.csv", content.encode())

    return db.read(work)


def take_in(db: Database, by: int, said: list[Published], moves: list[str]) -> tuple[int, int]:
    """What Cy agrees to."""
    return db.run(lambda s: importing.take_in(s, build.actor(s, by), said, moves))


def events(db: Database) -> list[str]:
    """The acts on the council's record."""
    return db.read(
        lambda s: list(
            s.scalars(
                text("SELECT action FROM event JOIN council ON council.id = subject_id ORDER BY 1")
            )
        )
    )


def test_a_look_says_what_is_new_what_moves_and_what_is_known(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        first, second = days(db)[:2]
        shifted = date(second.year, second.month, second.day + 1)
        before = days(db)
        page = look(
            db,
            who.cy,
            HEAD + f"Policy Committee,{first},10:30,\nPolicy Committee,{shifted},10:30,\n"
            "Policy Committee,2027-06-02,10:30,\nPolicy Committee,2027-12-22,18:00,extraordinary\n",
        )
        assert page.problems == []
        assert [line.said.on for line in page.known] == [first]
        assert [(line.was.on_date, line.said.on) for line in page.moved if line.was] == [
            (second, shifted)
        ]
        assert [line.said.on for line in page.added] == [date(2027, 12, 22)]
        assert [line.said.on for line in page.past] == [date(2027, 6, 2)]
        assert page.missing
        assert days(db) == before


def test_cy_takes_in_what_was_looked_at_and_moves_what_was_agreed(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        second = days(db)[1]
        shifted = date(second.year, second.month, second.day + 1)
        lines = f"Policy Committee,{shifted},10:30,\nCouncil,2027-12-22,14:00,budget\n"
        page = look(db, who.cy, HEAD + lines)
        done = take_in(db, who.cy, page.said, [line.key for line in page.moved])
        assert done == (1, 1)
        assert second not in days(db)
        assert shifted in days(db)
        assert date(2027, 12, 22) in days(db, "council")
        said = events(db)
        assert (said.count("move_meeting"), "make_meetings" in said) == (1, True)
        again = look(db, who.cy, HEAD + lines)
        assert (again.added, again.moved, len(again.known)) == ([], [], 2)
        with pytest.raises(Blocked, match="nothing to take in"):
            take_in(db, who.cy, again.said, [])
        assert db.read(verify.check).ok


def test_a_move_that_is_not_agreed_to_is_a_further_meeting(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        second = days(db)[1]
        shifted = date(second.year, second.month, second.day + 1)
        page = look(db, who.cy, HEAD + f"Policy Committee,{shifted},10:30,\n")
        assert take_in(db, who.cy, page.said, []) == (1, 0)
        assert {second, shifted} <= set(days(db))


def test_another_time_on_a_known_day_is_a_move_and_stays_unless_agreed(
    db: Database, who: Cast
) -> None:
    with on(AUTUMN):
        first = days(db)[0]
        page = look(db, who.cy, HEAD + f"Policy Committee,{first},18:00,\n")
        assert [(line.was.on_date if line.was else None) for line in page.moved] == [first]
        with pytest.raises(Blocked, match="nothing to take in"):
            take_in(db, who.cy, page.said, [])
        assert take_in(db, who.cy, page.said, [page.moved[0].key]) == (0, 1)


def test_what_changed_since_the_look_is_said_and_nothing_is_saved(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        second = days(db)[1]
        shifted = date(second.year, second.month, second.day + 1)
        page = look(
            db,
            who.cy,
            HEAD + f"Policy Committee,{shifted},10:30,\nCouncil,2027-12-22,14:00,budget\n",
        )
        keys = [line.key for line in page.moved]
        take_in(db, who.cy, page.said[1:], keys)
        before = (days(db), days(db, "council"), events(db))
        with pytest.raises(OutOfDate, match="Hand the file in again"):
            take_in(db, who.cy, page.said, keys)
        closed = [Published("council", date(2027, 12, 25), MORNING)]
        with pytest.raises(OutOfDate):
            take_in(db, who.cy, closed, [])
        with pytest.raises(OutOfDate):
            take_in(db, who.cy, page.said, ["7-x", "x"])
        assert (days(db), days(db, "council"), events(db)) == before


def test_one_wrong_row_keeps_the_whole_file_out(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        page = look(
            db,
            who.cy,
            HEAD + "Council,2027-12-22,14:00,\nCouncil,2027-12-22,15:00,\nMoot,0000-01-01,x,y\n"
            "Council,2027-12-27,10:30,\nCouncil,10000-01-01,10:30,\n",
        )
        assert [each.split(": ")[0] for each in page.problems] == [
            "calendar.csv:row 4, column body",
            "calendar.csv:row 4, column date",
            "calendar.csv:row 4, column kind",
            "calendar.csv:row 4, column time",
            "calendar.csv:row 6, column date",
            "calendar.csv:row 5, column date",
            "calendar.csv:row 3, column date",
        ]
        assert (page.added, page.moved, page.said) == ([], [], [])
        with pytest.raises(BadInput):
            look(db, who.cy, "no,such,columns\n1,2,3\n")


def test_only_who_manages_meetings_takes_a_calendar_in(db: Database, who: Cast) -> None:
    said = [Published("council", date(2027, 12, 22), MORNING, "extraordinary")]
    with on(AUTUMN):
        for name in ("pat", "mo", "sue"):
            with pytest.raises(NotPermitted):
                take_in(db, getattr(who, name), said, [])
        page = look(db, who.pat, HEAD + "Council,2027-12-22,14:00,\n")
        assert "looked after by another clerk" in page.problems[0]
        assert take_in(db, who.cy, said, []) == (1, 0)
