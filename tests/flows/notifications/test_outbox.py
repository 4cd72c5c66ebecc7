"""What leaves: each message once, whoever carries it and whatever dies on the way."""

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cycle import clock
from cycle.db import Database
from notifications import dispatch, notices, outbox
from notifications.channels import Away, Channel, file
from notifications.channels.file import FileChannel
from notifications.channels.smtp import SmtpChannel
from notifications.notices import Notice
from notifications.outbox import Mail
from tests import build
from tests.build import Cast
from tests.flows.posting import Post, change, mail_in, post_office, rows, states

SENDER = "plans@smallshire.example"
BASE = "https://plans.smallshire.example"


@pytest.fixture
def who(db: Database) -> Cast:
    return build.council(db)


@pytest.fixture
def post() -> Iterator[Post]:
    with post_office() as office:
        yield office


@pytest.fixture
def smtp(post: Post) -> SmtpChannel:
    return SmtpChannel(f"smtp://127.0.0.1:{post.port}", SENDER, timeout=5)


def add(db: Database, key: str, person: int, kind: str = "flagged", body: str = "Hello.") -> None:
    db.run(notices.add, Notice(key, kind, person, f"About {key}", body))


def drain(db: Database, channel: Channel) -> dispatch.Drained:
    return dispatch.drain(db, channel, base_url=BASE)


def test_a_message_with_the_same_key_is_written_once(db: Database, who: Cast) -> None:
    add(db, "note:1", who.mo)
    add(db, "note:1", who.mo, body="Hello again.")
    assert rows(db, "SELECT body FROM outbox")[0].body == "Hello."
    assert len(states(db)) == 1


def test_two_workers_never_hold_the_same_message(db: Database, who: Cast) -> None:
    for n in range(6):
        add(db, f"note:{n}", who.mo)
    first = db.run(outbox.claim, 4)
    second = db.run(outbox.claim, 4)
    assert len(first) == 4
    assert len(second) == 2
    assert not {mail.id for mail in first} & {mail.id for mail in second}


