"""What the tests of mail share: settings whose data folder is the test's own, mail to read, rows
to look at, and a real mail server to talk to."""

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import text

from config.settings import Settings
from cycle import clock
from cycle.db import Database


def settings_in(folder: Path, **more: str) -> Settings:
    """Settings as an installation has them, with ``folder`` for its data."""
    given = {"DATA_DIR": str(folder), "BASE_URL": "https://plans.smallshire.example", **more}
    return Settings.load({"SECRET_KEY": "k" * 40, "DATABASE_URL": "postgresql://x", **given})


def mail_in(folder: Path) -> list[EmailMessage]:
    """Every mail that was written under a data folder, in the order of the files' names."""
    files = sorted((folder / "mail").glob("*.eml"))
    return [message_from_bytes(each.read_bytes(), policy=default) for each in files]


def rows(db: Database, sql: str, **values: Any) -> list[Any]:
    """What a query answers."""
    return db.read(lambda session: list(session.execute(text(sql), values).all()))


def states(db: Database) -> dict[str, str]:
    """The state of every row of the outbox, by its key."""
    return {row.key: row.state for row in rows(db, "SELECT key, state FROM outbox")}


@dataclass
class Post:
    """A real mail server's letter box. ``answers`` says what it tells each address instead."""

    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(  # the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take the recipient, or say what the test wants said."""
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the letter."""
        content = envelope.original_content or b""
        letter = message_from_bytes(content, policy=default)
        self.letters.append((list(envelope.rcpt_tos), letter))
        return "250 taken"


@contextmanager
def post_office() -> Iterator[Post]:
    """A mail server on this machine for the length of a test."""
    post = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        post.port = free.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def task_for(db: Database, post: str, due_on: date, label: str = "Write the draft") -> int:
    """An open task on the council itself, in the queue of a post, as an act would have left it;
    the person in the post has not been told."""
    made = text("""
        INSERT INTO task (subject_id, kind, slot, label, queue_id, generation, due_on, opened_at)
        SELECT council.id, 'draft', gen_random_uuid()::text, :label, post.queue_id, 1, :due, :now
        FROM council, post WHERE post.key = :post RETURNING id""")
    given = {"label": label, "post": post, "due": due_on, "now": clock.now()}
    return int(db.run(lambda session: session.scalar(made, given)))


def close_task(db: Database, task_id: int) -> None:
    """The task is done, whoever did it."""
    change(db, "UPDATE task SET closed_at = now(), outcome = 'done' WHERE id = :id", id=task_id)


def change(db: Database, sql: str, **values: Any) -> None:
    """One statement, committed."""
    db.run(lambda session: session.execute(text(sql), values))


def at(on: date, hour: int = 8, minute: int = 0) -> AbstractContextManager[None]:
    """The clock in London says so for the length of a block."""
    return clock.set_to(clock.at_local(on, hour, minute))
