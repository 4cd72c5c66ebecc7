"""What waits for a second administrator, and what would follow if it were agreed (SR-80)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.permissions import WORDS
from cycle import access
from cycle.errors import NotFound
from cycle.models import Person, Post, Queue, RightsProposal, Task
from cycle.people import Actor
from workflows.framework import post_permissions, role_words
from workflows.people import administrators, agreeing, appointed_alone, proposals
from workflows.people.administrators import Status

NOTES = {
    Status.ALONE: (
        "No second administrator has signed in yet. Until one has, you decide alone, and the "
        "record says so each time."
    ),
    Status.LEFT: (
        "There is no other administrator today. You can give somebody an administrator’s post, or "
        "open again the account of somebody who has one and nothing else of this kind, and the "
        "record says that you did it alone. Whoever checks the record is told of it by mail. "
        "Everything else of this kind waits until that person has signed in."
    ),
    Status.SEVERAL: (
        "A second administrator has to agree before somebody gets a post that decides, signs, "
        "comments, keeps the record, reads every text, has other permissions or was asked for a "
        "part of a plan, before you set cover at such a post of somebody else or open the account "
        "of somebody who still has one, and before you get any post yourself."
    ),
}
COVERING = (
    "You act for {names}, and that does not make two of you: what you propose waits for another "
    "administrator, or for the person for whom you act."
)
STATUS = {
    "waiting": "Waits for a second administrator",
    "agreed": "Agreed",
    "refused": "Refused",
    "withdrawn": "Taken back",
    "overtaken": "Could no longer be done",
}


@dataclass(frozen=True)
class Line:
    """One proposal in the list."""

    id: int
    sentence: str
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True)
class ProposalPage:
    """One proposal: what, by whom, when (UTC), why, what would follow, and who may do what.

    ``why_not`` says why the reader cannot agree; "" when they can. ``warning``: that one of the two
    who agreed, or of the proposer and the reader, appointed the other alone.
    """

    id: int
    sentence: str
    proposed_by: str
    proposed_at: datetime
    reason: str
    status: str
    waits: bool
    settled_by: str
    settled_at: datetime | None
    why: str
    follows: list[str]
    mine: bool
    why_not: str
    warning: str


def note(session: Session, actor: Actor) -> str:
    """What an administrator may do by themselves at present, in words."""
    status = administrators.status(session)
    covered = {
        str(post.for_name)
        for post in actor.posts_held
        if post.for_person_id and administrators.MANAGES in post.permissions
    }
    if status is not Status.SEVERAL or not covered:
        return NOTES[status]
    return f"{NOTES[status]} {COVERING.format(names=' and '.join(sorted(covered)))}"


def waiting(session: Session) -> list[Line]:
    """What waits for a second administrator, the oldest first."""
    rows = session.scalars(
        select(RightsProposal).where(RightsProposal.status == "waiting").order_by(RightsProposal.id)
    ).all()
    return [
        Line(
            row.id,
            proposals.sentence(session, row),
            _name(session, row.proposed_by_id),
            row.proposed_at,
        )
        for row in rows
    ]


def proposal(session: Session, actor: Actor, proposal_id: int) -> ProposalPage:
    """One proposal. Raises NotFound."""
    row = session.get(RightsProposal, proposal_id)
    if row is None:
        raise NotFound(access.GONE)
    return ProposalPage(
        id=row.id,
        sentence=_sentence(session, row),
        proposed_by=_name(session, row.proposed_by_id),
        proposed_at=row.proposed_at,
        reason=row.reason,
        status=STATUS[row.status],
        waits=row.status == "waiting",
        settled_by=_name(session, row.settled_by_id),
        settled_at=row.settled_at,
        why=row.why,
        follows=_follows(session, row),
        mine=row.proposed_by_id == actor.person_id,
        why_not=agreeing.problem(row, actor) or "",
        warning=_warning(session, row, actor),
    )


def _warning(session: Session, row: RightsProposal, actor: Actor) -> str:
    if row.status not in ("waiting", "agreed"):
        return ""
    second = row.settled_by_id or actor.person_id
    if not appointed_alone.by_the_other(session, row.proposed_by_id, second):
        return ""
    names = f"{_name(session, row.proposed_by_id)} and {_name(session, second)}"
    return (
        f"Of {names} one appointed the other an administrator alone. The record says so of what "
        "the two agree."
    )


def _sentence(session: Session, row: RightsProposal) -> str:
    """What is proposed; once it is agreed, what was agreed."""
    if row.status != "agreed":
        return proposals.sentence(session, row)
    name, title = _name(session, row.person_id), session.get_one(Post, row.post_id).title
    if row.kind == proposals.REACTIVATE:
        return f"It was agreed to open the account of {name} again, with the post “{title}”."
    if row.kind == "change_role":
        return f"It was agreed that {name} changes to the post “{title}”."
    span = proposals.days(row.during)
    if row.kind == "set_cover":
        away = _name(session, row.for_person_id)
        return f"It was agreed that {name} covers for {away} in the post “{title}” {span}."
    return f"It was agreed that {name} has the post “{title}” {span}."


def to_settle(session: Session, actor: Actor) -> int:
    """How many proposals wait to which this administrator could agree."""
    rows = session.scalars(select(RightsProposal).where(RightsProposal.status == "waiting"))
    return sum(agreeing.problem(row, actor) is None for row in rows)


def _follows(session: Session, row: RightsProposal) -> list[str]:
    """What the person could then do: the permissions of the role, and the tasks that wait."""
    if row.kind != proposals.REACTIVATE:
        return _of_post(session, session.get_one(Post, row.post_id).queue_id)
    found = []
    for post in administrators.comes_back(session, row.person_id):
        found.append(f"The post “{post.title}”, held or covered, comes back with the account")
        found += _of_post(session, post.queue_id)
    return list(dict.fromkeys(found))


def _of_post(session: Session, queue_id: int) -> list[str]:
    queue = session.get_one(Queue, queue_id)
    framework = post_permissions.framework(session)
    role = framework.roles.get(queue.role) if framework else None
    found = [WORDS[each] for each in (role.permissions if role else ()) if each in WORDS]
    if framework is not None and queue.role in administrators.acting(framework):
        found += role_words.acts(framework, queue.role)
    if administrators.asked(session, queue_id):
        found.append("Reads, writes and comments on the plans for which this post was asked")
    tasks = session.scalar(
        select(func.count()).where(Task.queue_id == queue.id, Task.closed_at.is_(None))
    )
    if tasks:
        found.append(f"Open tasks of this post today: {tasks}")
    return found


def _name(session: Session, person_id: int | None) -> str:
    return session.get_one(Person, person_id).name if person_id is not None else ""
