"""The order of a year's steps must be one in which each plan is there before it is shown or used.

The rules that live here (fault S14): no draft waits for a meeting of a body that is shown it; what
rows of one plan inform is drafted after they were proposed, in every pattern of a year.
"""

from collections.abc import Iterator, Mapping

from config.framework import Framework, PlanType, YearPattern
from config.problems import known
from config.rules import StepRule

DRAFT = "draft"
Found = Iterator[tuple[str, str]]


def order_problems(framework: Framework) -> Found:
    """Every fault of the order, as (``file:key``, sentence)."""
    for item_type in framework.item_types.values():
        if item_type.informs:
            place = f"items.toml:item_types.{item_type.key}.informs"
            yield from known(place, "plan type", item_type.informs, framework.plan_types)
    for pattern in framework.years:
        drafts = {rule.plan_type: rule for rule in pattern.steps if rule.lifecycle_task == DRAFT}
        rules = {rule.key: rule for rule in pattern.steps}
        for kind, draft in drafts.items():
            before = _before(draft, rules)
            yield from _shown_too_early(framework, pattern, draft, before)
            if kind in framework.plan_types:
                yield from _informed_too_late(framework, pattern, draft, before)


def _before(rule: StepRule, rules: Mapping[str, StepRule]) -> dict[str, StepRule]:
    """Everything that a step waits for, however far."""
    found: dict[str, StepRule] = {}
    queue = [rule]
    for each in queue:  # grows while it is read
        for key in each.predecessors:
            if key in rules and key not in found:
                found[key] = rules[key]
                queue.append(rules[key])
    return found


def _shown_too_early(
    framework: Framework, pattern: YearPattern, draft: StepRule, before: Mapping[str, StepRule]
) -> Found:
    for each in before.values():
        body = framework.bodies.get(each.anchor)
        at_body = each.anchor_kind == "meeting" and each.offset == 0 and body and body.public
        if at_body and each.plan_type == draft.plan_type:
            yield (
                f"years/{pattern.key}.toml:steps.{draft.key}.predecessors",
                f"“{draft.title}” waits for “{each.title}”, where it is shown to a body already. "
                "Let the body wait for the draft.",
            )


def _informed_too_late(
    framework: Framework, pattern: YearPattern, draft: StepRule, before: Mapping[str, StepRule]
) -> Found:
    waited_for = {rule.plan_type for rule in before.values()}
    planned = {rule.plan_type for rule in pattern.steps}
    for kind in framework.plan_types.values():
        rows = _informing(framework, kind, draft.plan_type)
        if rows and kind.key in planned and kind.key not in waited_for:
            yield (
                f"years/{pattern.key}.toml:steps.{draft.key}.predecessors",
                f"“{draft.title}” is informed by “{rows}” of {kind.title}, and waits for no step "
                "of it. Name the step by which they are proposed.",
            )


def _informing(framework: Framework, kind: PlanType, informed: str) -> str:
    """What such rows of a plan type are called, where it has some that inform the other."""
    template = framework.templates.get(kind.template)
    for section in template.sections if template else ():
        for key in section.item_types:
            item_type = framework.item_types.get(key)
            if item_type and item_type.informs == informed != kind.key:
                return item_type.plural
    return ""
