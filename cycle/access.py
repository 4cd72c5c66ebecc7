"""Who may see and change what: the only doors to a subject (INV-51, INV-53).

What each person may read is said in ``access_rights``; here a subject is fetched through it, or
answers as if it were not there, and here stands what of it is open to one person: its working copy
or the version that is published, its remarks and reasons, the words of a report (R2, R3, X3).
Where a subject is told of outside the door, in a mail or a calendar, an exempt one has a neutral
title.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, bindparam, select, text
from sqlalchemy.orm import Session

from cycle import access_rights as rights
from cycle.access_rights import bound, is_officer
from cycle.errors import NotFound, NotPermitted, OutOfDate
from cycle.models import AgendaItem, DateChange, Plan, Subject
from cycle.people import Actor
from cycle.seen import Seen, current

__all__ = ["bound", "is_officer", "rights"]

S = TypeVar("S", bound=Subject)

ONLY_READ = "This plan is open for you to read, and others work on it."
GONE = "There is nothing at this address, or it is not open to you."
# What is withheld is said to be withheld.
WITHHELD = "The reason is open only to those who work on it."
EXEMPT_TITLES = {"plan": "Exempt plan", "item": "Exempt report"}
EXEMPT_REPORT = EXEMPT_TITLES["item"]
# For statements that read a ``subject``: whether it is exempt, and what it is called outside.
EXEMPT = (
    f"(subject.kind = 'item' AND {rights.EXEMPT_REPORT.format(of='subject')} OR subject.exempt)"
)
TITLE_OUTSIDE = (
    f"CASE WHEN NOT {EXEMPT} THEN subject.title WHEN subject.kind = 'item' "
    f"THEN '{EXEMPT_TITLES['item']}' ELSE '{EXEMPT_TITLES['plan']}' END"
)

# Words of an exempt plan are copied into exempt plans only (SR-25); ``:plan`` takes them.
HANDS_DOWN = """(NOT subject.exempt OR EXISTS (
  SELECT 1 FROM subject AS taker WHERE taker.id = :plan AND taker.exempt))
"""


@dataclass(frozen=True)
class Reading:
    """What one person may read of one plan whose status she may see.

    ``working``: its working copy, remarks, reasons and every version. ``version_id``: the version
    that is open to everybody, the last one that a published report shows, or that took effect;
    None before that, and of an exempt plan.
    """

    working: bool
    version_id: int | None

    @property
    def words(self) -> bool:
        """Whether any text of it is open to this person."""
        return self.working or self.version_id is not None


@dataclass(frozen=True)
class ReportReading:
    """What one person may read of one report that she may know of: its words, and why it came
    back (``working``)."""

    working: bool
    words: bool


@dataclass(frozen=True)
class KnownPlans:
    """The plans of one planning year of which a person may know, told by those of which she may
    not: ``hidden`` is reference by id. ``hidden_types`` are the kinds of plan that the year has, of
    which she may know none. Dates of hidden plans are on no page of hers and in no file."""

    hidden: Mapping[int, str] = field(default_factory=dict)
    hidden_types: frozenset[str] = frozenset()

    def has(self, plan_id: int | None) -> bool:
        """Whether dates of this plan are told to her; None is the year itself, which is no
        secret."""
        return plan_id not in self.hidden


EVERY_PLAN = KnownPlans()


# Plans ----------------------------------------------------------------------------------------


def reads_everything(actor: Actor) -> bool:
    """Whether no text is closed to this person."""
    return actor.reads_all


def text_right(actor: Actor) -> ColumnElement[bool]:
    """The condition on ``Subject`` under which this person may read a plan's working copy."""
    return rights.condition(rights.works_on_plan(actor), actor)


def open_right(actor: Actor) -> ColumnElement[bool]:
    """The condition under which at least the version of a plan that is open may be read."""
    return rights.condition(rights.opens_plan(actor), actor)


def known_right(actor: Actor) -> ColumnElement[bool]:
    """The condition under which this person may know of a subject of any kind."""
    return rights.condition(rights.knows(actor), actor)


def record_right(actor: Actor) -> ColumnElement[bool]:
    """The condition under which the whole record of a subject of any kind may be read."""
    return rights.condition(rights.works_on(actor), actor)


def plans(actor: Actor) -> Select[Plan]:
    """Every plan of which this person may see the status; filter it further."""
    return select(Plan).where(rights.condition(rights.knows_plan(actor), actor))


