"""Where a report to a body stands, in the glossary's words, for any number of reports at once.

The rule that lives here: comments that no longer cover the text come first, then what is missing,
then where the report is; a decided report says what the body resolved.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from config.lifecycles.phases import Phase
from cycle.models import AgendaItem
from workflows.framework import pinned
from workflows.framework.applicable import route_of
from workflows.framework.outcomes import OUTCOMES
from workflows.reports import comment_scope, report_form

# The report may still be written and commented on.
OPEN = (Phase.DRAFT, Phase.IN_REVIEW)


_KINDS = text("""
SELECT DISTINCT ON (item_plan.item_id) item_plan.item_id, plan.plan_type, plan.pattern,
       plan.governance, body.framework_key
FROM item_plan JOIN plan ON plan.id = item_plan.plan_id
JOIN subject ON subject.id = item_plan.item_id JOIN body ON body.id = subject.body_id
WHERE item_plan.item_id = ANY(:items) ORDER BY item_plan.item_id, plan.id
""")


def needed(session: Session, items: Sequence[AgendaItem]) -> dict[int, tuple[str, ...]]:
    """The kinds of comment that each report needs. One statement."""
    found: dict[int, tuple[str, ...]] = {item.id: () for item in items}
    by_id = {item.id: item for item in items}
    for row in session.execute(_KINDS, {"items": list(found)}):
        item = by_id[row.item_id]
        framework = pinned.of(item)
        kind, route = framework.plan_types[row.plan_type], route_of(framework, row)
        found[item.id] = comment_scope.kinds_needed(kind, route, row.framework_key, item.verb)
    return found


def status_of(session: Session, item: AgendaItem) -> str:
    """Where a report stands, in the glossary's words."""
    return statuses(session, [item])[item.id]


def statuses(session: Session, items: Sequence[AgendaItem]) -> dict[int, str]:
    """Where each report stands, in the glossary's words. Three statements at most."""
    open_ones = [item for item in items if item.phase in (*OPEN, Phase.SETTLED)]
    kinds = needed(session, open_ones) if open_ones else {}
    given = comment_scope.comments_of(session, [item.id for item in open_ones]) if open_ones else {}
    decided = [item.id for item in items if item.phase == Phase.ENDED]
    outcomes = _outcomes(session, decided) if decided else {}
    words = {}
    for item in items:
        if item.id in kinds:
            words[item.id] = _open_words(item, kinds[item.id], given[item.id])
        elif item.phase == Phase.ENDED:
            words[item.id] = outcomes.get(item.id, "Decided")
        else:
            words[item.id] = pinned.of(item).lifecycles["item"].states[item.state].label
    return words


def _open_words(item: AgendaItem, kinds: Sequence[str], given: Mapping[str, list[str]]) -> str:
    if any(given.get(kind) for kind in kinds):
        return "Comments out of date"
    if any(kind not in given for kind in kinds):
        return "Awaiting comments"
    if item.phase != Phase.DRAFT:
        return "On the agenda"
    unanswered = report_form.unanswered(pinned.of(item), item.report)
    return "Report to be written" if unanswered else "Ready for agenda"


_OUTCOMES = text("""
SELECT decision.item_id, decision.outcome, decision.effect FROM decision
JOIN recommendation ON recommendation.id = decision.recommendation_id AND recommendation.decides
WHERE decision.item_id = ANY(:items)
  AND NOT EXISTS (SELECT 1 FROM decision AS later WHERE later.supersedes_id = decision.id)
""")


def _outcomes(session: Session, items: Sequence[int]) -> dict[int, str]:
    return {
        row.item_id: OUTCOMES[row.outcome].label.removesuffix(" …")
        + ("" if row.effect else ", without effect")
        for row in session.execute(_OUTCOMES, {"items": list(items)})
    }
