"""Mo is reminded of what is his: five days and one day before, when it is late, once a day at
most, and never of what is no longer his."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from cycle import clock
from cycle.db import Database
from notifications import digests, dispatch, notices
from notifications.channels.file import FileChannel
from notifications.notices import Notice
from tests import build
from tests.build import Cast
from tests.flows.posting import at, change, close_task, mail_in, rows, states, task_for

BASE = "https://plans.smallshire.example"
MO, HIS_DIRECTOR = "manager-housing", "director-homes"
# A Wednesday; no bank holiday and no closure is near.
DUE = date(2027, 11, 17)
MONDAY = date(2027, 11, 15)


@pytest.fixture
def who(db: Database) -> Cast:
    return build.council(db)


def remind(db: Database, on: date, hour: int = 8) -> list[str]:
    """The keys of the notices that one run writes."""
    before = set(states(db))
    with at(on, hour):
        written = db.run(build.notices_of_the_day)
    new = sorted(set(states(db)) - before)
    assert len(new) == written
    return new


def post_of(db: Database, on: date, folder: Path, hour: int = 8) -> int:
    """The sweep's mail part at a moment; how many mails of the day were written."""
    with at(on, hour):
        _notices, written = db.run(digests.of_the_day, BASE)
        dispatch.drain(db, FileChannel(folder / "mail", "p@smallshire.example"), base_url=BASE)
    return written


def test_mo_is_reminded_five_and_one_working_days_before_then_late_then_weekly(
    db: Database, who: Cast
) -> None:
    task = task_for(db, MO, DUE)
    notices = {}
    day = date(2027, 11, 1)
    while day < date(2027, 12, 10):
        keys = remind(db, day)
        if keys:
            notices[day] = keys
        day += timedelta(days=1)
    assert notices == {
        date(2027, 11, 10): [f"before:{task}:1:2027-11-17-5:{who.mo}"],
        date(2027, 11, 16): [f"before:{task}:1:2027-11-17-1:{who.mo}"],
        date(2027, 11, 18): [f"overdue:{task}:1:2027-11-17+0:{who.mo}"],
        date(2027, 11, 25): [f"overdue:{task}:1:2027-11-17+1:{who.mo}"],
        date(2027, 12, 2): [f"overdue:{task}:1:2027-11-17+2:{who.mo}"],
        date(2027, 12, 9): [f"overdue:{task}:1:2027-11-17+3:{who.mo}"],
    }


def test_running_it_twice_writes_nothing_the_second_time(db: Database, who: Cast) -> None:
    task_for(db, MO, DUE)
    task_for(db, "support", date(2027, 11, 1))
    assert len(remind(db, MONDAY)) == 2
    assert remind(db, MONDAY) == []
    assert remind(db, MONDAY, hour=23) == []


def test_after_a_week_without_the_product_there_is_one_reminder_and_not_two(
    db: Database, who: Cast
) -> None:
    task = task_for(db, MO, DUE)
    assert remind(db, DUE) == [f"before:{task}:1:2027-11-17-1:{who.mo}"]
    late = task_for(db, "support", date(2027, 10, 1))
    assert remind(db, DUE) == [f"overdue:{late}:1:2027-10-01+6:{who.sue}"]


def test_a_date_that_was_moved_is_a_new_date_to_be_reminded_of(db: Database, who: Cast) -> None:
    task = task_for(db, MO, DUE)
    remind(db, date(2027, 11, 10))
    change(db, "UPDATE task SET due_on = '2027-12-15' WHERE id = :id", id=task)
    assert remind(db, date(2027, 11, 18)) == []
    assert remind(db, date(2027, 12, 8)) == [f"before:{task}:1:2027-12-15-5:{who.mo}"]


def test_days_on_which_the_council_is_closed_do_not_count(db: Database, who: Cast) -> None:
    # Smallshire closes from 24 December to 3 January.
    task_for(db, MO, date(2028, 1, 5))
    assert remind(db, date(2027, 12, 17)) == []
    assert len(remind(db, date(2027, 12, 20))) == 1
    late = task_for(db, "support", date(2027, 12, 23))
    for day in (date(2027, 12, 24), date(2027, 12, 31), date(2028, 1, 3)):
        assert not [key for key in remind(db, day) if key.startswith("overdue")]
    assert remind(db, date(2028, 1, 4))[-1] == f"overdue:{late}:1:2027-12-23+0:{who.sue}"


def test_the_council_may_choose_other_days(db: Database, who: Cast) -> None:
    change(db, "INSERT INTO council_setting (key, value) VALUES ('reminder_days_before', '[3]')")
    task_for(db, MO, DUE)
    assert remind(db, date(2027, 11, 10)) == []
    assert len(remind(db, date(2027, 11, 12))) == 1