def plan(session: Session, actor: Actor, ref: str) -> Plan:
    """One plan by its reference, to see its status. Raises NotFound."""
    found = session.scalars(plans(actor).where(Plan.ref == ref)).first()
    if found is None:
        raise NotFound(GONE)
    return found


def may_read_text(session: Session, actor: Actor, subject: Subject) -> bool:
    """Whether this person may read the working copy of the plan, its remarks and reasons."""
    statement = select(1).select_from(Subject).where(Subject.id == subject.id, text_right(actor))
    return bool(session.scalar(statement))


def may_read_record(session: Session, actor: Actor, subject: Subject) -> bool:
    """Whether this person may read all that is on the record of a subject, reasons included."""
    statement = select(1).select_from(Subject).where(Subject.id == subject.id, record_right(actor))
    return bool(session.scalar(statement))


def text_of(session: Session, actor: Actor, ref: str) -> Plan:
    """One plan by its reference, to read its working copy and children. Raises NotFound."""
    found = session.scalars(select(Plan).where(Plan.ref == ref, text_right(actor))).first()
    if found is None:
        raise NotFound(GONE)
    return found


_OF_YEAR = """
SELECT plan.id, subject.ref, plan.plan_type, {known} AS known
FROM plan JOIN subject ON subject.id = plan.id WHERE plan.planning_year_id = :year
"""


def known_plans(session: Session, actor: Actor, year_id: int) -> KnownPlans:
    """Of which plans of a year this person may know. One statement; none for who reads all."""
    if actor.reads_all:
        return EVERY_PLAN
    statement = text(_OF_YEAR.format(known=rights.knows_plan(actor)))
    rows = session.execute(statement, {"year": year_id, **bound(actor)}).all()
    known_types = {row.plan_type for row in rows if row.known}
    return KnownPlans(
        {row.id: row.ref for row in rows if not row.known},
        frozenset(row.plan_type for row in rows) - known_types,
    )


# Of a plan in force the version that took effect; else the newest one that a report showed.
OPEN_VERSION = f"""
CASE WHEN {rights.IN_FORCE.format(of="subject")} THEN plan.shown_version_id ELSE (
  SELECT plan_version.id FROM item_plan JOIN subject AS report ON report.id = item_plan.item_id
  JOIN plan_version ON plan_version.id = item_plan.version_id
  WHERE item_plan.plan_id = plan.id AND {rights.OPEN_REPORT}
  ORDER BY plan_version.number DESC LIMIT 1) END
"""  # noqa: S608
_READING = f"""
SELECT {{works}} AS working, CASE WHEN NOT subject.exempt THEN {OPEN_VERSION} END AS version_id
FROM plan JOIN subject ON subject.id = plan.id WHERE plan.id = :plan
"""  # noqa: S608


def reading(session: Session, actor: Actor, plan: Plan) -> Reading:
    """What this person may read of a plan whose status she may see. One statement."""
    statement = text(_READING.format(works=rights.works_on_plan(actor)))
    row = session.execute(statement, {"plan": plan.id, **bound(actor)}).one()
    return Reading(bool(row.working), row.version_id)


# What a published report showed, and what was issued as a baseline, stays open.
_WAS_OPEN = text(f"""
SELECT 1 FROM plan JOIN subject ON subject.id = plan.id
WHERE plan.id = :plan AND NOT subject.exempt AND (
  EXISTS (SELECT 1 FROM item_plan JOIN subject AS report ON report.id = item_plan.item_id
          WHERE item_plan.version_id = :version AND {rights.OPEN_REPORT})
  OR {rights.IN_FORCE.format(of="subject")} AND EXISTS (
    SELECT 1 FROM milestone WHERE version_id = :version AND gate = 'baseline'))
""")  # noqa: S608


def may_read_version(session: Session, reading: Reading, plan: Plan, version_id: int) -> bool:
    """Whether one sealed version of a plan is open to the person whose reading this is."""
    if reading.working or version_id == reading.version_id:
        return True
    return bool(session.scalar(_WAS_OPEN, {"plan": plan.id, "version": version_id}))


# Reports --------------------------------------------------------------------------------------


def items(actor: Actor) -> Select[AgendaItem]:
    """Every report that this person may know of: officers all but exempt ones, members those
    whose words are open to them."""
    return select(AgendaItem).where(rights.condition(rights.knows_report(actor), actor))


