"""Reading and locking agenda items: the plans first, by id, then the item (model.md).

What every verb on a report shares lives here: the lock, and what an item carries.
"""

from collections.abc import Sequence

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import NotFound, OutOfDate
from cycle.models import AgendaItem, Body, ItemPlan, Plan, Recommendation
from cycle.people import Actor
from cycle.seen import Seen, current
from workflows.core.facts import fact

CHANGED = "Someone has changed this since you opened it. Look at the new version and try again."


def plan_ids(session: Session, item_id: int) -> list[int]:
    """The ids of the plans that a report carries, in order."""
    return list(
        session.scalars(
            select(ItemPlan.plan_id).where(ItemPlan.item_id == item_id).order_by(ItemPlan.plan_id)
        )
    )


def locked(
    session: Session, actor: Actor, item_id: int, seen_version: Seen
) -> tuple[AgendaItem, list[Plan]]:
    """Lock a report and the plans it carries, all by id, and read them as they now stand.

    Raises NotFound for those who may not know of the report or not work on any, OutOfDate when
    the page was older. Whoever acts on a report has a post for it, which its verb asks for.
    """
    if not access.is_officer(actor):
        raise NotFound(access.GONE)
    carried = plan_ids(session, item_id)
    access.lock(session, [*carried, item_id])
    if plan_ids(session, item_id) != carried:
        raise OutOfDate(CHANGED)
    item = _fresh(session, access.items(actor), item_id)
    if not current(item.version, seen_version):
        raise OutOfDate(CHANGED)
    return item, fresh_plans(session, carried)


_ITEM = select(AgendaItem)


def fresh_item(session: Session, item_id: int) -> AgendaItem:
    """An item as the database has it now. Raises NotFound."""
    return _fresh(session, _ITEM, item_id)


def _fresh(session: Session, statement: Select[AgendaItem], item_id: int) -> AgendaItem:
    wanted = statement.where(AgendaItem.id == item_id)
    found = session.scalars(wanted.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound(access.GONE)
    return found


def fresh_plans(session: Session, ids: Sequence[int]) -> list[Plan]:
    """Plans as the database has them now, by id."""
    return list(
        session.scalars(
            select(Plan)
            .where(Plan.id.in_(ids))
            .order_by(Plan.id)
            .execution_options(populate_existing=True)
        )
    )


def recommendations(session: Session, item: AgendaItem) -> list[Recommendation]:
    """The numbered recommendations of a report, in order."""
    return list(
        session.scalars(
            select(Recommendation)
            .where(Recommendation.item_id == item.id)
            .order_by(Recommendation.number)
        )
    )


def body_of(session: Session, item: AgendaItem) -> Body:
    """The body to which the report goes."""
    return session.get_one(Body, item.body_id)


_SHOWN = """
SELECT carried.ref, plan_version.sha256, plan_version.id = plan.shown_version_id AS newest
FROM item_plan
JOIN plan ON plan.id = item_plan.plan_id
JOIN subject AS carried ON carried.id = plan.id
JOIN plan_version ON plan_version.id = item_plan.version_id
WHERE item_plan.item_id = {item} ORDER BY carried.ref
"""
_SHOWN_BY = text(_SHOWN.format(item=":item"))
# The plans of a report that have a newer sealed version than the one it carries.
BEHIND = fact(
    "behind",
    f"SELECT ARRAY(SELECT shown.ref FROM ({_SHOWN.format(item='subject.id')}) AS shown "  # noqa: S608
    "WHERE NOT coalesce(shown.newest, false) ORDER BY shown.ref)",
)


def shown_versions(session: Session, item: AgendaItem) -> dict[str, str]:
    """Plan reference to the SHA-256 of the version that the body is shown."""
    return {row.ref: row.sha256 for row in session.execute(_SHOWN_BY, {"item": item.id})}


def behind(session: Session, item: AgendaItem) -> list[str]:
    """The plans of a report that have a newer sealed version than the one it carries."""
    return [row.ref for row in session.execute(_SHOWN_BY, {"item": item.id}) if not row.newest]
