"""Who may see and change what: the only doors to a subject (INV-51, INV-53).

What each person may read is said in ``access_rights``; here a subject is fetched through it, or
answers as if it were not there, and here stands what of it is open to one person: its working copy
or the version that is published, its remarks and reasons, the words of a report (R2, R3, X3).
What a subject is called outside the door, in a mail or a calendar, is in ``access_outside``.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TypeVar

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    case,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session

from cycle import access_rights as rights
from cycle.access_outside import (
    EXEMPT,
    EXEMPT_REPORT,
    EXEMPT_TITLES,
    TITLE_OUTSIDE,
    name_outside,
    title_outside,
)
from cycle.access_readings import EVERY_PLAN, KnownPlans, Reading, ReportReading
from cycle.access_rights import bound, is_officer
from cycle.errors import NotFound, NotPermitted, OutOfDate
from cycle.models import AgendaItem, DateChange, Plan, Subject
from cycle.people import Actor
from cycle.seen import Seen, current

__all__ = [
    "EVERY_PLAN", "EXEMPT", "EXEMPT_REPORT", "EXEMPT_TITLES", "TITLE_OUTSIDE", "KnownPlans",
    "Reading", "ReportReading", "bound", "is_officer", "name_outside", "rights", "title_outside",
]  # fmt: skip

S = TypeVar("S", bound=Subject)

ONLY_READ = "This plan is open for you to read, and others work on it."
GONE = "There is nothing at this address, or it is not open to you."
CHANGED = "Someone has changed this since you opened it. Look at the new version and try again."
# What is withheld is said to be withheld.
WITHHELD = "The reason is open only to those who work on it."


def reason_outside(reason: str, *subjects: Subject) -> str:
    """What a mail says of the reason for an act; nothing of it where one of these is exempt."""
    exempt = any(each.exempt for each in subjects)
    return WITHHELD if exempt else f"The reason given: {reason}"


# Words of an exempt plan are copied into exempt plans only (SR-25); ``:plan`` takes them.
HANDS_DOWN = """(NOT subject.exempt OR EXISTS (
  SELECT 1 FROM subject AS taker WHERE taker.id = :plan AND taker.exempt))
"""


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


def exempt_right(actor: Actor) -> ColumnElement[bool]:
    """The condition on ``Subject`` of the exempt plans and reports that this person may know of."""
    exempt = f"subject.kind IN ('plan', 'item') AND {EXEMPT}"
    return rights.condition(f"{exempt} AND ({rights.knows_exempt(actor)})", actor)


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


def plan_to_read(session: Session, actor: Actor, ref: str) -> tuple[Plan, Reading]:
    """One plan by its reference with what this person may read of it. One statement. Raises
    NotFound."""
    working = _is(rights.condition(rights.works_on_plan(actor), actor)).label("working")
    wanted = plans(actor).where(Plan.ref == ref).add_columns(working, _SHOWN)
    row = session.execute(wanted).first()
    if row is None:
        raise NotFound(GONE)
    return row[0], Reading(bool(row.working), row.version_id)


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
# Of an exempt plan none.
SHOWN_VERSION = f"CASE WHEN NOT subject.exempt THEN {OPEN_VERSION} END"
_SHOWN = literal_column(SHOWN_VERSION, Integer).label("version_id")
_READING = f"""
SELECT {{works}} AS working, {SHOWN_VERSION} AS version_id
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


def forthcoming_items(actor: Actor) -> Select[AgendaItem, bool]:
    """Every report whose title, body and day this person may know, with whether its page is open to
    them: what comes to a body is no secret, unless it is exempt (fault S2)."""
    known = rights.condition(rights.knows_report(actor), actor)
    return select(AgendaItem, _is(known)).where(or_(known, text(f"NOT {EXEMPT}")))


def forthcoming_plans(actor: Actor) -> Select[Plan, bool]:
    """The same of the plans that are on their way to a body."""
    known = rights.condition(rights.knows_plan(actor), actor)
    return select(Plan, _is(known)).where(or_(known, text(f"NOT {EXEMPT}")))


def _is(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition as a column that is never null."""
    return case((condition, True), else_=False)


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
    """Those of some subjects, by id, of which this person may not know. No statement for none, nor
    for who reads all."""
    if not ids or actor.reads_all:
        return frozenset()
    known = session.scalars(select(Subject.id).where(Subject.id.in_(ids), known_right(actor)))
    return frozenset(ids) - frozenset(known)


def references(session: Session, actor: Actor, refs: Collection[str]) -> list[str]:
    """Plans by their references, as this person is told of them: those that she may not know of are
    counted. In order, each once."""
    known = set(session.scalars(plans(actor).where(Plan.ref.in_(refs)).with_only_columns(Plan.ref)))
    others = len(set(refs) - known)
    named = sorted(known)
    if others:
        named.append(
            "a plan that is not open to you"
            if others == 1
            else f"{others} plans that are not open to you"
        )
    return named


def hands_down(source: Subject, taker: Subject) -> bool:
    """Whether words of one plan may be copied into another."""
    return taker.exempt or not source.exempt


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


def lock_whole(session: Session, ids: Sequence[int]) -> list[Subject]:
    """``lock``, and read each subject's own columns too: one statement for each kind among them."""
    rows = lock(session, ids)
    kinds = {type(row): None for row in rows}
    own = [session.scalars(select(kind).where(kind.id.in_(ids))).all() for kind in kinds]
    return sorted((each for found in own for each in found), key=lambda each: each.id)


def changeable(
    session: Session, actor: Actor, model: type[S], subject_id: int, seen_version: Seen
) -> S:
    """Lock one subject that this person may work on, at the version that the page showed.

    Raises NotFound when it is not there for this person, NotPermitted for a plan that is only
    hers to read, OutOfDate when the page was older.
    """
    statement = _open_to(_locking(model), model, actor)
    found: S | None = session.scalars(statement, {"locked": subject_id}).first()
    if found is None:
        raise missing(session, actor, model, subject_id)
    if not current(found.version, seen_version):
        raise OutOfDate(CHANGED)
    return found


def all_changeable(session: Session, actor: Actor, model: type[S], ids: Collection[int]) -> list[S]:
    """Lock several subjects of one kind that this person may work on, in the order of their ids.

    Raises as ``changeable`` when one of them is not. One statement.
    """
    wanted = sorted(set(ids))
    statement = _open_to(
        select(model)
        .where(model.id.in_(wanted))
        .order_by(model.id)
        .with_for_update(of=Subject.__table__, key_share=True)
        .execution_options(populate_existing=True),
        model,
        actor,
    )
    found = list(session.scalars(statement))
    lacking = set(wanted) - {each.id for each in found}
    if lacking:
        raise missing(session, actor, model, min(lacking))
    return found


def _open_to(statement: Select[S], model: type[S], actor: Actor) -> Select[S]:
    """Only what this person may work on."""
    if issubclass(model, Plan):
        return statement.where(text_right(actor))
    if issubclass(model, AgendaItem):
        return statement.where(words_right(actor))
    return statement.where(known_right(actor)) if issubclass(model, DateChange) else statement


def missing(
    session: Session, actor: Actor, model: type[Subject], subject_id: int
) -> NotFound | NotPermitted:
    """Why a subject is not this person's to change, as ``changeable`` raises it."""
    if issubclass(model, Plan) and _may_open(session, actor, subject_id):
        return NotPermitted(ONLY_READ)
    return NotFound(GONE)


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
