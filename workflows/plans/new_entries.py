"""Several entries of one kind added to a section at once, such as the rows of a table.

The rule that lives here: they are checked and written together, all or none, and each is what
``plans.write_item`` would have made of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import access
from cycle.errors import NotFound
from cycle.models import Plan
from cycle.people import Actor
from cycle.record import canonical
from cycle.seen import NO_PAGE
from workflows.framework import pinned
from workflows.plans import entries, plans

_ADD = text("""
INSERT INTO item (plan_id, section_key, uid, type, fields, parent_uid, position, inherited, version)
SELECT :plan, :section, uid, :type, fields, parent_uid, position, false, 1
FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r(uid text, fields jsonb, parent_uid text, position int)
ORDER BY position
""")


@dataclass(frozen=True)
class NewEntry:
    """The fields of an entry as they were entered, and the row to which it contributes."""

    fields: Mapping[str, Any]
    parent_uid: str | None = None


def add_entries(
    session: Session,
    actor: Actor,
    plan_id: int,
    section_key: str,
    item_type: str,
    given: Sequence[NewEntry],
    *,
    knows_four_eyes: bool = False,
) -> list[str]:
    """Add typed rows to an items section, in their order; gives their uids. Raises as
    ``plans.write_item``."""
    plan = access.changeable(session, actor, Plan, plan_id, NO_PAGE)
    plans.require_writer(session, plan, actor, section_key, knows_four_eyes)
    section = plans.template_section(plan, section_key)
    if section.kind != "items" or item_type not in section.item_types:
        raise NotFound(access.GONE)
    kind = pinned.of(plan).item_types[item_type]
    kept = [entries.fields(kind, each.fields) for each in given]
    entries.check_parents(session, plan, kind, [each.parent_uid for each in given])
    first = entries.next_position(session, plan_id, section_key)
    rows = [
        {
            "uid": str(uuid4()),
            "fields": fields,
            "parent_uid": each.parent_uid or None,
            "position": first + number,
        }
        for number, (each, fields) in enumerate(zip(given, kept, strict=True))
    ]
    session.execute(
        _ADD,
        {
            "plan": plan_id,
            "section": section_key,
            "type": item_type,
            "rows": canonical.dumps(rows),
        },
    )
    plans.remember_editor(session, plan_id, actor, section_key)
    return [str(row["uid"]) for row in rows]
