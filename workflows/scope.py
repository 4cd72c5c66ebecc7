"""What officers' comments on a report cover, and whether they still cover it (I13, I14).

A comment signs the report to one body: its words, its recommendations and the sections of the
plan versions it carries, each with a digest. An edit outside the scope leaves it valid; one within
puts it out of date, visibly.
"""

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from cycle import canonical
from cycle.models import AgendaItem

_PLANS = text("""
SELECT subject.ref, plan_version.manifest FROM item_plan
JOIN subject ON subject.id = item_plan.plan_id
JOIN plan_version ON plan_version.id = item_plan.version_id
WHERE item_plan.item_id = :item ORDER BY subject.ref
""")
_RECOMMENDATIONS = text(
    "SELECT number, words FROM recommendation WHERE item_id = :item ORDER BY number"
)
_COMMENTS = text(
    "SELECT DISTINCT ON (kind) kind, id, scope FROM officer_comment "
    "WHERE item_id = :item ORDER BY kind, id DESC"
)


def parts(session: Session, item: AgendaItem) -> dict[str, str]:
    """Every part of the report as it stands, with its digest: ``report:<field>``,
    ``recommendations``, ``<plan reference>:<section key>``."""
    found = {
        f"report:{key}": canonical.digest(str(words))
        for key, words in item.report.items()
        if str(words).strip()
    }
    numbered = [
        [row.number, row.words] for row in session.execute(_RECOMMENDATIONS, {"item": item.id})
    ]
    found["recommendations"] = canonical.digest(canonical.dumps(numbered))
    for row in session.execute(_PLANS, {"item": item.id}):
        for key, sha in json.loads(row.manifest):
            found[f"{row.ref}:{key}"] = sha
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
    rows = session.execute(_COMMENTS, {"item": item.id}).all()
    if not rows:
        return set()
    now = parts(session, item)
    return {row.kind for row in rows if not changed_since(row.scope, now)}