def test_a_message_whose_worker_died_is_taken_up_again_and_called_uncertain(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    """INV-41, INV-42: at the next sweep after its lease."""
    add(db, "note:1", who.mo)
    db.run(outbox.claim, 1)
    channel = FileChannel(tmp_path / "mail", SENDER)
    assert drain(db, channel).sent == 0
    with clock.set_to(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        assert drain(db, channel).sent == 1
    assert rows(db, "SELECT why FROM outbox")[0].why.startswith("uncertain")


def test_a_message_that_was_sent_before_the_worker_died_is_not_sent_twice(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    add(db, "note:1", who.mo)
    channel = FileChannel(tmp_path / "mail", SENDER)
    channel.send(db.run(outbox.claim, 1)[0])
    written = (tmp_path / "mail" / "note.1.eml").stat().st_mtime_ns
    with clock.set_to(clock.now() + outbox.LEASE + timedelta(seconds=1)):
        assert drain(db, channel).sent == 1
    assert (tmp_path / "mail" / "note.1.eml").stat().st_mtime_ns == written
    assert len(mail_in(tmp_path)) == 1


def test_nothing_goes_to_mo_after_he_has_left(db: Database, who: Cast, tmp_path: Path) -> None:
    add(db, "note:1", who.mo)
    change(db, "UPDATE person SET active = false WHERE id = :id", id=who.mo)
    assert drain(db, FileChannel(tmp_path / "mail", SENDER)).sent == 0
    assert states(db) == {"note:1": "suppressed"}
    assert rows(db, "SELECT why FROM outbox")[0].why == "the account is no longer active"


def test_while_the_outbox_is_held_nothing_leaves(db: Database, who: Cast, tmp_path: Path) -> None:
    """INV-61."""
    channel = FileChannel(tmp_path / "mail", SENDER)
    db.run(outbox.hold, "restored from a backup")
    db.run(outbox.hold, "and again")
    add(db, "note:1", who.mo)
    assert drain(db, channel).sent == 0
    assert db.read(outbox.held) == "restored from a backup"
    assert db.run(outbox.release) == 1
    assert db.read(outbox.held) is None
    assert drain(db, channel).sent == 1


def test_a_message_that_fails_waits_longer_each_time_and_ends_on_the_list(
    db: Database, who: Cast
) -> None:
    add(db, "note:1", who.mo)
    waits = []
    now = clock.now()
    while states(db)["note:1"] != "dead":
        with clock.set_to(now):
            mail = db.run(outbox.claim, 1)[0]
            db.run(outbox.mark_failed, mail, "the box is full", permanent=False)
            assert db.run(outbox.claim, 1) == []
        due = rows(db, "SELECT not_before_at FROM outbox")[0].not_before_at
        waits.append(due - now)
        now = due + timedelta(seconds=1)
    assert len(waits) == outbox.MOST_ATTEMPTS
    assert waits[0] < waits[2] < waits[4] <= outbox.LONGEST_WAIT * 1.25
    assert [(row.key, row.why) for row in db.read(outbox.dead)] == [("note:1", "the box is full")]


def test_the_words_with_a_secret_link_are_forgotten_once_sent(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    add(db, "account:1", who.mo, kind="account", body="https://plans.example/set-password/abc")
    drain(db, FileChannel(tmp_path / "mail", SENDER))
    assert "set-password/abc" in mail_in(tmp_path)[0].get_content()
    assert rows(db, "SELECT body FROM outbox")[0].body == ""


def test_a_folder_that_cannot_be_written_costs_no_attempt(
    db: Database, who: Cast, tmp_path: Path
) -> None:
    (tmp_path / "mail").write_text("not a folder")
    add(db, "note:1", who.mo)
    done = drain(db, FileChannel(tmp_path / "mail", SENDER))
    assert "cannot be written" in done.away
    row = rows(db, "SELECT state, attempts FROM outbox")[0]
    assert (row.state, row.attempts) == ("due", 0)


@pytest.mark.parametrize("key", ["../../etc/passwd", "note:" + "9" * 300, "Note 1", ".hidden"])
def test_no_key_leads_out_of_the_folder_for_mail(key: str) -> None:
    assert file.file_name(key).removesuffix(".eml").isalnum()


# Through a real mail server


def test_each_letter_has_one_recipient_and_an_id_that_stays(
    db: Database, who: Cast, post: Post, smtp: SmtpChannel
) -> None:
    add(db, "note:1", who.mo, body="Naïve £ – ok?\n")
    add(db, "note:2", who.sue)
    assert drain(db, smtp).sent == 2
    assert [to for to, _ in post.letters] == [
        ["mo@smallshire.example"],
        ["sue@smallshire.example"],
    ]
    letter = post.letters[0][1]
    assert letter["To"].addresses[0].addr_spec == "mo@smallshire.example"
    assert letter["Subject"] == "About note:1"
    assert letter.get_content().splitlines() == ["Naïve £ – ok?"]
    assert letter["Auto-Submitted"] == "auto-generated"
    sent_again = _mail(db, "note:1")
    smtp.send(sent_again)
    smtp.close()
    assert post.letters[2][1]["Message-ID"] == letter["Message-ID"]
    assert post.letters[1][1]["Message-ID"] != letter["Message-ID"]


def _mail(db: Database, key: str) -> Mail:
    row = rows(
        db,
        "SELECT o.id, o.key, o.kind, p.name, p.email, o.subject, o.body, o.created_at, o.attempts, "
        "o.created_at AS leased_until_at FROM outbox AS o JOIN person AS p ON p.id = o.person_id "
        "WHERE o.key = :key",
        key=key,
    )[0]
    return Mail(**row._mapping)


def test_a_mailbox_that_does_not_exist_is_not_tried_again_and_stops_nobody(
    db: Database, who: Cast, post: Post, smtp: SmtpChannel
) -> None:
    post.answers["mo@smallshire.example"] = "550 no such mailbox"
    post.answers["pat@smallshire.example"] = "450 mailbox busy"
    for n, person in enumerate((who.mo, who.pat, who.sue)):
        add(db, f"note:{n}", person)
    done = drain(db, smtp)
    assert (done.sent, done.failed) == (1, 2)
    assert states(db) == {"note:0": "dead", "note:1": "due", "note:2": "sent"}
    assert "550" in db.read(outbox.dead)[0].why
    del post.answers["pat@smallshire.example"]
    with clock.set_to(clock.now() + timedelta(minutes=3)):
        assert drain(db, smtp).sent == 1


def test_a_mail_server_that_is_away_costs_no_attempt_and_everything_leaves_later(
    db: Database, who: Cast, post: Post
) -> None:
    for n in range(5):
        add(db, f"note:{n}", who.sue)
    nowhere = SmtpChannel("smtp://127.0.0.1:1", SENDER, timeout=2)
    assert "cannot be reached" in drain(db, nowhere).away
    assert {row.attempts for row in rows(db, "SELECT attempts FROM outbox")} == {0}
    with clock.set_to(clock.now() + timedelta(minutes=2)):
        assert drain(db, SmtpChannel(f"smtp://127.0.0.1:{post.port}", SENDER)).sent == 5


def test_a_server_that_refuses_everyone_is_left_in_peace(
    db: Database, who: Cast, post: Post, smtp: SmtpChannel
) -> None:
    post.answers["sue@smallshire.example"] = "451 try later"
    for n in range(8):
        add(db, f"note:{n}", who.sue)
    done = drain(db, smtp)
    assert (done.sent, done.failed) == (0, dispatch.ENOUGH)
    assert set(states(db).values()) == {"due"}


def test_no_line_break_gets_into_a_header(
    db: Database, who: Cast, post: Post, smtp: SmtpChannel
) -> None:
    change(db, "UPDATE person SET name = E'Mo\\nBcc: evil@x.example' WHERE id = :id", id=who.mo)
    db.run(
        notices.add,
        Notice("note:1", "flagged", who.mo, "Hello\r\nBcc: evil@x.example", "Hello."),
    )
    drain(db, smtp)
    to, letter = post.letters[0]
    assert to == ["mo@smallshire.example"]
    assert letter["Bcc"] is None


def test_an_address_nobody_can_write_to_ends_on_the_list(
    db: Database, who: Cast, smtp: SmtpChannel
) -> None:
    change(db, "UPDATE person SET email = 'mo at home' WHERE id = :id", id=who.mo)
    add(db, "note:1", who.mo)
    drain(db, smtp)
    assert states(db) == {"note:1": "dead"}


def test_encryption_that_was_asked_for_is_not_done_without(post: Post) -> None:
    channel = SmtpChannel(f"smtp+starttls://127.0.0.1:{post.port}", SENDER, timeout=5)
    mail = Mail(1, "k", "note", "Mo", "mo@x.example", "s", "b", clock.now(), 1, clock.now())
    with pytest.raises(Away) as raised:
        channel.send(mail)
    assert isinstance(raised.value.__cause__, smtplib.SMTPException)
    assert post.letters == []
