"""Messages as rows: written with their cause, leased, sent, and marked, so that none is lost.

The rules that live here: one row per key, for ever (INV-40); a row is leased in one short
transaction and sent outside of any, so a worker that dies gives it back when its lease ends
(INV-41); what should no longer be sent is taken out in the same transaction that leases it
(INV-43); while the outbox is held nothing leaves at all (INV-61).
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import clock

# Longer than a batch may take to send (dispatch stops in time), shorter than INV-41's 15 minutes.
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)
# About a day of trying with the waits above: a mail server that is down overnight loses nothing.
MOST_ATTEMPTS = 18
UNCERTAIN = "uncertain: an earlier attempt ended before it could say whether it was sent"

Recheck = Callable[[Session, Sequence[int]], None]


@dataclass(frozen=True)
class Mail:
    """A message that this worker may send until ``leased_until_at``."""

    id: int
    key: str
    kind: str
    name: str
    email: str
    subject: str
    body: str
    created_at: datetime
    attempts: int
    leased_until_at: datetime


_NEXT = text("""
SELECT id FROM outbox
WHERE state IN ('due', 'leased') AND not_before_at <= :now
  AND (state = 'due' OR leased_until_at < :now)
  AND NOT EXISTS (SELECT 1 FROM pause)
ORDER BY not_before_at, id LIMIT :limit
FOR UPDATE SKIP LOCKED
""")
# That an account was closed is told to its owner all the same.
_STOP_FOR_LEAVERS = text("""
UPDATE outbox SET state = 'suppressed', why = 'the account is no longer active'
FROM person
WHERE outbox.id = ANY(:ids) AND person.id = outbox.person_id AND NOT person.active
  AND outbox.kind <> 'rights'
""")
# A lease that ran out means that a worker died between sending and saying so (INV-42).
_LEASE = text("""
UPDATE outbox
SET why = CASE WHEN outbox.state = 'leased' THEN :uncertain ELSE outbox.why END,
    state = 'leased', attempts = outbox.attempts + 1, leased_until_at = :until
FROM person
WHERE outbox.id = ANY(:ids) AND outbox.state IN ('due', 'leased') AND person.id = outbox.person_id
RETURNING outbox.id, outbox.key, outbox.kind, person.name,
          coalesce(outbox.to_email, person.email) AS email, outbox.subject, outbox.body,
          outbox.created_at, outbox.attempts, outbox.leased_until_at
""")


def claim(session: Session, limit: int, recheck: Recheck | None = None) -> list[Mail]:
    """Lease up to ``limit`` mails whose time has come; nobody else gets them meanwhile.

    ``recheck`` may suppress or rewrite some of the rows, which are locked, before they are leased
    (INV-43). Nothing is given while the outbox is held.
    """
    now = clock.now()
    ids = list(session.scalars(_NEXT, {"now": now, "limit": limit}))
    if not ids:
        return []
    session.execute(_STOP_FOR_LEAVERS, {"ids": ids})
    if recheck is not None:
        recheck(session, ids)
    leased = {"ids": ids, "until": now + LEASE, "uncertain": UNCERTAIN}
    mails = [Mail(**row._mapping) for row in session.execute(_LEASE, leased)]
    return sorted(mails, key=lambda mail: mail.id)


# A link to set a password is a secret, and what was changed about somebody's rights stands on the
# record: once such a mail has left, the row forgets its words and a former address.
_SENT = text("""
UPDATE outbox SET state = 'sent', sent_at = :now, leased_until_at = NULL,
                  body = CASE WHEN kind IN ('account', 'rights') THEN '' ELSE body END,
                  to_email = NULL
WHERE id = :id AND state IN ('leased', 'due')
""")


def mark_sent(session: Session, mail: Mail) -> None:
    """The channel took it. True even when the lease has run out in between."""
    session.execute(_SENT, {"id": mail.id, "now": clock.now()})


_FAILED = text("""
UPDATE outbox SET state = :state, why = :why, not_before_at = :next, leased_until_at = NULL
WHERE id = :id AND state = 'leased' AND attempts = :attempts
""")


def mark_failed(session: Session, mail: Mail, why: str, *, permanent: bool) -> None:
    """It could not be sent: try again later, or, when it never will be, end as ``dead``."""
    over = permanent or mail.attempts >= MOST_ATTEMPTS
    wait = min(FIRST_WAIT * 2 ** min(mail.attempts - 1, 16), LONGEST_WAIT)
    # Jitter keeps a thousand refused messages from coming back in the same second.
    wait *= random.uniform(0.75, 1.25)  # noqa: S311
    session.execute(
        _FAILED,
        {
            "id": mail.id,
            "attempts": mail.attempts,
            "state": "dead" if over else "due",
            "why": why,
            "next": clock.now() + wait,
        },
    )


_GIVE_BACK = text("""
UPDATE outbox SET state = 'due', attempts = attempts - 1, leased_until_at = NULL,
                  not_before_at = :next
WHERE id = ANY(:ids) AND state = 'leased'
""")


def give_back(session: Session, mails: Sequence[Mail]) -> None:
    """These were leased and never tried (the whole mail server is away): soon, and not counted."""
    ids = [mail.id for mail in mails]
    session.execute(_GIVE_BACK, {"ids": ids, "next": clock.now() + FIRST_WAIT})


def dead(session: Session) -> list[Any]:
    """What could not be delivered, the newest first: rows (id, key, kind, name, email, subject,
    why, created_at, attempts) for the support service."""
    return list(
        session.execute(
            text("""
            SELECT outbox.id, outbox.key, outbox.kind, person.name,
                   coalesce(outbox.to_email, person.email) AS email, outbox.subject, outbox.why,
                   outbox.created_at, outbox.attempts
            FROM outbox JOIN person ON person.id = outbox.person_id
            WHERE outbox.state = 'dead' ORDER BY outbox.id DESC""")
        )
    )


def hold(session: Session, why: str) -> None:
    """Let nothing leave until ``release``; a second hold changes nothing."""
    session.execute(
        text(
            "INSERT INTO pause (since_at, why) SELECT :now, :why "
            "WHERE NOT EXISTS (SELECT 1 FROM pause)"
        ),
        {"now": clock.now(), "why": why},
    )


def held(session: Session) -> str | None:
    """Why nothing leaves at present, or nothing when the way is free."""
    why: str | None = session.scalar(text("SELECT why FROM pause ORDER BY id LIMIT 1"))
    return why


def release(session: Session) -> int:
    """Let messages leave again; how many mails wait now."""
    session.execute(text("DELETE FROM pause"))
    waiting = session.scalar(
        text(
            "SELECT count(*) FROM outbox WHERE state IN ('due', 'leased') AND not_before_at <= :n"
        ),
        {"n": clock.now()},
    )
    return int(waiting or 0)
