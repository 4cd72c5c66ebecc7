"""What officers' comments on a report cover, and whether they still cover it (I13, I14).

A comment signs the report to one body: its words, its recommendations and the sections of the
plan versions it carries, each with a digest. An edit outside the scope leaves it valid; one within
puts it out of date, visibly.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import PlanType, RouteStep
from cycle.models import AgendaItem
from cycle.record import canonical, formats

_REPORTS = text("SELECT id, report FROM agenda_item WHERE id = ANY(:items)")
_PLANS = text("""
SELECT item_plan.item_id, subject.ref, plan_version.manifest FROM item_plan
JOIN subject ON subject.id = item_plan.plan_id
JOIN plan_version ON plan_version.id = item_plan.version_id
WHERE item_plan.item_id = ANY(:items) ORDER BY subject.ref
""")
_RECOMMENDATIONS = text(
    "SELECT item_id, number, words FROM recommendation WHERE item_id = ANY(:items) ORDER BY number"
)
_COMMENTS = text(
    "SELECT DISTINCT ON (item_id, kind) item_id, kind, id, scope FROM officer_comment "
    "WHERE item_id = ANY(:items) ORDER BY item_id, kind, id DESC"
)


def parts(session: Session, item: AgendaItem) -> dict[str, str]:
    """Every part of the report as it stands, with its digest: ``report:<field>``,
    ``recommendations``, ``plans``, ``<plan reference>:<section key>``."""
    return parts_of(session, [item.id])[item.id]


def parts_of(session: Session, items: Sequence[int]) -> dict[int, dict[str, str]]:
    """The same for many reports. Three statements."""
    ids = {"items": list(items)}
    found: dict[int, dict[str, str]] = {
        # Blank fields count too: filling one in later is a change of what was commented on.
        row.id: {f"report:{key}": canonical.digest(str(w)) for key, w in row.report.items()}
        for row in session.execute(_REPORTS, ids)
    }
    numbered: dict[int, list[list[Any]]] = {item: [] for item in found}
    for row in session.execute(_RECOMMENDATIONS, ids):
        numbered[row.item_id].append([row.number, row.words])
    carried: dict[int, list[str]] = {item: [] for item in found}
    for row in session.execute(_PLANS, ids):
        carried[row.item_id].append(row.ref)
        for part in formats.manifest(row.manifest):
            found[row.item_id][f"{row.ref}:{part.key}"] = part.sha256
    for item, now in found.items():
        now["recommendations"] = canonical.digest(canonical.dumps(numbered[item]))
        now["plans"] = canonical.digest(canonical.dumps(carried[item]))
    return found


def scope_of(session: Session, item: AgendaItem, covered: list[str] | None = None) -> str:
    """The scope of a comment as canonical JSON; ``covered`` limits it to some parts."""
    now = parts(session, item)
    kept = {key: sha for key, sha in now.items() if covered is None or key in covered}
    return canonical.dumps(kept)


def changed_since(scope: str, now: dict[str, str]) -> list[str]:
    """The parts within a scope that no longer are what was commented on."""
    signed: dict[str, Any] = json.loads(scope)
    return [key for key, sha in signed.items() if now.get(key) != sha]


def comments_standing(session: Session, item: AgendaItem) -> set[str]:
    """The kinds of comment whose newest one still covers what it signed."""
    return {
        kind for kind, changed in comments_of(session, [item.id])[item.id].items() if not changed
    }


def comments_of(session: Session, items: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """Of many reports: each kind of comment given, and the parts that changed since it signed."""
    found: dict[int, dict[str, list[str]]] = {item: {} for item in items}
    rows = session.execute(_COMMENTS, {"items": list(items)}).all()
    if not rows:
        return found
    now = parts_of(session, sorted({row.item_id for row in rows}))
    for row in rows:
        found[row.item_id][row.kind] = changed_since(row.scope, now[row.item_id])
    return found


def kinds_needed(
    kind: PlanType, route: Sequence[RouteStep], framework_body: str, verb: str
) -> tuple[str, ...]:
    """The kinds of comment that a report to this body needs: those of the plan's type, and those
    of this stage of its route (the s.25 report of the chief finance officer, LGA 2003 s.25)."""
    extra = [
        comment
        for step in route
        if step.body == framework_body and step.verb == verb
        for comment in step.comments
    ]
    return tuple(dict.fromkeys([*kind.comments, *extra]))
