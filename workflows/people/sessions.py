"""Signing in and staying signed in: the database's side of it (INV-52).

The rules that live here: a session is a row, found by the SHA-256 of a random token; whose it is,
while it lives, ``visitors`` says at each request. A person whom nobody knows is answered exactly
like a wrong password (SR-06); ``guessing`` says who has to wait.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cycle import clock
from cycle.db import Database
from cycle.errors import NotFound
from cycle.models import KeptForm, Person, SignInSession
from cycle.people import Actor
from cycle.record import canonical
from workflows.core import drafts
from workflows.people import access_log, guessing, known_browsers, passwords
from workflows.people.access_log import Place

KEPT_FOR = timedelta(hours=24)
KEPT_LENGTH = 400_000
BROWSER_LENGTH = 200
EMAIL_LENGTH = 254

WRONG = (
    "This e-mail address and password do not go together. Check both, or ask for a new password."
)
# Somebody at the same network address can use up every try that it has for this account.
ELSEWHERE = (
    "If you are kept waiting, sign in from another network or in a browser that you have used "
    "before."
)


@dataclass(frozen=True)
class SignIn:
    """How a sign-in ended: with a token, or with a sentence and, when slowed, seconds to wait.

    ``known`` is the word by which this browser is known from now on.

    A refusal is an answer and not an exception, since the wrong attempt has to be kept.
    """

    token: str = ""
    person_id: int | None = None
    known: str = ""
    sentence: str = ""
    wait_seconds: int = 0


@dataclass(frozen=True)
class _Wanted:
    """Who is to sign in, if anybody, and the try that was counted for it."""

    tried: guessing.Try
    subjects: Mapping[str, str]
    person_id: int | None = None
    stored: str | None = None


def sign_in(
    db: Database, email: str, password: str, place: Place, browser: str, known: str = ""
) -> SignIn:
    """Try an e-mail address and a password from some place; ``token`` is "" when refused.

    ``known`` is the word of the browser's cookie, when it has one. The try is counted and kept
    before the password is looked at, and nothing is locked while it is. Each way it ends is a line
    of the access log; without that line nobody is signed in.
    """
    email = email.strip() if _storable(email) and len(email) <= EMAIL_LENGTH else ""
    word = known_browsers.digest_of(known)
    wanted = db.run(_counted_try, email, place, word)
    if wait := wanted.tried.wait_seconds:
        minute = "a minute" if wait > 30 else "half a minute"
        sentence = f"There were too many wrong passwords. Wait {minute} and try again. {ELSEWHERE}"
        return SignIn(sentence=sentence, wait_seconds=wait)
    if not passwords.matches(wanted.stored, password):
        db.run(access_log.write, access_log.WRONG_PASSWORD, place, email=email, status=422)
        return SignIn(sentence=WRONG)
    return db.run(_enter, wanted, password, place, browser, word)


def _counted_try(session: Session, email: str, place: Place, word: str) -> _Wanted:
    person_id = known_browsers.known_for(session, word, email)
    if person_id is not None:
        subjects = guessing.of_browser(word, person_id)
    else:
        subjects = guessing.of_sign_in(email, place.network)
    tried = guessing.take(session, subjects)
    if tried.wait_seconds:
        access_log.write(session, access_log.SLOWED, place, email=email, status=429)
    person = session.scalars(
        select(Person).where(
            func.lower(Person.email) == email.lower(), Person.active, ~Person.is_system
        )
    ).first()
    if person is None:
        return _Wanted(tried, subjects)
    return _Wanted(tried, subjects, person.id, person.password_hash)


def _enter(
    session: Session, wanted: _Wanted, password: str, place: Place, browser: str, word: str
) -> SignIn:
    """The password was right: begin, unless account or password changed since it was looked at."""
    person = session.get(
        Person, wanted.person_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if person is None or not person.active or person.password_hash != wanted.stored:
        return SignIn(sentence=WRONG)
    if passwords.needs_new_hash(wanted.stored or ""):
        person.password_hash = passwords.hashed(password)
    guessing.was_right(session, wanted.tried, wanted.subjects)
    known = known_browsers.remember(session, person.id, word)
    access_log.write(session, access_log.SIGN_IN, place, person_id=person.id)
    return SignIn(begin(session, person, browser), person.id, known)


@dataclass(frozen=True)
class LinkAsked:
    """Whether a link may be sent now; seconds to wait where one network address asks for many."""

    send: bool
    wait_seconds: int = 0


def asked_for_link(session: Session, email: str, place: Place, known: str = "") -> LinkAsked:
    """Count that somebody at some place asks for a link for an e-mail address.

    Known and unknown addresses count alike (SR-06). Of more than a few links within the window none
    is sent and the page says the same, so that nobody's mailbox is filled. Only links that are sent
    count, so where none is sent the newest one in the mailbox still works. A browser in which this
    person has signed in before (``known`` is the word of its cookie) counts for itself alone.
    """
    email = email if _storable(email) and len(email) <= EMAIL_LENGTH else ""
    tried = guessing.take(session, guessing.of_asking(place.network))
    if tried.wait_seconds:
        access_log.write(session, access_log.SLOWED, place, email=email, status=429)
    else:
        access_log.write(session, access_log.LINK_ASKED, place, email=email)
    _forget_old(session, clock.now())
    if tried.wait_seconds:
        return LinkAsked(send=False, wait_seconds=tried.wait_seconds)
    word = known_browsers.digest_of(known)
    person_id = known_browsers.known_for(session, word, email)
    if person_id is not None:
        subjects = guessing.of_links_to_browser(word, person_id)
    else:
        subjects = guessing.of_links(email, place.network)
    return LinkAsked(send=guessing.take_if_few(session, subjects))


def begin(session: Session, person: Person, browser: str) -> str:
    """A new session of a person who has proved who they are; gives the token of the cookie."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    _forget_old(session, now)
    if person.first_signed_in_at is None:
        person.first_signed_in_at = now
    session.add(
        SignInSession(
            token_sha256=canonical.digest(token),
            person_id=person.id,
            epoch=person.epoch,
            started_at=now,
            seen_at=now,
            browser=_one_line(browser),
        )
    )
    session.flush()
    return token


