"""What officers' comments on a report cover, and whether they still cover it (I13, I14).

A comment signs the report to one body: its words, its recommendations and the sections of the
plan versions it carries, each with a digest. An edit outside the scope leaves it valid; one within
puts it out of date, visibly.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.framework import PlanType, RouteStep
from cycle.models import AgendaItem
from cycle.record import canonical, formats
from workflows.core.facts import fact

# A report as it stands, with the newest comments of each kind and what they signed.
_CARRIED = """
SELECT jsonb_build_object(
  'report', agenda_item.report,
  'recommendations', (SELECT jsonb_agg(jsonb_build_array(number, words) ORDER BY number)
    FROM recommendation WHERE recommendation.item_id = agenda_item.id),
  'plans', (SELECT jsonb_agg(jsonb_build_array(carried.ref, plan_version.manifest)
                             ORDER BY carried.ref)
    FROM item_plan JOIN subject AS carried ON carried.id = item_plan.plan_id
    JOIN plan_version ON plan_version.id = item_plan.version_id
    WHERE item_plan.item_id = agenda_item.id),
  'comments', (SELECT jsonb_agg(jsonb_build_array(newest.kind, newest.scope) ORDER BY newest.kind)
    FROM (SELECT DISTINCT ON (kind) kind, scope FROM officer_comment
          WHERE officer_comment.item_id = agenda_item.id ORDER BY kind, id DESC) AS newest))
FROM agenda_item WHERE agenda_item.id = {item}
"""
CARRIED = fact("carried", _CARRIED.format(item="subject.id"))
_OF_ITEMS = text(
    f"SELECT asked.id, ({_CARRIED.format(item='asked.id')}) AS carried "  # noqa: S608
    "FROM unnest(CAST(:items AS int[])) AS asked(id)"
)


def parts(session: Session, item: AgendaItem) -> dict[str, str]:
    """Every part of the report as it stands, with its digest: ``report:<field>``,
    ``recommendations``, ``plans``, ``<plan reference>:<section key>``."""
    return parts_of(session, [item.id])[item.id]


def parts_of(session: Session, items: Sequence[int]) -> dict[int, dict[str, str]]:
    """The same for many reports. One statement."""
    return {item: parts_in(read) for item, read in _read(session, items).items()}


def _read(session: Session, items: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    rows = session.execute(_OF_ITEMS, {"items": list(items)})
    return {row.id: row.carried for row in rows if row.carried is not None}


def parts_in(read: Mapping[str, Any]) -> dict[str, str]:
    """The parts of a report as the fact ``CARRIED`` has it, with their digests."""
    # Blank fields count too: filling one in later is a change of what was commented on.
    found = {f"report:{key}": canonical.digest(str(w)) for key, w in read["report"].items()}
    plans = read["plans"] or []
    for ref, manifest in plans:
        for part in formats.manifest(manifest):
            found[f"{ref}:{part.key}"] = part.sha256
    found["recommendations"] = canonical.digest(canonical.dumps(read["recommendations"] or []))
    found["plans"] = canonical.digest(canonical.dumps([ref for ref, _ in plans]))
    return found


def scope_of(now: Mapping[str, str], covered: Collection[str] | None = None) -> str:
    """The scope of a comment as canonical JSON, of the ``parts`` as they are now; ``covered``
    limits it to some."""
    kept = {key: sha for key, sha in now.items() if covered is None or key in covered}
    return canonical.dumps(kept)


def changed_since(scope: str, now: dict[str, str]) -> list[str]:
    """The parts within a scope that no longer are what was commented on."""
    signed: dict[str, Any] = json.loads(scope)
    return [key for key, sha in signed.items() if now.get(key) != sha]


def current_in(read: Mapping[str, Any]) -> set[str]:
    """The kinds of comment whose newest one still covers what it signed, in a report as the fact
    ``CARRIED`` has it."""
    return {kind for kind, changed in _comments_in(read).items() if not changed}


def comments_of(session: Session, items: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """Of many reports: each kind of comment given, and the parts that changed since it signed. One
    statement."""
    found = _read(session, items)
    return {item: _comments_in(found[item]) if item in found else {} for item in items}


def _comments_in(read: Mapping[str, Any]) -> dict[str, list[str]]:
    if not read["comments"]:
        return {}
    now = parts_in(read)
    return {kind: changed_since(scope, now) for kind, scope in read["comments"]}


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
