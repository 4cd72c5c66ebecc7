"""Mail about a person's own account and rights; it goes at once and not into the daily mail.

The rules that live here: no mail asks for a password, and each says what to do when the reader did
not expect it; whatever somebody else changed about a person's account, posts or cover is told to
that person, with who did it (SR-80).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy.orm import Session

from cycle import clock
from cycle.models import Person
from cycle.people import Actor
from cycle.record import canonical
from notifications import messages, notices
from notifications.notices import Notice

NOTHING_MORE: Mapping[str, str] = MappingProxyType({})
OPERATOR = "Whoever runs this service, on its command line"


def notify(
    session: Session,
    event: int,
    actor: Actor,
    person_id: int,
    change: str,
    words: Mapping[str, str] = NOTHING_MORE,
    *,
    agreed_by: Actor | None = None,
    to_email: str | None = None,
) -> None:
    """Tell a person what was changed about their rights; nobody is told what they did themselves.

    ``event`` is the act's number on the council's record, ``change`` a key of ``messages.RIGHTS``.
    One mail for each act, person and change.
    """
    if person_id == actor.person_id:
        return
    person = session.get_one(Person, person_id)
    by = OPERATOR if actor.is_system else _named(actor)
    also = _named(agreed_by) if agreed_by else ""
    subject, body = messages.rights(person.name, change, words, by, also)
    mark = f":{canonical.digest(to_email)[:12]}" if to_email else ""
    notices.add(
        session,
        Notice(
            key=f"rights:{event}:{person_id}:{change}:{words.get('post', '')}{mark}",
            kind="rights",
            person_id=person_id,
            subject=subject,
            body=body,
            to_email=to_email,
        ),
    )


def _named(actor: Actor) -> str:
    posts = ", ".join(dict.fromkeys(post.post_title for post in actor.posts_held))
    return f"{actor.name} ({posts})" if posts else actor.name


def link(
    session: Session, person_id: int, kind: str, url: str, asked_by: Actor | None = None
) -> None:
    """Mail a one-time link (``invite`` or ``reset``); ``url`` is the whole address of the page.

    ``asked_by`` is the administrator who asked for it, None for the reader.
    """
    person = session.get_one(Person, person_id)
    if kind == "invite":
        subject = "Your account for the planning cycle"
        lines = [
            "There is an account for you. Choose a password for it here within seven days:",
            url,
            "If you did not expect this, tell the support service.",
        ]
    else:
        subject = "Choose a new password"
        who = _named(asked_by) if asked_by else "Somebody"
        lines = [
            f"{who} asked for a new password for your account. Choose one here within 30 minutes:",
            url,
            "This link was sent to nobody else. If you did not want it, do nothing: your password "
            "stays as it is. "
            + ("If you did not expect it, tell the support service." if asked_by else ""),
        ]
    _send(session, person, subject, lines, canonical.digest(url))


def password_changed(session: Session, person: Person) -> None:
    """Tell a person that their password was changed."""
    lines = [
        "The password of your account was changed just now, and every session was ended.",
        "If it was not you, tell the support service at once.",
    ]
    _send(session, person, "Your password was changed", lines, canonical.moment(clock.now()))


def _send(session: Session, person: Person, subject: str, lines: list[str], mark: str) -> None:
    body = "\n\n".join([f"Hello {person.name},", *(line.strip() for line in lines)]) + "\n"
    notices.add(
        session,
        Notice(
            key=f"account:{person.id}:{mark}",
            kind="account",
            person_id=person.id,
            subject=subject,
            body=body,
        ),
    )


@dataclass(frozen=True)
class News:
    """What a person is told of their rights: a key of ``messages.RIGHTS`` and its words.

    ``to_email``: a former address; "" is the present one.
    """

    person_id: int
    change: str
    words: Mapping[str, str] = field(default_factory=dict)
    to_email: str = ""
