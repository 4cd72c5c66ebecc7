"""What My work shows: one list of tasks with the counts of all of them, and the chase list."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cycle.errors import BadInput
from cycle.people import Actor
from workflows.queues import chase_list, my_work
from workflows.queues.chase_list import ChasePage
from workflows.queues.my_work import Page, Which

# The sort values of the row before, as a link says them.
Cursor = Sequence[str | int | None]


@dataclass(frozen=True)
class Work:
    """One part of one list of My work with the counts of all of them; ``chase``: how many tasks
    are late, for those who chase."""

    counts: dict[str, int]
    part: Page
    chase: int | None


@dataclass(frozen=True)
class Chase:
    """One part of the chase list with the counts of the other lists."""

    counts: dict[str, int]
    part: ChasePage
    chase: int


def work(
    session: Session, actor: Actor, which: Which, after: Cursor | None, *, chases: bool
) -> Work:
    """One part of one list; ``chases``: how much is late is theirs to know. Raises BadInput for
    another list's cursor."""
    mine = my_work.mine_of(session, actor)
    found = my_work.my_work(session, actor, which, _key(after), mine)
    late = chase_list.count(session) if chases else None
    return Work(my_work.counts(session, actor, mine), found, late)


def chase(session: Session, actor: Actor, after: Cursor | None) -> Chase:
    """One part of the chase list. Raises NotPermitted without ``chase``, BadInput for another
    list's cursor."""
    found = chase_list.page(session, actor, _key(after))
    return Chase(my_work.counts(session, actor), found, chase_list.count(session))


def _key(after: Cursor | None) -> tuple[str, int] | None:
    if after is None:
        return None
    if len(after) == 2 and isinstance(after[0], str) and isinstance(after[1], int):
        return after[0], after[1]
    raise BadInput("This link does not lead to a page of the list. Start from its first page.")
