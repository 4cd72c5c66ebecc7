"""What of a framework applies to one council: by its settings and its governance model.

The rule that lives here: a step or a limit of a setting that is off, or of another governance
model, does not exist; what needed such a step needs what that step needed instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from config.framework import Framework
from config.governance import Limit
from config.rules import StepRule

# The choices of a council that the product reads by name: the key, and the type of its value. All
# others are read where the framework itself names them, in a step, a limit or a route.
CLOSURES_STOP_CLEAR_DAYS = "closures_stop_clear_days"
DAYS_IN_HAND_FLOOR = "days_in_hand_floor"
READ_BY_NAME: Mapping[str, type] = {CLOSURES_STOP_CLEAR_DAYS: bool, DAYS_IN_HAND_FLOOR: int}


def unread_settings(framework: Framework) -> list[str]:
    """The choices that neither the product nor the framework itself reads: they change nothing."""
    named = {rule.setting for pattern in framework.years for rule in pattern.steps}
    named |= {kind.route_setting for kind in framework.plan_types.values()}
    for limit in framework.limits.values():
        named |= {limit.setting, limit.not_setting}
    return [key for key in framework.settings if key not in named | READ_BY_NAME.keys()]


def choice_problem(framework: Framework, key: str, value: Any) -> str | None:
    """Why a council cannot choose this, as a sentence: an unknown choice, or not a value of it."""
    setting = framework.settings.get(key)
    if setting is None:
        listed = ", ".join(sorted(framework.settings))
        return f"The framework has no choice “{key}”. Known are: {listed}."
    if type(value) is not type(setting.default):
        wanted = "true or false" if isinstance(setting.default, bool) else "a whole number"
        return f"“{setting.title}” is answered with {wanted}."
    return None


def usual_settings(framework: Framework) -> dict[str, Any]:
    """What a council has that has chosen nothing."""
    return {key: setting.default for key, setting in framework.settings.items()}


def steps_that_apply(
    steps: Sequence[StepRule],
    settings: Mapping[str, Any],
    model: str,
    framework: Framework | None = None,
) -> list[StepRule]:
    """The steps that exist for a council with these settings under this governance model.

    A step at a body of ``framework`` that exists under other models alone does not exist either.
    """
    gone = {
        rule.key: rule
        for rule in steps
        if (rule.setting and not settings.get(rule.setting))
        or (rule.models and model not in rule.models)
        or (framework and model not in framework.models_of(rule))
    }
    return [
        replace(rule, predecessors=_left(rule.predecessors, gone))
        if gone.keys() & rule.predecessors
        else rule
        for rule in steps
        if rule.key not in gone
    ]


def limits_that_apply(
    framework: Framework, settings: Mapping[str, Any], model: str, nation: str = "england"
) -> tuple[Limit, ...]:
    """The limits of the law of a nation that hold for a council with these settings under this
    model."""
    return tuple(
        limit
        for limit in framework.limits.values()
        if limit_applies(limit, settings, model, nation)
    )


def limit_applies(limit: Limit, settings: Mapping[str, Any], model: str, nation: str) -> bool:
    """Whether a limit holds for a council with these settings, under this model, in this nation."""
    return (
        (not limit.setting or bool(settings.get(limit.setting)))
        and not (limit.not_setting and settings.get(limit.not_setting))
        and (not limit.models or model in limit.models)
        and (not limit.nations or nation in limit.nations)
    )


def public_bodies(framework: Framework) -> frozenset[str]:
    """The keys of the bodies whose decisions the public sees."""
    return frozenset(key for key, body in framework.bodies.items() if body.public)


def _left(predecessors: Sequence[str], gone: Mapping[str, StepRule]) -> tuple[str, ...]:
    """The needs without the steps that are gone, but with what those needed."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = list(predecessors)
    while waiting:
        predecessor = waiting.pop(0)
        if predecessor not in gone:
            found[predecessor] = None
        elif predecessor not in seen:
            seen.add(predecessor)
            waiting += gone[predecessor].predecessors
    return tuple(found)
