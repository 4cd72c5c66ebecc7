"""Mail about a person's own account; it goes at once and not into the daily mail.

The rule that lives here: no mail asks for a password, and each says what to do when it was not the
reader who asked for it.
"""

from sqlalchemy.orm import Session

from cycle import canonical, clock
from cycle.models import Person
from notifications import outbox


def link(session: Session, person_id: int, kind: str, url: str) -> None:
    """Mail a one-time link (``invite`` or ``reset``); ``url`` is the whole address of the page."""
    person = session.get_one(Person, person_id)
    if kind == "invite":
        subject = "Your account for the planning cycle"
        lines = [
            "An account has been made for you. Choose a password here within seven days:",
            url,
            "If you did not expect this, tell the support service.",
        ]
    else:
        subject = "Choose a new password"
        lines = [
            "Somebody asked for a new password for your account. Choose one here within 30 "
            "minutes:",
            url,
            "If it was not you, do nothing: your password stays as it is.",
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
    body = "\n\n".join([f"Hello {person.name},", *lines]) + "\n"
    outbox.add(
        session,
        key=f"account:{person.id}:{mark}",
        kind="account",
        person_id=person.id,
        subject=subject,
        body=body,
    )