def test_whoever_covers_for_mo_is_told_too_and_of_what_was_open_already(
    db: Database, who: Cast
) -> None:
    task = task_for(db, MO, DUE)
    change(
        db,
        "INSERT INTO cover (post_id, for_person_id, person_id, during, reason) "
        "SELECT id, :mo, :tess, '[2027-11-15,2027-11-29)', 'Leave' FROM post WHERE key = :post",
        mo=who.mo,
        tess=who.tess,
        post=MO,
    )
    assert remind(db, MONDAY) == sorted(
        [
            f"before:{task}:1:2027-11-17-5:{who.mo}",
            f"before:{task}:1:2027-11-17-5:{who.tess}",
            f"opened:{task}:{who.tess}",
        ]
    )


def test_the_work_of_a_vacant_post_is_told_to_the_line(db: Database, who: Cast) -> None:
    change(
        db,
        "UPDATE appointment SET during = daterange(lower(during), '2027-11-01') "
        "WHERE person_id = :mo",
        mo=who.mo,
    )
    task = task_for(db, MO, DUE)
    assert remind(db, MONDAY) == [
        f"before:{task}:1:2027-11-17-5:{who.ray}",
        f"opened:{task}:{who.ray}",
    ]


@pytest.mark.parametrize(
    ("sunday", "working_day"),
    # The spring change of 2027 falls on Easter Sunday, so Monday is a holiday too.
    [(date(2027, 3, 28), date(2027, 3, 30)), (date(2027, 10, 31), date(2027, 11, 1))],
)
def test_a_change_of_the_clocks_adds_and_drops_no_reminder(
    db: Database, who: Cast, sunday: date, working_day: date
) -> None:
    """INV-45."""
    task_for(db, MO, working_day)
    task_for(db, "support", sunday - timedelta(days=2))
    moment = clock.at_local(sunday - timedelta(days=1), 0)
    until = clock.at_local(working_day + timedelta(days=1), 0)
    while moment < until:
        with clock.set_to(moment):
            db.run(build.notices_of_the_day)
            db.run(digests.of_the_day, BASE)
        moment += timedelta(hours=1)
    kinds = sorted(key.split(":")[0] for key in states(db))
    assert kinds == ["before", "digest", "digest", "overdue"]
    gathered = rows(db, "SELECT not_before_at FROM outbox WHERE kind = 'digest'")
    assert {row.not_before_at for row in gathered} == {clock.at_local(working_day, 8)}


# One mail a day


