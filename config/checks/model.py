"""What a framework says about governance models: known words, and bodies that exist when asked.

The rule that lives here: under every model a route only names bodies that exist under it, and the
step of the timetable by which its report is due exists whenever the body is asked.
"""

from collections.abc import Iterator

from config.choices import steps_that_apply
from config.framework import Framework, PlanType, RouteStep, YearPattern
from config.governance import MODELS
from config.problems import known
from config.rules import StepRule, step_rule_problems

Found = Iterator[tuple[str, str]]


def model_problems(framework: Framework) -> Found:
    """Every fault of the framework's governance models, as (``file:key``, sentence)."""
    yield from known("framework.toml:governance", "governance model", framework.governance, MODELS)
    for sentence in unserved(framework, framework.governance):
        yield "framework.toml:governance", f"Under this model it does not work. {sentence}"
    for body in framework.bodies.values():
        yield from _words(f"framework.toml:bodies.{body.key}.models", body.models)
    for pattern in framework.years:
        file = f"years/{pattern.key}.toml"
        for rule in pattern.steps:
            yield from _words(f"{file}:steps.{rule.key}.models", rule.models)
            if rule.anchor_kind == "meeting":
                yield from _exists(framework, f"{file}:steps.{rule.key}.models", rule, rule.anchor)
        for kind in framework.plan_types.values():
            if kind.made_in(pattern):
                yield from _route(framework, pattern, kind)


def unserved(framework: Framework, model: str) -> list[str]:
    """Why councils of this model cannot work by the framework, in sentences; none when they can."""
    reasons = [
        f"It sends {kind.plural} to nobody."
        for kind in framework.plan_types.values()
        if any(framework.routes(kind.key)) and not framework.route(kind.key, model=model)
    ]
    settings = dict.fromkeys(framework.settings, True)
    for pattern in framework.years:
        kept = steps_that_apply(pattern.steps, settings, model, framework)
        titles = {rule.key: rule.title for rule in kept}
        reasons += [
            f"“{titles[key]}” is counted from a step that there is not."
            for key, _sentence in step_rule_problems(kept)
        ]
    return list(dict.fromkeys(reasons))


def _route(framework: Framework, pattern: YearPattern, kind: PlanType) -> Found:
    own = pattern.routes.get(kind.key)
    rules = {rule.key: rule for rule in pattern.steps}
    for step in kind.route if own is None else own:
        where = f"plan_types.toml:plan_types.{kind.key}.route.{step.body}.models"
        if own is not None:
            where = f"years/{pattern.key}.toml:routes.{kind.key}.{step.body}.models"
        yield from _words(where, step.models)
        yield from _exists(framework, where, step, step.body)
        rule = rules.get(step.step)
        if rule is not None:
            missing = set(framework.models_of(step)) - set(framework.models_of(rule))
            for model in sorted(missing):
                yield where, f"The step “{rule.key}” does not exist under {model}, but this does."


def _words(place: str, models: tuple[str, ...]) -> Found:
    for model in models:
        yield from known(place, "governance model", model, MODELS)


def _exists(framework: Framework, place: str, step: RouteStep | StepRule, key: str) -> Found:
    """What names its own models may only name those of the body that it asks."""
    body = framework.bodies.get(key)
    if body is not None and body.models:
        for model in sorted(set(step.models) - set(body.models)):
            yield place, f"{body.title} does not exist under {model}."
