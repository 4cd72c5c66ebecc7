"""What opens an account is handed over in the same act, and to nobody but its owner (SR-80).

The rules that live here: a link for a password goes by mail to the owner of the account; the token
of a session goes into the browser that asked. Neither is what an act gives, since that is kept with
the form that was sent.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from cycle.models import Person, RightsProposal
from cycle.people import Actor
from workflows.people import account_mail, accounts, agreeing, reactivation
from workflows.people.agreeing import Answer


def add_and_invite(session: Session, actor: Actor, *, name: str, email: str, page: str) -> int:
    """Add somebody and invite them by mail; gives their number. Raises as ``add_person`` does.

    ``page``, here as below: the address of the page of one-time links, up to the token.
    """
    made = accounts.add_person(session, actor, name, email)
    accounts.invite(session, actor, made.id, page)
    return made.id


def reactivate_and_invite(
    session: Session, actor: Actor, person_id: int, page: str
) -> Person | RightsProposal:
    """Open an account again and mail its owner a link; where that needs a second administrator,
    propose it. Raises as ``reactivate`` does."""
    made = reactivation.reactivate(session, actor, person_id)
    if isinstance(made, Person):
        accounts.invite(session, actor, person_id, page)
    return made


def agree_and_invite(session: Session, actor: Actor, proposal_id: int, page: str) -> Answer:
    """Agree to a proposal; whose account it opens is mailed a link. Raises as ``agree`` does."""
    answer = agreeing.agree(session, actor, proposal_id)
    if answer.opened is not None:
        accounts.invite(session, actor, answer.opened, page)
    return answer


def send_reset_link(session: Session, email: str, page: str) -> None:
    """Mail a link for a new password to who has this address; to nobody when nobody active has."""
    made = accounts.reset_link(session, email)
    if made is not None:
        person_id, token = made
        account_mail.link(session, person_id, "reset", page + token)


def change_own_password(
    session: Session,
    actor: Actor,
    *,
    current: str,
    new: str,
    browser: str,
    hand_over: Callable[[str], object],
) -> None:
    """Change one's own password; ``hand_over`` takes the token of this browser's new session.

    Raises as ``change_password`` does.
    """
    hand_over(accounts.change_password(session, actor, current, new, browser))