def test_mos_mail_has_three_lists_each_task_once_and_one_link(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    late = task_for(db, MO, date(2027, 11, 12), "Answer the comments")
    task_for(db, MO, DUE, "Write the draft")
    fresh = task_for(db, MO, date(9999, 12, 31), "Name a contact")
    for task in (late, fresh):
        _opened(db, task, who.mo, MONDAY)
    assert post_of(db, MONDAY, tmp_path) == 1
    (mail,) = mail_in(tmp_path)
    words = mail.get_content()
    assert mail["Subject"] == "3 tasks for you: 1 overdue, 1 due soon, 1 new"
    assert words.index("Overdue") < words.index("Answer the comments") < words.index("Due soon")
    assert words.index("Due soon") < words.index("Write the draft") < words.index("New")
    assert words.count("Answer the comments") == 1
    assert "Due: 17 November 2027" in words
    assert "Due: no date" in words
    assert "9999" not in words
    assert "Yours as: Group manager, Housing" in words
    assert "You get this mail because" in words
    assert set(states(db).values()) == {"gathered", "sent"}


def _opened(db: Database, task: int, person: int, on: date, hour: int = 6) -> None:
    """As the act that opens a task writes it."""
    change(
        db,
        "INSERT INTO outbox (key, kind, person_id, task_id, subject, body, state, created_at, "
        "not_before_at, attempts, why) VALUES (:key, 'opened', :person, :task, '', '', 'waiting', "
        ":at, :at, 0, '')",
        key=f"opened:{task}:{person}",
        person=person,
        task=task,
        at=clock.at_local(on, hour),
    )


def test_nobody_gets_two_mails_on_one_day_and_the_late_one_waits(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    first = task_for(db, MO, date(2027, 12, 15))
    _opened(db, first, who.mo, MONDAY)
    assert post_of(db, MONDAY, tmp_path) == 1
    second = task_for(db, MO, date(2027, 12, 16))
    _opened(db, second, who.mo, MONDAY, hour=10)
    assert post_of(db, MONDAY, tmp_path, hour=11) == 0
    third = task_for(db, MO, MONDAY)
    assert post_of(db, MONDAY, tmp_path, hour=12) == 0
    assert post_of(db, MONDAY + timedelta(days=1), tmp_path) == 1
    assert [mail["Subject"] for mail in mail_in(tmp_path)] == [
        "1 task for you: 1 new",
        "2 tasks for you: 1 overdue, 1 new",
    ]
    assert third


def test_mail_comes_at_half_past_seven_on_working_days_only(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    task = task_for(db, MO, date(2027, 12, 15))
    _opened(db, task, who.mo, date(2027, 11, 12), hour=18)
    saturday = date(2027, 11, 13)
    assert post_of(db, saturday, tmp_path) == 0
    assert post_of(db, MONDAY, tmp_path, hour=7) == 0
    assert post_of(db, MONDAY, tmp_path, hour=8) == 1


def test_what_is_done_or_no_longer_ones_own_is_not_mailed_and_says_why(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """INV-43: a task closed, another queue, a leaver."""
    done, elsewhere = task_for(db, MO, DUE), task_for(db, MO, DUE)
    leaver = task_for(db, "manager-parks", DUE)
    remind(db, MONDAY, hour=1)
    close_task(db, done)
    change(
        db,
        "UPDATE task SET queue_id = (SELECT queue_id FROM post WHERE key = :post) WHERE id = :id",
        post=HIS_DIRECTOR,
        id=elsewhere,
    )
    change(db, "UPDATE person SET active = false WHERE id = :pat", pat=who.pat)
    post_of(db, MONDAY, tmp_path)
    whys = {
        row.task_id: row.why
        for row in rows(
            db,
            "SELECT task_id, why FROM outbox WHERE state = 'suppressed' AND person_id IN (:m, :p)",
            m=who.mo,
            p=who.pat,
        )
    }
    assert whys == {
        done: "the task was closed",
        elsewhere: "the task is no longer theirs",
        leaver: "the account is no longer active",
    }
    assert {str(mail["To"]) for mail in mail_in(tmp_path)} == {
        "Ray Director <ray@smallshire.example>",
        "Rita Director <rita@smallshire.example>",
    }


def test_a_task_closed_between_writing_and_sending_is_taken_out_of_the_mail(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    done = task_for(db, MO, DUE, "Answer the comments")
    task_for(db, MO, DUE, "Write the draft")
    only = task_for(db, "support", DUE, "Look at it")
    with at(MONDAY):
        db.run(build.notices_of_the_day)
        assert db.run(digests.of_the_day, BASE)[1] == 2
        close_task(db, done)
        close_task(db, only)
        channel = FileChannel(tmp_path / "mail", "p@smallshire.example")
        assert dispatch.drain(db, channel, base_url=BASE).sent == 1
    (mail,) = mail_in(tmp_path)
    assert mail["Subject"] == "1 task for you: 1 due soon"
    assert "Answer the comments" not in mail.get_content()
    assert states(db)[f"digest:{who.sue}:2027-11-15"] == "suppressed"


def test_the_mail_says_who_else_has_the_task(db: Database, who: Cast, tmp_path: Path) -> None:
    task_for(db, MO, DUE)
    change(
        db,
        "INSERT INTO cover (post_id, for_person_id, person_id, during, reason) "
        "SELECT id, :mo, :tess, '[2027-11-08,2027-11-29)', 'Leave' FROM post WHERE key = :post",
        mo=who.mo,
        tess=who.tess,
        post=MO,
    )
    post_of(db, MONDAY, tmp_path)
    words = {str(mail["To"]): mail.get_content() for mail in mail_in(tmp_path)}
    (mos,) = [text for to, text in words.items() if "mo@" in to]
    (tesss,) = [text for to, text in words.items() if "tess@" in to]
    assert "Also with: Tess" in mos
    assert "(covering for Mo" in mos
    assert ", covering for Mo" in tesss
    assert "Also with: Mo" in tesss


def test_nothing_about_housing_reaches_pat_in_parks(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    task_for(db, MO, DUE, "A marker 7c1f")
    task_for(db, "manager-parks", DUE, "Cut the grass")
    post_of(db, MONDAY, tmp_path)
    for mail in mail_in(tmp_path):
        assert ("7c1f" in mail.get_content()) == ("mo@" in str(mail["To"]))
        assert len(mail["To"].addresses) == 1


def test_what_moved_is_told_in_the_days_mail_with_the_way_to_it(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """A notice about no task reaches whoever it is for, whatever queue they serve."""
    with at(MONDAY, 7):
        line = "2 of your dates have moved"
        db.run(notices.add, Notice("dates:1", "moved", who.mo, line, "DC-2027-3"))
    assert post_of(db, MONDAY, tmp_path) == 1
    (mail,) = mail_in(tmp_path)
    assert line in mail.get_content()
    assert f"{BASE}/timetable/changes/DC-2027-3" in mail.get_content()
