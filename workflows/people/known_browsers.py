"""Browsers in which a person has signed in before: their guesses are counted apart (SR-05).

The rules that live here: the cookie is a random word of which only the SHA-256 is kept; it is no
sign-in and gives no right but that of being counted by itself for the people who signed in there;
it is made anew at each sign-in, so that a word planted in a browser is worth nothing afterwards;
and it ends with a password set by a link and with deactivation, which comes before any removal of
a name.
"""

import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cycle import clock
from cycle.models import KnownBrowser, Person
from cycle.record import canonical

KNOWN_FOR = timedelta(days=365)  # since the last sign-in there
MOST = 20  # of one person; the one not used for longest goes first
LONGEST_WORD = 200


def digest_of(word: str) -> str:
    """What is kept of a cookie's word; "" for what cannot be one of ours."""
    if not word or len(word) > LONGEST_WORD or not word.isascii():
        return ""
    return canonical.digest(word)


def known_for(session: Session, word_sha256: str, email: str) -> int | None:
    """Who with this e-mail address signed in before in the browser with this cookie, or None."""
    return session.scalar(
        select(KnownBrowser.person_id)
        .join(Person, Person.id == KnownBrowser.person_id)
        .where(
            KnownBrowser.word_sha256 == word_sha256,
            KnownBrowser.seen_at > clock.now() - KNOWN_FOR,
            func.lower(Person.email) == email.strip().lower(),
            Person.active,
        )
    )


def remember(session: Session, person_id: int, old_sha256: str) -> str:
    """This person has signed in here; gives the cookie's new word, good for whoever had the old."""
    word, now = secrets.token_urlsafe(32), clock.now()
    new_sha256 = canonical.digest(word)
    session.execute(
        delete(KnownBrowser).where(
            KnownBrowser.word_sha256 == old_sha256, KnownBrowser.person_id == person_id
        )
    )
    session.execute(
        update(KnownBrowser)
        .where(KnownBrowser.word_sha256 == old_sha256)
        .values(word_sha256=new_sha256)
    )
    session.add(KnownBrowser(word_sha256=new_sha256, person_id=person_id, seen_at=now))
    session.flush()
    _forget_most(session, person_id)
    return word


def forget(session: Session, person_id: int) -> None:
    """No browser is known for this person any more."""
    session.execute(delete(KnownBrowser).where(KnownBrowser.person_id == person_id))


def _forget_most(session: Session, person_id: int) -> None:
    newest = (
        select(KnownBrowser.word_sha256)
        .where(KnownBrowser.person_id == person_id)
        .order_by(KnownBrowser.seen_at.desc())
        .limit(MOST)
    )
    session.execute(
        delete(KnownBrowser).where(
            KnownBrowser.person_id == person_id, KnownBrowser.word_sha256.not_in(newest)
        )
    )
    session.execute(delete(KnownBrowser).where(KnownBrowser.seen_at < clock.now() - KNOWN_FOR))
