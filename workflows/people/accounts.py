"""People and their accounts: made, invited, deactivated, erased; each an act on the council.

The rules that live here: a link to set a password works once, for as long as its kind allows, and
dies with a newer one or a new password (SR-09), but a stranger who asks for one ends no invitation;
a leaver's tasks stay in the queue and reach somebody. Posts and cover are in ``appointments``,
erasing a name is in ``identity``; both are offered from here as well.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from config.council_loading import EMAIL
from cycle import clock, council_facts, people
from cycle.errors import BadInput, Blocked, WrongPassword
from cycle.models import PasswordLink, Person
from cycle.people import OWN_ACCOUNT, SYSTEM, Actor
from cycle.record import canonical
from workflows.core import engine
from workflows.core.audit import Act
from workflows.core.council_subject import subject_of
from workflows.framework import post_permissions
from workflows.people import (
    account_mail,
    administrators,
    guessing,
    known_browsers,
    passwords,
    sessions,
)
from workflows.people.appointments import (
    change_role,
    end_appointment,
    end_cover,
    hold_post,
    set_cover,
)
from workflows.people.cover_rules import four_eyes_problem
from workflows.people.coverage import release_claims, still_reached
from workflows.people.identity import erase, initials_of, locked_person, new_salt
from workflows.people.reactivation import reactivate

__all__ = [
    "Link", "add_person", "change_password", "change_role", "deactivate", "end_cover",
    "end_appointment", "end_sessions", "erase", "four_eyes_problem", "hold_post", "invite",
    "link_of", "person_by_email", "print_link", "reactivate", "reset_link", "set_cover",
    "set_password",
]  # fmt: skip

INVITED_FOR = timedelta(days=7)
RESET_FOR = timedelta(minutes=30)
NAME_LENGTH = 120
DEAD_LINK = "This link has been used or is too old. Ask for a new one."


@dataclass(frozen=True)
class Link:
    """A one-time link that works: whose it is and which kind (``invite`` or ``reset``)."""

    person_id: int
    name: str
    email: str
    kind: str


def add_person(session: Session, actor: Actor, name: str, email: str) -> Person:
    """Add somebody who may sign in, once invited and given a post. Raises Blocked, NotPermitted."""
    council = subject_of(session)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    name, email = _clean_name(name), _clean_email(email)
    if person_by_email(session, email) is not None:
        raise Blocked("Somebody signs in with this address already. Each needs their own.")
    person = Person(
        key=_key(session, name), name=name, initials=initials_of(name), email=email, salt=new_salt()
    )
    session.add(person)
    session.flush()
    engine.record(
        session, council, actor, Act("add_person", details={"person": person.id}), capacity
    )
    return person


def person_by_email(session: Session, email: str) -> Person | None:
    """Who signs in with this address; capitals do not matter. None for nobody."""
    return session.scalars(
        select(Person).where(func.lower(Person.email) == email.strip().lower(), ~Person.is_system)
    ).first()


# Links and passwords ------------------------------------------------------------------------------


def invite(session: Session, actor: Actor, person_id: int, page: str) -> str:
    """Mail somebody a one-time link: to choose the first password, or a new one; gives its kind.

    The link goes to its owner and to nobody else (SR-80): ``page`` is the address before the token.
    ``invite`` is good for seven days; ``reset``, for who has a password already, for 30 minutes.
    """
    council = subject_of(session)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    person = locked_person(session, person_id)
    kind, token = _link_for(session, person)
    account_mail.link(session, person.id, kind, page + token, actor)
    details = {"person": person.id, "kind": kind}
    engine.record(session, council, actor, Act("invite", details=details), capacity)
    return kind


def print_link(session: Session, email: str) -> str:
    """A one-time link for the command line, where whoever runs the service hands it over.

    Who has a password already is told of it. Raises BadInput for an address nobody has.
    """
    council = subject_of(session)
    found = person_by_email(session, email)
    if found is None:
        raise BadInput(f"Nobody has the address {email}. Check it, or add the person first.")
    operator, person = people.system(session), locked_person(session, found.id)
    kind, token = _link_for(session, person)
    details = {"person": person.id, "kind": kind}
    engine.record(session, council, operator, Act("print_link", details=details), SYSTEM)
    if kind == "reset":
        account_mail.notify(session, council.head_seq, operator, person.id, "link_printed")
    return token


def _link_for(session: Session, person: Person) -> tuple[str, str]:
    """A new link for who has a password or none yet: its kind and its token."""
    if not person.active:
        raise Blocked(f"The account of {person.name} is not active. Activate it first.")
    kind, lasts = ("reset", RESET_FOR) if person.password_hash else ("invite", INVITED_FOR)
    return kind, _new_link(session, person, kind, lasts)


def reset_link(session: Session, email: str) -> tuple[int, str] | None:
    """A link for who has forgotten the password, good for 30 minutes: (person, token).

    None when nobody active has this address; the page says the same either way (SR-06).
    """
    person = person_by_email(session, email)
    if person is None or not person.active:
        return None
    return person.id, _new_link(session, person, "reset", RESET_FOR)


def link_of(session: Session, token: str) -> Link | None:
    """Whose link this is while it works, else None."""
    row = session.get(PasswordLink, canonical.digest(token), populate_existing=True)
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        return None
    person = session.get_one(Person, row.person_id)
    if not person.active:
        return None
    return Link(person.id, person.name, person.email, row.kind)


def set_password(session: Session, token: str, password: str) -> int:
    """Set a password with a link; gives the person, who then signs in as everybody does.

    Every session of theirs and every other link ends. Raises Blocked when the link is dead or the
    password will not do.
    """
    link = link_of(session, token)
    if link is None:
        raise Blocked(DEAD_LINK)
    password_hash = _accepted(session, password, link.name, link.email)
    council = subject_of(session)
    row = session.get(PasswordLink, canonical.digest(token), with_for_update=True)
    if row is None or row.used_at is not None:
        raise Blocked(DEAD_LINK)
    row.used_at = clock.now()
    person = locked_person(session, link.person_id)
    _new_password(session, person, password_hash)
    known_browsers.forget(session, person.id)  # whoever asked for a link may have lost a browser
    actor = people.actor(session, person.id)
    details = {"person": person.id, "by": link.kind}
    engine.record(session, council, actor, Act("set_password", details=details), OWN_ACCOUNT)
    return person.id


def change_password(
    session: Session, actor: Actor, current: str, new: str, browser: str = ""
) -> str:
    """Change one's own password; gives the token of a new session for this browser.

    All other sessions end (SR-14). Raises Blocked when the present password is wrong (SR-04) or
    the new one will not do.
    """
    found = session.get_one(Person, actor.person_id)
    if not passwords.matches(found.password_hash, current):
        raise WrongPassword("This is not your present password. Nothing was changed.")
    password_hash = _accepted(session, new, found.name, found.email)
    council = subject_of(session)
    person = locked_person(session, actor.person_id)
    _new_password(session, person, password_hash)
    details = {"person": person.id, "by": "change"}
    engine.record(session, council, actor, Act("set_password", details=details), OWN_ACCOUNT)
    return sessions.begin(session, person, browser)


def _accepted(session: Session, password: str, name: str, email: str) -> str:
    """The hash of a password that will do. Raises Blocked with the reason."""
    council = str(council_facts.fact(session, council_facts.NAME, ""))
    why = passwords.problem(password, (council, name, email))
    if why:
        raise Blocked(why)
    return passwords.hashed(password)


def _new_password(session: Session, person: Person, password_hash: str) -> None:
    person.password_hash = password_hash
    sessions.end_all(session, person)
    session.execute(
        delete(PasswordLink).where(
            PasswordLink.person_id == person.id, PasswordLink.used_at.is_(None)
        )
    )
    guessing.forget_account(session, person.id, person.email)
    session.flush()
    account_mail.password_changed(session, person)


def _new_link(session: Session, person: Person, kind: str, lasts: timedelta) -> str:
    """The token of a new link, which ends older ones. One for a new password, for which anybody may
    ask, ends no invitation.
    """
    older = delete(PasswordLink).where(PasswordLink.person_id == person.id)
    if kind == "reset":
        older = older.where(PasswordLink.kind == kind)
    session.execute(older)
    token, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        PasswordLink(
            token_sha256=canonical.digest(token),
            person_id=person.id,
            kind=kind,
            made_at=now,
            expires_at=now + lasts,
        )
    )
    session.flush()
    return token


# Coming and going ---------------------------------------------------------------------------------


def deactivate(
    session: Session,
    actor: Actor,
    person_id: int,
    reason: str = "",
) -> None:
    """Somebody has left: signed out everywhere at once; the tasks stay in the queue (SR-15).

    Raises Blocked when an open task would then reach nobody, or nobody could look after people,
    today or on a day to come.
    """
    council = subject_of(session)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    person = locked_person(session, person_id)
    if person.id == actor.person_id:
        raise Blocked("Somebody else has to deactivate your account.")
    if not person.active:
        raise Blocked(f"The account of {person.name} is not active already.")
    person.active = False
    sessions.end_all(session, person)
    known_browsers.forget(session, person.id)
    session.execute(delete(PasswordLink).where(PasswordLink.person_id == person.id))
    release_claims(session, person.id)
    still_reached(session)
    act = Act("deactivate", reason=reason.strip(), details={"person": person.id})
    engine.record(session, council, actor, act, capacity)
    account_mail.notify(session, council.head_seq, actor, person.id, "deactivated")


def end_sessions(session: Session, actor: Actor, person_id: int) -> None:
    """Sign a person out everywhere: oneself, or anybody by an administrator (SR-18)."""
    council = subject_of(session)
    capacity = OWN_ACCOUNT
    if actor.person_id != person_id:
        capacity = post_permissions.require(session, actor, administrators.MANAGES)
    sessions.end_all(session, locked_person(session, person_id))
    act = Act("end_sessions", details={"person": person_id})
    engine.record(session, council, actor, act, capacity)
    account_mail.notify(session, council.head_seq, actor, person_id, "signed_out")


def _clean_name(name: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not plain or len(plain) > NAME_LENGTH:
        raise BadInput(f"Give a name of at most {NAME_LENGTH} characters.")
    if not all(each.isprintable() for each in plain):
        raise BadInput("This name contains characters that cannot be seen. Type it again.")
    return plain


def _clean_email(email: str) -> str:
    plain = email.strip()
    if not plain.isascii() or len(plain) > 254 or not EMAIL.fullmatch(plain):
        raise BadInput("Give one e-mail address, such as name@example.org.")
    return plain


def _key(session: Session, name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "person"
    stem = stem if stem[0].isalpha() else f"person-{stem}"
    taken = set(session.scalars(select(Person.key).where(Person.key.startswith(stem))))
    numbered = (f"{stem}-{number}" for number in range(2, 10_000))
    return stem if stem not in taken else next(each for each in numbered if each not in taken)
