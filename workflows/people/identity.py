"""What the record and the pages need of a person beside the name, and how the name is removed.

The rule that lives here: erasing a person empties every name and leaves the record verifying, since
the salt of the digests is destroyed (INV-15).
"""

import re
import secrets

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from cycle import access, clock
from cycle.errors import Blocked, NotFound
from cycle.models import Appointment, Cover, Person
from cycle.people import Actor
from workflows.core import engine
from workflows.core.audit import Act
from workflows.core.council_subject import subject_of
from workflows.framework import post_permissions
from workflows.people import administrators, cover_ends, sessions
from workflows.people.coverage import still_reached

SALT_BYTES = 16
ERASED = "Name removed"

_TITLES = re.compile(r"^(councillor|cllr|dr|mr|mrs|ms|mx|prof|professor|sir|dame)\.?\s+", re.I)


def initials_of(name: str) -> str:
    """The initials of a name, titles left out: "Dr Leila Haddad" gives LH."""
    plain = _TITLES.sub("", name.strip())
    return "".join(part[0] for part in re.split(r"[\s-]+", plain) if part[0].isalpha()).upper()[:5]


def new_salt() -> str:
    """The salt of a person's digests in the record; destroyed on erasure (INV-15)."""
    return secrets.token_hex(SALT_BYTES)


def erase(session: Session, actor: Actor, person_id: int, reason: str) -> None:
    """Remove the name of somebody who has left, everywhere but in words that others wrote.

    The record keeps a digest that says nothing without the salt, which is destroyed here. Raises
    Blocked while the account is active or without a reason.
    """
    council = subject_of(session)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    person = locked_person(session, person_id)
    if person.active:
        raise Blocked("Deactivate the account first; then the name can be removed.")
    if person.salt is None:
        raise Blocked("This name has been removed already.")
    if not reason.strip():
        raise Blocked("Say why the name is removed: a reason is needed here.")
    name = person.name
    person.key = person.email = f"erased-{person.id}"
    person.name, person.initials = ERASED, ""
    person.salt = person.password_hash = None
    sessions.end_all(session, person)
    ended = _leave_posts(session, person.id)
    for statement in _TRACES:
        session.execute(statement, {"person": person.id})
    for statement in _NAMED:
        session.execute(statement, {"name": name, "erased": ERASED})
    still_reached(session)
    act = Act("erase", reason=reason.strip(), details={"person": person.id})
    cover_ends.say(act, ended)
    engine.record(session, council, actor, act, capacity)
    cover_ends.tell(session, council.head_seq, actor, ended)


# What a person leaves in other tables. The words of acts done for them under cover carry their
# name too.
_TRACES = [
    text(
        "UPDATE attribution SET words = NULL WHERE person_id = :person OR for_person_id = :person"
    ),
    text(
        "UPDATE outbox SET subject = '', body = '', to_email = NULL, "
        "state = CASE WHEN state = 'sent' THEN state ELSE 'suppressed' END, "
        "why = 'the name was removed' WHERE person_id = :person"
    ),
    text("DELETE FROM request_key WHERE person_id = :person"),
    text("DELETE FROM kept_form WHERE person_id = :person"),
    text("DELETE FROM draft WHERE person_id = :person"),
    text("DELETE FROM password_link WHERE person_id = :person"),
    text("UPDATE access_log SET network = NULL WHERE person_id = :person"),
]

# What the service itself wrote to others with the person's name in it, and still keeps.
_NAMED = [
    text(
        "UPDATE outbox SET subject = replace(subject, :name, :erased), "
        "body = replace(body, :name, :erased) WHERE strpos(subject || body, :name) > 0"
    ),
    text(
        "UPDATE request_key SET message = replace(message, :name, :erased) "
        "WHERE strpos(message, :name) > 0"
    ),
    text(
        "UPDATE rights_proposal SET why = replace(why, :name, :erased) "
        "WHERE status = 'overtaken' AND strpos(why, :name) > 0"
    ),
]


def _leave_posts(session: Session, person_id: int) -> list[cover_ends.Ended]:
    """What they held ends today, with the cover for them and by them; what was still to come has
    never been."""
    who, today = {"person": person_id}, clock.today()
    administrators.remember(session)
    session.execute(
        text("DELETE FROM appointment WHERE person_id = :person AND lower(during) >= :today"),
        {**who, "today": today},
    )
    session.execute(
        update(Appointment)
        .where(Appointment.person_id == person_id, Appointment.during.contains(today))
        .values(during=text("daterange(lower(during), :today)").bindparams(today=today))
    )
    ended = cover_ends.cut_to_appointments(session)
    mine = select(Cover).where(Cover.person_id == person_id).order_by(Cover.id)
    for row in session.scalars(mine).all():
        if row.during.upper is None or row.during.upper > today:
            ended.append(cover_ends.end(session, row, today))
    return ended


def locked_person(session: Session, person_id: int) -> Person:
    """Somebody's row, locked. Raises NotFound for nobody and for the service itself."""
    person = session.get(
        Person, person_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if person is None or person.is_system:
        raise NotFound(access.GONE)
    return person
