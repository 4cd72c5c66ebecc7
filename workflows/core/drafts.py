"""Drafts: what somebody has typed into a page's boxes and not yet sent (fault L1).

The rules that live here: a draft is its writer's alone and stands on no record; there is one for
each person and page; it ends when its words are sent, when its writer throws it away, or when
nobody has touched it for ``KEPT_FOR``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cycle import clock
from cycle.errors import BadInput
from cycle.models import Draft
from cycle.people import Actor

LONGEST = 400_000
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True)
class Drafted:
    """A draft as its writer left it: the words by box, the mark of the text from which each box
    began, and when it was saved."""

    words: Mapping[str, str]
    bases: Mapping[str, str]
    saved_at: datetime


def of(session: Session, actor: Actor, at: str) -> Drafted | None:
    """The draft of this person on the page ``at`` (its address); None where there is none."""
    found = session.get(Draft, (actor.person_id, at))
    return Drafted(found.words, found.bases, found.saved_at) if found else None


def keep(
    session: Session,
    actor: Actor,
    at: str,
    words: Mapping[str, str],
    bases: Mapping[str, str],
    boxes: Collection[str],
) -> datetime:
    """Save what stands in the ``boxes`` of a page as this person's draft, and say when that was.

    ``words`` are those that differ from the text from which their box began, of which ``bases``
    says the mark. The words of other boxes stay: two pages can share a draft, each with some of its
    boxes. Raises BadInput for more than can be kept.
    """
    before = of(session, actor, at)
    kept = {**_without(before.words if before else {}, boxes), **words}
    if sum(len(each) for each in kept.values()) > LONGEST:
        raise BadInput(f"A draft can hold {LONGEST:,} characters. Shorten it a little.")
    now = clock.now()
    if not kept:
        session.execute(_row(actor.person_id, at))
        return now
    begun = {**(before.bases if before else {}), **bases}
    row = {"words": kept, "bases": {box: begun[box] for box in kept}, "saved_at": now}
    made = insert(Draft).values(person_id=actor.person_id, at=at, **row)
    session.execute(made.on_conflict_do_update(index_elements=["person_id", "at"], set_=row))
    return now


def sent(session: Session, person_id: int, at: str, boxes: Collection[str]) -> None:
    """The words of these boxes were sent, so that they are no draft any more. One statement, and
    one more where words of other boxes stay."""
    found = session.execute(_row(person_id, at).returning(Draft)).scalar_one_or_none()
    if found is None:
        return
    left = _without(found.words, boxes)
    if left:
        bases = _without(found.bases, boxes)
        row = {"words": left, "bases": bases, "saved_at": found.saved_at}
        session.execute(insert(Draft).values(person_id=person_id, at=at, **row))


def throw_away(session: Session, actor: Actor, at: str) -> None:
    """Forget this person's draft on a page."""
    session.execute(_row(actor.person_id, at))


def forget_old(session: Session, now: datetime) -> None:
    """Forget the drafts that nobody has touched for so long, whoever's they are."""
    session.execute(delete(Draft).where(Draft.saved_at < now - KEPT_FOR))


def _row(person_id: int, at: str) -> Any:
    return delete(Draft).where(Draft.person_id == person_id, Draft.at == at)


def _without(words: Mapping[str, str], boxes: Collection[str]) -> dict[str, str]:
    return {box: each for box, each in words.items() if box not in boxes}