def item(session: Session, actor: Actor, item_id: int) -> AgendaItem:
    """One report, to see where it stands. Raises NotFound."""
    found = session.scalars(items(actor).where(AgendaItem.id == item_id)).first()
    if found is None:
        raise NotFound(GONE)
    return found


def report(session: Session, actor: Actor, item_id: int) -> AgendaItem:
    """One report, to read its words and children. Raises NotFound."""
    wanted = select(AgendaItem).where(AgendaItem.id == item_id, words_right(actor))
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound(GONE)
    return found


def words_right(actor: Actor) -> ColumnElement[bool]:
    """The condition on ``Subject`` under which this person may read the words of a report."""
    return rights.condition(rights.opens_report(actor), actor)


def report_reading(session: Session, actor: Actor, item: AgendaItem) -> ReportReading:
    """What this person may read of a report that she may know of. One statement."""
    works, opens = rights.works_on_report(actor), rights.opens_report(actor)
    statement = text(f"SELECT {works} AS works, {opens} AS opens FROM subject WHERE id = :report")  # noqa: S608
    row = session.execute(statement, {"report": item.id, **bound(actor)}).one()
    return ReportReading(bool(row.works), bool(row.opens))


def open_reports(session: Session, actor: Actor, refs: Collection[str]) -> frozenset[str]:
    """Which of these reports' words this person may read, by reference."""
    if not refs:
        return frozenset()
    statement = select(AgendaItem.ref).where(AgendaItem.ref.in_(refs), words_right(actor))
    return frozenset(session.scalars(statement))


def unknown(session: Session, actor: Actor, ids: Collection[int]) -> frozenset[int]:
    """Those of some subjects, by id, of which this person may not know. No statement for none."""
    if not ids:
        return frozenset()
    known = session.scalars(select(Subject.id).where(Subject.id.in_(ids), known_right(actor)))
    return frozenset(ids) - frozenset(known)


def references(session: Session, actor: Actor, refs: Collection[str]) -> list[str]:
    """Plans by their references, as this person is told of them: those that she may not know of are
    counted. In order, each once."""
    known = set(session.scalars(plans(actor).where(Plan.ref.in_(refs)).with_only_columns(Plan.ref)))
    others = len(set(refs) - known)
    told = sorted(known)
    if others:
        told.append(
            "a plan that is not open to you"
            if others == 1
            else f"{others} plans that are not open to you"
        )
    return told


def hands_down(source: Subject, taker: Subject) -> bool:
    """Whether words of one plan may be copied into another."""
    return taker.exempt or not source.exempt


def title_outside(subject: Subject) -> str:
    """What a subject is called where others may read it: mails, calendars."""
    return EXEMPT_TITLES.get(subject.kind, subject.title) if subject.exempt else subject.title


def name_outside(subject: Subject) -> str:
    """Title and reference for a mail; of an exempt subject neither."""
    title = title_outside(subject)
    return f"{title}, number {subject.id}" if subject.exempt else f"{title} ({subject.ref})"


# Locks ----------------------------------------------------------------------------------------


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
    """Lock one subject that this person may work on, at the version that the page showed.

    Raises NotFound when it is not there for this person, NotPermitted for a plan that is only
    hers to read, OutOfDate when the page was older.
    """
    statement = _locking(model)
    if issubclass(model, Plan):
        statement = statement.where(text_right(actor))
    elif issubclass(model, AgendaItem):
        statement = statement.where(words_right(actor))
    elif issubclass(model, DateChange):
        statement = statement.where(known_right(actor))
    found: S | None = session.scalars(statement, {"locked": subject_id}).first()
    if found is None:
        if issubclass(model, Plan) and _may_open(session, actor, subject_id):
            raise NotPermitted(ONLY_READ)
        raise NotFound(GONE)
    if not current(found.version, seen_version):
        raise OutOfDate(
            "Someone has changed this since you opened it. Look at the new version and try again."
        )
    return found


def _may_open(session: Session, actor: Actor, plan_id: int) -> bool:
    return bool(session.scalar(select(1).where(Subject.id == plan_id, open_right(actor))))


@lru_cache(maxsize=16)
def _locking(model: type[S]) -> Select[S]:
    """Read one subject and lock it, whatever the session remembers of it."""
    return (
        select(model)
        .where(model.id == bindparam("locked"))
        .with_for_update(of=Subject.__table__, key_share=True)
        .execution_options(populate_existing=True)
    )
