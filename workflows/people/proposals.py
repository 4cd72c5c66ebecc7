"""What waits for a second administrator: proposed, told to the others, found again (SR-80).

The rules that live here: what one administrator may do alone does not wait; the same thing waits
once; a proposal gives nobody anything; the other administrators are told that it waits. Agreeing
and refusing are in ``agreeing``.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from config.dates import long_date
from cycle import clock, people
from cycle.errors import Blocked
from cycle.models import Appointment, Council, Person, Post, Queue, RightsProposal
from cycle.people import Actor, Capacity
from notifications import messages
from workflows.core import engine
from workflows.core.audit import Act
from workflows.framework import post_permissions
from workflows.people import account_mail, administrators
from workflows.people.administrators import Status

ONE_DAY = timedelta(days=1)
LONGEST = 500
REACTIVATE = "reactivate"


@dataclass(frozen=True)
class Wish:
    """What an administrator wants: ``kind`` and columns as in ``RightsProposal``."""

    kind: str  # hold_post | change_role | set_cover | reactivate
    person_id: int
    post_id: int
    during: Range[date]
    appointment_id: int | None = None
    for_person_id: int | None = None
    reason: str = ""
    knows_four_eyes: bool = False


def make(
    session: Session, council: Council, actor: Actor, capacity: Capacity, wish: Wish
) -> RightsProposal:
    """Let it wait for a second administrator. Raises Blocked when the same waits already."""
    waiting = session.scalar(
        select(RightsProposal.id).where(
            RightsProposal.kind == wish.kind,
            RightsProposal.person_id == wish.person_id,
            RightsProposal.post_id == wish.post_id,
            RightsProposal.status == "waiting",
        )
    )
    if waiting is not None:
        raise Blocked("The same is proposed already and waits for a second administrator.")
    row = RightsProposal(
        kind=wish.kind,
        person_id=wish.person_id,
        post_id=wish.post_id,
        appointment_id=wish.appointment_id,
        for_person_id=wish.for_person_id,
        during=wish.during,
        reason=wish.reason.strip()[:LONGEST],
        knows_four_eyes=wish.knows_four_eyes,
        proposed_by_id=actor.person_id,
        acted_for_id=capacity.for_person_id,
        proposed_at=clock.now(),
        status="waiting",
    )
    session.add(row)
    session.flush()
    post = session.get_one(Post, row.post_id)
    details = {"proposal": row.id, "what": row.kind, "person": row.person_id, "post": post.key}
    details |= {"for": row.for_person_id, "from": row.during.lower, "until": row.during.upper}
    act = Act("propose_rights", reason=row.reason, details=details)
    engine.record(session, council, actor, act, capacity)
    link = messages.PROPOSAL_PAGE.format(row.id)
    words = {"summary": sentence(session, row), "link": link}
    for other in others(session, row):
        account_mail.notify(session, council.head_seq, actor, other, "waits", words)
    return row


def waiting_number(made: object) -> int | None:
    """The number of the proposal that an act became; None when it was done at once."""
    return made.id if isinstance(made, RightsProposal) else None


_ADMINISTRATORS = text(f"""
SELECT DISTINCT person.id
FROM post JOIN queue ON queue.id = post.queue_id AND queue.role = ANY(:roles)
JOIN {people.POSTHOLDERS} AS postholder
  ON postholder.post_id = post.id AND postholder.during @> CAST(:today AS date)
JOIN person ON person.id = postholder.person_id AND person.active
WHERE person.id <> ALL(:never) AND NOT EXISTS (
  SELECT 1 FROM {people.COVER} AS covers WHERE covers.person_id = person.id
    AND covers.for_person_id = ANY(:never) AND covers.during @> CAST(:today AS date))
ORDER BY person.id
""")  # noqa: S608  # a constant; values are bound


def others(session: Session, row: RightsProposal) -> list[int]:
    """The administrators of today who could agree: neither proposer nor whom it is for, and who
    covers for neither of them."""
    roles = list(administrators.administering(post_permissions.framework(session)))
    concerned = [row.proposed_by_id, row.acted_for_id, row.person_id]
    never = [each for each in concerned if each is not None]
    asked = {"roles": roles, "today": clock.today(), "never": never}
    return list(session.scalars(_ADMINISTRATORS, asked))


def sentence(session: Session, row: RightsProposal) -> str:
    """What is proposed, in one sentence with names, for pages and mail."""
    name = session.get_one(Person, row.person_id).name
    title = session.get_one(Post, row.post_id).title
    if row.kind == "set_cover":
        away = session.get_one(Person, row.for_person_id or 0).name
        return f"{name} would cover for {away} in the post “{title}” {days(row.during)}."
    if row.kind == REACTIVATE:
        return (
            f"The account of {name} would be opened again, and with it the post “{title}” and what "
            "else is still theirs."
        )
    if row.kind == "change_role":
        held = session.get(Appointment, row.appointment_id or 0)
        left = session.get_one(Post, held.post_id).title if held else "their present post"
        return f"{name} would have the post “{title}” instead of “{left}”, at once."
    return f"{name} would have the post “{title}” {days(row.during)}."


def days(during: Range[date]) -> str:
    """From 9 June 2027 to 13 June 2027; both are days on which it holds."""
    first = f"from {long_date(during.lower)}" if during.lower else "from the day of agreement"
    last = f" to {long_date(during.upper - ONE_DAY)}" if during.upper else ""
    return first + last


def by_one(session: Session, actor: Actor, wish: Wish, act: Act) -> bool:
    """Whether one administrator may do this; the act then says whether it was for want of others.

    Raises Blocked for a post for oneself while there is nobody who could agree.
    """
    framework = post_permissions.framework(session)
    post = session.get_one(Post, wish.post_id)
    role = session.get_one(Queue, post.queue_id).role
    own = wish.person_id == actor.person_id
    if actor.is_system or not (own or administrators.needs_two(session, post.queue_id)):
        return True
    status = administrators.status(session)
    if status is Status.SEVERAL:
        return False
    if own:
        raise Blocked("Somebody else has to give you a post. Ask another administrator.")
    appoints = wish.kind != "set_cover" and role in administrators.administering(framework)
    if status is Status.ALONE or appoints:
        act.details |= administrators.ALONE
        return True
    return False
