"""Somebody is back: the account opens again, with a new password, and with it what is still theirs.

The rules that live here: no password from before works again; posts and cover that have not ended
come back with the account, so where one of them needs a second administrator the account waits for
one (SR-80).
"""

from datetime import date

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from cycle import clock
from cycle.errors import Blocked
from cycle.models import Person, RightsProposal
from cycle.people import Actor
from workflows.core import engine
from workflows.core.audit import Act
from workflows.core.council_subject import subject_of
from workflows.framework import post_permissions
from workflows.people import (
    account_mail,
    administrators,
    appointed_alone,
    identity,
    proposals,
)
from workflows.people.proposals import REACTIVATE, Wish


def reactivate(session: Session, actor: Actor, person_id: int) -> Person | RightsProposal:
    """Open an account again, or propose it to a second administrator.

    The person then needs a link for a new password. Raises Blocked for an account that is active or
    whose name was removed, NotPermitted without ``manage_people``.
    """
    council = subject_of(session)
    capacity = post_permissions.require(session, actor, administrators.MANAGES)
    person = _closed(session, person_id)
    act = Act(REACTIVATE)
    wish = _wish(session, person)
    if wish is not None and not proposals.by_one(session, actor, wish, act):
        return proposals.make(session, council, actor, capacity, wish)
    open_again(session, person.id, act)
    engine.record(session, council, actor, act, capacity)
    tell(session, council.head_seq, actor, person.id)
    if wish is not None:
        appointed_alone.tell(session, council.head_seq, actor, act, wish.post_id)
    return person


def open_again(session: Session, person_id: int, act: Act) -> Person:
    """Open it and end the password of before; nothing is recorded yet. Raises Blocked."""
    person = _closed(session, person_id)
    person.active, person.password_hash = True, None
    session.flush()
    act.details["person"] = person.id
    return person


def tell(
    session: Session, event: int, actor: Actor, person_id: int, agreed_by: Actor | None = None
) -> None:
    """Tell the person by mail."""
    account_mail.notify(session, event, actor, person_id, "reactivated", agreed_by=agreed_by)


def _wish(session: Session, person: Person) -> Wish | None:
    """What would come back that needs two, named by one post: one that is not an administrator's
    where there is such a one, since that is never given alone."""
    posts = administrators.comes_back(session, person.id)
    framework = post_permissions.framework(session)
    roles, managing = administrators.guarded(framework), administrators.administering(framework)
    guarded = [each for each in posts if each.asked or each.role in roles]
    if not guarded:
        return None
    chosen = min(guarded, key=lambda each: (each.role in managing, each.post_id))
    during: Range[date] = Range(clock.today(), None)
    return Wish(REACTIVATE, person.id, chosen.post_id, during)


def _closed(session: Session, person_id: int) -> Person:
    person = identity.locked_person(session, person_id)
    if person.active or person.salt is None:
        raise Blocked("This account cannot be activated: it is active, or its name was removed.")
    return person
