"""Promises about a municipal calendar: Cy looks first, then imports it; nothing by halves."""

from collections.abc import Collection, Sequence
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from config.rhythm import Meeting as Published
from cycle.db import Database
from cycle.errors import BadInput, Blocked, NotPermitted, OutOfDate
from cycle.models import Body, Meeting
from cycle.people import Actor
from notifications import feeds
from tests import build
from tests.build import Cast
from tests.flows import committees as co
from tests.flows.committees import AUTUMN, on
from workflows.calendar import import_preview, importing, published_meetings
from workflows.calendar.file_row import FileRow
from workflows.calendar.import_preview import Preview, Shown
from workflows.calendar.importing import Agreed, Imported
from workflows.calendar.naming import Named
from workflows.files import tables
from workflows.meetings import meetings
from workflows.record.verify import verify
from workflows.reports import papers_follow
from workflows.reports.papers_follow import MovedTask

HEAD = "body,date,time,kind\n"
ONE_DAY = timedelta(days=1)


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


def look(db: Database, by: int, content: str | bytes) -> Preview:
    """What a file would do."""
    contents = content.encode() if isinstance(content, str) else content
    handed = import_preview.read("calendar.csv", contents)
    return db.read(lambda s: import_preview.preview(s, build.actor_of(s, by), handed))


def shown(page: Preview) -> list[Shown]:
    """What the page sends along."""
    return [Shown(line.named, line.verdict) for line in page.lines]


def import_meetings(
    db: Database, by: int, page: Preview | Sequence[Shown], agreed: Agreed | None = None
) -> Imported:
    """What Cy agrees to."""
    lines = shown(page) if isinstance(page, Preview) else page
    return db.run(
        lambda s: importing.import_meetings(s, build.actor(s, by), lines, agreed or Agreed())
    )


def as_shown(body: str, day: date, at: time, kind: str = "ordinary") -> Shown:
    """A line that a page might have shown as new."""
    return Shown(Named(FileRow("row 2", "", "", on=day, starts=at), body, kind, "planned"), "new")


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
        before = days(db)
        page = look(
            db,
            who.cy,
            HEAD
            + f"Policy Committee,{first},10:30,\nPolicy Committee,{second + ONE_DAY},18:30,\n"
            + "Policy Committee,2027-06-02,10:30,\nCouncil recess,2027-12-21,10:30,\n"
            + "Policy Committee,2027-12-22,18:00,extraordinary\n",
        )
        verdicts = ["known", "moved", "refused", "not understood", "new"]
        assert [line.verdict for line in page.lines] == verdicts
        assert [line.was.on for line in page.moved if line.was] == [second]
        assert "at 6:30pm" in page.moved[0].sentence
        assert [line.on for line in page.added] == [date(2027, 12, 22)]
        assert [line.sentence for line in page.left_out] == [
            "This is in the past. It is left out.",
            "“Council recess” is not the name of a body.",
        ]
        assert page.missing
        assert days(db) == before