def digest_of(token: str) -> str | None:
    """Under what the row of a session is found; None for what cannot be a token of ours."""
    if not token or len(token) > BROWSER_LENGTH or not token.isascii():
        return None
    return canonical.digest(token)


def ended_session_of(session: Session, token: str) -> int | None:
    """Whose session this was, while its row is still there: for keeping what was typed."""
    digest = digest_of(token)
    row = session.get(SignInSession, digest) if digest else None
    return row.person_id if row else None


def sign_out(session: Session, token: str) -> None:
    """End this session; the old cookie is then nobody's (SR-13)."""
    session.execute(
        delete(SignInSession).where(SignInSession.token_sha256 == canonical.digest(token))
    )


def sessions_of(session: Session, person_id: int) -> Sequence[SignInSession]:
    """The person's sessions with the present epoch, the last used first."""
    return session.scalars(
        select(SignInSession)
        .join(Person, Person.id == SignInSession.person_id)
        .where(SignInSession.person_id == person_id, SignInSession.epoch == Person.epoch)
        .order_by(SignInSession.seen_at.desc())
    ).all()


def end_own(session: Session, actor: Actor, token_sha256: str) -> None:
    """A person ends one of their own sessions (SR-18). Raises NotFound for anybody else's."""
    ended = session.execute(
        delete(SignInSession)
        .where(
            SignInSession.token_sha256 == token_sha256, SignInSession.person_id == actor.person_id
        )
        .returning(SignInSession.person_id)
    ).first()
    if ended is None:
        raise NotFound("This session has ended already.")


def end_all(session: Session, person: Person) -> None:
    """End every session of a person: the epoch rises, so that none of them counts any more."""
    person.epoch += 1
    session.execute(delete(SignInSession).where(SignInSession.person_id == person.id))
    session.flush()


# What was typed when a session had ended ---------------------------------------------------------


def keep_form(session: Session, person_id: int, path: str, body: Mapping[str, Any]) -> int | None:
    """Keep what a person typed for a day; gives its number, None when it is too long to keep."""
    typed = canonical.dumps(dict(body))
    # JSONB holds no NUL; whoever sends one has typed nothing worth keeping.
    if len(typed) > KEPT_LENGTH or "\\u0000" in typed or not _storable(typed + path):
        return None
    session.execute(delete(KeptForm).where(KeptForm.person_id == person_id, KeptForm.path == path))
    row = KeptForm(person_id=person_id, path=path, body=dict(body), kept_at=clock.now())
    session.add(row)
    session.flush()
    return row.id


# Inside -------------------------------------------------------------------------------------------


def _storable(typed: str) -> bool:
    """Whether PostgreSQL can keep this text: no NUL, nothing outside UTF-8."""
    return "\0" not in typed and not any("\ud800" <= each <= "\udfff" for each in typed)


def _forget_old(session: Session, now: datetime) -> None:
    """Rows that can no longer matter: long ended sessions, old wrong passwords, kept forms, drafts
    to which nobody came back."""
    session.execute(delete(SignInSession).where(SignInSession.seen_at < now - 2 * KEPT_FOR))
    guessing.forget_old(session, now)
    session.execute(delete(KeptForm).where(KeptForm.kept_at < now - KEPT_FOR))
    drafts.forget_old(session, now)


def _one_line(browser: str) -> str:
    return "".join(each if each.isprintable() else " " for each in browser)[:BROWSER_LENGTH]
