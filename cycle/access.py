"""Who may see and change what: the only doors to a subject (INV-51, INV-53).

Rights on a plan: ``status`` (title, stage, whose desk, dates) for every signed-in officer;
``text`` for its line, contributors, commenters, support service, auditor, and for bodies once it
is published to them. Without the right to the text, text and children answer as if they were not
there; exempt plans need it even for their status.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar, cast

from sqlalchemy import ColumnElement, Select, bindparam, or_, select, text, true
from sqlalchemy.orm import Session

from cycle.errors import NotFound, OutOfDate
from cycle.models import AgendaItem, Plan, Subject
from cycle.people import Actor
from cycle.seen import Seen, current

S = TypeVar("S", bound=Subject)

MOST_LEVELS = 20
GONE = "There is nothing at this address, or it is not open to you."


def is_officer(actor: Actor) -> bool:
    """Whether the person works for the council, beside or instead of being a member of it."""
    return actor.is_system or any(not desk.is_members for desk in actor.desks)


def text_right(actor: Actor) -> ColumnElement[bool]:
    """The condition on ``Subject`` under which this person may read a plan's text."""
    if actor.reads_all:
        return true()
    desks = [desk for desk in actor.desks if not (desk.is_members or desk.only_accounts)]
    right = _TEXT_RIGHT.bindparams(
        my_units=[desk.unit_id for desk in desks if desk.unit_id],
        my_desks=[desk.queue_id for desk in desks],
        my_queues=list(actor.queue_ids),
    )
    return cast(ColumnElement[bool], right)


# In this order: the plan's line, whoever sits at a unit on the way from the plan's unit up to its
# department (at the council itself sit clerks and others who are in no plan's line; who reads all
# has a role that the framework lets); of a plan of the whole council, the council's own desks for
# it; who was asked for a section; who had a task with it; and everyone signed in, once it is
# published or in force.
# As words: putting the condition together from columns at each act cost more than answering it.
_TEXT_RIGHT = text(f"""(
  EXISTS (
    SELECT 1 FROM unit AS home WHERE home.id = subject.unit_id
      AND home.path[2:{MOST_LEVELS}] && CAST(:my_units AS int[]))
  OR EXISTS (
    SELECT 1 FROM queue AS desk
    WHERE desk.id = ANY(CAST(:my_desks AS int[])) AND desk.unit_id = subject.unit_id)
  OR EXISTS (
    SELECT 1 FROM contribution AS asked
    WHERE asked.plan_id = subject.id AND asked.queue_id = ANY(CAST(:my_queues AS int[])))
  OR EXISTS (
    SELECT 1 FROM task AS mine
    WHERE mine.subject_id = subject.id AND mine.queue_id = ANY(CAST(:my_queues AS int[])))
  OR NOT subject.exempt AND (subject.state IN ('in_force', 'superseded') OR EXISTS (
    SELECT 1 FROM item_plan JOIN subject AS report ON report.id = item_plan.item_id
    WHERE item_plan.plan_id = subject.id AND report.state IN ('published', 'decided'))))
""")  # noqa: S608


def status_right(actor: Actor) -> ColumnElement[bool]:
    """The condition under which this person may know that a plan exists and where it is."""
    if is_officer(actor):
        return or_(Subject.exempt.is_(False), text_right(actor))
    return text_right(actor)


def plans(actor: Actor) -> Select[Plan]:
    """Every plan of which this person may see the status; filter it further."""
    return select(Plan).where(status_right(actor))


def plan(session: Session, actor: Actor, ref: str) -> Plan:
    """One plan by its reference, to see its status. Raises NotFound."""
    found = session.scalars(plans(actor).where(Plan.ref == ref)).first()
    if found is None:
        raise NotFound(GONE)
    return found


def may_read_text(session: Session, actor: Actor, subject: Subject) -> bool:
    """Whether this person may read the text of the plan."""
    return bool(
        session.scalar(
            select(1).select_from(Subject).where(Subject.id == subject.id, text_right(actor))
        )
    )


def text_of(session: Session, actor: Actor, ref: str) -> Plan:
    """One plan by its reference, to read its text and children. Raises NotFound."""
    found = session.scalars(select(Plan).where(Plan.ref == ref, text_right(actor))).first()
    if found is None:
        raise NotFound(GONE)
    return found


def items(actor: Actor) -> Select[AgendaItem]:
    """Every agenda item that this person may see: officers all, members those published."""
    everything = select(AgendaItem)
    if is_officer(actor):
        return everything
    return everything.where(AgendaItem.state.in_(("published", "decided")))


def item(session: Session, actor: Actor, item_id: int) -> AgendaItem:
    """One agenda item. Raises NotFound."""
    found = session.scalars(items(actor).where(AgendaItem.id == item_id)).first()
    if found is None:
        raise NotFound(GONE)
    return found


def lock(session: Session, ids: Sequence[int]) -> list[Subject]:
    """Lock subjects, always in the order of their ids, before anything else is locked."""
    rows = session.scalars(
        select(Subject)
        .where(Subject.id.in_(sorted(set(ids))))
        .order_by(Subject.id)
        .with_for_update(of=Subject.__table__, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(set(ids)):
        raise NotFound(GONE)
    return list(rows)


def changeable(
    session: Session, actor: Actor, model: type[S], subject_id: int, seen_version: Seen
) -> S:
    """Lock one subject that this person may read, at the version that the page showed.

    Raises NotFound when it is not there for this person, OutOfDate when the page was older.
    """
    statement = _locking(model)
    if issubclass(model, Plan):
        statement = statement.where(text_right(actor))
    elif issubclass(model, AgendaItem) and not is_officer(actor):
        raise NotFound(GONE)
    found: S | None = session.scalars(statement, {"locked": subject_id}).first()
    if found is None:
        raise NotFound(GONE)
    if not current(found.version, seen_version):
        raise OutOfDate(
            "Someone has changed this since you opened it. Look at the new version and try again."
        )
    return found


@lru_cache(maxsize=16)
def _locking(model: type[S]) -> Select[S]:
    """Read one subject and lock it, whatever the session remembers of it."""
    return (
        select(model)
        .where(model.id == bindparam("locked"))
        .with_for_update(of=Subject.__table__, key_share=True)
        .execution_options(populate_existing=True)
    )