def test_cy_imports_what_was_looked_at_and_moves_what_was_agreed(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        second = days(db)[1]
        shifted = second + ONE_DAY
        lines = f"Policy Committee,{shifted},10:30,\nCouncil,2027-12-22,14:00,budget\n"
        page = look(db, who.cy, HEAD + lines)
        moves = Agreed(moves=[line.key for line in page.moved])
        assert import_meetings(db, who.cy, page, moves) == Imported(1, 1, 0)
        assert second not in days(db)
        assert shifted in days(db)
        assert date(2027, 12, 22) in days(db, "council")
        actions = events(db)
        assert (actions.count("move_meeting"), "make_meetings" in actions) == (1, True)
        again = look(db, who.cy, HEAD + lines)
        assert [line.verdict for line in again.lines] == ["known", "known"]
        with pytest.raises(Blocked, match="nothing to import"):
            import_meetings(db, who.cy, again)
        assert db.read(verify.check).ok


def test_what_was_guessed_is_left_alone_unless_it_is_ticked(db: Database, who: Cast) -> None:
    """Fault C10: without a tick nothing moves and nothing is added; or it is an extra meeting."""
    with on(AUTUMN):
        before, second = days(db), days(db)[1]
        page = look(db, who.cy, HEAD + f"Policy Committee,{second + ONE_DAY},10:30,\n")
        with pytest.raises(Blocked, match="nothing is ticked"):
            import_meetings(db, who.cy, page)
        assert days(db) == before
        key = page.moved[0].key
        with pytest.raises(Blocked, match="Tick one of the two"):
            import_meetings(db, who.cy, page, Agreed(moves=[key], extra=[key]))
        assert import_meetings(db, who.cy, page, Agreed(extra=[key])) == Imported(1, 0, 0)
        assert {second, second + ONE_DAY} <= set(days(db))


def test_another_time_on_a_known_day_stays_unless_agreed(db: Database, who: Cast) -> None:
    """Fault C3."""
    with on(AUTUMN):
        first = days(db)[0]
        page = look(db, who.cy, HEAD + f"Policy Committee,{first},18:00,\n")
        key = page.moved[0].key
        with pytest.raises(OutOfDate):
            import_meetings(db, who.cy, page, Agreed(extra=[key]))
        assert import_meetings(db, who.cy, page, Agreed(moves=[key])) == Imported(0, 1, 0)
        assert look(db, who.cy, HEAD + f"Policy Committee,{first},18:00,\n").known


def test_a_meeting_without_a_time_is_added_only_when_its_usual_time_is_ticked(
    db: Database, who: Cast
) -> None:
    """Fault C3."""
    with on(AUTUMN):
        page = look(db, who.cy, HEAD + "Policy Committee,2027-12-22,,\n")
        assert (page.added, len(page.untimed)) == ([], 1)
        with pytest.raises(Blocked):
            import_meetings(db, who.cy, page)
        agreed = Agreed(usual=[page.untimed[0].key])
        assert import_meetings(db, who.cy, page, agreed) == Imported(1, 0, 0)


def test_a_meeting_that_the_file_calls_cancelled_is_cancelled_when_ticked(
    db: Database, who: Cast
) -> None:
    """Fault C2, C10."""
    with on(AUTUMN):
        first = days(db)[0]
        file = f"body,date,time,status\nPolicy Committee,{first},10:30,Cancelled\n"
        page = look(db, who.cy, file)
        assert [line.on for line in page.cancelled] == [first]
        agreed = Agreed(cancels=[page.cancelled[0].key])
        assert import_meetings(db, who.cy, page, agreed) == Imported(0, 0, 1)
        assert first not in days(db)
        assert "cancel_meeting" in events(db)
        assert [line.verdict for line in look(db, who.cy, file).lines] == ["known"]
        assert db.read(verify.check).ok


def test_what_changed_since_the_look_is_said_and_nothing_is_saved(db: Database, who: Cast) -> None:
    with on(AUTUMN):
        second = days(db)[1]
        page = look(
            db,
            who.cy,
            HEAD + f"Policy Committee,{second + ONE_DAY},10:30,\nCouncil,2027-12-22,14:00,budget\n",
        )
        agreed = Agreed(moves=[line.key for line in page.moved])
        import_meetings(db, who.cy, page, agreed)
        before = (days(db), days(db, "council"), events(db))
        with pytest.raises(OutOfDate, match="Hand the file in again"):
            import_meetings(db, who.cy, page, agreed)
        closed = [as_shown("council", date(2027, 12, 25), time(10, 30))]
        with pytest.raises(OutOfDate):
            import_meetings(db, who.cy, closed)
        with pytest.raises(OutOfDate):
            import_meetings(db, who.cy, page, Agreed(moves=["7-x", "x"]))
        with pytest.raises(BadInput):
            import_meetings(db, who.cy, [as_shown("moot", date(2027, 12, 22), time(10, 30))])
        assert (days(db), days(db, "council"), events(db)) == before


def test_a_wrong_row_is_told_and_the_others_come_in(db: Database, who: Cast) -> None:
    """Fault C1, C13: a calendar holds more than meetings; one line does not keep the rest out."""
    with on(AUTUMN):
        page = look(
            db,
            who.cy,
            HEAD
            + "Council,2027-12-22,14:00,\nCouncil,2027-12-22,15:00,\nMoot,0000-01-01,x,y\n"
            + "Council,2027-12-27,10:30,\nCouncil,10000-01-01,10:30,\n",
        )
        assert [(line.named.row.at, line.verdict) for line in page.lines] == [
            ("row 2", "new"),
            ("row 3", "refused"),
            ("row 4", "not understood"),
            ("row 5", "refused"),
            ("row 6", "not understood"),
        ]
        assert import_meetings(db, who.cy, page) == Imported(1, 0, 0)


def test_only_who_manages_meetings_imports_a_calendar(db: Database, who: Cast) -> None:
    new = [as_shown("council", date(2027, 12, 22), time(10, 30), "extraordinary")]
    with on(AUTUMN):
        for name in ("pat", "mo", "sue"):
            with pytest.raises(NotPermitted):
                import_meetings(db, getattr(who, name), new)
        page = look(db, who.pat, HEAD + "Council,2027-12-22,14:00,\n")
        assert "looked after by another clerk" in page.left_out[0].sentence
        assert import_meetings(db, who.cy, new) == Imported(1, 0, 0)


def odd_meetings(db: Database, who: Cast) -> None:
    """A meeting on a Saturday, one on a day that became a holiday, one moved, one cancelled, and
    two bodies of one name."""

    def work(session: Session) -> None:
        council = session.scalars(select(Body.id).where(Body.key == "council")).one()
        cy = build.actor(session, who.cy)
        meetings.add_meeting(session, cy, council, date(2027, 12, 18), time(2, 30))
        meetings.add_meeting(session, cy, council, date(2027, 12, 27), time(0, 0), "budget")
        moved = meetings.add_meeting(session, cy, council, date(2027, 12, 1), time(19, 5))
        meetings.move_meeting(
            session, cy, moved.meeting.id, date(2027, 12, 2), time(7, 5), "The hall."
        )
        gone = meetings.add_meeting(session, cy, council, date(2027, 12, 8), time(10, 30))
        meetings.cancel_meeting(session, cy, gone.meeting.id, "No business.")
        session.execute(
            update(Body)
            .where(Body.key.in_(["people_committee", "place_committee"]))
            .values(name="Service Committee")
        )

    db.run(work)


def test_any_export_of_ours_comes_back_as_known(db: Database, who: Cast) -> None:
    """Fault C11: every meeting that can be on our calendar, in each of the three formats."""
    with on(AUTUMN):
        odd_meetings(db, who)
        rows = db.read(published_meetings.as_rows)
        entries = db.read(published_meetings.as_entries)
        for contents, many in (
            (tables.csv_file(published_meetings.COLUMNS, rows), len(rows)),
            (tables.xlsx("Meetings", published_meetings.COLUMNS, rows), len(rows)),
            (feeds.calendar_file("Meetings", entries), len(entries)),
        ):
            page = look(db, who.cy, contents)
            assert [line for line in page.lines if line.verdict != "known"] == []
            assert len(page.lines) == many
            assert page.missing == []


def test_a_file_of_the_operator_may_name_a_known_day_that_became_a_holiday(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """Fault C11: also where a cycle is created with a file of meetings."""
    with on(AUTUMN):
        odd_meetings(db, who)
        file = tmp_path / "meetings.csv"
        file.write_text(HEAD + "council,2027-12-18,10:30,\n", encoding="utf-8")
        found = db.read(lambda s: published_meetings.read_file(s, file))
        assert found == (Published("council", date(2027, 12, 18), time(10, 30)),)


def test_reports_follow_once_what_an_import_moves_and_cancels(
    db: Database, who: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They followed after each of the meetings, with every open report locked."""
    co.to_committees(db, who, co.STP)
    followed: list[int] = []
    follow = papers_follow.follow

    def counted(session: Session, actor: Actor, items: Collection[int]) -> list[MovedTask]:
        moved = follow(session, actor, items)
        followed.extend([len(moved)] if items else [])
        return moved

    monkeypatch.setattr(papers_follow, "follow", counted)
    with on(AUTUMN):
        meeting = co.next_meeting(db, "STP-2028-PEOPLE", AUTUMN + timedelta(days=14))
        co.listed(db, who, "STP-2028-PEOPLE", AUTUMN)
        later = co.next_meeting(db, "STP-2028-PEOPLE", meeting.on_date)
        file = (
            "body,date,time,status\n"
            f"People Committee,{meeting.on_date + ONE_DAY},10:30,\n"
            f"People Committee,{later.on_date},10:30,Cancelled\n"
        )
        page = look(db, who.cy, file)
        agreed = Agreed(
            moves=[line.key for line in page.moved], cancels=[line.key for line in page.cancelled]
        )
        followed.clear()
        assert import_meetings(db, who.cy, page, agreed) == Imported(0, 1, 1)
        assert db.read(verify.check).ok
    assert followed == [1]
    subjects = "SELECT DISTINCT subject FROM outbox WHERE kind = 'papers'"
    assert db.read(lambda s: s.scalars(text(subjects)).all()) == [
        "Meetings on the calendar have changed: 1 of your dates has moved"
    ]
